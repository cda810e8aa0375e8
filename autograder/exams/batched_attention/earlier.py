"""The answers of earlier exercises, under their names in the notebook: a variant reads here as it would there."""

from autograder.reference import reference

NOTEBOOK = "03_batched_attention"


def _earlier(name):
    def call(*args, **kwargs):  # looked up when called: the exams can be imported before the notebooks are built
        return reference(NOTEBOOK, name)(*args, **kwargs)

    return call


scaled_dot_product_attention = _earlier("scaled_dot_product_attention")
MultiHeadAttention = _earlier("MultiHeadAttention")
LayerNorm = _earlier("LayerNorm")
