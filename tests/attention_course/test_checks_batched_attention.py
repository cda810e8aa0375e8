"""The visible checks of notebook 03: right answers pass in every style, junk and mistakes get a sentence."""

import math
from functools import lru_cache, partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from attention_course.checks import CheckError
from attention_course.checks import batched_attention as checks
from autograder.exam.reference import reference_namespace
from autograder.exams import batched_attention as exam

MODULES = ("MultiHeadAttention", "PositionalEncoding", "LayerNorm", "EncoderBlock")
FUNCTIONS = tuple(name for name in checks.__all__ if name not in MODULES)
JUNK = [
    None,
    "text",
    3.5j,
    [],
    {},
    object(),
    torch.full((2, 3), math.nan),
    torch.ones(2, 2, dtype=torch.complex64),
    torch.ones(2, 1, 3, 3),
    (torch.ones(1), None),
    torch.zeros(1, 1, 1, 3),
]


@lru_cache
def answers() -> dict:
    return reference_namespace("03_batched_attention")


def complaint(name: str, answer) -> str:
    with pytest.raises(CheckError) as failure:
        getattr(checks, name)(answer)
    return str(failure.value)


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: str(type(junk)))
@pytest.mark.parametrize("name", MODULES)
def test_a_forward_step_that_gives_junk_gets_a_sentence(name, junk):
    class Broken(answers()[name]):
        def forward(self, *args, **kwargs):
            return junk

    assert len(complaint(name, Broken)) > 20


@pytest.mark.parametrize("name", MODULES)
def test_forgotten_super_is_explained(name):
    class Forgetful(nn.Module):
        def __init__(self, width, *args, **kwargs):
            self.linear = nn.Linear(width, width)

    assert "super().__init__()" in complaint(name, Forgetful)


# -- functions --------------------------------------------------------------------------------------------------------


def attention(
    query,
    key,
    value,
    mask=None,
    dropout_p=0.0,
    training=False,
    *,
    closed=None,
    zeros=True,
    wide=True,
    scale=None,
    drop=F.dropout,
    opposite=False,
):
    """Scaled dot-product attention with a choice of mistakes."""
    working = torch.promote_types(query.dtype, torch.float32) if wide else query.dtype
    scores = query.to(working) @ key.to(working).transpose(-2, -1) / (scale or math.sqrt(query.shape[-1]))
    if mask is not None:
        shut = mask if opposite else ~mask
        scores = scores.masked_fill(shut, torch.finfo(working).min if closed is None else closed)
    weights = torch.softmax(scores, dim=-1)
    if mask is not None and zeros:
        weights = weights.masked_fill(shut, 0.0)
    return (drop(weights, dropout_p, training) @ value.to(working)).to(query.dtype)


def test_own_attention_of_these_tests_is_right():
    checks.scaled_dot_product_attention(attention)


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (partial(attention, scale=1.0), "divided by sqrt"),
        (partial(attention, zeros=False), "gets zeros"),
        (partial(attention, closed=-math.inf, zeros=False), "NaN"),
        (partial(attention, opposite=True), "MAY attend"),
        (partial(attention, wide=False), "float32"),
        (partial(attention, drop=lambda w, p, training: F.dropout(w, p, True)), "training only"),
        (partial(attention, drop=lambda w, p, training: w), "strike out"),
        (
            partial(attention, drop=lambda w, p, training: F.dropout(w, p, training) * (1 - p * training)),
            "divided by 1 - dropout_p",
        ),
        (lambda *args, **kwargs: (attention(*args, **kwargs), None), "one tensor"),
        (lambda *args, **kwargs: attention(*args, **kwargs).float(), "the result should be"),
        (lambda *args, **kwargs: attention(*args, **kwargs).detach(), "gradient"),
        (lambda q, *args, **kwargs: attention(q, *args, **kwargs) if q.sum().item() + 1 else None, "device"),
        (lambda q, *args, **kwargs: attention(q, *args, **kwargs) + torch.zeros(1, 1, 1, 1, dtype=q.dtype), "device"),
        (lambda q, *args, **kwargs: attention(q.mul_(1.5).div_(1.2), *args, **kwargs), "changed a tensor"),
    ],
)
def test_mistakes_in_attention_are_explained(mistake, sentence):
    assert sentence in complaint("scaled_dot_product_attention", mistake)


