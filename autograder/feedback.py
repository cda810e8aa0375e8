"""What a learner gets back: the hint under the failed check, and no line of a hidden test (nbgrader #917, #1363)."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.intake import without_hidden_tests


class HideHiddenTests(NbGraderPreprocessor):
    """Show each check cell as the learner knows it. Its output holds the verdict alone (see execute)."""

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        if utils.is_grade(cell) and cell.cell_type == "code":
            cell.source = without_hidden_tests(cell.source)
        return cell, resources
