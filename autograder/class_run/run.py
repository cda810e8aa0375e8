"""The run of a submission, a pure function: a sanitised notebook in, the executed one with its verdicts out.

It knows no student, no gradebook and no course directory, so it may run on any machine that has this package.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Timer

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.kernels import ISOLATION_VARIABLE
from autograder.kernels.folders import own_folder
from autograder.submission.execute import ExecuteAndExamine
from autograder.submission.incident import KEY, incidents

PACKAGES = ("attention-course", "ipykernel", "nbclient", "nbgrader", "numpy", "scipy", "torch")
"""Distributions that a verdict may depend on; their versions go on record."""

_DOUBTFUL = ("kernel died", "no answer")
"""Incidents that the machine may be to blame for: out of memory, or somebody killed the kernel. Such a submission is
run once more, and the second run counts: what a submission does to its kernel itself, it does again."""


@dataclass(frozen=True)
class Settings:
    """What a run needs besides the submission.

    Args:
        source: the nbgrader source notebook, with the reference answers and the exams in it.
        config: nbgrader's settings.
        isolation: "full" or "none"; "" leaves it to the worker's own environment.
        deadline: seconds after which a run is given up together with its process, 0 for never. Each cell has limits
            of its own, which are far below: this one is for a grader that hangs.
        files: what lies beside the notebook, by path; of an assignment that no lesson has made.
    """

    source: bytes
    config: Config = field(default_factory=Config)
    isolation: str = ""
    deadline: float = 0
    files: Mapping[str, bytes] = field(default_factory=dict)


def run_submission(notebook: bytes, assignment: str, seed: int, settings: Settings) -> bytes:
    """Run a sanitised notebook and examine it.

    Args:
        notebook: what nbgrader's sanitising steps made of the submission.
        assignment: the assignment's name.
        seed: draws the inputs of the exams.

    Returns:
        The notebook with its outputs, a verdict in the metadata of each graded cell, and what it was graded with.
    """
    with _given_up_after(settings.deadline), _environment(settings):
        nb = _run(notebook, assignment, seed, settings)
        if any(incident.name in _DOUBTFUL for incident in incidents(nb)):
            nb = _run(notebook, assignment, seed, settings)
    nb.metadata.setdefault(KEY, {}).update(packages=packages(), seed=str(seed))
    return in_transit(nb)


def in_transit(notebook: NotebookNode) -> bytes:
    """A notebook on its way from one process to another: nobody reads it, so it has no indents, which take time."""
    return json.dumps(notebook).encode()


def _run(notebook: bytes, assignment: str, seed: int, settings: Settings) -> NotebookNode:
    nb = nbformat.v4.reads(notebook.decode())
    with own_folder() as folder:
        executor = _executor(folder, assignment, settings)
        executor.seed = seed
        work = folder / "work"
        work.mkdir()
        for name, content in settings.files.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(content)
        names = {"notebook": assignment, "assignment": assignment, "student": "", "db_url": ""}
        nb, _ = executor.preprocess(nb, {"nbgrader": names, "metadata": {"path": str(work)}})
    return nb


def packages() -> dict[str, str]:
    """The versions that this machine grades with."""
    return dict(_versions(PACKAGES))


@cache
def _versions(names: tuple[str, ...]) -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = ""
    return found


def _executor(folder: Path, assignment: str, settings: Settings) -> ExecuteAndExamine:
    """The course's own step, in a course directory that holds nothing but the source notebook."""
    config = deepcopy(settings.config)
    config.CourseDirectory.root = str(folder)
    coursedir = CourseDirectory(config=config)
    # named by its content: what is cached of a source notebook in a worker must not be taken for another's
    coursedir.source_directory = f"source-{hashlib.sha256(settings.source).hexdigest()[:16]}"
    place = Path(coursedir.format_path(coursedir.source_directory, ".", assignment))
    place.mkdir(parents=True)
    (place / f"{assignment}.ipynb").write_bytes(settings.source)
    converter = Autograde(coursedir=coursedir, config=config)
    return ExecuteAndExamine(parent=converter.exporter_class(parent=converter, config=config))


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    variables = {"NBGRADER_EXECUTION": "autograde"}
    if settings.isolation:
        variables[ISOLATION_VARIABLE] = settings.isolation
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _given_up_after(seconds: float) -> Iterator[None]:
    """End this process when a run takes longer; the driver then sees a lost worker."""
    timer = Timer(seconds, os._exit, [1])
    timer.daemon = True
    if seconds:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
