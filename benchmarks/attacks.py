"""What submissions made to fill the grader's memory, or to hold it up, cost it: `python -m benchmarks.attacks`.

Each attack is handed in to notebook 00 and graded in a process of its own, which plays the driver. Measured are the
memory by which that process grows above what it has before, libraries left out of account, and the seconds it takes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import ROOT
from autograder.class_run.run import Settings, run_submission
from autograder.config import course_config
from autograder.submission.incident import incidents
from autograder.submission.intake import read_submission, restore
from autograder.submission.messages import own_memory

NAME = "00_start_here"
MEBIBYTE = 1 << 20
RAW = """
import json, time
kernel = get_ipython().kernel
parent = kernel.get_parent()
def raw(kind, *content):
    header = json.dumps({**kernel.session.msg_header(kind)}, default=str).encode()
    above = json.dumps(parent["header"], default=str).encode()
    kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", b"", header, above, b"{}", *content])
"""
CELLS = {
    "nothing (an empty answer)": ["pass"],
    "one message of 700 MB": [RAW + "raw('display_data', b'x' * 700_000_000)\ntime.sleep(1)"],
    "150 messages of 20 MB": [
        RAW + "for _ in range(150):\n    raw('display_data', b'x' * 20_000_000); time.sleep(.04)"
    ],
    "a message of 12 parts of 30 MB": [RAW + "raw('display_data', *[b'x' * 30_000_000] * 12)\ntime.sleep(1)"],
    "a message of 75 MB of {}": [RAW + "raw('display_data', b'{\"data\":{\"a\":[' + b'{},' * 25_000_000 + b'{}]}}')"],
    "a message of 15 MB of {}": [RAW + "raw('display_data', b'{\"data\":{\"a\":[' + b'{},' * 5_000_000 + b'{}]}}')"],
    "3000 errors of 100 KB": [
        RAW + "for n in range(3000):\n    e = {'ename': str(n), 'evalue': 'x' * 100_000, 'traceback': []}\n"
        "    kernel.session.send(kernel.iopub_socket, 'error', e, parent)"
    ],
    "30 cells that show 7.8 MB each": ["display({'text/plain': 'x' * 7_800_000}, raw=True)"] * 30,
    "a display without end": ["while True: display({'text/plain': 'x' * 1_000_000}, raw=True)"],
    "900 lines with magics": ["if 0:\n" + "    x = !l\n" * 900],
    "a sum of 6000 terms": ["y = " + "1+" * 6000 + "1"],
    "30 cells that sleep (1 minute in all is allowed here)": ["import time; time.sleep(25)"] * 30,
}


def _with_cells(texts: list[str]) -> Callable[[NotebookNode], bytes]:
    def submission(notebook: NotebookNode) -> bytes:
        notebook.cells[1:1] = [nbformat.v4.new_code_cell(text) for text in texts]
        return nbformat.writes(notebook).encode()

    return submission


def _claims(notebook: NotebookNode) -> bytes:
    cells = [nbformat.v4.new_markdown_cell(metadata={"nbgrader": {"grade_id": f"x{n}"}}) for n in range(16_000)]
    return nbformat.writes({**notebook, "cells": [*notebook.cells, *cells]}).encode()


def _structure(notebook: NotebookNode) -> bytes:
    return (
        json.dumps({**notebook, "metadata": 0}).replace('"metadata": 0', f'"metadata": [{"{}," * 9_500_000}0]').encode()
    )


ATTACKS = {
    **{name: _with_cells(texts) for name, texts in CELLS.items()},
    "a file of 28.6 MB of {}": _structure,
    "16,000 cells with unknown marks": _claims,
}


def measure(attack: str) -> dict[str, object]:
    """Grade one attack in this process.

    Returns:
        "seconds"; "MiB", by which the process has grown at most; "incidents", their names.
    """
    config = course_config(ROOT)
    config.ExecuteAndExamine.notebook_seconds = 60
    settings = Settings((ROOT / "solutions" / NAME / f"{NAME}.ipynb").read_bytes(), config)
    released = nbformat.read(ROOT / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        untouched, attacked = nbformat.writes(released).encode(), ATTACKS[attack](released)
        _graded(Path(folder, "untouched.ipynb"), untouched, settings)  # starts what a run needs, once for a class
        before, begun = own_memory(), time.monotonic()
        watch = _Watch()
        graded = _graded(Path(folder, "attack.ipynb"), attacked, settings)
        seconds = time.monotonic() - begun
    names = sorted({incident.name for incident in incidents(graded)})
    return {"seconds": seconds, "MiB": (watch.stop() - before) / MEBIBYTE, "incidents": names}


def _graded(path: Path, content: bytes, settings: Settings) -> NotebookNode:
    path.write_bytes(content)
    taken_in = restore(read_submission(path), nbformat.reads(settings.source.decode(), as_version=4))
    return nbformat.reads(run_submission(json.dumps(taken_in).encode(), NAME, 2026, settings).decode(), as_version=4)


class _Watch:
    """The most memory that this process takes up while it is watched."""

    def __init__(self) -> None:
        self._most, self._over = 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.01):
            self._most = max(self._most, own_memory())

    def stop(self) -> int:
        self._over.set()
        self._thread.join()
        return self._most


def main() -> None:
    """Print a table of all attacks."""
    print("| attack | seconds | MiB above the start | incidents |\n|---|---:|---:|---|")
    for attack in ATTACKS:
        command = [sys.executable, "-m", "benchmarks.attacks", attack]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
        row = f"{found['seconds']:.0f} | {found['MiB']:.0f} | {', '.join(found['incidents']) or '-'}"
        print(f"| {attack} | {row} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(measure(sys.argv[1])))
    else:
        main()
