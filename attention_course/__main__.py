"""The visible checks of a whole notebook from the command line: python -m attention_course NOTEBOOK."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from attention_course.check_notebook import NotebookError, verdicts

console = Console(highlight=False, soft_wrap=True)


def main(notebook: Annotated[Path, typer.Argument(help="a notebook of this course, saved")]) -> None:
    """Run a notebook from the top in an empty kernel and print what each visible check says, as soon as it says it."""
    started = time.perf_counter()
    held = checks = 0
    try:
        for verdict in verdicts(notebook):
            checks, held = checks + 1, held + (not verdict.problem)
            mark = "[red]✗[/red]" if verdict.problem else "[green]✓[/green]"
            console.print(f"{mark} {verdict.exercise}" + (f": {escape(verdict.problem)}" if verdict.problem else ""))
            if verdict.note:
                console.print(f"  {escape(verdict.note)}")
    except NotebookError as error:
        console.print(f"[red]error:[/red] {escape(str(error))}")
        raise typer.Exit(2) from None
    console.print(f"{held} of {checks} visible checks hold, after {time.perf_counter() - started:.1f} seconds.")
    if held < checks:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
