"""induction_score(weights, period): the cases, the right variants, the wrong ones."""

import torch

from autograder.exam.exercise import Case, Exercise
from autograder.exams.generation.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal


def right(weights, period):
    """The oracle, in float64: weight by weight."""
    b, h, t, _ = weights.shape
    scores = [
        sum(float(weights[text, head, p, p - period + 1]) for text in range(b) for p in range(period, t))
        for head in range(h)
    ]
    return torch.tensor(scores, dtype=torch.float64) / (b * (t - period))


def cases(rng):
    def score(concept, b, h, t, period, turn=False):
        scores = normal(rng, b, h, t, t, scale=1.5)
        seen = torch.ones(t, t, dtype=torch.bool).tril()
        weights = scores.masked_fill(~seen, -torch.inf).softmax(dim=-1)
        if turn:
            weights = weights.permute(2, 3, 1, 0).contiguous().permute(3, 2, 0, 1)
        return Case(concept, (weights, period), expected=right(weights, period).float())

    yield score("a sequence that stands there twice", 3, 2, 8, 4)
    yield score("a sequence that stands there three times", 2, 3, 9, 3)
    yield score("a sequence that is not quite there twice", 2, 2, 7, 4)
    yield score("a single text", 1, 4, 6, 3)
    yield score("a single head", 4, 1, 6, 2)
    yield score("as many texts, heads and tokens", 4, 4, 4, 2)
    yield score("a period of one", 2, 3, 5, 1)
    yield score("a period with one token after it", 3, 2, 5, 4)
    yield score("views with strides", 3, 2, 8, 3, turn=True)


induction_score = Exercise(
    NOTEBOOK,
    "induction_score",
    cases,
    survivors={
        "induction_score: -1 -> -2": "both axes have t places",
        "induction_score: (0, 2) -> (2, 0)": "the mean goes over both",
    },
)


@induction_score.right
def by_a_diagonal(weights, period):
    return weights.diagonal(offset=1 - period, dim1=-2, dim2=-1)[..., 1:].mean(dim=(0, 2))


@induction_score.right
def by_a_loop(weights, period):
    t = weights.size(-1)
    found = [weights[:, :, p, p + 1 - period] for p in range(period, t)]
    return torch.stack(found).mean(dim=(0, 1))


@induction_score.right
def by_gather(weights, period):
    p = torch.arange(period, weights.shape[-1])
    rows = weights[..., period:, :]
    places = (p - period + 1).view(1, 1, -1, 1).expand(*rows.shape[:-1], 1)
    return rows.gather(-1, places).squeeze(-1).mean(-1).mean(0)


@induction_score.right
def by_a_mask(weights, period):
    t = weights.shape[-1]
    rows, columns = torch.meshgrid(torch.arange(t), torch.arange(t), indexing="ij")
    looked = ((columns == rows - period + 1) & (rows >= period)).to(weights.dtype)
    return torch.einsum("bhqk,qk->h", weights, looked) / (len(weights) * (t - period))


def taken(weights, period, step, begin=None):
    """The weights (b, h, places) from p on p - period + step."""
    p = torch.arange(period if begin is None else begin, weights.shape[-1])
    p = p[(p - period + step >= 0) & (p - period + step < weights.shape[-1])]
    return weights[:, :, p, p - period + step]


wrong = induction_score.wrong


@wrong(
    "this is the weight on the same token one period ago. An induction head looks at what came after it: where is that?"
)
def the_same_token(weights, period):
    return taken(weights, period, 0).mean(dim=(0, 2))


@wrong("this is the weight on the token before the same one. After it, or before it?")
def the_token_before(weights, period):
    return (
        taken(weights, period, -1, period + 1).mean(dim=(0, 2))
        if weights.shape[-1] > period + 1
        else weights.sum((0, 2, 3))
    )


@wrong("this is the weight two places after the same token. How far on does an induction head look?")
def two_places_on(weights, period):
    return taken(weights, period, 2).mean(dim=(0, 2))


@wrong("this is the weight on the token just before, whatever the period. Which heads look there?")
def the_previous_token(weights, period):
    p = torch.arange(period, weights.shape[-1])
    return weights[:, :, p, p - 1].mean(dim=(0, 2))


@wrong("it begins one position too early, where nothing has come again yet. Which is the first token that repeats?")
def one_too_early(weights, period):
    return taken(weights, period, 1, period - 1).mean(dim=(0, 2))


@wrong("it begins one position too late. Which is the first token that repeats?")
def one_too_late(weights, period):
    return (
        taken(weights, period, 1, period + 1).mean(dim=(0, 2))
        if weights.shape[-1] > period + 1
        else weights.sum((0, 2, 3))
    )


@wrong("the last position is left out. Where does a range end?")
def last_left_out(weights, period):
    found = taken(weights, period, 1)
    return found[..., :-1].mean(dim=(0, 2)) if found.shape[-1] > 1 else weights.sum((0, 2, 3))


@wrong("only the second time counts, not the third. Up to which position does the docstring go?")
def only_the_second_time(weights, period):
    return taken(weights, period, 1)[..., :period].mean(dim=(0, 2))


@wrong("the axes have changed places: the earlier position looks at the later one. Which axis looks?")
def axes_exchanged(weights, period):
    return taken(weights.transpose(-1, -2), period, 1).mean(dim=(0, 2))


@wrong("this is a sum over positions. By what is a mean divided?")
def summed(weights, period):
    return taken(weights, period, 1).sum(dim=-1).mean(dim=0)


@wrong("it is divided by all positions. How many of them look back a period?")
def divided_by_all(weights, period):
    return taken(weights, period, 1).sum(dim=-1).mean(dim=0) / weights.shape[-1]


@wrong("the heads are averaged as well. Which axis should be left?")
def one_number(weights, period):
    return taken(weights, period, 1).mean()


@wrong("there is a score for each text. Over which two axes is the mean?")
def one_for_each_text(weights, period):
    return taken(weights, period, 1).mean(dim=-1)


@wrong("the mean goes over the heads, and the texts are left. Which axis are the heads?")
def texts_for_heads(weights, period):
    return taken(weights, period, 1).mean(dim=(1, 2))


@wrong("only the first text counts. What is the batch for?")
def first_text_alone(weights, period):
    return taken(weights, period, 1)[0].mean(dim=-1)


@wrong("this is the largest weight, not the mean. What does one lucky position say about a head?")
def largest(weights, period):
    return taken(weights, period, 1).amax(dim=(0, 2))


@wrong("this counts how often that place has the largest weight. What is averaged?")
def how_often_the_largest(weights, period):
    p = torch.arange(period, weights.shape[-1])
    return (weights[:, :, p].argmax(-1) == p - period + 1).float().mean(dim=(0, 2))
