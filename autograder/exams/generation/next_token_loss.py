"""next_token_loss(logits, input_ids, attention_mask=None): the cases, the right variants, the wrong ones."""

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.probes import generators as probe
from attention_course.probes import torch_answers as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.generation.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal, whole


def right(logits, input_ids, attention_mask=None):
    """The oracle, in float64: pair by pair."""
    real = torch.ones_like(input_ids) if attention_mask is None else attention_mask.long()
    shares, costs = logits.double().log_softmax(dim=-1), []
    for row, (ids, seen) in enumerate(zip(input_ids.tolist(), real.tolist(), strict=True)):
        for place in range(len(ids) - 1):
            if seen[place] and seen[place + 1]:
                costs.append(-shares[row, place, ids[place + 1]])
    return torch.stack(costs).mean() if costs else 0 * logits.double().sum()


def cases(rng):
    def drawn(b, t, s, rows=None, scale=2.0):
        args = normal(rng, b, t, s, scale=scale), whole(rng, s, b, t)
        return args if rows is None else (*args, torch.tensor([[int(sign) for sign in row] for row in rows]))

    def loss(concept, args):
        expected = [right(*args).float(), "Tensor", "torch.float32"]
        return Case(concept, args, expected=expected, use=probe.with_kind)

    def slope(concept, args):
        leaf = args[0].double().requires_grad_()
        expected = [torch.autograd.grad(right(leaf, *args[1:]), leaf, materialize_grads=True)[0]]
        return Case(concept, args, {"pull": torch.tensor(1.0)}, expected=expected, use=using.gradients)

    yield loss("whole texts", drawn(2, 5, 6))
    yield loss("a single text", drawn(1, 4, 7))
    yield loss("as many texts, tokens and words", drawn(4, 4, 4))
    yield loss("a single pair", drawn(2, 3, 5, ["110", "001"]))
    yield loss("two tokens", drawn(3, 2, 5))
    yield loss("padding behind", drawn(3, 5, 6, ["11111", "11100", "11000"]))
    yield loss("padding in front", drawn(3, 5, 6, ["11111", "00111", "00011"]))
    yield loss("padding on both sides", drawn(2, 6, 5, ["011110", "001110"]))
    yield loss("padding inside", drawn(2, 6, 5, ["110111", "101101"]))
    yield loss("texts of a single real token", drawn(3, 4, 5, ["1000", "1111", "0010"]))
    logits, ids, mask = drawn(2, 4, 4, ["1110", "0111"])
    yield loss("a mask of booleans", (logits, ids, mask.bool()))
    yield loss("a mask that is all ones", drawn(2, 4, 5, ["1111", "1111"]))
    yield loss("scores in the thousands", drawn(2, 4, 5, ["1111", "1110"], scale=3000.0))
    yield loss("nothing but padding", drawn(2, 4, 5, ["0000", "0000"]))
    yield loss("no two real tokens in a row", drawn(2, 4, 5, ["1010", "0001"]))
    yield loss("texts of one token", drawn(3, 1, 5))
    logits, ids, mask = drawn(3, 4, 5, ["1111", "1100", "0111"])
    strided = logits.transpose(0, 1).clone().transpose(0, 1), ids.T.clone().T, mask.T.clone().T
    yield loss("views with strides", strided)
    yield slope("gradients", drawn(2, 4, 5, ["1111", "0110"]))
    yield slope("gradients of nothing but padding", drawn(2, 3, 5, ["000", "010"]))
    yield slope("gradients of texts of one token", drawn(2, 1, 5))


next_token_loss = Exercise(NOTEBOOK, "next_token_loss", cases)


@next_token_loss.right
def by_ignore_index(logits, input_ids, attention_mask=None):
    labels = input_ids[:, 1:].clone()
    if attention_mask is not None:
        labels[(attention_mask[:, 1:] == 0) | (attention_mask[:, :-1] == 0)] = -100
    total = F.cross_entropy(logits[:, :-1].transpose(1, 2), labels, ignore_index=-100, reduction="sum")
    return total / max(int((labels != -100).sum()), 1)


