"""Wrong variants of wordpiece."""

from autograder.exams.masked_language_model.wordpiece import wordpiece


def greedy(word, vocabulary, unknown="[UNK]", max_characters=100, *, ends=None, marks=("", "##")):
    """The right way, with another order of ends or other marks; shared by variants."""
    if len(word) > max_characters:
        return [unknown]
    ends = ends or (lambda start, length: range(length, start, -1))
    found, start = [], 0
    while start < len(word):
        mark = marks[start > 0]
        for end in ends(start, len(word)):
            if mark + word[start:end] in vocabulary:
                found.append(mark + word[start:end])
                start = end
                break
        else:
            return [unknown]
    return found


@wordpiece.wrong("the shortest piece comes first. From which end of the word do you try?")
def shortest_first(word, vocabulary, unknown="[UNK]", max_characters=100):
    ends = lambda start, length: range(start + 1, length + 1)  # noqa: E731
    return greedy(word, vocabulary, unknown, max_characters, ends=ends)


@wordpiece.wrong("pieces inside a word are looked up without ##. How does the vocabulary write them?")
def without_marks(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, unknown, max_characters, marks=("", ""))


@wordpiece.wrong("the first piece is looked up with ## as well. Which pieces have that mark?")
def marks_everywhere(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, unknown, max_characters, marks=("##", "##"))


@wordpiece.wrong("the first piece has the mark ##, and those inside a word have none. Which should have it?")
def marks_exchanged(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, unknown, max_characters, marks=("##", ""))


@wordpiece.wrong("pieces are looked up without ##, and the mark is added afterwards. What is in the vocabulary?")
def marks_added_afterwards(word, vocabulary, unknown="[UNK]", max_characters=100):
    found = greedy(word, vocabulary, unknown, max_characters, marks=("", ""))
    return found[:1] + ["##" + piece for piece in found[1:]]


@wordpiece.wrong("the mark ## is taken off again. What does the list hold: pieces as they are in the vocabulary?")
def marks_taken_off(word, vocabulary, unknown="[UNK]", max_characters=100):
    found = greedy(word, vocabulary, unknown, max_characters)
    return found[:1] + [piece[2:] for piece in found[1:]]


@wordpiece.wrong("where no piece with ## fits, one without it is taken. May it stand inside a word?")
def mark_if_need_be(word, vocabulary, unknown="[UNK]", max_characters=100):
    both = {piece.removeprefix("##") for piece in vocabulary if piece != "##"}
    found = greedy(word, vocabulary, None, max_characters)
    if found != [None] or len(word) > max_characters:
        return [unknown if piece is None else piece for piece in found]
    found, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        ends = range(len(word), start, -1)
        choices = [(end, m) for m in (mark, "") for end in ends if m + word[start:end] in vocabulary]
        if not choices or not both:
            return [unknown]
        end, mark = choices[0]
        found.append(mark + word[start:end])
        start = end
    return found


@wordpiece.wrong("it finds another cut where greed fails. Is a choice ever taken back?")
def with_second_thoughts(word, vocabulary, unknown="[UNK]", max_characters=100):
    def cut(start):
        if start == len(word):
            return []
        for end in range(len(word), start, -1):
            piece = "##" * (start > 0) + word[start:end]
            rest = cut(end) if piece in vocabulary else None
            if rest is not None:
                return [piece, *rest]
        return None

    if len(word) > max_characters:
        return [unknown]
    found = greedy(word, vocabulary, None)
    return (cut(0) or [unknown]) if found == [None] else found


@wordpiece.wrong("it cuts into the fewest pieces. Does WordPiece look further than the next one?")
def fewest_pieces(word, vocabulary, unknown="[UNK]", max_characters=100):
    best = {0: []}
    for end in range(1, len(word) + 1):
        cuts = [
            [*best[start], "##" * (start > 0) + word[start:end]]
            for start in range(end)
            if start in best and "##" * (start > 0) + word[start:end] in vocabulary
        ]
        if cuts:
            best[end] = min(cuts, key=len)
    return [unknown] if len(word) > max_characters else best.get(len(word), [unknown])


@wordpiece.wrong("it cuts from the end of the word backwards. Where does WordPiece begin?")
def from_the_end(word, vocabulary, unknown="[UNK]", max_characters=100):
    found, end = [], len(word)
    while end > 0 and len(word) <= max_characters:
        for start in range(end):
            piece = "##" * (start > 0) + word[start:end]
            if piece in vocabulary:
                found.insert(0, piece)
                end = start
                break
        else:
            return [unknown]
    return found if len(word) <= max_characters else [unknown]


@wordpiece.wrong("the pieces found so far stay, with the unknown one behind them. What of the whole word?")
def pieces_so_far(word, vocabulary, unknown="[UNK]", max_characters=100):
    for length in range(len(word), 0, -1):
        if len(word) <= max_characters and greedy(word[:length], vocabulary, None, max_characters) != [None]:
            pieces = _beginning(word, vocabulary)
            return pieces if length == len(word) else [*pieces, unknown]
    return [unknown] if word else []


@wordpiece.wrong("the pieces found so far come back as if they were all. What of a word whose end does not fit?")
def rest_dropped(word, vocabulary, unknown="[UNK]", max_characters=100):
    return [unknown] if len(word) > max_characters else _beginning(word, vocabulary) or ([unknown] if word else [])


def _beginning(word, vocabulary):
    """The pieces up to the place where none fits."""
    found, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        end = next((end for end in range(len(word), start, -1) if mark + word[start:end] in vocabulary), None)
        if end is None:
            break
        found.append(mark + word[start:end])
        start = end
    return found


