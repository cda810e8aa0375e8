"""What a lesson shows after a pass, "another way to write it", is right: the hidden exam passes it."""

import ast
import re
import textwrap
from itertools import pairwise

import numpy as np
import pytest
import scipy.special

from autograder.authoring.build import lessons
from autograder.exam.reference import exercise_sources, reference_namespace
from autograder.exams import EXAMS

BLOCK = re.compile(r"<summary>After a pass: another way to write it</summary>.*?```python\n(.*?)```", re.DOTALL)


def shown():
    """(exercise, code) of each other way, in the order of the lessons."""
    for path in lessons():
        cells = path.read_text(encoding="utf-8").split("\n# %%")
        for before, cell in pairwise(cells):
            text = "\n".join(line.removeprefix("# ").removeprefix("#") for line in cell.splitlines())
            for code in BLOCK.findall(text):
                yield pytest.param(path.stem, before.split()[1], code, id=f"{path.stem[:2]}-{before.split()[1]}")


@pytest.mark.parametrize(("notebook", "name", "code"), list(shown()))
def test_the_other_way_passes_the_exam(notebook, name, code):
    exercise = next(e for e in EXAMS[notebook].EXERCISES if e.name == name)
    tree = ast.parse(exercise_sources(notebook)[name])
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    text = f"def {function.name}({ast.unparse(function.args)}):\n" + textwrap.indent(code, "    ")
    namespace = {**reference_namespace(notebook), "np": np, "scipy": scipy}
    exec(text, namespace)
    answer = namespace[function.name]
    if exercise.functions:
        answer = {**exercise.reference, function.name: answer}
    for seed in range(3):
        assert exercise.judge(answer, *exercise.nothing_given, seed=seed).message == ""


def test_every_function_of_notebook_01_has_one():
    assert sum(case.values[0].startswith("01") for case in shown()) == 9


@pytest.mark.parametrize(("notebook", "count"), [("03", 3), ("04", 4)])
def test_so_have_some_of_the_notebooks_with_pytorch(notebook, count):
    assert sum(case.values[0].startswith(notebook) for case in shown()) >= count
