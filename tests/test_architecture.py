"""The rooms of the house: which way imports point, and what the engine must not know."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import ROOT
from autograder.authoring.build import lessons

NAMES = [path.stem for path in lessons()]


def test_imports_point_one_way():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_the_engine_knows_no_notebook(name):
    word = name.partition("_")[2]
    exams = ROOT / "autograder" / "exams"
    rooms = [path for path in (ROOT / "autograder").rglob("*.py") if exams not in path.parents[1:]]
    assert len(rooms) > 50
    knows = re.compile(rf"(?<!\w)(\d\d_)?{word}(?!\w)")
    knowing = [path for path in rooms if knows.search(path.read_text(encoding="utf-8"))]
    assert knowing == []


@pytest.mark.parametrize("name", NAMES)
def test_what_belongs_to_a_notebook_bears_its_name(name):
    word = name.partition("_")[2]
    assert (ROOT / "autograder" / "exams" / word / "__init__.py").exists()
    checks = ROOT / "attention_course" / "checks" / word
    assert checks.is_dir() or checks.with_suffix(".py").exists()


@pytest.mark.parametrize("path", sorted((ROOT / "autograder").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_module_is_two_rooms(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
