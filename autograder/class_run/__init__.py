"""A class graded in parallel: intake and records here, runs on Dask workers, nothing lost, nothing graded twice.

`grade_class` is the way through. `snapshot` is what is taken in of a submission, `stages` cuts nbgrader's Autograde at
the run, `run` is the run, `pool` the workers; `ledger` is what survives a kill, `gradebook` one transaction a
submission, `receipt` what `verify` recomputes.
"""
