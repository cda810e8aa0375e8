"""Corruption, pairs and encoding for the tests alone: learners write their own."""

import numpy as np

from attention_course.language.vocabulary import CLS, IGNORED, MASK, SEP


def as_batch(pairs, vocabulary, length=35):
    """[CLS] A [SEP] B [SEP] for each pair of word lists."""
    shape = (len(pairs), length)
    batch = {name: np.zeros(shape, int) for name in ("input_ids", "token_type_ids", "attention_mask")}
    for row, (first, second) in enumerate(pairs):
        a, b = ([vocabulary[word] for word in sentence] for sentence in (first, second))
        ids = [CLS, *a, SEP, *b, SEP]
        batch["input_ids"][row, : len(ids)] = ids
        batch["token_type_ids"][row, len(a) + 2 : len(ids)] = 1
        batch["attention_mask"][row, : len(ids)] = 1
    return batch


def neighbours(documents, generator):
    """Half true next sentences, half from the next document in the list."""
    pairs, follows = [], []
    for document, other in zip(documents, [*documents[1:], documents[0]], strict=True):
        for place in range(len(document) - 1):
            follows.append(generator.random() < 0.5)
            pairs.append((document[place], document[place + 1] if follows[-1] else other[place]))
    return pairs, np.array(follows)


def corrupted(batch, corruption, vocabulary_size, generator):
    ids = batch["input_ids"]
    chosen = (ids > MASK) & (generator.random(ids.shape) < corruption.probability)
    fate = generator.random(ids.shape)
    seen = np.where(chosen & (fate < corruption.mask), MASK, ids)
    replaced = chosen & (fate >= corruption.mask) & (fate < corruption.mask + corruption.random)
    seen = np.where(replaced, generator.integers(vocabulary_size, size=ids.shape), seen)
    return {**batch, "input_ids": seen, "labels": np.where(chosen, ids, IGNORED)}
