"""One call of an answer: nothing it prints, shows or warns about gets out, and whatever it does is an outcome."""

import logging
import sys
import warnings

import numpy as np
import pytest
from IPython.core.error import StdinNotImplementedError

from autograder.exam.compare import EXACT, FLOAT32
from autograder.exam.outcome import Outcome, call_quietly


def call(function, *args, **kwargs):
    return call_quietly(function, args, kwargs)


def test_a_result_comes_with_the_arguments_as_the_call_left_them():
    def doubles(x, *, by):
        x *= 2
        by.append(3)
        return x.sum()

    outcome = call(doubles, np.ones(3), by=[2])
    assert outcome.result == 6
    np.testing.assert_array_equal(outcome.arguments[0], [2, 2, 2])
    assert outcome.arguments[1] == {"by": [2, 3]}


def test_printing_and_warning_go_nowhere(capfd, recwarn):
    def noisy(x):
        print("a secret:", x)
        print("a secret:", x, file=sys.stderr)
        logging.getLogger("learner").warning("a secret: %s", x)
        warnings.warn("a secret", stacklevel=1)
        return 1 / np.zeros(1)

    assert np.isinf(call(noisy, 7).result).all()
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


@pytest.fixture
def shell():
    from IPython.core.interactiveshell import InteractiveShell

    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_displaying_goes_nowhere_in_a_kernel(shell):
    from IPython.display import display
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        call(lambda x: display(x), 7)
        display("shown")
    assert [output.data["text/plain"] for output in captured.outputs] == ["'shown'"]


def test_exit_ends_the_call_and_not_the_kernel(shell):
    from IPython.core.autocall import ExitAutocall

    leave = ExitAutocall(shell)
    assert call(lambda: leave()).error == "SystemExit"


@pytest.mark.parametrize(
    ("raised", "name"),
    [
        (ValueError("7"), "ValueError"),
        (SystemExit(7), "SystemExit"),
        (NotImplementedError(), "NotImplementedError"),
        (np.linalg.LinAlgError("7"), "ValueError"),
        (type("Secret7", (KeyError,), {})(), "KeyError"),
        (type("Exception", (IndexError,), {})(), "IndexError"),
        (StdinNotImplementedError(), "StdinNotImplementedError"),
    ],
)
def test_an_error_is_named_after_the_builtin_exception_that_it_is(raised, name):
    def fails():
        raise raised

    assert call(fails).error == name


def test_exit_and_endless_recursion_are_errors():
    def recursion():
        return recursion()

    assert call(exit).error == "SystemExit"
    assert call(recursion).error == "RecursionError"
    assert call(None).error == "TypeError"


def test_an_interrupt_passes():
    """The grader's time limit interrupts the kernel; no exam may swallow that."""

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(interrupted)


def test_the_line_is_the_deepest_one_of_the_cell():
    cell = "def outer(x):\n    return inner(x)\n\ndef inner(x):\n    return np.reshape(x, (5, 5))\n"
    namespace = {"np": np}
    filename = "/tmp/ipykernel_1/2.py"
    exec(compile(cell, filename, "exec"), namespace)
    import linecache

    linecache.cache[filename] = (len(cell), None, cell.splitlines(keepends=True), filename)
    outcome = call(namespace["outer"], np.ones(3))
    assert (outcome.error, outcome.line) == ("ValueError", "return np.reshape(x, (5, 5))")


def test_a_buffer_filled_again_on_every_call_is_seen_as_it_was():
    buffer = np.zeros(2)

    def fill(x):
        buffer[:] = x
        return buffer, [buffer]

    first, second = call(fill, 1), call(fill, 2)
    assert first.result[0].tolist() == first.result[1][0].tolist() == [1, 1]
    assert second.result[0].tolist() == [2, 2]


def test_outcomes_agree_when_both_did_the_same():
    one = Outcome(np.array([1.0, np.nan]), [np.ones(2), {}])
    assert one.agrees_with(Outcome([1.000001, np.nan], [np.ones(2), {}]), FLOAT32)
    assert not one.agrees_with(Outcome([1.000001, np.nan], [np.ones(2), {}]), EXACT)
    assert not one.agrees_with(Outcome(np.array([1.0, np.nan]), [np.zeros(2), {}]), FLOAT32)
    assert not one.agrees_with(Outcome(None, [np.ones(2), {}], "ValueError"), FLOAT32)
    assert Outcome(None, [], "TypeError").agrees_with(Outcome(None, [], "ValueError"), FLOAT32)
    assert not one.agrees_with(Outcome(object(), [np.ones(2), {}]), FLOAT32)
