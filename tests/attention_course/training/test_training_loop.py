"""The training loop with the reference work: it learns, it resumes to the same curve, it says what is the matter."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from attention_course import training
from attention_course.language.small_language import SmallLanguage
from attention_course.training import checkpoint
from autograder.exam.reference import reference_namespace, source_notebook

NOTEBOOK = "04_masked_language_model"
TINY = training.Recipe(width=16, layers=1, heads=2, hidden=32, batch_size=16, learning_rate=1e-2)


@pytest.fixture(scope="module")
def work():
    return training.Work.of(reference_namespace(NOTEBOOK))


@pytest.fixture(scope="module")
def material():
    language = SmallLanguage()
    return training.Material(
        language.vocabulary,
        language.documents(100, np.random.default_rng(1)),
        language.documents(20, np.random.default_rng(2)),
        language.machine,
    )


def test_it_learns_and_looks_at_the_held_out_text(work, material):
    run = training.Run(work, TINY, material)
    shares = []
    curve = training.train(run, steps=60, watch=lambda progress: shares.append(progress.share))
    assert len(curve.losses) == 60
    assert np.mean(curve.losses[-10:]) < np.mean(curve.losses[:5]) - 0.5
    assert [curve.evaluations[0][0], curve.evaluations[-1][0]] == [0, 60]
    assert curve.evaluations[-1][2] == pytest.approx(run.held_out_loss())
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_two_runs_are_the_same_and_a_seed_makes_another(work, material):
    def losses(recipe):
        return training.train(training.Run(work, recipe, material), steps=5).losses

    dropping = replace(TINY, dropout=0.1)
    assert losses(dropping) == losses(dropping)
    assert losses(dropping) != losses(replace(dropping, seed=1))


def test_the_callers_random_state_is_left_alone(work, material):
    run = training.Run(work, TINY, material)
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    training.train(run, steps=2)
    assert torch.equal(torch.rand(1), expected)


class Killed(Exception):
    """Stands for the end of the process."""


def test_a_run_that_ends_in_the_middle_goes_on_to_the_same_curve(work, material, tmp_path):
    recipe, file = replace(TINY, dropout=0.1), tmp_path / "deep" / "checkpoint.pt"
    whole = training.Run(work, recipe, material)
    training.train(whole, steps=20)

    def kill(progress):
        if len(progress.curve.losses) == 13:
            raise Killed

    with pytest.raises(Killed):
        training.train(training.Run(work, recipe, material), steps=20, watch=kill, file=file, save_every=5)
    again = training.Run(work, recipe, material)
    training.train(again, steps=20, file=file, save_every=5)
    assert again.curve.losses == whole.curve.losses
    assert [look[::2] for look in again.curve.evaluations] == [look[::2] for look in whole.curve.evaluations]
    for mine, theirs in zip(again.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_a_finished_run_is_not_trained_again(work, material, tmp_path):
    first = training.train(training.Run(work, TINY, material), steps=4, file=tmp_path / "c.pt")
    again = training.train(training.Run(work, TINY, material), steps=4, file=tmp_path / "c.pt")
    assert again.losses == first.losses


def test_the_checkpoint_of_another_run_is_refused_by_name(work, material, tmp_path):
    training.train(training.Run(work, TINY, material), steps=2, file=tmp_path / "c.pt")
    other = training.Run(work, replace(TINY, seed=4), material)
    with pytest.raises(ValueError, match="seed was 0, now 4"):
        training.train(other, steps=2, file=tmp_path / "c.pt")


def test_a_checkpoint_is_whole_or_the_old_one(tmp_path, monkeypatch):
    file = tmp_path / "c.pt"
    checkpoint.save({"identity": {}, "step": 1}, file)

    def half(state, stream):
        stream.write(b"half of it")
        raise OSError("the disk is full")

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(OSError, match="full"):
        checkpoint.save({"identity": {}, "step": 2}, file)
    assert checkpoint.load(file, {})["step"] == 1


def test_a_time_limit_is_kept(work, material):
    run = training.Run(work, TINY, material)
    curve = training.train(run, seconds=1.0)
    assert len(curve.losses) > 3
    assert 1.0 <= curve.seconds < 5.0


def test_stop_keeps_the_model(work, material, capsys):
    def stop(progress):
        if len(progress.curve.losses) == 3:
            raise KeyboardInterrupt

    curve = training.train(training.Run(work, TINY, material), steps=9, watch=stop)
    assert len(curve.losses) == 3
    assert "Stopped by you after 3 steps" in capsys.readouterr().out


@pytest.mark.parametrize("options", [{}, {"steps": 3, "seconds": 3.0}])
def test_steps_or_seconds(work, material, options):
    with pytest.raises(ValueError, match="either steps or seconds"):
        training.train(training.Run(work, TINY, material), **options)


def test_work_is_read_from_a_notebook_and_missing_work_is_named(tmp_path):
    assert callable(training.Work.from_notebook(source_notebook(NOTEBOOK)).train_step)
    with pytest.raises(LookupError, match="no notebook"):
        training.Work.from_notebook(Path(tmp_path / "none.ipynb"))
    with pytest.raises(LookupError, match="does not define encode_pair"):
        training.Work.of({})


def test_grading_gets_a_short_budget_and_is_told(monkeypatch, capsys):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert training.budget(100) == 100
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert training.budget(100) == 3
    assert "3 seconds of training instead of 100" in capsys.readouterr().out


def test_labels_of_next_sentences_follow_hugging_face(work, material):
    """0 where the second sentence follows the first."""
    run = training.Run(work, TINY, material)
    pairs = work.make_sentence_pairs(material.documents, np.random.default_rng(TINY.seed))
    assert run.data["next_sentence_label"].tolist() == [0 if is_next else 1 for *_, is_next in pairs]


def test_the_live_curve_is_one_display_that_changes(work, material, monkeypatch):
    shown = []

    class Handle:
        def update(self, html):
            shown.append(html.data)

    monkeypatch.setattr("IPython.display.display", lambda html, display_id: shown.append(html.data) or Handle())
    run = training.Run(work, TINY, material)
    training.train(run, steps=3, watch=training.LiveCurve(run, ["unigram"]))
    assert "<progress" in shown[0]
    assert "100%, step 3" in shown[-1]
    assert f"unigram reaches {run.lines['unigram']:.2f}. The best possible is {run.best.loss:.2f}." in shown[-1]
    assert "bigram" not in shown[-1]


def test_own_text_becomes_material(tmp_path):
    wordpiece = reference_namespace(NOTEBOOK)["wordpiece"]
    text = "\n\n".join(f"The cat sat on mat {n}. It slept there all day long." for n in range(30))
    (tmp_path / "cats.txt").write_text(text, encoding="utf-8")
    material = training.own_text(tmp_path / "cats.txt", wordpiece, 300)
    assert (len(material.documents), len(material.held_out)) == (27, 3)
    assert {piece for document in material.documents for sentence in document for piece in sentence} <= set(
        material.vocabulary
    )
    assert training.pieces("The [MASK] sat.", wordpiece, material.vocabulary)[1] == "[MASK]"
