"""lessons/*.py -> solutions/ (nbgrader source) -> notebooks/ (nbgrader release), byte-identical on every build."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder import ROOT
from autograder.authoring.lesson import LessonError, read_lesson, write_lesson
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


def build(root: Path = ROOT) -> list[Path]:
    """Write what differs and remove what no lesson makes any more; return the paths that changed."""
    tree = build_tree(root)
    changed = differing(tree, root)
    for path in changed:
        if path in tree:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(tree[path])
        else:
            shutil.rmtree((root / path).parent)
    return changed


def differing(tree: dict[Path, bytes], root: Path = ROOT) -> list[Path]:
    """Paths whose committed bytes are not the built ones, and notebooks that no lesson makes."""
    stale = [path for path, content in tree.items() if not _same(root / path, content)]
    kept = [path.relative_to(root) for top in ("solutions", "notebooks") for path in (root / top).glob("*/*.ipynb")]
    return sorted(stale + [path for path in kept if path not in tree])


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
