"""The examiner: graded cells run in a process of the grader's own, the learner's answers stay in their kernel.

conversation   asks the kernel, believes nothing
answers        what an exam gets in the place of a learner's function, class or value
session        the notebook's graded cells, one after the other
warm           a process that has the exams loaded, and forks a session for each submission
client         the grader's handle on a session
"""
