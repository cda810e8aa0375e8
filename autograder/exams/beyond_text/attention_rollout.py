"""attention_rollout(weights): the cases, the right variants."""

from functools import reduce

import numpy as np
import torch

from autograder.exam.exercise import Case, Exercise
from autograder.exams.beyond_text.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal


def right(weights):
    """The oracle, in NumPy's float64."""
    rollout = np.eye(weights[0].shape[-1])
    for layer in weights:
        mixed = layer.double().numpy().mean(axis=1) / 2 + np.eye(layer.shape[-1]) / 2
        rollout = mixed / mixed.sum(axis=-1, keepdims=True) @ rollout
    return torch.from_numpy(rollout)


def maps(rng, *sizes, layers, dtype=torch.float32):
    """Attention weights of several layers, each (b, h, t, t)."""
    return [(2 * normal(rng, *sizes, sizes[-1], dtype=dtype)).softmax(dim=-1) for _ in range(layers)]


def cases(rng):
    def follow(concept, weights):
        return Case(concept, (weights,), expected=right(weights))

    yield follow("two layers", maps(rng, 2, 3, 5, layers=2))
    yield follow("a single layer", maps(rng, 2, 3, 4, layers=1))
    yield follow("four layers of a single example", maps(rng, 1, 2, 4, layers=4))
    yield follow("one head", maps(rng, 2, 1, 5, layers=2))
    yield follow("as many examples, heads, tokens and layers", maps(rng, 3, 3, 3, layers=3))
    yield follow("a single token", maps(rng, 2, 2, 1, layers=2))
    yield follow("float64", maps(rng, 2, 2, 4, layers=3, dtype=torch.float64))
    turned = [layer.transpose(-2, -1).contiguous().transpose(-2, -1) for layer in maps(rng, 2, 2, 4, layers=2)]
    yield follow("views with strides", turned)
    weights = maps(rng, 2, 3, 4, layers=3)
    weights[0][1, :, 2] = 0
    weights[2][0, :, 1] = 0
    yield follow("a token that may look at nothing", weights)
    weights = maps(rng, 2, 3, 4, layers=3)
    weights[1][0, 1, 2] = 0
    weights[2][1, :2, 0] = 0
    yield follow("a token that may look at nothing in some heads", weights)
    yield follow("weights that are zeros throughout", [torch.zeros(1, 2, 3, 3), *maps(rng, 1, 2, 3, layers=1)])


_SQUARE = "maps are square"
_WIDER = "a sum has the wider type, and the exam knows one device"

attention_rollout = Exercise(
    NOTEBOOK,
    "attention_rollout",
    cases,
    survivors={
        "attention_rollout: -1 -> -2": _SQUARE,
        "attention_rollout: mean.shape[-1] -> mean.shape[1]": _SQUARE,
        "attention_rollout: torch.eye(mean.shape[-1]).to(mean) -> torch.eye(mean.shape[-1])": _WIDER,
        "attention_rollout: torch.eye(mean.shape[-1]).to(mean) -> torch.eye(mean.shape[-1]).to()": _WIDER,
    },
)


@attention_rollout.right
def by_reduce(weights):
    return reduce(lambda below, layer: layer @ below, map(mixed, weights))


def average(layer):
    return layer.mean(dim=1)


def with_residual(mean):
    return (mean + torch.eye(mean.shape[-1], dtype=mean.dtype)) / 2


def normalised(matrix):
    return matrix / matrix.sum(dim=-1, keepdim=True)


def mixed(layer):
    """One layer's matrix; a variant with a slip replaces one of its steps."""
    return normalised(with_residual(average(layer)))


@attention_rollout.right
def identity_whole(weights):
    """Twice as much of both is the same after the division."""
    result = torch.eye(weights[0].size(-1)).to(weights[0]).expand(len(weights[0]), -1, -1)
    for layer in weights:
        both = layer.sum(1) / layer.size(1) + torch.eye(layer.size(-1)).to(layer)
        result = torch.bmm(both / both.sum(-1, keepdim=True), result)
    return result


@attention_rollout.right
def from_the_last_layer(weights):
    result = None
    for layer in reversed(weights):
        both = 0.5 * torch.mean(layer, 1)
        diagonal = torch.diagonal(both, dim1=-2, dim2=-1)
        diagonal += 0.5
        both = torch.einsum("bij,bi->bij", both, 1 / both.sum(-1))
        result = both if result is None else torch.matmul(result, both)
    return result


@attention_rollout.right
def example_by_example(weights):
    found = []
    for example in range(weights[0].shape[0]):
        matrices = [mixed(layer[example : example + 1].double())[0] for layer in weights]
        found.append(torch.linalg.multi_dot(matrices[::-1]) if len(matrices) > 1 else matrices[0])
    return torch.stack(found).to(weights[0].dtype)
