"""One submission's way: taken in, run cell by cell in a sandboxed kernel, examined, its outputs and incidents kept.

In the order in which it goes: `folder` (with `entry`), `choice`, `intake`, `execute` (with `twins`, `running` and
`dependence`), `examination`, `outputs`.
"""
