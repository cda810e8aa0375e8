"""Visible check of hiding tokens."""

from __future__ import annotations

import torch
from torch import Tensor

from attention_course.checks.masked_language_model.reading import parts_of, tensor_of, whole
from attention_course.checks.report import CheckError, called, visible_check


@visible_check(points=3)
def mask_tokens(function) -> None:
    """Shapes and types, labels, special tokens, 80/10/10, the generator."""
    tokens = torch.arange(5, 25).repeat(40, 25)  # 20,000 of them
    special = torch.zeros_like(tokens, dtype=torch.bool)
    special[:, ::10] = True
    seen, labels = _masked(function, tokens, special, 1)
    if not (labels == -100).any():
        raise CheckError(
            f"mask_tokens: tokens without a label have -100 there; yours has no -100 anywhere, and "
            f"{labels[special][0]} at a special token. 0 is the number of a token."
        )
    selected = labels != -100
    if (seen != tokens)[~selected].any():
        raise CheckError("mask_tokens: a token was changed but has no label, so nobody would learn from it.")
    if selected[special].any():
        raise CheckError("mask_tokens: a special token was selected. special_mask is True where none may be.")
    if (labels != tokens)[selected].any():
        raise CheckError("mask_tokens: the label of a selected token is its original number.")
    share = selected[~special].float().mean().item()
    if not 0.13 < share < 0.17:
        raise CheckError(f"mask_tokens: 15 % of the tokens that may be are selected; of yours {share:.1%} are.")
    half = torch.zeros_like(special)
    half[:, ::2] = True
    share = (_masked(function, tokens, half, 1)[1] != -100)[~half].float().mean().item()
    if not 0.13 < share < 0.17:
        raise CheckError(
            f"mask_tokens: with half of all tokens special, 15 % of the others are selected; of yours {share:.1%} are. "
            "Is the share taken of all?"
        )
    _shares(tokens, seen, selected)
    again, _ = _masked(function, tokens, special, 1)
    own = torch.random.get_rng_state()
    _masked(function, tokens[:1], special[:1], 17)  # a number that was not tried: it may be what torch is seeded with
    if not torch.equal(own, torch.random.get_rng_state()):
        raise CheckError("mask_tokens: torch's own generator was used or seeded, although another one was given.")
    used = torch.Generator().manual_seed(1)
    one, two = (called(function, tokens, special, 50, 4, generator=used)[0] for _ in range(2))
    if torch.equal(one, two):
        raise CheckError(
            "mask_tokens: a generator used twice hides other tokens the second time. Use it, not its seed."
        )
    other, _ = _masked(function, tokens, special, 2)
    if not torch.equal(again, seen) or torch.equal(other, seen):
        raise CheckError("mask_tokens: all chance should come from the generator that is given.")
    _, none = _masked(function, tokens, special, 1, probability=0.0)
    _, everything = _masked(function, tokens, special, 1, probability=1.0)
    if (none != -100).any() or not torch.equal(everything != -100, ~special):
        raise CheckError("mask_tokens: probability 0 selects nothing, 1 everything that is not special.")
    _independent(tokens, special, selected, seen)
    _any_replacement(function, tokens, special)
    _small_and_odd(function)
    _no_generator(function, tokens, special)


def _independent(tokens: Tensor, special: Tensor, selected: Tensor, seen: Tensor) -> None:
    """From text to text and from place to place: which are selected, and what becomes of them."""
    if (selected == selected[:1]).all():
        raise CheckError("mask_tokens: all texts have the same places selected. A number is drawn for each token.")
    ordinary = selected[~special]
    half = len(ordinary) // 2
    if not 0.8 < ordinary[:half].sum() / ordinary[half:].sum().clamp(min=1) < 1.25:
        raise CheckError(
            "mask_tokens: one half of the tokens is selected more often than the other. Any may be selected."
        )
    fates = (seen == 4)[selected].float()
    half = len(fates) // 2
    if abs(fates[:half].mean() - fates[half:].mean()) > 0.1:
        raise CheckError(
            "mask_tokens: the first of the selected become [MASK] more often than the last. Chance decides."
        )


