"""masked_lm_loss(logits, labels) -> the mean cross-entropy at selected tokens: cases, right variants."""

import numpy as np
import torch
from torch.nn import functional as F

from attention_course.probes import torch_answers as using
from autograder.exam.compare import FLOAT32, Tolerance
from autograder.exam.exercise import Case, Exercise
from autograder.exams.masked_language_model.earlier import NOTEBOOK

NOT_SELECTED = -100


def closed_form(logits, labels):
    """The oracle, in NumPy's float64: the loss and its gradient, softmax minus one-hot over the number of labels."""
    scores, wanted = logits.double().numpy(), labels.numpy()
    selected = wanted != NOT_SELECTED
    exps = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares = exps / exps.sum(axis=-1, keepdims=True)
    right = np.arange(scores.shape[-1]) == wanted[..., np.newaxis]
    count = max(1, np.count_nonzero(selected))
    logs = scores - scores.max(axis=-1, keepdims=True) - np.log(exps.sum(axis=-1, keepdims=True))
    loss = -(logs * right).sum() / count
    return torch.tensor(loss), torch.from_numpy((shares - right) * selected[..., np.newaxis] / count)


def with_kind(loss):
    """The loss, and whether it is a tensor; a tensor and a number of the same value compare as equal."""
    return loss if loss is None else [loss, "tensor" if isinstance(loss, torch.Tensor) else "no tensor"]


def cases(rng):
    def drawn(*shape, share=0.4, scale=2.0):
        """Scores and labels; the first label is 0, the next two places have none."""
        logits = torch.from_numpy(scale * rng.normal(size=shape)).float()
        labels = torch.from_numpy(rng.integers(shape[-1], size=shape[:-1]))
        labels[torch.from_numpy(rng.random(shape[:-1]) >= share)] = NOT_SELECTED
        labels.view(-1)[0] = 0
        labels.view(-1)[1:3] = NOT_SELECTED
        return logits, labels

    def loss(concept, logits, labels, tolerance=FLOAT32):
        expected = with_kind(closed_form(logits, labels)[0])
        return Case(concept, (logits, labels), tolerance=tolerance, expected=expected, read=with_kind)

    def slope(concept, logits, labels):
        pull, expected = torch.tensor(1.0, dtype=logits.dtype), [closed_form(logits, labels)[1]]
        return Case(concept, (logits, labels), {"pull": pull}, expected=expected, use=using.gradients)

    yield loss("a batch of texts", *drawn(3, 6, 7))
    yield loss("another batch of texts", *drawn(2, 9, 5))
    yield loss("as many texts, tokens and scores", *drawn(4, 4, 4))
    yield loss("one text without a batch", *drawn(8, 5))
    yield loss("more axes", *drawn(2, 3, 4, 5))
    yield loss("a batch of one", *drawn(1, 7, 6))
    yield loss("a vocabulary of two", *drawn(3, 6, 2))
    yield from _selections(rng, drawn, loss, slope)
    for far in (-3000.0, 3000.0):
        logits, labels = drawn(2, 5, 6)
        near = Tolerance(1e-3, 2e-3)  # float32 numbers around 3000 are 0.0002 apart
        yield loss("scores that are all far from zero", logits + far, labels, near)
    yield loss("scores in the thousands", *drawn(2, 5, 6, scale=4000.0))
    yield loss("float64", *(x.double() if x.is_floating_point() else x for x in drawn(2, 5, 6)))
    logits, labels = drawn(5, 3, 4)
    yield loss("views with strides", logits.transpose(0, 1), labels.T)
    yield slope("gradients", *drawn(3, 4, 5))
    yield slope("gradients of one text", *drawn(7, 4))
    yield slope("gradients with scores in the thousands", *drawn(2, 5, 6, scale=4000.0))


def _selections(rng, drawn, loss, slope):
    """Which tokens are selected: one, all, the zeroth of the vocabulary, in some of the texts, none."""
    logits, labels = drawn(3, 5, 6)
    yield loss("labels of number zero", logits, torch.where(labels == NOT_SELECTED, labels, 0))
    labels = torch.full((3, 5), NOT_SELECTED)
    labels[1, 3] = int(rng.integers(1, 6))
    yield loss("a single selected token", logits.clone(), labels)
    yield loss("all tokens selected", drawn(3, 5, 6)[0], torch.from_numpy(rng.integers(6, size=(3, 5))))
    labels = torch.full((3, 5), NOT_SELECTED)
    labels[0], labels[2, 1] = torch.from_numpy(rng.integers(6, size=5)), 4
    yield loss("texts with many, no and one selected token", 3 * logits, labels)
    for shape in ((2, 3, 5), (4, 3)):
        nothing = torch.full(shape[:-1], NOT_SELECTED)
        yield loss("no selected token", drawn(*shape)[0], nothing)
        yield slope("gradients without a selected token", drawn(*shape)[0], nothing.clone())
        yield slope("gradients without a selected token", drawn(*shape, scale=4000.0)[0], nothing.clone())


masked_lm_loss = Exercise(NOTEBOOK, "masked_lm_loss", cases)


@masked_lm_loss.right
def by_ignore_index_and_a_sum(logits, labels):
    total = F.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), ignore_index=-100, reduction="sum"
    )
    return total / max(1, int((labels >= 0).sum()))


@masked_lm_loss.right
def with_a_way_out_for_none(logits, labels):
    mask = labels.ne(-100)
    if not mask.any():
        return logits.sum() * 0.0
    return torch.nn.CrossEntropyLoss()(logits[mask], labels[mask])


@masked_lm_loss.right
def by_log_softmax_and_gather(logits, labels):
    mask = labels != -100
    logs = torch.log_softmax(logits, dim=-1)
    own = logs.gather(-1, labels.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    return -(own * mask).sum() / mask.sum().clamp_min(1)


@masked_lm_loss.right
def by_one_hot_and_logsumexp(logits, labels):
    mask = labels >= 0
    target = F.one_hot(labels.masked_fill(~mask, 0), logits.size(-1)).to(logits.dtype)
    losses = torch.logsumexp(logits, -1) - torch.einsum("...s,...s->...", logits, target)
    return torch.where(mask, losses, 0.0).sum() / torch.clamp(mask.sum(), min=1)


@masked_lm_loss.right
def by_a_loop(logits, labels):
    total, count = 0 * logits.sum(), 0
    flat = logits.flatten(0, -2)
    for place, label in enumerate(labels.flatten().tolist()):
        if label != -100:
            total = total + torch.logsumexp(flat[place], 0) - flat[place, label]
            count += 1
    return total / count if count else total


@masked_lm_loss.right
def a_list_of_means(logits, labels):
    losses = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.flatten(), reduction="none")
    chosen = losses[labels.flatten() != -100]
    return chosen.mean() if len(chosen) > 0 else losses.sum()


@masked_lm_loss.right
def in_float64(logits, labels):
    selected = (labels != -100).nonzero(as_tuple=True)
    wide = logits.double()[selected]
    wide = wide - wide.detach().amax(dim=-1, keepdim=True)
    losses = wide.exp().sum(-1).log() - wide[torch.arange(len(wide)), labels[selected]]
    return losses.sum() / max(len(losses), 1)


@masked_lm_loss.right
def nan_mended_afterwards(logits, labels):
    loss = F.cross_entropy(logits.flatten(0, -2), labels.flatten())
    return torch.where(loss.isnan(), 0.0, loss)  # the library's gradient of 0 / 0 rows is zeros, not NaN
