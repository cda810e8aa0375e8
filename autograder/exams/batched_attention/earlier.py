"""The answers of earlier exercises, under their names in the notebook: a variant reads here as it would there."""

from autograder.exam.earlier import Earlier

NOTEBOOK = "03_batched_attention"

_earlier = Earlier(NOTEBOOK)
scaled_dot_product_attention = _earlier.scaled_dot_product_attention
MultiHeadAttention = _earlier.MultiHeadAttention
LayerNorm = _earlier.LayerNorm