def test_nan_gradients_behind_a_right_output_are_found():
    def hidden_nan(query, key, value, mask=None, dropout_p=0.0, training=False):
        output = attention(query, key, value, mask, dropout_p, training, closed=-math.inf, zeros=False)
        return torch.nan_to_num(output)

    assert "NaN in the gradients" in complaint("scaled_dot_product_attention", hidden_nan)


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda: "cpu", "torch.device"),
        (lambda: torch.device("cpu"), "the device is cuda"),
        (lambda: torch.device("mps" if torch.backends.mps.is_available() else "cpu"), "the device is cuda"),
    ],
)
def test_mistakes_in_the_device_are_explained(mistake, sentence):
    assert sentence in complaint("pick_device", mistake)


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda padding, causal: padding[:, None, :] & causal, "axis of length 1"),
        (lambda padding, causal: padding[:, None, :, None] & causal, "rows of queries"),
        (lambda padding, causal: padding[:, None, None, :] | causal, "both masks"),
        (lambda padding, causal: padding[:, None, None, :] * causal.float(), "booleans"),
        (lambda padding, causal: padding[:, None, None, :] & torch.ones(3, 3, dtype=torch.bool).tril(), "any table"),
        (lambda padding, causal: padding[:, None, None, :] & causal & torch.ones(1, 1, dtype=torch.bool), "device"),
    ],
)
def test_mistakes_in_masks_are_explained(mistake, sentence):
    assert sentence in complaint("combine_masks", mistake)


def hoarding(query, key, value, chunk_size):
    """Chunks that are all kept."""
    scores = [
        query.float() @ tile.float().transpose(-2, -1) / math.sqrt(query.shape[-1])
        for tile in key.split(chunk_size, dim=-2)
    ]
    return (torch.cat(scores, dim=-1).softmax(dim=-1) @ value.float()).to(query.dtype)


def never_shrinking(query, key, value, chunk_size):
    total = mixed = 0
    for keys, values in zip(key.split(chunk_size, dim=-2), value.split(chunk_size, dim=-2), strict=True):
        scores = query @ keys.transpose(-2, -1) / math.sqrt(query.shape[-1])
        exps = torch.exp(scores - scores.amax(dim=-1, keepdim=True))
        total, mixed = total + exps.sum(dim=-1, keepdim=True), mixed + exps @ values
    return mixed / total


def without_top(query, key, value, chunk_size):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    return torch.exp(scores) @ value / torch.exp(scores).sum(dim=-1, keepdim=True)


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (hoarding, "MB in use at one moment"),
        (never_shrinking, "must shrink"),
        (without_top, "NaN"),
        (lambda q, k, v, c: answers()["chunked_attention"](q * math.sqrt(q.shape[-1]), k, v, c), "Scaled by"),
        (
            lambda q, k, v, c: answers()["chunked_attention"](
                q, k[..., : max(1, k.shape[-2] // c) * c, :], v[..., : max(1, k.shape[-2] // c) * c, :], c
            ),
            "chunk_size=2",
        ),
    ],
)
def test_mistakes_in_chunks_are_explained(mistake, sentence):
    assert sentence in complaint("chunked_attention", mistake)


