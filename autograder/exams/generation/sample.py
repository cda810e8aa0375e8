"""The sample class in this notebook: three slips at once, and a text that never ends."""

LEARNERS = ("amara", "hana")
"""Those who have come as far: a submission takes a grader many seconds."""

UNRELIABLE = {"by_lengths", "around_the_librarys"}
"""Right norms whose parameter has another name than the docstring's: another answer's loader does not find it."""

ENDLESS = """\
def generate(model, input_ids, new_tokens, choose, use_cache=True):
    ids = input_ids
    while ids.shape[1] < input_ids.shape[1] + new_tokens:
        torch.cat([ids, ids[:, -1:]], dim=1)
    return ids"""


def submissions(course):
    """The submissions with a story of their own.

    Args:
        course: an `autograder.sample.classroom.Classwork` of this notebook.
    """
    slips = {"rotate": "the_other_way_round", "KeyValueCache": "newest_first", "induction_score": "the_same_token"}
    story = "turns the other way, keeps the newest in front, and looks at the same token"
    changes = [course.mistaken(*pair) for pair in slips.items()]
    yield course.submission("nadia", story, *changes, lost=slips, misconceptions=slips)
    endless = course.edits.write("generate", ENDLESS)
    yield course.submission("tarek", "texts that never end", endless, lost=["generate"], incidents=["time limit"])
