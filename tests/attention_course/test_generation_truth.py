"""What notebook 07 knows of its language: the next word's true distribution, and how texts are judged by it."""

import math

import numpy as np
import pytest
import torch

from attention_course import generation as gen
from attention_course.generation import samples, text, truth
from attention_course.language.vocabulary import PAD

LANGUAGE = gen.small_language()
SIZE = len(LANGUAGE.tokens)
NUMBER = LANGUAGE.vocabulary


def row(sentence):
    return [gen.BEGIN, *(NUMBER[word] for word in sentence.split())]


@pytest.fixture(scope="module")
def drawn():
    """(n, t) many documents that the language drew by its own walk."""
    return text.rows(gen.documents(4000, seed=5)).numpy()


def frequencies(words):
    return np.bincount(words, minlength=SIZE) / len(words)


def bound(expected, count):
    """What honest draws differ by, and half as much again; draws from a mixture differ by less."""
    return 1.5 * gen.chance_distance(expected / expected.sum(), count, np.random.default_rng(0))


def test_the_first_word_has_the_frequency_that_the_walk_gives_it(drawn):
    expected = gen.next_words(np.array([[gen.BEGIN]]))[0, 0].astype(float)
    assert gen.total_variation(frequencies(drawn[:, 1]), expected) < bound(expected, len(drawn))


@pytest.mark.parametrize("place", [2, 6, 12, 20])
def test_averaged_over_what_came_before_it_is_the_frequency_at_that_place(place, drawn):
    """At places 12 and 20 mostly beyond a full stop, so the way from sentence to sentence counts too."""
    some = drawn[drawn[:, place] != PAD]
    expected = gen.next_words(some[:, :place])[:, -1].astype(float).mean(axis=0)
    assert expected.sum() == pytest.approx(1, abs=1e-5)
    assert gen.total_variation(frequencies(some[:, place]), expected) < bound(expected, len(some))


def test_after_one_word_it_is_what_follows_this_word(drawn):
    the = drawn[drawn[:, 1] == NUMBER["the"]]
    expected = gen.next_words(np.array([row("the")]))[0, -1].astype(float)
    assert gen.total_variation(frequencies(the[:, 2]), expected) < bound(expected, len(the))


def test_agreement_topic_and_pronouns_are_known_across_words():
    after = gen.next_words(np.array([row("the king near the nuns mends a net in the harbour .")]))[0, -1]
    assert after[NUMBER["he"]] > 0 == after[NUMBER["she"]]  # the nuns are no subject
    after = gen.next_words(np.array([row("the nun near the boys mends a net in the harbour . she often")]))[0, -1]
    assert after[NUMBER["mends"]] > 0 == after[NUMBER["mend"]]
    assert after[NUMBER["bakes"]] == 0


def test_from_an_impossible_word_on_nothing_has_a_probability():
    found = gen.next_words(np.array([row("the sailor mends the cake . the")]))[0]
    assert found[4].sum() == pytest.approx(1, abs=1e-5)
    assert not found[5:].any()
    assert found[4, NUMBER["cake"]] == 0


def test_many_rows_at_once_are_what_they_are_alone(drawn, monkeypatch):
    together = gen.next_words(drawn[:7, :9])
    monkeypatch.setattr(truth, "ROWS_AT_ONCE", 3)
    assert np.allclose(together, gen.next_words(drawn[:7, :9]), atol=1e-6)


def test_the_limit_is_below_what_counting_reaches_and_near_the_entropy():
    material = gen.material(train=3000, held_out=200)
    best = gen.limit(material.held_out)
    lines = gen.lines(material.train, material.held_out, SIZE)
    assert best.loss < lines["bigram"] < lines["unigram"] < math.log(SIZE)
    assert best.loss == pytest.approx(best.entropy, abs=0.05)
    assert best.distributions.shape == (int((material.held_out[:, 1:] != PAD).sum()), SIZE)


