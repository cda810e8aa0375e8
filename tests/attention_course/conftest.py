"""What the tests of figures share: the HTML that a figure shows, and what each must have."""

import re
import warnings

import pytest


@pytest.fixture
def shown(monkeypatch):
    """The HTML of what was displayed, updates of a display included."""
    html = []

    def display(thing, **options):
        html.append(thing.data)
        return type("Handle", (), {"update": lambda self, new: html.append(new.data)})()

    monkeypatch.setattr("IPython.display.display", display)
    return html


@pytest.fixture
def drawn(shown):
    """Call a figure: it must be a picture with words for those who cannot see it, and have all its glyphs."""

    def draw(figure, *args):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            figure(*args)
        alt = re.fullmatch(r'<img alt="([^"]+)" .*src="data:image/png;base64,[^"]+">', shown[0]).group(1)
        assert len(alt) > 60
        assert alt.endswith(".")

    return draw
