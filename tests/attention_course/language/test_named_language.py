"""The language with names: its documents, its pieces, and the exact posterior against a sum over everything."""

import itertools

import numpy as np
import pytest

from attention_course.language.named_grammar import AMBIGUOUS, TAGS
from attention_course.language.named_language import NamedLanguage, pieces_of
from attention_course.language.small_language import SmallLanguage


@pytest.fixture(scope="module")
def language():
    return NamedLanguage()


def test_the_words_of_the_small_language_are_whole_in_the_vocabulary(language):
    assert language.vocabulary.keys() >= SmallLanguage().vocabulary.keys()
    assert {piece for word in language.words for piece in pieces_of(word)} <= language.vocabulary.keys()


def test_documents_are_tagged_and_the_same_for_the_same_seed(language):
    first, again = (language.documents(40, np.random.default_rng(3)) for _ in range(2))
    assert first == again
    assert {tag for document in first for sentence in document for _, tag in sentence} == set(TAGS)
    for sentence in itertools.chain.from_iterable(first):
        assert sentence[-1] == (".", "O")
        for (_, before), (_, tag) in itertools.pairwise([("", "O"), *sentence]):
            assert not tag.startswith("I-") or before[1:] == tag[1:]


def test_an_ambiguous_name_has_one_sense_in_a_document(language):
    senses = []
    for document in language.documents(200, np.random.default_rng(5)):
        for name in AMBIGUOUS:
            kinds = {tag[2:] for sentence in document for word, tag in sentence if word == name and tag != "O"}
            assert len(kinds) < 2
            senses += kinds
    assert min(senses.count("PER"), senses.count("LOC")) > 30


def test_chosen_pairs_share_an_ambiguous_name(language):
    for first, second in language.with_shared_names(20, np.random.default_rng(1)):
        assert {w for w, _ in first} & {w for w, _ in second} & set(AMBIGUOUS)


def by_enumeration(language, words):
    """The posterior of one sentence, from every walk that writes it under every sense."""
    totals = np.zeros((len(words), len(TAGS)))
    for machine in language.machines:
        transition, end = machine.transition.toarray(), machine.finish.sum(axis=1)
        emission = [machine.emission[:, language.words.index(word)] for word in words]
        walks = {
            (state,): machine.fresh[state] * emission[0][state] for state in np.flatnonzero(machine.fresh * emission[0])
        }
        for column in emission[1:]:
            walks = {
                (*walk, state): share * transition[walk[-1], state] * column[state]
                for walk, share in walks.items()
                for state in np.flatnonzero(transition[walk[-1]] * column)
            }
        for walk, share in walks.items():
            for place, state in enumerate(walk):
                totals[place, language._tags[state]] += share * end[walk[-1]]
    return totals / totals.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("text", ["lincoln hill near austin mends a net .", "she often sees"])
def test_the_posterior_is_the_sum_over_all_walks(language, text):
    words = text.split()
    if words[-1] != ".":
        with pytest.raises(ValueError, match="cannot come from this language"):
            language.posterior([words])
        return
    assert np.allclose(language.posterior([words])[0], by_enumeration(language, words))


def test_the_other_sentence_decides_who_lincoln_is(language):
    pair = [
        ["the", "sailor", "near", "lincoln", "mends", "a", "net", "."],
        ["then", "she", "mends", "a", "net", "in", "lincoln", "."],
    ]
    person, town = TAGS.index("B-PER"), TAGS.index("B-LOC")
    alone, together = language.posterior(pair, together=False)[0][3], language.posterior(pair)[0][3]
    assert 0.2 < alone[person] < 0.8
    assert together[town] == pytest.approx(1)


def test_the_perfect_reader_is_as_sure_as_it_is_right(language):
    hits, sure = [], []
    for pair in language.with_shared_names(150, np.random.default_rng(9)):
        for sentence, table in zip(pair, language.posterior([[w for w, _ in s] for s in pair]), strict=True):
            hits += [TAGS[number] == tag for number, (_, tag) in zip(table.argmax(1), sentence, strict=True)]
            sure += table.max(axis=1).tolist()
    assert np.mean(hits) == pytest.approx(np.mean(sure), abs=0.01)
