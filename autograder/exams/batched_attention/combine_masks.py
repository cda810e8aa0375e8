"""combine_masks(padding, causal): (b, t) and (t, t) booleans -> (b, 1, t, t), True where both are."""

import torch

from attention_course.probes import torch_answers as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.batched_attention.earlier import NOTEBOOK
from autograder.exams.batched_attention.inputs import causal, padding, some


def both(padding, causal):
    """The oracle, place by place."""
    b, t = padding.shape
    rows = [[[[bool(padding[i, k] and causal[q, k]) for k in range(t)] for q in range(t)]] for i in range(b)]
    return torch.tensor(rows)


def cases(rng):
    def of(concept, real, future):
        return Case(concept, (real, future), expected=both(real, future))

    yield of("texts of several lengths", padding([4, 2, 1], 4), causal(4))
    yield of("as many texts as tokens", padding([1, 3, 2], 3), causal(3))
    yield of("a batch of one", padding([2], 3), causal(3))
    yield of("a single token", padding([1, 1], 1), causal(1))
    yield of("a text of padding alone", padding([0, 3], 3), causal(3))
    yield of("padding at the beginning", ~padding([1, 2], 4), causal(4))
    yield of("gaps, and a mask that is no triangle", some(rng, 2, 5), some(rng, 5, 5))
    strided = some(rng, 5, 3).T, some(rng, 5, 5).T
    yield of("views with strides", *strided)
    expected = {"shape": [3, 1, 4, 4], "dtype": "torch.bool", "device": "meta"}
    yield Case("another device", (padding([4, 2, 1], 4), causal(4)), expected=expected, use=using.on_meta)


combine_masks = Exercise(NOTEBOOK, "combine_masks", cases)


@combine_masks.wrong("padding closes the rows of queries. Which axis of scores holds the keys?")
def rows_closed(padding, causal):
    return padding[:, None, :, None] & causal


@combine_masks.wrong("padding closes keys and queries. Does the docstring close the row of a query?")
def rows_and_columns_closed(padding, causal):
    return padding[:, None, None, :] & padding[:, None, :, None] & causal


@combine_masks.wrong("a place is open where one of the two masks is. What does a query need to attend: one, or both?")
def either_of_them(padding, causal):
    return padding[:, None, None, :] | causal


@combine_masks.wrong("a place is open where exactly one of the masks is. Which operator asks for both?")
def one_but_not_both(padding, causal):
    return padding[:, None, None, :] ^ causal


@combine_masks.wrong("the real tokens are closed and the padding is open. What does True in `padding` say?")
def padding_inverted(padding, causal):
    return ~padding[:, None, None, :] & causal


@combine_masks.wrong("the past is closed and the future is open. What does True in `causal` say?")
def causal_inverted(padding, causal):
    return padding[:, None, None, :] & ~causal


@combine_masks.wrong("the result is True where attention is forbidden. What does True say in this course?")
def result_inverted(padding, causal):
    return ~(padding[:, None, None, :] & causal)


@combine_masks.wrong("there is no axis for the heads. Where does (b, h, q, k) have it?")
def no_axis_for_heads(padding, causal):
    return padding[:, None, :] & causal


@combine_masks.wrong("the axis of length 1 stands before the batch. Where does (b, h, q, k) have the heads?")
def heads_before_batch(padding, causal):
    return (padding[:, None, :] & causal)[None]


@combine_masks.wrong("the future stays open. What is `causal` for?")
def causal_ignored(padding, causal):
    return padding[:, None, None, :].expand(-1, 1, padding.shape[1], -1)


@combine_masks.wrong("the rows of the causal mask are missing. What is `causal` for, and what shape has the result?")
def padding_alone(padding, causal):
    return padding[:, None, None, :]


@combine_masks.wrong("padding stays open. What is `padding` for?")
def padding_ignored(padding, causal):
    return causal.expand(padding.shape[0], 1, -1, -1)


@combine_masks.wrong("the causal mask is turned on its side. Which of its axes are the queries?")
def causal_transposed(padding, causal):
    return padding[:, None, None, :] & causal.T


@combine_masks.wrong("the result holds numbers, not booleans. Which operator joins two booleans?")
def as_numbers(padding, causal):
    return padding[:, None, None, :].float() * causal.float()


@combine_masks.wrong("it makes a triangle of its own. What if `causal` is another mask?")
def triangle_of_its_own(padding, causal):
    return padding[:, None, None, :] & torch.ones_like(causal).tril()


@combine_masks.wrong(
    "one mask for the whole batch comes out. Whose tokens are padding: each text's own, or all texts'?"
)
def one_for_the_whole_batch(padding, causal):
    return (padding.all(dim=0) & causal).expand(padding.shape[0], 1, -1, -1)


@combine_masks.wrong(
    "it reads numbers back from the device, or makes its result elsewhere. Which operator needs neither?"
)
def place_by_place(padding, causal):
    b, t = padding.shape
    result = torch.zeros(b, 1, t, t, dtype=torch.bool)
    for i in range(b):
        for q in range(t):
            for k in range(t):
                result[i, 0, q, k] = bool(padding[i, k]) and bool(causal[q, k])
    return result


@combine_masks.right
def by_logical_and(padding, causal):
    return torch.logical_and(padding.unsqueeze(1).unsqueeze(1), causal.unsqueeze(0).unsqueeze(0))


@combine_masks.right
def by_where(padding, causal):
    b, t = padding.shape
    return torch.where(padding.reshape(b, 1, 1, t), causal, False)


@combine_masks.right
def by_a_loop_over_texts(padding, causal):
    return torch.stack([causal & real for real in padding])[:, None]


@combine_masks.right
def by_product(padding, causal):
    return torch.einsum("bk,qk->bqk", padding.int(), causal.int()).bool().unsqueeze(1)


@combine_masks.right
def by_filling(padding, causal):
    return causal.repeat(len(padding), 1, 1, 1).masked_fill(~padding[:, None, None], False)


@combine_masks.right
def by_de_morgan(padding, causal):
    return ~(~causal[None, None] | ~padding[:, None, None, :])
