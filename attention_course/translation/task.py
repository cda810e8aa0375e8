"""A translator as a task of the training loop of notebook 04: checkpoints, interruptions, several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.own_work import definitions
from attention_course.training.objective import own_weight
from attention_course.training.run import Curve
from attention_course.translation import learning
from attention_course.translation.data import PAD, Material, batch_of, stream
from attention_course.translation.models import Transformer, with_dots, with_own_parts, without_attention

NAMES = "ids", "lengths", "inputs", "outputs"
"""What a batch holds, as the loop passes it on."""

KINDS = "additive", "transformer", "dot", "none"


@dataclass(frozen=True)
class Recipe:
    """The settings of a run.

    Attributes:
        kind: "additive" and "transformer" are made of the learner's parts, "dot" and "none" (no attention) lent.
        batch_size: sentences, of all processes together.
        learning_rate: at its highest.
        warmup: as a share of the run.
        pairs: how many sentences there are to learn from.
        seed: of everything that is drawn.
    """

    kind: str = "additive"
    batch_size: int = 64
    learning_rate: float = 3e-3
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.01
    warmup: float = 0.1
    pairs: int = 30_000
    seed: int = 0


@dataclass(frozen=True)
class Work:
    """What notebook 06 asks a learner to write, as far as training needs it; the names are those of the exercises."""

    Encoder: Callable[..., Any]
    AttentionDecoder: Callable[..., Any]
    DecoderBlock: Callable[..., Any]
    teacher_forcing: Callable[..., tuple[Tensor, Tensor]]
    sequence_loss: Callable[..., Tensor]

    @classmethod
    def from_notebook(cls, path: Path) -> Work:
        """Run the definitions in a notebook's given and exercise cells, and take the functions from there.

        Raises:
            LookupError: there is no such file, or it does not define all that is needed.
        """
        if not path.is_file():
            raise LookupError(f"there is no notebook {path}")
        defined, names = definitions(path), [field.name for field in fields(cls)]
        missing = [name for name in names if name not in defined]
        if missing:
            raise LookupError(f"{path} does not define {', '.join(missing)}")
        return cls(**{name: defined[name] for name in names})

    @staticmethod
    def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
        """All numbers alike, as in the notebook."""
        return [{"params": list(model.parameters()), "weight_decay": weight_decay}]

    @staticmethod
    def warmup_linear(step: int, warmup: int, total: int) -> float:
        """The share of the full rate, as in the notebook."""
        return learning.rate_share(step, total, max(1, warmup))

    @staticmethod
    def train_step(model: nn.Module, batch: Mapping[str, Tensor], optimizer: Any, scheduler: Any) -> dict[str, float]:
        """One step, as in the notebook."""
        optimizer.zero_grad()
        loss = model(**batch)["loss"]
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        return {"loss": float(loss.detach())}


class Teaching(nn.Module):
    """A translator that returns the loss of a batch; of several processes each weighs as much as it has real tokens."""

    def __init__(self, model: nn.Module, loss_of: Callable[..., Tensor]) -> None:
        super().__init__()
        self.model, self.loss_of = model, loss_of

    def forward(self, ids: Tensor, lengths: Tensor, inputs: Tensor, outputs: Tensor) -> dict[str, Tensor]:
        logits, _ = self.model(ids, lengths, inputs)
        return {"loss": self.loss_of(logits, outputs, PAD) * own_weight(outputs != PAD)}


class TranslationRun:
    """One training run of a translator, on the CPU: what `training.train` needs to know of it.

    Args:
        work: the learner's functions.
        recipe: the settings.
        material: what to learn from and what to test with.
    """

    def __init__(self, work: Work, recipe: Recipe, material: Material) -> None:
        self.work, self.recipe, self.material = work, recipe, material
        self.device, self.curve, self.size = torch.device("cpu"), Curve(), len(material.target)

    @cached_property
    def model(self) -> nn.Module:
        """The translator, with its first numbers until it is trained."""
        own = partial(with_own_parts, self.work.Encoder, self.work.AttentionDecoder)
        blocks = partial(Transformer, block=self.work.DecoderBlock)
        builders: tuple[Callable[..., nn.Module], ...] = own, blocks, with_dots, without_attention
        build = builders[KINDS.index(self.recipe.kind)]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.recipe.seed)
            return build(len(self.material.source), len(self.material.target))

    def objective(self) -> nn.Module:
        """The model with its loss."""
        return Teaching(self.model, self.work.sequence_loss)

    def batches(self, start: int) -> Iterator[dict[str, Tensor]]:
        """The batches of all processes together, behind the first `start`."""
        known, teach = self.material, self.work.teacher_forcing
        drawn = stream(known.train, known.source, known.target, teach, self.recipe.batch_size, self.recipe.seed)
        return (dict(zip(NAMES, batch, strict=True)) for batch in islice(drawn, start, None))

    def sample(self, rows: int) -> dict[str, Tensor]:
        """A batch to try things with."""
        return self._batch(self.material.train[:rows])

    @torch.no_grad()
    def held_out_loss(self) -> float:
        """The loss on test sentences of trained lengths, in nats a word, without learning from them."""
        batch = self._batch([pair for group in list(self.material.tests.values())[:4] for pair in group[:25]])
        was_training = self.model.training
        logits, _ = self.model.eval()(batch["ids"], batch["lengths"], batch["inputs"])
        self.model.train(was_training)
        return float(self.work.sequence_loss(logits, batch["outputs"], PAD))

    def exact_by_length(self) -> dict[tuple[int, int], float]:
        """The share of exact translations for each group of source lengths."""
        return learning.exact_by_length(self.model.eval(), self.material)

    def _batch(self, pairs: Any) -> dict[str, Tensor]:
        known = self.material
        batch = batch_of(pairs, known.source, known.target, self.work.teacher_forcing)
        return dict(zip(NAMES, batch, strict=True))
