"""Word vectors of the small language: counted and factorised, or trained by the learner's loss; how good they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attention_course.generation import text
from attention_course.generation.curve import Curve, Watcher, silent, steps

WIDTH, BATCH, NEGATIVES, RATE = 30, 1024, 5, 0.025
SMOOTHED = 0.75
"""The power that Mikolov et al. 2013 give the frequencies of negatives, and Levy et al. 2015 those of contexts."""


def neighbours(documents: text.Documents, window: int) -> tuple[np.ndarray, np.ndarray]:
    """All pairs (word, a word at most `window` places away), both directions; each (n,) of numbers."""
    words, contexts = [], []
    for document in documents:
        numbers = np.array(document)
        for apart in range(1, window + 1):
            words += [numbers[apart:], numbers[:-apart]]
            contexts += [numbers[:-apart], numbers[apart:]]
    return np.concatenate(words), np.concatenate(contexts)


def counted(documents: text.Documents, window: int, size: int) -> np.ndarray:
    """(s, s) how often each word has each other one beside it, at most `window` places away."""
    words, contexts = neighbours(documents, window)
    return np.bincount(words * size + contexts, minlength=size * size).reshape(size, size).astype(float)


def positive_information(counts: np.ndarray) -> np.ndarray:
    """(s, s) how much more often two words meet than by chance: max(0, log P(w, c) / (P(w) P(c))), PPMI."""
    joint = counts / counts.sum()
    word = joint.sum(axis=1, keepdims=True)
    context = joint.sum(axis=0, keepdims=True) ** SMOOTHED
    chance = word * (context / context.sum())
    ratio = np.divide(joint, chance, out=np.ones_like(joint), where=joint > 0)
    return np.maximum(np.log(ratio), 0.0)


def factorised(matrix: np.ndarray, width: int = WIDTH) -> np.ndarray:
    """(s, width): U sqrt(S) of the singular value decomposition."""
    left, values, _ = np.linalg.svd(matrix, full_matrices=False)
    return left[:, :width] * np.sqrt(values[:width])


def from_counts(documents: text.Documents, window: int, width: int = WIDTH) -> np.ndarray:
    """Word vectors without any training: counts, PPMI, SVD (Levy, Goldberg and Dagan 2015)."""
    return factorised(positive_information(counted(documents, window, len(text.small_language().tokens))), width)


def skip_gram(
    documents: text.Documents,
    window: int,
    loss_of: Callable[[Tensor, Tensor, Tensor], Tensor],
    count: int = 2000,
    *,
    width: int = WIDTH,
    seed: int = 0,
    watch: Watcher = silent,
) -> tuple[np.ndarray, Curve]:
    """Word vectors by skip-gram with negative sampling.

    Args:
        loss_of: the learner's skip_gram_loss.
        count: steps of Adam, each with 1024 pairs and five negatives a pair.

    Returns:
        ((s, width) the vectors of the words as centres, the curve).
    """
    words, contexts = map(torch.from_numpy, neighbours(documents, window))
    generator, size = torch.Generator().manual_seed(seed), len(text.small_language().tokens)
    share = torch.bincount(words, minlength=size).float() ** SMOOTHED
    tables = _tables(size, width, generator)
    optimizer, curve = torch.optim.Adam(tables.parameters(), lr=RATE), Curve()
    for step in range(steps(count)):
        started = time.process_time()
        chosen = torch.randint(len(words), (BATCH,), generator=generator)
        others = torch.multinomial(share, BATCH * NEGATIVES, replacement=True, generator=generator)
        center, context = tables[0](words[chosen]), tables[1](contexts[chosen])
        loss = loss_of(center, context, tables[1](others.view(BATCH, NEGATIVES)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curve.add(step, count, float(loss.detach()), time.process_time() - started)
        watch(curve)
    return tables[0].weight.detach().numpy(), curve


def _tables(size: int, width: int, generator: torch.Generator) -> Any:
    """A table for words as centres, small random numbers, and one for words as contexts, zeros, as word2vec has it."""
    tables = nn.ModuleList(nn.Embedding(size, width) for _ in range(2))
    with torch.no_grad():
        tables[0].weight.copy_((torch.rand(size, width, generator=generator) - 0.5) / width)  # type: ignore[operator]
        tables[1].weight.zero_()  # type: ignore[operator]
    return tables


def unit(table: np.ndarray) -> np.ndarray:
    """The rows at length 1; rows of zeros stay."""
    return table / np.linalg.norm(table, axis=1, keepdims=True).clip(1e-9)


def purity(table: np.ndarray, labels: Mapping[str, str]) -> float:
    """The share of labelled words whose nearest labelled neighbour by cosine has the same label."""
    names = np.array(list(labels.values()))
    known = unit(table[_numbers(labels)])
    cosines = known @ known.T
    np.fill_diagonal(cosines, -np.inf)
    return float((names[cosines.argmax(axis=1)] == names).mean())


def purity_by_chance(labels: Mapping[str, str]) -> float:
    """What `purity` is on average when the neighbour is any other labelled word."""
    names = list(labels.values())
    return float(np.mean([(names.count(name) - 1) / (len(names) - 1) for name in names]))


def analogies_right(
    table: np.ndarray, pairs: Sequence[tuple[str, str]], ask: Callable[..., Sequence[int]], most: int = 400
) -> float:
    """The share of analogies a : b = c : ? among pairs that are answered right, special tokens left out.

    Args:
        pairs: (a, b) forms of one word each; every two different ones make a question.
        ask: the learner's analogy(a, b, c, table, count).
        most: no more questions than this are asked, spread evenly.
    """
    words = torch.from_numpy(table[text.FIRST_WORD :])  # the special tokens are no answers
    number = {token: place for place, token in enumerate(text.small_language().tokens[text.FIRST_WORD :])}
    questions = [(*one, *other) for one in pairs for other in pairs if one != other]
    chosen = questions[:: max(1, -(-len(questions) // most))]
    hits = [list(ask(*(number[w] for w in question[:3]), words, 1)) == [number[question[3]]] for question in chosen]
    return float(np.mean(hits))


def flat(table: np.ndarray, labels: Mapping[str, str]) -> np.ndarray:
    """(n, 2) the labelled words on the two axes along which their unit vectors differ most (principal components)."""
    known = unit(table[_numbers(labels)])
    left, values, _ = np.linalg.svd(known - known.mean(axis=0), full_matrices=False)
    return left[:, :2] * values[:2]


def _numbers(words: Mapping[str, str]) -> list[int]:
    vocabulary = text.small_language().vocabulary
    return [vocabulary[word] for word in words]