@next_token_loss.right
def by_gather(logits, input_ids, attention_mask=None):
    if attention_mask is None:
        attention_mask = torch.ones_like(input_ids)
    own = logits[:, :-1].log_softmax(-1).gather(-1, input_ids[:, 1:, None])[..., 0]
    counts = (attention_mask[:, 1:] * attention_mask[:, :-1]).to(own.dtype)
    return -(own * counts).sum() / counts.sum().clamp(min=1)


@next_token_loss.right
def shifted_by_a_roll(logits, input_ids, attention_mask=None):
    mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask.long()
    real = (mask * mask.roll(-1, dims=1)).bool()
    real[:, -1] = False
    each = F.cross_entropy(logits.flatten(0, 1), input_ids.roll(-1, dims=1).flatten(), reduction="none")
    each = each.view_as(real).where(real, 0.0)
    return each.sum() / torch.clamp(real.sum(), min=1)


@next_token_loss.right
def text_by_text(logits, input_ids, attention_mask=None):
    total, count = 0.0 * logits.sum(), 0
    for row in range(len(input_ids)):
        seen = torch.ones(input_ids.shape[1]) if attention_mask is None else attention_mask[row]
        pairs = [place for place in range(len(seen) - 1) if seen[place] and seen[place + 1]]
        if pairs:
            targets = input_ids[row, [place + 1 for place in pairs]]
            total = total + nn.CrossEntropyLoss(reduction="sum")(logits[row, pairs], targets)
        count += len(pairs)
    return total / (count or 1)


def mean_of(logits, targets, real=None, count=None):
    """The mean over pairs that count; variants with a slip give it something else."""
    real = torch.ones_like(targets, dtype=torch.bool) if real is None else real
    total = F.cross_entropy(logits[real], targets[real], reduction="sum")
    return total / (real.sum().clamp(min=1) if count is None else count)


def both(mask):
    return None if mask is None else mask[:, :-1].bool() & mask[:, 1:].bool()


wrong = next_token_loss.wrong


@wrong("nothing is shifted: each row is asked for the token that was just read. About which token does row i speak?")
def not_shifted(logits, input_ids, attention_mask=None):
    return mean_of(logits, input_ids, None if attention_mask is None else attention_mask.bool())


@wrong("it is shifted twice: row i is asked for token i + 2. How many steps lie between a row and its answer?")
def shifted_twice(logits, input_ids, attention_mask=None):
    return mean_of(logits[:, :-2], input_ids[:, 2:], None if attention_mask is None else both(attention_mask)[:, 1:])


@wrong("it is shifted the other way: row i is asked for token i - 1. Does a row speak about what comes, or what was?")
def shifted_back(logits, input_ids, attention_mask=None):
    return mean_of(logits[:, 1:], input_ids[:, :-1], both(attention_mask))


@wrong("the mask has no effect: padding is scored as well. Which pairs count?")
def padding_counts(logits, input_ids, attention_mask=None):
    return mean_of(logits[:, :-1], input_ids[:, 1:])


@wrong(
    "only the token that is predicted must be real. The first real token after padding is predicted from padding: what "
    "else must be real?"
)
def only_the_answer_is_real(logits, input_ids, attention_mask=None):
    return mean_of(logits[:, :-1], input_ids[:, 1:], None if attention_mask is None else attention_mask[:, 1:].bool())


@wrong("only the token that predicts must be real. What stands behind the last real token?")
def only_the_asker_is_real(logits, input_ids, attention_mask=None):
    return mean_of(logits[:, :-1], input_ids[:, 1:], None if attention_mask is None else attention_mask[:, :-1].bool())


@wrong("one real token of the two is enough. Must both be real, or either?")
def either_is_real(logits, input_ids, attention_mask=None):
    real = None if attention_mask is None else attention_mask[:, :-1].bool() | attention_mask[:, 1:].bool()
    return mean_of(logits[:, :-1], input_ids[:, 1:], real)


