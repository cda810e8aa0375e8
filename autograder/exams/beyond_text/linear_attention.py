"""linear_attention(query, key, value, features, causal=False): the cases, the right variants."""

import torch

from attention_course.probes import long_sequences as probe
from autograder.exam.exercise import Case, Exercise
from autograder.exams.beyond_text.earlier import NOTEBOOK
from autograder.exams.beyond_text.long_memory import LENGTHS, STEEP, far, in_proportion, own_numbers
from autograder.exams.sequence_to_sequence.inputs import normal


def right(query, key, value, *, kind, causal=False):
    """The oracle in float64: value and 1 side by side, summed up together."""
    query, key = (probe.FEATURES[kind](x.double()) for x in (query, key))
    value = torch.cat([value.double(), torch.ones_like(value[..., :1]).double()], dim=-1)
    if causal:
        outer = torch.einsum("...tf,...tv->...tfv", key, value)
        found = torch.einsum("...tf,...tfv->...tv", query, outer.cumsum(dim=-3))
    else:
        found = torch.einsum("...tf,...fv->...tv", query, torch.einsum("...tf,...tv->...fv", key, value))
    return found[..., :-1] / found[..., -1:]


def drawn(rng, *axes, t, d=4, v=3, dtype=torch.float32):
    return tuple(normal(rng, *axes, t, size, dtype=dtype) for size in (d, d, v))


def cases(rng):
    for causal in (False, True):
        yield from of_one_kind(rng, causal)
    inputs = drawn(rng, 2, t=6)
    expected = right(*inputs, kind="elu", causal=True)
    yield Case("causal given by position", (*inputs, "elu", True), expected=expected, use=probe.linear)
    yield from memory_cases(rng)


def of_one_kind(rng, causal):
    named = {"causal": True} if causal else {}
    among = "the places so far" if causal else "all places"

    def attend(concept, kind, *axes, **sizes):
        inputs = drawn(rng, *axes, **sizes)
        expected = right(*inputs, kind=kind, causal=causal)
        return Case(f"{concept}, over {among}", (*inputs, kind), named, expected=expected, use=probe.linear)

    yield attend("features as many as numbers", "elu", 2, t=6)
    yield attend("twice as many features", "both signs", 2, t=6)
    yield attend("a single feature", "one number", 2, t=5)
    yield attend("features that mix the numbers", "softmax", 2, t=6)
    yield attend("three features", "three of them", 2, t=6, d=5)
    yield attend("a single place", "elu", 2, t=1)
    yield attend("no axis in front", "both signs", t=6)
    yield attend("two axes in front", "both signs", 2, 3, t=5)
    yield attend("a number a key and one a value", "elu", 2, t=5, d=1, v=1)
    yield attend("as many sequences, heads, places and numbers", "elu", 4, 4, t=4, d=4, v=4)
    yield attend("a longer sequence", "elu", 1, t=50)
    yield attend("float64", "elu", 2, t=6, dtype=torch.float64)
    turned = [x.transpose(0, 1).contiguous().transpose(0, 1) for x in drawn(rng, 3, t=6)]
    expected = right(*turned, kind="both signs", causal=causal)
    yield Case(f"views with strides, over {among}", (*turned, "both signs"), named, expected=expected, use=probe.linear)
    yield gradients_of(rng, f"gradients, over {among}", drawn(rng, 2, t=6), "both signs", causal)


def gradients_of(rng, concept, inputs, kind, causal):
    def slopes():
        leaves = [x.double().requires_grad_() for x in inputs]
        return list(torch.autograd.grad((right(*leaves, kind=kind, causal=causal) * pull).sum(), leaves))

    pull = normal(rng, *inputs[2].shape)
    named = {"kind": kind, "pull": pull, "causal": causal}
    return Case(concept, inputs, named, expected=slopes, use=probe.linear_gradients)


