"""Visible checks of what happens to text: pieces, rows of numbers, and pairs."""

from __future__ import annotations

import copy
from itertools import pairwise

import numpy as np

from attention_course.checks.masked_language_model.reading import pieces_of
from attention_course.checks.report import CheckError, called, visible_check

PIECES = {"s", "snow", "snowm", "##man", "##m", "##men", "##e", "##n", "##ball", "ball", "##s"}


@visible_check(points=2)
def wordpiece(function) -> None:
    """Words cut by hand, dead ends, the longest word that is cut."""
    cuts: tuple[tuple[str, list[str], str], ...] = (
        ("snow", ["snow"], "a word that is in the vocabulary stays whole."),
        ("ball", ["ball"], "the first piece is looked up without ##."),
        ("snowball", ["snow", "##ball"], "a piece inside a word is looked up, and written, with ## in front."),
        ("balls", ["ball", "##s"], "a piece inside a word is looked up, and written, with ## in front."),
        ("ballball", ["ball", "##ball"], "a piece inside a word is looked up with ## in front."),
        ("ballsnow", ["[UNK]"], "snow may begin a word; inside one only pieces with ## fit, and ##snow is not there."),
        ("Snow", ["[UNK]"], "a capital letter is another letter; nothing is said about making them small."),
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
    if pieces_of(function, "wordpiece", "ab", {"a", "b"}) != ["[UNK]"]:
        raise CheckError("wordpiece('ab', {'a', 'b'}) should be ['[UNK]']: inside a word only pieces with ## count.")
    if pieces_of(function, "wordpiece", "balloon", PIECES, unknown="?") != ["?"]:
        raise CheckError("wordpiece: an unknown word is written as the argument `unknown` says.")
    for word, limit in (("s" * 101, {}), ("ssss", {"max_characters": 3})):
        for vocabulary in ({"s", "##s"}, {word}):
            if pieces_of(function, "wordpiece", word, vocabulary, **limit) != ["[UNK]"]:
                raise CheckError(
                    "wordpiece: a word of more than max_characters is unknown, also if pieces would fit or it is there "
                    f"as a whole; tried with {len(word)} letters and {limit or 'the default of 100'}."
                )
    if len(pieces_of(function, "wordpiece", "sss", {"s", "##s"}, max_characters=3)) != 3:
        raise CheckError("wordpiece: a word of exactly max_characters is still cut.")


NUMBERS = {"[UNK]": 9, "[SEP]": 4, "a": 0, "b": 1, "c": 2, "[PAD]": 7, "[CLS]": 5, "d": 3}


@visible_check(points=2)
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
        where = f" In tokens: {_tokens(expected)}; yours: {_tokens(got)}." if name == "input_ids" else ""
        raise CheckError(f"encode_pair: {name} should be {expected}, yours is {got}. {reason}{where}")


def _tokens(numbers: list[int]) -> str:
    """The numbers as tokens of the shuffled vocabulary, for a message."""
    tokens = {number: token for token, number in NUMBERS.items()}
    return " ".join(tokens.get(number, f"{number}?") for number in numbers)


@visible_check(points=2)
def make_sentence_pairs(function) -> None:
    """All firsts in order, true nexts, sentences from elsewhere, the share of both, the generator, one document."""
    documents = [[f"{name}{place}" for place in range(size)] for name, size in (("a", 4), ("b", 1), ("c", 3))]
    pairs = [pair for seed in range(200) for pair in _pairs(function, documents, np.random.default_rng(seed))]
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
    _each_equally_likely(pairs)
    _more_documents(function)
    again = [pair for seed in range(20) for pair in _pairs(function, documents, np.random.default_rng(seed))]
    if again != pairs[:100]:
        raise CheckError("make_sentence_pairs: the same generator should give the same pairs. Draw from it alone.")
    once = np.random.default_rng(0)
    if _pairs(function, documents, once) == _pairs(function, documents, once) == _pairs(function, documents, once):
        raise CheckError(
            "make_sentence_pairs: a generator used twice gives other pairs. Draw from it, not from a copy."
        )
    for lonely in ([["a", "b"]], [["a"]], []):
        try:
            called(function, lonely, np.random.default_rng(0))
        except ValueError:
            continue
        raise CheckError(f"make_sentence_pairs({lonely}, ...) should raise a ValueError: there is no other document.")


def _each_equally_likely(pairs: list[tuple]) -> None:
    """First a document, then a sentence: of a's others, b0 comes as often as c0, c1 and c2 together."""
    drawn = [second for first, second, is_next in pairs if first[0] == "a" and not is_next]
    share = drawn.count("b0") / len(drawn)
    if not 0.4 < share < 0.6:
        raise CheckError(
            "make_sentence_pairs: each other document is equally likely, and then each sentence in it. Of two others, "
            f"with 1 and 3 sentences, the short one should come up half the time; in yours it does {share:.0%} of the "
            "time. Is a sentence drawn from all of them at once?"
        )
    coins = [[is_next for _, _, is_next in pairs[start : start + 5]] for start in range(0, len(pairs), 5)]
    if all(one != other for row in coins for one, other in pairwise(row)):
        raise CheckError(
            "make_sentence_pairs: true and other pairs take turns in yours; each pair has a coin of its own."
        )
    others = [{second[0] for _, second, is_next in pairs[at : at + 3] if not is_next} for at in range(0, len(pairs), 5)]
    if all(len(names) < 2 for names in others):
        raise CheckError("make_sentence_pairs: another document is drawn for each pair; yours draws one for all.")


def _more_documents(function) -> None:
    """Sentences that are lists of words, of unequal length; two documents; two that say the same."""
    documents = [[["she", "sings", "."], ["then", "she", "mends", "a", "net", "."]], [["they", "sing", "."], ["no"]]]
    try:
        pairs = [pair for seed in range(40) for pair in _pairs(function, documents, np.random.default_rng(seed))]
    except (ValueError, TypeError) as error:
        raise CheckError(
            "make_sentence_pairs: a sentence may be a list of words, and two documents are enough; with such ones "
            f"yours raises {type(error).__name__}: {error}. Does `generator.choice` make an array of them, or are they "
            "keys of a set? `generator.integers` draws a place."
        ) from None
    if len(pairs) != 80:
        raise CheckError(
            f"make_sentence_pairs: two documents of two sentences make 2 pairs, yours makes {len(pairs) / 40:g}. Every "
            "sentence that has a next one is a first one."
        )
    for first, second, is_next in pairs:
        own = next((document for document in documents if document[0] == first), None)
        if own is None or (second == own[1]) != is_next or not isinstance(second, list):
            raise CheckError(
                f"make_sentence_pairs: with sentences that are lists of words yours pairs {first!r} with {second!r} "
                f"and says is_next={is_next}."
            )
    three = [["p", "p"], ["q", "q"], ["r", "r"]]
    drawn = [pair[:2] for seed in range(60) for pair in _pairs(function, three, np.random.default_rng(seed))]
    if len(set(drawn)) != 9:
        raise CheckError("make_sentence_pairs: any other document may be drawn, those before and those after.")
    twins = [_pairs(function, [["x", "y"], ["x", "y"]], np.random.default_rng(seed)) for seed in range(40)]
    told = {(second, is_next) for pairs in twins for _, second, is_next in pairs}
    if told != {("y", True), ("x", False), ("y", False)}:
        raise CheckError(
            "make_sentence_pairs: two documents may say the same, and the other one is the one at another place. From "
            f"x y and x y come (y, True), (x, False), (y, False); yours gives {sorted(told)}. Compare places, not "
            "texts."
        )


def _pairs(function, documents: list, generator: np.random.Generator) -> list[tuple]:
    given = copy.deepcopy(documents)
    result = called(function, documents, generator)
    if documents != given:
        raise CheckError("make_sentence_pairs changed the documents, or their order.")
    if not isinstance(result, list) or not all(isinstance(pair, tuple) and len(pair) == 3 for pair in result):
        raise CheckError("make_sentence_pairs returns a list of tuples (first, second, is_next).")
    return result
