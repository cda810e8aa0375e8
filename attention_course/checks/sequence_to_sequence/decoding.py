"""Visible checks of the searches: tables small enough to be read by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from attention_course.checks.report import CheckError, called, visible_check

START, END, A, B = 0, 1, 2, 3
Rows = Mapping[tuple[int, ...], tuple[float, float, float, float]]

TRAP: Rows = {(): (0, 0, 0.6, 0.4), (A,): (0, 0, 0.55, 0.45), (B,): (0, 1, 0, 0)}
"""The best first id, 2, leads to halves; 3 ends at once. After anything else a sentence ends."""

LATE: Rows = {(): (0, 0.5, 0.3, 0.2), **{(A,) * n: (0, 0.1, 0.9, 0) for n in range(1, 5)}}
"""Ending at once has .5; whoever goes on with 2 does so with near certainty."""

CROWDED: Rows = {(): (0, 0.4, 0.35, 0.25), (A,): (0, 0.1, 0.45, 0.45), (B,): (0, 1, 0, 0)}
"""End is the best first id, and 3, the third, is the beginning of the second best sentence."""

HALF: Rows = {(): (0, 0.6, 0.4, 0), (A,): (0, 1, 0, 0)}
"""Ending at once has .6, and the only longer sentence .4."""


class Step:
    """A step function that reads a table and takes note of what it is asked."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.calls, self.longest = rows, 0, 0

    def __call__(self, prefix: Sequence[int]):
        self.calls += 1
        ids = tuple(int(number) for number in prefix)
        self.longest = max(self.longest, len(ids))
        if self.calls > 2000:
            raise CheckError("step was called 2000 times for a sentence of a few ids. What ends your loop?")
        if ids[:1] != (START,):
            raise CheckError(f"step was asked with {list(prefix)}; a prefix begins with start_id, here {START}.")
        with np.errstate(divide="ignore"):
            return np.log(np.array(self.rows.get(ids[1:], (0.0, 1.0, 0.0, 0.0))))


@visible_check(points=5)
def search(greedy, beam) -> None:
    """Greedy on a table with a trap; a beam on the same; the length penalty and when to stop; sentences without end."""
    _greedy(greedy)
    _beam(beam)


def _greedy(function) -> None:
    once: Rows = {(): (0, 0.9, 0.1, 0)}
    never: Rows = {**LATE, (): (0, 0.1, 0.7, 0.2)}
    for rows, longest, wanted, question in (
        (TRAP, 5, [A, A], "Which id is the most probable at each place, and which are start and end?"),
        (never, 3, [A, A, A], "It never ends here; how many new ids may there be?"),
        (once, 5, [], "It ends at once here; is end among the ids?"),
    ):
        step = Step(rows)
        got = called(function, step, START, END, longest)
        if got is None:
            raise CheckError("greedy_search returned None. Is there a `return` on every way out?")
        if not isinstance(got, list) or got != wanted:
            if isinstance(got, list) and got[-1:] == [END] and got[:-1] == wanted:
                question = "1 is end. It ends the sentence; does it belong to it?"
            elif wanted and step.longest == 1:
                question = "step was asked with [0] alone. What must it know to say what comes next?"
            raise CheckError(
                f"greedy_search with max_length {longest} should give {wanted}, yours gives {got}. {question}"
            )


