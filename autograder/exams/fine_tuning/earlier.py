"""The answers of earlier exercises, under their names in the notebook: a variant reads here as it would there."""

from autograder.exam.earlier import Earlier

NOTEBOOK = "05_fine_tuning"

_earlier = Earlier(NOTEBOOK)
confusion_matrix = _earlier.confusion_matrix
spans = _earlier.spans
