"""Run a submission's cells to the end, whatever they do, and leave one verdict in each graded cell.

nbgrader's Execute, made to survive: a cell that hangs, ends the kernel or floods the output costs its own exercise and
nothing else. After a failed exam the right version is carried forward. Named in nbgrader_config.py, so that
`nbgrader autograde`, formgrader and our own command run the same code.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import Execute
from traitlets import Integer

from autograder.carry import carried
from autograder.exercise import SEED_VARIABLE
from autograder.incident import KEY, NAMES, Incident, incidents, note_cell, report
from autograder.outputs import drop_check_error, error_output, explain, merge_and_cut, take_verdict
from autograder.reference import SOURCE_VARIABLE


class ExecuteAndExamine(Execute):
    """nbgrader's Execute with a policy for every way in which a submission can break."""

    seed = Integer(2026, help="draws the inputs of the hidden exams; recorded with every verdict").tag(config=True)
    output_limit = Integer(100_000, help="characters of printed output kept per cell").tag(config=True)
    display_limit = Integer(8_000_000, help="characters of figures and tables kept per cell").tag(config=True)
    restart_limit = Integer(8, help="kernels a submission may end before the rest of it scores zero").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any = None, km: Any = None) -> tuple[NotebookNode, Any]:
        self._notebook = resources["nbgrader"]["notebook"]
        self._alive_cells: list[str] = []
        self._restarts = 0
        coursedir = self.parent.parent.coursedir
        environment = {
            SEED_VARIABLE: str(self.seed),
            SOURCE_VARIABLE: str(Path(coursedir.root, coursedir.source_directory)),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        }
        self._sockets = tempfile.mkdtemp(prefix="kernel-")
        try:
            with utils.setenv(**environment):
                nb, resources = super().preprocess(nb, resources, km)
        finally:
            shutil.rmtree(self._sockets, ignore_errors=True)
        found = incidents(nb)
        if found:
            nb.cells.insert(0, note_cell(found))
        return nb, resources

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        if cell.cell_type != "code":
            return cell, resources
        self._printed, self._shown, self._asked_to_exit = 0, 0, False
        broken = self._run(cell, index)
        if broken:
            report(self.nb, broken)
            cell.outputs = [*cell.outputs, error_output(broken.name, broken.message)]
            self._revive()
        elif any(output.get("ename") == "CellTimeoutError" for output in cell.outputs):
            message = f"the cell ran longer than {self.timeout} seconds and was interrupted. Is there an endless loop?"
            report(self.nb, Incident("time limit", _name(cell), message))
            cell.outputs = [o for o in cell.outputs if o.output_type != "error"] + [error_output("time limit", message)]
        else:
            self._alive_cells.append(cell.source)
        self._tidy(cell)
        if utils.is_grade(cell):
            self._settle(cell, index)
        return cell, resources

    def _run(self, cell: NotebookNode, index: int) -> Incident | None:
        """Run one cell; an incident if the kernel did not survive it."""
        if self._restarts > self.restart_limit:
            return Incident("kernel died", _name(cell), "not run: too many cells before it ended the kernel.")
        try:
            self.execute_cell(cell, index, store_history=True)
        except DeadKernelError:
            return Incident("kernel died", _name(cell), "the cell ended the kernel; the grader went on without it.")
        except CellTimeoutError:
            message = f"the cell could not be stopped after {self.timeout} seconds; the grader went on without it."
            return Incident("time limit", _name(cell), message)
        if self._asked_to_exit:
            return Incident("kernel died", _name(cell), "the cell calls exit; the grader went on without it.")
        return None

    def create_kernel_manager(self) -> Any:
        """A kernel on unix sockets in a folder of its own; TCP ports on Windows, which has none."""
        manager = super().create_kernel_manager()
        if os.name == "posix":
            manager.transport = "ipc"
            manager.ip = str(Path(self._sockets, str(self._restarts)))
        return manager

    def on_cell_executed(self, **kwargs: Any) -> None:
        payload = kwargs["execute_reply"]["content"].get("payload") or []
        self._asked_to_exit = any(item.get("source") == "ask_exit" for item in payload)
        super().on_cell_executed(**kwargs)

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take in what a cell prints and shows, up to a limit: a flood must not fill the memory of the grader."""
        if msg["msg_type"] == "stream":
            text = msg["content"]["text"]
            msg["content"]["text"] = text[: max(0, self.output_limit + 1 - self._printed)]
            self._printed += len(text)
        elif msg["msg_type"] in ("display_data", "execute_result", "update_display_data"):
            self._shown += sum(len(str(item)) for item in msg["content"]["data"].values())
            if self._shown > self.display_limit:
                return None
        return super().process_message(msg, cell, cell_index)

    def _revive(self) -> None:
        """A new kernel in the state the last one had: run again, silently, every cell that did no harm."""
        self._restarts += 1
        if self._restarts > self.restart_limit:
            return
        self._cleanup_kernel()
        self.create_kernel_manager()
        self.start_new_kernel()
        self.start_new_kernel_client()
        for source in self._alive_cells:
            self._silently(source)

    def _silently(self, source: str) -> None:
        scratch = nbformat.v4.new_code_cell(source)
        counted = self._printed, self._shown
        self.nb.cells.append(scratch)
        try:
            self.execute_cell(scratch, len(self.nb.cells) - 1, store_history=False)
        except (DeadKernelError, CellTimeoutError):
            self._restarts = self.restart_limit + 1
        finally:
            self.nb.cells.pop()
            self._printed, self._shown = counted

    def _tidy(self, cell: NotebookNode) -> None:
        if merge_and_cut(cell, self.output_limit) or self._shown > self.display_limit:
            message = f"the cell printed more than {self.output_limit:,} characters or showed more than fits a page."
            report(self.nb, Incident("too much output", _name(cell), message))
        if any(output.get("ename") == "StdinNotImplementedError" for output in cell.outputs):
            message = "the cell waits for input(), and nobody is there to type while it is graded."
            report(self.nb, Incident("asks for input", _name(cell), message))
        if utils.is_solution(cell) and utils.has_failed(cell):
            error = next((o for o in cell.outputs if o.output_type == "error"), None)
            if error and error.ename != "NotImplementedError" and error.ename not in NAMES:
                message = f"the exercise cell raises {error.ename}; what stands below that line did not run."
                report(self.nb, Incident("does not run", _name(cell), message))

    def _settle(self, cell: NotebookNode, index: int) -> None:
        """Leave the verdict in the cell's metadata, and carry the right version forward after a failure."""
        verdict = take_verdict(cell)
        if verdict.pop("passed", False) and drop_check_error(cell):
            message = "the visible check objects to an answer that the exam accepts; it costs nothing."
            report(self.nb, Incident("checks disagree", _name(cell), message))
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                output.name = "stdout"  # nbgrader scores a warning zero
                report(self.nb, Incident("wrote to stderr", _name(cell), "a warning was printed; it costs nothing."))
        exercise = _name(cell).removeprefix("check_")
        passed = not utils.has_failed(cell)
        if not passed:
            verdict = {**explain(self.nb, cell, exercise, verdict), "carried": carried(self._notebook, exercise)}
            source = f"__import__('autograder.carry').carry.carry({self._notebook!r}, {exercise!r}, globals())"
            self._silently(source)
            self._alive_cells.append(source)
        cell.metadata[KEY] = {"verdict": {**verdict, "exercise": exercise, "passed": passed, "seed": self.seed}}


def _name(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")
