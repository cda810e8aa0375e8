"""What a learner gets back: the hint under the failed check, and no line of a hidden test (nbgrader #917, #1363)."""

from __future__ import annotations

import html
import re
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import List

from autograder.submission.check_cell import hidden_tests, without_hidden_tests
from autograder.submission.incident import KEY


class HideHiddenTests(NbGraderPreprocessor):
    """Show each check cell as the learner knows it, and below it the verdict in place of an error."""

    display_data_priority = List().tag(config=True)  # nbconvert sets it for every step and warns where it is unknown

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        if utils.is_grade(cell) and cell.cell_type == "code":
            verdict = cell.metadata.get(KEY, {}).get("verdict", {})
            # nbgrader's own traceback stays where it shows nothing but what all may see
            as_it_is = verdict.get("by") == "nbgrader" and not hidden_tests(cell.source)
            cell.source = without_hidden_tests(cell.source)
            if verdict and not verdict["passed"] and not as_it_is:
                kept = [output for output in cell.outputs if output.output_type != "error"]
                cell.outputs = [
                    *kept,
                    new_output(
                        "display_data", {"text/html": verdict_box(verdict["message"], verdict.get("carried", ""))}
                    ),
                ]
        return cell, resources


def verdict_box(message: str, carried: str = "") -> str:
    """The sentence a learner is to read, where it cannot be overlooked, and what it means for later exercises.

    Args:
        message, carried: plain text with `code` between backticks.
    """
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(message))
    after = f"<br><small>{html.escape(carried)}</small>" if carried else ""
    style = "border-left: 4px solid #b45f06; background: #fdf3e7; color: #222; padding: 0.6em 1em; margin: 0.3em 0"
    return f'<div class="verdict" style="{style}"><strong>Not yet.</strong> {text}{after}</div>'
