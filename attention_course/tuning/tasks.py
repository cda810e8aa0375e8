"""Two tasks with sentences of the small language whose limits are known, and a bag of words to compare with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional as F

from attention_course.language.agreement import agreement
from attention_course.language.lexicon import LEXICON
from attention_course.language.named_language import NamedLanguage, pieces_of
from attention_course.language.small_language import SmallLanguage
from attention_course.looking_inside import verb_forms
from attention_course.tuning.fit import Batch
from attention_course.tuning.pretraining import LENGTH, row_of

Sentences = list[tuple[list[str], int]]
"""Words and a label each."""

TOPICS = tuple(LEXICON.topics)
HIDDEN = "[MASK]"


def agreement_task(
    language: SmallLanguage, count: int, generator: np.random.Generator, wrong: float = 0.5
) -> Sentences:
    """Does the main verb agree with its subject, across another noun? Label 1: it does not.

    The noun between has the number of the subject or the other one, as it comes. With the other one alone, the rule
    "wrong if the verb agrees with the noun before it" would be right every time, and nobody would need the subject.

    Args:
        wrong: the share of sentences whose main verb gets its other form.
    """
    other_form = verb_forms()
    found: Sentences = []
    while len(found) < count:
        for (sentence,) in language.documents(500, generator, sentences=1):
            where = agreement(language, sentence)
            if where.other is None:
                continue
            label = int(generator.random() < wrong)
            if label:
                sentence[where.verb] = other_form[sentence[where.verb]]
            found.append((sentence, label))
    return found[:count]


def topic_task(language: SmallLanguage, count: int, generator: np.random.Generator, hidden: float = 0.5) -> Sentences:
    """Which of the six topics has a sentence, each word of which is [MASK] with a probability?"""
    memory = generator.choice(len(language.memories), size=count, p=language.machine.stationary)
    numbers, _, after = language.machine.walk(memory, generator)
    found = []
    for row, left in zip(numbers.tolist(), after.tolist(), strict=True):
        words = [language.tokens[number] for number in row if number]
        seen = [HIDDEN if generator.random() < hidden else word for word in words]
        found.append((seen, TOPICS.index(language.memories[left][0])))
    return found


def topic_posterior(language: SmallLanguage, sentences: Sequence[Sequence[str]]) -> np.ndarray:
    """The exact probability of each topic, (n, 6): a sum over all walks that may be behind the words one sees."""
    machine, topics = language.machine, np.array([TOPICS.index(topic) for topic, _ in language.memories])
    rows = []
    for words in sentences:
        state = machine.fresh
        for place, word in enumerate(words):
            state = machine.transition.T @ state if place else state
            if word != HIDDEN:
                state = state * machine.emission[:, language.vocabulary[word]]
        shares = np.bincount(topics, machine.finish.T @ state, minlength=len(TOPICS))
        rows.append(shares / shares.sum())
    return np.array(rows)


def encoded(language: NamedLanguage, sentences: Sentences, length: int = LENGTH) -> Batch:
    """Sentences and their labels as one batch of tensors."""
    rows = [row_of(language, [p for word in words for p in pieces_of(word)], length=length) for words, _ in sentences]
    batch = {name: torch.tensor([row[name] for row in rows]) for name in rows[0]}
    return batch | {"labels": torch.tensor([label for _, label in sentences])}


def bag_of_words(train: Batch, test: Batch, classes: int, size: int) -> torch.Tensor:
    """What a logistic regression on the words that occur, in no order, says about the test inputs.

    Args:
        size: of the vocabulary.

    Returns:
        (n,) the predicted classes.
    """
    bags = [_bags(data["input_ids"], size) for data in (train, test)]
    return logistic(bags[0], train["labels"], bags[1], classes)


def logistic(
    train: torch.Tensor, labels: torch.Tensor, test: torch.Tensor, classes: int, penalty: float = 1.0
) -> torch.Tensor:
    """A logistic regression with an L2 penalty, as usual: the sum of losses plus half the sum of squared weights."""
    weights = torch.zeros(train.shape[1], classes, requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(train @ weights + bias, labels, reduction="sum") + penalty / 2 * weights.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return (test @ weights + bias).argmax(dim=1).detach()


def _bags(tokens: torch.Tensor, size: int) -> torch.Tensor:
    return torch.zeros(len(tokens), size).scatter_(1, tokens, 1.0)
