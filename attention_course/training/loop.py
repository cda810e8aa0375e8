"""The training loop: it calls the learner's own step, evaluates now and then, and can be stopped and resumed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from attention_course.training import checkpoint
from attention_course.training.data import PRIME, Batch
from attention_course.training.run import Curve
from attention_course.training.threads import FastestThreads

TICKS = 1000  # the schedule of a run with a time limit is asked in thousandths of that time
LOOKS = (0, 0.02, 0.05, 0.09, 0.14, 0.2, 0.26, 0.33, 0.41, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
"""The shares of a run at which the held-out loss is measured: often while it falls fast."""
SAVE_EVERY = 200


@dataclass(frozen=True)
class Progress:
    """What a watcher is told after each step: the share of the run that is done, and the curve so far."""

    share: float
    curve: Curve


Watcher = Callable[[Progress], None]


class Task(Protocol):
    """What the loop needs to know of a run, whatever is learned.

    `recipe` is a dataclass with batch_size, seed, learning_rate, betas, weight_decay and warmup; `work` has
    parameter_groups, warmup_linear and train_step, as notebook 04 asks for them.
    """

    recipe: Any
    work: Any
    device: torch.device
    size: int
    curve: Curve

    @property
    def model(self) -> nn.Module:
        """What is trained and kept."""

    def objective(self) -> nn.Module:
        """A module around the model that gives a dictionary with the `loss` of a batch."""

    def batches(self, start: int) -> Iterator[Batch]:
        """The batches of all processes together, behind the first `start`."""

    def sample(self, rows: int) -> Batch:
        """A batch to try things with."""

    def held_out_loss(self) -> float:
        """The loss on what is not learned from."""


def train(
    run: Task,
    *,
    steps: int = 0,
    seconds: float = 0.0,
    watch: Watcher = lambda progress: None,
    file: Path | None = None,
    save_every: int = SAVE_EVERY,
) -> Curve:
    """Train a run for a number of steps or for a time; one of the two is given.

    Under torchrun each process takes its rows of every batch, and the gradients are averaged: the same curve as with
    one process. With a number of steps the run is the same each time, also when it was killed and goes on from `file`;
    with a time the schedule follows the clock.

    Args:
        watch: called after each step.
        file: a checkpoint to go on from if it is there, and to write every `save_every` steps and at the end.

    Returns:
        the run's curve; the trained model is `run.model`. An interrupt from the keyboard ends the run early.

    Raises:
        ValueError: both a time and a number of steps, or neither; a batch that the processes cannot share equally;
            a checkpoint of another run.
    """
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        trainer = _Trainer(run, steps, seconds, file)
        try:
            trainer.go(watch, save_every)
        except KeyboardInterrupt:
            print(f"Stopped by you after {len(run.curve.losses)} steps; the model stays as it is now.")
        finally:
            torch.set_num_threads(threads)
    return run.curve


class _Trainer:
    def __init__(self, run: Task, steps: int, seconds: float, file: Path | None) -> None:
        if bool(steps) == bool(seconds):
            raise ValueError(f"give either steps or seconds: steps={steps}, seconds={seconds}")
        together = distributed.is_initialized()
        self.rank, self.world = (distributed.get_rank(), distributed.get_world_size()) if together else (0, 1)
        recipe = run.recipe
        if recipe.batch_size % self.world:
            raise ValueError(f"a batch of {recipe.batch_size} cannot be shared by {self.world} processes")
        self.run, self.steps, self.limit, self.file = run, steps, seconds, file
        # with a number of steps all must be the same each time, the order of sums included
        self.adapts = bool(seconds) and self.world == 1 and run.device.type == "cpu"
        self.fastest = FastestThreads(self.forward_and_back)
        objective = run.objective().to(run.device).train()
        self.model = DistributedDataParallel(objective) if together else objective
        groups = run.work.parameter_groups(run.model, recipe.weight_decay)
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=recipe.betas, fused=True)
        self.now = 0.0  # seconds of the run, as all processes agree on them
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self.rate)
        self.identity = {**asdict(recipe), "vocabulary": run.size, "steps": steps, "seconds": seconds}
        self.resume()
        self.looked = _looks(self.share()) if run.curve.losses else 0
        self.started = time.perf_counter() - run.curve.seconds

    def rate(self, step: int) -> float:
        """The share of the full learning rate: the learner's triangle."""
        total = self.steps or TICKS
        done = step if self.steps else int(TICKS * self.now / self.limit)
        return self.run.work.warmup_linear(done, round(self.run.recipe.warmup * total), total)

    def share(self) -> float:
        """How much of the run is done, from 0 to 1."""
        return min(1.0, len(self.run.curve.losses) / self.steps if self.steps else self.now / self.limit)

    def go(self, watch: Watcher, save_every: int) -> None:
        recipe, curve = self.run.recipe, self.run.curve
        start = len(curve.losses)
        batches = self.run.batches(start)
        self.adapt()
        self.look(watch)
        while self.share() < 1:
            step = len(curve.losses)
            torch.manual_seed((recipe.seed * PRIME + step) * self.world + self.rank)  # for dropout
            result = self.run.work.train_step(self.model, self.mine(next(batches)), self.optimizer, self.scheduler)
            curve.losses.append(self.average(result["loss"]))
            self.now = curve.seconds = self.agreed(time.perf_counter() - self.started)
            self.adapt()
            self.look(watch)
            if len(curve.losses) % save_every == 0:
                self.save()
        self.save()

    def look(self, watch: Watcher) -> None:
        """Measure the held-out loss if it is time to, and tell the watcher."""
        curve, share = self.run.curve, self.share()
        due = _looks(share)
        if self.rank == 0:
            if due > self.looked:  # a slow machine may pass two at once
                curve.evaluations.append((len(curve.losses), curve.seconds, self.run.held_out_loss()))
            watch(Progress(share, curve))
        self.looked = due

    def adapt(self) -> None:
        """If it is time to, find out how many threads are best now."""
        if self.adapts:
            self.fastest.adapt()

    @cached_property
    def example(self) -> Batch:
        """A batch to measure with."""
        return self.run.sample(self.run.recipe.batch_size)

    def forward_and_back(self) -> None:
        """As much work as a step, of which nothing remains."""
        self.model(**self.example)["loss"].backward()
        self.model.zero_grad()

    def mine(self, batch: Batch) -> Batch:
        """This process's rows of a batch, on its device."""
        return {name: values[self.rank :: self.world].to(self.run.device) for name, values in batch.items()}

    def average(self, loss: float) -> float:
        """The mean over all processes."""
        if self.world == 1:
            return loss
        total = torch.tensor(loss, device=self.run.device)
        distributed.all_reduce(total)
        return float(total) / self.world

    def agreed(self, seconds: float) -> float:
        """The first process's clock, so that all stop at the same step."""
        if self.world == 1:
            return seconds
        clock = torch.tensor(seconds, device=self.run.device)
        distributed.broadcast(clock, src=0)
        return float(clock)

    def save(self) -> None:
        if self.file is None or self.rank != 0:
            return
        state: dict[str, Any] = {
            "identity": self.identity,
            "model": self.run.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "curve": asdict(self.run.curve),
        }
        checkpoint.save(state, self.file)

    def resume(self) -> None:
        state = checkpoint.load(self.file, self.identity) if self.file else None
        if state is None:
            return
        self.run.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.run.curve = Curve(**state["curve"])
        self.now = self.run.curve.seconds


def _looks(share: float) -> int:
    """How many looks are due when this share of a run is done."""
    return sum(share >= look for look in LOOKS)
