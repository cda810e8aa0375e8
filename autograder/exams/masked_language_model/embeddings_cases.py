"""The cases of BertEmbeddings(vocabulary_size, width, max_length, num_segments=2, dropout=0.1)."""

from functools import partial

import torch
from torch.nn import functional as F

from attention_course.probes import modules as using
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case
from autograder.exams.masked_language_model.random_inputs import normal, whole


def numbers(rng, sizes):
    """A table of each kind, and a norm that is not plain."""
    vocabulary_size, width, max_length, num_segments = sizes
    return {
        "word.weight": normal(rng, vocabulary_size, width),
        "position.weight": normal(rng, max_length, width),
        "segment.weight": normal(rng, num_segments, width),
        "norm.weight": 1 + normal(rng, width) / 2,
        "norm.bias": normal(rng, width),
    }


def right(state, input_ids, token_type_ids):
    """The oracle in float64: rows of three tables, added and normalised."""
    state = {name: tensor.double() for name, tensor in state.items()}
    total = state["word.weight"][input_ids] + state["segment.weight"][token_type_ids]
    total = total + state["position.weight"][: input_ids.shape[1]]
    return F.layer_norm(total, total.shape[-1:], state["norm.weight"], state["norm.bias"], 1e-12)


def tokens(rng, sizes, b, t, learned=False):
    """Ids and segments. Token 0 stands among them, and not at the end; it is no padding, of which nothing is said.

    Not so where they are learned from: PyTorch's padding_idx would take the gradient of token 0 away.
    """
    ids = whole(rng, 1, sizes[0], b, t)
    if not learned and t > 1:
        ids[torch.arange(b), whole(rng, 0, t - 1, b)] = 0
    return ids, whole(rng, 0, sizes[3], b, t)


def cases(rng):
    yield parts((7, 4, 5), "the names, kinds and sizes of the parts")
    yield parts((6, 4, 5, 3), "the names, kinds and sizes of the parts, with three segments")

    def plain(concept, sizes, b, t, **kwargs):
        state, ids = numbers(rng, sizes), tokens(rng, sizes, b, t)
        return Case(concept, (sizes, state, *ids), kwargs, expected=right(state, *ids), use=using.output)

    yield plain("a batch of inputs", (9, 6, 7, 2), 2, 4)
    yield plain("inputs of the greatest length", (9, 6, 5, 2), 3, 5)
    yield plain("a single token in a batch of one", (9, 6, 7, 2), 1, 1)
    yield plain("as many inputs as tokens", (9, 6, 7, 2), 4, 4)
    yield plain("all sizes the same", (6, 6, 6, 6), 6, 6)
    yield plain("four segments", (9, 6, 7, 4), 2, 5)
    yield plain("eval mode with much dropout", (9, 6, 7, 2), 2, 4, options={"dropout": 0.9})
    yield plain("training mode without dropout", (9, 6, 7, 2), 2, 4, training=True, options={"dropout": 0.0})
    yield from by_name(rng)
    sizes = 9, 6, 7, 2
    ids = [x.T for x in tokens(rng, sizes, 4, 3)]
    state = numbers(rng, sizes)
    yield Case("views with strides", (sizes, state, *ids), expected=right(state, *ids), use=using.output)
    state, ids = numbers(rng, sizes), tokens(rng, sizes, 2, 4)
    state |= {name: 1e-6 * state[name] for name in ("word.weight", "position.weight", "segment.weight")}
    yield Case("small numbers, where eps counts", (sizes, state, *ids), expected=right(state, *ids), use=using.output)
    yield from training_cases(rng)
    there = {"shape": [2, 4, 6], "dtype": "torch.float32", "device": "meta"}
    yield Case("another device", (sizes, *tokens(rng, sizes, 2, 4)), expected=there, use=using.elsewhere)


def parts(sizes, concept):
    width, num_segments = sizes[1], sizes[3] if len(sizes) > 3 else 2
    tables = {"word": sizes[0], "position": sizes[2], "segment": num_segments}
    shapes = {f"{name}.weight": [rows, width] for name, rows in tables.items()}
    shapes |= {"norm.weight": [width], "norm.bias": [width]}
    kinds = dict.fromkeys(tables, "Embedding") | {"norm": "LayerNorm", "dropout": "Dropout"}
    return Case(concept, (sizes, tuple(kinds), tuple(shapes)), expected=[kinds, shapes], use=using.parts)


def by_name(rng):
    """Arguments by name, where they can be mistaken for each other by order only."""
    sizes = 9, 6, 7, 2
    state, (input_ids, token_type_ids) = numbers(rng, sizes), tokens(rng, sizes, 2, 4)
    named = {"token_type_ids": token_type_ids, "input_ids": input_ids}
    options = {"max_length": 7, "width": 6, "vocabulary_size": 9, "dropout": 0.5, "num_segments": 2}
    expected = right(state, input_ids, token_type_ids)
    yield Case("arguments by name", ((), state), {"options": options, **named}, expected=expected, use=using.output)


def signs_of_dropout(expected, probability, got):
    """What can be said of dropout without a word about the order of random numbers.

    Returns:
        whether the share of zeros is the probability, to five standard deviations; whether what stays has grown by
        1 / (1 - probability); whether every number has a chance of its own: rows of zeros and ones hardly ever agree;
        whether what stays has not changed at all, as if dropout were not there.
    """
    zero = got == 0
    deviation = (probability * (1 - probability) / zero.numel()) ** 0.5
    rows = zero.flatten(0, 1)
    return [
        abs(zero.double().mean().item() - probability) < 5 * deviation,
        torch.allclose(got.double()[~zero] * (1 - probability), expected[~zero], atol=1e-4),
        len(rows.unique(dim=0)) > 0.9 * len(rows),
        torch.allclose(got.double()[~zero], expected[~zero], atol=1e-4),
    ]


def training_cases(rng):
    sizes = 9, 64, 8, 2
    for concept, probability, options in (
        ("dropout as it comes, in training mode", 0.1, {}),
        ("much dropout, in training mode", 0.4, {"dropout": 0.4}),
    ):
        state, ids = numbers(rng, sizes), tokens(rng, sizes, 8, 8)
        read = partial(signs_of_dropout, right(state, *ids), probability)
        kwargs = {"training": True, "options": options}
        expected = [True, True, True, False]
        yield Case(concept, (sizes, state, *ids), kwargs, expected=expected, use=using.output, read=read)
    sizes = 9, 6, 7, 3
    state, ids, pull = numbers(rng, sizes), tokens(rng, sizes, 2, 5, learned=True), normal(rng, 2, 5, 6)
    leaves = {name: tensor.double().requires_grad_() for name, tensor in state.items()}
    found = torch.autograd.grad(right(leaves, *ids), list(leaves.values()), pull.double())
    expected = dict(zip(leaves, found, strict=True))
    loose = Tolerance(1e-3, 1e-4)  # sums of products in float32, divided by deviations that may be small
    kwargs = {"pulls": [pull]}
    yield Case("learning, of all three tables", (sizes, state, *ids), kwargs, loose, expected, use=using.gradients)
