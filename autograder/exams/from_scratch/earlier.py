"""The functions of earlier exercises, under their names in the notebook: a variant reads here as it would there."""

from autograder.reference import reference

NOTEBOOK = "01_attention_from_scratch"


def _earlier(name):
    def call(*args, **kwargs):  # looked up when called: the exams can be imported before the notebooks are built
        return reference(NOTEBOOK, name)(*args, **kwargs)

    return call


softmax = _earlier("softmax")
attention_scores = _earlier("attention_scores")
attention = _earlier("attention")
split_heads = _earlier("split_heads")
merge_heads = _earlier("merge_heads")
