"""The answers of earlier exercises, under their names in the notebook: a variant reads here as it would there."""

from autograder.exam.earlier import Earlier

NOTEBOOK = "01_attention_from_scratch"

_earlier = Earlier(NOTEBOOK)
softmax = _earlier.softmax
attention_scores = _earlier.attention_scores
attention = _earlier.attention
split_heads = _earlier.split_heads
merge_heads = _earlier.merge_heads
