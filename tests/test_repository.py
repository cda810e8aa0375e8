"""The promises of the files at the top: one set of pins, a README whose commands exist, notebooks that run."""

import re
import tomllib

import pytest

from autograder import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = dict(
    re.match(r"([\w.-]+)==([^\s;]+)", line).groups()
    for line in (ROOT / "requirements.txt").read_text().splitlines()
    if line and "python_full_version >= '3.12'" not in line
)


def _requirements():
    project = PYPROJECT["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["dev"]]


@pytest.mark.parametrize("requirement", _requirements())
def test_every_dependency_is_pinned_within_its_range(requirement):
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    assert PINS[wanted.name] in wanted.specifier


def test_every_dependency_has_its_reason_beside_it():
    text = (ROOT / "pyproject.toml").read_text()
    for requirement in _requirements():
        line = next(line for line in text.splitlines() if f'"{requirement}"' in line)
        assert "#" in line, f"no reason beside {requirement}"


def test_conda_installs_the_same_pinned_requirements_on_the_same_python():
    lines = [line.strip("- ").strip() for line in (ROOT / "environment.yml").read_text().splitlines()]
    assert "r requirements.txt" in lines
    assert "e ." in lines
    python = next(line for line in lines if line.startswith("python="))
    assert PYPROJECT["project"]["requires-python"] == ">=" + python.removeprefix("python=")
    others = [line for line in lines if re.match(r"^[\w-]+[=<>]", line) and not line.startswith("python=")]
    assert not others, "anything else would come from conda unpinned"


def test_no_cuda_wheel_is_pinned():
    assert not [name for name in PINS if name.startswith(("nvidia", "triton", "cuda"))]


def test_the_readme_names_only_targets_and_commands_that_exist():
    readme = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"make ([a-z]+)\b", readme)) - {"sure"}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"
    from autograder.cli import app

    commands = {command.callback.__name__ for command in app.registered_commands}
    assert set(re.findall(r"python -m autograder ([a-z]+)", readme)) <= commands


def test_ci_runs_the_readmes_test_command():
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()
    assert "make test " in (ROOT / "README.md").read_text()
