"""What a kernel may write to, by Landlock (Linux 5.19): all that its mounts let it, but nothing in /proc.

Mounts cannot say that of the folders of processes that are yet to start: by /proc/PID/oom_score_adj a kernel would
else see to it that Linux ends another one first when memory runs out.
"""

from __future__ import annotations

import os
import struct

from autograder.kernels import linux

_WRITE, _REFER = 1 << 1, 1 << 13  # LANDLOCK_ACCESS_FS_* of include/uapi/linux/landlock.h
_VERSION_WITH_REFER = 2
_VERSION_PLEASE, _PATH_BENEATH = 1, 1


def possible() -> bool:
    """Whether this machine's Landlock knows of renaming from folder to folder, which it else forbids."""
    try:
        return linux.call("landlock_create_ruleset", None, 0, _VERSION_PLEASE) >= _VERSION_WITH_REFER
    except OSError:
        return False


def keep_from_writing_to_proc() -> None:
    """Bind the calling process and its descendants, for good, where the machine can; needs no_new_privileges.

    Raises:
        OSError: Linux has Landlock and refuses all the same.
    """
    if not possible():
        return
    handled = struct.pack("=Q", _WRITE | _REFER)
    rules = linux.call("landlock_create_ruleset", handled, len(handled), 0)
    try:
        _allow(rules, "/", _REFER)
        for name in os.listdir("/"):
            if name != "proc":
                _allow(rules, f"/{name}", _WRITE)
        linux.call("landlock_restrict_self", rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, right: int) -> None:
    """In a folder and all below it."""
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", right, place)
        linux.call("landlock_add_rule", rules, _PATH_BENEATH, rule, 0)
    finally:
        os.close(place)
