"""HTML, style sheets and drawings that a learner wrote, cleaned: what is left can show something and do nothing.

No script runs, nothing is loaded from elsewhere, no name or style reaches what is not the learner's own: an instructor
sees these outputs on a page of the grader's (formgrader, JupyterLab, feedback). Libraries do the parsing: nh3 (ammonia)
for HTML, tinycss2 for style sheets, defusedxml for SVG. Cleaning twice changes nothing more.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

import defusedxml.ElementTree
import nh3
import tinycss2
from pygments.token import STANDARD_TYPES

PICTURE = re.compile(r"data:image/(?:png|jpeg|jpg|gif|webp);base64,[A-Za-z0-9+/=\s]*")
"""The only thing an img element may show: a picture that is part of the page."""

OURS = "learner-"
"""In front of the ids and class names of a learner's markup, so that it cannot pass for a part of the page."""
DEEPEST, LONGEST_STYLE = 300, 2_000
"""Elements in each other, and characters of a style attribute; of a longer one nothing is kept."""
SCOPE = "learner-html"
"""The class of the element that a learner's style sheet reaches into."""

_TAGS = nh3.ALLOWED_TAGS | {"big", "font", "input", "progress", "tfoot"}
_ATTRIBUTES = {
    "*": {"align", "class", "dir", "id", "lang", "style", "title", "valign"},
    **{tag: {"colspan", "rowspan", "scope", "headers", "width", "height", "bgcolor"} for tag in ("td", "th")},
    "table": {"border", "cellpadding", "cellspacing", "summary", "width"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type"},
    "details": {"open"},
    "font": {"color", "face", "size"},
    "progress": {"max", "value"},
    "input": {"checked"},
}
_CLASSES = {name for name in STANDARD_TYPES.values() if name} | {
    *("dataframe", "data", "blank", "col_heading", "row_heading", "index_name", "col_trim", "row_trim"),  # pandas
    *("highlight", "task-list-item", "task-list-item-checkbox"),  # nbconvert's markdown
    SCOPE,
}
_NUMBERED = re.compile(r"(level|row|col)\d+|language-[\w+-]+")
_PROPERTIES = re.compile(
    r"(background|color|opacity|visibility|float|clear|cursor|gap|columns|direction|content|display|table-layout"
    r"|background-color|background-size|background-repeat|background-position|box-sizing|caption-side|empty-cells"
    r"|(border|margin|padding|font|text|list-style|overflow|word|white-space|flex|align|justify|line|letter|column)(-[a-z]+)*"
    r"|(min-|max-)?(width|height)|vertical-align)"
)
_FUNCTIONS = {"rgb", "rgba", "hsl", "hsla", "linear-gradient"}
_VALUES = ("ident", "hash", "percentage", "number", "dimension", "string", "whitespace", "comment")
_PSEUDO_CLASSES = {
    "hover",
    "first-child",
    "last-child",
    "only-of-type",
    "nth-child",
    "first-of-type",
    "last-of-type",
    "not",
}


def markup_length(html: str) -> int:
    """Characters of HTML without the pictures in it."""
    return len(html) - sum(len(found[0]) for found in PICTURE.finditer(html))


def clean_fragment(html: str) -> str:
    """HTML without anything that runs, loads, navigates by itself or reaches out of its place; without style sheets.

    Raises:
        ValueError: elements are nested deeper than anybody's are; parsers would need long, or all of the stack.
    """
    if _depth(html) > DEEPEST:
        raise ValueError(f"more than {DEEPEST} elements in each other")
    return _CLEANER.clean(html)


def clean_html(html: str) -> str:
    """The same with style sheets, as far as they style: their rules apply inside of this piece of HTML alone."""
    body = clean_fragment(html)
    sheet = "\n".join(map(clean_style_sheet, _style_sheets(html))).strip()
    if not sheet:
        return body
    opening = f'<div class="{SCOPE}">'
    return f"<style>{sheet}</style>" + (body if body.startswith(opening) else f"{opening}{body}</div>")


_STYLE, _STYLE_END = re.compile(r"<style\b[^>]{0,200}>", re.IGNORECASE), re.compile("</style", re.IGNORECASE)


def _style_sheets(html: str) -> list[str]:
    """The text of each style element. It need not be found as a browser finds it: what is found is cleaned."""
    return [_STYLE_END.split(after, maxsplit=1)[0] for after in _STYLE.split(html)[1:]]


def _depth(html: str) -> int:
    """How deep elements are nested at most, not counting those that a next one ends."""
    deepest = depth = 0
    for found in _NESTING.finditer(html):
        depth = max(0, depth - 1) if found[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


_NESTING = re.compile(r"<(/?)(?!(?:p|li|td|th|tr|dd|dt|br|hr|img|col|wbr|input|option)\b)[a-z]", re.IGNORECASE)


def _attribute(tag: str, name: str, value: str) -> str | None:
    """What an attribute may say, None for an attribute that goes."""
    if name == "style":
        return _clean_style(value) or None
    if name == "class":
        return " ".join(map(_class_name, value.split()))
    if name in ("id", "headers"):
        return " ".join(map(_own, value.split()))
    if name == "src":
        return value if PICTURE.fullmatch(value) else None
    if name == "href":
        return _target(value)
    return value


def _own(name: str) -> str:
    return name if name.startswith(OURS) else OURS + name


def _class_name(name: str) -> str:
    return name if name in _CLASSES or _NUMBERED.fullmatch(name) else _own(name)


def _target(url: str) -> str | None:
    """Where a link may lead: out into the web when somebody clicks, or to a place in the learner's own markup."""
    url = url.strip()
    if url.startswith("#"):
        return "#" + _own(url[1:]) if url != "#" else url
    return url if re.match(r"(https?://|mailto:)", url, re.IGNORECASE) else None


@lru_cache(maxsize=2000)
def _clean_style(text: str) -> str:
    """A style attribute; as it stands if nothing in it had to go."""
    if len(text) > LONGEST_STYLE or text.count("(") > 50:
        return ""
    parsed = tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True)
    kept = [item for item in parsed if _is_harmless(item)]
    return text if len(kept) == len(parsed) else "; ".join(item.serialize() for item in kept)


def _is_harmless(item: Any) -> bool:
    """Whether a declaration only says how something looks, in its place."""
    if item.type != "declaration" or not _PROPERTIES.fullmatch(item.lower_name):
        return False
    return all(map(_is_harmless_value, item.value))


def _is_harmless_value(token: Any, within: int = 0) -> bool:
    if token.type == "function":
        known = token.lower_name in _FUNCTIONS and within < 2  # a colour in a gradient
        return known and all(_is_harmless_value(argument, within + 1) for argument in token.arguments)
    if token.type == "literal":
        return token.value in (",", "/")
    if token.type in ("number", "percentage", "dimension") and token.value < 0:
        return False  # nothing moves out of its place
    return token.type in _VALUES


def clean_style_sheet(text: str) -> str:
    """The harmless declarations of a style sheet, each rule for what stands in an element of the class `SCOPE`."""
    rules = (_clean_rule(rule) for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))
    return "\n".join(rule for rule in rules if rule and "<" not in rule)