def test_chunks_of_keys_alone_pass():
    def keys_alone(query, key, value, chunk_size):
        wide, dtype = torch.promote_types(query.dtype, torch.float32), query.dtype
        query = query.to(wide) / math.sqrt(query.shape[-1])
        top, total, mixed = torch.full_like(query[..., :1], -math.inf), 0, 0
        for keys, values in zip(key.split(chunk_size, -2), value.split(chunk_size, -2), strict=True):
            scores = query @ keys.to(wide).transpose(-2, -1)
            new_top = torch.maximum(top, scores.amax(dim=-1, keepdim=True))
            shrink, exps = (top - new_top).exp(), (scores - new_top).exp()
            total, mixed = total * shrink + exps.sum(-1, keepdim=True), mixed * shrink + exps @ values.to(wide)
            top = new_top
        return (mixed / total).to(dtype)

    checks.chunked_attention(keys_alone)


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda n, s: answers()["growth_exponent"](s, n) if len(set(s)) > 1 else 0.0, "other way round"),
        (lambda n, s: math.log(s[-1] / s[0]) / math.log(n[-1] / n[0]), "first and last"),
        (lambda n, s: torch.tensor(answers()["growth_exponent"](n, s)), "return a float"),
        (lambda n, s: (s[-1] - s[0]) / (n[-1] - n[0]), "two logarithms"),
        (lambda n, s: round(answers()["growth_exponent"](n, s), 1), "rounded"),
        (lambda n, s: answers()["growth_exponent"](sorted(n), sorted(s)), "0.475"),
        (lambda n, s: answers()["growth_exponent"]((n.sort(), n)[1], s), "changed a list"),
    ],
)
def test_mistakes_in_the_exponent_are_explained(mistake, sentence):
    assert sentence in complaint("growth_exponent", mistake)


# -- modules ----------------------------------------------------------------------------------------------------------


def changed(name: str, **members):
    """The reference class with some of its members replaced."""
    return type(name, (answers()[name],), members)


def aliasing(self, module):
    answers()["MultiHeadAttention"].load_from_torch(self, module)
    self.output.weight = module.out_proj.weight


def swapped(self, module):
    answers()["MultiHeadAttention"].load_from_torch(self, module)
    self.query, self.key = self.key, self.query


def frozen(self, module):
    answers()["MultiHeadAttention"].load_from_torch(self, module)
    self.requires_grad_(False)


def backwards(self, module):
    with torch.no_grad():
        module.out_proj.weight.copy_(self.output.weight)


def multi_head(self, query, key=None, value=None, mask=None):
    return answers()["MultiHeadAttention"].forward(self, query, key, value, mask)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"load_from_torch": aliasing}, "changes with it"),
        (
            {"load_from_torch": swapped},
            "query.weight should be the first third of in_proj_weight; yours holds the second",
        ),
        ({"load_from_torch": frozen}, "to be trained"),
        ({"load_from_torch": backwards}, "changed the module it copies from"),
        ({"forward": lambda self, q, k=None, v=None, mask=None: multi_head(self, q, k, v)}, "with a mask"),
        ({"forward": lambda self, q, k=None, v=None, mask=None: multi_head(self, q, k, k, mask)}, "three places"),
        ({"forward": lambda self, q, k=None, v=None, mask=None: multi_head(self, q, k, q if v is None else v)}, "ross"),
        ({"forward": lambda self, *a, **b: multi_head(self.train(), *a, **b)}, "no dropout"),
        ({"forward": lambda self, *a, **b: multi_head(self.eval(), *a, **b)}, "training mode dropout"),
        ({"forward": lambda self, *a, **b: (multi_head(self, *a, **b), None)}, "one tensor"),
        (
            {"__init__": lambda self, w, h, dropout=0.0: answers()["MultiHeadAttention"].__init__(self, w, 1)},
            "ValueError",
        ),
    ],
)
def test_mistakes_in_multi_head_attention_are_explained(members, sentence):
    try:
        message = complaint("MultiHeadAttention", changed("MultiHeadAttention", **members))
    except RuntimeError as error:  # values of another length than the keys: torch's own sentence is clear enough
        message = f"{error} ross"
    assert sentence in message


