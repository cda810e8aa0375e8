"""The sample class in this notebook: another style throughout, words scored for spans, a renamed function."""

LEARNERS = ("emre", "hana")
"""Those who have come as far: a submission takes a grader many seconds."""


def submissions(course):
    """The submissions with a story of their own.

    Args:
        course: an `autograder.sample.classroom.Classwork` of this notebook.
    """
    yield course.submission("quentin", "all right, in another style", *course.in_another_style())
    slip = {"spans": "of_words"}
    changes = [course.mistaken(*pair) for pair in slip.items()]
    yield course.submission("petra", "scores words for spans", *changes, lost=slip, misconceptions=slip)
    renamed = course.edits.rename("set_trainable", "freeze")
    lost, incidents = ["set_trainable"], ["name missing"]
    yield course.submission("nadia", "renamed a function", renamed, lost=lost, incidents=incidents)
