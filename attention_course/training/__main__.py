"""Train the model of a finished notebook 04 from the command line, in one process or, under torchrun, in several.

    python -m attention_course.training --notebook notebooks/04_masked_language_model/04_masked_language_model.ipynb
    torchrun --nproc-per-node 2 -m attention_course.training --notebook ... --minutes 8 --folder runs/long

The folder gets `checkpoint.pt`, from which the same command goes on after an interruption, and `curve.csv`.
"""

from __future__ import annotations

import csv
import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import distributed

from attention_course.language.small_language import SmallLanguage
from attention_course.own_work import definitions
from attention_course.training.checkpoint import OtherRunError
from attention_course.training.loop import train
from attention_course.training.material import own_text, small_language
from attention_course.training.recipe import Recipe
from attention_course.training.run import Curve, Run
from attention_course.training.watch import TerminalBar
from attention_course.training.work import Work

app = typer.Typer(add_completion=False)


@app.command()
def main(
    notebook: Annotated[Path, typer.Option(help="a notebook 04 in which the exercises are solved")],
    folder: Annotated[Path, typer.Option(help="where the checkpoint and the curve go")] = Path("runs/bert"),
    minutes: Annotated[float, typer.Option(help="how long to train, if no steps are given")] = 3.0,
    steps: Annotated[int, typer.Option(help="how many steps to train; 0: train for `minutes`")] = 0,
    documents: Annotated[int, typer.Option(help="how many documents of the small language to learn from")] = 20_000,
    text: Annotated[Path | None, typer.Option(help="a UTF-8 text file to learn from instead")] = None,
    vocabulary: Annotated[int, typer.Option(help="word pieces at most, for a text of one's own")] = 4000,
    width: Annotated[int, typer.Option(help="of the model")] = 64,
    layers: Annotated[int, typer.Option(help="of the model")] = 2,
    heads: Annotated[int, typer.Option(help="of each layer")] = 4,
    batch_size: Annotated[int, typer.Option(help="of all processes together")] = 128,
    learning_rate: Annotated[float, typer.Option(help="at its highest")] = 4e-3,
    dropout: Annotated[float, typer.Option(help="0 suits the small language, 0.1 a text that is read often")] = 0.0,
    max_length: Annotated[int, typer.Option(help="tokens of an input at most")] = 35,
    save_every: Annotated[int, typer.Option(help="steps between two checkpoints")] = 200,
    seed: Annotated[int, typer.Option(help="of everything that is drawn")] = 0,
) -> None:
    """Train the BERT of a notebook, and compare it with the best possible loss where that is known."""
    recipe = replace(
        Recipe(), width=width, layers=layers, heads=heads, hidden=4 * width, max_length=max_length, dropout=dropout,
        batch_size=batch_size, learning_rate=learning_rate, seed=seed,
    )  # fmt: skip
    try:
        work = Work.from_notebook(notebook)
    except LookupError as error:
        raise typer.BadParameter(str(error), param_hint="--notebook") from None
    try:
        if text is None:
            material = small_language(SmallLanguage(), documents)
        else:
            material = own_text(text, definitions(notebook)["wordpiece"], vocabulary)
        device = _join()
        run = Run(work, recipe, material, device)
        first = not distributed.is_initialized() or distributed.get_rank() == 0
        with TerminalBar() if first else nullcontext(_silent) as watch:
            time = {"steps": steps} if steps else {"seconds": 60 * minutes}
            curve = train(run, watch=watch, file=folder / "checkpoint.pt", save_every=save_every, **time)
    except NotImplementedError:
        raise typer.BadParameter("an exercise in it is still to be written", param_hint="--notebook") from None
    except OtherRunError as error:
        raise typer.BadParameter(str(error), param_hint="--folder") from None
    if first:
        write_curve(curve, folder / "curve.csv")
        report(run)
    if distributed.is_initialized():
        distributed.barrier()  # whoever leaves while another is still at work ends with an error
        distributed.destroy_process_group()


def write_curve(curve: Curve, file: Path) -> None:
    """One row for each step, with the held-out loss where it was measured before that step."""
    looks = {step: loss for step, _, loss in curve.evaluations}
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["step", "loss", "held_out_loss"])
        for step, loss in enumerate([*curve.losses, ""]):
            writer.writerow([step, loss, looks.get(step, "")])


def report(run: Run) -> None:
    """Print how good the model is."""
    loss = run.held_out_loss()
    print(f"{len(run.curve.losses)} steps in {run.curve.seconds:.0f} s; held-out loss {loss:.4f} nats per hidden word")
    if run.best is not None:
        print(f"the best possible is {run.best.loss:.4f}: the model is {loss / run.best.loss - 1:.1%} above it")


def _join() -> torch.device:
    """Join the other processes, if torchrun started several; say where this one works."""
    cuda = torch.cuda.is_available()
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        distributed.init_process_group("nccl" if cuda else "gloo")
    return torch.device("cuda", local) if cuda else torch.device("cpu")


def _silent(progress: object) -> None:
    """The watcher of all processes but the first."""


if __name__ == "__main__":
    app()
