"""Visible check of the encoder block, against PyTorch's layer and against its relatives with one mistake each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.checks.batched_attention.multi_head import drops_in_training, loaded
from attention_course.checks.batched_attention.reading import (
    cause,
    gradients_flow,
    made,
    output_of,
    randomised,
    refuses,
    same,
    seeded,
    works_without_numbers,
)
from attention_course.checks.report import CheckError, called, visible_check

NAME = "EncoderBlock"
SIZES = (6, 3, 10)
PLACES = "what attention adds, what the feed-forward part adds, and the attention weights, and nothing else"


@visible_check(points=3)
def EncoderBlock(kind) -> None:
    """Agreement with nn.TransformerEncoderLayer, masks, eps, copies that share nothing, three places of dropout."""
    x = seeded(2, 5, 6)
    new = made(kind, NAME, *SIZES)
    output_of(new, NAME, (2, 5, 6), x, hint="The output has the shape of x.")
    _size(new)
    theirs = _layer()
    ours = loaded(kind, NAME, theirs, *SIZES)
    _agrees(ours, theirs, x)
    _mask(ours, theirs, x)
    _eps(kind, x)
    gradients_flow(NAME, ours(x), ours.parameters())
    refuses(f"{NAME}.load_from_torch", "for a layer with norm_first=True", ours.load_from_torch, _layer(first=True))
    _shares_nothing(loaded(kind, NAME, theirs, *SIZES), theirs, x)
    drops_in_training(made(kind, NAME, *SIZES, dropout=0.5), NAME)
    for part in ("attention", "feed-forward", "weights"):
        _drops(kind, part)
    works_without_numbers(lambda moved: made(kind, NAME, *SIZES).to(moved.device)(moved), NAME, x)


def _layer(first: bool = False) -> nn.TransformerEncoderLayer:
    """PyTorch's layer, with our eps: what comes of another one is a question of its own."""
    layer = nn.TransformerEncoderLayer(*SIZES, activation="gelu", norm_first=first, batch_first=True)
    layer.norm1.eps = layer.norm2.eps = 1e-12
    return randomised(layer)


def _size(new: nn.Module) -> None:
    count, expected = (sum(p.numel() for p in module.parameters()) for module in (new, _layer()))
    if count != expected:
        raise CheckError(
            f"{NAME}(6, 3, 10): attention, two Linears with 10 numbers between them and two norms have {expected} "
            f"numbers to learn, yours {count}. Does `hidden` set the width in between, and is every part there once?"
        )


def _agrees(ours: nn.Module, theirs: nn.TransformerEncoderLayer, x: Tensor) -> None:
    output = output_of(ours, NAME, (2, 5, 6), x)
    with torch.no_grad():
        if same(output, theirs(x)):
            return
        told = cause(output, _suspects(theirs, x)) or _not_copied(ours, theirs)
    raise CheckError(
        f"{NAME} with the weights of an nn.TransformerEncoderLayer loaded, on x of shape (2, 5, 6), differs from it. "
        + (told or "Compare your lines with the two of the docstring: what is added to what, and what is normalised?")
    )


def _not_copied(ours: nn.Module, theirs: nn.TransformerEncoderLayer) -> str:
    """Which numbers of the layer stand nowhere in the block, in whatever way it keeps them."""
    kept = torch.cat([p.detach().flatten() for p in ours.parameters()]).unique()
    lost = [
        name for name, p in theirs.named_parameters() if torch.isin(p.detach().flatten(), kept).float().mean() < 0.5
    ]
    return f"These of its numbers stand nowhere in your block: {', '.join(lost)}. Are they copied?" if lost else ""


