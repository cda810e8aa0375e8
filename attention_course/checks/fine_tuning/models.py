"""Visible checks of heads, of what learns, and of sentence vectors."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attention_course.checks.batched_attention.reading import made, same, seeded, shown, tensor_of
from attention_course.checks.report import CheckError, called, expect_value_error, visible_check

IDS = torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0]])
SEGMENTS = torch.tensor([[0, 0, 1, 1], [0, 1, 0, 0]])
MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])


class Echo(nn.Module):
    """A body that remembers what it was called with, and gives known states and pooled vectors of width 6."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings, self.layers = nn.Embedding(9, 6), nn.ModuleList([nn.Linear(6, 6) for _ in range(3)])
        self.pooler = nn.Linear(6, 6)
        self.scale = nn.Parameter(torch.ones(()))
        self.seen: list[Tensor] = []

    def forward(self, first: Tensor, second: Tensor, third: Tensor) -> tuple[Tensor, Tensor]:
        self.seen = [first, second, third]
        return self.scale * seeded(*first.shape, 6, seed=1), self.scale * seeded(len(first), 6, seed=2)


@visible_check(points=3)
def heads(sequence, tokens) -> None:
    """The parts, the logits reckoned from a known body, the gradients, the dropout: of both classes."""
    _head(sequence, "SequenceClassifier", lambda states, pooled: pooled)
    _head(tokens, "TokenClassifier", lambda states, pooled: states)


def _head(kind, name: str, choose) -> None:
    body = Echo()
    model = made(kind, name, body, 3)
    if getattr(model, "body", None) is not body:
        raise CheckError(f"{name}: keep the body that was given as `self.body`, and no copy of it.")
    if not hasattr(model, "classifier"):
        raise CheckError(f"{name}: the layer is to be kept as `self.classifier`; there is no part of this name.")
    head = model.classifier
    if not isinstance(head, nn.Linear) or (head.in_features, head.out_features) != (6, 3) or head.bias is None:
        raise CheckError(
            f"{name}: `self.classifier` is an nn.Linear with a bias, for this body and three labels from 6 to 3; "
            f"yours is {head!r}. The width stands in `body.pooler.in_features`."
        )
    model.eval()
    states, pooled = seeded(2, 4, 6, seed=1), seeded(2, 6, seed=2)
    inputs = choose(states, pooled)
    got = tensor_of(_called(model, name), (*inputs.shape[:-1], 3), name)
    for given, seen, what in zip((IDS, SEGMENTS, MASK), body.seen, ORDER, strict=True):
        if not torch.equal(given, seen):
            raise CheckError(f"{name}: the body should get {', '.join(ORDER)}, in this order; {what} did not arrive.")
    if not same(_real(got), _real(_called(model, name))):
        raise CheckError(f"{name}: two calls in eval mode differ. Does your dropout know of `self.training`?")
    _logits(got, head, inputs, states, pooled, name)
    if not got.requires_grad:
        raise CheckError(f"{name}: no gradient flows back. Is there a `no_grad` or a `detach`?")
    model.zero_grad()
    got.sum().backward()
    if body.scale.grad is None:
        raise CheckError(f"{name}: the body gets no gradient, so it cannot be fine-tuned. Is there a `detach`?")
    _dropout(kind, name, inputs)


ORDER = ("input_ids", "token_type_ids", "attention_mask")


def _called(model: nn.Module, name: str) -> Tensor:
    try:
        return called(model, IDS, SEGMENTS, MASK)
    except TypeError as error:
        if "keyword" in str(error):
            raise CheckError(
                f"{name}: call the body by position, `self.body(...)`: its arguments may have any names."
            ) from None
        raise


def _logits(got: Tensor, head: nn.Linear, inputs: Tensor, states: Tensor, pooled: Tensor, name: str) -> None:
    expected = _real(head(inputs))
    first, got = got, _real(got)
    if same(got, expected):
        return
    told = f"{name}: for a body with known results the logits should be {shown(expected)}, yours are {shown(got)}."
    if same(got.sum(-1), torch.ones(got.shape[:-1])):
        raise CheckError(f"{told} Yours sum to 1: is there a softmax? The loss takes one itself.")
    if same(got.exp().sum(-1), torch.ones(got.shape[:-1])):
        raise CheckError(f"{told} Their exponentials sum to 1: is there a log_softmax? The loss takes one itself.")
    if first.ndim == 2 and same(got, head(states[:, 0])):
        raise CheckError(f"{told} Yours come from the first token's state. Which of the body's two results is pooled?")
    raise CheckError(f"{told} What goes into the classifier, and is anything done to it before or after?")


def _dropout(kind, name: str, inputs: Tensor) -> None:
    model = made(kind, name, Echo(), 6, 0.5)
    with torch.no_grad():
        model.classifier.weight.copy_(torch.eye(6))
        model.classifier.bias.zero_()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        trained = torch.stack([_real(_called(model.train(), name)) for _ in range(50)])
        quiet = _called(model.eval(), name)
    if not same(_real(quiet), _real(inputs)):
        raise CheckError(f"{name}: in eval mode nothing is dropped. Does your dropout know of `self.training`?")
    share = (trained == 0).float().mean().item()
    if not 0.35 < share < 0.65:
        raise CheckError(f"{name}: with dropout=0.5, half of what goes into the classifier is 0 in training mode; "
                         f"of yours {share:.0%} are.")  # fmt: skip


