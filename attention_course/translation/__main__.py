"""Train the translator of a finished notebook 06 from the command line, in one process or, under torchrun, in several.

    python -m attention_course.translation --notebook notebooks/06_sequence_to_sequence/06_sequence_to_sequence.ipynb
    torchrun --nproc-per-node 2 -m attention_course.translation --notebook ... --kind transformer --minutes 20

The folder gets `checkpoint.pt`, from which the same command goes on after an interruption, and `curve.csv`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from attention_course.training.command import join, leave, refusals, train_in
from attention_course.translation.data import material
from attention_course.translation.task import KINDS, Recipe, TranslationRun, Work

app = typer.Typer(add_completion=False)


@app.command()
def main(
    notebook: Annotated[Path, typer.Option(help="a notebook 06 in which the exercises are solved")],
    folder: Annotated[Path, typer.Option(help="where the checkpoint and the curve go")] = Path("runs/translator"),
    kind: Annotated[str, typer.Option(help=f"one of {', '.join(KINDS)}; the first two are your own")] = KINDS[0],
    minutes: Annotated[float, typer.Option(help="how long to train, if no steps are given")] = 10.0,
    steps: Annotated[int, typer.Option(help="how many steps to train; 0: train for `minutes`")] = 0,
    pairs: Annotated[int, typer.Option(help="how many sentences to learn from")] = 100_000,
    tests: Annotated[int, typer.Option(help="how many sentences to test with, for each group of lengths")] = 100,
    batch_size: Annotated[int, typer.Option(help="of all processes together")] = 64,
    learning_rate: Annotated[float, typer.Option(help="at its highest; 0.002 suits the Transformer")] = 3e-3,
    save_every: Annotated[int, typer.Option(help="steps between two checkpoints")] = 200,
    seed: Annotated[int, typer.Option(help="of everything that is drawn")] = 0,
) -> None:
    """Train a translator, and count its exact translations by the length of the source."""
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind} is none of {', '.join(KINDS)}", param_hint="--kind")
    recipe = replace(Recipe(), kind=kind, batch_size=batch_size, learning_rate=learning_rate, pairs=pairs, seed=seed)
    with refusals():
        work = Work.from_notebook(notebook)
        join(gpu=False)
        run = TranslationRun(work, recipe, material(pairs, tests))
        if train_in(folder, run, minutes=minutes, steps=steps, save_every=save_every):
            report(run)
    leave()


def report(run: TranslationRun) -> None:
    """Print how good the translator is."""
    print(
        f"{len(run.curve.losses)} steps in {run.curve.seconds:.0f} s; loss on test sentences {run.held_out_loss():.4f}"
    )
    for (shortest, longest), share in run.exact_by_length().items():
        print(f"{shortest:2}-{longest:2} words: {share:.2f} translated exactly")


if __name__ == "__main__":
    app()
