"""Recommenders for the listeners: popularity, repeats, a Markov chain, and the training of the learner's NextItem."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.beyond_text.learning import Curve, Watcher, batches, train
from attention_course.beyond_text.looking import attention_weights
from attention_course.beyond_text.shop import BACK, SONGS
from attention_course.measure import one_thread

FIRST, RATE = 5, 3e-3
"""Songs are predicted from the sixth on, when there is something to go by."""


def popularity(histories: Sequence[Sequence[int]]) -> NDArray:
    """(songs + 1,) the share of each song."""
    counts = np.bincount([song for history in histories for song in history], minlength=SONGS + 1)
    return counts / max(1, counts.sum())


def followers(histories: Sequence[Sequence[int]]) -> NDArray:
    """(songs + 1, songs + 1) the share of each song among those that followed a song."""
    counts = np.zeros((SONGS + 1, SONGS + 1))
    for history in histories:
        np.add.at(counts, (list(history[:-1]), list(history[1:])), 1)
    return counts / np.maximum(1, counts.sum(axis=1, keepdims=True))


def rivals(train_sessions: NDArray, tests: NDArray, best: NDArray) -> dict[str, Tensor]:
    """The scores of simple recommenders for the songs from place 5 on of test sessions.

    Args:
        best: (n, 20, songs + 1), the predictions of Bayes.

    Returns:
        by name (questions, songs + 1); padding is never recommended.
    """
    charts, chain = popularity(train_sessions.tolist()), followers(train_sessions.tolist())
    charts[0] = -1  # padding comes last in any race
    chain[:, 0] = -1
    popular = np.broadcast_to(charts, (*tests.shape, SONGS + 1))
    markov, again = popular.copy(), popular.copy()
    markov[:, 1:] = chain[tests[:, :-1]]
    rows = np.arange(len(tests))
    for place in range(BACK, tests.shape[1]):
        again[rows, place, tests[:, place - BACK]] += 1
    named = {"popularity": popular, "Markov chain": markov, "again, else popular": again, "best possible (Bayes)": best}
    return {name: questions(table) for name, table in named.items()}


def questions(table: NDArray | Tensor) -> Tensor:
    """(n, t, ...) as (n * (t - 5), ...): the places from 5 on, one row each."""
    rows = table if isinstance(table, Tensor) else torch.from_numpy(np.array(table))
    return rows[:, FIRST:].flatten(0, 1)


def train_next_item(
    build: Callable[[], nn.Module],
    sessions: NDArray,
    count: int,
    *,
    seed: int = 0,
    watch: Watcher = lambda curve: None,
    tests: NDArray | None = None,
) -> tuple[nn.Module, Curve]:
    """Train a model like NextItem on sessions: at each place, the next song.

    Args:
        build: makes the model.
        tests: sessions on which the share of next songs that are guessed at the first go is written down on the way.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build()
    heard, rows = torch.from_numpy(sessions), batches(len(sessions), 128, seed)

    def loss_of() -> Tensor:
        ids = heard[next(rows)]
        return loss(model(ids[:, :-1]), ids)

    def guessed() -> float:
        ids = torch.from_numpy(tests)
        return float((model(ids[:, :-1])[:, FIRST - 1 :].argmax(dim=-1) == ids[:, FIRST:]).float().mean())

    look = None if tests is None else guessed
    return model, train(model, loss_of, count, rate=RATE, look=look, watch=watch, betas=(0.9, 0.98), decay=0.01)


def loss(scores: Tensor, ids: Tensor) -> Tensor:
    """The mean of -log P(next song), in nats: scores (b, t - 1, songs + 1) for ids (b, t)."""
    return F.cross_entropy(scores[..., 1:].flatten(0, 1), ids[:, 1:].flatten() - 1)


@torch.no_grad()
def scored(model: nn.Module, tests: NDArray) -> Tensor:
    """(questions, songs + 1) of a trained model, for the songs from place 5 on."""
    with one_thread():
        scores = model(torch.from_numpy(tests)[:, :-1])
    return questions(F.pad(scores, (0, 0, 1, 0)))


def lost_against(best: NDArray, model: nn.Module, tests: NDArray) -> tuple[float, float]:
    """(loss of the model, loss of Bayes) in nats for the songs from place 5 on."""
    wanted = questions(tests)
    mine = F.cross_entropy(scored(model, tests)[:, 1:], wanted - 1)
    rows = questions(best).gather(1, wanted[:, None])
    return float(mine), float(-rows.log().mean())


def by_distance(model: nn.Module, tests: NDArray, farthest: int = 6) -> list[NDArray]:
    """For each layer (heads, farthest + 1): the mean weight on the song so many places before the last one heard.

    Distance 0 is the last song itself; the song to be predicted stands one place further on.
    """
    found = []
    for weights in attention_weights(model, torch.from_numpy(tests)[:, :-1]):
        late = weights[:, :, farthest:]
        places = torch.arange(farthest, weights.shape[-1])
        columns = [
            late[:, :, torch.arange(len(places)), places - back].mean(dim=(0, 2)) for back in range(farthest + 1)
        ]
        found.append(torch.stack(columns, dim=1).numpy())
    return found


def sampled_negatives(targets: Tensor, count: int, seed: int) -> Tensor:
    """(b, songs + 1) booleans, True for songs that are out of the race: all but `count` drawn for each target.

    Songs and targets alike are 1 to 60. The target is never among those drawn.
    """
    generator = torch.Generator().manual_seed(seed)
    lots = torch.rand(len(targets), SONGS + 1, generator=generator)
    lots[:, 0] = -1
    lots.scatter_(1, targets[:, None], -1)
    drawn = lots.topk(count, dim=1).indices
    return torch.ones(len(targets), SONGS + 1, dtype=torch.bool).scatter(1, drawn, False)


def already_heard(tests: NDArray) -> Tensor:
    """(questions, songs + 1) booleans, True for songs that stand in the history."""
    heard = torch.zeros(*tests.shape, SONGS + 1, dtype=torch.bool)
    for place in range(1, tests.shape[1]):
        heard[:, place] = heard[:, place - 1]
        heard[torch.arange(len(tests)), place, torch.from_numpy(tests[:, place - 1])] = True
    return questions(heard)


@torch.no_grad()
def hidden_in_turn(model: nn.Module, history: Sequence[int], others: int = 20) -> tuple[int, float, NDArray, NDArray]:
    """Hide each song of a history, and see what becomes of the song that is recommended.

    A song that is taken out moves all before it one place nearer. So others take its place, one after the other.

    Returns:
        (the song recommended for the whole history; its probability; for each song of the history how much of that
        song's log-probability is lost without it, in nats, on average; the weight of the last place on each song,
        averaged over all heads of the first layer).
    """
    ids = torch.tensor([list(history)])
    with one_thread():
        whole = model(ids)[0, -1].log_softmax(dim=-1)
        best = int(whole.argmax())
        lost = []
        for place in range(len(history)):
            swapped = ids.repeat(others, 1)
            swapped[:, place] = 1 + (torch.arange(others) * (SONGS // others) + history[place]) % SONGS
            lost.append(float((whole[best] - model(swapped)[:, -1].log_softmax(dim=-1)[:, best]).mean()))
        weights = attention_weights(model, ids)[0][0, :, -1].mean(dim=0)
    return best, float(whole[best].exp()), np.array(lost), weights.numpy()
