"""Visible checks of what happens to text: pieces, pairs, rows of numbers, and hiding."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor

from attention_course.checks.masked_language_model.reading import parts_of, pieces_of, tensor_of, whole
from attention_course.checks.report import CheckError, called, passed

PIECES = {"s", "snow", "snowm", "##man", "##m", "##men", "##e", "##n", "##ball", "ball", "##s"}


def wordpiece(function) -> None:
    """Words cut by hand, dead ends, the longest word that is cut."""
    cuts: tuple[tuple[str, list[str], str], ...] = (
        ("snow", ["snow"], "a word that is in the vocabulary stays whole."),
        ("ball", ["ball"], "the first piece is looked up without ##."),
        ("snowball", ["snow", "##ball"], "a piece inside a word is looked up with ## in front."),
        ("balls", ["ball", "##s"], "a piece inside a word is looked up with ## in front."),
        ("snowmen", ["snowm", "##e", "##n"], "the longest beginning that is there comes first, here snowm."),
        ("balloon", ["[UNK]"], "where no piece fits any more, the whole word is unknown."),
        ("snowman", ["[UNK]"], "a choice is never taken back: after snowm nothing begins with an a."),
        ("", [], "the empty word has no pieces."),
    )
    for word, expected, reason in cuts:
        for vocabulary in (PIECES, dict.fromkeys(PIECES, 7)):
            got = pieces_of(function, "wordpiece", word, vocabulary)
            if got != expected:
                raise CheckError(f"wordpiece({word!r}) should be {expected}, yours is {got}: {reason}")
    if pieces_of(function, "wordpiece", "balloon", PIECES, unknown="?") != ["?"]:
        raise CheckError("wordpiece: an unknown word is written as the argument `unknown` says.")
    if pieces_of(function, "wordpiece", "s" * 101, {"s", "##s"}) != ["[UNK]"]:
        raise CheckError("wordpiece: a word of more than max_characters is unknown, also if pieces would fit.")
    if len(pieces_of(function, "wordpiece", "sss", {"s", "##s"}, max_characters=3)) != 3:
        raise CheckError("wordpiece: a word of exactly max_characters is still cut.")
    passed("wordpiece")


NUMBERS = {"[UNK]": 9, "[SEP]": 4, "a": 0, "b": 1, "c": 2, "[PAD]": 7, "[CLS]": 5, "d": 3}


def encode_pair(function) -> None:
    """A pair with room to spare, an exact fit, a long first and a long second sentence, a tie, empty sentences."""
    rows = _encoded(function, ["a", "b"], ["x"], 8)
    _row(
        rows,
        "input_ids",
        [5, 0, 1, 4, 9, 4, 7, 7],
        "[CLS] first [SEP] second [SEP] [PAD]...; x is not in the vocabulary.",
    )
    _row(rows, "token_type_ids", [0, 0, 0, 0, 1, 1, 0, 0], "0 up to the first [SEP], 1 to the second, 0 at padding.")
    _row(rows, "attention_mask", [1, 1, 1, 1, 1, 1, 0, 0], "1 at tokens, 0 at padding.")
    for first, second, length, expected, reason in (
        ("ab", "cd", 7, [5, 0, 1, 4, 2, 3, 4], "seven tokens fit into seven places."),
        ("abcd", "d", 6, [5, 0, 1, 4, 3, 4], "only the longer one is cut, at its end."),
        ("a", "abcd", 6, [5, 0, 4, 0, 1, 4], "only the longer one is cut, at its end."),
        ("ab", "cd", 6, [5, 0, 1, 4, 2, 4], "of two that are equally long, the second loses a piece."),
        ("abcd", "cd", 6, [5, 0, 1, 4, 2, 4], "cut the longer one until both are equal, then take turns."),
        ("ab", "cd", 3, [5, 4, 4], "with three places only the special tokens are left."),
        ("", "a", 5, [5, 4, 0, 4, 7], "an empty sentence has its [SEP] all the same."),
    ):
        rows = _encoded(function, list(first), list(second), length)
        _row(rows, "input_ids", expected, f"for {first!r} and {second!r} in {length} places: {reason}")
    passed("encode_pair")


def _encoded(function, first: list[str], second: list[str], length: int) -> dict:
    before, numbers = (list(first), list(second)), dict(NUMBERS)
    result = called(function, first, second, numbers, length)
    if (first, second) != before or numbers != NUMBERS:
        raise CheckError("encode_pair changed a list it was given. `.pop()` and `.append()` do; copy with list(first).")
    names = ("input_ids", "token_type_ids", "attention_mask")
    if not isinstance(result, dict) or set(result) != set(names):
        raise CheckError(f"encode_pair returns a dict with the keys {', '.join(names)}; yours returned {result!r}.")
    return result


def _row(rows: dict, name: str, expected: list[int], reason: str) -> None:
    got = rows[name]
    if not isinstance(got, list) or not all(type(number) is int for number in got):
        raise CheckError(f"encode_pair: {name} should be a list of ints; yours is {got!r}.")
    if got != expected:
        where = f" The vocabulary here: {NUMBERS}." if name == "input_ids" else ""
        raise CheckError(f"encode_pair: {name} should be {expected}, yours is {got}. {reason}{where}")


def make_sentence_pairs(function) -> None:
    """All firsts in order, true nexts, sentences from elsewhere, the share of both, the generator, one document."""
    documents = [[f"{name}{place}" for place in range(size)] for name, size in (("a", 4), ("b", 1), ("c", 3))]
    given = copy.deepcopy(documents)
    pairs = [pair for seed in range(200) for pair in _pairs(function, documents, np.random.default_rng(seed))]
    if documents != given:
        raise CheckError("make_sentence_pairs changed the documents.")
    firsts = [pair[0] for pair in pairs[:5]]
    if firsts != ["a0", "a1", "a2", "c0", "c1"]:
        raise CheckError(f"make_sentence_pairs: the first sentences are a0, a1, a2, c0, c1, yours are {firsts}.")
    for first, second, is_next in pairs:
        if type(is_next) is not bool:
            raise CheckError(f"make_sentence_pairs: is_next is True or False, yours is {is_next!r}. Try bool(...).")
        if is_next and second != f"{first[0]}{int(first[1:]) + 1}":
            raise CheckError(f"make_sentence_pairs says that {second} follows {first}; it does not.")
        if not is_next and second[0] == first[0]:
            raise CheckError(f"make_sentence_pairs: {second} is from the same document as {first}.")
    share = sum(is_next for _, _, is_next in pairs) / len(pairs)
    if not 0.4 < share < 0.6:
        raise CheckError(f"make_sentence_pairs: half of the pairs should be true ones; of yours {share:.0%} are.")
    if all(pairs[start][2] == pairs[start + 1][2] == pairs[start + 2][2] for start in range(0, len(pairs), 5)):
        raise CheckError("make_sentence_pairs: each pair has a coin of its own; in yours a whole document has one.")
    if not {"b0", "c0", "c1", "c2"} <= {second for first, second, _ in pairs if first[0] == "a"}:
        raise CheckError("make_sentence_pairs: every sentence of every other document may come up; some never do.")
    if _pairs(function, documents, np.random.default_rng(0)) != pairs[:5]:
        raise CheckError("make_sentence_pairs: the same generator should give the same pairs. Draw from it alone.")
    try:
        called(function, [["a", "b"]], np.random.default_rng(0))
    except ValueError:
        return passed("make_sentence_pairs")
    raise CheckError("make_sentence_pairs should raise a ValueError when there is no other document.")


def _pairs(function, documents: list, generator: np.random.Generator) -> list[tuple]:
    result = called(function, documents, generator)
    if not isinstance(result, list) or not all(isinstance(pair, tuple) and len(pair) == 3 for pair in result):
        raise CheckError("make_sentence_pairs returns a list of tuples (first, second, is_next).")
    return result


def mask_tokens(function) -> None:
    """Shapes and types, labels, special tokens, 80/10/10, the generator."""
    tokens = torch.arange(5, 25).repeat(40, 25)  # 20,000 of them
    special = torch.zeros_like(tokens, dtype=torch.bool)
    special[:, ::10] = True
    seen, labels = _masked(function, tokens, special, 1)
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
    _shares(tokens, seen, selected)
    again, _ = _masked(function, tokens, special, 1)
    other, _ = _masked(function, tokens, special, 2)
    if not torch.equal(again, seen) or torch.equal(other, seen):
        raise CheckError("mask_tokens: all chance should come from the generator that is given.")
    _, none = _masked(function, tokens, special, 1, probability=0.0)
    _, everything = _masked(function, tokens, special, 1, probability=1.0)
    if (none != -100).any() or not torch.equal(everything != -100, ~special):
        raise CheckError("mask_tokens: probability 0 selects nothing, 1 everything that is not special.")
    _no_generator(function, tokens, special)
    passed("mask_tokens")


def _masked(function, tokens: Tensor, special: Tensor, seed: int, **kwargs) -> tuple[Tensor, Tensor]:
    before = tokens.clone(), special.clone()
    generator = torch.Generator().manual_seed(seed)
    result = called(function, tokens, special, 50, 4, generator=generator, **kwargs)
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
    if torch.equal(first, second):
        raise CheckError("mask_tokens: without a generator two calls should hide different tokens.")
