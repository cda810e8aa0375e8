"""The translators and their training: lent parts are right, a short training learns, a search may use a model."""

import numpy as np
import pytest
import torch
from torch import nn

from attention_course import translation as tr
from attention_course.own_work import own_function
from attention_course.training import threads
from attention_course.translation import data, learning, lent, models, watch
from autograder.exam.reference import reference, reference_namespace

NOTEBOOK = "06_sequence_to_sequence"


@pytest.fixture(scope="module")
def material():
    return tr.material(train=300, test=4)


def answers():
    return reference_namespace(NOTEBOOK)


def builders():
    given = answers()
    return {
        "own parts": lambda *sizes: tr.with_own_parts(given["Encoder"], given["AttentionDecoder"], *sizes),
        "dots": tr.with_dots,
        "no attention": tr.without_attention,
        "Transformer": lambda *sizes: tr.Transformer(*sizes, given["DecoderBlock"]),
    }


def made(name, material):
    torch.manual_seed(0)
    return builders()[name](len(material.source), len(material.target)).eval()


KINDS = ("own parts", "dots", "no attention", "Transformer")


@pytest.mark.parametrize("name", KINDS)
def test_step_by_step_is_what_all_at_once_gives(name, material):
    model, pairs = made(name, material), material.train[:5]
    ids, lengths, inputs, _ = data.batch_of(pairs, material.source, material.target, answers()["teacher_forcing"])
    with torch.no_grad():
        whole, _ = model(ids, lengths, inputs)
        keys, mask, state = model.read(ids, lengths)
        for place, tokens in enumerate(inputs.unbind(dim=1)):
            logits, state, _ = model.step(tokens, state, keys, mask)
            assert torch.allclose(logits, whole[:, place], atol=1e-5)


@pytest.mark.parametrize("name", KINDS)
def test_a_padded_sentence_is_translated_as_it_is_alone(name, material):
    model, pairs = made(name, material), material.train[:6]
    together = learning.translate(model, pairs, material.source, material.target)
    assert together == [learning.translate(model, [pair], material.source, material.target)[0] for pair in pairs]


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_a_short_training_learns(name, material):
    given, model = answers(), made(name, material)
    told = []
    curve = learning.train(
        model, material, 12, given["teacher_forcing"], given["sequence_loss"],
        check=material.train[:4], watched=material.train[0], watch=lambda curve: told.append(curve.share),
    )  # fmt: skip
    assert len(curve.losses) == 12
    assert curve.losses[-1] < curve.losses[0]
    assert (told[0], told[-1]) == (0, 1)
    assert bool(curve.maps) == (name != "no attention")
    for _, weights in curve.maps:
        assert np.allclose(weights.sum(axis=1), 1, atol=1e-5)


def test_a_busy_machine_is_noticed_and_the_threads_are_given_back(material, monkeypatch):
    """Two threads on two busy cores were five times slower than one: the training measures, and says nothing of it."""
    given, chosen = answers(), []

    def use_one(call, most):
        call()
        chosen.append(most)
        torch.set_num_threads(1)

    def seen(curve):
        if curve.losses:
            assert torch.get_num_threads() == 1

    monkeypatch.setattr(threads, "use_fastest", use_one)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        options = given["teacher_forcing"], given["sequence_loss"]
        measured = learning.train(made("dots", material), material, 3, *options, watch=seen)
        assert torch.get_num_threads() == 2
        assert chosen == [2]
        torch.set_num_threads(1)
        alone = learning.train(made("dots", material), material, 3, *options)
        assert chosen == [2]
    finally:
        torch.set_num_threads(before)
    assert measured.losses == pytest.approx(alone.losses, rel=1e-5)


def test_measuring_threads_takes_a_small_share_of_the_time(monkeypatch):
    """On very busy cores a trial took as long as the pause between two: half of the time went into measuring."""
    clock, trials = [0.0], []

    def use_slowly(call, most):
        trials.append(clock[0])
        clock[0] += 10.0

    monkeypatch.setattr(threads, "use_fastest", use_slowly)
    monkeypatch.setattr(threads.time, "perf_counter", lambda: clock[0])
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with threads.FastestThreads(lambda: None) as fastest:
            while clock[0] < 1000:
                fastest.adapt()
                clock[0] += 1.0
    finally:
        torch.set_num_threads(before)
    assert trials[0] == 0
    assert len(trials) == 5


