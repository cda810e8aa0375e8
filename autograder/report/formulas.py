"""Formulas on a feedback page as MathML, which browsers draw by themselves: no script, and no network.

latex2mathml reads the formula; of what it makes, known elements and attributes are taken over one by one, with every
text escaped, because a formula may be a learner's.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

LONGEST, MOST, LONGEST_TEXT = 2_000, 500, 300_000
"""Characters of a formula, different formulas on a page, and characters of text with formulas; others stay LaTeX."""

_ELEMENTS = re.compile(
    r"m(ath|row|i|n|o|text|space|sup|sub|subsup|over|under|underover|frac|sqrt|root|table|tr|td|style|padded|phantom)"
)
_ATTRIBUTES = re.compile(
    r"display|displaystyle|scriptlevel|mathvariant|width|height|depth|linethickness|columnalign|(row|column)(spacing|lines)"
    r"|stretchy|symmetric|fence|form|separator|[lr]space|accent|accentunder|movablelimits|largeop|minsize|maxsize"
)
_VALUE = re.compile(r"[\w.%+ -]{1,60}")
_SPACES = {"thinmathspace": "0.167em", "mediummathspace": "0.222em", "thickmathspace": "0.278em"}
_NAMED_SPACES = {**_SPACES, **{f"negative{name}": f"-{width}" for name, width in _SPACES.items()}}
"""Widths that MathML Core no longer knows by name."""

_FORMULA = re.compile(
    r"(?<!\\)\$\$(?P<block>.{1,2000}?)(?<!\\)\$\$|\\\[(?P<display>.{1,2000}?)\\\]"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]{1,20}\*?)\}.{0,2000}?\\end\{(?P=name)\})"
    r"|\\\((?P<inline>.{1,2000}?)\\\)|(?<![\\$])\$(?P<tex>[^$]{1,2000}?)(?<!\\)\$",
    re.DOTALL,
)
_VERBATIM = ("pre", "code", "style", "title", "textarea", "math")


def draw_formulas(page: str) -> str:
    """A page whose LaTeX between $ or $$, and in display environments, is drawn.

    Args:
        page: HTML as a serialiser writes it, in which < and > stand for tags alone outside of style elements.
    """
    made, verbatim, left = [], "", LONGEST_TEXT
    seen: set[str] = set()
    for part in re.split(r"(<[^>]*>)", page):
        if part.startswith("<"):
            name = re.match(r"</?(\w*)", part)
            tag = name[1].lower() if name else ""
            if verbatim:
                verbatim = "" if part.startswith(f"</{verbatim}") else verbatim
            elif tag in _VERBATIM and not part.startswith("</"):
                verbatim = tag
        elif not verbatim and ("$" in part or "\\" in part) and len(part) <= left:
            left -= len(part)
            part = _FORMULA.sub(lambda found: _drawn(found, seen), part)
        made.append(part)
    return "".join(made)


def _drawn(found: re.Match[str], seen: set[str]) -> str:
    group = str(found.lastgroup) if found.lastgroup != "name" else "environment"
    seen.add(found[0])
    if len(seen) > MOST:
        return found[0]
    return mathml(html.unescape(found[group]), block=group not in ("inline", "tex")) or found[0]


@lru_cache(maxsize=5000)
def mathml(formula: str, *, block: bool) -> str:
    """LaTeX as MathML; "" for what cannot be read.

    Args:
        block: on a line of its own.
    """
    if len(formula) > LONGEST or formula.count("{") > 200:
        return ""
    formula = re.sub(r"\{(aligned|gathered|split)\}", "{align*}", formula)
    try:
        return _written(convert_to_element(formula, display="block" if block else "inline"))
    except Exception:  # latex2mathml raises a dozen kinds of error on what is no formula
        return ""


def _written(element: Element) -> str:
    """An element and what is in it, as far as it is known.

    Raises:
        ValueError: an element that is not known.
    """
    if not _ELEMENTS.fullmatch(element.tag):
        raise ValueError(element.tag)
    said = {name: _NAMED_SPACES.get(value, value) for name, value in element.attrib.items()}
    kept = (
        f' {name}="{value}"' for name, value in said.items() if _ATTRIBUTES.fullmatch(name) and _VALUE.fullmatch(value)
    )
    inside = html.escape(html.unescape(element.text or "")) + "".join(map(_written, element))
    return f"<{element.tag}{''.join(kept)}>{inside}</{element.tag}>"
