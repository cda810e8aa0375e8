"""How a learner's answers meet an exam that runs in another process: plain data over a socket.

The grader's exam asks, the learner's kernel answers. `wire` is the message format of both sides, `shim` what runs in
the kernel, `quiet` one call with nothing printed. Nothing here knows an exam, an expected value or a right answer, and
nothing here is trusted by the grader: it checks every byte that comes back.
"""
