"""The listeners of notebook 08: their law, the best predictions, the rivals, and what leaks."""

import numpy as np
import pytest
import torch

from attention_course.beyond_text import listening, shop
from attention_course.beyond_text.lent import NextItem
from attention_course.beyond_text.songs import TITLES, number_of, title_of
from autograder.exam.reference import reference

NOTEBOOK = "08_beyond_text"


@pytest.fixture(scope="module")
def listeners():
    return shop.Listeners()


@pytest.fixture(scope="module")
def drawn(listeners):
    return listeners.sessions(3000, seed=5)


def test_titles_are_sixty_and_found_again():
    assert len(set(TITLES)) == shop.SONGS == 60
    assert [number_of(title_of(number)) for number in range(1, 61)] == list(range(1, 61))
    with pytest.raises(ValueError, match="Kite"):
        number_of("Kites")


def test_the_law_is_a_distribution_at_every_place(listeners, drawn):
    sessions, _ = drawn
    for place in (0, 1, 2, 3, 10):
        law = listeners.law(sessions[:50, :place])
        assert law.shape == (4, 50, 60)
        assert law.min() >= 0
        assert np.allclose(law.sum(axis=2), 1)


def test_sessions_follow_the_law(listeners, drawn):
    """How often a song comes back after three places: the quarter, and what chance adds, as the law has it."""
    sessions, taste = drawn
    expected = listeners.law(sessions[:, :10])[taste, np.arange(len(sessions))]
    chance = expected[np.arange(len(sessions)), sessions[:, 7] - 1]
    back = (sessions[:, 10] == sessions[:, 7]).mean()
    error = np.sqrt((chance * (1 - chance)).mean() / len(sessions))
    assert abs(back - chance.mean()) < 5 * error
    assert back > shop.AGAIN - 5 * error


def test_bayes_is_a_distribution_and_calibrated(listeners, drawn):
    """Its own loss is its entropy on average, which only true probabilities have."""
    sessions, taste = drawn
    best, beliefs = listeners.bayes(sessions)
    assert np.allclose(best.sum(axis=2), 1)
    assert (best[..., 0] == 0).all()
    losses = -np.log(np.take_along_axis(best, sessions[..., None], axis=2)[..., 0])
    entropies = -(best * np.log(np.where(best > 0, best, 1))).sum(axis=2)
    apart = (losses - entropies).mean(axis=1)
    assert abs(apart.mean()) < 5 * apart.std() / np.sqrt(len(apart))
    assert beliefs[np.arange(len(sessions)), -1, taste].mean() > 0.99


def test_nobody_beats_bayes(listeners, drawn):
    sessions, _ = drawn
    best, _ = listeners.bayes(sessions)
    wanted = listening.questions(sessions)
    scores = listening.rivals(listeners.sessions(2000, seed=6)[0], sessions, best)
    place_of, gain = reference(NOTEBOOK, "ranks"), reference(NOTEBOOK, "ndcg")
    gains = {name: gain(place_of(table, wanted), 5) for name, table in scores.items()}
    assert max(gains, key=gains.get) == "best possible (Bayes)"
    assert gains["popularity"] < gains["Markov chain"] < gains["again, else popular"]


def test_the_song_three_back_is_nearly_best_at_once_and_behind_the_chain_among_ten(listeners, drawn):
    sessions, _ = drawn
    best, _ = listeners.bayes(sessions)
    scores = listening.rivals(listeners.sessions(5000, seed=6)[0], sessions, best)
    place_of, hits = reference(NOTEBOOK, "ranks"), reference(NOTEBOOK, "hit_rate")
    found = {name: place_of(table, listening.questions(sessions)) for name, table in scores.items()}
    at_once, among_ten = ({name: hits(ranks, k) for name, ranks in found.items()} for k in (1, 10))
    assert at_once["best possible (Bayes)"] - 0.06 < at_once["again, else popular"] < at_once["best possible (Bayes)"]
    assert at_once["Markov chain"] < at_once["again, else popular"] - 0.1
    assert among_ten["Markov chain"] > among_ten["again, else popular"] + 0.1


def test_few_negatives_turn_two_recommenders_round(listeners, drawn):
    sessions, _ = drawn
    best, _ = listeners.bayes(sessions)
    wanted = listening.questions(sessions)
    scores = listening.rivals(listeners.sessions(5000, seed=6)[0], sessions, best)
    few = listening.sampled_negatives(wanted, 20, seed=0)
    place_of, gain = reference(NOTEBOOK, "ranks"), reference(NOTEBOOK, "ndcg")
    full, sampled = (
        {name: gain(place_of(table, wanted, out), 5) for name, table in scores.items()} for out in (None, few)
    )
    assert full["again, else popular"] > full["Markov chain"] + 0.02
    assert sampled["again, else popular"] < sampled["Markov chain"] - 0.02


def test_negatives_are_as_many_as_asked_and_never_the_target_or_padding():
    targets = torch.randint(1, 61, (200,))
    out = listening.sampled_negatives(targets, 20, seed=3)
    assert ((~out).sum(dim=1) == 20).all()
    assert out[:, 0].all()
    assert out.gather(1, targets[:, None]).all()
    assert not torch.equal(out, listening.sampled_negatives(targets, 20, seed=4))


def test_what_was_heard_is_what_stands_before(drawn):
    sessions = drawn[0][:20]
    heard = listening.already_heard(sessions).view(20, shop.LENGTH - listening.FIRST, 61)
    for row, place in ((0, 5), (7, 12), (19, 19)):
        songs = set(np.flatnonzero(heard[row, place - listening.FIRST].numpy()).tolist())
        assert songs == set(sessions[row, :place].tolist())


def test_followers_count_the_past_alone():
    table = listening.followers([[1, 2, 1, 3], [2, 1]])
    assert table[1, 2] == table[1, 3] == 0.5
    assert table[2, 1] == 1
    assert table.sum() == 2


def test_a_short_training_learns_and_is_looked_into(drawn):
    sessions = drawn[0]
    model, curve = listening.train_next_item(
        lambda: NextItem(60, 16, 2, 1, 20), sessions, 40, tests=sessions[:50], watch=lambda curve: None
    )
    assert np.mean(curve.losses[-5:]) < curve.losses[0] - 0.2
    assert len(curve.shares) == 11
    assert listening.scored(model, sessions[:4]).shape == (4 * 15, 61)
    weights = listening.by_distance(model, sessions[:20])[0]
    assert weights.shape == (2, 7)
    assert (weights.sum(axis=1) <= 1 + 1e-5).all()


class LastSongOnly(torch.nn.Module):
    """Recommends the song after the last one, whatever came before."""

    def __init__(self):
        super().__init__()
        self.attention = torch.nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, ids):
        x = torch.zeros(*ids.shape, 4)
        self.attention(x, x, x, need_weights=False)
        return 5.0 * torch.nn.functional.one_hot(ids % 60 + 1, 61)


def test_hiding_finds_the_song_that_matters():
    song, chance, lost, weights = listening.hidden_in_turn(LastSongOnly(), [5, 9, 30])
    assert song == 31
    assert chance > 0.5
    assert lost[2] > 4
    assert np.allclose(lost[:2], 0, atol=1e-6)
    assert np.allclose(weights, 1 / 3)
