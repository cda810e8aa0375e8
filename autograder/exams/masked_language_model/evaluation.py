"""perplexity(losses, counts) and masked_accuracy(logits, labels): cases, right variants."""

import math
from fractions import Fraction

import numpy as np
import torch

from attention_course.probes import numbers
from autograder.exam.exercise import Case, Exercise
from autograder.exams.masked_language_model.earlier import NOTEBOOK

NOT_SELECTED = -100


def mean_then_exp(losses, counts):
    """The oracle of perplexity, in exact fractions up to the exponential."""
    total = sum(Fraction(float(loss)) * int(count) for loss, count in zip(losses, counts, strict=True))
    return math.exp(total / sum(int(count) for count in counts))


def share_of_hits(logits, labels):
    """The oracle of masked_accuracy, in plain Python."""
    rows = zip(logits.reshape(-1, logits.shape[-1]).tolist(), labels.flatten().tolist(), strict=True)
    hits = [max(range(len(row)), key=row.__getitem__) == label for row, label in rows if label != NOT_SELECTED]
    return sum(hits) / len(hits) if hits else 0.0


def cases(rng):
    yield from _perplexities(rng)
    yield from _accuracies(rng)


def _perplexities(rng):
    def of(concept, losses, counts, kind=list):
        args = (kind(losses), kind(counts))
        return Case(concept, args, expected=mean_then_exp(losses, counts), function="perplexity")

    def some(count, top=30):
        return rng.uniform(0.5, 5, size=count).tolist(), rng.integers(1, top, size=count).tolist()

    yield of("batches with different counts", *some(4))
    yield of("arrays", *some(5), kind=np.array)
    yield of("a single batch", *some(1))
    yield of("two batches, one of them long", [0.5, 4.0], [97, 3])
    yield of("two batches, one of them short", [0.5, 4.0], [2, 60])
    yield of("equal counts", some(3)[0], [7, 7, 7])
    yield of("many batches", *some(40, 200))
    yield of("counts of one", some(4)[0], [1] * 4)
    yield of("large counts", some(3)[0], [10**6, 3 * 10**6, 2])
    yield of("large losses", [9.5, 11.25], [3, 5])
    yield of("perfect predictions", [0.0, 0.0], [2, 3])
    yield of("losses that are whole numbers", [1, 2, 4], [3, 1, 2])
    yield of("a batch without positions", [2.0, 0.0, 1.0], [3, 0, 5])
    yield of("a batch without positions and with a loss of its own", [99.0, 2.0, 1.0], [0, 3, 5])
    yield of("arrays with a batch without positions", [2.0, 1.0, 99.0], [3, 5, 0], kind=np.array)
    losses, counts = some(3)
    yield _kind("the kind of the result", "perplexity", losses, counts)
    yield _kind("the kind of the result for arrays", "perplexity", np.array(losses), np.array(counts))


def _kind(concept, function, *args):
    """A plain number: NumPy's float64 is a float, and a whole number serves as well."""
    return Case(concept, args, expected="float", also=("int",), use=numbers.kind, function=function)


def _accuracies(rng):
    def guesses(*shape, hits=0.5, share=0.6):
        """Scores of which about half are highest at the label; ties do not occur."""
        logits = torch.from_numpy(rng.permuted(np.broadcast_to(np.arange(shape[-1]) - 2.5, shape), axis=-1)).float()
        best, others = logits.argmax(-1), torch.from_numpy(rng.integers(shape[-1], size=shape[:-1]))
        labels = torch.where(torch.from_numpy(rng.random(shape[:-1]) < hits), best, others)
        labels[torch.from_numpy(rng.random(shape[:-1]) >= share)] = NOT_SELECTED
        labels.view(-1)[0], labels.view(-1)[1] = 0, NOT_SELECTED
        return logits, labels

    def of(concept, logits, labels):
        return Case(concept, (logits, labels), expected=share_of_hits(logits, labels), function="masked_accuracy")

    yield of("a batch of texts", *guesses(4, 9, 6))
    yield of("another batch of texts", *guesses(3, 11, 5, share=0.3))
    yield of("one text without a batch", *guesses(12, 5))
    yield of("more axes", *guesses(2, 3, 5, 4))
    yield of("as many texts, tokens and scores", *guesses(5, 5, 5))
    yield of("a batch of one", *guesses(1, 9, 6))
    yield of("views with strides", *(x.transpose(0, 1) for x in guesses(7, 4, 6)))
    logits, labels = guesses(3, 7, 6)
    yield of("float64", logits.double(), labels)
    yield of("scores in the thousands", 3000 * logits.clone(), labels.clone())
    yield of("scores that are all negative", logits - 50, labels.clone())
    yield of("all tokens selected", *guesses(3, 7, 6, share=1.0))
    yield of("texts with many, no and one selected token", *_uneven(rng))
    for shape in ((2, 3, 4), (5, 4)):
        logits = guesses(*shape)[0]
        yield of("no selected token", logits, torch.full(shape[:-1], NOT_SELECTED))
        yield of("every guess right", logits.clone(), logits.argmax(-1))
        yield of("every guess wrong", logits.clone(), (logits.argmax(-1) + 1) % shape[-1])
    yield of("labels of number zero", *_zeros(rng))
    yield _kind("the kind of the result", "masked_accuracy", *guesses(3, 7, 6))
    nothing = torch.full((2, 3), NOT_SELECTED)
    yield _kind("the kind of the result without a selected token", "masked_accuracy", guesses(2, 3, 4)[0], nothing)