def _suspects(theirs: nn.TransformerEncoderLayer, x: Tensor) -> Iterator[tuple[Tensor, str]]:
    """What comes out with one mistake, and its name."""
    attend = lambda y: theirs.self_attn(y, y, y, need_weights=False)[0]  # noqa: E731
    norm1, norm2 = theirs.norm1, theirs.norm2

    def feed(y: Tensor, activation: Callable[[Tensor], Tensor] = F.gelu) -> Tensor:
        return theirs.linear2(activation(theirs.linear1(y)))

    def whole(**options) -> Tensor:
        return norm2((y := norm1(x + attend(x))) + feed(y, **options))

    y = norm1(x + attend(x))
    second = x + attend(norm1(x))
    yield second + feed(norm2(second)), "Yours normalises before each part; post-LN normalises after the sum."
    yield whole(activation=F.relu), "Yours has a ReLU in the feed-forward part; this block has a GELU."
    yield whole(activation=partial(F.gelu, approximate="tanh")), "Your GELU is its tanh approximation."
    yield whole(activation=lambda hidden: hidden), "There is no GELU between your two linear layers."
    yield whole(activation=lambda hidden: F.gelu(F.gelu(hidden))), "GELU is applied twice."
    yield (
        norm2(y + F.gelu(feed(y))),
        "GELU stands between the two linear layers; yours comes once more after the second.",
    )
    yield norm2(x + feed(y)), "The second sum is made with y, the result of the first norm; yours is made with x."
    yield norm2(y + feed(x)), "The feed-forward part works on y, the result of the first norm; yours works on x."
    yield norm2(x + feed(x)), "Attention is not used: the second half begins from x again."
    no_first = norm1(attend(x))
    yield norm2(no_first + feed(no_first)), "x is not added to what attention gives."
    yield norm2(feed(y)), "y is not added to what the feed-forward part gives."
    yield norm2(feed(no_first)), "Neither part has its way past it: x and y are to be added."
    yield y + feed(y), "The second sum is not normalised."
    unnormed = x + attend(x)
    yield norm2(unnormed + feed(unnormed)), "The first sum is not normalised."
    other = norm2(x + attend(x))
    yield norm1(other + feed(other)), "The two norms have changed places, in forward or in load_from_torch."
    yield norm1(y + feed(y)), "The first norm serves twice; there are two, each with parameters of its own."
    yield norm2(other + feed(other)), "The second norm serves twice; there are two, each with parameters of its own."


def _mask(ours: nn.Module, theirs: nn.TransformerEncoderLayer, x: Tensor) -> None:
    real = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    with torch.no_grad():
        expected, without = theirs(x, src_key_padding_mask=~real), theirs(x)
    masked = output_of(ours, NAME, (2, 5, 6), x, real[:, None, None, :])
    if not same(masked[real], expected[real]):
        told = "Is it the right way round?"
        if same(masked, without):
            told = "It changes nothing. Attention's second argument is `key`, so pass the mask by its name."
        raise CheckError(f"{NAME} with a mask of shape (b, 1, 1, t) differs from torch's. {told}")


def _eps(kind, x: Tensor) -> None:
    """One of its own for each norm, and that of your LayerNorm in a new block."""
    theirs = _layer()
    theirs.norm1.eps, theirs.norm2.eps = 0.5, 0.1
    with torch.no_grad():
        expected = theirs(x)
        output = output_of(loaded(kind, NAME, theirs, *SIZES), NAME, (2, 5, 6), x)
        theirs.norm2.eps = 0.5
        first_for_both = theirs(x)
    if not same(output, expected):
        told = "Each norm has its own; yours gives both that of norm1." if same(output, first_for_both) else ""
        raise CheckError(
            f"{NAME}.load_from_torch: the layer's norms have an eps each, here 0.5 and 0.1; it is no part of a state "
            f"dict. Carry it over, if your LayerNorm keeps it as `self.eps`. {told}".rstrip()
        )
    new = made(kind, NAME, *SIZES).double()
    variance = called(new, x.double()).var(dim=-1, unbiased=False)
    plain = [norm.eps for norm in new.modules() if isinstance(norm, nn.LayerNorm)]
    if (variance - 1).abs().max() > 1e-8 or any(eps != 1e-12 for eps in plain):
        raise CheckError(
            f"{NAME}: the norms of a new block are your LayerNorm with its own eps, 1e-12; nn.LayerNorm has 1e-5 "
            "unless told otherwise."
        )


