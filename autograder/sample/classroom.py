"""The learners of the sample class: who submits what, and what it must score."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import ROOT
from autograder.exam.reference import source_notebook
from autograder.exams import EXAMS
from autograder.sample import edits
from autograder.sample.edits import Edit

SCRATCH, WORKED = "01_attention_from_scratch", "02_worked_example"
TRANSLATION = "06_sequence_to_sequence"

HONEST = {
    "amara": 1.0, "bela": 1.0, "chidi": 0.9, "dunja": 0.8, "emre": 0.7, "fatou": 0.5, "goran": 0.25, "hana": 0.0,
}  # fmt: skip
"""Learners who hand in whole notebooks, and the share of exercises each is likely to get right."""


LONG = {
    "03_batched_attention": ("amara", "chidi", "emre", "hana"),
    "04_masked_language_model": ("amara", "chidi", "emre", "hana"),
    "06_sequence_to_sequence": ("amara", "chidi", "emre", "hana"),
}
"""Notebooks that take a grader a minute a submission, and the learners who have come as far."""

UNRELIABLE = {
    "by_additive_mask_and_scipy",
    "by_logsumexp",
    "in_float32",
    "in_place_on_a_copy_to_lists",
    "renormalised_after_the_mask",
    "split_by_einsum_to_lists",
}
"""Right answers that return lists or float32, on which another right answer may not be able to build."""


@dataclass(frozen=True)
class Submission:
    """One submitted notebook and what grading it must find.

    `lost` names the exercises that score zero (every other scores full); `misconceptions` gives, for some of them,
    the wrong variant that feedback must name; `incidents` the named verdicts that must be on record.
    """

    student: str
    assignment: str
    story: str
    notebook: NotebookNode | bytes
    lost: frozenset[str] = frozenset()
    misconceptions: dict[str, str] = field(default_factory=dict)
    incidents: frozenset[str] = frozenset()
    filename: str = ""

    def expected_points(self) -> dict[str, float]:
        """Points per exercise, by construction."""
        return {name: 0.0 if name in self.lost else points for name, points in _points(self.assignment).items()}


def classroom() -> list[Submission]:
    """The whole class, the same on every call."""
    return [*_honest(), *_troubled(), *_carried(), *_translators()]


def write_class(folder: Path) -> int:
    """Write every submission to folder/submitted/STUDENT/ASSIGNMENT/, where nbgrader looks; return how many."""
    submissions = classroom()
    for submission in submissions:
        place = folder / "submitted" / submission.student / submission.assignment
        place.mkdir(parents=True, exist_ok=True)
        content = submission.notebook
        if not isinstance(content, bytes):
            content = nbformat.writes(content).encode()
        (place / f"{submission.filename or submission.assignment}.ipynb").write_bytes(content)
    return len(submissions)


def _released(assignment: str) -> NotebookNode:
    return nbformat.read(ROOT / "notebooks" / assignment / f"{assignment}.ipynb", as_version=4)


def _source(assignment: str) -> NotebookNode:
    return nbformat.read(source_notebook(assignment), as_version=4)


def _points(assignment: str) -> dict[str, float]:
    """Points per exercise, in order."""
    return {
        cell.metadata.nbgrader.grade_id.removeprefix("check_"): float(cell.metadata.nbgrader.points)
        for cell in _source(assignment).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }


def _solved(assignment: str) -> NotebookNode:
    """The released notebook with the reference answers typed in."""
    notebook = _released(assignment)
    for exercise in EXAMS[assignment].EXERCISES:
        edits.write(exercise.name, edits.reference_text(exercise))(notebook)
    return notebook


def _honest() -> Iterator[Submission]:
    for assignment in EXAMS:
        for student in LONG.get(assignment, HONEST):
            yield honest_answers(student, assignment, HONEST[student])


def honest_answers(student: str, assignment: str, ability: float) -> Submission:
    """Each exercise right with the given probability, else wrong or left blank.

    Of values that follow from each other one is wrong at most: what is wrong in itself might be right after a slip.
    """
    dice = random.Random(f"{student} {assignment}")  # a str seed is the same in every process
    notebook, source = _released(assignment), _source(assignment)
    lost: set[str] = set()
    misconceptions = {}
    slipped = False
    for exercise in EXAMS[assignment].EXERCISES:
        given = edits.given_names(source, exercise)
        if dice.random() < ability or (exercise.value and slipped and ability):
            right = [v for v in exercise.right_variants if not _names(v) & UNRELIABLE]
            answer = edits.variant_text(exercise, dice.choice(right), given)
        else:
            lost.add(exercise.name)
            slipped = slipped or exercise.value
            if ability == 0 or dice.random() < 0.25:
                continue  # left as it was released
            wrong = dice.choice(exercise.wrong_variants)
            misconceptions[exercise.name] = wrong.name
            answer = edits.variant_text(exercise, wrong.answer, given)
        edits.write(exercise.name, answer)(notebook)
    story = f"about {ability:.0%} of the exercises right" if ability else "submits the notebook as it was released"
    return Submission(student, assignment, story, notebook, frozenset(lost), misconceptions)


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


def _names(variant: Any) -> set[str]:
    return {f.__name__ for f in (variant.values() if isinstance(variant, dict) else [variant])}


def _troubled() -> Iterator[Submission]:
    everything = frozenset(_points(SCRATCH))
    solved = _solved(SCRATCH)

    def broken(student: str, story: str, *changes: Edit, lost=(), incidents=(), **more) -> Submission:
        notebook = copy.deepcopy(solved)
        for change in changes:
            notebook = change(notebook)
        return Submission(student, SCRATCH, story, notebook, frozenset(lost), {}, frozenset(incidents), **more)

    names = list(_points(SCRATCH))
    blank = _released(SCRATCH)
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
        yield Submission(student, SCRATCH, story, content, everything, {}, frozenset([incident]))


def _carried() -> Iterator[Submission]:
    solved = _solved(WORKED)

    def slipped(student: str, story: str, change: Edit, lost: str) -> Submission:
        return Submission(student, WORKED, story, change(copy.deepcopy(solved)), frozenset([lost]))

    slip = "scores = np.array([[2, 0, 1, 0], [0, 2, 1, 0], [1, 1, 2, 1], [0, 0, 1, 0]], dtype=float)"
    yield slipped("milan", "believes the published scores", edits.write("scores", slip), "scores")
    yield slipped("nadia", "leaves the scores blank", edits.write("scores", "scores = ..."), "scores")
    transposed = "weights = np.exp(scores) / np.exp(scores).sum(axis=0)"
    yield slipped("omar", "normalises the columns", edits.write("weights", transposed), "weights")


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


def _translators() -> Iterator[Submission]:
    exercises = {exercise.name: exercise for exercise in EXAMS[TRANSLATION].EXERCISES}

    def wrong(exercise: str, name: str) -> Edit:
        variants = exercises[exercise].wrong_variants
        variant = next(variant for variant in variants if variant.name == name)
        return edits.write(exercise, edits.variant_text(exercises[exercise], variant.answer))

    def changed(student: str, story: str, *changes: Edit, **more: Any) -> Submission:
        notebook = _solved(TRANSLATION)
        for change in changes:
            notebook = change(notebook)
        return Submission(student, TRANSLATION, story, notebook, **more)

    slips = {"Encoder": "padding_is_read", "alignment": "one_step_late", "bleu": "penalty_upside_down"}
    yield changed(
        "nadia", "reads padding, aligns one step late, and rewards short translations",
        *(wrong(exercise, name) for exercise, name in slips.items()),
        lost=frozenset(slips), misconceptions=slips,
    )  # fmt: skip
    yield changed(
        "tarek", "searches that never end",
        edits.write("search", ENDLESS),
        lost=frozenset(["search"]), incidents=frozenset(["time limit"]),
    )  # fmt: skip