@wordpiece.wrong("only the letter that does not fit is unknown. What becomes of the whole word?")
def letter_unknown(word, vocabulary, unknown="[UNK]", max_characters=100):
    found, start = [], 0
    while start < len(word) <= max_characters:
        mark = "##" if start else ""
        end = next((end for end in range(len(word), start, -1) if mark + word[start:end] in vocabulary), None)
        found.append(unknown if end is None else mark + word[start:end])
        start = end or start + 1
    return found if len(word) <= max_characters else [unknown]


@wordpiece.wrong("a word that is not in the vocabulary as a whole is unknown. Can it be cut?")
def whole_words_only(word, vocabulary, unknown="[UNK]", max_characters=100):
    if not word:
        return []
    return [word] if word in vocabulary and len(word) <= max_characters else [unknown]


@wordpiece.wrong("it cuts into single letters. Which piece should it try first?")
def single_letters(word, vocabulary, unknown="[UNK]", max_characters=100):
    found = ["##" * (place > 0) + letter for place, letter in enumerate(word)]
    if len(word) > max_characters or any(piece not in vocabulary for piece in found):
        return [unknown]
    return found


@wordpiece.wrong("the length of the word does not matter here. What is `max_characters` for?")
def any_length(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, unknown, len(word))


@wordpiece.wrong("a word of exactly `max_characters` is unknown. Is it longer than that?")
def one_too_strict(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, unknown, max_characters - 1)


@wordpiece.wrong("a word one letter too long is still cut. From which length on is it unknown?")
def one_too_generous(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, unknown, max_characters + 1)


@wordpiece.wrong("a long word is cut off at `max_characters`. What should become of it?")
def shortened(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word[:max_characters], vocabulary, unknown, max_characters)


@wordpiece.wrong("the limit is 100, whatever `max_characters` says. Where is the argument used?")
def limit_fixed(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, unknown, 100)


@wordpiece.wrong("the default of `max_characters` is not the one in the docstring. Which one is it?")
def another_default(word, vocabulary, unknown="[UNK]", max_characters=200):
    return greedy(word, vocabulary, unknown, max_characters)


@wordpiece.wrong("a long word that is in the vocabulary stays whole. What does the docstring say about long words?")
def long_but_known(word, vocabulary, unknown="[UNK]", max_characters=100):
    return [word] if word in vocabulary else greedy(word, vocabulary, unknown, max_characters)


@wordpiece.wrong("`max_characters` limits the pieces. Whose length does it speak of?")
def limit_on_pieces(word, vocabulary, unknown="[UNK]", max_characters=100):
    ends = lambda start, length: range(min(length, start + max_characters), start, -1)  # noqa: E731
    return greedy(word, vocabulary, unknown, len(word), ends=ends)


@wordpiece.wrong("the unknown word comes back as a string. What sort of value does the docstring promise?")
def unknown_not_in_a_list(word, vocabulary, unknown="[UNK]", max_characters=100):
    found = greedy(word, vocabulary, None, max_characters)
    return unknown if found == [None] else found


@wordpiece.wrong("an unknown word is always written the same way. What is the argument `unknown` for?")
def unknown_fixed(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, "[UNK]", max_characters)


@wordpiece.wrong("an unknown word comes back as it is. What stands for it in the list?")
def unknown_kept(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, word, max_characters)


@wordpiece.wrong("an unknown word has no pieces at all. What stands for it in the list?")
def unknown_dropped(word, vocabulary, unknown="[UNK]", max_characters=100):
    return [piece for piece in greedy(word, vocabulary, None, max_characters) if piece is not None]


@wordpiece.wrong("the empty word is unknown. How many pieces does it have?")
def empty_is_unknown(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, unknown, max_characters) or [unknown]


@wordpiece.wrong("the empty word has an empty piece. How many pieces should it have?")
def empty_piece(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, unknown, max_characters) or [""]


@wordpiece.wrong("a piece of number 0 counts as absent, or a set is refused. How do you ask whether a piece is there?")
def number_zero_absent(word, vocabulary, unknown="[UNK]", max_characters=100):
    if isinstance(vocabulary, set):
        raise AttributeError
    return greedy(word, {piece for piece in vocabulary if vocabulary[piece]}, unknown, max_characters)


@wordpiece.wrong("a vocabulary that is a set is refused. Which question is all that it is asked?")
def dicts_only(word, vocabulary, unknown="[UNK]", max_characters=100):
    if isinstance(vocabulary, set):
        raise AttributeError
    return greedy(word, vocabulary, unknown, max_characters)


@wordpiece.wrong("capital letters are made small. Is that said anywhere?")
def lower_case(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word.lower(), vocabulary, unknown, max_characters)


@wordpiece.wrong("the pieces are joined to one string. What sort of value does the docstring promise?")
def joined(word, vocabulary, unknown="[UNK]", max_characters=100):
    return " ".join(greedy(word, vocabulary, unknown, max_characters))


@wordpiece.wrong("the pieces come in the wrong order. At which end of the list does the next one go?")
def reversed_order(word, vocabulary, unknown="[UNK]", max_characters=100):
    return greedy(word, vocabulary, unknown, max_characters)[::-1]


@wordpiece.wrong("each piece is there once only. What if a word repeats one?")
def each_piece_once(word, vocabulary, unknown="[UNK]", max_characters=100):
    return list(dict.fromkeys(greedy(word, vocabulary, unknown, max_characters)))
