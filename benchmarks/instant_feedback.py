"""From the click to the answer: the Validate button of a real JupyterLab, and `make check`, on every notebook.

    pip install playwright                    # drives a browser that is there; no browser is downloaded
    python benchmarks/instant_feedback.py --browser /usr/bin/chromium
    python benchmarks/instant_feedback.py     # `make check` alone

Each notebook is tried twice: with one exercise unwritten, the other ones solved, and as it was released. Clicks and
commands are taken in turns. Writes a report into benchmarks/results/.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from autograder import ROOT
from autograder.authoring.build import lessons

RESULTS = Path(__file__).parent / "results"
NAMES = [path.stem for path in lessons()]


def write_notebooks(folder: Path) -> dict[str, Path]:
    """The released notebooks and nearly solved ones, by what is done in them."""
    written = {}
    for name in NAMES:
        for done in ("all but one", "nothing"):
            notebook = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4)
            if done != "nothing":
                _solve(notebook, nbformat.read(ROOT / "solutions" / name / f"{name}.ipynb", as_version=4))
            path = folder / done.replace(" ", "_") / f"{name}.ipynb"
            path.parent.mkdir(exist_ok=True)
            nbformat.write(notebook, path)
            written[f"{name}, {done} done"] = path
    return written


def _solve(notebook: Any, solved: Any) -> None:
    answers = {c.metadata.nbgrader.grade_id: c.source for c in solved.cells if c.metadata.get("nbgrader")}
    exercises = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")]
    for cell in exercises[: max(0, len(exercises) - 1)]:
        cell.source = answers[cell.metadata.nbgrader.grade_id]


def check(path: Path) -> tuple[float, float]:
    """Seconds from the command to its first and to its last answer."""
    started = time.perf_counter()
    first = 0.0
    command = [sys.executable, "-u", "-m", "attention_course", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            first = first or time.perf_counter() - started
            last = line
    if "visible checks hold" not in last:
        raise RuntimeError(last)
    return first, time.perf_counter() - started


@contextlib.contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """A JupyterLab on a folder; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    options = ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, *options], cwd=folder, **quiet)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


class Lab:
    """A browser on a JupyterLab.

    Args:
        browser: Playwright's, started.
    """

    def __init__(self, browser: Any, address: str, folder: Path):
        self._page, self._address, self._folder = browser.new_page(), address, folder

    def validate(self, path: Path) -> tuple[float, str]:
        """Seconds from the click on Validate to the dialog with the answer, and its text."""
        page = self._page
        page.goto(f"{self._address}/lab/tree/{path.relative_to(self._folder)}?reset")
        page.get_by_role("button", name="Validate").wait_for(timeout=60_000)
        page.wait_for_timeout(3000)  # let the page come to rest: a learner has had it open for a while
        started = time.perf_counter()
        page.get_by_role("button", name="Validate").click()
        dialog = page.locator(".jp-Dialog")
        dialog.wait_for(timeout=300_000)
        seconds = time.perf_counter() - started
        text = dialog.inner_text()
        page.keyboard.press("Escape")
        return seconds, text


def measure(written: dict[str, Path], rounds: int, lab: Lab | None) -> list[str]:
    """Rows of Markdown: medians over the rounds."""
    rows = [
        "| notebook | `make check`: first answer | all answers | Validate: click to answer | checks that fail there |",
        "|---|---|---|---|---|",
    ]
    for what, path in written.items():
        firsts, lasts, clicks, failing = [], [], [], ""
        for _ in range(rounds):
            first, last = check(path)
            firsts.append(first)
            lasts.append(last)
            if lab:
                seconds, text = lab.validate(path)
                clicks.append(seconds)
                failing = str(text.count("The following cell failed"))
        click = f"{statistics.median(clicks):.1f}" if clicks else "not measured"
        rows.append(
            f"| {what} | {statistics.median(firsts):.1f} | {statistics.median(lasts):.1f} | {click} | {failing} |"
        )
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--browser", help="an executable of Chromium")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--note", default="", help="a sentence for the report, such as what else was running")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="instant-feedback-")))
        written = write_notebooks(folder)
        lab = None
        if options.browser:
            from playwright.sync_api import sync_playwright

            playwright = stack.enter_context(sync_playwright())
            browser = playwright.chromium.launch(executable_path=options.browser, args=["--no-sandbox"])
            stack.callback(browser.close)
            lab = Lab(browser, stack.enter_context(jupyterlab(folder)), folder)
        rows = measure(written, options.rounds, lab)
    today = datetime.date.today()
    machine = f"{len(os.sched_getaffinity(0))} cores, {platform.system()}, Python {platform.python_version()}"
    about = f"Seconds; medians of {options.rounds}. {machine}. {options.note}".strip()
    path = RESULTS / f"instant-feedback-{today}.md"
    path.write_text("\n".join([f"# From click to answer, {today:%-d %B %Y}", "", about, "", *rows]) + "\n", "utf-8")
    print(path)


if __name__ == "__main__":
    main()
