"""Checkpoints that are either whole or not there: a run that is killed at any moment can go on from the last one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch


class OtherRunError(ValueError):
    """The checkpoint belongs to another run; the message says in what they differ."""


def save(state: dict[str, Any], path: Path) -> None:
    """Write beside the target, make sure it is on the disk, and only then put it in the place of the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def load(path: Path, identity: dict[str, Any]) -> dict[str, Any] | None:
    """The state saved at a path, None if there is none.

    Args:
        identity: what the run must agree on with the one that saved it.

    Raises:
        OtherRunError: it belongs to another run.
    """
    if not path.is_file():
        return None
    state = torch.load(path, map_location="cpu", weights_only=True)
    known = state["identity"]
    different = [name for name in {**known, **identity} if known.get(name) != identity.get(name)]
    if different:
        now_and_then = ", ".join(f"{name} was {known.get(name)}, now {identity.get(name)}" for name in different)
        raise OtherRunError(f"{path} was saved by another run ({now_and_then}). Delete it, or name another folder.")
    return state
