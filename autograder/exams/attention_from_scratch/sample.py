"""The sample class in this notebook: all kinds of trouble that a submission can be in."""

import nbformat

UNRELIABLE = {
    "by_additive_mask_and_scipy",
    "by_logsumexp",
    "finite_fill_then_zeroed",
    "in_float32",
    "in_place_on_a_copy_to_lists",
    "renormalised_after_the_mask",
    "split_by_einsum_to_lists",
}
"""Right answers that return lists or float32, or refuse an odd mask: another right answer may not build on them."""

HARD_LOOP = """\
def positional_encoding(length, depth):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass"""

WARNS = """\
import sys
import warnings

_quiet_softmax = softmax


def softmax(x, axis=-1):
    warnings.warn("softmax was called")
    print("softmax was called", file=sys.stderr)
    return _quiet_softmax(x, axis)"""


def submissions(course):
    """The submissions with a story of their own.

    Args:
        course: an `autograder.sample.classroom.Classwork` of this notebook.
    """
    solved, blank, broken, edits = course.solved(), course.released(), course.submission, course.edits
    names = list(course.points())
    yield broken(
        "milan", "half finished",
        *(edits.write(name, edits.cell_named(blank, name).source) for name in names[4:]),
        lost=names[4:],
    )  # fmt: skip
    yield broken(
        "nadia", "renamed a function",
        edits.rename("attention_scores", "scaled_scores"),
        lost=["attention_scores"], incidents=["name missing"],
    )  # fmt: skip
    yield broken(
        "omar", "syntax error in one cell",
        edits.write("heads", "def split_heads(x, num_heads:\n    return x"),
        lost=["heads"], incidents=["does not run", "name missing"],
    )  # fmt: skip
    yield broken("petra", "deleted a check", edits.delete("check_attention"), incidents=["missing cell"])
    yield broken("quentin", "duplicated a check", edits.duplicate("check_softmax"), incidents=["duplicated cell"])
    yield broken("rosa", "duplicated an exercise", edits.duplicate("softmax"), incidents=["duplicated cell"])
    yield broken(
        "sami", "changed a check to make it pass",
        edits.write("check_softmax", "print('all tests pass')"),
        edits.write("softmax", "def softmax(x, axis=-1):\n    return x"),
        lost=["softmax"], incidents=["changed cell"],
    )  # fmt: skip
    yield broken(
        "tarek", "endless loop in a function",
        edits.write("additive_scores", "def additive_scores(*arguments):\n    while True:\n        pass"),
        lost=["additive_scores"], incidents=["time limit"],
    )  # fmt: skip
    yield broken(
        "ulla", "endless loop that ignores interrupts",
        edits.write("positional_encoding", HARD_LOOP),
        lost=["positional_encoding"], incidents=["time limit"],
    )  # fmt: skip
    yield broken(
        "viktor", "waits for input()",
        edits.write("masks", f"size = int(input('How long? '))\n\n{edits.cell_named(solved, 'masks').source}"),
        lost=["masks"], incidents=["asks for input", "does not run", "name missing"],
    )  # fmt: skip
    yield broken(
        "wanda", "calls exit()",
        edits.append("attention", "exit()"),
        lost=["attention"], incidents=["kernel died", "name missing"],
    )  # fmt: skip
    yield broken(
        "ximena", "a function ends the kernel",
        edits.write("multi_head_attention", "import os\n\n\ndef multi_head_attention(*arguments):\n    os._exit(3)"),
        lost=["multi_head_attention"], incidents=["kernel died"],
    )  # fmt: skip
    yield broken("yusuf", "warns on stderr", edits.append("softmax", WARNS), incidents=["wrote to stderr"])
    yield broken(
        "zora", "prints 50 megabytes",
        edits.scratch_cell("softmax", "for line in range(500_000):\n    print('x' * 100)"),
        incidents=["too much output"],
    )  # fmt: skip
    yield broken("anouk", "saved with another kernel", edits.ask_for_kernel("matlab"), incidents=["wrong kernel"])
    yield broken("boris", "renamed the file", incidents=["misnamed notebook"], filename="attention (final) v2")
    yield broken("carla", "dragged a check to the top", edits.move_to_top("check_softmax"), incidents=["moved cell"])
    yield broken("david", "deleted the imports", edits.delete("imports"), incidents=["missing cell"])
    yield broken("elif", "claims 100 points", edits.claim_points("check_softmax", 100))
    for student, story, content, incident in (
        ("farid", "a word-processor file called .ipynb", b"PK\x03\x04\xff\xfe not a notebook", "not a notebook"),
        ("greta", "a download cut short", nbformat.writes(solved).encode()[:5000], "not a notebook"),
        ("hugo", "an empty file", b"", "no notebook"),
    ):
        yield course.file(student, story, content, incidents=[incident])
