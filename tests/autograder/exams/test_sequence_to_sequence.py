"""What the exams of notebook 06 hold for right, against libraries and against counting everything."""

import itertools

import numpy as np
import pytest
import sacrebleu
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attention_course.probes import sequence_to_sequence as probe
from autograder.exam.compare import difference
from autograder.exam.reference import reference
from autograder.exams import sequence_to_sequence as exams
from autograder.exams.sequence_to_sequence import decoder_block_cases, encoder
from autograder.exams.sequence_to_sequence.bleu import right as bleu_right
from autograder.exams.sequence_to_sequence.inputs import normal, numbers, whole
from autograder.exams.sequence_to_sequence.search import best, drawn

NOTEBOOK = "06_sequence_to_sequence"
SEEDS = range(4)


def cases_of(exercise, seed, function=""):
    return [case for case in exercise.cases(seed) if case.function == function]


@pytest.mark.parametrize("seed", SEEDS)
def test_bleu_is_that_of_sacrebleu(seed):
    for case in cases_of(exams.bleu, seed):
        candidates, references, *most = case.args
        n = most[0] if most else 4
        metric = sacrebleu.BLEU(smooth_method="none", tokenize="none", max_ngram_order=n, force=True)
        theirs = metric.corpus_score([" ".join(c) for c in candidates], [[" ".join(r) for r in references]])
        assert bleu_right(*case.args) == pytest.approx(theirs.score / 100, abs=1e-9), case.concept


@pytest.mark.parametrize("seed", SEEDS)
def test_the_encoder_is_the_librarys_packed_lstm(seed):
    rng, sizes = np.random.default_rng(seed), (9, 5, 4)
    state, ids = numbers(rng, encoder.shapes(*sizes)), whole(rng, 9, 4, 6)
    lengths = torch.tensor([3, 6, 1, 2])
    lstm = nn.LSTM(5, 4, bidirectional=True, batch_first=True)
    lstm.load_state_dict({k.removeprefix("lstm."): v for k, v in state.items() if k.startswith("lstm.")})
    vectors = state["embedding.weight"][ids]
    states, (ends, _) = lstm(pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False))
    states, _ = pad_packed_sequence(states, batch_first=True, total_length=6)
    mine = encoder.right(sizes, state, ids, lengths)
    assert torch.allclose(mine[0].float(), states, atol=1e-5)
    assert torch.allclose(mine[1].float(), ends.transpose(0, 1).flatten(1), atol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_decoder_block_is_the_librarys_layer(seed):
    rng, sizes = np.random.default_rng(seed), (6, 2, 10)
    state, x, memory = decoder_block_cases.numbers(rng, *sizes), normal(rng, 2, 4, 6), normal(rng, 2, 5, 6)
    layer = probe.library_layer(sizes, state, (0.1, 0.2, 0.3), batch_first=True)
    seen, real = torch.ones(4, 4, dtype=torch.bool).tril(), torch.tensor([[True] * 5, [True] * 2 + [False] * 3])
    theirs = layer(x, memory, tgt_mask=~seen, memory_key_padding_mask=~real)
    mine = decoder_block_cases.right(state, 2, x, memory, (seen, real[:, None, None]), (0.1, 0.2, 0.3))
    assert torch.allclose(mine.float(), theirs, atol=1e-5)


def every_hypothesis(rows, start, end, longest):
    """All that a search of unbounded width could return, by counting."""
    size, found = rows.shape[1], []
    others = [number for number in range(size) if number != end]
    for length in range(1, longest + 1):
        for ids in itertools.product(others, repeat=length - 1):
            whole = [start, *ids, end]
            found.append((list(ids), _total(rows, whole, start), length))
    found += [
        (list(ids), _total(rows, [start, *ids], start), longest) for ids in itertools.product(others, repeat=longest)
    ]
    return found


def _total(rows, ids, start):
    step = probe.Table(rows, start, 10**6)
    return sum(step(ids[:place])[ids[place]] for place in range(1, len(ids)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("penalty", [0.0, 0.7, 1.0, 2.0])
def test_a_wide_beam_finds_what_counting_everything_finds(seed, penalty):
    rows = drawn(np.random.default_rng(seed), 90, 4)
    for width, longest in ((200, 4), (60, 3)):
        scored = [(ids, total / n**penalty) for ids, total, n in every_hypothesis(rows, 0, 1, longest)]
        wanted = sorted(scored, key=lambda pair: -pair[1])[:width]
        assert difference(best(rows, 0, 1, width, longest, penalty), wanted) is None
        found = reference(NOTEBOOK, "beam_search")(probe.Table(rows, 0, 10**6), 0, 1, width, longest, penalty)
        assert difference(found, wanted) is None


@pytest.mark.parametrize("seed", range(30))
def test_stopping_early_changes_nothing(seed):
    """The reference stops by its bound, the oracle never; a narrow beam and any penalty."""
    rng = np.random.default_rng(seed)
    rows = drawn(rng, 300, 5, end=0, end_share=float(rng.uniform(0.05, 0.7)))
    for penalty in (0.0, 0.5, 1.0, 1.5):
        width = int(rng.integers(1, 5))
        found = reference(NOTEBOOK, "beam_search")(probe.Table(rows, 2, 10**6), 2, 0, width, 8, penalty)
        assert difference(found, best(rows, 2, 0, width, 8, penalty)) is None


def test_the_table_counts_calls_and_reads_the_whole_prefix():
    step = probe.Table(np.log(np.random.default_rng(0).dirichlet([1, 1, 1], size=50)), 1, 3)
    assert not np.array_equal(step([1, 0, 2]), step([1, 2, 0]))
    with pytest.raises(ValueError, match="start_id"):
        step([0, 1])
    with pytest.raises(RuntimeError, match="too often"):
        step([1])


def test_the_trap_of_the_exam_traps_a_beam_of_one():
    case = next(c for c in cases_of(exams.search, 0, "beam_search") if "looks best" in c.concept)
    rows, start, end, _, longest = case.args
    assert best(rows, start, end, 1, longest)[0][0] != best(rows, start, end, 2, longest)[0][0]


def test_the_contract_has_27_points():
    from autograder.sample.classroom import Classwork

    points = Classwork(NOTEBOOK).points()
    assert list(points) == [exercise.name for exercise in exams.EXERCISES]
    assert sum(points.values()) == 27
    assert points["search"] == 5
