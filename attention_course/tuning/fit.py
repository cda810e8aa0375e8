"""Fine-tuning: a loop over few labelled inputs, and what a classifier says about many."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.environment import being_graded
from attention_course.language.vocabulary import IGNORED
from attention_course.tuning.pretraining import set_rate

Batch = dict[str, Tensor]
NAMES = ("input_ids", "token_type_ids", "attention_mask")
SIZE = 16
GRADED_STEPS = 4


def labelled_steps(count: int) -> int:
    """How many steps so many labels are worth: 100 for 32, 141 for 128, 200 for 512."""
    return int(100 * max(1.0, (count / 32) ** 0.25))


def fit(model: nn.Module, data: Batch, steps: int, rate: float, seed: int = 0) -> list[float]:
    """Train what may learn in a classifier, in place; when nbgrader runs the notebook, for a few steps only.

    Args:
        model: called as (input_ids, token_type_ids, attention_mask); gives (b, l) or (b, t, l) logits.
        data: NAMES and labels, (n,) or (n, t), -100 where a label does not count.
        steps: batches of 16, drawn with replacement. The rate rises for a tenth of them and falls for the rest.
        rate: at its highest, of AdamW.

    Returns:
        the loss of each step.
    """
    steps = min(steps, GRADED_STEPS) if being_graded() else steps
    generator = torch.Generator().manual_seed(seed)
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=rate, weight_decay=0.01)
    losses = []
    model.train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for step in range(steps):
            set_rate(optimizer, rate, step, steps)
            rows = torch.randint(len(data["labels"]), (SIZE,), generator=generator)
            batch = trimmed({name: values[rows] for name, values in data.items()})
            logits = model(*(batch[name] for name in NAMES))
            loss = F.cross_entropy(logits.flatten(0, -2), batch["labels"].flatten(), ignore_index=IGNORED)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learning, 1.0)
            optimizer.step()
            losses.append(loss.item())
    return losses


def logits_of(model: nn.Module, data: Batch, size: int = 250) -> Tensor:
    """What the model says about all inputs, in eval mode; at padding stand zeros."""
    was_training, width = model.training, data["input_ids"].shape[1]
    model.eval()
    parts = []
    with torch.no_grad():
        for start in range(0, len(data["input_ids"]), size):
            batch = trimmed({name: data[name][start : start + size] for name in NAMES})
            logits = model(*(batch[name] for name in NAMES))
            missing = width - logits.shape[1] if logits.ndim == 3 else 0
            parts.append(F.pad(logits, (0, 0, 0, missing)) if missing else logits)
    model.train(was_training)
    return torch.cat(parts)


def trimmed(batch: Batch) -> Batch:
    """The batch without the columns that are padding in every row."""
    length = int(batch["attention_mask"].sum(dim=1).max())
    return {name: values[:, :length] if values.ndim > 1 else values for name, values in batch.items()}
