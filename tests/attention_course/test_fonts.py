"""Chinese characters are real glyphs everywhere: in figures by matplotlib, in cells by the browser."""

import base64
import io
import re
import warnings

import numpy as np
import pytest
from matplotlib.ft2font import FT2Font

from attention_course.checks import CheckError
from attention_course.data import FOLDER, published_example
from attention_course.figures import canvas, web_font
from attention_course.figures import worked_example as figures
from autograder import ROOT
from autograder.exam.reference import reference

HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
TEXTS = sorted(
    [
        *(ROOT / "lessons").glob("*.py"),
        *(ROOT / "attention_course" / "figures").rglob("*.py"),
        *(ROOT / "attention_course" / "checks").rglob("*.py"),
        *FOLDER.glob("*.json"),
    ]
)
NOTEBOOK = "02_worked_example"


def given(name):
    return reference(NOTEBOOK, name)


def all_figures():
    tokens, embeddings = given("tokens"), given("embeddings")
    weights, scaled, output = given("weights"), given("scaled_weights"), given("output")
    entropy = given("row_entropy")
    chinese, english = given("chinese"), given("english")
    pairs = given("align")(chinese, english, given("chinese_queries"), given("english_keys"))
    yield figures.plane(embeddings, tokens)
    yield figures.score_table(embeddings, tokens, row=2, column=0)
    yield figures.softmax_steps()
    yield figures.weights_map(weights, tokens, title="weights")
    yield figures.outputs_in_plane(embeddings, output, tokens)
    yield figures.before_and_after(weights, scaled, tokens)
    yield figures.entropy_bars(entropy(weights), entropy(scaled), tokens)
    yield figures.by_hand_and_by_code(scaled, scaled, tokens)
    yield figures.published_matrices(published_example(), marked={(0, 0)})
    yield figures.territories(given("nearest_tokens"), embeddings, tokens, output)
    yield figures.two_ways(tokens, [2, 0, 3, 1])
    yield figures.alignment_map(chinese, english, np.eye(3))
    yield figures.alignment_arrows(chinese, english, pairs)


def drawn(figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_chinese_character_is_in_the_shipped_font(path):
    glyphs = FT2Font(str(canvas.HAN_FONT)).get_charmap()
    missing = {character for character in HAN.findall(path.read_text(encoding="utf-8")) if ord(character) not in glyphs}
    assert missing == set()


def test_figures_draw_without_a_missing_glyph():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(drawn(figure) for figure in all_figures())


def test_a_missing_glyph_would_be_noticed():
    figure, axes = canvas.new_figure(1, 1)
    axes.set_title("龘")
    with pytest.warns(UserWarning, match="missing from font"):
        drawn(figure)


def test_figures_say_what_is_missing():
    for draw in (
        lambda: figures.weights_map(None, given("tokens"), title=""),
        lambda: figures.in_words("text", given("tokens")),
        lambda: figures.outputs_in_plane(given("embeddings"), np.zeros((4, 4)), given("tokens")),
    ):
        with pytest.raises(CheckError, match="finish that exercise"):
            draw()


def test_the_web_font_is_the_shipped_one(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    web_font.use_han_font()
    assert base64.b64encode(canvas.HAN_FONT.read_bytes()).decode() in shown[0].data
