"""Tagged pairs of sentences as batches, and back: tags per word, and who was found among the names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from attention_course.language.named_grammar import AMBIGUOUS, TAGS
from attention_course.language.named_language import NamedLanguage, Tagged, pieces_of
from attention_course.language.vocabulary import IGNORED
from attention_course.tuning.fit import Batch
from attention_course.tuning.pretraining import LENGTH, row_of

Align = Callable[[list[int], list[int | None]], list[int]]
Pair = Sequence[Tagged]


def word_ids_of(pair: Pair) -> list[int | None]:
    """For each piece of [CLS] A [SEP] B [SEP] the number of its word in both sentences together; None for the rest."""
    numbers: list[int | None] = [None]
    word = 0
    for sentence in pair:
        for text, _ in sentence:
            numbers += [word] * len(pieces_of(text))
            word += 1
        numbers.append(None)
    return numbers


def tagged(language: NamedLanguage, pairs: Sequence[Pair], align: Align, length: int = LENGTH) -> Batch:
    """Pairs of tagged sentences as one batch; the labels of the pieces are the learner's."""
    rows, labels = [], []
    for pair in pairs:
        cut = [[piece for word, _ in sentence for piece in pieces_of(word)] for sentence in pair]
        rows.append(row_of(language, *cut, length=length))
        words = [TAGS.index(tag) for sentence in pair for _, tag in sentence]
        found = align(words, word_ids_of(pair))
        labels.append(found + [IGNORED] * (length - len(found)))
    batch = {name: torch.tensor([row[name] for row in rows]) for name in rows[0]}
    return batch | {"labels": torch.tensor(labels)}


def per_word(pairs: Sequence[Pair], values: Tensor) -> list[Tensor]:
    """What stands at the first piece of each word, for each sentence of each pair in turn.

    Args:
        values: (n, t, ...), such as logits.
    """
    found = []
    for pair, row in zip(pairs, values, strict=True):
        numbers = word_ids_of(pair)
        first = [place for place, word in enumerate(numbers) if word is not None and word != numbers[place - 1]]
        at_words = row[torch.tensor(first)]
        found += list(at_words.split([len(sentence) for sentence in pair]))
    return found


def tags_of(pairs: Sequence[Pair]) -> list[list[str]]:
    """The true tags, sentence by sentence."""
    return [[tag for _, tag in sentence] for pair in pairs for sentence in pair]


def words_of(pairs: Sequence[Pair]) -> list[list[str]]:
    """The words, sentence by sentence."""
    return [[word for word, _ in sentence] for pair in pairs for sentence in pair]


def token_accuracy(truth: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> float:
    """The share of words with the right tag."""
    pairs = [(t, p) for true, said in zip(truth, predicted, strict=True) for t, p in zip(true, said, strict=True)]
    return sum(t == p for t, p in pairs) / len(pairs)


def word_list(train: Sequence[Pair], test: Sequence[Pair]) -> list[list[str]]:
    """Each word's most frequent tag in the training pairs; O for a word that is not there."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for pair in train:
        for sentence in pair:
            for word, tag in sentence:
                counts[word][tag] += 1
    return [
        [counts[word].most_common(1)[0][0] if word in counts else "O" for word in words] for words in words_of(test)
    ]


def recall_where(pairs: Sequence[Pair], predicted: Sequence[Sequence[str]], find: Callable, wanted: Callable) -> float:
    """The share of true spans that were found, among those whose first word is wanted.

    Args:
        find: from tags to spans (label, start, end), the learner's.
        wanted: asked about a word.
    """
    found = there = 0
    for words, true, said in zip(words_of(pairs), tags_of(pairs), predicted, strict=True):
        spans = {span for span in find(true) if wanted(words[span[1]])}
        there += len(spans)
        found += len(spans & find(list(said)))
    return found / max(there, 1)


def is_ambiguous(word: str) -> bool:
    """Whether the word is a first name and a town."""
    return word in AMBIGUOUS


def exact_tags(language: NamedLanguage, pairs: Sequence[Pair], together: bool = True) -> list[list[str]]:
    """The most probable tag of each word for a reader who knows the language."""
    tables = [
        table
        for pair in pairs
        for table in language.posterior([[word for word, _ in sentence] for sentence in pair], together)
    ]
    return [[TAGS[number] for number in table.argmax(axis=1)] for table in tables]