def _any_replacement(function, tokens: Tensor, special: Tensor) -> None:
    """With everything selected, the random tokens are many enough to miss none of 50."""
    seen, labels = _masked(function, tokens, special, 3, probability=1.0)
    drawn = seen[(labels != -100) & (seen != tokens)].bincount(minlength=50)
    lacking = [number for number in range(50) if drawn[number] == 0]
    if lacking:
        raise CheckError(
            f"mask_tokens: a random token is any of the whole vocabulary, from 0 to 49; yours is never {lacking[0]}. "
            "The upper end of `torch.randint` is none of its numbers."
        )
    ordinary = torch.full((200, 100), 2)
    seen, labels = _masked(function, ordinary, torch.zeros_like(ordinary).bool(), 4, 2, size=3, probability=1.0)
    if not 0.92 < (seen == 2).float().mean() < 0.947:
        raise CheckError(
            "mask_tokens: [MASK] has the number `mask_id`, and a random token may also be [MASK] or the token itself. "
            "With 8 tokens in the vocabulary and mask_id 7, all tokens being 7, about 91 % stay 7; of yours "
            f"{(seen == 2).float().mean():.1%}."
        )


def _small_and_odd(function) -> None:
    """One axis, three axes, strides, nothing but special tokens, nothing selected."""
    for shape in ((6,), (2, 3, 4)):
        tokens = torch.arange(5, 5 + torch.Size(shape).numel()).reshape(shape)
        try:
            _masked(function, tokens, torch.zeros_like(tokens).bool(), 1)
            _masked(function, tokens, torch.ones_like(tokens).bool(), 1)
            if len(shape) > 1:
                turned = tokens.transpose(0, -1)
                _masked(function, turned, torch.zeros_like(turned).bool(), 1)
        except (RuntimeError, ValueError, IndexError) as error:
            raise CheckError(
                f"mask_tokens: input_ids may have any shape and strides, and all may be special; with shape {shape} "
                f"yours raises {type(error).__name__}: {str(error).splitlines()[0]}"
            ) from None
    tokens = torch.arange(5, 15)
    seen = [called(function, tokens, torch.ones_like(tokens).bool(), 50, 4)[0]]
    seen.append(called(function, tokens, torch.zeros_like(tokens).bool(), 50, 4, 0.0)[0])
    if any(tensor.data_ptr() == tokens.data_ptr() for tensor in seen):
        raise CheckError(
            "mask_tokens: where nothing is selected, yours gives back the tensor it was given. Make a new one."
        )


def _masked(
    function, tokens: Tensor, special: Tensor, seed: int, mask_id: int = 4, size: int = 50, **kwargs
) -> tuple[Tensor, Tensor]:
    before = tokens.clone(), special.clone()
    generator = torch.Generator().manual_seed(seed)
    result = called(function, tokens, special, size, mask_id, generator=generator, **kwargs)
    if not torch.equal(tokens, before[0]) or not torch.equal(special, before[1]):
        raise CheckError("mask_tokens changed a tensor it was given. `torch.where` and `.clone()` make new ones.")
    seen, labels = parts_of(result, ("corrupted", "labels"), "mask_tokens")
    for tensor, name in ((seen, "corrupted"), (labels, "labels")):
        whole(tensor_of(tensor, tuple(tokens.shape), name), name)
    return seen, labels


def _shares(tokens: Tensor, seen: Tensor, selected: Tensor) -> None:
    masked = (seen == 4)[selected].float().mean().item()
    kept = (seen == tokens)[selected].float().mean().item()
    replaced = seen[selected & (seen != 4) & (seen != tokens)]
    told = f"yours: {masked:.0%} masked, {len(replaced) / selected.sum():.0%} replaced, {kept:.0%} kept"
    hint = " Those that are kept have labels too." if not kept else ""
    if not (0.75 < masked < 0.85 and 0.07 < kept < 0.14 and 0.06 < len(replaced) / selected.sum() < 0.14):
        raise CheckError(f"mask_tokens: of the selected, 80 % are masked, 10 % replaced, 10 % kept; {told}.{hint}")
    if replaced.min() > 3 or replaced.max() < 45 or replaced.max() > 49:
        raise CheckError(
            "mask_tokens: a replacement is any number from 0 to vocabulary_size - 1, here 49; "
            f"yours lie between {replaced.min()} and {replaced.max()}."
        )


def _no_generator(function, tokens: Tensor, special: Tensor) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        first, second = (called(function, tokens, special, 50, 4)[0] for _ in range(2))
        torch.manual_seed(0)
        again = called(function, tokens, special, 50, 4)[0]
    if torch.equal(first, second):
        raise CheckError("mask_tokens: without a generator two calls should hide different tokens.")
    if not torch.equal(first, again):
        raise CheckError(
            "mask_tokens: without a generator chance comes from torch's own, which `torch.manual_seed` sets."
        )
