"""The figures of notebook 02 as its cells call them: drawn, shown, and said in words for those who cannot see them."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from attention_course.figures.canvas import show
from attention_course.figures.worked_example import drawings, plots
from attention_course.figures.worked_example.own_values import in_words, needed, points_in_words
from attention_course.figures.worked_example.style import glossed


def plane(embeddings, tokens: list[str]) -> None:
    """The four token vectors as arrows from the origin."""
    show(
        drawings.plane(embeddings, tokens),
        "Four points in a plane. 我 (I) at (1, 0), 喜欢 (like) at (0, 1) and 吃 (eat) at (1, 1) have arrows from the "
        "origin. 苹果 (apple) at (0, 0) has none: it is the origin. 吃 points halfway between 我 and 喜欢.",
    )


def score_table(embeddings, tokens: list[str], row: int, column: int) -> None:
    """An empty score matrix with E on its left and its transpose above; one entry with the work shown."""
    answer = embeddings[row] @ embeddings[column]
    show(
        drawings.score_table(embeddings, tokens, row, column),
        "A table of 4 by 4 scores. The vectors stand as rows on its left, as columns above it. One entry is filled "
        f"in, row {glossed(tokens[row])} and column {glossed(tokens[column])}: it is {answer:g}.",
    )


def softmax_steps() -> None:
    """Three made-up scores on their way to weights."""
    show(
        drawings.softmax_steps(),
        "Three bar charts for three made-up scores a, b, c. The scores are 0, 1, 2. The powers of e are 1, 2.718, "
        "7.389. Divided by their sum they are 0.090, 0.245, 0.665: above 0, and 1 together.",
    )


def weights_map(weights, tokens: list[str], title: str) -> None:
    """A weight matrix as a heat map: a row per query, a column per key."""
    words = in_words(weights, tokens)
    show(plots.weights_map(weights, tokens, title), f"Heat map of your weights; brighter means more attention. {words}")


def outputs_in_plane(embeddings, output, tokens: list[str]) -> None:
    """Where each token's output lies."""
    show(
        plots.outputs_in_plane(embeddings, output, tokens),
        "The square whose corners are the four embeddings, with an arrow from each token to its output. Your outputs: "
        + points_in_words(output, tokens),
    )


def before_and_after(weights, scaled_weights, tokens: list[str]) -> None:
    """The weights of every row, unscaled and scaled, side by side."""
    before, after = in_words(weights, tokens), in_words(scaled_weights, tokens, "scaled_weights")
    show(
        plots.before_and_after(weights, scaled_weights, tokens),
        "For each token a bar chart of its four weights before and after scaling, and a line at one quarter. "
        f"Before: {before} After: {after}",
    )


def entropy_bars(before, after, tokens: list[str]) -> None:
    """Each row's entropy, unscaled and scaled, under the largest one possible."""
    show(
        plots.entropy_bars(before, after, tokens),
        f"Entropy of each row in nats, unscaled {np.round(before, 3)}, scaled {np.round(after, 3)}. "
        "A line marks log 4, which is 1.386, the largest possible value.",
    )


def by_hand_and_by_code(scaled_weights, code_weights, tokens: list[str]) -> None:
    """The learner's hand-made weights beside those of the learner's own code."""
    hand, code = in_words(scaled_weights, tokens, "scaled_weights"), in_words(code_weights, tokens)
    show(
        plots.by_hand_and_by_code(scaled_weights, code_weights, tokens),
        f"Two heat maps, by hand and by code. By hand: {hand} By code: {code}",
    )


def published_matrices(published, marked: Collection[tuple[int, int]] = ()) -> None:
    """The published scores and weights as printed; `marked` entries of the scores get a frame."""
    rows = "; ".join(" ".join(f"{number:g}" for number in row) for row in published.scores)
    shares = "; ".join(" ".join(f"{number:g}" for number in row) for row in published.weights)
    frames = f" Frames stand around the scores at (row, column) {sorted(marked)}." if marked else ""
    show(
        plots.published_matrices(published, marked),
        f"Two published matrices. Rows of the scores: {rows}. Rows of the weights: {shares}.{frames}",
    )


def territories(nearest: Callable, embeddings, tokens: list[str], output) -> None:
    """Which token the learner's own `nearest_tokens` names at each place of the plane, for both measures."""
    own = needed(output, np.shape(embeddings), "output")
    lie = {measure: " ".join(nearest(own, embeddings, tokens, measure)) for measure in ("dot", "cosine")}
    show(
        plots.territories(nearest, embeddings, tokens, output),
        "Two maps of the plane, coloured by the token that nearest_tokens names there. By dot product 吃 (eat) owns "
        "the whole upper right quarter, by cosine a wedge around the diagonal. 苹果 (apple) owns only the places where "
        "every other token scores below 0. Your outputs lie in the areas of "
        f"{lie['dot']} by dot product and of {lie['cosine']} by cosine.",
    )


def two_ways(tokens: list[str], order: list[int]) -> None:
    """Shuffle, then attend; or attend, then shuffle: does it come to the same?"""
    shuffled = " ".join(tokens[place] for place in order)
    show(
        drawings.two_ways(tokens, order),
        f"A square of two ways. Along the top, attend to {' '.join(tokens)}, then shuffle the outputs. Down the side, "
        f"shuffle the tokens to {shuffled}, then attend. The question is whether both ways give the same.",
    )


def alignment_map(query_words: list[str], key_words: list[str], weights) -> None:
    """Weights between two languages as a heat map."""
    show(
        plots.alignment_map(query_words, key_words, weights),
        "Heat map of the attention of 我 爱 你 on I love you. The diagonal is brightest: 我 (I) looks mostly at I, 爱 "
        "(love) mostly at love, with some on I and you, and 你 (you) mostly at you.",
    )


def alignment_arrows(query_words: list[str], key_words: list[str], pairs: list[tuple[str, str]]) -> None:
    """The strongest look of each query word, as an arrow from the lower line to the upper one."""
    places = [key_words.index(key) for _, key in pairs]
    how = "Arrows, none crossing another," if places == sorted(places) else "Crossing arrows"
    show(
        drawings.alignment_arrows(query_words, key_words, pairs),
        f"{how} from each Chinese word to the English word it looks at most: "
        + ", ".join(f"{glossed(query)} to {key}" for query, key in pairs)
        + ".",
    )
