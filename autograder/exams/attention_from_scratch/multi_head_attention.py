"""multi_head_attention(x, w_query, w_key, w_value, w_output, num_heads, mask=None): (..., t, m) -> (..., t, m)."""

import numpy as np

from autograder.exam.exercise import Case, Exercise
from autograder.exams.attention_from_scratch.attention_inputs import some
from autograder.exams.attention_from_scratch.earlier import NOTEBOOK, attention, merge_heads, softmax, split_heads


def draw(rng, leading, length, width):
    """x and the four matrices; they keep the spread of what they are applied to."""
    x = rng.normal(size=(*leading, length, width))
    return x, *(rng.normal(size=(width, width)) / np.sqrt(width) for _ in range(4))


def cases(rng):
    def plain(concept, leading, length, width, num_heads):
        return Case(concept, (*draw(rng, leading, length, width), num_heads))

    yield plain("one sequence", (), 3, 8, 2)
    yield plain("a batch", (2,), 3, 8, 4)
    yield plain("one head", (2,), 4, 6, 1)
    yield plain("as many tokens as heads", (2,), 3, 12, 3)
    yield plain("tokens, heads and columns of one number", (3,), 3, 9, 3)
    yield plain("as many tokens as columns", (), 6, 6, 2)
    yield plain("two leading axes", (2, 3), 4, 6, 2)
    yield plain("heads of one column", (2,), 3, 4, 4)
    yield plain("a single token", (2,), 1, 6, 3)
    yield plain("a batch of one", (1,), 4, 6, 3)
    yield from masked_cases(rng)
    yield Case("float32 input", (*(a.astype(np.float32) for a in draw(rng, (2,), 3, 8)), 2))
    _, *weights = draw(rng, (), 3, 6)
    yield Case("integer input", (rng.integers(-2, 3, size=(2, 4, 6)), *weights, 3))
    x, *weights = draw(rng, (2,), 8, 6)
    yield Case("views with strides", (x[:, ::2], *(np.asfortranarray(w) for w in weights), 2))
    yield Case("a width that the heads do not divide", (*draw(rng, (2,), 3, 6), 4), raises="ValueError")


def masked_cases(rng):
    def masked(concept, leading, length, width, num_heads, mask):
        return Case(concept, (*draw(rng, leading, length, width), num_heads), {"mask": mask})

    yield masked("a causal mask", (2,), 4, 6, 2, np.tri(4, dtype=bool))
    yield masked("a causal mask without a batch", (), 3, 6, 3, np.tri(3, dtype=bool))
    yield masked("a padding mask for each example", (3,), 4, 6, 2, some(rng, 3, 1, 1, 4))
    yield masked("a mask for each head", (2,), 3, 6, 3, some(rng, 3, 3, 3))
    yield masked("a mask for each example and head", (2,), 4, 6, 3, some(rng, 2, 3, 4, 4))
    yield masked("a mask over the keys alone", (2,), 4, 6, 2, some(rng, 4))
    x_and_weights = draw(rng, (2,), 3, 4)
    yield Case("a mask given by position", (*x_and_weights, 2, some(rng, 3, 3)))
    nothing = some(rng, 2, 1, 4, 4)
    nothing[1, 0, 2] = False
    yield masked("a token that may attend to nothing", (2,), 4, 6, 2, nothing)
    yield masked("a mask that allows nothing at all", (2,), 3, 6, 3, np.zeros((3, 3), dtype=bool))


multi_head_attention = Exercise(NOTEBOOK, "multi_head_attention", cases)


