"""The sample class in this notebook: three slips at once, and a search that never ends."""

LEARNERS = ("amara", "hana")
"""Those who have come as far: a submission takes a grader many seconds."""

ENDLESS = """\
def greedy_search(step, start_id, end_id, max_length):
    ids = []
    while len(ids) < max_length:
        best = int(np.argmax(step([start_id, *ids])))
        if best == end_id:
            break
        ids.append(best)
    return ids


def beam_search(*arguments):
    while True:
        pass"""


def submissions(course):
    """The submissions with a story of their own.

    Args:
        course: an `autograder.sample.classroom.Classwork` of this notebook.
    """
    slips = {"Encoder": "padding_is_read", "alignment": "one_step_late", "bleu": "penalty_upside_down"}
    story = "reads padding, aligns one step late, and rewards short translations"
    changes = [course.mistaken(*pair) for pair in slips.items()]
    yield course.submission("nadia", story, *changes, lost=slips, misconceptions=slips)
    endless = course.edits.write("search", ENDLESS)
    yield course.submission("tarek", "searches that never end", endless, lost=["search"], incidents=["time limit"])
