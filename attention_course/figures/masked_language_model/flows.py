"""Flows of notebook 04: the way of numbers through the model, and how a piece of a state dict changes its name."""

from __future__ import annotations

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, show
from attention_course.figures.sketch import arrow, box, label, sheet


@given_figure
def embedding_sum() -> None:
    """Three tables, one sum."""
    figure, axes = sheet(8.2, 3.0)
    tokens = ("[CLS]", "she", "sings", "[SEP]", "they", "[SEP]")
    rows = (
        ("word", BLUE, [f"w({token})" for token in tokens]),
        ("position", ORANGE, [f"p({place})" for place in range(6)]),
        ("segment", GREEN, ["seg(0)"] * 4 + ["seg(1)"] * 2),
    )
    for place, token in enumerate(tokens):
        label(axes, 1.9 + 1.05 * place, 2.8, token, weight="bold")
    for row, (name, colour, cells) in enumerate(rows):
        y = 2.3 - 0.6 * row
        label(axes, 1.2, y, name, across="right", colour=colour, weight="bold")
        for place, cell in enumerate(cells):
            box(axes, 1.9 + 1.05 * place, y, cell, width=0.92, height=0.4, colour=colour, size=9)
            if row:
                label(axes, 1.9 + 1.05 * place, y + 0.3, "+", size=10)
    for place in range(6):
        arrow(axes, (1.9 + 1.05 * place, 0.85), (1.9 + 1.05 * place, 0.55))
    box(axes, 4.52, 0.3, "LayerNorm, then dropout", width=6.2, height=0.42, colour=GREY)
    show(
        figure,
        "Six tokens. Under each stand three vectors that are added: one for the word, one for the position, one for "
        "the segment. Then LayerNorm and dropout. The two tokens of the second sentence have the segment 1.",
    )


@given_figure
def bert() -> None:
    """The whole model with its two heads."""
    figure, axes = sheet(8.6, 4.3)
    box(axes, 3.0, 0.3, "input_ids, token_type_ids, attention_mask", width=4.0, colour=GREY)
    box(axes, 3.0, 1.05, "embeddings", width=4.0)
    box(axes, 3.0, 1.75, "encoder layer 0", width=4.0)
    box(axes, 3.0, 2.35, "encoder layer 1 ...", width=4.0)
    for low, high in ((0.55, 0.8), (1.3, 1.5), (2.0, 2.1)):
        arrow(axes, (3.0, low), (3.0, high))
    label(axes, 3.15, 1.4, "(b, t, m)", across="left", size=9)
    label(axes, 5.15, 2.35, "states (b, t, m)", across="left", size=9)
    arrow(axes, (2.6, 2.6), (2.6, 3.05))
    label(axes, 2.75, 2.83, "every token", across="left", size=9)
    box(axes, 2.0, 3.3, "transform, gelu, norm", width=2.6, colour=ORANGE)
    box(axes, 2.0, 3.95, "times the word table, plus bias", width=2.9, colour=ORANGE)
    arrow(axes, (2.0, 3.55), (2.0, 3.7))
    # from the first token, on the left, past the other head
    axes.plot((1.2, 1.2, 5.9, 5.9), (2.6, 2.72, 2.72, 2.8), color=GREEN, lw=1.3)
    arrow(axes, (5.9, 2.72), (5.9, 3.05), colour=GREEN)
    label(axes, 6.0, 2.85, "[CLS], the first token, alone", across="left", size=9)
    box(axes, 6.3, 3.3, "pooler, tanh", width=2.2, colour=GREEN)
    box(axes, 6.3, 3.95, "next_sentence", width=2.2, colour=GREEN)
    arrow(axes, (6.3, 3.55), (6.3, 3.7))
    label(axes, 3.5, 4.2, "(b, t, s)", across="left", size=9)
    label(axes, 7.5, 3.95, "(b, 2)", across="left", size=9)
    arrow(axes, (0.98, 1.05), (0.52, 3.95), colour=BLUE, bend=-0.35, style="<|-|>")
    label(axes, -0.1, 2.45, "one\ntable", colour=BLUE, size=9, across="right")
    show(
        figure,
        "From the bottom: the three rows of numbers, embeddings, encoder layers one upon the other. Every token's "
        "state goes through transform, gelu and norm and is multiplied by the word table, the same one that the "
        "embeddings use. The state of CLS alone goes through the pooler with tanh to the next-sentence head.",
    )


@given_figure
def weight_places() -> None:
    """Where the numbers of a Hugging Face layer go."""
    figure, axes = sheet(9.0, 3.5)
    label(axes, 2.2, 3.3, "bert.encoder.layer.0. ...", weight="bold")
    label(axes, 7.0, 3.3, "bert.layers.0. ...", weight="bold")
    rows = (
        ("attention.self.query", "self_attn.in_proj_weight, in_proj_bias: rows 0 to m", BLUE),
        ("attention.self.key", "self_attn.in_proj_weight, in_proj_bias: rows m to 2m", BLUE),
        ("attention.self.value", "self_attn.in_proj_weight, in_proj_bias: rows 2m to 3m", BLUE),
        ("attention.output.dense", "self_attn.out_proj", GREY),
        ("attention.output.LayerNorm", "norm1", GREY),
        ("intermediate.dense, output.dense", "linear1, linear2", GREY),
        ("output.LayerNorm", "norm2", GREY),
    )
    for row, (theirs, ours, colour) in enumerate(rows):
        y = 2.9 - 0.44 * row
        box(axes, 2.2, y, theirs, width=3.6, height=0.36, colour=colour, size=9)
        box(axes, 7.0, y, ours, width=3.6, height=0.36, colour=colour, size=9)
        arrow(axes, (4.05, y), (5.15, y), colour=colour)
    show(
        figure,
        "Where the entries of one Hugging Face layer go. query, key and value are stacked, in this order, into the one "
        "in_proj of torch. attention.output.dense becomes out_proj and attention.output.LayerNorm norm1; "
        "intermediate.dense becomes linear1, output.dense linear2, and output.LayerNorm norm2.",
    )
