"""Loss of notebook 04's model against training time, beside simple models and the best possible loss.

    python benchmarks/language_model.py                      three minutes
    python benchmarks/language_model.py --minutes 3 8        three minutes, and in a run of its own eight

The model, its masking, loss and step are the reference answers of notebook 04, trained as in the notebook, on the CPU.
Each length is a training of its own, since the learning rate falls towards the end. The last evaluation is made on text
that was never looked at before, ten times as much as the curve's. Writes a report, the curves as CSV, and a figure into
benchmarks/results/.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import os
import platform
import time
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib
import numpy as np
import torch

from attention_course import training
from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, new_figure, style
from attention_course.language.exact import bound, next_sentence_posterior
from attention_course.language.small_language import SmallLanguage
from autograder.exam.reference import reference_namespace

RESULTS = Path(__file__).parent / "results"
LESSON = "04_masked_language_model"
TEST_DOCUMENTS, TEST_SEED = 3000, 3
GOALS = {3: 1.10, 8: 1.03}
"""How many times the best possible loss the model may have after so many minutes on two cores."""


@dataclass(frozen=True)
class Yardstick:
    """What all are measured on: the best possible loss and accuracy, and the losses of simple models."""

    best: float
    standard_error: float
    best_accuracy: float
    best_next: float
    lines: dict[str, float]
    count: int


@dataclass(frozen=True)
class Trained:
    """One training: its curve, and what the model reaches on the test."""

    minutes: float
    curve: training.Curve
    cpu_seconds: float
    loads: tuple[float, float]
    loss: float
    accuracy: float
    next_accuracy: float


def prepared(work: training.Work, language: SmallLanguage) -> tuple[training.Material, training.Run, Yardstick]:
    """The material of all trainings, a run that holds the test text, and what there is to compare with."""
    material = training.small_language(language, 20_000)
    fresh = language.documents(TEST_DOCUMENTS, np.random.default_rng(TEST_SEED))
    test = training.Run(work, training.Recipe(), replace(material, held_out=fresh))
    best = bound(language.machine, test.held_out)
    follows = test.held_out["next_sentence_label"].numpy() == 0
    best_next = float(((next_sentence_posterior(language.machine, test.held_out) > 0.5) == follows).mean())
    yardstick = Yardstick(best.loss, best.standard_error, best.accuracy, best_next, test.lines, best.count)
    return material, test, yardstick


def trained(work: training.Work, material: training.Material, test: training.Run, minutes: float) -> Trained:
    """Train for some minutes, then evaluate on the test."""
    run = training.Run(work, training.Recipe(), material)
    load, cpu = _load(), time.process_time()
    with training.TerminalBar() as bar:
        curve = training.train(run, seconds=60 * minutes, watch=bar)
    cpu = time.process_time() - cpu
    test.model = run.model
    accuracy, next_accuracy = _accuracies(test)
    return Trained(minutes, curve, cpu, (load, _load()), test.held_out_loss(), accuracy, next_accuracy)


def _accuracies(test: training.Run) -> tuple[float, float]:
    """The shares of hidden words and of pairs that the model gets right."""
    words, pairs = [], []
    for start in range(0, len(test.held_out["labels"]), 250):
        batch = {name: values[start : start + 250] for name, values in test.held_out.items()}
        logits, following = test.predictions(batch)
        hidden = batch["labels"] != -100
        words.append((logits.argmax(dim=-1) == batch["labels"])[hidden])
        pairs.append(following.argmax(dim=-1) == batch["next_sentence_label"])
    return float(torch.cat(words).float().mean()), float(torch.cat(pairs).float().mean())


def _load() -> float:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def machine() -> str:
    """The computer in words."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    threads = f"PyTorch {torch.__version__}, {torch.get_num_threads()} thread(s)"
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}, {threads}"