class Table(nn.Module):
    """Positions with a choice of mistakes."""

    def __init__(self, width, max_length, *, parameter=False, persistent=False, halves=False, check=True, cast=True):
        super().__init__()
        right = answers()["PositionalEncoding"](width, max_length).table
        if halves:
            right = torch.cat([right[:, 0::2], right[:, 1::2]], dim=1)
        self.check, self.cast = check, cast
        if parameter:
            self.table = nn.Parameter(right)
        else:
            self.register_buffer("table", right, persistent=persistent)

    def forward(self, x):
        if self.check and x.shape[1] > len(self.table):
            raise ValueError("too long")
        table = self.table[: x.shape[1]]
        return x + (table.to(x.dtype) if self.cast else table)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"parameter": True}, "a buffer called `table`"),
        ({"persistent": True}, "persistent=False"),
        ({"halves": True}, "at position 0"),
        ({"check": False}, "ValueError"),
        ({"cast": False}, "the result should be"),
    ],
)
def test_mistakes_in_positions_are_explained(options, sentence):
    checks.PositionalEncoding(Table)
    assert sentence in complaint("PositionalEncoding", partial(Table, **options))


class Norm(nn.Module):
    """Layer norm with a choice of mistakes."""

    def __init__(self, width, eps=1e-12, *, unbiased=False, outside=False, learned=True, wide=True, axis=-1):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))
        self.eps, self.unbiased, self.outside, self.learned = eps, unbiased, outside, learned
        self.wide, self.axis = wide, axis

    def forward(self, x):
        working = x.to(torch.promote_types(x.dtype, torch.float32)) if self.wide else x
        variance = working.var(self.axis, keepdim=True, unbiased=self.unbiased)
        root = variance.sqrt() + self.eps if self.outside else (variance + self.eps).sqrt()
        normal = (working - working.mean(self.axis, keepdim=True)) / root
        return (normal * self.weight + self.bias if self.learned else normal).to(x.dtype)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"unbiased": True}, "divided by m"),
        ({"outside": True}, "inside the root"),
        ({"learned": False}, "times `weight`"),
        ({"wide": False}, "float16"),
        ({"axis": 0}, "has mean 4"),
        ({"axis": (-2, -1)}, "token by token"),
    ],
)
def test_mistakes_in_layer_norm_are_explained(options, sentence):
    checks.LayerNorm(Norm)
    assert sentence in complaint("LayerNorm", partial(Norm, **options))


def pre_norm(self, x, mask=None):
    y = x + self.dropout(self.attention(self.attention_norm(x), mask=mask))
    return y + self.dropout(self.contract(F.gelu(self.expand(self.feed_forward_norm(y)))))


def block(self, x, mask=None, *, activation=F.gelu, residual=True):
    y = self.attention_norm(x + self.dropout(self.attention(x, mask=mask)))
    return self.feed_forward_norm((y if residual else x) + self.dropout(self.contract(activation(self.expand(y)))))


def without_eps(self, layer):
    answers()["EncoderBlock"].load_from_torch(self, layer)
    self.attention_norm.eps = self.feed_forward_norm.eps = 1e-12


def accepting(self, layer):
    first, layer.norm_first = layer.norm_first, False
    answers()["EncoderBlock"].load_from_torch(self, layer)
    layer.norm_first = first


def sharing(self, layer):
    answers()["EncoderBlock"].load_from_torch(self, layer)
    self.expand.weight = layer.linear1.weight


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"forward": pre_norm}, "before each part"),
        ({"forward": lambda *a, **b: block(*a, **b, activation=F.relu)}, "ReLU"),
        ({"forward": lambda *a, **b: block(*a, **b, activation=partial(F.gelu, approximate="tanh"))}, "tanh"),
        ({"forward": lambda *a, **b: block(*a, **b, activation=lambda x: x)}, "no GELU"),
        ({"forward": lambda *a, **b: block(*a, **b, residual=False)}, "second sum"),
        ({"forward": lambda self, x, mask=None: block(self, x)}, "with a mask"),
        ({"load_from_torch": without_eps}, "an eps each"),
        ({"load_from_torch": accepting}, "norm_first=True"),
        ({"load_from_torch": sharing}, "other module's own"),
    ],
)
def test_mistakes_in_the_block_are_explained(members, sentence):
    assert sentence in complaint("EncoderBlock", changed("EncoderBlock", **members))


