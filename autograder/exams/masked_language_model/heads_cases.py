"""The cases of BertForPreTraining(config): the two heads, and the decoder tied to the table of words."""

from functools import partial

import torch

from attention_course.probes import modules as using
from autograder.exam.compare import EXACT
from autograder.exam.exercise import Case
from autograder.exams.masked_language_model import oracle
from autograder.exams.masked_language_model.body_cases import ALIKE, GRADIENTS, NUMBERS, real, slopes
from autograder.exams.masked_language_model.oracle import SIZES
from autograder.exams.masked_language_model.random_inputs import normal

FUNCTION = "BertForPreTraining"


def expected(entries, sizes, batch):
    """The oracle's logits of real tokens, and those of the next sentence."""
    found = oracle.stages(entries, sizes, *batch)
    return real(batch[2], [found["prediction"], found["next_sentence"]])


def case(concept, entries, sizes, batch, /, **kwargs):
    """A case of both heads; of the token logits those at real tokens are compared."""
    args, wanted = (sizes, oracle.whole_model(entries, sizes), *batch), partial(expected, entries, sizes, batch)
    read = partial(real, batch[2])
    return Case(concept, args, kwargs, NUMBERS, wanted, function=FUNCTION, use=using.output, read=read)


def cases(rng):
    yield from made_of(rng)
    entries = oracle.published(rng, SIZES)

    def plain(concept, lengths, t, **kwargs):
        return case(concept, entries, SIZES, oracle.batch(rng, SIZES, lengths, t), **kwargs)

    yield plain("the logits of inputs without padding", [5, 5], 5)
    yield plain("the logits of a padded batch", [6, 4, 3], 6)
    yield plain("the logits of a single token", [1], 1)
    yield plain("the logits in training mode without dropout", [5, 3], 5, training=True)
    sizes = SIZES | dict.fromkeys(ALIKE, 6)
    others, batch = oracle.published(rng, sizes), oracle.batch(rng, sizes, [6, 4], 6)
    yield case("the logits of a vocabulary as large as the width", others, sizes, batch)
    changes = {name: 1e-6 * entries[name] for name in entries if name.startswith("cls.predictions.transform.dense")}
    batch = oracle.batch(rng, SIZES, [5, 3], 5)
    yield case("small numbers in the head, where eps counts", entries | changes, SIZES, batch)
    batch = oracle.batch(rng, SIZES, [5, 3], 5)
    named = dict(zip(("attention_mask", "token_type_ids", "input_ids"), batch[::-1], strict=True))
    wanted, read = partial(expected, entries, SIZES, batch), partial(real, batch[2])
    args, concept = (SIZES, oracle.whole_model(entries, SIZES)), "arguments of the model by name"
    yield Case(concept, args, named, NUMBERS, wanted, function=FUNCTION, use=using.output, read=read)
    yield learning(rng, entries)


def made_of(rng):
    """Kinds and sizes of the parts; that nothing else is learned; how the bias begins."""
    numbers = oracle.whole_model(oracle.published(rng, SIZES), SIZES)
    shapes = {name: list(tensor.shape) for name, tensor in numbers.items()}
    kinds = {"bert": "Module", "transform": "Linear", "transform_norm": "LayerNorm", "next_sentence": "Linear"}
    kinds |= {"bias": "Parameter"}
    args, wanted = (SIZES, tuple(kinds), tuple(shapes)), [kinds, shapes]
    concept = "the names, kinds and sizes of the heads' parts"
    yield Case(concept, args, expected=wanted, function=FUNCTION, use=using.parts)
    size = sum(tensor.numel() for tensor in numbers.values())
    concept = "how much there is to learn"
    yield Case(concept, (SIZES,), expected=size, function=FUNCTION, use=using.learned)
    concept, zeros = "the bias of a new model", torch.zeros(11)
    yield Case(concept, (SIZES, "bias"), {}, EXACT, zeros, function=FUNCTION, use=using.beginning)


def learning(rng, entries):
    """The gradients of all parameters, that of the table of words from both of its uses."""
    batch = oracle.batch(rng, SIZES, [5, 3], 5, learned=True)
    pulls = [normal(rng, 2, 5, 11) * batch[2][..., None], normal(rng, 2, 2)]

    def wanted():
        return oracle.whole_model(slopes(entries, batch, ("prediction", "next_sentence"), pulls), SIZES)

    args, concept = (
        (SIZES, oracle.whole_model(entries, SIZES), *batch),
        "training, from both ends of the table of words",
    )
    return Case(concept, args, {"pulls": pulls}, GRADIENTS, wanted, function=FUNCTION, use=using.gradients)
