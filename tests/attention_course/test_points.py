"""The points that a visible check names are the lesson's, and are counted as far as the checks hold."""

import re
from importlib import import_module

import pytest

from attention_course.checks import CheckError, start_here
from attention_course.checks.report import _HOLDING, POINTS
from autograder.authoring.build import lessons

LESSONS = {path.stem.partition("_")[2]: path.read_text(encoding="utf-8") for path in lessons()}


@pytest.mark.parametrize("notebook", LESSONS)
def test_points_are_the_lesson_s(notebook):
    import_module(f"attention_course.checks.{notebook}")
    marks = re.findall(r"^# %% check (\w+) points=(\d+)$", LESSONS[notebook], re.MULTILINE)
    assert marks
    assert POINTS[notebook] == {name: int(points) for name, points in marks}


@pytest.mark.parametrize("notebook", LESSONS)
def test_headings_name_them_in_order(notebook):
    text = LESSONS[notebook]
    points = re.findall(r"^# %% check \w+ points=(\d+)$", text, re.MULTILINE)
    headings = re.findall(
        r"^# ##+ .*?Exercise (\d+)(?:: .+)? \((\d+) points?, about \d+ minutes\)$", text, re.MULTILINE
    )
    if notebook != "start_here":  # its one exercise is a rehearsal
        assert headings == [(str(number), worth) for number, worth in enumerate(points, 1)]


def test_what_no_longer_holds_is_no_longer_counted(capsys):
    start_here.double(lambda x: 2 * x)
    assert "1 point; 1 of 1 so far." in capsys.readouterr().out
    with pytest.raises(CheckError):
        start_here.double(lambda x: x)
    assert ("start_here", "double") not in _HOLDING
