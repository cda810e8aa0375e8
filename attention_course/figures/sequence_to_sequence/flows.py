"""Drawings of notebook 06 with arrows: what flows where."""

from __future__ import annotations

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, show
from attention_course.figures.sequence_to_sequence.style import given
from attention_course.figures.sketch import arrow, box, label, sheet


@given
def lstm_cell() -> None:
    """One step of an LSTM: the cell runs through, three gates decide what is forgotten, written and shown."""
    figure, axes = sheet(9.6, 3.5)
    label(axes, 0.45, 2.9, "cell")
    label(axes, 0.45, 0.45, "hidden, x")
    for start, end in (((0.9, 2.9), (2.0, 2.9)), ((2.3, 2.9), (4.7, 2.9)), ((5.0, 2.9), (9.2, 2.9))):
        arrow(axes, start, end, colour=BLUE, width=2.4)
    label(axes, 2.15, 2.9, "×", size=16)
    label(axes, 4.85, 2.9, "+", size=16)
    label(axes, 4.85, 2.0, "×", size=16)
    label(axes, 7.6, 1.7, "×", size=16)
    for x, text, colour in (
        (2.15, "forget\nsigmoid", ORANGE),
        (3.9, "input\nsigmoid", ORANGE),
        (5.6, "candidate\ntanh", GREEN),
        (7.6, "output\nsigmoid", ORANGE),
    ):
        box(axes, x, 1.15, text, width=1.2, height=0.6, colour=colour)
        arrow(axes, (x, 0.45), (x, 0.83), colour=GREY)
    axes.plot([1.05, 7.6], [0.45, 0.45], color=GREY, lw=1.3)
    arrow(axes, (2.15, 1.47), (2.15, 2.72))
    arrow(axes, (3.9, 1.47), (4.72, 1.92))
    arrow(axes, (5.6, 1.47), (4.98, 1.92))
    arrow(axes, (4.85, 2.15), (4.85, 2.72))
    arrow(axes, (7.6, 1.47), (7.6, 1.55))
    arrow(axes, (8.6, 2.9), (7.75, 1.82), bend=-0.2)
    label(axes, 8.75, 2.35, "tanh", size=9)
    arrow(axes, (7.78, 1.68), (9.2, 1.68), colour=BLUE, width=2.4)
    label(axes, 8.6, 1.45, "new hidden", size=9)
    label(axes, 8.9, 3.15, "new cell", size=9)
    show(
        figure,
        "One step of an LSTM. The cell runs straight through: it is multiplied by the forget "
        "gate, then input gate times "
        "candidate is added. The new hidden state is the output gate times tanh of the new cell. "
        "All four boxes read the "
        "old hidden state and x.",
    )


@given
def additive_score() -> None:
    """How a query and the keys become weights, and the weights a context."""
    figure, axes = sheet(9.6, 2.7)
    box(axes, 0.85, 2.1, "query\n(b, ·)", width=1.2, height=0.6, colour=ORANGE)
    box(axes, 0.85, 0.7, "keys\n(b, k, ·)", width=1.2, height=0.6)
    for x, text, colour in (
        (2.75, "W query + U key\nfor every key", GREEN),
        (4.75, "tanh", GREEN),
        (6.1, "· v", GREEN),
        (7.45, "softmax\nover the keys", ORANGE),
    ):
        box(axes, x, 1.6, text, width=1.75 if x == 2.75 else 1.1, height=0.62, colour=colour)
    box(axes, 9.0, 0.7, "context", width=1.0, height=0.5)
    for start, end in (
        ((1.47, 2.1), (1.85, 1.75)),
        ((1.47, 0.75), (1.85, 1.4)),
        ((3.64, 1.6), (4.18, 1.6)),
        ((5.32, 1.6), (5.53, 1.6)),
        ((6.67, 1.6), (6.88, 1.6)),
        ((8.02, 1.5), (8.7, 0.98)),
        ((1.47, 0.6), (8.47, 0.6)),
    ):
        arrow(axes, start, end)
    label(axes, 7.45, 2.4, "mask", size=9)
    arrow(axes, (7.45, 2.28), (7.45, 1.94))
    label(axes, 5.2, 0.8, "the keys themselves are averaged", size=9)
    show(
        figure,
        "Additive attention: the query's projection is added to each key's projection, through "
        "tanh, times v: a score for "
        "each key. Masked softmax over the keys gives weights, and with them the keys themselves "
        "are averaged into the context.",
    )


