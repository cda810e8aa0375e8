"""An answer that does not come back is stopped by processor time, and the clock is put back afterwards."""

import signal
import threading
import time

import pytest

from attention_course.checks import CheckError
from attention_course.checks.patience import patience


def test_what_takes_too_long_is_stopped():
    def for_ever():
        with patience(0.05, "too long"):
            while True:
                pass

    with pytest.raises(CheckError, match=r"^too long$"):
        for_ever()


def test_waiting_is_no_processor_time():
    with patience(0.05, "too long"):
        time.sleep(0.2)


def test_the_clock_and_its_owner_are_put_back():
    before = signal.getsignal(signal.SIGVTALRM)
    with patience(30, "too long"):
        pass
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
    assert signal.getsignal(signal.SIGVTALRM) is before


def test_in_another_thread_nothing_is_stopped():
    done = []

    def work():
        with patience(0.01, "too long"):
            done.append(sum(range(3_000_000)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done
