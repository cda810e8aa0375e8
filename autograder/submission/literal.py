"""Text that a learner wrote, as markdown that shows this very text, whatever renders it."""

from __future__ import annotations

import html
import re

ACTIVE = {ord(char): f"&#{ord(char)};" for char in "\\`*_[]()!#~|:$\n\r{}^@"}
"""What means something to markdown, or to MathJax, inside a line of HTML; for `str.translate`."""


def literal(text: str) -> str:
    """Text as markdown that shows this text.

    >>> literal("<b> $x_1$ [a](b)")
    '&lt;b&gt; &#36;x&#95;1&#36; &#91;a&#93;&#40;b&#41;'
    """
    return html.escape(text, quote=True).replace("&#x27;", "'").translate(ACTIVE)


def with_code(text: str) -> str:
    """A sentence as markdown: `code` between backticks, everything else literally."""
    parts = re.split(r"`([^`]+)`", text)
    return "".join(f"<code>{literal(part)}</code>" if i % 2 else literal(part) for i, part in enumerate(parts))


def source_block(text: str) -> str:
    """Markdown that shows a text with its line ends, in type of one width."""
    return f"<pre>{literal(text)}</pre>"
