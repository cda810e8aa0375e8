"""wordpiece(word, vocabulary, unknown, max_characters) -> list of pieces, the longest first: cases, right variants.

The words are patterns; each exam spells them with other letters.
"""

from autograder.exam.exercise import Case, Exercise
from autograder.exams.masked_language_model.earlier import NOTEBOOK

_PATTERN = "abcdefghijklm"
_LETTERS = list("qwertzuiopasdfghjklyxcvbnmäß")

_CUTS = (
    ("a word that is in the vocabulary", "abc", "a ab abc ##b ##bc ##c", "abc"),
    ("the longest beginning", "abc", "a ab ##b ##bc ##c", "ab ##c"),
    ("the longest piece at every place", "abcdefg", "ab abc ##d ##de ##def ##e ##f ##fg ##g d", "abc ##def ##g"),
    ("a single letter", "d", "d ##d", "d"),
    ("a single letter that is not there", "d", "##d e", None),
    ("repeated letters", "aaaaa", "a aa ##a ##aa", "aa ##aa ##a"),
    ("a cut that would be shorter", "abcde", "abc ab ##d ##e ##cde", "abc ##d ##e"),
    ("a cut that would be balanced", "abcdefg", "abcde ##f ##g abcd ##efg a ##b ##cdefg", "abcde ##f ##g"),
    ("a longer piece further on", "abcdef", "ab a ##c ##bcdef ##def ##d ##ef", "ab ##c ##def"),
    ("a longest ending that does not count", "abc", "a ab ##bc ##c", "ab ##c"),
    ("a cut that works and that greed misses", "abc", "a ab ##bc", None),
    ("a cut that works and that greed misses late", "abcde", "ab ##c ##cd ##de ##d", None),
    ("a beginning that is there with ## alone", "ab", "##a ##ab ##b b", None),
    ("pieces inside that are there without ## alone", "abc", "a ab b c bc", None),
    ("a piece that is there with and without ##", "abab", "ab ##ab b", "ab ##ab"),
    ("no end that fits", "abcm", "ab ##c m", None),
    ("no beginning that fits", "mab", "a ab ##ab ##a ##b", None),
    ("a gap in the middle", "ambc", "a ##bc ##b ##c", None),
    ("a whole vocabulary that does not fit", "kkk", "a ##b c", None),
    ("a number sign inside a word", "a#", "a ### b", "a ###"),
)
"""(concept, word, vocabulary, pieces or None where the word is unknown)."""


def cases(rng):
    spelling = str.maketrans(_PATTERN, "".join(rng.choice(_LETTERS, len(_PATTERN), replace=False)))

    def cut(concept, word, pieces, expected, **options):
        vocabulary = rng.permutation([piece.translate(spelling) for piece in pieces.split()]).tolist()
        numbers = dict(zip(vocabulary, range(len(vocabulary)), strict=True))  # one of the numbers is 0
        unknown = options.get("unknown", "[UNK]")
        right = [unknown] if expected is None else expected.translate(spelling).split()
        given = set(vocabulary) if rng.integers(2) else numbers
        return Case(concept, (word.translate(spelling), given), options, expected=right)

    for row in _CUTS:
        yield cut(*row)
    yield cut("the empty word", "", "a ##a", "")
    yield cut("a piece of number zero", "aa", "a", None)
    yield Case("a vocabulary as a set", ("ab", {"a", "##b"}), expected=["a", "##b"])
    yield Case("a vocabulary as a dict", ("ab", {"a": 0, "##b": 1}), expected=["a", "##b"])
    yield Case("numbers that are all zero", ("ab", {"a": 0, "##b": 0}), expected=["a", "##b"])
    yield Case("capital letters", ("Ab", {"A", "a", "ab", "##b"}), expected=["A", "##b"])
    yield Case("capital letters that are not there", ("AB", {"a", "ab", "##b"}), expected=["[UNK]"])
    yield Case("Chinese characters", ("苹果酱", {"苹", "苹果", "##酱", "##果酱"}), expected=["苹果", "##酱"])
    yield Case("a hyphen", ("a-b", {"a", "b", "##-", "##b"}), expected=["a", "##-", "##b"])
    yield cut("another mark for unknown words", "am", "a ##b", None, unknown="<?>")
    yield Case("the mark for unknown words by position", ("ab", {"b"}, "?"), expected=["?"])
    known = ("abx", {"a", "ab", "##b", "?"}, "?")
    yield Case("a mark for unknown words that is in the vocabulary", known, expected=["?"])
    yield from _lengths(rng)
    yield from _any_words(rng)


