"""Right versions of what notebooks 01, 02, 07 and 08 (patches) ask for, for whoever is stuck: no points."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.spatial
import scipy.special
import scipy.stats

from attention_course import data


def lend(name: str) -> Any:
    """Return a right version of an exercise's function or value, and say so in a line.

    Its own check refuses it. What comes after can be worked on with it, be checked and be graded.

    Args:
        name: as the exercise calls it.

    Raises:
        ValueError: there is nothing of that name to lend.
    """
    if name not in FUNCTIONS and name not in VALUES and name not in DECODER:
        raise ValueError(f"there is no {name!r} to lend; there are {', '.join([*FUNCTIONS, *VALUES, *DECODER])}")
    print(f"{name}: lent, made of library functions. It earns no points; your own version can still take its place.")
    if name in DECODER:
        return _marked(_of_the_decoder(name))
    return _marked(FUNCTIONS[name]) if name in FUNCTIONS else _marked_array(VALUES[name]())


class LentArray(np.ndarray):
    """An array that says it is lent. What is calculated from it does not say so: that is the learner's own."""

    lent = False


def _marked_array(array: np.ndarray) -> LentArray:
    marked = array.view(LentArray)
    marked.lent = True
    return marked


def _marked(function: Callable) -> Callable:
    if isinstance(function, type):
        return type(function.__name__, (function,), {"lent": True})

    @functools.wraps(function)
    def lent(*args, **kwargs):
        return function(*args, **kwargs)

    lent.lent = True  # type: ignore[attr-defined]
    return lent


def _softmax(x, axis=-1):
    x = np.asarray(x, dtype=float)
    empty = np.isneginf(x).all(axis=axis, keepdims=True)
    return np.where(empty, 0.0, scipy.special.softmax(np.where(empty, 0.0, x), axis=axis))


def _attention_scores(query, key):
    return np.einsum("...qd,...kd->...qk", query, key) / np.sqrt(np.shape(key)[-1])


def _causal_mask(length):
    from torch.nn import Transformer

    return (Transformer.generate_square_subsequent_mask(length) == 0).numpy()


def _padding_mask(lengths, max_length):
    import torch
    from torch.nn.utils.rnn import pad_sequence

    rows = [torch.ones(int(length), dtype=torch.bool) for length in (*lengths, max_length)]
    return pad_sequence(rows, batch_first=True).numpy()[:-1]


def _attention(query, key, value, mask=None):
    return tuple(part.numpy() for part in _attend(_tensor(query), _tensor(key), _tensor(value), mask))


