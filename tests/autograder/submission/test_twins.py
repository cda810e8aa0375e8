"""A kernel that dies while it starts is started once more; the twin is started when it is needed, and catches up."""

import inspect
from typing import ClassVar

import pytest
from nbclient.exceptions import DeadKernelError

from attention_course.answering.shim import stand_in
from autograder.kernels import IsolationError
from autograder.submission.outputs import error_output
from autograder.submission.ran import Limits, Ran
from autograder.submission.twins import AGAIN, STAND_IN, Twins, _start, sealed

RIGHT = STAND_IN.format(cells=sealed(["right"]), names=["softmax"])


class Kernel:
    """Raises these errors, one at each start, and starts when there are none left."""

    def __init__(self, *errors):
        self.errors, self.starts, self.stops = list(errors), 0, 0

    def start(self):
        self.starts += 1
        if self.errors:
            raise self.errors.pop(0)

    def stop(self):
        self.stops += 1


@pytest.mark.parametrize(
    "error",
    [DeadKernelError("Kernel died"), RuntimeError("Kernel died before replying"), IsolationError("it ended")],
)
def test_it_is_started_once_more(error):
    kernel = Kernel(error)
    _start(kernel)
    assert (kernel.starts, kernel.stops) == (2, 1)


def test_a_second_death_is_final():
    kernel = Kernel(RuntimeError("one"), RuntimeError("two"), RuntimeError("three"))
    with pytest.raises(DeadKernelError, match="two"):
        _start(kernel)
    assert kernel.starts == 2


def test_what_this_machine_cannot_do_is_said_as_it_is():
    kernel = Kernel(IsolationError("it ended"), IsolationError("no namespaces"))
    with pytest.raises(IsolationError, match="no namespaces"):
        _start(kernel)
    assert kernel.starts == 2


class Recorder:
    """A kernel that notes what it runs; `does` says what becomes of a text."""

    made: ClassVar[list["Recorder"]] = []

    def __init__(self, limits, folder, *, figures=False, does=None, **options):
        self.limits, self.does, self.harmless, self.language = limits, does or {}, [], {}
        self.ran, self.starts, self.figures = [], 0, figures
        Recorder.made.append(self)

    def start(self):
        self.starts += 1

    def stop(self):
        pass

    def run(self, source, *, silent=False, cpu_seconds=None, until=None):
        self.ran.append((source, silent))
        return next((ran() for part, ran in self.does.items() if part in source), Ran())


@pytest.fixture
def twins(monkeypatch):
    def make(**does):
        monkeypatch.setattr("autograder.submission.twins.Kernel", Recorder)
        Recorder.made = []
        made = Twins(Limits(30, 120), 3, {"does": does}, None, figures=True)
        made.start()
        return made

    return make


def together(*sources):
    return (AGAIN.format(sources=list(sources)), True)


def test_no_twin_is_started_that_nobody_asks_for(twins):
    pair = twins()
    pair.run("a")
    pair.put(["right"], ["softmax"])
    assert len(Recorder.made) == 1
    assert pair.replaced == {"softmax"}
    assert pair.seen.ran == [("a", False)]


def test_the_twin_runs_what_it_missed_in_order_and_then_only_what_is_new(twins):
    pair = twins()
    for source in ("a", "b"):
        pair.run(source)
    pair.put(["right"], ["softmax"])
    pair.run("c")
    twin, _ = pair.twin()
    assert twin is not pair.seen
    assert not twin.figures
    assert twin.ran == [together("a", "b", RIGHT), ("c", True)]
    pair.run("d")
    assert pair.twin()[0] is twin
    assert twin.ran[2:] == [("d", True)]
    assert [source for source, _ in twin.harmless] == ["a", "b", RIGHT, "c", "d"]
    pair.twin()
    assert len(twin.ran) == 3


def test_what_goes_wrong_together_is_run_one_by_one_in_a_fresh_twin(twins):
    pair = twins(run_again=lambda: Ran(problem="time limit"))
    for source in ("a", "b", "c"):
        pair.run(source)
    twin, _ = pair.twin()
    assert twin.starts == 2
    assert twin.ran == [together("a", "b"), ("a", True), ("b", True), ("c", True)]


def test_a_cell_that_awaits_is_run_by_itself(twins):
    pair = twins()
    for source in ("await a", "b", "c"):
        pair.run(source)
    assert pair.twin()[0].ran == [("await a", True), ("b", True), ("c", True)]


def test_a_cell_that_was_interrupted_is_run_by_itself_and_not_for_long(twins):
    pair = twins(loop=lambda: Ran(problem="time limit"))
    for source in ("a", "loop", "b"):
        pair.run(source)
    assert pair.twin()[0].ran == [("a", True), ("loop", True), ("b", True)]
    assert [limit for _, limit in pair.seen.harmless] == [30, 2, 30]


def test_what_the_twin_makes_of_the_last_cell_is_told(twins):
    pair = twins(b=lambda: Ran(outputs=[error_output("TypeError", "no")]))
    pair.run("a")
    pair.run("b")
    assert pair.twin()[1].error.ename == "TypeError"


def test_a_cell_that_ends_the_kernel_is_not_run_again(twins):
    pair = twins(exit=lambda: Ran(asked_to_exit=True))
    pair.run("a")
    assert not pair.run("exit()").alive
    pair.run("b")
    assert pair.seen.starts == 2
    assert pair.twin()[0].ran == [together("a"), ("b", True)]


def test_too_many_ended_kernels_are_the_end(twins):
    pair = twins(exit=lambda: Ran(asked_to_exit=True))
    for _ in range(4):
        pair.run("exit()")
    assert pair.exhausted
    assert pair.run("a").problem == "kernel died"
    pair.twin()
    assert Recorder.made[1].starts == 0


def test_a_right_version_is_sent_without_its_text(twins):
    pair = twins()
    text = "def softmax(x):\n    'What it does.'  # why\n    assert x, 'never'\n    return twice(x) - x"
    pair.put([text], ["softmax"])
    pair.run("a")
    twin, _ = pair.twin()
    sent = repr(twin.ran)
    for part in ("def softmax", "What it does", "why", "never", "return", "twice(x)"):
        assert part not in sent
    namespace = {}
    stand_in(namespace, sealed([text]), ["softmax"])
    assert namespace["softmax"].__doc__ is None
    with pytest.raises(OSError, match="source"):
        inspect.getsource(namespace["softmax"])
