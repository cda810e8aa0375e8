"""A kernel that dies while it starts is started once more; no submission has had its turn by then."""

import pytest
from nbclient.exceptions import DeadKernelError

from autograder.kernels import IsolationError
from autograder.twins import _start


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