def _clean_rule(rule: Any) -> str:
    if rule.type != "qualified-rule":
        return ""
    selectors = _selectors(rule.prelude)
    parsed = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    kept = [item.serialize().strip() for item in parsed if _is_harmless(item)]
    return f"{', '.join(selectors)} {{ {'; '.join(kept)} }}" if selectors and kept else ""


def _selectors(prelude: list[Any]) -> list[str]:
    """The selectors of a rule, each inside of `SCOPE`; [] if one of them says more than which element is meant."""
    made: list[str] = [""]
    for token in prelude:
        text = _selector_part(token, made[-1])
        if text is None:
            return []
        if text == ",":
            made.append("")
        else:
            made[-1] += text
    inside = [re.sub(rf"^\.{SCOPE} ", "", " ".join(selector.split())) for selector in made]
    return [f".{SCOPE} {selector}" for selector in inside] if all(map(_begins_well, inside)) else []


def _begins_well(selector: str) -> bool:
    return bool(selector) and selector[0] not in ">+~"


def _selector_part(token: Any, before: str) -> str | None:
    """One token of a selector as it may stand there, None if it may not."""
    if token.type == "whitespace":
        return " "
    if token.type == "hash":
        return f"#{_own(token.value)}" if _NAME.fullmatch(token.value) else None
    if token.type == "ident":
        if not _NAME.fullmatch(token.value):
            return None
        if before.endswith("."):
            return _class_name(token.value)
        return token.value if not before.endswith(":") or token.lower_value in _PSEUDO_CLASSES else None
    if token.type == "literal":
        return {",": ",", ".": ".", ":": ":", ">": " > ", "*": "*"}.get(token.value)
    if token.type == "function" and before.endswith(":") and token.lower_name == "nth-child":
        text = tinycss2.serialize(token.arguments).replace("/**/", "")
        return f"nth-child({text})" if re.fullmatch(r"[\w +-]{1,20}", text) else None
    return None


_NAME = re.compile(r"[\w-]+")

_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "data"},
    url_relative=lambda url: url if url.startswith("#") else None,
    set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
)

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_SHAPES = re.compile(
    r"svg|g|defs|symbol|use|title|desc|path|rect|circle|ellipse|line|polyline|polygon|text|tspan|image"
    r"|clipPath|mask|marker|pattern|linearGradient|radialGradient|stop"
)
LONGEST_DRAWING = 2_000_000
"""Characters of an SVG that is shown."""


def clean_svg(text: str) -> str:
    """An SVG drawing's shapes; "" for what is no such drawing.

    What contains it shows it as a picture (an img element), where no browser runs or loads anything; this is for
    whoever takes it out of there.
    """
    if len(text) > LONGEST_DRAWING:
        return ""
    try:
        root = defusedxml.ElementTree.fromstring(text)
    except Exception:  # not XML, or XML with entities
        return ""
    if root.tag != f"{{{_SVG}}}svg":
        return ""
    _keep_shapes(root)
    return _serialised(root)


def _keep_shapes(root: ElementTree.Element) -> None:
    waiting = [root]
    while waiting:
        element = waiting.pop()
        for name, value in list(element.attrib.items()):
            if not _may_stay(name, value):
                del element.attrib[name]
        for child in list(element):
            local = child.tag.removeprefix(f"{{{_SVG}}}") if isinstance(child.tag, str) else ""
            if _SHAPES.fullmatch(local) and f"{{{_SVG}}}{local}" == child.tag:
                waiting.append(child)
            else:
                element.remove(child)


def _may_stay(name: str, value: str) -> bool:
    local = name.rpartition("}")[2].lower()
    if local == "href":
        return value.startswith("#") or bool(PICTURE.fullmatch(value))
    elsewhere = re.search(r"url\s*\((?!\s*['\"]?#)|\\|@import|script:", value, re.IGNORECASE)
    return not local.startswith("on") and not elsewhere


def _serialised(root: ElementTree.Element) -> str:
    for prefix, namespace in (("", _SVG), ("xlink", _XLINK)):
        ElementTree.register_namespace(prefix, namespace)
    try:
        return ElementTree.tostring(root, encoding="unicode")
    except RecursionError:
        return ""
