"""A kernel's process, as whoever drives it cell by cell sees it: whether it lives, what it uses, and how to end it."""

from __future__ import annotations

import contextlib
import signal
import socket
from typing import Any

from jupyter_client import AsyncKernelManager, BlockingKernelClient
from jupyter_core.utils import ensure_async, run_sync
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets import DottedObjectName, Type

from autograder.kernels.peak import Peak


class _Manager(AsyncKernelManager):
    """jupyter_client's manager, with a client to be waited for."""

    client_class = DottedObjectName("jupyter_client.blocking.BlockingKernelClient")
    client_factory = Type(BlockingKernelClient)


class Controlled(NotebookClient):
    """nbclient's client with a manager of ours.

    Args:
        options: traits of NotebookClient, e.g. `kernel_name`.
    """

    def __init__(self, scratch: NotebookNode, **options: Any):
        super().__init__(scratch, kernel_manager_class=_Manager, **options)

    @property
    def examined(self) -> tuple[socket.socket, Peak | None]:
        """The connection on which it answers the examiner, and what tells its memory, where that can be had."""
        assert self.km is not None
        return self.km.provisioner.answers, self.km.provisioner.peak

    async def _async_alive(self) -> bool:
        return self.km is not None and await ensure_async(self.km.is_alive())

    _alive = run_sync(_async_alive)

    async def _async_interrupt(self) -> None:
        assert self.km is not None
        await ensure_async(self.km.interrupt_kernel())

    _interrupt = run_sync(_async_interrupt)

    def _cpu_seconds(self) -> float:
        assert self.km is not None
        return self.km.provisioner.cpu_seconds()

    async def _async_kill(self) -> None:
        if self.km is not None and self.km.has_kernel:
            with contextlib.suppress(RuntimeError, ProcessLookupError):
                await ensure_async(self.km.signal_kernel(signal.SIGKILL))

    _kill = run_sync(_async_kill)
