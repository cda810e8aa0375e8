"""Drawings of notebook 06: what moves in translation, padding, teacher forcing, a trap for the greedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, show
from attention_course.figures.sequence_to_sequence.style import given, glossed
from attention_course.figures.sketch import PALE, arrow, box, grid, label, sheet

if TYPE_CHECKING:
    from attention_course.translation.grammar import Pair


@given
def linked(pair: Pair) -> None:
    """A sentence, its translation below it with a gloss for every word, and lines between what belongs together."""
    step, many = 0.98, max(len(pair.source), len(pair.target))
    figure, axes = sheet(step * many + 0.3, 2.5)
    places = [
        [(0.15 + step * (number + 0.5 + (many - len(words)) / 2), y) for number in range(len(words))]
        for words, y in ((pair.source, 2.1), (pair.target, 0.5))
    ]
    for words, row, colour in ((pair.source, places[0], BLUE), (glossed(pair.target), places[1], ORANGE)):
        for word, (x, y) in zip(words, row, strict=True):
            tall = 0.62 if "\n" in word else 0.4
            box(axes, x, y, word, width=step - 0.08, height=tall, colour=colour, size=8.5)
    for target, source in sorted(pair.links):
        (x, y), (left, top) = places[1][target], places[0][source]
        axes.plot([x, left], [y + 0.33, top - 0.22], color=GREY, lw=1.2)
    told = "; ".join(
        f"{word} to {' and '.join(pair.source[s] for t, s in sorted(pair.links) if t == number) or 'nothing'}"
        for number, word in enumerate(glossed(pair.target, " "))
    )
    show(figure, f"'{' '.join(pair.source)}' above its Chinese translation. Lines go from {told}.")


@given
def padded_batch() -> None:
    """Two sentences in one batch, and where the backward direction begins in the shorter one."""
    figure, axes = sheet(9.4, 2.5)
    rows = [["i", "see", "you", "at", "home"], ["we", "read", "<pad>", "<pad>", "<pad>"]]
    for row, words in enumerate(rows):
        for place, word in enumerate(words):
            real = word != "<pad>"
            y = 1.95 - 1.15 * row
            box(axes, 0.75 + 1.2 * place, y, word, width=1.05, height=0.4, colour=BLUE if real else GREY)
    for start, end, y, colour in (
        (0.3, 5.9, 2.3, BLUE),
        (5.9, 0.3, 1.6, GREEN),
        (0.3, 2.3, 1.15, BLUE),
        (2.3, 0.3, 0.45, GREEN),
    ):
        arrow(axes, (start, y), (end, y), colour=colour, width=1.8)
    label(axes, 6.3, 2.3, "forward ends at the last real word", across="left", colour=BLUE, size=9)
    label(axes, 6.3, 1.6, "backward ends at the first word", across="left", colour=GREEN, size=9)
    label(axes, 2.6, 0.32, "backward must begin here, not in the padding", across="left", colour=GREEN, size=9)
    show(
        figure,
        "A batch of two sentences, of five and of two words, the second with three places of padding behind it. The "
        "forward direction reads up to the last real word. The backward direction must begin at "
        "the last real word too, "
        "not in the padding, and ends at the first word.",
    )


@given
def teacher_forcing() -> None:
    """Inputs and outputs of a decoder for two target sentences, one step apart."""
    figure, axes = sheet(8.2, 2.9)
    rows = (
        [["<s>", "我", "爱", "你"], ["<s>", "他", "画", "<pad>"]],
        [["我", "爱", "你", "</s>"], ["他", "画", "</s>", "<pad>"]],
    )
    for side, (table, name) in enumerate(
        zip(rows, ("inputs: what it reads", "outputs: what it must answer"), strict=True)
    ):
        left = 0.2 + 4.1 * side
        label(axes, left, 2.65, name, across="left")
        for row, words in enumerate(table):
            fills = [[PALE[GREY] if word == "<pad>" else PALE[ORANGE if side else BLUE] for word in words]]
            grid(axes, left, 2.3 - 1.1 * row, fills, cell=0.9)
            for place, text in enumerate(glossed(words)):
                label(axes, left + 0.45 + 0.9 * place, 1.85 - 1.1 * row, text, size=9)
    show(
        figure,
        "Teacher forcing for the targets 我 爱 你 (I love you) and 他 画 (he draws). Inputs: start, the words, "
        "padding. Outputs: the words, then end, then padding. In every column the output is the word after the input.",
    )


@given
def trap() -> None:
    """Two beginnings of a translation of 'look after': the likelier first character leads to less likely words."""
    figure, axes = sheet(8.6, 3.6)
    box(axes, 0.8, 1.8, "look after", width=1.2)
    box(axes, 3.2, 2.9, "看 .6\nlook-", width=1.1, height=0.62, colour=ORANGE)
    box(axes, 3.2, 0.7, "照 .4\nlook-", width=1.1, height=0.62, colour=GREEN)
    for y, text, total in ((3.3, "护 -guard 1/3", ".2"), (2.6, "管 -manage 1/3", ".2"), (1.9, "着 -on 1/3", ".2")):
        box(axes, 5.7, y, text, width=1.8, height=0.46, colour=ORANGE)
        arrow(axes, (3.76, 2.9), (4.78, y))
        label(axes, 7.3, y, f".6 · 1/3 = {total}", size=10)
    box(axes, 5.7, 0.7, "顾 -after 1", width=1.8, height=0.46, colour=GREEN)
    arrow(axes, (3.76, 0.7), (4.78, 0.7))
    label(axes, 7.3, 0.7, ".4 · 1 = .4", size=10)
    for y in (2.9, 0.7):
        arrow(axes, (1.42, 1.8), (2.62, y))
    show(
        figure,
        "A tree of the translations of 'look after'. The first character 看 (look) has probability .6, and three words "
        "go on from it with one third each: .2 for each of them. The character 照 has .4, and "
        "only one word, 照顾, which so "
        "has .4: the most probable word begins with the less probable character.",
    )
