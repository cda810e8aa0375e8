"""What the examiner's warm process has ready for all of its sessions, and what it leaves to them."""

import subprocess
import sys

from autograder import ROOT

LOOK = """
import os, sys
from autograder.examiner import warm
from autograder.exam.reference import reference_namespace

notebook, source = sys.argv[1], sys.argv[2]
warm.prepare(notebook, source)
"""


def looked_at(notebook, more):
    """What a fresh warm process says, with more to do in the end."""
    command = [sys.executable, "-c", LOOK + more, notebook, str(ROOT / "solutions")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_reference_is_loaded_and_no_input_is_drawn():
    """A session meets the inputs of its own submission, which no other has."""
    more = """
from autograder.exam.exercise import _computed
print(reference_namespace.cache_info().currsize)
print(_computed)
"""
    assert looked_at("02_worked_example", more) == ["1", "{}"]


def test_gradients_can_be_computed_in_a_fork():
    more = """
if os.fork() == 0:
    import torch
    x = torch.ones(2, requires_grad=True)
    (x * x).sum().backward()
    os.write(1, str(x.grad.tolist()).encode())
    os._exit(0)
os.wait()
"""
    assert looked_at("04_masked_language_model", more) == ["[2.0, 2.0]"]
