"""The command line: python -m autograder. Each command is one call; the work is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from autograder import ROOT

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Build, release and grade the attention course.")
console = Console()

Root = Annotated[Path, typer.Option("--course-dir", help="Course directory: solutions/, submitted/, gradebook.db.")]
Assignment = Annotated[str, typer.Argument(help="The name of a folder in solutions/.")]
Workers = Annotated[int, typer.Option(min=0, help="Processes that run submissions; 0 for one a core.")]
Scheduler = Annotated[str, typer.Option(help="Address of a Dask cluster that is there already, tcp://HOST:PORT.")]
Isolation = Annotated[str, typer.Option(help="full or none: how learners' code is kept apart; else as configured.")]


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    """Say what is wrong in one sentence, and end with exit code 1."""
    from autograder.authoring.lesson import LessonError
    from autograder.config import ConfigError
    from autograder.course import GradingError

    try:
        yield
    except (ConfigError, GradingError, LessonError, OSError) as error:
        _fail(str(error))


def _fail(message: str) -> None:
    console.print(f"[red]error:[/red] {escape(message)}", highlight=False)
    raise typer.Exit(1)


@app.command()
def build(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail if something differs.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Also notebooks changed by hand since a build.")] = False,
):
    """Make solutions/ and notebooks/ from lessons/; what no build made is left alone."""
    from autograder.authoring import build as building

    with _errors_as_sentences():
        if check:
            differing = building.differing(building.build_tree())
            for path in differing:
                console.print(f"differs: {path}")
            if differing:
                _fail("run `make build` and commit what it writes")
            console.print(f"checked {len(building.lessons())} lessons")
            return
        built = building.build(replace=replace)
    for path in built.changed:
        console.print(f"wrote: {path}" if path.exists() else f"removed: {path}")
    for path in built.foreign:
        console.print(f"left alone: {path} (no lesson makes it)")
    for path in built.kept:
        console.print(f"not replaced: {path} (changed by hand since it was built)")
    if built.kept:
        _fail("`pull` takes an edit of a solutions notebook back into its lesson; `build --replace` gives it up")
    console.print(f"built {len(building.lessons())} lessons")


@app.command()
def new(name: Annotated[str, typer.Argument(help="Two digits and words in small letters: 10_my_topic.")]):
    """Write a new lesson to begin from, with one exercise, its check, and an exam that is proven."""
    from autograder.authoring.new import new_lesson

    with _errors_as_sentences():
        written = new_lesson(name)
    for path in written:
        console.print(f"wrote: {path}")
    console.print(f"`make build` makes the notebooks; `pytest tests/autograder/exams -k {name[:2]}-` proves the exam")


@app.command()
def pull(notebook: Path):
    """Take an edit made to a solutions notebook in JupyterLab back into its lesson."""
    from autograder.authoring import build as building

    with _errors_as_sentences():
        changed = building.pull(notebook)
    console.print(f"lessons/{notebook.stem}.py {'updated; run `make build`' if changed else 'is the same already'}")


@app.command()
def pack(target: Annotated[Path, typer.Argument()] = ROOT / "attention-course-learner.zip"):
    """Write the zip that learners get: notebooks and what they need, no answers, no exams."""
    from autograder.authoring.pack import pack as write_zip

    with _errors_as_sentences():
        names = write_zip(target)
    console.print(f"{target}: {len(names)} files", highlight=False)


@app.command()
def work():
    """Copy the released notebooks into work/, to be typed in; what is there already is left as it is."""
    from autograder.authoring.work import FOLDER, make_copies

    with _errors_as_sentences():
        made = make_copies()
    for path in made:
        console.print(f"copied: {path.relative_to(ROOT)}", highlight=False)
    console.print(f"{FOLDER}/ is yours to type in; notebooks/ stays as it is released", highlight=False)


@app.command()
def collect(assignment: Assignment, course_dir: Root = ROOT):
    """Copy what is graded of each submission to where nbgrader's own `autograde` can read it safely."""
    from autograder.class_run.autograde import collect as collect_submissions
    from autograder.class_run.stages import COLLECTED
    from autograder.course import course_at

    with _errors_as_sentences():
        count = collect_submissions(course_at(course_dir), assignment)
    command = f"nbgrader autograde {assignment} --CourseDirectory.submitted_directory={COLLECTED}"
    console.print(f"collected {count}; now: {command}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def grade(
    assignment: Assignment,
    course_dir: Root = ROOT,
    force: Annotated[bool, typer.Option("--force", help="Grade again what is graded already.")] = False,
    workers: Workers = 0,
    scheduler: Scheduler = "",
    isolation: Isolation = "",
):
    """Grade every submission to an assignment, in parallel; interrupted or killed, the same command goes on."""
    from autograder.kernels import client

    if not scheduler:
        client.begin()
    from autograder.class_run.autograde import autograde
    from autograder.course import course_at

    with _errors_as_sentences():
        failed = autograde(
            course_at(course_dir),
            assignment,
            force=force,
            console=console,
            workers=workers,
            scheduler=scheduler,
            isolation=isolation,
        )
    if failed:
        _fail(f"to be looked at: {', '.join(failed)}; see {course_dir / '.nbgrader.log'}")


@app.command()
def verify(
    assignment: Assignment,
    course_dir: Root = ROOT,
    regrade: Annotated[bool, typer.Option("--regrade", help="Grade again as well, and compare.")] = False,
    student: Annotated[str, typer.Option(help="Check this student's result alone.")] = "",
    workers: Workers = 0,
):
    """Check results against the records that they carry: submission, points, signature."""
    from autograder.class_run.verify import verify_course
    from autograder.course import course_at

    with _errors_as_sentences():
        wrong = verify_course(course_at(course_dir), assignment, student, workers if regrade else None, console)
    if wrong:
        _fail(f"{wrong} results are not as they were signed")


@app.command()
def feedback(assignment: Assignment, course_dir: Root = ROOT):
    """Write the feedback pages of every graded submission to an assignment."""
    from autograder.course import course_at
    from autograder.report.feedback import write_feedback

    with _errors_as_sentences():
        failed = write_feedback(course_at(course_dir), assignment, console=console)
    if failed:
        _fail(f"no feedback page for {', '.join(failed)}; see {course_dir / '.nbgrader.log'}")


@app.command()
def report(course_dir: Root = ROOT):
    """Write the class report: report/index.html and CSV tables."""
    from autograder.course import course_at
    from autograder.report import write_report

    with _errors_as_sentences():
        console.print(f"class report: {write_report(course_at(course_dir))}")


@app.command()
def sample(folder: Path):
    """Write the sample class's submissions into a course directory."""
    from autograder.sample.classroom import write_class

    console.print(f"wrote {write_class(folder)} submissions to {folder / 'submitted'}")


@app.command()
def demo(folder: Annotated[Path, typer.Argument(help="Course directory to make or to replace.")] = ROOT / "demo"):
    """Release the course, grade the sample class, write feedback and the class report."""
    from autograder.sample.demo import run_demo

    with _errors_as_sentences():
        run_demo(folder.resolve(), console)


@app.command()
def doctor():
    """Tell whether this machine can shut a submission's kernel in, feature by feature."""
    from autograder.kernels.doctor import examine, possible, report
    from autograder.kernels.kernelspec import install_kernelspec

    findings = examine()
    for line in report(findings):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    try:
        console.print(f"kernelspec: {install_kernelspec()}", highlight=False, soft_wrap=True)
    except OSError as error:
        _fail(f"the kernelspec could not be installed: {error}")
    if not possible(findings):
        raise typer.Exit(1)
