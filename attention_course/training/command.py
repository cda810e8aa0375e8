"""What the training scripts share: several processes, a bar, checkpoint and curve in a folder, errors in a sentence."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch
import typer
from torch import distributed

from attention_course.training.checkpoint import OtherRunError
from attention_course.training.loop import Task, train
from attention_course.training.run import Curve
from attention_course.training.watch import TerminalBar


@contextmanager
def refusals() -> Iterator[None]:
    """What stands in the way of a training, as a sentence about the option that it belongs to."""
    try:
        yield
    except LookupError as error:
        raise typer.BadParameter(str(error), param_hint="--notebook") from None
    except NotImplementedError:
        raise typer.BadParameter("an exercise in it is still to be written", param_hint="--notebook") from None
    except OtherRunError as error:
        raise typer.BadParameter(str(error), param_hint="--folder") from None


def train_in(folder: Path, run: Task, *, minutes: float, steps: int, save_every: int) -> bool:
    """Train a run, going on from the checkpoint in the folder if there is one, and write `curve.csv`.

    Returns:
        whether this is the process that has something to say.
    """
    first = not distributed.is_initialized() or distributed.get_rank() == 0
    with TerminalBar() if first else nullcontext(_silent) as watch:
        time = {"steps": steps} if steps else {"seconds": 60 * minutes}
        curve = train(run, watch=watch, file=folder / "checkpoint.pt", save_every=save_every, **time)
    if first:
        write_curve(curve, folder / "curve.csv")
    return first


def write_curve(curve: Curve, file: Path) -> None:
    """One row for each step, with the held-out loss where it was measured before that step."""
    looks = {step: loss for step, _, loss in curve.evaluations}
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["step", "loss", "held_out_loss"])
        for step, loss in enumerate([*curve.losses, ""]):
            writer.writerow([step, loss, looks.get(step, "")])


def join(*, gpu: bool = True) -> torch.device:
    """Join the other processes, if torchrun started several; say where this one works."""
    cuda = gpu and torch.cuda.is_available()
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        distributed.init_process_group("nccl" if cuda else "gloo")
    return torch.device("cuda", local) if cuda else torch.device("cpu")


def leave() -> None:
    """Wait for the others: whoever leaves while another is still at work ends with an error."""
    if distributed.is_initialized():
        distributed.barrier()
        distributed.destroy_process_group()


def _silent(progress: object) -> None:
    """The watcher of all processes but the first."""
