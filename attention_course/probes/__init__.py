"""What a grader does with an answer besides calling it with plain data.

Each function here is called as `probe(answer, *args, **kwargs)` with plain data (arrays, tensors, numbers, strings,
lists, tuples, dicts, None), and returns plain data. It runs where the learner's code runs, in another process than the
exam that judges the result; so it is public, holds no test and no expected value, and judges nothing itself: it
returns the numbers, and the exam compares them. What one notebook alone needs is called as it is; the rest is shared.
"""
