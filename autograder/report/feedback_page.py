"""The page that a learner gets back: nbgrader's, under a policy by which no browser runs or loads anything for it."""

from __future__ import annotations

from typing import Any

from jinja2 import DictLoader
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode

from autograder.report.formulas import draw_formulas
from autograder.report.policy import POLICY

META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"/>'

_NO_SCRIPT = {"mathjax.html.j2": "{% macro mathjax(url='') %}{% endmacro %}"}
"""In the place of nbconvert's, which loads MathJax from a server far away; formulas are drawn beforehand."""


class FeedbackPage(HTMLExporter):
    """nbgrader's feedback page in English without scripts."""

    def __init__(self, **options: Any):
        super().__init__(extra_loaders=[DictLoader(_NO_SCRIPT)], **options)

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        page, resources = super().from_notebook_node(nb, resources, **kw)
        before, head, after = page.partition("<head>")
        if not head:
            raise ValueError("nbgrader's template for feedback has no head")
        page = before.replace("<html>", '<html lang="en">') + head + META + after
        return draw_formulas(page), resources
