"""The points that a visible check names are the lesson's, and are counted as far as the checks hold."""

import re
from importlib import import_module

import pytest

from attention_course.checks import CheckError, start_here
from attention_course.checks.report import _HOLDING, POINTS
from autograder.authoring.build import lessons

LESSONS = {path.stem.partition("_")[2]: path.read_text(encoding="utf-8") for path in lessons()}
COUNTED = ["start_here", "attention_from_scratch", "worked_example"]


@pytest.mark.parametrize("notebook", LESSONS)
def test_points_are_the_lesson_s(notebook):
    import_module(f"attention_course.checks.{notebook}")
    marks = re.findall(r"^# %% check (\w+) points=(\d+)$", LESSONS[notebook], re.MULTILINE)
    assert marks
    if notebook in COUNTED or notebook in POINTS:
        assert POINTS[notebook] == {name: int(points) for name, points in marks}


@pytest.mark.parametrize("notebook", LESSONS)
def test_a_heading_names_them(notebook):
    text = LESSONS[notebook]
    for name, points in re.findall(r"^# %% check (\w+) points=(\d+)$", text, re.MULTILINE):
        if notebook in COUNTED[1:]:
            plural = "point" if points == "1" else "points"
            assert re.search(
                rf"^# ### Exercise \d+: .*`?{name}`?.* \({points} {plural}, about \d+ minutes\)$", text, re.M
            )


def test_what_no_longer_holds_is_no_longer_counted(capsys):
    start_here.double(lambda x: 2 * x)
    assert "1 point; 1 of 1 so far." in capsys.readouterr().out
    with pytest.raises(CheckError):
        start_here.double(lambda x: x)
    assert ("start_here", "double") not in _HOLDING
