"""The model with its loss: what a training step calls."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional as F

IGNORED = -100


class PreTraining(nn.Module):
    """A model for pre-training that returns its loss: masked tokens plus next sentence (Devlin et al. 2018, A.2).

    When several processes share a batch, each one's mean over its own masked tokens is weighted by how many these are,
    so that the average over the processes is the mean over the whole batch.

    Args:
        model: called with input_ids, token_type_ids and attention_mask; returns both kinds of logits.
        masked_lm_loss: of logits and labels.
    """

    def __init__(self, model: nn.Module, masked_lm_loss: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.model, self.masked_lm_loss = model, masked_lm_loss

    def forward(
        self,
        input_ids: Tensor,
        token_type_ids: Tensor,
        attention_mask: Tensor,
        labels: Tensor,
        next_sentence_label: Tensor,
    ) -> dict[str, Tensor]:
        """The losses, each a tensor without axes: `loss` is the sum of `masked` and `next`."""
        logits, next_logits = self.model(input_ids, token_type_ids, attention_mask)
        masked = self.masked_lm_loss(logits, labels) * own_weight(labels != IGNORED)
        following = F.cross_entropy(next_logits, next_sentence_label)
        return {"loss": masked + following, "masked": masked.detach(), "next": following.detach()}


def own_weight(counted: Tensor) -> Tensor | float:
    """This process's share of all that counts in a batch, times the number of processes.

    With it the mean over the processes of each one's mean is the mean over the whole batch.
    """
    if not distributed.is_initialized():
        return 1.0
    own = counted.sum().to(torch.float32)
    everyone = own.clone()
    distributed.all_reduce(everyone)
    return distributed.get_world_size() * own / everyone.clamp(min=1)
