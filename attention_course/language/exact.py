"""The best possible prediction of hidden words, computed exactly: no model of any size can have a lower expected loss.

What the predictor knows: the language, the recipe of the corruption, and the input of a BERT (the corrupted tokens,
the segments and the attention mask, hence how long each sentence is and where [CLS] and [SEP] stand). It does not know
which tokens were selected: a visible word may be the original or a random replacement.

Its prediction for position i counts in the loss only when i was selected, so it predicts as if i was. For corrupted
tokens c, original token x_i, and s_i saying that i was selected,

    q(x_i) = P(x_i | c, s_i) proportional to P(x_i, c without c_i) * P(c_i | x_i, s_i).

This q minimises E[-log q(x_i) | c, s_i]. Selections are independent, so s_i tells nothing about the other positions:
each of them counts with P(c_j | x_j), selected or not (`Corruption.of_any`), and c_i with `Corruption.of_selected`.
The first factor is a sum over all walks of the machine: forward-backward (Rabiner 1989, section III).

Covered: inputs [CLS] A [SEP] with A any sentence of a document, and pairs [CLS] A [SEP] B [SEP] in which B follows A in
its document with probability `next_share` and otherwise comes from an independent document; topic and subject travel
across [SEP] inside the machine's memory. Not covered: truncated sentences.

A recipe that selects an exact share of every input, instead of each token independently, leaves on average fewer gaps
around a gap, so all its losses are lower (0.88 instead of 0.92 in the small language): compare a model with the bound
on the same batch only. The posterior then is still exact when all selected tokens are masked. Under 80/10/10 the count
of [MASK] tells a little about replaced words which is not used here, so a model can come out slightly lower.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from attention_course.language.corruption import BERT, Corruption
from attention_course.language.machine import Machine
from attention_course.language.messages import IMPOSSIBLE, Emissions, Messages, exchange
from attention_course.language.vocabulary import IGNORED

Batch = Mapping[str, ArrayLike]
"""The input of a BERT as arrays or CPU tensors: input_ids, token_type_ids, attention_mask, each (b, t), and labels."""

ROWS_AT_ONCE = 256  # keeps the messages of one block within a CPU's memory: about 50 MB


@dataclass(frozen=True)
class Bound:
    """The loss of the best possible predictor on one batch, in nats per selected token.

    Attributes:
        loss: mean of -log q over the labels of this batch. A model's loss on the same batch may fall below it only
            by luck of the draw, within a few `standard_error`s of the difference.
        entropy: the same, averaged over all originals that could be behind the batch: less noisy, equal in
            expectation.
        accuracy: share of labels that are the most probable word.
        standard_error: of `loss`, as an estimate of the expected loss of the language.
        count: number of labels.
        losses: (count,) -log q of each label, in reading order.
    """

    loss: float
    entropy: float
    accuracy: float
    standard_error: float
    count: int
    losses: np.ndarray


def masked_posterior(
    machine: Machine, batch: Batch, corruption: Corruption = BERT, next_share: float = 0.5
) -> np.ndarray:
    """The best possible prediction at every labelled position.

    Args:
        machine: of the language (`SmallLanguage.machine`).
        batch: corrupted inputs with labels; only where the labels differ from -100 matters here, never their value.
        corruption: the recipe by which the inputs were corrupted.
        next_share: how often the second sentence is the true next one.

    Returns:
        (n, s) probabilities of the original token, one row per labelled position in reading order.

    Raises:
        ValueError: the inputs cannot come from this language and this recipe.
    """
    size = machine.emission.shape[1]
    labelled = np.asarray(batch["labels"]) != IGNORED
    selected = corruption.of_selected(size)
    written = csr_array(machine.emission.T)  # sparse: a state writes a handful of words
    posterior = np.empty((int(labelled.sum()), size))
    row_of = np.cumsum(labelled).reshape(labelled.shape) - 1
    for rows, messages in _blocks(machine, batch, corruption, next_share):
        for where, states, tokens in messages.at(labelled[rows]):
            joint = (written @ states).T * selected[:, tokens].T
            total = joint.sum(axis=1, keepdims=True)
            if not total.all():
                raise ValueError(IMPOSSIBLE)
            posterior[row_of[rows][where]] = joint / total
    return posterior


def bound(machine: Machine, batch: Batch, corruption: Corruption = BERT, next_share: float = 0.5) -> Bound:
    """The loss, entropy and accuracy of the best possible prediction; arguments as in `masked_posterior`."""
    labels = np.asarray(batch["labels"])
    labels = labels[labels != IGNORED]
    if not len(labels):
        raise ValueError("no position has a label, so there is no loss to bound. Were any tokens selected?")
    posterior = masked_posterior(machine, batch, corruption, next_share)
    right = posterior[np.arange(len(labels)), labels]
    if not right.all():
        raise ValueError("some labels are impossible. Is the corruption named here the one that made the batch?")
    losses = -np.log(right)
    logs = np.log(posterior, out=np.zeros_like(posterior), where=posterior > 0)
    return Bound(
        loss=float(losses.mean()),
        entropy=float(-(posterior * logs).sum(axis=1).mean()),
        accuracy=float((posterior.argmax(axis=1) == labels).mean()),
        standard_error=float(losses.std() / np.sqrt(len(losses))),
        count=len(losses),
        losses=losses,
    )


def next_sentence_posterior(
    machine: Machine, batch: Batch, corruption: Corruption = BERT, next_share: float = 0.5
) -> np.ndarray:
    """(b,) probability that the second sentence follows the first, given the corrupted pair."""
    blocks = _blocks(machine, batch, corruption, next_share)
    return np.concatenate([messages.follows for _, messages in blocks])


def _blocks(
    machine: Machine, batch: Batch, corruption: Corruption, next_share: float
) -> Iterator[tuple[slice, Messages]]:
    tokens, segments, mask = (np.asarray(batch[name]) for name in ("input_ids", "token_type_ids", "attention_mask"))
    emissions = Emissions(machine, corruption.of_any(machine.emission.shape[1]))
    for start in range(0, len(tokens), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        yield rows, exchange(emissions, tokens[rows], segments[rows], mask[rows], next_share)