def memory_cases(rng):
    for causal, among in ((False, "all places"), (True, "the places so far")):
        sizes = tuple(drawn(rng, 1, t=t, d=2, v=2) for t in LENGTHS)
        named = {"kind": "elu", "causal": causal, "steep": STEEP}
        concept = f"memory, over {among}"
        yield Case(concept, sizes, named, expected=True, use=probe.linear_memories, read=in_proportion)
        numbers = own_numbers(rng)

        def of_length(t, numbers=numbers, causal=causal, among=among):
            concept = f"the memory that very many places take, over {among}"
            return gradients_of(numbers, concept, drawn(numbers, 1, t=t, d=2, v=2), "elu", causal)

        yield far(of_length)


linear_attention = Exercise(NOTEBOOK, "linear_attention", cases)


@linear_attention.right
def by_einsum(query, key, value, features, causal=False):
    return mixed(features(query), features(key), value, causal)


def mixed(query, key, value, causal):
    """A variant with a slip changes what goes in, or one of the sums."""
    return ratio(query, states(key, value, causal), totals(key, causal))


def states(key, value, causal):
    if causal:
        return torch.einsum("...tf,...tv->...tfv", key, value).cumsum(dim=-3)
    return torch.einsum("...tf,...tv->...fv", key, value).unsqueeze(-3)


def totals(key, causal):
    return key.cumsum(dim=-2) if causal else key.sum(dim=-2, keepdim=True)


def ratio(query, states, totals):
    mixed = (query[..., None] * states).sum(dim=-2)
    return mixed / (query * totals).sum(dim=-1)[..., None]


@linear_attention.right
def with_a_running_state(query, key, value, features, causal=False):
    query, key = features(query), features(key)
    if not causal:
        state, total = key.transpose(-1, -2) @ value, key.sum(-2)
        return query @ state / (query @ total[..., None])
    state = total = 0.0
    found = []
    for q, k, v in zip(query.unbind(-2), key.unbind(-2), value.unbind(-2), strict=True):
        state, total = state + k[..., :, None] * v[..., None, :], total + k
        found.append((q[..., None, :] @ state)[..., 0, :] / (q * total).sum(-1, keepdim=True))
    return torch.stack(found, dim=-2)


@linear_attention.right
def chunk_by_chunk(query, key, value, features, causal=False):
    query, key, size = features(query), features(key), 32
    parts = list(zip(query.split(size, -2), key.split(size, -2), value.split(size, -2), strict=True))
    state = sum(k.mT @ v for _, k, v in parts) if not causal else 0.0
    total = sum(k.sum(-2, keepdim=True) for _, k, _ in parts) if not causal else 0.0
    found = []
    for q, k, v in parts:
        if not causal:
            found.append(q @ state / (q * total).sum(-1, keepdim=True))
            continue
        near = torch.tril(q @ k.mT)
        before, below = (q @ state, (q * total).sum(-1, keepdim=True)) if found else (0.0, 0.0)
        found.append((near @ v + before) / (near.sum(-1, keepdim=True) + below))
        state, total = state + k.mT @ v, total + k.sum(-2, keepdim=True)
    return torch.cat(found, -2)


@linear_attention.right
def with_ones_beside_the_values(query, key, value, features, causal=False):
    with_one = torch.cat([value, torch.ones_like(value[..., :1])], dim=-1)
    q, k = features(query), features(key)
    if causal:
        both = torch.cumsum(k.unsqueeze(-1) * with_one.unsqueeze(-2), dim=-3)
        both = torch.matmul(q.unsqueeze(-2), both).squeeze(-2)
    else:
        both = torch.matmul(q, torch.matmul(k.transpose(-2, -1), with_one))
    return both[..., :-1] / (both[..., -1:] + 1e-9)


@linear_attention.right
def feature_by_feature(query, key, value, features, causal=False):
    q, k = features(query), features(key)
    above = below = 0.0
    for number in range(q.shape[-1]):
        one = k[..., number, None]
        sums = [(one * x).cumsum(-2) if causal else (one * x).sum(-2, keepdim=True) for x in (value, one.new_ones(1))]
        above = above + q[..., number, None] * sums[0]
        below = below + q[..., number, None] * sums[1]
    return above / below