def test_the_bar_says_how_long_it_will_take(material, monkeypatch):
    clock = iter([100.0, 100.0, 100.0, 110.0, 110.0, 110.0, 140.0, 140.0, 140.0, 140.0])
    monkeypatch.setattr(watch.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(watch, "wanted", lambda: False)
    shown = []
    bar = watch.LiveTraining(material.train[0])
    bar._show = shown.append
    for share in (0.0, 0.25, 1.0):
        bar(tr.Curve(losses=[1.0], share=share))
    assert ["starting" in shown[0], "about 30 s left" in shown[1], "done" in shown[2]] == [True] * 3


def test_the_same_seed_gives_the_same_curve(material):
    given = answers()
    curves = [
        learning.train(made("dots", material), material, 3, given["teacher_forcing"], given["sequence_loss"]).losses
        for _ in range(2)
    ]
    assert curves[0] == curves[1]


@pytest.mark.parametrize("name", KINDS)
def test_a_model_is_a_step_of_a_search(name, material):
    model, pair = made(name, material), material.train[0]
    greedy, beam = (reference(NOTEBOOK, f"{kind}_search") for kind in ("greedy", "beam"))
    step = tr.Writer(model, pair.source, material.source)
    assert np.logaddexp.reduce(step([tr.START])) == pytest.approx(0, abs=1e-6)
    ids = greedy(step, tr.START, tr.END, 6)
    again = tr.Writer(model, pair.source, material.source)
    assert np.allclose(step([tr.START, *ids]), again([tr.START, *ids]), atol=1e-6)
    for found, score in beam(step, tr.START, tr.END, 2, 6):
        whole = [tr.START, *found, *([tr.END] if len(found) < 6 else [])]
        total = sum(step(whole[:place])[whole[place]] for place in range(1, len(whole)))
        assert score == pytest.approx(total, abs=1e-5)


def test_the_maps_of_the_transformer_are_its_last_cross_attention(material):
    given, model, pairs = answers(), made("Transformer", material), material.train[:3]
    ids, lengths, inputs, _ = data.batch_of(pairs, material.source, material.target, given["teacher_forcing"])
    maps = model.maps(ids, lengths, inputs)
    real = torch.arange(ids.shape[1]) < lengths[:, None]
    assert torch.allclose(maps.sum(dim=-1), torch.ones(maps.shape[:2]), atol=1e-5)
    assert (maps * ~real[:, None]).abs().max() == 0


def test_the_lent_attention_is_the_one_of_notebook_03():
    theirs = reference("03_batched_attention", "MultiHeadAttention")
    assert np.allclose(lent.trial(lent.MultiHeadAttention), lent.trial(theirs), atol=1e-12)


def test_the_lent_attention_agrees_with_the_library_and_refuses():
    library = nn.MultiheadAttention(6, 3, bias=False, batch_first=True)
    ours = lent.MultiHeadAttention(6, 3)
    ours.load_from_torch(library)
    x = torch.randn(2, 4, 6)
    assert torch.allclose(ours(x), library(x, x, x)[0], atol=1e-6)
    with pytest.raises(ValueError, match="do not divide"):
        lent.MultiHeadAttention(6, 4)


def notebook_with(folder, text):
    import nbformat

    cell = nbformat.v4.new_code_cell(text, metadata={"nbgrader": {"grade": False, "solution": True, "locked": False}})
    place = folder / "03_batched_attention"
    place.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), place / "03_batched_attention.ipynb")


RIGHT = """
from attention_course.translation.lent import MultiHeadAttention as lent

class MultiHeadAttention(lent):
    own = True
"""


@pytest.mark.parametrize(
    ("text", "own", "said"),
    [
        (RIGHT, True, "using your MultiHeadAttention"),
        (
            RIGHT + "\n    def forward(self, query, key=None, value=None, mask=None):\n        return query * 0",
            False,
            "numbers",
        ),
        (
            "class MultiHeadAttention:\n    def __init__(self, *args):\n        raise NotImplementedError",
            False,
            "still to",
        ),
        ("x = 1", False, "not there"),
    ],
)
def test_the_learners_attention_is_used_where_it_is_right(text, own, said, tmp_path, capsys):
    notebook_with(tmp_path, text)
    here = tmp_path / NOTEBOOK
    kind = own_function(
        "03_batched_attention", "MultiHeadAttention", lent.MultiHeadAttention, trial=lent.trial, folder=here
    )
    assert (kind is not lent.MultiHeadAttention) == own
    assert said in capsys.readouterr().out


def test_steps_are_few_where_nbgrader_runs_the_notebook(monkeypatch, capsys):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert tr.steps(500) == 500
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert tr.steps(500) == learning.GRADED_STEPS
    assert "No point hangs on it" in capsys.readouterr().out


def test_positions_are_those_of_notebook_01():
    theirs = reference("01_attention_from_scratch", "positional_encoding")(9, 8)
    assert np.allclose(models.sinusoids(9, 8).numpy(), theirs, atol=1e-6)
