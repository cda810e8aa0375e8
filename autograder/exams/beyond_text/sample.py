"""The sample class in this notebook: another style, slips that look good in the numbers, all pairs at once."""

LEARNERS = ("hana",)
"""Those who have come as far: a submission takes a grader many seconds."""

SHORT_OF_MEMORY = """\
def window_attention(query, key, value, window):
    if window < 1:
        raise ValueError("a window has a place at least")
    places = torch.arange(query.shape[-2])
    behind = places[:, None] - places
    band = (behind >= 0) & (behind < window)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=band)"""


def submissions(course):
    """The submissions with a story of their own.

    Args:
        course: an `autograder.sample.classroom.Classwork` of this notebook.
    """
    yield course.submission("quentin", "all right, in another style", *course.in_another_style())
    slips = {"patches": "torn", "NextItem": "sees_the_future", "fair_evaluation": "ties_for_the_target"}
    story = "tears patches, lets the model see its answers, and counts ties for it"
    changes = [course.mistaken(*pair) for pair in slips.items()]
    yield course.submission("petra", story, *changes, lost=slips, misconceptions=slips)
    story, everywhere = (
        "a band for a mask, over all pairs of places",
        course.edits.write("window_attention", SHORT_OF_MEMORY),
    )
    yield course.submission("nadia", story, everywhere, lost=["window_attention"])
