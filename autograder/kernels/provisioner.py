"""The door that jupyter_client opens: a kernel provisioner whose kernels are forked warm and shut in.

The kernelspec names it, so nbclient, nbgrader and formgrader use it without knowing. It is an entry point of the group
jupyter_client.kernel_provisioners ("Customizing the kernel's runtime environment" in jupyter_client's documentation).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, Enum, List, Unicode, default

from attention_course.figures import FIGURES_VARIABLE
from autograder.kernels import ANSWERS_VARIABLE, ISOLATION_VARIABLE, IsolationError
from autograder.kernels.client import RemoteKernel, server_address
from autograder.kernels.cpu import TreeMeter, group_cpu_seconds
from autograder.kernels.limits import Limits
from autograder.kernels.peak import Peak, of_kernel

WARM = sys.platform == "linux"
"""Elsewhere forking a process that has imported PyTorch is unsafe (macOS) or impossible (Windows)."""


class SandboxProvisioner(LocalProvisioner):
    """Starts kernels through the warm server; without one, on other systems than Linux, as ordinary processes."""

    isolation = Enum(["full", "none"], help="shut kernels in, or run them with the grader's rights").tag(config=True)
    limits = Dict(help="fields of autograder.kernels.limits.Limits, for a server started from here").tag(config=True)
    private = List(Unicode(), help="more folders that a kernel must not see").tag(config=True)

    process: Any = None
    answers: socket.socket | None = None
    """The examiner's end of the socket that the kernel finds in ATTENTION_COURSE_ANSWERS_FD; set after launch."""
    peak: Peak | None = None
    """What tells the most memory that the kernel has in use, where that can be had; set after launch."""
    _meeting: Path | None = None
    _files = ""
    """A folder whose files an isolated kernel finds in its own; others work in their client's folder itself."""
    _cpu_seconds = 0.0
    _tree: TreeMeter | None = None

    @default("isolation")
    def _isolation_from_environment(self) -> str:
        return os.environ.get(ISOLATION_VARIABLE, "full")

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Have the connection file written for unix sockets in a folder of the kernel's own."""
        if WARM:
            if self._meeting is None:
                base = Path(server_address(Limits(**self.limits))).parent
                self._meeting = Path(tempfile.mkdtemp(prefix="k", dir=base))
            self.parent.transport = "ipc"
            self.parent.ip = str(self._meeting / "c")
            self.parent.connection_file = str(self._meeting / "connection.json")
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Launch a kernel.

        Args:
            kwargs: as jupyter_client's; and "files", a folder whose files a kernel that is shut in finds in its own.

        Raises:
            IsolationError: it cannot be isolated here, and isolation was not waived; or it did not start.
        """
        self._close_ours()
        self._cpu_seconds = 0.0
        self.answers, theirs = socket.socketpair()
        launch = self._launch_warm if WARM else self._launch_cold
        self._files = str(kwargs.pop("files", None) or "")
        try:
            with theirs:
                return await launch(cmd, theirs, **kwargs)
        except BaseException:
            self._close_ours()
            raise

    async def _launch_cold(self, cmd: list[str], theirs: socket.socket, **kwargs: Any) -> KernelConnectionInfo:
        if self.isolation == "full":
            raise IsolationError(_sentence("only Linux can"))
        kwargs["env"] = {**kwargs.get("env", os.environ), ANSWERS_VARIABLE: str(theirs.fileno())}
        return await super().launch_kernel(cmd, pass_fds=(theirs.fileno(),), **kwargs)

    async def _launch_warm(self, cmd: list[str], theirs: socket.socket, **kwargs: Any) -> KernelConnectionInfo:
        environment = dict(kwargs.get("env") or os.environ)
        request = {
            "arguments": cmd[cmd.index("-f") :],
            "environment": _handed_on(environment) if self.isolation == "full" else environment,
            "cwd": str(kwargs.get("cwd") or Path.cwd()),
            "meeting": str(self._meeting),
            "isolation": self.isolation,
            "private": self.private,
            "files": self._files,
        }
        self.process = RemoteKernel(server_address(Limits(**self.limits)), request, theirs)
        try:
            await self.process.started()
        except IsolationError as error:
            self.process = None
            raise IsolationError(_sentence(str(error)) if self.isolation == "full" else str(error)) from None
        self.pid, self.pgid = self.process.pid, None
        self.peak = of_kernel(self.pid, self.process.group_peak, guarded=self.isolation == "full")
        return self.connection_info

    def cpu_seconds(self) -> float:
        """CPU seconds that the kernel and all it started have used since the launch; the last known at its end."""
        if self.pid and self.process is not None:
            with contextlib.suppress(ProcessLookupError, OSError):
                self._cpu_seconds = max(self._cpu_seconds, self._measured())
        return self._cpu_seconds

    def _measured(self) -> float:
        meter = getattr(self.process, "meter", None)
        if meter:
            return group_cpu_seconds(meter[0]) - meter[1]
        if self._tree is None or self._tree.pid != self.pid:
            self._tree = TreeMeter(self.pid or 0)
        return self._tree.seconds()

    async def wait(self) -> int | None:
        """Wait for the end of the kernel, without the tenth of a second that the base class sleeps."""
        if not isinstance(self.process, RemoteKernel):
            return await super().wait()
        code = await self.process.ended()
        self.process = None
        return code

    async def cleanup(self, restart: bool = False) -> None:
        """Close what the examiner needs and, unless the kernel is to start again, remove its folder."""
        await super().cleanup(restart)
        self._close_ours()
        if self._meeting and not restart:
            shutil.rmtree(self._meeting, ignore_errors=True)
            self._meeting = None

    def _close_ours(self) -> None:
        """Close the examiner's end of the socket, and what tells the kernel's memory."""
        for ours in (self.answers, self.peak):
            if ours:
                ours.close()
        self.answers = self.peak = None


def _handed_on(environment: dict[str, str]) -> dict[str, str]:
    """What a kernel that is shut in gets of its client's environment: whether to draw figures, and nothing else."""
    return {name: environment[name] for name in (FIGURES_VARIABLE,) if name in environment}


def _sentence(reason: str) -> str:
    last = reason.strip().splitlines()[-1]
    return (
        f"kernels cannot be shut in on this machine: {last}. `python -m autograder doctor` tells what is missing; "
        "`--isolation none` runs submissions with your own rights."
    )
