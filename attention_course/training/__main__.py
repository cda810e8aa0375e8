"""Train the model of a finished notebook 04 from the command line, in one process or, under torchrun, in several.

    python -m attention_course.training --notebook notebooks/04_masked_language_model/04_masked_language_model.ipynb
    torchrun --nproc-per-node 2 -m attention_course.training --notebook ... --minutes 8 --folder runs/long

The folder gets `checkpoint.pt`, from which the same command goes on after an interruption, and `curve.csv`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from attention_course.language.small_language import SmallLanguage
from attention_course.own_work import definitions
from attention_course.training.command import join, leave, refusals, train_in
from attention_course.training.material import own_text, small_language
from attention_course.training.recipe import Recipe
from attention_course.training.run import Run
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
    with refusals():
        work = Work.from_notebook(notebook)
        if text is None:
            material = small_language(SmallLanguage(), documents)
        else:
            material = own_text(text, definitions(notebook)["wordpiece"], vocabulary)
        run = Run(work, recipe, material, join())
        if train_in(folder, run, minutes=minutes, steps=steps, save_every=save_every):
            report(run)
    leave()


def report(run: Run) -> None:
    """Print how good the model is."""
    loss = run.held_out_loss()
    print(f"{len(run.curve.losses)} steps in {run.curve.seconds:.0f} s; held-out loss {loss:.4f} nats per hidden word")
    if run.best is not None:
        print(f"the best possible is {run.best.loss:.4f}: the model is {loss / run.best.loss - 1:.1%} above it")


if __name__ == "__main__":
    app()
