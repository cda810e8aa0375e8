"""The answers of earlier exercises, under their names in the notebook: a variant reads here as it would there."""

from autograder.reference import reference

NOTEBOOK = "04_masked_language_model"


def _earlier(name):
    def call(*args, **kwargs):  # looked up when called: the exams can be imported before the notebooks are built
        return reference(NOTEBOOK, name)(*args, **kwargs)

    return call


BertEmbeddings = _earlier("BertEmbeddings")
BertModel = _earlier("BertModel")
BertForPreTraining = _earlier("BertForPreTraining")
