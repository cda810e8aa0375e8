"""What a cell that shows something rests on: one line where it is missing, in the place of an error about a name."""

from __future__ import annotations

import sys

from attention_course.checks import CheckError


def needs(*names: str) -> None:
    """Go on if the calling cell's notebook has all of these names.

    Raises:
        CheckError: one is missing; a cell above makes it, and has not run to its end.
    """
    there = sys._getframe(1).f_globals
    missing = next((name for name in names if name not in there), None)
    if missing:
        raise CheckError(
            f"`{missing}` is not there yet: a cell above makes it. Run that first; if it stops, the exercise that it "
            "names is still to be written."
        )
