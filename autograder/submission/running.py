"""One kernel for a learner's cells: limits on what a cell may use up, and a new kernel in the old one's place."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from typing import Any

import nbformat
import zmq
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellExecutionComplete, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, from_dict

from attention_course.figures import FIGURES_VARIABLE
from autograder.submission.controlled import Controlled
from autograder.submission.messages import TOO_LARGE, bounded, received
from autograder.submission.outputs import cut_error, error_output, well_formed
from autograder.submission.ran import Limits, Ran
from autograder.submission.watch import LOOK, Watch

_NUDGE = 0.05
"""Seconds after which a kernel that does not answer is asked again, and then after twice as many each time."""
_MOST_ERRORS, _MOST_SHOWN = 10, 1000  # of one cell that are kept: errors, and figures or tables
_SMALL = 1000
"""Characters of a result that is kept whatever else its cell shows: it may be points."""


class Kernel(Controlled):
    """A kernel, driven cell by cell.

    Args:
        limits: for each cell.
        folder: where the kernel works if it is not shut in.
        figures: whether the course's own figures are drawn.
        files: whether a kernel that is shut in finds copies of the folder's files.
        options: traits of NotebookClient, e.g. `kernel_name`.
    """

    def __init__(
        self,
        limits: Limits,
        folder: str | None = None,
        *,
        figures: bool = False,
        files: bool = False,
        **options: Any,
    ):
        scratch = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])
        options = {"record_timing": False, "shutdown_kernel": "immediate", **options}
        resources = {"metadata": {"path": folder}}
        super().__init__(scratch, resources=resources, **options)
        self.limits = limits
        self._files = folder if files else None
        self._environment = {**os.environ, FIGURES_VARIABLE: "all" if figures else "none"}
        self.harmless: list[tuple[str, float]] = []
        """The cells that a new kernel must run to be in the state of this one, and their limits in CPU seconds."""
        self.language: dict[str, Any] = {}
        """What the kernel says of its language, once it has started."""
        self._broken: zmq.Socket | None = None
        """Where ZeroMQ tells that the connection on which outputs come has broken."""

    def start(self) -> None:
        """Start the kernel, and run again what is `harmless`."""
        self.create_kernel_manager()
        self.start_new_kernel(env=self._environment, files=self._files)
        self._connect()
        for source, cpu_seconds in self.harmless:
            if not self.run(source, silent=True, cpu_seconds=cpu_seconds).alive:
                raise DeadKernelError("a cell that did no harm the first time ended the kernel the second time")

    def _connect(self) -> None:
        """Wait until the kernel answers and is heard on both channels, and note its language.

        In the place of NotebookClient's start_new_kernel_client, which then listens a fifth of a second for messages to
        throw away; ours have the number of the cell they belong to.

        Raises:
            RuntimeError: it does not answer, or has ended.
        """
        assert self.km
        self.kc = self.km.client(context=bounded(zmq.Context.instance()))
        self.kc.start_channels(stdin=False, hb=False, control=False)  # whether the kernel lives, its process tells
        unheard = {self.kc.shell_channel.socket, self.kc.iopub_channel.socket}
        self._broken = self.kc.iopub_channel.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self._poller = zmq.Poller()
        for channel in unheard:
            self._poller.register(channel, zmq.POLLIN)
        self._wait_until_heard(unheard)

    def _wait_until_heard(self, unheard: set[zmq.Socket]) -> None:
        """Ask the kernel for its language until it is heard on each of some channels."""
        assert self.kc is not None
        until, nudge_at, patience = time.monotonic() + self.startup_timeout, 0.0, _NUDGE
        while unheard:
            if (now := time.monotonic()) > until:
                raise RuntimeError(f"the kernel did not answer in {self.startup_timeout} seconds")
            if now > nudge_at:
                if not self._alive():
                    raise RuntimeError("the kernel died before it answered")
                self.kc.kernel_info()
                nudge_at, patience = now + patience, 2 * patience
            for channel, _ in self._poller.poll(round(1000 * LOOK)):
                message = received(channel, self.kc.session)
                unheard.discard(channel)
                self.language = message["content"].get("language_info", self.language)

    async def _async_stop(self) -> None:
        """End the kernel; jupyter_client's own shutdown looks for its end ten times a second only."""
        if self.km is None:
            return
        await self._async_kill()
        self._stop_watching()
        if self.km.has_kernel:
            await self.km.provisioner.wait()
        await self._async_cleanup_kernel()

    stop = run_sync(_async_stop)

    def run(
        self,
        source: str,
        *,
        silent: bool = False,
        cpu_seconds: float | None = None,
        until: float | None = None,
        enough: Callable[[], bool] = lambda: False,
    ) -> Ran:
        """Run a cell's text.

        Args:
            silent: drop what it prints and shows, but for an error's name, and leave no history.
            cpu_seconds: another limit than that of all cells.
            until: when the notebook as a whole has taken too long, by default for what belongs to an exam.
            enough: when this becomes true, the cell has a last moment to end by itself.
        """
        until = self.limits.examined_until if until is None else until
        if time.monotonic() > until:
            return Ran(problem="time limit", late=True, begun=False)
        self._silent, self._ran, self._printed, self._shown = silent, Ran(), 0, 0
        self._count = {"error": 0, "shown": 0, "result": 0}
        cell = from_dict(
            {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
        )
        self.nb.cells[:] = [cell]  # where an update of what was displayed looks for it
        self.reset_execution_trackers()  # a cell must not change what an earlier one has shown
        self.clear_before_next_output = False
        try:
            self._converse(cell, Watch(self, cpu_seconds or self.limits.cpu_seconds, until, enough))
        except DeadKernelError:
            self._ran.problem, self._ran.alive = self._ran.problem or "kernel died", False
        except CellTimeoutError:  # the outputs do not come to an end
            self._ran.problem, self._ran.alive = "time limit", False
        except Exception:  # messages that no kernel would send
            self._ran.problem, self._ran.alive = "no answer", False
        if not self._ran.alive:
            self._kill()
        self._ran.outputs = [cut_error(o, self.limits.printed) for o in map(well_formed, cell.outputs) if o is not None]
        self._ran.execution_count = cell.execution_count if type(cell.execution_count) is int and not silent else None
        return self._ran

    def _converse(self, cell: NotebookNode, watch: Watch) -> None:
        """Have a cell executed and take in what it sends, until the kernel has replied and says that it is idle.

        NotebookClient does this with five tasks of an event loop, which takes longer than most cells.

        Raises:
            DeadKernelError: the kernel has ended.
            CellTimeoutError: it has replied, and its outputs do not come to an end.
        """
        assert self.kc is not None
        number = self.kc.execute(cell.source, store_history=not self._silent, stop_on_error=False)
        replies = self.kc.shell_channel.socket
        replied_at, idle, broke = 0.0, False, False
        while not (replied_at and idle):
            channels = self._poller.poll(round(1000 * LOOK))
            for channel, _ in channels:
                message = received(channel, self.kc.session)
                if message["parent_header"].get("msg_id") != number:
                    continue
                if channel is replies:
                    self._executed(cell, message)
                    replied_at = time.monotonic()
                    continue
                try:
                    self.process_message(message, cell, 0)
                except CellExecutionComplete:
                    idle = True
            broke = self._was_cut_off() or broke
            if replied_at and not channels and broke:
                self._ran.shown_too_much = True
                return self._listen_again()  # the word that it is idle went down with what was too large
            watch.look(listening=bool(channels))
            if replied_at and not idle and time.monotonic() - replied_at > self.iopub_timeout:
                raise CellTimeoutError("the outputs do not come to an end")

    def _was_cut_off(self) -> bool:
        """Whether the connection broke since this was asked last: a message was far too large, or the kernel ended."""
        broke = False
        while self._broken is not None and self._broken.poll(0):
            self._broken.recv_multipart()
            broke = True
        return broke

    def _stop_watching(self) -> None:
        """Have ZeroMQ tell no more, before nobody listens: its own thread would wait for a listener for ever."""
        if self._broken is not None and self.kc is not None:
            self.kc.iopub_channel.socket.disable_monitor()
            self._broken.close(linger=0)
        self._broken = None

    def _listen_again(self) -> None:
        """Connect anew after the connection broke; ZeroMQ itself does not come back to whom sends too much.

        Raises:
            DeadKernelError: the kernel has ended.
        """
        assert self.kc is not None
        if not self._alive():
            raise DeadKernelError("the kernel has ended")
        channel = self.kc.iopub_channel.socket
        address = channel.last_endpoint
        with contextlib.suppress(zmq.ZMQError):
            channel.disconnect(address)
        channel.connect(address)
        self._wait_until_heard({channel})

    def _executed(self, cell: NotebookNode, reply: dict[str, Any]) -> None:
        content = reply["content"]
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
        if TOO_LARGE in msg:
            self._ran.shown_too_much = True
            return None
        if kind == "error" and self._is_one_more("error", _MOST_ERRORS):
            return None
        if kind == "stream":
            text = msg["content"]["text"]
            msg["content"]["text"] = text[: max(0, self.limits.printed + 1 - self._printed)]
            self._printed += len(text)
            if not self.clear_before_next_output and text and not msg["content"]["text"]:
                return None
            if not self.clear_before_next_output:  # as nbclient does it, without a check against nbformat's schema
                name, text = msg["content"].get("name"), msg["content"]["text"]  # and nothing else that was sent along
                cell.outputs.append(from_dict({"output_type": kind, "name": name, "text": text}))
                return None
        elif kind in ("display_data", "execute_result", "update_display_data"):
            size = len(str(msg["content"]))
            if kind == "execute_result" and size < _SMALL and not self._is_one_more("result", _MOST_ERRORS):
                return super().process_message(msg, cell, cell_index)
            self._shown += 0 if kind == "update_display_data" else size  # an update takes an earlier figure's place
            if max(size, self._shown) > self.limits.shown:
                self._ran.shown_too_much = True
                return None
            if kind != "update_display_data" and self._is_one_more("shown", _MOST_SHOWN):
                return None
        return super().process_message(msg, cell, cell_index)

    def _is_one_more(self, what: str, most: int) -> bool:
        """Whether a cell has sent more of a kind than are kept."""
        self._count[what] += 1
        if self._count[what] > most:
            self._ran.shown_too_much = True
        return self._count[what] > most
