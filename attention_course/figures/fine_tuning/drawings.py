"""Drawings of notebook 05: a body with its heads, labels for pieces, spans, and the paths between tags."""

from __future__ import annotations

from collections.abc import Sequence

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, show
from attention_course.figures.sketch import arrow, box, label, sheet


@given_figure
def one_body() -> None:
    """One body and two heads: the whole input gets a label, or every token does."""
    figure, axes = sheet(9.3, 3.1)
    tokens = ("[CLS]", "the", "sailor", "near", "emma", "[SEP]")
    for side, title in enumerate(("a label for the whole input", "a label for every token")):
        left = 1.0 + 4.6 * side
        for place, token in enumerate(tokens):
            x = left + 0.66 * place
            box(axes, x, 0.3, token, width=0.62, height=0.34, colour=GREY, size=8)
            arrow(axes, (x, 0.49), (x, 0.72), colour=GREY)
            if side:
                arrow(axes, (x, 1.32), (x, 1.6), colour=ORANGE)
                box(axes, x, 1.8, ("", "O", "O", "O", "B-PER", "")[place] or "-", width=0.6, height=0.34,
                    colour=ORANGE, size=8)  # fmt: skip
        box(axes, left + 1.65, 1.02, "the body: pre-trained once", width=3.96, height=0.56, colour=BLUE)
        label(axes, left + 1.65, 2.85, title, weight="bold")
        if not side:
            arrow(axes, (left, 1.32), (left, 1.6), colour=ORANGE)
            box(axes, left, 1.8, "pooled", width=0.9, height=0.34, colour=BLUE, size=9)
            arrow(axes, (left, 1.99), (left, 2.2), colour=ORANGE)
            box(axes, left, 2.38, "head: right or wrong?", width=1.9, height=0.34, colour=ORANGE, size=9)
        else:
            label(axes, left + 1.65, 2.3, "the same small head at every token", colour=ORANGE, size=9)
    show(
        figure,
        "The same pre-trained body twice. On the left a head on the pooled vector of CLS gives the whole input one "
        "label. On the right a head on every token's state gives each token a tag: emma gets B-PER.",
    )


@given_figure
def aligned_labels() -> None:
    """Words have labels, the model has pieces: who gets the label?"""
    figure, axes = sheet(7.85, 2.3)
    words = (
        ("miriam", "B-PER", 1.5, 2),
        ("hill", "I-PER", 2.9, 1),
        ("likes", "O", 4.1, 1),
        ("florence", "B-LOC", 5.5, 2),
    )
    for word, tag, x, _ in words:
        label(axes, x, 2.1, tag, colour=ORANGE, weight="bold")
        box(axes, x, 1.65, word, width=1.0, height=0.38, colour=BLUE)
    pieces = ("[CLS]", "mir", "##iam", "hill", "likes", "flor", "##ence", "[SEP]")
    owner = (None, 1.5, 1.5, 2.9, 4.1, 5.5, 5.5, None)
    given = ("-100", "B-PER", "-100", "I-PER", "O", "B-LOC", "-100", "-100")
    for place, (piece, home, text) in enumerate(zip(pieces, owner, given, strict=True)):
        x = 0.6 + 0.95 * place
        if home is not None:
            arrow(axes, (home, 1.44), (x, 1.03), colour=GREEN if text != "-100" else GREY)
        box(axes, x, 0.8, piece, width=0.85, height=0.38, colour=GREY if text == "-100" else BLUE, size=9)
        label(
            axes, x, 0.3, text, colour=GREY if text == "-100" else ORANGE, weight="normal" if text == "-100" else "bold"
        )
    show(
        figure,
        "Four words with a tag each: miriam B-PER, hill I-PER, likes O, florence B-LOC. The model sees eight pieces. "
        "The first piece of each word gets the word's tag; second pieces and the special tokens get -100, which "
        "leaves them out.",
    )