def _beam(function) -> None:
    case = "beam_search where 2 has .6 and 3 has .4 at first, and only 3 ends at once"
    _finds(
        function,
        case,
        TRAP,
        1,
        4,
        0.0,
        [([A, A], math.log(0.33))],
        "With a beam of one only the best beginning stays open.",
    )
    wanted = [([B], math.log(0.4)), ([A, A], math.log(0.33))]
    _finds(function, case, TRAP, 2, 4, 0.0, wanted, "Are both beginnings kept, and is the list best first?")
    case = "beam_search where end has .5 at first, 2 has .3, and after a 2 another 2 has .9"
    _finds(function, case, LATE, 1, 4, 0.0, [([], math.log(0.5))], "Without a penalty nothing longer can beat .5.")
    case = "beam_search where end has .4, 2 has .35 and 3 has .25 at first; a 2 goes on with .45 and .45, a 3 ends"
    question = "Does end take a place in the beam? It finishes its hypothesis, and both 2 and 3 stay open."
    _finds(function, case, CROWDED, 2, 4, 0.0, [([], math.log(0.4)), ([B], math.log(0.25))], question)
    case = "beam_search where end has .6 and 2 has .4 at first, and a 2 ends"
    question = "Each sum is divided by n ** length_penalty, here 1 and 2: n counts new ids, with end and without start."
    _finds(function, case, HALF, 2, 4, 1.0, [([A], math.log(0.4) / 2), ([], math.log(0.6))], question)
    wanted, question = [([A], math.log(0.4) / 4), ([], math.log(0.6))], "Is length_penalty an exponent?"
    _finds(function, case, HALF, 2, 4, 2.0, wanted, question)
    case = "beam_search where only one sentence is possible"
    only: Rows = {(): (0, 0, 1, 0)}
    _finds(function, case, only, 3, 4, 1.0, [([A], 0.0)], "Impossible ones, of -inf, are never in the list.")
    case = "beam_search of one new id, end counted, where end has .5, 2 has .3 and 3 has .2"
    wanted = [([], math.log(0.5)), ([A], math.log(0.3))]
    _finds(function, case, LATE, 2, 1, 1.0, wanted, "Those open at max_length count as they are, untried with end.")
    case = "beam_search where end has .5 at first, 2 has .3, and after a 2 another 2 has .9"
    total = math.log(0.3) + 3 * math.log(0.9)
    question = (
        "The longer one wins, though end was finished first: with a penalty the search goes on while an open one can "
        "still beat what is finished. At which length would its score be best?"
    )
    _finds(function, case, LATE, 1, 4, 1.0, [([A] * 4, total / 4)], question)


def _finds(function, case: str, rows: Rows, width: int, longest: int, penalty: float, wanted, question: str) -> None:
    case = f"{case}; width {width}, max_length {longest}, length_penalty {penalty:g}"
    got = called(function, Step(rows), START, END, width, longest, penalty)
    try:
        found = [([int(number) for number in ids], float(score)) for ids, score in got]
    except (TypeError, ValueError):
        raise CheckError(f"{case}: it should return a list of pairs (ids, score); yours is {got!r}.") from None
    told = [(ids, round(score, 4)) for ids, score in found]
    if any(math.isnan(score) for _, score in found):
        raise CheckError(f"{case}: yours gives {told}. `step` gives logarithms already. What else gives a NaN?")
    if any(score == -math.inf for _, score in found):
        raise CheckError(f"{case}: yours gives {told}. Impossible ones, of -inf, are never in the list.")
    if any(START in ids or END in ids for ids, _ in found):
        raise CheckError(f"{case}: yours gives {told}. 0 is start and 1 is end; ids come without them.")
    right = [(ids, round(score, 4)) for ids, score in wanted]
    if len(found) < len(wanted):
        if longest > 1:
            question = "Does the search end before it must, or does something fall out of the beam?"
        if not found:
            question = "Is everything held for impossible, or is a logarithm taken of what is a logarithm already?"
        raise CheckError(f"{case}: {len(wanted)} should be found, {right}; yours finds {told}. {question}")
    if [ids for ids, _ in found] != [ids for ids, _ in wanted]:
        raise CheckError(f"{case}: should give {right}, yours gives {told}. {question}")
    if not np.allclose([s for _, s in found], [s for _, s in wanted], rtol=1e-6, atol=1e-9):
        raise CheckError(
            f"{case}: the sentences are right, the scores are not: {right}, yours {told}. "
            "A score is the sum of the log-probabilities, end's included, over n ** length_penalty; n counts the new "
            "ids, with end and without start."
        )
