"""lessons/*.py -> solutions/ (nbgrader source) -> notebooks/ (nbgrader release), byte-identical on every build."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder import ROOT
from autograder.authoring.lesson import LessonError, read_lesson, write_lesson
from autograder.authoring.manifest import Manifest
from autograder.config import put_scripts_on_path


def lessons(root: Path = ROOT) -> list[Path]:
    """The lesson files in order."""
    return sorted((root / "lessons").glob("[0-9]*.py"))


def render(notebook: nbformat.NotebookNode) -> bytes:
    """The one byte form of a notebook: as nbformat writes it, with a final newline."""
    return (nbformat.writes(notebook).rstrip("\n") + "\n").encode()


def build_tree(root: Path = ROOT) -> dict[Path, bytes]:
    """Everything the build makes, as {path relative to the root: bytes}.

    Raises:
        LessonError: a lesson cannot be read.
    """
    tree: dict[Path, bytes] = {}
    for path in lessons(root):
        notebook = read_lesson(path.read_text(encoding="utf-8"), path.relative_to(root))
        tree[Path("solutions", path.stem, f"{path.stem}.ipynb")] = render(notebook)
    return tree | _released(tree)


@dataclass(frozen=True)
class Built:
    """What a build did.

    Args:
        changed: notebooks that were written or removed.
        kept: notebooks that the build would have written or removed, had nobody changed them since it made them.
        foreign: notebooks beside ours that no build has made; they are nobody's business here.
    """

    changed: list[Path]
    kept: list[Path]
    foreign: list[Path]


def build(root: Path = ROOT, *, replace: bool = False) -> Built:
    """Write what differs and remove what no lesson makes any more: what a build made, and nobody has changed since.

    Args:
        replace: also what somebody has changed.
    """
    tree = build_tree(root)
    made = Manifest(root)
    changed, kept = [], []
    for path in differing(tree, root):
        if (root / path).exists() and not replace and not made.is_untouched(path):
            kept.append(path)
            continue
        changed.append(path)
        if path in tree:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(tree[path])
        else:
            (root / path).unlink()
            with contextlib.suppress(OSError):  # something else is in it
                (root / path).parent.rmdir()
    made.write(path for path in tree if path not in kept)
    return Built(changed, kept, foreign(tree, root))


def differing(tree: dict[Path, bytes], root: Path = ROOT) -> list[Path]:
    """Paths whose committed bytes are not the built ones, and notebooks that a build made and no lesson makes now."""
    stale = [path for path, content in tree.items() if not _same(root / path, content)]
    left = [path for path in Manifest(root).paths if path not in tree and (root / path).exists()]
    return sorted(stale + left)


def foreign(tree: dict[Path, bytes], root: Path = ROOT) -> list[Path]:
    """Notebooks in solutions/ and notebooks/ that no build has made: an instructor's own assignments."""
    found = [path.relative_to(root) for top in ("solutions", "notebooks") for path in (root / top).glob("*/*.ipynb")]
    return sorted(path for path in found if path not in tree and path not in Manifest(root).paths)


def pull(notebook: Path, root: Path = ROOT) -> bool:
    """Write an edit made to a solutions notebook back into its lesson; return whether the lesson changed.

    Raises:
        LessonError: the notebook has something that no marker expresses; the lesson is left as it is.
    """
    lesson = root / "lessons" / f"{notebook.stem}.py"
    if not lesson.exists():
        raise LessonError(f"{notebook}: there is no lesson {lesson.name}")
    source = nbformat.read(notebook, as_version=4)
    text = write_lesson(source)
    again = read_lesson(text, lesson.relative_to(root))
    if [cell.source for cell in again.cells] != [cell.source for cell in source.cells]:
        raise LessonError(f"{notebook}: a cell would not survive the way into percent format")
    if text == lesson.read_text(encoding="utf-8"):
        return False
    lesson.write_text(text, encoding="utf-8")
    return True


def _same(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content


def _released(sources: dict[Path, bytes]) -> dict[Path, bytes]:
    """Run nbgrader's own generate_assignment on the sources, in a course of its own."""
    put_scripts_on_path()
    tree: dict[Path, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        for path, content in sources.items():
            (course / path).parent.mkdir(parents=True)
            (course / path).write_bytes(content)
        config = Config()
        config.CourseDirectory.update(root=folder, source_directory="solutions", release_directory="notebooks")
        for path in sources:
            config.CourseDirectory.assignment_id = path.stem
            converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
            converter.start()
            released = Path("notebooks", path.stem, path.name)
            tree[released] = render(nbformat.read(course / released, as_version=4))
    return tree
