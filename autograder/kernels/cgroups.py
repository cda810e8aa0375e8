"""Limits on all that a kernel starts, and its CPU time in sum, where this process may make control groups.

A group costs some ten milliseconds to make, so each place for a kernel in a server has its own, used again and again.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from autograder.kernels.cpu import METERS, group_cpu_seconds
from autograder.kernels.limits import Limits
from autograder.kernels.peak import GROUP_PEAKS

_MOUNT = Path("/sys/fs/cgroup")


class Cgroups:
    """The control groups of one server; without any where the machine does not allow them."""

    def __init__(self, limits: Limits, mount: Path = _MOUNT):
        self._limits = limits
        self._name = f"attention-{os.getpid()}"
        self._parents = _writable_parents(mount, self._name)
        self._made: list[Path] = []

    def __bool__(self) -> bool:
        return bool(self._parents)

    def add(self, pid: int, slot: int) -> list[Any]:
        """Put a process, and all that it will start, into the group of a place.

        Returns:
            [file with the CPU time of that group, seconds in there before]; empty where there is none.
        """
        for group in (parent / str(slot) for parent in self._parents):
            if group not in self._made:
                self._make(group)
        before = self._meter(slot)
        for parent in self._parents:
            (parent / str(slot) / "cgroup.procs").write_text(str(pid))
        return before

    def _meter(self, slot: int) -> list[Any]:
        for parent in self._parents:
            for name in METERS:
                file = parent / str(slot) / name
                with contextlib.suppress(OSError):
                    return [str(file), group_cpu_seconds(str(file))]
        return []

    def peak(self, slot: int) -> str:
        """The file with the most memory that the group of a place has had; "" where there is none."""
        files = (parent / str(slot) / name for parent in self._parents for name in GROUP_PEAKS)
        return next((str(file) for file in files if file.exists()), "")

    def close(self) -> None:
        """Remove the groups; the kernels have ended."""
        for group in [*self._made, *self._parents]:
            with contextlib.suppress(OSError):
                group.rmdir()

    def _make(self, group: Path) -> None:
        group.mkdir()
        self._made.append(group)
        memory = str(self._limits.memory + self._limits.scratch)
        for name, value in (
            ("memory.limit_in_bytes", memory),  # version 1
            ("memory.max", memory),
            ("memory.swap.max", "0"),
            ("pids.max", str(self._limits.processes + 1)),  # the guard of the process namespace counts too
        ):
            if (group / name).exists():
                (group / name).write_text(value)


def _writable_parents(mount: Path, name: str) -> list[Path]:
    """A new, empty group per hierarchy with a controller that we use."""
    parents = []
    with contextlib.suppress(OSError):
        for place in _own_groups(mount):
            _remove_stale(place)
            parent = place / name
            parent.mkdir()
            parents.append(parent)
            if (parent / "cgroup.subtree_control").exists():
                (parent / "cgroup.subtree_control").write_text("+memory +pids")
        return parents
    for parent in parents:
        with contextlib.suppress(OSError):
            parent.rmdir()
    return []


def _remove_stale(place: Path) -> None:
    """Remove what servers left behind that were killed."""
    for left in place.glob("attention-*"):
        if not Path("/proc", left.name.removeprefix("attention-")).exists():
            for group in [*(child for child in left.iterdir() if child.is_dir()), left]:
                with contextlib.suppress(OSError):
                    group.rmdir()


def _own_groups(mount: Path) -> list[Path]:
    """The groups in which new ones may be made: version 2's own group, or one for each controller of version 1.

    In version 2 a group with processes in it cannot hand controllers down, so ours stand beside the own group. That
    needs the right to write there: root, or a delegated scope.
    """
    if (mount / "cgroup.controllers").exists():
        own = _membership("")
        return [(mount / own).parent if own else mount]
    counted = ("cpuacct",) if (mount / "cpuacct").is_dir() else ()  # version 2 counts in every group
    return [mount / controller / _membership(controller) for controller in ("memory", "pids", *counted)]


def _membership(controller: str) -> str:
    """This process's own group in a hierarchy, relative to the hierarchy's mount."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path.lstrip("/")
    return ""
