"""How long the exams take: processor seconds of each exercise's exam on its reference answer, and of a notebook in sum.

    python benchmarks/exams.py             # all notebooks, a minute
    python benchmarks/exams.py 03 04       # some
    python benchmarks/exams.py --most 0.5  # exit status 1 if an exam takes longer than that, by the median

The first exam of an exercise is left out: it loads what the others find loaded, as a grader's warm process does.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from autograder.exam.exercise import Exercise
from autograder.exams import EXAMS

SEEDS = range(1, 6)


def seconds(exercise: Exercise, seed: int) -> float:
    """Processor seconds of one exam; of a value exercise, what the reference makes of the right earlier values."""
    given, answer = exercise.nothing_given, exercise.reference
    if exercise.value:
        case = next(exercise.cases(seed, given))
        answer = answer(*case.args, **case.kwargs)
    begun = time.process_time()
    verdict = exercise.judge(answer, *given, seed=seed)
    taken = time.process_time() - begun
    assert verdict.passed, f"{exercise.name}: {verdict.message}"
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", help="their numbers")
    parser.add_argument("--most", type=float, help="the most seconds that an exam may take")
    options = parser.parse_args()
    too_long = []
    for notebook, package in EXAMS.items():
        if options.notebooks and notebook[:2] not in options.notebooks:
            continue
        in_sum = 0.0
        for exercise in package.EXERCISES:
            seconds(exercise, 0)
            median = statistics.median(seconds(exercise, seed) for seed in SEEDS)
            in_sum += median
            print(f"{notebook[:2]}  {exercise.name:32}{median:7.3f}", flush=True)
            if options.most and median > options.most:
                too_long.append(exercise.name)
        print(f"{notebook[:2]}  {'in sum':32}{in_sum:7.3f}\n")
    if too_long:
        sys.exit(f"longer than {options.most} s: {', '.join(too_long)}")


if __name__ == "__main__":
    main()
