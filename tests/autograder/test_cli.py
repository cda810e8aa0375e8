"""The command line: one sentence and exit code 1 where something is wrong, never a traceback."""

import pytest
from typer.testing import CliRunner

from autograder import ROOT
from autograder.cli import app

NAME = "01_attention_from_scratch"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_help_names_every_command():
    text = run("--help").output
    for command in ("build", "pull", "pack", "collect", "grade", "feedback", "report", "sample", "demo"):
        assert command in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["pull", "nowhere/08_other.ipynb"], "no lesson 08_other"),
        (["grade", NAME, "--course-dir", "EMPTY"], "not in the gradebook"),
        (["grade", NAME, "--course-dir", "NOWHERE"], "no course directory"),
        (["report", "--course-dir", "NOWHERE"], "no course directory"),
        (["feedback", NAME, "--course-dir", "EMPTY"], "nothing graded"),
        (["collect", NAME, "--course-dir", "EMPTY"], "no submissions"),
        (["demo", "FULL"], "not made by the demo"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path, arguments, sentence):
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    places = {"EMPTY": tmp_path / "empty", "NOWHERE": tmp_path / "nowhere", "FULL": tmp_path / "full"}
    result = run(*(places.get(argument, argument) for argument in arguments))
    assert result.exit_code == 1
    assert sentence in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_pulling_an_unedited_notebook_changes_nothing():
    result = run("pull", ROOT / "solutions" / NAME / f"{NAME}.ipynb")
    assert result.exit_code == 0
    assert "the same already" in result.output