@wrong("the mask is read upside down. What does 1 mean in it?")
def mask_upside_down(logits, input_ids, attention_mask=None):
    return mean_of(
        logits[:, :-1], input_ids[:, 1:], None if attention_mask is None else both(1 - attention_mask.long())
    )


@wrong("the sum is divided by all pairs, padding included. How many of them count?")
def divided_by_all_pairs(logits, input_ids, attention_mask=None):
    targets = input_ids[:, 1:]
    return mean_of(logits[:, :-1], targets, both(attention_mask), max(targets.numel(), 1))


@wrong("the sum is divided by the number of tokens. Three tokens make how many pairs?")
def divided_by_tokens(logits, input_ids, attention_mask=None):
    tokens = input_ids.numel() if attention_mask is None else max(int(attention_mask.sum()), 1)
    return mean_of(logits[:, :-1], input_ids[:, 1:], both(attention_mask), tokens)


@wrong("this is the sum. By what is a mean divided?")
def a_sum(logits, input_ids, attention_mask=None):
    return mean_of(logits[:, :-1], input_ids[:, 1:], both(attention_mask), 1)


@wrong("it is a mean of texts, so tokens of short ones count more. Which things have the same weight?")
def mean_of_texts(logits, input_ids, attention_mask=None):
    mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
    rows = zip(logits, input_ids, mask, strict=True)
    means = [
        mean_of(row[None, :-1], ids[None, 1:], both(seen[None])) for row, ids, seen in rows if both(seen[None]).any()
    ]
    return torch.stack(means).mean() if means else 0.0 * logits.sum()


@wrong("it is divided by 0 where no pair counts. What should come out then?")
def nan_for_nothing(logits, input_ids, attention_mask=None):
    real = both(attention_mask)
    return mean_of(logits[:, :-1], input_ids[:, 1:], real, input_ids[:, 1:].numel() if real is None else real.sum())


@wrong("where no pair counts a fresh 0 comes back, which no gradient flows from. What is it made of elsewhere?")
def fresh_zero_for_nothing(logits, input_ids, attention_mask=None):
    real = both(attention_mask)
    if input_ids.shape[1] == 1 or (real is not None and not real.any()):
        return torch.tensor(0.0)
    return mean_of(logits[:, :-1], input_ids[:, 1:], real)


@wrong("token 0 is taken for padding. What says which tokens are padding?")
def token_0_is_padding(logits, input_ids, attention_mask=None):
    real, targets = both(attention_mask), input_ids[:, 1:]
    return mean_of(logits[:, :-1], targets, (targets != 0) if real is None else real & (targets != 0))


@wrong("a softmax comes before the cross-entropy, which makes its own. What does F.cross_entropy take?")
def softmax_before(logits, input_ids, attention_mask=None):
    return mean_of(logits.softmax(-1)[:, :-1], input_ids[:, 1:], both(attention_mask))


@wrong("it is the perplexity, e to the loss. What is asked for?")
def perplexity(logits, input_ids, attention_mask=None):
    return mean_of(logits[:, :-1], input_ids[:, 1:], both(attention_mask)).exp()


@wrong("the sign is missing. Is a likely text cheap or dear?")
def without_the_minus(logits, input_ids, attention_mask=None):
    return -mean_of(logits[:, :-1], input_ids[:, 1:], both(attention_mask))


@wrong("the loss is in bits. Which logarithm has the docstring?")
def in_bits(logits, input_ids, attention_mask=None):
    return mean_of(logits[:, :-1], input_ids[:, 1:], both(attention_mask)) / 0.6931471805599453


@wrong("a plain number comes back. How does a gradient find its way through it?")
def a_number(logits, input_ids, attention_mask=None):
    return mean_of(logits[:, :-1], input_ids[:, 1:], both(attention_mask)).item()
