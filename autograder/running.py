"""One kernel for a learner's cells: limits on what a cell may use up, and a new kernel in the old one's place."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_core.utils import ensure_async, run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from attention_course.figures import FIGURES_VARIABLE
from autograder.outputs import cut_error, error_output, well_formed

GRACE = 3.0
"""Seconds between an interrupt and the end of a kernel that does not care."""
_LOOK = 0.05
_NUDGE = 1.0
"""Seconds after which a kernel that does not answer is asked again."""


@dataclass(frozen=True)
class Limits:
    """What a cell may use up.

    Args:
        cpu_seconds: of the kernel and all that it started: a loaded machine gives no other verdict than an idle one.
        wall_seconds: against cells that wait for ever.
        printed: characters of output kept.
        shown: characters of figures and tables kept.
    """

    cpu_seconds: float
    wall_seconds: float
    printed: int = 100_000
    shown: int = 8_000_000


@dataclass
class Ran:
    """What became of a cell.

    `problem` is "" or an incident's name: "time limit", "kernel died", "no answer". `alive` says whether the kernel
    has its state still.
    """

    outputs: list[NotebookNode] = field(default_factory=list)
    execution_count: int | None = None
    problem: str = ""
    alive: bool = True
    asked_to_exit: bool = False
    shown_too_much: bool = False

    @property
    def error(self) -> NotebookNode | None:
        """The last error among the outputs."""
        return next((output for output in reversed(self.outputs) if output.output_type == "error"), None)


class Kernel(NotebookClient):
    """A kernel, driven cell by cell.

    Args:
        limits: for each cell.
        figures: whether the course's own figures are drawn.
        options: traits of NotebookClient, e.g. `kernel_name`.
    """

    def __init__(self, limits: Limits, folder: str | None = None, *, figures: bool = False, **options: Any):
        scratch = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])
        options = {"allow_errors": True, "timeout": -1, "shutdown_kernel": "immediate", **options}
        resources = {"metadata": {"path": folder}}
        super().__init__(scratch, kernel_manager_class=AsyncKernelManager, resources=resources, **options)
        self.limits = limits
        self._environment = {**os.environ, FIGURES_VARIABLE: "all" if figures else "none"}
        self.harmless: list[tuple[str, float]] = []
        """The cells that a new kernel must run to be in the state of this one, and their limits in CPU seconds."""
        self.language: dict[str, Any] = {}
        """What the kernel says of its language, once it has started."""
        self.on_cell_executed = self._executed

    def start(self) -> None:
        """Start the kernel, and run again what is `harmless`."""
        self.create_kernel_manager()
        self.start_new_kernel(env=self._environment)
        self._connect()
        for source, cpu_seconds in self.harmless:
            if not self.run(source, silent=True, cpu_seconds=cpu_seconds).alive:
                raise DeadKernelError("a cell that did no harm the first time ended the kernel the second time")

    async def _async_connect(self) -> None:
        """Wait until the kernel answers and is heard on every channel, and note its language.

        In the place of NotebookClient's start_new_kernel_client, which then listens a fifth of a second for messages to
        throw away; ours have the number of the cell they belong to.

        Raises:
            RuntimeError: it does not answer, or has ended.
        """
        assert self.km is not None
        self.kc = self.km.client()
        self.kc.start_channels(hb=False)  # whether the kernel lives, its process tells
        self.kc.allow_stdin = False
        until = time.monotonic() + self.startup_timeout
        while time.monotonic() < until:
            self.kc.kernel_info()
            with contextlib.suppress(Empty):
                reply = await self.kc.get_shell_msg(timeout=_NUDGE)
                self.language = reply["content"].get("language_info", self.language)
                await self.kc.get_iopub_msg(timeout=_NUDGE)  # "busy": what a cell shows will be heard too
                if self.language:
                    return
            if not await ensure_async(self.km.is_alive()):
                raise RuntimeError("the kernel died before it answered")
        raise RuntimeError(f"the kernel did not answer in {self.startup_timeout} seconds")

    _connect = run_sync(_async_connect)

    async def _async_stop(self) -> None:
        """End the kernel; jupyter_client's own shutdown looks for its end ten times a second only."""
        if self.km is None:
            return
        await self._kill()
        if self.km.has_kernel:
            await self.km.provisioner.wait()
        await self._async_cleanup_kernel()

    stop = run_sync(_async_stop)

    @property
    def answers(self) -> socket.socket:
        """The connection on which the kernel answers the examiner."""
        assert self.km is not None
        return self.km.provisioner.answers

    def run(
        self,
        source: str,
        *,
        silent: bool = False,
        cpu_seconds: float | None = None,
        enough: Callable[[], bool] = lambda: False,
    ) -> Ran:
        """Run a cell's text.

        Args:
            silent: drop what it prints and shows, but for an error's name, and leave no history.
            cpu_seconds: another limit than that of all cells.
            enough: when this becomes true, the cell has a last moment to end by itself.
        """
        self._silent, self._ran, self._printed, self._shown = silent, Ran(), 0, 0
        cell = nbformat.v4.new_code_cell(source)
        self.nb.cells[:] = [cell]  # where an update of what was displayed looks for it
        self.reset_execution_trackers()  # a cell must not change what an earlier one has shown
        self._run_watched(cell, cpu_seconds or self.limits.cpu_seconds, enough)
        self._ran.outputs = [cut_error(o, self.limits.printed) for o in map(well_formed, cell.outputs) if o is not None]
        count = cell.execution_count
        self._ran.execution_count = count if type(count) is int and not silent else None
        return self._ran

    async def _async_run_watched(self, cell: NotebookNode, cpu_seconds: float, enough: Callable[[], bool]) -> None:
        watch = asyncio.ensure_future(self._watch(cpu_seconds, enough))
        ran = self._ran
        try:
            await self.async_execute_cell(cell, 0, store_history=not self._silent)
        except DeadKernelError:
            ran.problem, ran.alive = ran.problem or "kernel died", False
        except CellTimeoutError:  # the outputs do not come to an end
            ran.problem, ran.alive = "time limit", False
        except Exception:  # messages that no kernel would send
            ran.problem, ran.alive = "no answer", False
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
        if not ran.alive:
            await self._kill()

    _run_watched = run_sync(_async_run_watched)

    async def _watch(self, cpu_seconds: float, enough: Callable[[], bool]) -> None:
        """Interrupt a cell at its limit; end a kernel that goes on nevertheless."""
        started, cpu_before = time.monotonic(), -1.0
        longest = cpu_seconds * self.limits.wall_seconds / self.limits.cpu_seconds
        while not enough():
            await asyncio.sleep(_LOOK)
            if cpu_before < 0:  # most cells end before the first look, which costs as much as such a cell
                cpu_before = self._cpu_seconds()
            wall = time.monotonic() - started
            if wall > longest or self._cpu_seconds() - cpu_before > cpu_seconds:
                self._ran.problem = "time limit"
                break
        else:
            await asyncio.sleep(GRACE)
        assert self.km is not None
        await ensure_async(self.km.interrupt_kernel())
        await asyncio.sleep(GRACE)
        self._ran.alive = False  # even if the cell ends in this very moment
        await self._kill()

    def _cpu_seconds(self) -> float:
        assert self.km is not None
        return self.km.provisioner.cpu_seconds()

    async def _kill(self) -> None:
        if self.km is not None and self.km.has_kernel:
            with contextlib.suppress(RuntimeError, ProcessLookupError):
                await ensure_async(self.km.signal_kernel(signal.SIGKILL))

    def _executed(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        content = execute_reply["content"]
        payload = content.get("payload") or []
        self._ran.asked_to_exit = any(item.get("source") == "ask_exit" for item in payload)
        if content["status"] == "error" and not any(o.get("ename") == content["ename"] for o in cell.outputs):
            # a learner's own way of showing errors must not hide one
            cell.outputs.append(error_output(str(content["ename"]), str(content["evalue"])))

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take in what a cell prints and shows, up to a limit: a flood must not fill the memory of the grader."""
        kind = msg["msg_type"]
        if kind.startswith("comm") or (self._silent and kind not in ("status", "error")):
            return None
        if kind == "stream":
            text = msg["content"]["text"]
            msg["content"]["text"] = text[: max(0, self.limits.printed + 1 - self._printed)]
            self._printed += len(text)
        elif kind in ("display_data", "execute_result", "update_display_data"):
            size = len(str(msg["content"]))
            self._shown += 0 if kind == "update_display_data" else size  # an update takes an earlier figure's place
            if max(size, self._shown) > self.limits.shown:
                self._ran.shown_too_much = True
                return None
        return super().process_message(msg, cell, cell_index)