def _attend(query, key, value, mask):
    """PyTorch's attention, once for the values and once for name tags, which come out as the weights."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    mask = torch.ones((), dtype=torch.bool) if mask is None else torch.as_tensor(np.asarray(mask))
    mask = mask.broadcast_to(*query.shape[:-1], key.shape[-2])
    tags = torch.eye(key.shape[-2], dtype=key.dtype).expand(*key.shape[:-1], -1)
    somebody = mask.any(dim=-1, keepdim=True)
    return tuple(
        torch.where(somebody, scaled_dot_product_attention(query, key, passed_on, mask | ~somebody), 0.0)
        for passed_on in (value, tags)
    )


def _tensor(array):
    import torch

    return torch.as_tensor(np.array(array, dtype=float))


def _additive_scores(query, key, w_query, w_key, v):
    def score(one, other):
        return np.tanh(one - other) @ v

    # every pair, by SciPy; the keys turned round, because it is used to distances
    return scipy.spatial.distance.cdist(query @ w_query, -(key @ w_key), score)


def _split_heads(x, num_heads):
    return np.stack(np.split(np.asarray(x), num_heads, axis=-1), axis=-3)


def _merge_heads(x):
    return np.concatenate(np.moveaxis(np.asarray(x), -3, 0), axis=-1)


def _multi_head_attention(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (_split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    return _merge_heads(_attention(query, key, value, mask)[0]) @ w_output


def _positional_encoding(length, depth):
    import torch

    pairs = torch.arange(0, depth, 2, dtype=torch.float64)
    angles = torch.outer(torch.arange(length, dtype=torch.float64), 10000 ** (-pairs / depth))
    hands = torch.view_as_real(torch.polar(torch.ones_like(angles), angles))  # (cosine, sine) of each clock
    return hands.flip(-1).flatten(1)[:, :depth].numpy()


def _attention_backward(grad_output, query, key, value, mask=None):
    query, key, value = (_tensor(array).requires_grad_() for array in (query, key, value))
    output, _ = _attend(query, key, value, mask)
    output.backward(_tensor(grad_output))
    return query.grad.numpy(), key.grad.numpy(), value.grad.numpy()


def _row_entropy(weights):
    return scipy.stats.entropy(weights, axis=-1)


def _is_attention_weights(matrix, tolerance=1e-6):
    matrix = np.asarray(matrix, dtype=float)
    fit = np.isfinite(matrix).all() and (matrix >= 0).all()
    return bool(fit and np.allclose(matrix.sum(axis=-1), 1, rtol=0, atol=tolerance))


def _misprinted_scores(published, embeddings):
    right = np.isclose(published, np.inner(embeddings, embeddings), rtol=0, atol=1e-6)
    return set(map(tuple, np.argwhere(~right).tolist()))


def _nearest_tokens(output, embeddings, tokens, measure="dot"):
    if measure not in ("dot", "cosine"):
        raise ValueError(f"measure must be 'dot' or 'cosine', not {measure!r}")
    if measure == "cosine":
        output, embeddings = map(_of_length_1, (output, embeddings))
    return [tokens[place] for place in np.inner(output, embeddings).argmax(axis=-1)]


def _of_length_1(vectors):
    from torch.nn.functional import normalize

    return normalize(_tensor(vectors), dim=-1).numpy()  # a zero vector stays one


def _permutation_check(embeddings, order, positions=None):
    places = np.zeros(1) if positions is None else np.asarray(positions)
    first, last = np.asarray(embeddings)[order] + places, np.asarray(embeddings) + places
    return bool(np.allclose(_attention(*[first] * 3)[0], _attention(*[last] * 3)[0][order], rtol=0, atol=1e-9))


def _align(query_words, key_words, query_vectors, key_vectors):
    best = np.inner(query_vectors, key_vectors).argmax(axis=-1)
    return list(zip(query_words, np.take(key_words, best).tolist(), strict=True))


def _patches(images, size):
    from torch.nn.functional import unfold

    _refuse_sides(size, *images.shape[2:])
    columns = unfold(images, size, stride=size).transpose(1, 2)  # inside of a patch by channel, row, column
    return columns.unflatten(2, (images.shape[1], -1)).transpose(2, 3).flatten(2)


def _unpatch(patches, size, height, width):
    from torch.nn.functional import fold

    _refuse_sides(size, height, width)
    if patches.shape[1] != height // size * (width // size):
        raise ValueError(f"{patches.shape[1]} patches of {size} do not make a picture of {height} x {width}")
    columns = patches.unflatten(2, (size * size, -1)).transpose(2, 3).flatten(2).transpose(1, 2)
    return fold(columns, (height, width), size, stride=size)


def _refuse_sides(size, height, width):
    if height % size or width % size:
        raise ValueError(f"{size} does not divide the sides {height} and {width}")


def _scores():
    vectors = data.published_example().embeddings
    return np.inner(vectors, vectors)


FUNCTIONS: dict[str, Callable] = {
    function.__name__.removeprefix("_"): function
    for function in (
        *(_softmax, _attention_scores, _causal_mask, _padding_mask, _attention, _additive_scores),
        *(_split_heads, _merge_heads, _multi_head_attention, _positional_encoding, _attention_backward),
        *(_row_entropy, _is_attention_weights, _misprinted_scores, _nearest_tokens, _permutation_check, _align),
        *(_patches, _unpatch),
    )
}

DECODER = ("rotate", "RMSNorm", "KeyValueCache", "CausalSelfAttention", "DecoderModel", "load_llama_weights")
"""The pieces of notebook 07 that later ones are built of."""


def _of_the_decoder(name: str) -> Callable:
    from attention_course import decoder  # PyTorch takes seconds, and notebooks 01 and 02 do without it

    return getattr(decoder, name)


VALUES: dict[str, Callable[[], np.ndarray]] = {
    "scores": _scores,
    "weights": lambda: _softmax(_scores()),
    "output": lambda: _softmax(_scores()) @ data.published_example().embeddings,
    "scaled_weights": lambda: _softmax(_scores() / np.sqrt(2)),
}
"""The four arrays of notebook 02."""
