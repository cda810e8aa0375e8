"""Run a submission's cells to the end, whatever they do, and leave one verdict in each graded cell.

Takes the place of nbgrader's Execute, so that `nbgrader autograde`, formgrader and our own command run the same code.
A cell that hangs, ends the kernel or floods the output costs its own exercise and nothing else. Graded cells of a
lesson are not run in the learner's kernel but by the examiner; what a kernel prints or shows never becomes a verdict.
Those of an assignment that no lesson has made mean what they mean to nbgrader, and are run as it runs them.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode, from_dict
from nbgrader import utils
from nbgrader.preprocessors import Execute
from traitlets import Bool, Integer, Unicode, default

from autograder.exam.exercise import SEED_VARIABLE
from autograder.examiner import client as examiner
from autograder.kernels import KERNEL_NAME
from autograder.kernels.kernelspec import install_kernelspec
from autograder.secret import course_key, submission_seed
from autograder.submission.check_cell import hidden_tests, without_hidden_tests
from autograder.submission.demonstrations import LESSON, NOTE, not_needed
from autograder.submission.dependence import rests_on
from autograder.submission.examination import Examination, cells_above
from autograder.submission.incident import KEY, NAMES, Incident, incidents, note_cell, report
from autograder.submission.outputs import error_output, explain, merge_and_cut, said_of, size_of, without_results
from autograder.submission.ran import Limits, Ran
from autograder.submission.twins import Twins

_A_DAY = 86_400
"""Seconds; where nbgrader is told to set no limit at all."""


class ExecuteAndExamine(Execute):
    """nbgrader's Execute with a policy for every way in which a submission can break, and an examiner outside of it."""

    seed = Integer(help="draws the inputs of the hidden exams; 0 for each submission's own").tag(config=True)
    output_limit = Integer(100_000, help="characters of printed output kept per cell").tag(config=True)
    display_limit = Integer(8_000_000, help="characters of figures and tables kept per cell").tag(config=True)
    figures = Bool(False, help="draw the course's own figures, which takes most of the time").tag(config=True)
    demonstrations = Bool(
        False, help="run also the released cells of a lesson on which nothing that is graded rests"
    ).tag(config=True)
    restart_limit = Integer(8, help="kernels a submission may end before the rest of it scores zero").tag(config=True)
    notebook_output_limit = Integer(
        32_000_000, help="characters of printed output, figures and tables kept of all cells together"
    ).tag(config=True)
    notebook_seconds = Integer(
        1200,
        help="seconds that all cells together may take, on the wall's clock, and half as long again for exams; 0: any",
    ).tag(config=True)
    patience = Integer(4, help="a cell that waits may take so many times as long as one that works").tag(config=True)
    sandbox = Unicode(KERNEL_NAME, help="the kernelspec that submissions run in").tag(config=True)

    @default("seed")
    def _seed_of_the_environment(self) -> int:
        return int(os.environ.get(SEED_VARIABLE, 0))

    def preprocess(self, nb: NotebookNode, resources: Any = None, km: Any = None) -> tuple[NotebookNode, Any]:
        self.nb, self.resources, self._notebook = nb, resources, resources["nbgrader"]["notebook"]
        coursedir = self.parent.parent.coursedir
        source = Path(coursedir.root, coursedir.source_directory)
        self._seed = self.seed or submission_seed(course_key(Path(coursedir.root)), nb.cells)
        if self.sandbox == KERNEL_NAME:
            install_kernelspec()
        kernels = self._limits(), self.restart_limit, self._kernel_options(), self._folder()
        written = _read(source, self._notebook)
        self._lesson = LESSON in written.metadata.get(KEY, {})
        self._kept = 0
        self._kernels = Twins(*kernels, figures=self.figures, files=not self._lesson)
        self._examination = Examination(nb, self._notebook, source, self._seed, self._kernels)
        if self._lesson:
            examiner.begin(self._notebook, source)
        self._left_out = [] if self.demonstrations else not_needed(nb, written)
        try:
            self._kernels.start()
            for index, cell in enumerate(nb.cells):
                self.preprocess_cell(cell, resources, index)
            nb.metadata["language_info"] = self._kernels.language
        finally:
            self._examination.close()
            self._kernels.stop()
        found = incidents(nb)
        if found:
            nb.cells.insert(0, note_cell(found))
        return nb, resources

    def _limits(self) -> Limits:
        seconds = self.timeout if self.timeout and self.timeout > 0 else _A_DAY
        until = time.monotonic() + (self.notebook_seconds or math.inf)
        limits = (
            self.patience * seconds,
            self.output_limit,
            self.display_limit,
            until,
            until + self.notebook_seconds / 2,
        )
        return Limits(seconds, *limits)

    def _kernel_options(self) -> dict[str, Any]:
        names = ("startup_timeout", "iopub_timeout", "raise_on_iopub_timeout", "shutdown_kernel", "extra_arguments")
        return {"kernel_name": self.sandbox, "parent": self, **{name: getattr(self, name) for name in names}}

    def _folder(self) -> str | None:
        return (self.resources.get("metadata") or {}).get("path") or None

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        if cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell):
            (self._grade if self._lesson else self._grade_as_nbgrader)(cell)
        elif cell.cell_type == "code" and any(cell is other for other in self._left_out):
            cell.outputs, cell.execution_count = (
                [from_dict({"output_type": "stream", "name": "stdout", "text": NOTE})],
                None,
            )
        elif cell.cell_type == "code":
            self._run(cell)
        return cell, resources

    def _run(self, cell: NotebookNode) -> None:
        """Run a cell of the learner's, or a given one."""
        ran = self._kernels.run(cell.source)
        self._keep(cell, ran)
        error = ran.error
        if error:
            self._note_question(cell, error.ename)
        if not utils.is_solution(cell) or ran.problem or not error or error.ename == "NotImplementedError":
            return
        if rests_on(cells_above(self.nb, cell), cell.source, self._kernels.replaced):
            error = self._kernels.twin()[1].error
        if error and error.ename != "NotImplementedError":
            message = f"the exercise cell raises {error.ename}; what stands below that line did not run."
            self._report("does not run", cell, message)

    def _note_question(self, cell: NotebookNode, error: str) -> None:
        if error == "StdinNotImplementedError":
            message = "the cell waits for input(), and nobody is there to type while it is graded."
            self._report("asks for input", cell, message)

    def _keep(self, cell: NotebookNode, ran: Ran) -> None:
        """Take over what a cell has shown, within limits, and say what went wrong."""
        cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
        if merge_and_cut(cell, self.output_limit) or ran.shown_too_much:
            message = f"the cell printed more than {self.output_limit:,} characters or showed more than fits a page."
            self._report("too much output", cell, message)
        self._kept += size_of(cell.outputs)
        if self._kept > self.notebook_output_limit:
            self._kept -= size_of(cell.outputs)
            cell.outputs = [output for output in cell.outputs if output.output_type in ("error", "execute_result")][-1:]
            self._kept += size_of(cell.outputs)
            most = f"{self.notebook_output_limit:,} characters"
            message = f"the notebook as a whole shows more than {most}; what came after that was not kept."
            report(self.nb, Incident("too much output", "", message))
        if ran.problem:
            message = self._sentence(ran)
            self._report(ran.problem, cell, message)
            cell.outputs = [o for o in cell.outputs if o.output_type != "error"] + [error_output(ran.problem, message)]

    def _sentence(self, ran: Ran) -> str:
        if ran.late:
            what = "interrupted" if ran.begun else "not run"
            return f"{what}: the notebook as a whole took longer than {in_words(self.notebook_seconds)}."
        if ran.problem == "too much output":
            return "the cell sent more than the grader can hold; the grader went on without it."
        if self._kernels.exhausted and not ran.execution_count:
            return "not run: too many cells before it ended the kernel."
        if ran.problem == "kernel died":
            what = "calls exit" if ran.asked_to_exit else "ended the kernel"
            return f"the cell {what}; the grader went on without it."
        if ran.problem == "time limit" and ran.alive:
            return f"the cell ran longer than {self.timeout} seconds and was interrupted. Is there an endless loop?"
        if ran.problem == "time limit":
            return f"the cell could not be stopped after {self.timeout} seconds; the grader went on without it."
        return "the kernel's messages made no sense while the cell ran; the grader went on without it."

    def _report(self, name: str, cell: NotebookNode, message: str) -> None:
        report(self.nb, Incident(name, _name(cell), message))

    def _grade_as_nbgrader(self, cell: NotebookNode) -> None:
        """Run a graded cell among the learner's; nbgrader reads points, or a failure, from what it shows."""
        self._keep(cell, self._kernels.run(cell.source))
        facts = {"exercise": _name(cell), "seed": str(self._seed), "by": "nbgrader"}
        cell.metadata[KEY] = {"verdict": {**facts, **said_of(cell)}}

    def _grade(self, cell: NotebookNode) -> None:
        """Have a graded cell examined, and leave the verdict in its metadata."""
        exercise = _name(cell).removeprefix("check_")
        hidden = hidden_tests(cell.source)
        cell.outputs, cell.execution_count = [], None
        result = self._examination.examine(cell, hidden or cell.source, exercise, hidden=bool(hidden))
        verdict = {key: result.verdict.get(key, "") for key in ("concept", "misconception", "message")}
        verdict = verdict if result.verdict else {}
        if result.ran.problem:
            self._keep(cell, replace(result.ran, outputs=[]))
        elif result.broken:
            message = "the exam itself broke off; this is no fault of the answer. Please tell the course's authors."
            self._report("exam broken", cell, message)
            self.log.error("%s: %s", _name(cell), result.broken)
            cell.outputs = [error_output("exam broken", message)]
        elif result.error:
            self._note_question(cell, result.error["ename"])
            cell.outputs = [error_output(result.error["ename"], result.error["evalue"])]
        elif hidden:
            self._show_visible_part(cell, examined=bool(result.verdict))
        else:
            cell.outputs = [o for o in [result.printed] if o]
        passed = not utils.has_failed(cell)
        if not passed:
            verdict = {
                **explain(self.nb, cell, exercise, verdict, hidden=bool(hidden and result.error)),
                "carried": self._examination.go_on(exercise, result),
            }
        cell.metadata[KEY] = {"verdict": {**verdict, "exercise": exercise, "passed": passed, "seed": str(self._seed)}}

    def _show_visible_part(self, cell: NotebookNode, *, examined: bool) -> None:
        """Run what the learner sees of a check whose hidden part was passed.

        Args:
            examined: by an exam, which decides where the visible check disagrees.
        """
        text = without_hidden_tests(cell.source)
        ran = self._kernels.run(text, examined=True)
        self._keep(cell, ran)
        cell.outputs = without_results(cell.outputs)
        self._quieten(cell)
        if ran.problem:
            return
        cell.outputs = [o for o in cell.outputs if o.output_type != "error"]
        error, elsewhere = ran.error, False
        if error and error.ename == "LentError":  # right, and borrowed from the course: only the kernel can know
            cell.outputs.append(error_output("CheckError", error.evalue))
            return
        if error and rests_on(cells_above(self.nb, cell), text, self._kernels.replaced):
            error, elsewhere = self._kernels.twin()[1].error, True
        if error and examined:  # be it an error of the check's own
            message = "the visible check objects to an answer that the exam accepts; it costs nothing."
            self._report("checks disagree", cell, message)
        elif error:
            cell.outputs.append(error_output(*_repeatable(error, elsewhere)))

    def _quieten(self, cell: NotebookNode) -> None:
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                output.name = "stdout"  # nbgrader scores a warning zero
                self._report("wrote to stderr", cell, "a warning was printed; it costs nothing.")


def in_words(seconds: float) -> str:
    """A length of time for a sentence."""
    return f"{seconds // 60} minutes" if seconds >= 120 and seconds % 60 == 0 else f"{seconds} seconds"


def _read(source: Path, notebook: str) -> NotebookNode:
    """An nbgrader source notebook: our own build, or an instructor's."""
    return nbformat.v4.reads((source / notebook / f"{notebook}.ipynb").read_text(encoding="utf-8"))


def _name(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _repeatable(error: NotebookNode, elsewhere: bool) -> tuple[str, str]:
    """A kernel's error in a visible check, without a name that is one of the grader's own.

    Args:
        elsewhere: it is the twin's, which has the right versions and could say what they are.
    """
    name = "Exception" if error.ename in (*NAMES, "ExamError") else error.ename
    return name, "the visible check objects; run it in your notebook." if elsewhere else error.evalue