@pytest.mark.slow
def test_float32_on_the_way_and_a_top_of_zero_are_noticed():
    right = answers()["chunked_attention"]

    def narrow(query, key, value, chunk_size):
        return right(query.float(), key.float(), value.float(), chunk_size).to(query.dtype)

    def top_of_zero(query, key, value, chunk_size):
        scores = query.double() @ key.double().transpose(-2, -1) / math.sqrt(query.shape[-1])
        exps = torch.exp(scores - scores.amax(dim=-1, keepdim=True).clamp(min=0))
        return (exps @ value.double() / exps.sum(dim=-1, keepdim=True)).to(query.dtype)

    assert "float32 on the way" in complaint("chunked_attention", narrow)
    assert "NaN" in complaint("chunked_attention", top_of_zero)
    attend = answers()["scaled_dot_product_attention"]
    narrow_too = lambda q, k, v, *more, **options: attend(q.float(), k.float(), v.float(), *more, **options).to(q.dtype)  # noqa: E731
    assert "float32 on the way" in complaint("scaled_dot_product_attention", narrow_too)


def test_a_block_must_hand_its_dropout_to_attention():
    class Forgetful(answers()["EncoderBlock"]):
        def __init__(self, width, num_heads, hidden, dropout=0.0):
            super().__init__(width, num_heads, hidden, dropout)
            self.attention.dropout = 0.0

    assert "drops weights" in complaint("EncoderBlock", Forgetful)


def test_chunks_weighed_by_a_logarithm_of_sums_pass():
    """float32 knows such a logarithm to 0.01 where scores are near 180000, and no more."""

    def by_logsumexp(query, key, value, chunk_size):
        wide = torch.promote_types(query.dtype, torch.float32)
        scaled = query.to(wide) / math.sqrt(query.shape[-1])
        pairs = list(zip(key.split(chunk_size, -2), value.split(chunk_size, -2), strict=True))
        total = torch.full_like(scaled[..., :1], -math.inf)
        for keys, _ in pairs:
            scores = scaled @ keys.to(wide).mT
            total = torch.logaddexp(total, scores.logsumexp(-1, keepdim=True))
        mixed = sum(torch.exp(scaled @ keys.to(wide).mT - total) @ values.to(wide) for keys, values in pairs)
        return mixed.to(query.dtype)

    checks.chunked_attention(by_logsumexp)
    assert exam.chunked_attention.judge(by_logsumexp).message == ""


# -- what learners met in November 2026: each cause is named, and no other ---------------------------------------------


def library_call(query, key, value, mask=None, dropout_p=0.0, training=False):
    empty = None if mask is None else ~mask.any(dim=-1, keepdim=True)
    wide = [x.to(torch.promote_types(x.dtype, torch.float32)) for x in (query, key, value)]
    options = {"attn_mask": None if mask is None else mask | empty, "dropout_p": dropout_p * training}
    output = F.scaled_dot_product_attention(*wide, **options).to(query.dtype)
    return output if mask is None else output.masked_fill(empty, 0.0)


def test_a_right_library_call_passes_and_is_told_what_the_exercise_is_about(capsys):
    checks.scaled_dot_product_attention(library_call)
    assert "By the library's own attention. Right" in capsys.readouterr().out
    checks.scaled_dot_product_attention(attention)
    assert "library" not in capsys.readouterr().out


def output_dropped(query, key, value, mask=None, dropout_p=0.0, training=False):
    return F.dropout(attention(query, key, value, mask), dropout_p, training)


