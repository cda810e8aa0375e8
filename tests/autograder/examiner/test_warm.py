"""What the examiner's warm process works out for all of its sessions."""

import subprocess
import sys

from autograder import ROOT

LOOK = """
import sys
from autograder.examiner import warm
from autograder.exams import EXAMS

notebook, source, seed = sys.argv[1], sys.argv[2], 7
warm.prepare(notebook, source, seed)
exercises = {exercise.name: exercise for exercise in EXAMS[notebook].EXERCISES}
print(sorted(name for name, exercise in exercises.items() if exercise._right.get(seed)))
"""


def looked_at(notebook, more=""):
    """What a fresh warm process says, with more to do in the end."""
    command = [sys.executable, "-c", LOOK + more, notebook, str(ROOT / "solutions")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_right_results_are_known_before_the_first_session():
    [known] = looked_at("02_worked_example")
    assert "'misprinted_scores'" in known
    assert "'scores'" in known
    assert "'weights'" not in known  # rests on the learner's own scores


def test_they_are_those_of_the_reference():
    more = """
from autograder.exam.compare import EXACT, difference
for exercise in exercises.values():
    remembered = list(exercise.right_results(seed))
    exercise._right = {}
    afresh = list(exercise.right_results(seed))
    assert len(remembered) == len(afresh) == len(list(exercise.cases(seed))), exercise.name
    for one, other in zip(remembered, afresh):  # `...` where an error is expected
        assert one is other or difference(one, other, EXACT) is None, exercise.name
print("the same")
"""
    assert looked_at("01_attention_from_scratch", more)[-1] == "the same"


def test_gradients_can_still_be_computed_in_a_fork():
    more = """
import os, torch
if os.fork() == 0:
    x = torch.ones(2, requires_grad=True)
    (x * x).sum().backward()
    os.write(1, str(x.grad.tolist()).encode())
    os._exit(0)
os.wait()
"""
    known, gradient = looked_at("04_masked_language_model", more)
    assert "'masked_lm_loss'" in known
    assert gradient == "[2.0, 2.0]"


def test_an_exam_that_breaks_off_is_left_to_the_sessions():
    more = """
def broken(rng):
    raise RuntimeError
    yield

exercises["attention_scores"]._cases = broken
for exercise in exercises.values():
    exercise._right = {}
warm.remember_right_results(notebook, 8)
print(sorted(name for name, exercise in exercises.items() if exercise._right))
"""
    assert looked_at("01_attention_from_scratch", more)[-1] == "['softmax']"
