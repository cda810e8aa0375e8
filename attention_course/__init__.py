"""What learners import: figures, data, visible checks. It knows no answers and nothing of the autograder."""

__version__ = "0.1.0"
