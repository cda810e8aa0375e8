"""The client's side of the warm server: start it on demand, ask it for a kernel, follow that kernel."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from typing import Any

from autograder import ROOT
from autograder.kernels import ADDRESS_VARIABLE, IsolationError
from autograder.kernels.folders import OwnFolder, remove_left_behind
from autograder.kernels.limits import Limits

_START_SECONDS = 120
_SHORT = 50
"""A unix socket's path may have 107 characters; ours add some thirty to the folder for temporary files."""
_INHERITED = ("PATH", "HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "LD_LIBRARY_PATH")
"""All that a server takes over from its owner's environment: a kernel can read it in /proc/self/environ."""
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")

_QUIET = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # a debugger that nobody uses warns about frozen modules


class OwnServer:
    """A warm server that ends with this process."""

    def __init__(self, limits: Limits):
        place = tempfile.gettempdir()
        place = place if len(place) < _SHORT else "/tmp"
        remove_left_behind(place)
        self._folder = OwnFolder("ak-", place)
        self.base = self._folder.path
        self.address = str(self.base / "server")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(self.address)
            listener.listen(128)
            life, self._life = os.pipe()
            self._process = self._start(listener.fileno(), life, limits)
            os.close(life)

    def _start(self, listener: int, life: int, limits: Limits) -> subprocess.Popen[bytes]:
        arguments = [str(listener), str(life), str(self.base), json.dumps(asdict(limits))]
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.kernels.warm", *arguments],
            env=_server_environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(listener, life),
            start_new_session=True,
        )

    def running(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the server and all its kernels."""
        if self._life >= 0:
            os.close(self._life)
            self._life = -1
            self._process.terminate()  # if it is still importing; later it does not care, and ends in order
            self._process.wait()
            self._folder.remove()  # if the server was killed it could not


def _server_environment() -> dict[str, str]:
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # the same set order in every kernel, so that grading again gives the same result
    # matplotlib reads its backend when it is imported, that is in the server
    fixed = {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": "0",
        **_QUIET,
    }
    return {**environment, **fixed, **dict.fromkeys(_ONE_THREAD, "1")}


_lock = threading.Lock()
_own: OwnServer | None = None


def server_address(limits: Limits | None = None) -> str:
    """Where the server listens that this process uses: the one named in the environment, else its own.

    Several processes share a server when one of them puts its address into ATTENTION_COURSE_KERNELS of the others.

    Args:
        limits: for the kernels of a server that is started now.
    """
    global _own
    if ADDRESS_VARIABLE in os.environ:
        return os.environ[ADDRESS_VARIABLE]
    with _lock:
        if _own is None or not _own.running():
            stop_own_server()
            _own = OwnServer(limits or Limits())
    return _own.address


def begin() -> None:
    """Start a server before it is needed: it imports for seconds, and so may its owner meanwhile."""
    if sys.platform == "linux":
        server_address()


@atexit.register
def stop_own_server() -> None:
    """End this process's server, if it has one; the next kernel starts another."""
    global _own
    if _own:
        _own.close()
    _own = None


class RemoteKernel:
    """A kernel of the warm server, in the form of a subprocess.Popen as far as jupyter_client looks at one."""

    stdin = stdout = stderr = None

    def __init__(self, address: str, request: dict[str, Any], answers: socket.socket):
        self.pid = 0
        """Process id of the kernel, or of the guard around it."""
        self.meter: list[Any] = []
        """[file of its control group with the CPU time, seconds in there before]; empty without such groups."""
        self.group_peak = ""
        """File of its control group with the most memory in use; empty without such groups."""
        self.returncode: int | None = None
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._connection.connect(address)
            socket.send_fds(self._connection, [json.dumps(request).encode()], [answers.fileno()])
        except OSError as error:
            self._connection.close()
            raise IsolationError(f"no kernel server answers at {address}: {error}") from error
        self._connection.setblocking(False)

    async def started(self) -> None:
        """Wait until the kernel is ready.

        Raises:
            IsolationError: it could not be started; the message holds the server's reason.
        """
        receive = asyncio.get_running_loop().sock_recv(self._connection, 1 << 16)
        try:
            message = json.loads(await asyncio.wait_for(receive, _START_SECONDS) or "{}")
        except (TimeoutError, OSError) as error:
            message = {"failed": f"no answer from the kernel server: {error or 'time out'}"}
        if "pid" not in message:
            self._connection.close()
            self.returncode = 1
            raise IsolationError(message.get("failed", "the kernel server ended before the kernel was ready"))
        self.pid, self.meter, self.group_peak = message["pid"], message["meter"], message["peak"]

    def poll(self) -> int | None:
        """The exit code once the kernel has ended, negative for a signal; None while it runs."""
        if self.returncode is None:
            try:
                data = self._connection.recv(1 << 16)
            except BlockingIOError:
                return None
            except OSError:
                data = b""
            self.returncode = json.loads(data)["exit"] if data else -signal.SIGKILL  # the server took it along
            self._connection.close()
        return self.returncode

    async def ended(self) -> int:
        """Wait for the end of the kernel; its exit code."""
        while (code := self.poll()) is None:
            await asyncio.sleep(0.002)
        return code

    def send_signal(self, signum: int) -> None:
        """To the kernel and its process group; silently nothing when it has ended."""
        if self.poll() is None:
            try:
                self._connection.send(json.dumps({"signal": int(signum)}).encode())
            except OSError:
                self.poll()

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)