def written_into(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = query.float() @ key.float().mT / math.sqrt(query.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, dim=-1)
    if mask is not None:
        weights.masked_fill_(~mask, 0.0)
    return (F.dropout(weights, dropout_p, training) @ value.float()).to(query.dtype)


def reshaped_key(query, key, value, mask=None, dropout_p=0.0, training=False):
    return torch.softmax(query @ key.reshape(*key.shape[:2], -1, key.shape[2]) / 2, dim=-1) @ value


def over_queries(query, key, value, mask=None, dropout_p=0.0, training=False):
    return torch.softmax(query @ key.mT / math.sqrt(query.shape[-1]), dim=-2) @ value


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (output_dropped, "a key goes missing as a whole"),
        (written_into, "`masked_fill_`"),
        (reshaped_key, "swaps"),
        (over_queries, "along which axis do you take the softmax"),
        (partial(attention, drop=lambda w, p, t: F.dropout(w, 1 - p, t)), "strikes out four fifths"),
        (
            partial(
                attention, drop=lambda w, p, t: (d := F.dropout(w, p, t)) / d.sum(-1, keepdim=True).clamp(min=1e-9)
            ),
            "on average",
        ),
        (partial(attention, closed=-10_000.0), "takes all, whatever its score"),
        (torch.no_grad()(attention), "torch.no_grad()"),
    ],
)
def test_learners_mistakes_in_attention_are_named(mistake, sentence):
    assert sentence in complaint("scaled_dot_product_attention", mistake)


def online(query, key, value, tiles, *, top_of=lambda scores: scores.amax(dim=-1, keepdim=True), turned=False):
    """Online softmax over given tiles, with a choice of mistakes."""
    query = query / math.sqrt(query.shape[-1])
    top, total, mixed = torch.full_like(query[..., :1], -math.inf), 0, 0
    for keys, values in tiles:
        scores = query @ keys.mT
        new_top = torch.maximum(top, top_of(scores))
        shrink, exps = torch.exp(new_top - top if turned else top - new_top), torch.exp(scores - new_top)
        total, mixed = total * shrink + exps.sum(-1, keepdim=True), mixed * shrink + exps @ values
        top = new_top
    return total, mixed


def in_tiles(cut="split", divide=True, **options):
    def chunked(query, key, value, chunk_size):
        wide = [x.to(torch.promote_types(x.dtype, torch.float32)) for x in (query, key, value)]
        tiles = zip(*(getattr(x, cut)(chunk_size, dim=-2) for x in wide[1:]), strict=True)
        total, mixed = online(*wide, tiles, **options)
        return (mixed / total if divide else mixed).to(query.dtype)

    return chunked


def queries_alone(query, key, value, chunk_size):
    return torch.cat([attention(block, key, value) for block in query.split(chunk_size, dim=-2)], dim=-2)


def test_own_tiles_of_these_tests_are_right():
    checks.chunked_attention(in_tiles())


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (in_tiles(cut="chunk"), "makes pieces of that size"),
        (in_tiles(divide=False), "8.75 is `mixed`"),
        (in_tiles(turned=True), "exp(top - new_top), in this order"),
        (in_tiles(top_of=lambda scores: scores.max()), "one number for each query"),
        (queries_alone, "queries alone"),
        (torch.no_grad()(in_tiles()), "torch.no_grad()"),
    ],
)
def test_learners_mistakes_in_chunks_are_named(mistake, sentence):
    assert sentence in complaint("chunked_attention", mistake)


def several(*, split="right", merge="right", scale=1.0, project=True, early=False, weights=True):
    """The forward of multi-head attention with one mistake."""

    def forward(self, query, key=None, value=None, mask=None):
        if early:
            query = self.query(query)
        key = query if key is None else key
        value = key if value is None else value
        b, h = len(query), self.num_heads
        parts = [query if early else self.query(query), self.key(key), self.value(value)]
        cut = {
            "right": lambda x: x.unflatten(-1, (h, -1)).transpose(1, 2),
            "reshape": lambda x: x.reshape(b, h, x.shape[1], -1),
            "across": lambda x: x.unflatten(-1, (-1, h)).movedim(-1, 1),
        }[split]
        heads = [cut(x) for x in parts]
        drop = {"dropout_p": self.dropout, "training": self.training} if weights else {}
        attended = attention(heads[0] * scale, *heads[1:], mask, **drop)
        joined = attended.transpose(1, 2).flatten(-2) if merge == "right" else attended.reshape(b, query.shape[1], -1)
        output = self.output(joined) if project else joined
        return output if weights else F.dropout(output, self.dropout, self.training)

    return forward


