"""What learners import: figures, data, visible checks. It knows no answers and nothing of the autograder."""

import sys

__version__ = "0.1.0"

# nbformat loads jsonschema, which builds grammars out of this package when it is there: more than a second of every
# start, for a kind of string that the notebook format does not have
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
