"""Lets the browser draw Chinese characters in text and code cells with the font that the course ships."""

from __future__ import annotations

import base64

from attention_course.figures.canvas import HAN_FONT

_RULES = """\
<style>
@font-face {{
  font-family: "Attention Course Han";
  src: url(data:font/otf;base64,{font}) format("opentype");
  unicode-range: U+4E00-9FFF;
}}
:root {{
  --jp-content-font-family: system-ui, "Segoe UI", Helvetica, Arial, "Attention Course Han", sans-serif;
  --jp-code-font-family: Menlo, Consolas, "DejaVu Sans Mono", "Attention Course Han", monospace;
}}
</style>"""
"""The names of Jupyter's own fonts stay in front: ours serves the characters they lack."""


def use_han_font() -> None:
    """Give this notebook's page the shipped font, so that no machine shows empty boxes in place of characters."""
    from IPython.display import HTML, display

    font = base64.b64encode(HAN_FONT.read_bytes()).decode()
    display(HTML(_RULES.format(font=font), metadata={"isolated": False}))
