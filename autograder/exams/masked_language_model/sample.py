"""The sample class in this notebook."""

LEARNERS = ("amara", "emre", "hana")
"""Those who have come as far: a submission takes a grader many seconds."""
