"""The command line: python -m autograder. Each command is one call; the work is elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder import ROOT

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Build, release and grade the attention course.")
console = Console()

Root = Annotated[Path, typer.Option("--course-dir", help="Course directory: solutions/, submitted/, gradebook.db.")]


@app.command()
def build(check: Annotated[bool, typer.Option("--check", help="Change nothing; fail if something differs.")] = False):
    """Make solutions/ and notebooks/ from lessons/."""
    from autograder import build as building
    from autograder.lesson import LessonError

    try:
        changed = building.differing(building.build_tree()) if check else building.build()
    except LessonError as error:
        _fail(str(error))
    for path in changed:
        console.print(f"{'differs' if check else 'wrote'}: {path}")
    if check and changed:
        _fail("run `make build` and commit what it writes")
    console.print(f"{'checked' if check else 'built'} {len(building.lessons())} lessons")


@app.command()
def pull(notebook: Path):
    """Take an edit made to a solutions notebook in JupyterLab back into its lesson."""
    from autograder import build as building
    from autograder.lesson import LessonError

    try:
        changed = building.pull(notebook)
    except (LessonError, OSError) as error:
        _fail(str(error))
    console.print(f"lessons/{notebook.stem}.py {'updated; run `make build`' if changed else 'is the same already'}")


@app.command()
def grade(
    assignment: Annotated[str, typer.Argument(help="e.g. 01_attention_from_scratch")],
    course_dir: Root = ROOT,
    force: Annotated[bool, typer.Option("--force", help="Grade again what is graded already.")] = False,
):
    """Grade every submission to an assignment, with nbgrader's own steps."""
    from autograder.grade import Course, GradingError, autograde

    try:
        failed = autograde(Course(course_dir.resolve()), assignment, force=force, console=console)
    except GradingError as error:
        _fail(str(error))
    if failed:
        _fail(f"not graded: {', '.join(failed)}; see {course_dir / '.nbgrader.log'}")


@app.command()
def feedback(assignment: str, course_dir: Root = ROOT):
    """Write the feedback pages of every graded submission to an assignment."""
    from autograder.grade import Course
    from autograder.grade import feedback as write_feedback

    write_feedback(Course(course_dir.resolve()), assignment, console=console)


@app.command()
def report(course_dir: Root = ROOT):
    """Write the class report: report/index.html and CSV tables."""
    from autograder.grade import Course
    from autograder.report import write_report

    console.print(f"class report: {write_report(Course(course_dir.resolve()))}")


@app.command()
def pack(target: Annotated[Path, typer.Argument()] = ROOT / "attention-course-learner.zip"):
    """Write the zip that learners get: notebooks and what they need, no answers, no exams."""
    from autograder.pack import pack as write_zip

    names = write_zip(target)
    console.print(f"{target}: {len(names)} files", highlight=False)


@app.command()
def collect(assignment: str, course_dir: Root = ROOT):
    """Make sure each submission to an assignment has a file where nbgrader looks (before `nbgrader autograde`)."""
    from autograder.grade import Course
    from autograder.grade import collect as collect_submissions

    collect_submissions(Course(course_dir.resolve()), assignment)


@app.command()
def sample(folder: Path):
    """Write the sample class's submissions into a course directory."""
    from autograder.sample.classroom import write_class

    console.print(f"wrote {write_class(folder)} submissions to {folder / 'submitted'}")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="A course directory to make; an old one is replaced.")] = ROOT / "demo",
):
    """Release the course, grade the sample class, write feedback and the class report."""
    from autograder.demo import run_demo

    run_demo(folder.resolve(), console)


def _fail(message: str):
    console.print(f"[red]error:[/red] {message}", highlight=False)
    raise typer.Exit(1)