def copying(change):
    """load_from_torch as it should be, and then something done to the four Linears."""

    def load_from_torch(self, module):
        answers()["MultiHeadAttention"].load_from_torch(self, module)
        with torch.no_grad():
            change(self, module)

    return load_from_torch


def thirds_in_another_order(self, module):
    for part, third in zip((self.key, self.query, self.value), module.in_proj_weight.chunk(3), strict=True):
        part.weight.copy_(third)


def fresh(self, module):
    for part in (self.query, self.key, self.value, self.output):
        if module.in_proj_bias is None:
            part.bias.fill_(0.25)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"load_from_torch": copying(thirds_in_another_order)}, "query.weight should be the first third"),
        ({"load_from_torch": copying(lambda s, m: s.query.weight.copy_(s.query.weight.T.clone()))}, "turned round"),
        ({"load_from_torch": copying(lambda s, m: s.key.bias.fill_(0.5))}, "key.bias should be the second third of in"),
        ({"load_from_torch": copying(lambda s, m: s.output.bias.zero_())}, "output.bias should be out_proj.bias"),
        ({"load_from_torch": copying(fresh)}, "bias=False"),
        ({"forward": several(split="reshape")}, "a reshape alone mixes"),
        ({"forward": several(split="across")}, "columns that lie together"),
        ({"forward": several(merge="reshape")}, "On the way back"),
        ({"forward": several(scale=0.5**0.5)}, "scaled twice"),
        ({"forward": several(project=False)}, "`self.output`"),
        ({"forward": several(early=True)}, "projected before key"),
        ({"forward": several(weights=False)}, "drops numbers of the output"),
        ({"forward": torch.no_grad()(several())}, "torch.no_grad()"),
        ({"forward": lambda s, q, k=None, v=None, mask=None: several()(s, q, k, v, mask if mask is None else ~mask)},
         "other way round"),
    ],
)  # fmt: skip
def test_learners_mistakes_in_multi_head_attention_are_named(members, sentence):
    assert sentence in complaint("MultiHeadAttention", changed("MultiHeadAttention", **members))


def test_linears_without_biases_are_named():
    class Bare(answers()["MultiHeadAttention"]):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.query.bias = None

    assert "should have a bias" in complaint("MultiHeadAttention", Bare)


def positions(make, forward=lambda self, x: x + self.table[: x.shape[-2]].to(x.dtype)):
    class Positions(nn.Module):
        def __init__(self, width, max_length):
            super().__init__()
            self.register_buffer("table", make(width, max_length), persistent=False)

        def forward(self, x):
            if x.shape[-2] > len(self.table):
                raise ValueError
            return forward(self, x)

    return Positions


def table(width, max_length, start=0, share=2):
    column = torch.arange(width)
    angle = torch.arange(start, start + max_length).double()[:, None] / 10000 ** (share * (column // 2) / width)
    return torch.where(column % 2 == 0, angle.sin(), angle.cos()).float()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (positions(lambda w, n: table(w, n).double()), "default dtype"),
        (positions(table, lambda self, x: x + self.table[: len(x)].to(x.dtype)), "count the texts"),
        (positions(partial(table, start=1)), "count from 0"),
        (positions(partial(table, share=1)), "yours is i / width"),
        (positions(table, lambda self, x: (x + self.table[: x.shape[-2]]).detach().to(x.dtype)), "no gradient"),
    ],
)
def test_learners_mistakes_in_positions_are_named(answer, sentence):
    checks.PositionalEncoding(positions(table))
    assert sentence in complaint("PositionalEncoding", answer)


class Epsilon(Norm):
    def forward(self, x):
        self.eps, kept = 1e-12, self.eps
        output = super().forward(x)
        self.eps = kept
        return output