def _shares_nothing(ours: nn.Module, theirs: nn.Module, x: Tensor) -> None:
    before = ours(x).detach()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.zero_()
    if not same(ours(x), before):
        raise CheckError(f"{NAME}.load_from_torch: yours changes when the layer is changed later. Copy the numbers.")


def _drops(kind, part: str) -> None:
    """Dropout in one part of a block whose other part gives zeros.

    All tokens are 1 in column 0, -1 in column 1 and 0 elsewhere, and the part adds 1 to the other columns, or 0 where
    dropout strikes. The norms scale and shift each token, but columns 0 and 1 tell by how much.
    """
    width, hidden, chance = 34, 8, 0.3
    theirs = nn.TransformerEncoderLayer(width, 2, hidden, activation="gelu", batch_first=True).eval()
    others = torch.arange(width) >= 2
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            parameter.fill_(float(name in ("norm1.weight", "norm2.weight")))
        if part == "attention":
            theirs.self_attn.out_proj.bias[others] = 1
        elif part == "weights":
            theirs.self_attn.in_proj_bias[2 * width :] = 1
            theirs.self_attn.out_proj.weight.copy_(torch.diag(others.float()))
        else:  # the first norm has brought column 0 from 1 to this height
            theirs.linear1.bias.fill_(5)
            theirs.linear2.weight[others] = (width / 2) ** 0.5 / (hidden * F.gelu(torch.tensor(5.0)).item())
        theirs.norm1.eps = theirs.norm2.eps = 1e-12
        x = torch.zeros(8, 8, width)
        x[..., 0], x[..., 1] = 1, -1
        block = made(kind, NAME, width, 2, hidden, dropout=chance)
        called(block.load_from_torch, theirs)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            output = called(block.train(), x)
    first, last = output[..., :1], output[..., 1:2]
    added = ((2 * output - first - last) / (first - last))[..., 2:] * (1 - chance)
    if part == "weights":
        _expect_dropped_weights(added)
    else:
        _expect_dropped_sums(added, part, chance)


def _expect_dropped_weights(added: Tensor) -> None:
    """Two heads drop weights of their own, so what they add to a token differs; what is left elsewhere does not."""
    sums = added.nan_to_num(0)
    least = sums.masked_fill(sums.abs() < 1e-4, 9).amin(dim=-1)
    if ((sums.amax(dim=-1) - least) > 0.01).float().mean() < 0.5:
        raise CheckError(f"{NAME}: `dropout` also goes to your MultiHeadAttention, which drops weights.")


def _expect_dropped_sums(added: Tensor, part: str, chance: float) -> None:
    """The share of zeros is `chance`, to five standard deviations, and the rest has grown by 1 / (1 - chance)."""
    if not added.isfinite().all():
        raise CheckError(f"{NAME}: dropout strikes out {PLACES}. Yours strikes out x too: does it come after the sum?")
    zero = added.abs() < 1e-4
    share, deviation = zero.float().mean().item(), (chance * (1 - chance) / zero.numel()) ** 0.5
    what = (
        f"{NAME} in training mode with dropout=0.3: of the numbers that the {part} part adds, {share:.0%} are dropped"
    )
    if share < 0.01:
        raise CheckError(f"{what}, and it should be 30 %. Three things see dropout: {PLACES}.")
    if abs(share - chance) > 5 * deviation:
        raise CheckError(f"{what}, and it should be 30 %. Is dropout there twice, or after the sum?")
    if not torch.allclose(added[~zero], torch.ones(()), atol=1e-3):
        raise CheckError(
            f"{NAME}: dropout strikes out {PLACES}. In yours more is dropped on the way to what the {part} part adds: "
            "is there one more dropout inside it (PyTorch's layer has one after its activation), or one after the sum?"
        )