def _real(x: Tensor) -> Tensor:
    """The vectors of real tokens, or of whole inputs."""
    return x[MASK == 1] if x.ndim == 3 else x


@visible_check(points=2)
def set_trainable(function) -> None:
    """Counts by hand: a head of 21 numbers, a pooler and three layers of 42 each."""
    model = _model()
    model.body.scale.requires_grad_(False)  # a number that no part but "all" may wake
    for part in ("head", "all", "last", "head", "last", "all"):
        got = called(function, model, part)
        if _learning(model) != _names(part):
            raise CheckError(_what_differs(function, part, _learning(model)))
        if isinstance(got, bool) or not isinstance(got, int) or got != COUNTS[part]:
            raise CheckError(f'set_trainable(model, "{part}") leaves {COUNTS[part]} numbers to learn here and returns '
                             f"that int; yours returned {got!r}. Did you count entries, not tensors?")  # fmt: skip
    for word in ("body", "", "Head"):
        called(function, model, "head")
        advice = f'set_trainable(model, "{word}") should raise a ValueError: there is no such part'
        expect_value_error(function, advice, model, word)
        if _learning(model) != _names("head"):
            raise CheckError(f'set_trainable(model, "{word}") raises, and has changed the model before.')


COUNTS = {"head": 21, "last": 105, "all": 244}
PARTS = {
    "head": "the classifier alone",
    "last": "the classifier, the pooler and the last of the layers",
    "all": "all there is: body and classifier",
}


def _model() -> nn.Module:
    model = nn.Module()
    model.body, model.classifier = Echo(), nn.Linear(6, 3)
    return model


def _names(part: str) -> set[str]:
    """The parameters that belong to a part."""
    inside = {"head": ("classifier",), "last": ("classifier", "body.pooler", "body.layers.2"), "all": ("",)}[part]
    return {name for name, _ in _model().named_parameters() if name.startswith(inside)}


def _learning(model: nn.Module) -> set[str]:
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


def _what_differs(function, part: str, learning: set[str]) -> str:
    """What should learn or not, and why: the wrong part, or traces of what was set before."""
    missing, extra = sorted(_names(part) - learning), sorted(learning - _names(part))
    told = f"frozen: {', '.join(missing)}" if missing else f"learning: {', '.join(extra)}"
    other = _model().requires_grad_(bool(missing))  # where what was set before does no harm
    called(function, other, part)
    why = f'"{part}" is {PARTS[part]}.'
    if _learning(other) == _names(part):
        why = "Is what was frozen before set free again?" if missing else "Is everything else frozen first?"
    return f'set_trainable(model, "{part}"): this should not be {told}. {why}'


@visible_check(points=2)
def sentence_vectors(pool, cosine) -> None:
    """Means of one and three tokens, none at all; angles of 0, 60, 90 and 180 degrees, a zero vector."""
    states = torch.tensor([[[1.0, 2.0], [3.0, 0.0], [5.0, 7.0]], [[4.0, -2.0], [90.0, 90.0], [90.0, 90.0]]])
    _means(pool, states, torch.tensor([[1, 1, 1], [1, 0, 0]]), [[3.0, 3.0], [4.0, -2.0]], "three tokens, and one")
    _means(pool, states, torch.tensor([[0, 1, 1], [1, 0, 0]]), [[4.0, 3.5], [4.0, -2.0]], "padding in front")
    _means(pool, states, torch.tensor([[1, 1, 0], [0, 0, 0]]), [[2.0, 1.0], [0.0, 0.0]], "two tokens, and none")
    a = torch.tensor([[2.0, 0.0], [0.0, 0.0], [-3.0, 0.0]])
    b = torch.tensor([[5.0, 0.0], [0.0, 1.0], [0.5, 3**0.5 / 2], [0.0, 0.0]])
    expected = [[1.0, 0.0, 0.5, 0.0], [0.0] * 4, [-1.0, 0.0, -0.5, 0.0]]
    got = tensor_of(called(cosine, a.clone(), b.clone()), (3, 4), "cosine_similarity", "A row for each vector of a.")
    if got.isnan().any():
        raise CheckError("cosine_similarity: a zero vector gives 0, yours gives NaN, from 0 / 0.")
    if not same(got, expected):
        raise CheckError(
            f"cosine_similarity of {_short(a)} with {_short(b)} should be {expected}, yours is "
            f"{_short(got)}. Are both sides divided by their lengths, row by row?"
        )


def _short(x: Tensor) -> list:
    """Four digits behind the point, without the noise of float32."""
    return x.double().detach().numpy().round(4).tolist()


def _means(function, states: Tensor, mask: Tensor, expected: list, case: str) -> None:
    given = states.clone()
    got = tensor_of(called(function, given, mask.clone()), (2, 2), "mean_pool", "One vector for each input.")
    if not torch.equal(given, states):
        raise CheckError("mean_pool changed the states it was given. Write `x = x * 2`, not `x *= 2`.")
    if got.isnan().any():
        raise CheckError(f"mean_pool, {case}: an input without tokens gives zeros; yours gives NaN, from 0 / 0.")
    if not same(got, expected):
        raise CheckError(
            f"mean_pool, {case}: for the states {states.tolist()} and the mask {mask.tolist()} the means should be "
            f"{expected}, yours are {_short(got)}. Which tokens are in the sum, and by what is it divided?"
        )