def report(runs: list[Trained], test: Yardstick, note: str) -> str:
    """The measurements as a Markdown text."""
    lines = [
        "# A masked language model against training time",
        "",
        f"{datetime.date.today().isoformat()}. {machine()}. {note}".strip(),
        "",
        f"Small language, {test.count:,} hidden words in {TEST_DOCUMENTS:,} documents no model has seen, 80/10/10. "
        f"The best possible loss on them is {test.best:.4f} nats (standard error {test.standard_error:.4f}), the best "
        f"possible accuracy {test.best_accuracy:.1%}; for the next sentence {test.best_next:.1%}.",
        "",
        "| predictor | loss | times the best possible | words right | next sentence right |",
        "|---|---:|---:|---:|---:|",
        *(f"| {name} | {loss:.3f} | {loss / test.best:.2f} | | |" for name, loss in test.lines.items()),
        *(_row(run, test) for run in runs),
        f"| best possible | {test.best:.3f} | 1 | {test.best_accuracy:.1%} | {test.best_next:.1%} |",
        "",
        *(_circumstances(run, test) for run in runs),
    ]
    return "\n".join(lines) + "\n"


def _row(run: Trained, test: Yardstick) -> str:
    name = f"the notebook's model, {run.minutes:g} minutes"
    ratio = f"{run.loss / test.best:.3f}"
    return f"| {name} | {run.loss:.3f} | {ratio} | {run.accuracy:.1%} | {run.next_accuracy:.1%} |"


def _circumstances(run: Trained, test: Yardstick) -> str:
    goal = GOALS.get(run.minutes)
    met = "" if goal is None else f" The goal was {goal}: {'met' if run.loss <= goal * test.best else 'missed'}."
    return (
        f"- {run.minutes:g} minutes: {len(run.curve.losses):,} steps of 128 pairs, {run.cpu_seconds:.0f} s of "
        f"processor time in {run.curve.seconds:.0f} s, load {run.loads[0]:.1f} before, {run.loads[1]:.1f} after.{met}"
    )


def write(name: str, text: str, runs: list[Trained], test: Yardstick) -> None:
    """The report, the curves, and the figure."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    with (RESULTS / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("minutes", "step", "seconds", "held_out_loss"))
        for run in runs:
            table.writerows(
                (run.minutes, step, f"{now:.1f}", f"{loss:.5f}") for step, now, loss in run.curve.evaluations
            )
    with matplotlib.rc_context(style()):
        figure(runs, test).savefig(RESULTS / f"{name}.png", dpi=110)


def figure(runs: list[Trained], test: Yardstick):
    """The curves on a logarithmic axis of loss, between the lines and the limit."""
    drawing, axes = new_figure(7.6, 4.0)
    for run, colour, mark in zip(runs, (ORANGE, BLUE, GREY), ("o-", "s--", "^:"), strict=False):
        seconds, losses = [row[1] for row in run.curve.evaluations], [row[2] for row in run.curve.evaluations]
        axes.plot(seconds, losses, mark, color=colour, ms=4, label=f"{run.minutes:g} minutes")
    for name, loss in {**test.lines, "the best possible": test.best}.items():
        colour = GREEN if loss == test.best else GREY
        axes.axhline(loss, color=colour, ls=":" if loss == test.best else "--", lw=1.5)
        place = "top" if loss == test.best else "bottom"  # the curves come close to the limit from above
        axes.text(0.99, loss, name, transform=axes.get_yaxis_transform(), ha="right", va=place, color=colour, size=9)
    axes.set_yscale("log")
    axes.set_yticks([1, 2, 3, 4, 5], ["1", "2", "3", "4", "5"])
    axes.minorticks_off()
    axes.set(xlabel="seconds of training", ylabel="held-out loss (nats per hidden word)")
    axes.legend(frameon=False, loc="center right")
    return drawing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, nargs="+", default=[3])
    parser.add_argument("--note", default="", help="a sentence for the report, such as what else was running")
    options = parser.parse_args()
    work, language = training.Work.of(reference_namespace(LESSON)), SmallLanguage()
    material, run, test = prepared(work, language)
    runs = [trained(work, material, run, minutes) for minutes in options.minutes]
    text = report(runs, test, options.note)
    write(f"language-model-{datetime.date.today().isoformat()}", text, runs, test)
    print(text)


if __name__ == "__main__":
    main()
