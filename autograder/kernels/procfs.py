"""A /proc that tells of the sandbox and not of the machine: what moves out there could be moved by another kernel.

Each process's own folder stays. Of all else, what honest programs read is a copy of fixed text, and the rest is empty:
names that are new in a newer Linux too.
"""

from __future__ import annotations

import contextlib
from functools import cache
from pathlib import Path

from autograder.kernels import linux

COPIED = ("cpuinfo", "meminfo", "stat", "loadavg", "uptime", "version", "filesystems", "cmdline", "devices")
"""Files that programs read (psutil, free, uptime, lscpu), as they were when the first kernel started."""

SETTINGS = """
kernel/osrelease kernel/ostype kernel/version kernel/cap_last_cap kernel/ngroups_max kernel/pid_max
vm/overcommit_memory vm/overcommit_ratio vm/max_map_count fs/nr_open fs/pipe-max-size net/core/somaxconn
"""
"""Files below /proc/sys that libraries read."""


def cover(proc: Path, room: Path) -> None:
    """Cover all in a freshly mounted proc that is no process's own.

    Args:
        room: a new folder, in memory and of this sandbox alone, for what it is covered with.
    """
    nothing, settings = room / "nothing", room / "sys"
    room.mkdir()
    nothing.touch()
    for path, text in _settings().items():
        (settings / path).parent.mkdir(parents=True, exist_ok=True)
        (settings / path).write_bytes(text)
    (room / "empty").mkdir()
    for entry in proc.iterdir():
        if entry.name.isdigit() or entry.is_symlink():
            continue
        cover_with = settings if entry.name == "sys" else room / "empty" if entry.is_dir() else nothing
        if entry.name in _copies():
            cover_with = room / entry.name
            cover_with.write_bytes(_copies()[entry.name])
        linux.mount(str(cover_with), entry, flags=linux.BIND)


@cache
def _copies() -> dict[str, bytes]:
    return _texts("", COPIED)


@cache
def _settings() -> dict[str, bytes]:
    return _texts("sys", SETTINGS.split())


def _texts(folder: str, names: list[str] | tuple[str, ...]) -> dict[str, bytes]:
    found = {}
    for name in names:
        with contextlib.suppress(OSError):
            found[name] = Path("/proc", folder, name).read_bytes()
    return found


def prepare() -> None:
    """Read what is copied, once for all kernels of a server: a later one then learns nothing of an earlier one."""
    _copies()
    _settings()
