"""Given figures are drawn for whoever looks, and cost nothing where nobody does."""

import pytest

from attention_course.figures import FIGURES_VARIABLE, canvas, worked_example

TOKENS, PLANE = ["我", "喜欢"], [[0, 1], [1, 0]]


@canvas.given_figure
def square():
    """A square.

    Not more.
    """
    figure, _ = canvas.new_figure(1, 1)
    canvas.show(figure, "a square")


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """The HTML of what was displayed; the environment says nothing about figures."""
    html = []
    monkeypatch.setattr("IPython.display.display", lambda thing: html.append(thing.data))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.delenv(FIGURES_VARIABLE, raising=False)
    return html


@pytest.mark.parametrize("execution", ["", "autograde"])
def test_a_learner_and_nbgrader_as_it_comes_see_figures(execution, shown, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", execution)
    square()
    assert len(shown) == 1
    assert 'alt="a square"' in shown[0]
    assert not capsys.readouterr().out


@pytest.mark.parametrize(("name", "value"), [("NBGRADER_EXECUTION", "validate"), (FIGURES_VARIABLE, "none")])
def test_where_nobody_looks_a_line_says_what_would_be_there(name, value, shown, monkeypatch, capsys):
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(canvas, "new_figure", None)  # nothing is made, let alone drawn
    square()
    canvas.show(worked_example.plane(PLANE, TOKENS), alt="two words in a plane")
    assert not shown
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 76
    first, second = lines[:2]
    assert first == "[figure, not drawn here: A square.]"
    assert second.startswith("[figure, not drawn here: ")


def test_figures_can_be_had_under_validate_too(shown, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    monkeypatch.setenv(FIGURES_VARIABLE, "all")
    square()
    assert len(shown) == 1


def test_a_learners_own_figure_is_always_shown(shown, monkeypatch):
    monkeypatch.setenv(FIGURES_VARIABLE, "none")
    canvas.show(canvas.new_figure(1, 1)[0], "mine")
    assert len(shown) == 1
