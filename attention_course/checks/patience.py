"""An end to an answer that would never come back: an honest first attempt may need the age of the world."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

from attention_course.checks.report import CheckError


@contextlib.contextmanager
def patience(seconds: float, told: str) -> Iterator[None]:
    """Stop what is inside after some seconds of processor time.

    Processor time, so that a busy machine stops nobody. Where there is no such clock (Windows, another thread than
    the first, a sandbox that refuses it), nothing is stopped.

    Args:
        seconds: of processor time of this process.
        told: the sentence for the learner.

    Raises:
        CheckError: the time was up.
    """

    def stop(*_: object) -> None:
        raise CheckError(told)

    try:
        before = signal.signal(signal.SIGVTALRM, stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    except (AttributeError, ValueError, OSError):
        yield
        return
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
