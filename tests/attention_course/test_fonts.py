"""Chinese characters are real glyphs everywhere: in figures by matplotlib, in cells by the browser."""

import base64
import io
import re
import warnings

import numpy as np
import pytest
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from attention_course.checks import CheckError
from attention_course.data import FOLDER, published_example
from attention_course.figures import canvas, web_font
from attention_course.figures import worked_example as figures
from attention_course.figures.worked_example import shown
from attention_course.figures.worked_example.style import ENGLISH
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


@pytest.fixture
def all_figures(monkeypatch):
    """(figure, words) of every figure of notebook 02."""
    captured = []
    monkeypatch.setattr(shown, "show", lambda figure, alt: captured.append((figure, alt)))
    draw_all()
    return captured


def draw_all():
    tokens, embeddings = given("tokens"), given("embeddings")
    weights, scaled, output = given("weights"), given("scaled_weights"), given("output")
    entropy = given("row_entropy")
    chinese, english = given("chinese"), given("english")
    pairs = given("align")(chinese, english, given("chinese_queries"), given("english_keys"))
    figures.plane(embeddings, tokens)
    figures.score_table(embeddings, tokens, row=2, column=0)
    figures.softmax_steps()
    figures.weights_map(weights, tokens, title="weights")
    figures.outputs_in_plane(embeddings, output, tokens)
    figures.before_and_after(weights, scaled, tokens)
    figures.entropy_bars(entropy(weights), entropy(scaled), tokens)
    figures.by_hand_and_by_code(scaled, scaled, tokens)
    figures.published_matrices(published_example(), marked={(0, 0)})
    figures.territories(given("nearest_tokens"), embeddings, tokens, output)
    figures.two_ways(tokens, [2, 0, 3, 1])
    figures.alignment_map(chinese, english, np.eye(3))
    figures.alignment_arrows(chinese, english, pairs)


def drawn(figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_chinese_character_is_in_the_shipped_font(path):
    glyphs = FT2Font(str(canvas.HAN_FONT)).get_charmap()
    missing = {character for character in HAN.findall(path.read_text(encoding="utf-8")) if ord(character) not in glyphs}
    assert missing == set()


def test_figures_draw_without_a_missing_glyph(all_figures):
    assert len(all_figures) == len(figures.__all__) - 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(drawn(figure) for figure, _ in all_figures)


def test_every_chinese_word_has_its_meaning_in_the_same_figure(all_figures):
    words = {word: re.compile(rf"{word}\s\({meaning}\)") for word, meaning in ENGLISH.items()}
    for figure, alt in all_figures:
        drawn_words = " ".join(found.get_text() for found in figure.findobj(Text))
        for word, glossed in words.items():
            if re.search(rf"(?<![\u4e00-\u9fff]){word}(?![\u4e00-\u9fff])", drawn_words):
                assert glossed.search(drawn_words) or ENGLISH[word] in drawn_words, (word, alt)


def test_the_words_for_a_figure_end_in_a_sentence_and_stand_in_no_cell(all_figures):
    assert all(len(alt) > 60 and alt.endswith(".") for _, alt in all_figures)
    assert "alt=" not in (ROOT / "lessons" / f"{NOTEBOOK}.py").read_text(encoding="utf-8")


def test_a_missing_glyph_would_be_noticed():
    figure, axes = canvas.new_figure(1, 1)
    axes.set_title("龘")
    with pytest.warns(UserWarning, match="missing from font"):
        drawn(figure)


def test_figures_say_what_is_missing():
    for draw in (
        lambda: figures.weights_map(None, given("tokens"), title=""),
        lambda: figures.before_and_after(given("weights"), "text", given("tokens")),
        lambda: figures.outputs_in_plane(given("embeddings"), np.zeros((4, 4)), given("tokens")),
    ):
        with pytest.raises(CheckError, match="finish that exercise"):
            draw()


def test_the_web_font_is_the_shipped_one(monkeypatch):
    sent = []
    monkeypatch.setattr("IPython.display.display", sent.append)
    web_font.use_han_font()
    assert base64.b64encode(canvas.HAN_FONT.read_bytes()).decode() in sent[0].data
