"""A new lesson to begin from: `python -m autograder new 10_my_topic`."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from autograder import ROOT
from autograder.authoring.lesson import LessonError

_TEMPLATE = Path(__file__).with_name("template")


def new_lesson(name: str, root: Path = ROOT) -> list[Path]:
    """Write a lesson with one exercise, its exam, the answers that prove it, and its visible check.

    Args:
        name: of the notebook, two digits, an underscore and words in small letters: "10_my_topic".
        root: the course's root.

    Returns:
        The files that were written, relative to the root. What is there already is never replaced.

    Raises:
        LessonError: the name is none, or one of its files is there already.
    """
    match = re.fullmatch(r"(\d\d)_([a-z][a-z0-9_]*)", name)
    if not match:
        raise LessonError(f"{name!r} is no name for a notebook; two digits and words in small letters: 10_my_topic")
    number, word = match.groups()
    places = {
        "lesson": Path("lessons", f"{name}.py"),
        "exam_package": Path("autograder", "exams", word, "__init__.py"),
        "exam": Path("autograder", "exams", word, "moving_average.py"),
        "check": Path("attention_course", "checks", f"{word}.py"),
    }
    taken = [*places.values(), places["check"].with_suffix(""), places["exam_package"].parent]
    for path in taken:
        if (root / path).exists():
            raise LessonError(f"{path} is there already; choose another name")
    title = word.replace("_", " ").capitalize()
    for part, path in places.items():
        text = Template((_TEMPLATE / f"{part}.py.txt").read_text(encoding="utf-8"))
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.substitute(number=number, word=word, name=name, title=title), encoding="utf-8")
    return list(places.values())
