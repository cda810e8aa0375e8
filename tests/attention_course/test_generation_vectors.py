"""Word vectors: counts and information by hand, a training around a given loss, how good they are."""

import math

import numpy as np
import pytest

from attention_course import generation as gen
from attention_course.generation import lent, text, vectors

NUMBER = gen.small_language().vocabulary


def test_neighbours_of_a_window_by_hand():
    words, contexts = vectors.neighbours([[5, 6, 7], [8, 9]], 2)
    found = sorted(zip(words.tolist(), contexts.tolist(), strict=True))
    assert found == [(5, 6), (5, 7), (6, 5), (6, 7), (7, 5), (7, 6), (8, 9), (9, 8)]
    narrow = vectors.counted([[5, 6, 7], [5, 6]], 1, 10)
    assert narrow[5, 6] == narrow[6, 5] == 2
    assert narrow[5, 7] == 0


def test_positive_information_by_hand():
    counts = np.array([[0.0, 4.0], [4.0, 8.0]])
    context = np.array([0.25, 0.75]) ** 0.75
    context /= context.sum()
    found = vectors.positive_information(counts)
    assert found[0, 1] == pytest.approx(max(0, math.log(0.25 / (0.25 * context[1]))))
    assert found[1, 0] == pytest.approx(max(0, math.log(0.25 / (0.75 * context[0]))))
    assert found[0, 0] == 0  # never seen together
    assert found[1, 1] == 0  # rarer than by chance


def test_all_directions_give_the_table_back():
    matrix = np.array([[2.0, 1.0], [1.0, 3.0]])
    rows = vectors.factorised(matrix, 2)
    assert np.allclose(rows @ rows.T, matrix)  # symmetric and positive: U S U^T


def test_purity_by_hand():
    table = np.zeros((max(NUMBER.values()) + 1, 2))
    places = {"king": (1, 0), "monk": (1, 0.1), "net": (0, 1), "sail": (0.1, 1), "cake": (1, 0.05)}
    for word, place in places.items():
        table[NUMBER[word]] = place
    labels = {"king": "person", "monk": "person", "net": "thing", "sail": "thing", "cake": "thing"}
    assert gen.purity(table, labels) == pytest.approx(2 / 5)  # king and monk are nearest to the cake
    assert gen.purity_by_chance(labels) == pytest.approx((2 * 1 + 3 * 2) / (5 * 4))


def test_the_window_decides_what_is_similar():
    documents = gen.documents(1500)
    narrow, wide = (gen.from_counts(documents, window) for window in (1, 10))
    grammar, topics = gen.grammar_classes(), gen.topics()
    assert gen.purity(narrow, grammar) > 0.9 > gen.purity(wide, grammar)
    assert gen.purity(wide, topics) > 0.95 > gen.purity(narrow, topics)
    assert gen.flat(wide, topics).shape == (len(topics), 2)


def test_an_analogy_tells_only_what_the_text_tells_apart():
    table, pairs = gen.from_counts(gen.documents(1500), 2), gen.pairs_of_forms()
    assert gen.analogies_right(table, pairs["mends : mend"], lent.analogy) > 0.8
    assert gen.analogies_right(table, pairs["king : kings"], lent.analogy) < 0.25


def test_analogies_are_asked_for_right_and_evenly():
    pairs, asked = gen.pairs_of_forms()["cook : cooks"], []

    def ask(a, b, c, table, count):
        asked.append((a, b, c, count))
        return [c + 1] * count

    share = gen.analogies_right(np.eye(len(NUMBER)), pairs, ask, most=50)
    assert share == 1.0  # in the vocabulary each plural stands behind its singular
    assert 25 < len(asked) <= 50
    words = gen.small_language().tokens[gen.FIRST_WORD :]
    assert {(words[a], words[b]) for a, b, *_ in asked} <= set(pairs)


def test_skip_gram_learns_with_a_given_loss_and_the_same_seed_gives_the_same():
    documents = gen.documents(200)
    table, curve = gen.skip_gram(documents, 2, lent.skip_gram_loss, 80)
    again, _ = gen.skip_gram(documents, 2, lent.skip_gram_loss, 80)
    assert curve.losses[0] == pytest.approx(6 * math.log(2), abs=0.01)
    assert np.mean(curve.losses[-10:]) < 0.8 * curve.losses[0]
    assert np.array_equal(table, again)
    assert curve.share == 1


def test_every_word_of_a_label_is_a_word():
    for labels in (gen.grammar_classes(), gen.topics()):
        assert labels.keys() <= NUMBER.keys()
    assert {word for pairs in gen.pairs_of_forms().values() for pair in pairs for word in pair} <= NUMBER.keys()
    assert gen.grammar_classes()["mends"] == "verb singular"
    assert gen.topics()["mends"] == "sea"
    assert "king" not in text.topics()