@given
def decoder_step() -> None:
    """One step of the decoder: look, read, say."""
    figure, axes = sheet(9.6, 3.2)
    box(axes, 0.9, 2.3, "hidden, cell\nbefore", width=1.3, height=0.62)
    box(axes, 0.9, 0.6, "word written\nlast", width=1.3, height=0.62, colour=GREY)
    box(axes, 3.3, 1.45, "1 look:\nattention", width=1.3, height=0.62, colour=ORANGE)
    box(axes, 5.5, 1.45, "2 read:\nLSTM cell", width=1.3, height=0.62, colour=GREEN)
    box(axes, 8.0, 1.45, "3 say:\noutput", width=1.2, height=0.62)
    label(axes, 3.3, 0.3, "keys of the source, mask", size=9)
    arrow(axes, (3.3, 0.45), (3.3, 1.13))
    arrow(axes, (1.56, 2.15), (2.64, 1.62))
    arrow(axes, (1.56, 2.4), (5.3, 1.78), bend=-0.12)
    arrow(axes, (1.56, 0.55), (5.2, 1.13), bend=0.12)
    arrow(axes, (3.96, 1.45), (4.84, 1.45))
    label(axes, 4.4, 1.62, "context", size=9)
    arrow(axes, (6.16, 1.45), (7.38, 1.45))
    label(axes, 6.75, 1.62, "new hidden", size=9)
    arrow(axes, (3.7, 1.13), (7.7, 1.13), bend=0.3)
    label(axes, 6.6, 0.25, "the same context", size=9)
    arrow(axes, (8.6, 1.45), (9.3, 1.45))
    label(axes, 9.0, 1.7, "logits", size=9)
    show(
        figure,
        "A step of the decoder in three parts. Look: attention is asked with the hidden state "
        "before the step and gives a "
        "context. Read: the LSTM cell takes the embedded word and the context. Say: the output "
        "layer takes the new hidden "
        "state and the same context and gives logits.",
    )


@given
def decoder_block() -> None:
    """The three parts of a Transformer decoder block, each added to its input and normalised."""
    figure, axes = sheet(9.8, 2.6)
    parts = (
        (2.0, "attention to\nown words", ORANGE),
        (4.9, "attention to\nthe source", GREEN),
        (7.8, "feed-forward", BLUE),
    )
    label(axes, 0.75, 1.3, "x")
    for x, text, colour in parts:
        box(axes, x, 1.3, text, width=1.35, height=0.62, colour=colour)
        box(axes, x + 1.35, 1.3, "+ norm", width=0.75, height=0.5, colour=GREY)
        arrow(axes, (x - 1.12, 1.3), (x - 0.69, 1.3))
        arrow(axes, (x + 0.69, 1.3), (x + 0.96, 1.3))
        arrow(axes, (x - 1.0, 1.35), (x + 1.3, 1.56), colour=GREY, bend=-0.35)
    arrow(axes, (9.54, 1.3), (9.75, 1.3))
    label(axes, 2.0, 0.35, "self_mask: no future", size=9)
    arrow(axes, (2.0, 0.5), (2.0, 0.97))
    label(axes, 4.9, 0.35, "memory, memory_mask", size=9)
    arrow(axes, (4.9, 0.5), (4.9, 0.97))
    label(axes, 3.75, 0.93, "y", size=10)
    label(axes, 6.65, 0.93, "z", size=10)
    show(
        figure,
        "A decoder block of a Transformer: x goes through attention to the own words, under self_mask; then through "
        "attention to the source, which brings in memory under memory_mask; then through a "
        "feed-forward part. After each "
        "part what went in is added and the sum normalised: y, z, and the output.",
    )