@given_figure
def spans_on_words() -> None:
    """A sentence with three spans, and a prediction that has three of four words right and no span."""
    figure, axes = sheet(8.8, 2.9)
    words = ("miriam", "hill", "lake", "likes", "austin", "near", "malta", ".")
    truth = ("B-PER", "I-PER", "I-PER", "O", "B-PER", "O", "B-LOC", "O")
    said = ("B-PER", "I-PER", "O", "O", "B-LOC", "O", "I-LOC", "O")
    for place, word in enumerate(words):
        x = 1.4 + 0.95 * place
        box(axes, x, 1.5, word, width=0.85, height=0.36, colour=GREY, size=9)
        for y, tags in ((2.1, truth), (0.85, said)):
            wrong = tags is said and said[place] != truth[place]
            label(axes, x, y, tags[place], size=9, colour=ORANGE if wrong else (GREY if tags[place] == "O" else BLUE))
    label(axes, 0.85, 2.1, "truth", across="right", size=9)
    label(axes, 0.85, 0.85, "said", across="right", size=9)
    for y, ranges, colour in ((2.45, ((0, 2), (4, 4), (6, 6)), BLUE), (0.5, ((0, 1), (4, 4)), ORANGE)):
        for first, last in ranges:
            axes.plot([1.4 + 0.95 * first - 0.4, 1.4 + 0.95 * last + 0.4], [y, y], color=colour, lw=3)
    label(
        axes, 4.7, 0.15, "5 of 8 words right, and no span: one too short, one of the wrong kind, one not begun", size=9
    )
    show(
        figure,
        "Eight words with true and predicted tags. There are three true spans. Five of the eight predicted tags are "
        "right, but no span is: one is too short, one has the wrong label, and the third begins with an I tag.",
    )


@given_figure
def lattice(
    words: Sequence[str] = ("victoria", "hill"),
    tags: Sequence[str] = ("O", "B-PER", "I-PER"),
    shares: Sequence[Sequence[float]] = ((0.45, 0.4, 0.15), (0.05, 0.05, 0.9)),
    path: Sequence[int] = (1, 2),
) -> None:
    """The tags of neighbouring words as a lattice: forbidden steps are missing, the best path is thick.

    Args:
        shares: for each word the probability of each tag.
        path: the number of the best path's tag at each word.
    """
    figure, axes = sheet(0.8 + 2.6 * len(words), 0.8 + 0.75 * len(tags))
    height = lambda tag: 0.45 + 0.75 * (len(tags) - 1 - tag)  # noqa: E731
    across = lambda place: 1.7 + 2.6 * place  # noqa: E731
    for place, word in enumerate(words):
        label(axes, across(place), 0.75 * len(tags) + 0.45, word, weight="bold")
        for tag, name in enumerate(tags):
            chosen = path[place] == tag
            text = f"{name}  {shares[place][tag]:.2f}"
            colour = GREEN if chosen else (GREY if place == 0 and name.startswith("I-") else BLUE)
            box(axes, across(place), height(tag), text, width=1.4, height=0.42, colour=colour, size=9)
            if colour == GREY:
                label(axes, across(place), height(tag) - 0.31, "no sentence begins so", colour=GREY, size=8)
            for before in range(len(tags)) if place else ():
                starts_inside = place == 1 and tags[before].startswith("I-")
                if starts_inside or (name.startswith("I-") and tags[before][2:] != name[2:]):
                    continue
                best = (path[place - 1], path[place]) == (before, tag)
                start, end = (across(place - 1) + 0.7, height(before)), (across(place) - 0.7, height(tag))
                arrow(axes, start, end, colour=GREEN if best else GREY, width=2.4 if best else 0.8)
    told = " then ".join(tags[number] for number in path)
    show(
        figure,
        f"A column of tags for each of the words {', '.join(words)}, with probabilities. Arrows lead from tag to tag "
        f"where IOB2 allows it; none leads from O to an I, and the first word cannot be one. The best path is {told}.",
    )