def test_no_other_distribution_has_a_lower_expected_loss():
    best = gen.limit(text.rows(gen.documents(50, seed=8)))
    other = 0.9 * best.distributions + 0.1 / SIZE
    expected = -(best.distributions * np.log(other)).sum(axis=1).mean()
    assert best.entropy < expected


def test_a_count_of_words_by_hand():
    train = torch.tensor([[2, 5, 6, 0]])
    assert gen.lines(train, train, 7)["unigram"] == pytest.approx(-math.log((1 + 7 * 0.05) / (2 + 49 * 0.05)))
    assert gen.lines(train, train, 7)["bigram"] == pytest.approx(-math.log(1.05 / 1.35))


def test_documents_are_drawn_again_alike_and_read_as_they_are():
    assert gen.documents(3) == gen.documents(3) != gen.documents(3, seed=9)
    material = gen.Material(LANGUAGE.tokens, text.rows([row("the king")[1:], row("she")[1:]]), torch.zeros(0, 2))
    assert material.train.tolist() == [[gen.BEGIN, *row("the king")[1:]], [gen.BEGIN, NUMBER["she"], PAD]]
    assert material.read(material.train[1].tolist()) == "she"


def test_less_is_drawn_where_nbgrader_runs_the_notebook(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert len(gen.material(train=200, held_out=5).train) == 10


GOOD = "the nun near the boys mends a net . she"
BAD = "the nun near the boys mend a net . she"


def test_texts_are_judged_word_by_word():
    judged = gen.judge(torch.tensor([row(GOOD), row(GOOD), row(BAD), row(GOOD)]), np.full(SIZE, 1 / SIZE))
    assert judged.grammatical == 0.75
    assert judged.distinct == 0.5
    assert gen.marked(row(BAD)) == "the nun near the boys >mend< a net . she"
    assert gen.marked(row(GOOD)) == GOOD
    assert samples.first_error(row(BAD)) == 6
    probabilities = gen.next_words(np.array([row(GOOD)[:-1]]))[0][np.arange(10), row(GOOD)[1:]]
    alone = gen.judge(torch.tensor([row(GOOD)]), np.full(SIZE, 1 / SIZE))
    assert alone.surprise == pytest.approx(-np.log(probabilities).mean(), rel=1e-5)


def test_a_text_without_any_possible_word_has_no_surprise():
    assert math.isnan(gen.judge(torch.tensor([row("mends mends")]), np.full(SIZE, 1 / SIZE)).surprise)


def test_the_language_itself_is_grammatical():
    ids = gen.language_itself(100, 30)
    assert ids.shape == (100, 31)
    assert (ids[:, 1:] >= gen.FIRST_WORD).all()
    judged = gen.judge(ids, gen.word_shares(text.rows(gen.documents(1000))))
    assert judged.grammatical == 1
    assert judged.word_distance < 0.15


def test_a_rule_is_compared_with_the_truth_by_hand():
    real = np.array([[0.5, 0.5, 0.0, 0.0]])
    logits = torch.log(torch.tensor([[0.6, 0.2, 0.2, 0.0]]))
    compared = gen.compare(lambda logits: logits, logits, real)
    assert compared.possible == pytest.approx(0.8)
    assert compared.lost == 0
    assert compared.distance == pytest.approx(0.3)
    assert compared.divergence == pytest.approx(0.5 * math.log(0.5 / 0.6) + 0.5 * math.log(0.5 / 0.2))
    greedy = gen.compare(lambda logits: logits.masked_fill(logits < -1, -torch.inf), logits, real)
    assert greedy.lost == pytest.approx(0.5)
    assert math.isinf(greedy.divergence)


def test_honest_draws_differ_by_what_is_expected():
    shares = np.array([0.5, 0.3, 0.2])
    expected = gen.chance_distance(shares, 1000, np.random.default_rng(0))
    by_normal = 0.5 * sum(math.sqrt(2 * p * (1 - p) / math.pi / 1000) for p in shares)
    assert expected == pytest.approx(by_normal, rel=0.1)
