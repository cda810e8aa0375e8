"""The CSV files as a spreadsheet reads them."""

import csv
import io
import re
import time
from datetime import datetime

import pytest

from autograder.report.page import render
from autograder.report.records import Late
from autograder.report.tables import cell, to_csv


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


SIGNS = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "−"]
BEFORE = ["", " ", "   ", "\xa0", "\ufeff", "\u200b", "\u3000", "\t", "\r", "\n", "\x00", "\ufeff "]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", BEFORE)
def test_formulas_are_disarmed(before, sign):
    assert cell(f"{before}{sign}1+1").startswith("'")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("separator", [";", "|", "\t", ",", "\n", "\r\n", '";"', "; ", ";\xa0"])
def test_no_cell_of_any_division_is_a_formula(sign, separator):
    """The same file read with another separator, with and without quotes."""
    text = to_csv(["name"], [[f"wrong kernel{separator}{sign}HYPERLINK(1){separator}{sign}2"]])
    for divided in ";|\t,":
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=divided, quoting=quoting):
                for found in row:
                    assert not re.match(r"[\s\"\ufeff]*[=+@＝＋－＠−-]", found)


@pytest.mark.parametrize("text", ["\t" * 100_000, "; " * 50_000 + "x", "x" + ";'\"" * 30_000])
def test_long_runs_of_separators_are_done_with_quickly(text):
    begun = time.process_time()
    cell(text)
    assert time.process_time() - begun < 1


def test_every_cell_is_quoted():
    assert to_csv(["a", "b"], [[1, None]]) == '"a","b"\n"1",""\n'


@pytest.mark.parametrize(("value", "expected"), [(-1, -1), (-0.5, -0.5), ("a=1", "a=1"), ("", ""), (None, "")])
def test_other_cells_are_left_alone(value, expected):
    assert cell(value) == expected


def test_commas_quotes_and_line_ends_survive():
    text = to_csv(["a", "b"], [['say "hi", twice', "two\nlines"]])
    assert rows(text) == [{"a": 'say "hi", twice', "b": "two\nlines"}]


def test_all_six_tables(result, event):
    results = [
        result("=cmd", "softmax", 0, 2, concept="float32 input", misconception="rounds", message="+1"),
        result("吴", "softmax", 2, 2, manual=True),
    ]
    hints = {("01_a", "softmax", "rounds"): "do not round"}
    late = [Late("01_a", "=cmd", datetime(2026, 11, 21), datetime(2026, 11, 21, 0, 30), 2.0, 0.5)]
    files = render(results, [event("=cmd", "time limit", "softmax", "-1 s")], {}, hints, late).csv
    names = ["exercises.csv", "incidents.csv", "late.csv", "misconceptions.csv", "results.csv", "students.csv"]
    assert sorted(files) == names
    (row,) = rows(files["late.csv"])
    assert (row["student"], row["seconds_late"], row["penalty"], row["score"]) == ("'=cmd", "1800.0", "0.5", "1.5")
    first, second = rows(files["results.csv"])
    assert (first["student"], first["message"], first["outcome"]) == ("'=cmd", "'+1", "misconception recognised")
    assert (second["student"], second["points"], second["manual"]) == ("吴", "2", "1")
    (exercise,) = rows(files["exercises.csv"])
    assert (exercise["share_earned"], exercise["discrimination"], exercise["manual"]) == ("0.5", "", "1")
    (misconception,) = rows(files["misconceptions.csv"])
    assert (misconception["learners"], misconception["hint"]) == ("1", "do not round")
    (incident,) = rows(files["incidents.csv"])
    assert (incident["meaning"], incident["message"]) == ("a cell ran too long", "'-1 s")
    assert [(r["student"], r["total"], r["incidents"]) for r in rows(files["students.csv"])] == [
        ("'=cmd", "0", "1"),
        ("吴", "2", "0"),
    ]