def _lengths(rng):
    limit, letter = int(rng.integers(5, 9)), str(rng.choice(_LETTERS))
    pieces = {letter, "##" + letter, letter * 101}
    cut = [letter] + ["##" + letter] * (limit - 1)
    yield Case("a word as long as allowed", (letter * limit, pieces), {"max_characters": limit}, expected=cut)
    too_long = (letter * (limit + 1), pieces)
    yield Case("a word one too long", too_long, {"max_characters": limit}, expected=["[UNK]"])
    much_longer = (letter * (2 * limit), pieces)
    yield Case("a word much too long", much_longer, {"max_characters": limit}, expected=["[UNK]"])
    yield Case("a word too long, arguments by position", (*too_long, "?", limit), expected=["?"])
    whole = letter * (limit + 1)
    yield Case(
        "a word too long that is in the vocabulary", (whole, {whole}), {"max_characters": limit}, expected=["[UNK]"]
    )
    hundred = [letter] + ["##" + letter] * 99
    yield Case("a word as long as allowed by default", (letter * 100, pieces), expected=hundred)
    yield Case("a word one too long by default", (letter * 101, pieces), expected=["[UNK]"])
    longer = {"max_characters": 150}
    yield Case("a longer word that is allowed", (letter * 120, {letter * 120}), longer, expected=[letter * 120])


def _any_words(rng):
    """Words of few letters, so that pieces overlap in every way; what is right, the reference says."""
    letters = rng.choice(_LETTERS, 3, replace=False)

    def word(longest):
        return "".join(rng.choice(letters, rng.integers(1, longest + 1)))

    for _ in range(25):
        pieces = {mark + word(4) for mark in ("", "##") for _ in range(12)}
        yield Case("any word", (word(12), pieces | set(letters) | {"##" + letter for letter in letters[:2]}))


wordpiece = Exercise(NOTEBOOK, "wordpiece", cases)


@wordpiece.right
def shortening_from_the_end(word, vocabulary, unknown="[UNK]", max_characters=100):
    if len(word) > max_characters:
        return [unknown]
    found = []
    start = 0
    while start < len(word):
        end = len(word)
        piece = None
        while end > start:
            candidate = word[start:end]
            if start > 0:
                candidate = "##" + candidate
            if candidate in vocabulary:
                piece = candidate
                break
            end -= 1
        if piece is None:
            return [unknown]
        found.append(piece)
        start = end
    return found


@wordpiece.right
def by_recursion(word, vocabulary, unknown="[UNK]", max_characters=100):
    def cut(rest):
        if rest in ("", "##") and rest != word:
            return []
        for end in range(len(rest), 2 if rest.startswith("##") else 0, -1):
            if rest[:end] in vocabulary:
                following = cut("##" + rest[end:])
                return None if following is None else [rest[:end], *following]
        return None

    if word == "":
        return []
    return (cut(word) if len(word) <= max_characters else None) or [unknown]


@wordpiece.right
def by_a_loop_with_else(word, vocabulary, unknown="[UNK]", max_characters=100):
    result, start = [], 0
    while start < len(word) <= max_characters:
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary.copy():
                result += [piece]
                start = end
                break
        else:
            return [unknown]
    return result if len(word) <= max_characters else [unknown]


@wordpiece.right
def longest_of_those_that_fit(word, vocabulary, unknown="[UNK]", max_characters=100):
    if len(word) > max_characters:
        return [unknown]
    result, rest = [], word
    while rest:
        fitting = [end for end in range(1, len(rest) + 1) if ("##" * bool(result) + rest[:end]) in vocabulary]
        if not fitting:
            return [unknown]
        result.append("##" * bool(result) + rest[: max(fitting)])
        rest = rest[max(fitting) :]
    return result


@wordpiece.right
def going_through_the_vocabulary(word, vocabulary, unknown="[UNK]", max_characters=100):
    first = sorted((piece for piece in vocabulary if not piece.startswith("##")), key=len, reverse=True)
    inside = sorted((piece[2:] for piece in vocabulary if piece.startswith("##")), key=len, reverse=True)
    result, start = [], 0
    if len(word) > max_characters:
        start, word = 1, ""
    while start < len(word):
        for piece in inside if start else first:
            if piece and word.startswith(piece, start):
                result.append(f"##{piece}" if start else piece)
                start += len(piece)
                break
        else:
            return [unknown]
    return [unknown] if start > len(word) else result


@wordpiece.right
def by_the_tokenizers_library(word, vocabulary, unknown="[UNK]", max_characters=100):
    from tokenizers.models import WordPiece

    numbers = {piece: number + 1 for number, piece in enumerate(vocabulary)}
    mark = "\0"  # no piece of the vocabulary, so that it stands for unknown words alone
    model = WordPiece({**numbers, mark: 0}, unk_token=mark, max_input_chars_per_word=max_characters)
    return [unknown if token.value == mark else token.value for token in model.tokenize(word)]