def _uneven(rng):
    """Three texts: five labels of which the first is right, none, one that is right."""
    logits = torch.from_numpy(rng.permuted(np.broadcast_to(np.arange(6.0), (3, 5, 6)), axis=-1))
    best = logits.argmax(-1)
    labels = torch.full((3, 5), NOT_SELECTED)
    labels[0], labels[2, 3] = (best[0] + 1) % 6, best[2, 3]
    labels[0, 0] = best[0, 0]
    return logits, labels


def _zeros(rng):
    """Five tokens of number 0, three of them guessed, and three of another number, one of them guessed."""
    labels = torch.tensor([[0, 0, 0, NOT_SELECTED], [0, 0, 3, 3], [2, NOT_SELECTED, NOT_SELECTED, NOT_SELECTED]])
    guesses = torch.tensor([[0, 0, 2, 0], [1, 0, 3, 1], [0, 0, 1, 2]])
    noise = torch.from_numpy(rng.random((3, 4, 5)))
    return noise + 2 * torch.nn.functional.one_hot(guesses, 5), labels


_HITS = "masked_accuracy: right.float().mean().item() if len(right) else"

evaluation = Exercise(
    NOTEBOOK,
    "evaluation",
    cases,
    functions=("perplexity", "masked_accuracy"),
    survivors={
        "perplexity: float(np.exp(np.average(losses, weights=counts))) -> np.exp(np.average(losses, weights=counts))": (
            "NumPy's float64 is a Python float"
        ),
        f"{_HITS} 0.0 -> {_HITS.removeprefix('masked_accuracy: ')} 0": "a whole number serves as well as 0.0",
    },
)


@evaluation.right(function="perplexity")
def by_sums(losses, counts):
    total = sum(loss * count for loss, count in zip(losses, counts, strict=True))
    return float(math.exp(total / sum(counts)))


@evaluation.right(function="perplexity")
def by_a_dot_product(losses, counts):
    losses, counts = np.asarray(losses, dtype=float), np.asarray(counts)
    return np.exp(losses @ counts / counts.sum())


@evaluation.right(function="perplexity")
def by_powers(losses, counts):
    total = math.fsum(counts)
    return math.prod(math.exp(loss) ** (count / total) for loss, count in zip(losses, counts, strict=True))


@evaluation.right(function="perplexity")
def repeated_positions(losses, counts):
    losses, counts = np.array(losses, dtype=float), np.array(counts)
    divisor = max(1, counts.max() // 10**5)  # millions of copies need too much memory
    copies = counts / divisor
    if divisor == 1:
        return float(np.exp(np.repeat(losses, counts).mean()))
    return float(np.exp((losses * copies).sum() / copies.sum()))


@evaluation.right(function="perplexity")
def by_torch_tensors(losses, counts):
    losses, counts = (torch.as_tensor(x, dtype=torch.float64) for x in (losses, counts))
    return torch.exp((losses * counts).sum() / counts.sum()).item()


@evaluation.right(function="perplexity")
def a_running_mean(losses, counts):
    mean = seen = 0
    for loss, count in zip(losses, counts, strict=True):
        if count > 0:
            seen += count
            mean += (loss - mean) * count / seen
    return math.e**mean


@evaluation.right(function="masked_accuracy")
def by_sums_of_hits(logits, labels):
    hits = ((logits.argmax(-1) == labels) & (labels != -100)).sum().item()
    return hits / max(1, (labels != -100).sum().item())


@evaluation.right(function="masked_accuracy")
def rows_first(logits, labels):
    mask = labels.ne(-100)
    if not mask.any():
        return 0.0
    return float(torch.eq(logits[mask].max(dim=-1).indices, labels[mask]).double().mean())


@evaluation.right(function="masked_accuracy")
def by_numpy(logits, labels):
    guesses, wanted = np.argmax(logits.numpy(), axis=-1), labels.numpy()
    chosen = guesses[wanted >= 0] == wanted[wanted >= 0]
    return np.mean(chosen) if chosen.size else 0


@evaluation.right(function="masked_accuracy")
def by_a_loop_over_tokens(logits, labels):
    right = count = 0
    for row, label in zip(logits.flatten(0, -2), labels.flatten(), strict=True):
        if label == -100:
            continue
        count += 1
        right += int(torch.argmax(row) == label)
    return right / count if count else 0.0


@evaluation.right(function="masked_accuracy")
def by_the_largest_score(logits, labels):
    own = logits.gather(-1, labels.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    hits = (own == logits.amax(dim=-1))[labels != -100]
    return hits.sum().item() / len(hits) if len(hits) else 0.0


@evaluation.right(function="masked_accuracy")
def nan_mended(logits, labels):
    mask = (labels != -100).float()
    hits = (logits.softmax(-1).argmax(-1) == labels).float() * mask
    return torch.nan_to_num(hits.sum() / mask.sum()).item()
