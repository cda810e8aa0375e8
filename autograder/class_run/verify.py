"""Check what an appeal rests on: that results are as they were signed, and that grading again gives the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from rich.console import Console

from autograder.class_run.grade_class import ClassRun
from autograder.class_run.pool import DaskPool, InProcess, Task, Tasks, open_pool
from autograder.class_run.receipt import is_genuine, points, read_receipt
from autograder.course import Course, GradingError, logging_to


@dataclass(frozen=True)
class Finding:
    """What is the matter with one result: nothing, if `problems` is empty. `notes` are no problems."""

    student: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def verify(run: ClassRun, students: list[str], pool: InProcess | DaskPool | None = None) -> Iterator[Finding]:
    """Check each student's result against its receipt.

    Args:
        run: the assignment, opened.
        students: those whose results are checked.
        pool: where submissions are graded again, without a trace, to be compared; None does not grade again.
    """
    again = _graded_again(run, students, pool) if pool else {}
    for student in students:
        try:
            yield _finding(run, student, again)
        except Exception as error:  # one result must not keep the others from being checked
            run.stages.log.exception("%s of %s could not be checked", run.assignment, student)
            yield Finding(student, (f"could not be checked: {type(error).__name__}: {error}",))


def _finding(run: ClassRun, student: str, again: dict[str, Any]) -> Finding:
    notebook = _read(run.stages.graded(student) / f"{run.assignment}.ipynb")
    if notebook is None:
        return Finding(student, ("is not graded",))
    receipt = read_receipt(notebook)
    if not receipt:
        return Finding(student, ("has no receipt; nbgrader's own command has graded it",))
    problems = [*_problems(run, student, notebook, receipt)]
    notes = [] if receipt.get("exam") == run.exam else ["graded with another version of the exam"]
    if run.fixed_seed and str(receipt.get("seed")) != str(run.fixed_seed):
        notes.append(f"graded with the seed {receipt.get('seed')}")
    if student in run.failed:
        problems.append(f"could not be graded again: {run.failed[student]}")
    if student in again and again[student] != receipt.get("points"):
        problems.append(f"grading again gives {_differences(receipt.get('points', {}), again[student])}")
    return Finding(student, tuple(problems), tuple(notes))


def _problems(run: ClassRun, student: str, notebook: NotebookNode, receipt: dict[str, Any]) -> Iterator[str]:
    if not is_genuine(receipt, run.key):
        yield "the receipt was changed, or signed with another key"
    if (receipt.get("assignment"), receipt.get("student")) != (run.assignment, student):
        yield f"the receipt is of {receipt.get('student')}'s {receipt.get('assignment')}"
    if receipt.get("submission") != run.stages.fingerprint(student):
        yield "the submission is not the one that was graded"
    signed = receipt.get("points", {})
    if points(notebook) != signed:
        yield f"the graded notebook says {_differences(signed, points(notebook))}"
    recorded = _recorded(run, student, notebook)
    if recorded != signed:
        yield f"the gradebook says {_differences(signed, recorded)}"


def _recorded(run: ClassRun, student: str, notebook: NotebookNode) -> dict[str, float | None]:
    """The automatic scores in the gradebook; manual ones stand beside them and are no business of the receipt."""
    by_hand = {c.metadata.nbgrader.grade_id for c in notebook.cells if utils.is_solution(c) or utils.is_task(c)}
    with Gradebook(run.course.database) as gradebook:
        try:
            grades = gradebook.find_submission_notebook(run.assignment, run.assignment, student).grades
        except MissingEntry:
            return {}
        return {grade.name: grade.auto_score for grade in grades if grade.name not in by_hand}


def _graded_again(run: ClassRun, students: list[str], pool: InProcess | DaskPool) -> dict[str, Any]:
    """The points that another run gives; of the submissions as they are now, and with the exam as it is now, but with
    the seed of the first run."""
    results = pool.run(_tasks(run, students), run.assignment, run.settings)
    found = {student: _points(result) for student, result in results}
    for student in students:
        run.stages.forget(student)
    return found


def _points(result: bytes | Exception) -> dict[str, float | None]:
    """The points of a run; {} where there are none, be it that an own check gives more points than there are."""
    with suppress(KeyError, ValueError):
        return points(nbformat.reads(result.decode(), as_version=4)) if isinstance(result, bytes) else {}
    return {}


def _tasks(run: ClassRun, students: list[str]) -> Tasks:
    for student in students:
        with run.failures(student):
            sanitised = run.take_in(student)
            seed = _signed_seed(run, student) or run.seed_of(sanitised)
            yield Task(student, sanitised, seed, run.stages.files(student))


def _signed_seed(run: ClassRun, student: str) -> int:
    """The seed in a student's receipt, 0 where there is none or it is not genuine."""
    notebook = _read(run.stages.graded(student) / f"{run.assignment}.ipynb")
    receipt = read_receipt(notebook) if notebook else {}
    return int(receipt.get("seed") or 0) if is_genuine(receipt, run.key) else 0


def _differences(signed: dict[str, Any], found: dict[str, Any]) -> str:
    names = sorted(name for name in {*signed, *found} if signed.get(name) != found.get(name))
    return ", ".join(f"{name} {found.get(name)} (signed: {signed.get(name)})" for name in names)


def _read(path: Path) -> NotebookNode | None:
    return nbformat.read(path, as_version=4) if path.exists() else None


def verify_course(course: Course, assignment: str, student: str, workers: int | None, console: Console) -> int:
    """Check the results of an assignment and print what was found.

    Args:
        student: whose result is checked, "" for all.
        workers: processes that grade again, 0 for one a core; None does not grade again.

    Returns:
        How many results something is the matter with.

    Raises:
        GradingError: there is nothing to check, or a grading run is at work.
    """
    students = [student] if student else course.graded(assignment)
    if not students:
        raise GradingError(f"nothing graded in {course.root / 'autograded'}/*/{assignment}; grade it first")
    with ClassRun(course, assignment) as run, ExitStack() as stack:
        stack.enter_context(logging_to(course.log, run.stages.log))
        pool = None if workers is None else stack.enter_context(open_pool(workers, at_most=len(students)))
        findings = list(verify(run, students, pool))
    for finding in findings:
        for line in (*finding.problems, *finding.notes):
            console.print(f"{finding.student}: {line}", markup=False, highlight=False)
    wrong = sum(bool(finding.problems) for finding in findings)
    console.print(f"{len(findings) - wrong} of {len(findings)} results are as they were signed")
    return wrong