@multi_head_attention.wrong("the value projection is dropped. What is `w_value` for?")
def values_unprojected(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (
        split_heads(x @ w_query, num_heads),
        split_heads(x @ w_key, num_heads),
        split_heads(x, num_heads),
    )
    return merge_heads(attention(query, key, value, mask)[0]) @ w_output


@multi_head_attention.wrong("keys and values are used as they come. Which matrices are left over?")
def keys_and_values_unprojected(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key = split_heads(x @ w_query, num_heads), split_heads(x, num_heads)
    return merge_heads(attention(query, key, key, mask)[0]) @ w_output


@multi_head_attention.wrong("a mask that allows nothing is skipped. What does it say about every query?")
def empty_mask_skipped(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    return merge_heads(attention(query, key, value, mask if np.any(mask) else None)[0]) @ w_output


@multi_head_attention.wrong("query and key projections are added. Which operation compares a query with a key?")
def projections_added(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    scores = (query[..., :, np.newaxis, :] + key[..., np.newaxis, :, :]).sum(axis=-1) / np.sqrt(key.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    return merge_heads(softmax(scores) @ value) @ w_output


@multi_head_attention.wrong("the scale takes the width of the model. How long are the vectors that a head multiplies?")
def scaled_by_model_width(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    return merge_heads(attention(query / np.sqrt(num_heads), key, value, mask)[0]) @ w_output


@multi_head_attention.wrong("this is what you get without the scale. Which of your functions has it built in?")
def unscaled(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    return merge_heads(attention(query * np.sqrt(query.shape[-1]), key, value, mask)[0]) @ w_output


@multi_head_attention.wrong("the merged heads are returned as they are. What is `w_output` for?")
def output_unprojected(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    return merge_heads(attention(query, key, value, mask)[0])


@multi_head_attention.wrong("a reshape alone splits and merges, and mixes tokens. Which functions have you for that?")
def heads_by_reshape_alone(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    *leading, length, width = x.shape
    shape = (*leading, num_heads, length, width // num_heads)
    query, key, value = ((x @ w).reshape(shape) for w in (w_query, w_key, w_value))
    return attention(query, key, value, mask)[0].reshape(x.shape) @ w_output


@multi_head_attention.wrong("a reshape alone merges the heads and mixes tokens. Which function have you for that?")
def merged_by_reshape_alone(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    return attention(query, key, value, mask)[0].reshape(x.shape) @ w_output


@multi_head_attention.wrong("neighbouring columns go to different heads. Which block of columns belongs to head 0?")
def columns_dealt_out(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    if x.shape[-1] % num_heads != 0:
        raise ValueError
    dealt = np.argsort(np.arange(x.shape[-1]) % num_heads, kind="stable")
    query, key, value = (split_heads((x @ w)[..., dealt], num_heads) for w in (w_query, w_key, w_value))
    merged = merge_heads(attention(query, key, value, mask)[0])
    return merged[..., np.argsort(dealt)] @ w_output


@multi_head_attention.wrong("this is one head over the whole width. Where does `num_heads` come in?")
def one_head(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    if x.shape[-1] % num_heads != 0:
        raise ValueError
    query, key, value = (split_heads(x @ w, 1) for w in (w_query, w_key, w_value))
    return merge_heads(attention(query, key, value, mask)[0]) @ w_output


@multi_head_attention.wrong("the matrices are transposed. Does the docstring apply them as `x @ w` or as `x @ w.T`?")
def matrices_transposed(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w.T, num_heads) for w in (w_query, w_key, w_value))
    return merge_heads(attention(query, key, value, mask)[0]) @ w_output.T


@multi_head_attention.wrong("queries and keys have changed places. Who asks, and who is asked?")
def query_and_key_exchanged(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_key, w_query, w_value))
    return merge_heads(attention(query, key, value, mask)[0]) @ w_output


@multi_head_attention.wrong("one matrix makes queries, keys and values. How many projections has the formula?")
def one_projection_for_all(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query = split_heads(x @ w_query, num_heads)
    return merge_heads(attention(query, query, query, mask)[0]) @ w_output


@multi_head_attention.wrong("the mask has no effect. Where should it go?")
def mask_ignored(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    return merge_heads(attention(query, key, value)[0]) @ w_output


@multi_head_attention.wrong("the mask works the wrong way round. Does True let a token attend or forbid it?")
def mask_inverted(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    return merge_heads(attention(query, key, value, None if mask is None else ~mask)[0]) @ w_output


@multi_head_attention.wrong("the mask gets an axis for the heads that it has already. Which shapes may it come in?")
def mask_axis_added(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    mask = None if mask is None else mask[..., np.newaxis, :, :]
    return merge_heads(attention(query, key, value, mask)[0]) @ w_output


@multi_head_attention.wrong("the softmax runs over axis 2, whatever that is. Where are the keys, from the end?")
def softmax_over_axis_two(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(key.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    return merge_heads(softmax(scores, axis=2) @ value) @ w_output


@multi_head_attention.wrong("a batch is taken for granted. What does `...` in the docstring allow?")
def needs_a_batch(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    batch, length, width = x.shape
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    return merge_heads(attention(query, key, value, mask)[0]).reshape(batch, length, width) @ w_output


@multi_head_attention.wrong("batch and tokens are merged, so that examples attend to each other. Which axes may mix?")
def batch_merged_with_tokens(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    rows = x.reshape(-1, x.shape[-1])
    query, key, value = (split_heads(rows @ w, num_heads) for w in (w_query, w_key, w_value))
    return (merge_heads(attention(query, key, value, mask)[0]) @ w_output).reshape(x.shape)


@multi_head_attention.wrong("the input is added to the result. Is the residual connection part of this exercise?")
def residual_added(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    return x + merge_heads(attention(query, key, value, mask)[0]) @ w_output


@multi_head_attention.wrong("the heads look at slices of `x` before the projection. What is to be cut, x or x @ w?")
def split_before_projecting(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    size = x.shape[-1] // num_heads
    blocks = split_heads(x, num_heads)
    query, key, value = (
        np.stack(
            [blocks[..., h, :, :] @ w[h * size : (h + 1) * size, h * size : (h + 1) * size] for h in range(num_heads)],
            axis=-3,
        )
        for w in (w_query, w_key, w_value)
    )
    return merge_heads(attention(query, key, value, mask)[0]) @ w_output


@multi_head_attention.wrong("output and weights come back. What does the docstring promise here?")
def weights_returned_too(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    output, weights = attention(query, key, value, mask)
    return merge_heads(output) @ w_output, weights


@multi_head_attention.right
def head_by_head(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    if x.shape[-1] % num_heads:
        raise ValueError("the heads do not divide the width")
    size = x.shape[-1] // num_heads
    allowed = np.broadcast_to(True if mask is None else mask, (*x.shape[:-2], num_heads, x.shape[-2], x.shape[-2]))
    heads = []
    for head in range(num_heads):
        block = slice(head * size, (head + 1) * size)
        query, key, value = x @ w_query[:, block], x @ w_key[:, block], x @ w_value[:, block]
        heads.append(attention(query, key, value, allowed[..., head, :, :])[0])
    return np.concatenate(heads, axis=-1) @ w_output


@multi_head_attention.right
def by_einsum(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    shape = (x.shape[-1], num_heads, x.shape[-1] // num_heads)
    query, key, value = (np.einsum("...tm,mhc->...htc", x, w.reshape(shape)) for w in (w_query, w_key, w_value))
    scores = np.einsum("...hqc,...hkc->...hqk", query, key) / np.sqrt(shape[-1])
    scores = scores if mask is None else np.where(mask, scores, -np.inf)
    output = np.einsum("...hqk,...hkc->...qhc", softmax(scores), value)
    return np.einsum("...qhc,hcm->...qm", output, w_output.reshape(num_heads, shape[-1], -1))


@multi_head_attention.right
def one_matrix_for_all_projections(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    together = x @ np.hstack([w_query, w_key, w_value])
    query, key, value = (split_heads(part, num_heads) for part in np.split(together, 3, axis=-1))
    return (merge_heads(attention(query, key, value, mask)[0]) @ w_output).tolist()


@multi_head_attention.right
def heads_summed_through_their_rows_of_w_output(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    query, key, value = (np.stack(np.split(x @ w, num_heads, axis=-1), axis=-3) for w in (w_query, w_key, w_value))
    output, _ = attention(query, key, value, mask)
    return sum(output[..., h, :, :] @ rows for h, rows in enumerate(np.split(w_output, num_heads)))


@multi_head_attention.right
def by_torch_library(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    if x.shape[-1] % num_heads:
        raise ValueError("the heads do not divide the width")
    x, w_query, w_key, w_value, w_output = (
        torch.from_numpy(a).double() for a in (x, w_query, w_key, w_value, w_output)
    )
    query, key, value = ((x @ w).unflatten(-1, (num_heads, -1)).transpose(-3, -2) for w in (w_query, w_key, w_value))
    mask = None if mask is None else torch.tensor(mask).expand(*query.shape[:-1], x.shape[-2])
    output = torch.nan_to_num(scaled_dot_product_attention(query, key, value, attn_mask=mask))
    return (output.transpose(-3, -2).flatten(-2) @ w_output).numpy()


@multi_head_attention.right
def in_float32(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    x = x.astype(np.float32)
    query, key, value = (split_heads(x @ w.astype(np.float32), num_heads) for w in (w_query, w_key, w_value))
    return merge_heads(attention(query, key, value, mask)[0].astype(np.float32)) @ w_output.astype(np.float32)
