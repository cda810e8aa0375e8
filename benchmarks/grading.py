"""Grade the same class with nbgrader as it comes and with ours; seconds a submission, memory, and every score.

    python benchmarks/grading.py --quick                                  # 8 submissions of notebook 01, minutes
    python benchmarks/grading.py --assignment 01_attention_from_scratch --size 200
    python benchmarks/grading.py --cluster 1 2 4                          # workers at a TCP scheduler on this machine

The commands are run in turns, each on a fresh copy of the class, and all of their start-up counts. "stock" is
`nbgrader autograde` with nbgrader's own steps, the python3 kernel and one thread. The floor is what the cells
themselves take in one warm process. Writes a report into benchmarks/results/.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from graded_class import Cost, Scores, copy_of, floor, make_class, ours, scores, stock
from where_time_goes import where_time_goes

from autograder.course import Course

RESULTS = Path(__file__).parent / "results"

Grader = Callable[[Course, str], Cost]


def graders(workers: list[int], isolation: str) -> dict[str, Grader]:
    """What is compared, by name."""

    def with_workers(number: int) -> Grader:
        return lambda course, name: ours(course, name, "--workers", str(number), "--isolation", isolation)

    named = {f"ours, {number} worker{'s' if number > 1 else ''}": with_workers(number) for number in workers}
    return {"stock": stock, **named}


def measure(
    course: Course, assignment: str, compared: dict[str, Grader], rounds: int
) -> tuple[dict[str, list[Cost]], dict[str, Scores]]:
    """Grade a copy of the class with each grader in turn, `rounds` times over."""
    costs: dict[str, list[Cost]] = {name: [] for name in compared}
    found: dict[str, Scores] = {}
    for number in range(rounds):
        for name, grade in compared.items():
            again = copy_of(course, course.root.parent / "graded")
            cost = grade(again, assignment)
            costs[name].append(cost)
            found[name] = scores(again, assignment)
            print(f"round {number + 1}, {name}: {cost.seconds:.1f} s", flush=True)
    return costs, found


def table(costs: dict[str, list[Cost]], size: int, first: str) -> list[str]:
    """Medians over the rounds, as rows of Markdown; ratios are to the `first` grader."""
    rows = [
        "| grader | seconds | seconds a submission | processor seconds a submission | peak MB | ratio |",
        "|---|---|---|---|---|---|",
    ]
    middle = {name: statistics.median(cost.seconds for cost in all_of) for name, all_of in costs.items()}
    for name, all_of in costs.items():
        cpu = statistics.median(cost.cpu_seconds for cost in all_of) / size
        peak = statistics.median(cost.peak_mb for cost in all_of)
        ratio = middle[first] / middle[name]
        rows.append(
            f"| {name} | {middle[name]:.1f} | {middle[name] / size:.3f} | {cpu:.3f} | {peak:.0f} | {ratio:.1f} |"
        )
    return rows


def differences(found: dict[str, Scores]) -> list[str]:
    """A sentence for each grader on how its scores differ from those of ours with the fewest workers."""
    names = [name for name in found if name != "stock"]
    ours_is, sentences = found[names[0]], []
    for name, theirs in found.items():
        if name == names[0]:
            continue
        keys = sorted({*ours_is, *theirs})
        higher = [key for key in keys if (theirs.get(key) or 0) > (ours_is.get(key) or 0)]
        lower = [key for key in keys if (theirs.get(key) or 0) < (ours_is.get(key) or 0)]
        text = f"{len(keys) - len(higher) - len(lower)} of {len(keys)} scores of {name} equal those of {names[0]}"
        if lower:
            where = ", ".join(f"{student} {cell}" for student, cell in lower[:5])
            text += f"; {len(lower)} are lower ({where}...): an earlier mistake costs again there"
        if higher:
            text += f"; {len(higher)} are HIGHER: " + ", ".join(f"{student} {cell}" for student, cell in higher[:5])
        sentences.append(text + ".")
    return sentences


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[str]:
    """A scheduler and its workers as processes of their own, as on a cluster; yields the scheduler's TCP address."""
    address = "tcp://127.0.0.1:8799"
    with contextlib.ExitStack() as stack:

        def start(*arguments: str) -> None:
            command = [sys.executable, "-m", "dask", *arguments]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, **quiet)
            stack.callback(process.wait)
            stack.callback(process.terminate)

        start("scheduler", "--host", "127.0.0.1", "--port", "8799", "--dashboard-address", "127.0.0.1:0")
        for _ in range(workers):
            start("worker", address, "--nthreads", "1", "--nworkers", "1", "--no-dashboard", "--memory-limit", "0")
        _wait_for(address, workers)
        yield address


def _wait_for(address: str, workers: int) -> None:
    from distributed import Client

    with Client(address, set_as_default=False, timeout=60) as client:
        client.wait_for_workers(workers, timeout=120)


def scaling(course: Course, assignment: str, counts: list[int], isolation: str) -> tuple[dict[str, list[Cost]], dict]:
    """Grade the class with so many workers each, which are up before the clock starts; their CPU time is not seen."""
    costs: dict[str, list[Cost]] = {}
    found: dict[str, Scores] = {}
    for count in counts:
        name = f"ours, cluster of {count}"
        with cluster(count) as address:
            again = copy_of(course, course.root.parent / "graded")
            costs[name] = [ours(again, assignment, "--scheduler", address, "--isolation", isolation)]
            found[name] = scores(again, assignment)
            print(f"{name}: {costs[name][0].seconds:.1f} s", flush=True)
    return costs, found


def report(options: argparse.Namespace, lines: list[str]) -> Path:
    """Write the report; return its path."""
    today = datetime.date.today()
    machine = f"{len(os.sched_getaffinity(0))} cores, {platform.system()}, Python {platform.python_version()}"
    title = f"# Grading {options.size} submissions of {options.assignment}, {today:%-d %B %Y}"
    kind = "cluster" if options.cluster else "class"
    path = RESULTS / f"grading-{options.assignment[:2]}-{options.size}-{kind}-{today}.md"
    rounds = "1 round" if options.rounds == 1 else f"{options.rounds} rounds"
    about = f"{machine}; isolation {options.isolation}; {rounds}. {options.note}".strip()
    path.write_text("\n".join([title, "", about, "", *lines]) + "\n", encoding="utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assignment", default="01_attention_from_scratch")
    parser.add_argument("--size", type=int, default=24, help="submissions")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--isolation", choices=("full", "none"), default="full")
    parser.add_argument("--cluster", type=int, nargs="+", help="numbers of workers at a TCP scheduler, without stock")
    parser.add_argument("--quick", action="store_true", help="8 submissions")
    parser.add_argument("--note", default="", help="a sentence for the report, such as what else was running")
    options = parser.parse_args()
    options.size = 8 if options.quick else options.size
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="grading-benchmark-") as folder:
        course = make_class(Path(folder, "class"), options.assignment, options.size)
        if options.cluster:
            costs, found = scaling(course, options.assignment, options.cluster, options.isolation)
        else:
            compared = graders(options.workers, options.isolation)
            costs, found = measure(course, options.assignment, compared, options.rounds)
        lines = [*table(costs, options.size, next(iter(costs))), "", *differences(found), ""]
        lines += [f"Floor: {floor(course, options.assignment):.3f} processor seconds a submission.", ""]
        lines += where_time_goes(copy_of(course, Path(folder, "graded")), options.assignment, options.isolation)
    path = report(options, lines)
    print(path.read_text(encoding="utf-8"))
    print(f"{path}; {time.perf_counter() - started:.0f} seconds in all")


if __name__ == "__main__":
    main()
