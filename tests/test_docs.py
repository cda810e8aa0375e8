"""What the page for instructors says of file names is true of such names."""

import ast
import re

import pytest

from autograder import ROOT

PAGE = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
MOODLE, CANVAS = (
    ast.literal_eval(line.partition("=")[2].strip()) for line in PAGE.splitlines() if "named_regexp = " in line
)
FOLDER = "/course/downloaded/01_a/extracted/archive"


@pytest.mark.parametrize(
    ("expression", "name", "student", "file"),
    [
        (MOODLE, "Ada Lovelace_1234567_assignsubmission_file/01_a.ipynb", "1234567", "01_a"),
        (MOODLE, "Béla Bartók_22_assignsubmission_file_/01_a.ipynb", "22", "01_a"),
        (CANVAS, "lovelaceada_12345_987654_01_a.ipynb", "12345", "01_a"),
        (CANVAS, "bartokbela_LATE_222_987655_01_a.ipynb", "222", "01_a"),
        (CANVAS, "bartokbela_LATE_222_987655_01_a-2.ipynb", "222", "01_a"),
    ],
)
def test_names_of_uploads_are_taken_apart(expression, name, student, file):
    found = re.match(expression, f"{FOLDER}/{name}")
    assert found
    assert (found["student_id"], found["file_id"]) == (student, file)


def test_the_columns_of_the_export_are_those_of_nbgrader():
    from nbgrader.plugins.export import CsvExportPlugin

    told = re.search(r"one row for each student and assignment: (.*?)\. Whoever", PAGE, re.DOTALL)[1]
    columns = re.findall(r"`(\w+)`", told)
    source = CsvExportPlugin.export.__code__.co_consts
    assert set(columns) <= {name for part in source for name in (part if isinstance(part, tuple) else (part,))}
