"""The sample class in this notebook: slips in a value, from which the later ones follow rightly."""


def submissions(course):
    """The submissions with a story of their own.

    Args:
        course: an `autograder.sample.classroom.Classwork` of this notebook.
    """
    write = course.edits.write
    slip = "scores = np.array([[2, 0, 1, 0], [0, 2, 1, 0], [1, 1, 2, 1], [0, 0, 1, 0]], dtype=float)"
    yield course.submission("milan", "believes the published scores", write("scores", slip), lost=["scores"])
    yield course.submission("nadia", "leaves the scores blank", write("scores", "scores = ..."), lost=["scores"])
    transposed = "weights = np.exp(scores) / np.exp(scores).sum(axis=0)"
    yield course.submission("omar", "normalises the columns", write("weights", transposed), lost=["weights"])