class Column(Norm):
    def __init__(self, width, eps=1e-12):
        super().__init__(width, eps)
        self.weight = nn.Parameter(torch.ones(1, width))


class Elsewhere(Norm):
    def __init__(self, width, eps=1e-12):
        super().__init__(width, eps)
        self.epsilon = self.eps
        del self.eps


class Frozen(Norm):
    def forward(self, x):
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        mean, variance = wide.mean(-1, keepdim=True), wide.var(-1, keepdim=True, unbiased=False)
        normal = (wide - mean.detach()) / (variance.detach() + self.eps).sqrt()
        return (normal * self.weight + self.bias).to(x.dtype)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Epsilon, "Does forward use `self.eps`"),
        (Column, "should have shape (4,)"),
        (Elsewhere, "no such attribute"),
        (lambda width, eps=1e-5: Norm(width, eps), "it is 1e-05"),
        (Frozen, "mean and the variance too"),
    ],
)
def test_learners_mistakes_in_layer_norm_are_named(answer, sentence):
    assert sentence in complaint("LayerNorm", answer)


def halves(self, x, mask=None, *, first=lambda s, x, a: x + a, second=lambda s, y, f: y + f, inside=lambda s, h: h):
    """The forward of a block with its sums in the open."""
    y = self.attention_norm(first(self, x, self.attention(x, mask=mask)))
    return self.feed_forward_norm(second(self, y, self.contract(inside(self, F.gelu(self.expand(y))))))


RIGHT = {"first": lambda s, x, a: x + s.dropout(a), "second": lambda s, y, f: y + s.dropout(f)}


def norms_swapped(self, layer):
    answers()["EncoderBlock"].load_from_torch(self, layer)
    self.attention_norm.load_state_dict(layer.norm2.state_dict())
    self.feed_forward_norm.load_state_dict(layer.norm1.state_dict())


def attention_forgotten(self, layer):
    kept = {name: tensor.clone() for name, tensor in self.attention.state_dict().items()}
    answers()["EncoderBlock"].load_from_torch(self, layer)
    self.attention.load_state_dict(kept)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"first": lambda s, x, a: x + a}, "the attention part adds, 0% are dropped"),
        ({"second": lambda s, y, f: y + f}, "the feed-forward part adds, 0% are dropped"),
        ({"first": lambda s, x, a: s.dropout(x + a)}, "after the sum"),
        ({"second": lambda s, y, f: y + s.dropout(s.dropout(f))}, "there twice"),
        ({"inside": lambda s, h: s.dropout(h)}, "one more dropout inside it"),
        ({"first": lambda s, x, a: a}, "x is not added"),
    ],
)
def test_learners_dropouts_and_sums_in_the_block_are_named(options, sentence):
    checks.EncoderBlock(changed("EncoderBlock", forward=lambda *a, **b: halves(*a, **b, **RIGHT)))
    wrong = changed("EncoderBlock", forward=lambda *a, **b: halves(*a, **b, **{**RIGHT, **options}))
    assert sentence in complaint("EncoderBlock", wrong)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"load_from_torch": norms_swapped}, "two norms have changed places"),
        ({"load_from_torch": attention_forgotten}, "self_attn.in_proj_weight"),
        ({"forward": lambda *a, **b: block(*a, **b, activation=lambda x: F.gelu(F.gelu(x)))}, "twice"),
        ({"forward": torch.no_grad()(block)}, "torch.no_grad()"),
    ],
)
def test_learners_mistakes_in_the_block_are_named(members, sentence):
    assert sentence in complaint("EncoderBlock", changed("EncoderBlock", **members))


def test_norms_of_the_library_are_named():
    class Borrowed(answers()["EncoderBlock"]):
        def __init__(self, width, *args, **kwargs):
            super().__init__(width, *args, **kwargs)
            self.attention_norm, self.feed_forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)

    assert "your LayerNorm with its own eps" in complaint("EncoderBlock", Borrowed)
