"""The machinery of an exam: cases, comparison, verdicts, variants, mutants. What is asked is in `autograder.exams`."""
