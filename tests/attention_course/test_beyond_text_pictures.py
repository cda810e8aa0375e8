"""Curves, sets and pictures of notebook 08: the data are what they say, and what looks into a model looks right."""

import hashlib

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from attention_course.beyond_text import curves, digits, learning, lent, looking, sets
from attention_course.data import FOLDER
from autograder.exam.reference import reference, reference_namespace

NOTEBOOK = "08_beyond_text"


def test_no_point_may_see_itself_or_the_smallest_bandwidth_wins():
    estimate, others = reference(NOTEBOOK, "nadaraya_watson"), ~torch.eye(50, dtype=torch.bool)
    keys, values = curves.noisy_points(50, seed=3)
    places, widths = curves.grid(), curves.bandwidths()
    own, out, true = (
        [curves.mean_square(estimate(q, keys, values, h, mask), wanted) for h in widths]
        for q, wanted, mask in (
            (keys, values, None),
            (keys, values, others),
            (places, curves.true_curve(places), None),
        )
    )
    assert int(np.argmin(own)) == 0
    assert min(own) < 0.2 * min(out)
    assert abs(int(np.argmin(out)) - int(np.argmin(true))) <= 2


@pytest.mark.parametrize("count", [1, 4, 40])
def test_a_set_has_one_mark_and_asks_for_the_kind_under_it(count):
    elements, answers = sets.marked_sets(30, count, torch.Generator().manual_seed(0))
    marked = elements[..., 0] == 2
    assert (marked.sum(dim=1) == 1).all()
    assert torch.equal(elements[marked][:, 1:5].argmax(dim=1), answers)


def test_a_mean_drowns_in_a_large_set_and_a_maximum_does_not():
    found = {how: sets.accuracy(sets.trained_pooling(how, 500)[0], 100) for how in ("mean", "max", "attention")}
    assert found["mean"] < 0.9
    assert min(found["max"], found["attention"]) > 0.97


def test_pooling_is_trained_with_one_thread_and_leaves_the_others_alone(monkeypatch):
    threads, inside = torch.get_num_threads(), []
    torch.set_num_threads(2)
    monkeypatch.setattr(sets.Pooling, "forward", lambda self, x: inside.append(torch.get_num_threads()) or self.output(
        self.element(x).mean(dim=1)))  # fmt: skip
    sets.trained_pooling("mean", 1)
    after = torch.get_num_threads()
    torch.set_num_threads(threads)
    assert (inside, after) == ([1], 2)


def test_the_digits_are_the_published_file():
    digest = hashlib.sha256((FOLDER / "digits.csv.gz").read_bytes()).hexdigest()
    assert digest == "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
    images = digits.digits()
    assert images.train.shape == (1200, 1, 8, 8)
    assert images.test.shape == (597, 1, 8, 8)
    assert (float(images.train.min()), float(images.train.max())) == (0, 1)
    both = torch.cat([images.train_classes, images.test_classes])
    assert torch.bincount(both).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_nearest_neighbour_is_good_and_worse_with_new_writers():
    assert digits.nearest_neighbour(digits.digits()) > 0.98
    assert digits.nearest_neighbour(digits.digits(None)) < 0.97


def test_patches_in_another_order_are_the_learners_patches_in_that_order():
    cut, images, order = reference(NOTEBOOK, "patches"), digits.digits(), digits.other_order()
    assert sorted(order.tolist()) == list(range(16))
    moved = digits.reordered(images, order)
    assert torch.equal(cut(moved.test, 2), cut(images.test, 2)[:, order])
    assert torch.equal(moved.test_classes, images.test_classes)


def test_one_patch_alone_says_the_class():
    pictures, classes, places = digits.marked_patches(50, seed=1)
    cut = lent.patches(pictures, 2)
    assert torch.equal(cut[..., 0].argmax(dim=1), places)
    assert (cut[..., 0].sum(dim=1) == 1).all()
    assert (cut[..., 1:].sum(dim=-1) == 1).all()
    assert torch.equal(cut[torch.arange(50), places][:, 1:].argmax(dim=1), classes)


def small():
    torch.manual_seed(0)
    return lent.VisionTransformer(8, 2, 1, 16, 2, 2, 10)


def test_positions_that_move_with_the_patches_change_nothing():
    images, order, model = digits.digits(), digits.other_order(), small().eval()
    with torch.no_grad():
        model.positions.normal_()
        before = model(images.test[:9])
        moved = digits.reordered(images, order).test[:9]
        assert not torch.allclose(model(moved), before, atol=1e-2)
        with looking.positions_in_order(model, order):
            assert torch.allclose(model(moved), before, atol=1e-5)
        assert torch.equal(model(images.test[:9]), before)


def test_without_positions_the_order_of_patches_does_not_matter_and_stays_so():
    images = digits.digits()
    model, _ = learning.learn_images(small, images, 2, prepare=looking.without_positions)
    moved = digits.reordered(images, digits.other_order()).test[:9]
    with torch.no_grad():
        assert torch.allclose(model(moved), model(images.test[:9]), atol=1e-5)


def test_the_weights_are_those_of_every_layer():
    model, pictures = small(), torch.rand(5, 1, 8, 8)
    layers = looking.attention_weights(model, pictures)
    assert [tuple(weights.shape) for weights in layers] == [(5, 2, 17, 17)] * 2
    first = model.layers[0]
    x = torch.cat([model.class_token.expand(5, 1, -1), model.embed(lent.patches(pictures, 2))], dim=1)
    x = first.norm1(x + model.positions)
    attention = first.self_attn
    query, key, _ = F.linear(x, attention.in_proj_weight, attention.in_proj_bias).chunk(3, dim=-1)
    query, key = (y.unflatten(-1, (2, 8)).transpose(1, 2) for y in (query, key))
    assert torch.allclose(layers[0], (query @ key.mT / 8**0.5).softmax(dim=-1), atol=1e-5)
    assert model.training
    assert not any(part._forward_pre_hooks for part in model.modules())


class LooksAtOne(nn.Module):
    """Its score for class 1 is the ink in one patch, the second of the second row."""

    def forward(self, pictures):
        ink = pictures[:, :, 2:4, 2:4].sum(dim=(1, 2, 3))
        return torch.stack([torch.zeros_like(ink), ink], dim=1)


def test_hiding_costs_where_something_was_used_and_nowhere_else():
    costs = looking.cost_of_hiding(LooksAtOne(), torch.ones(3, 1, 8, 8), torch.ones(3, dtype=torch.int64))
    assert costs.shape == (3, 16)
    assert (costs.argmax(dim=1) == 5).all()
    assert torch.allclose(costs[:, [0, 4, 15]], torch.zeros(3, 3), atol=1e-6)


def test_a_training_falls_and_keeps_the_threads_and_the_draws_of_others():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    told, threads = [], torch.get_num_threads()
    images = digits.digits()
    _, curve = learning.learn_images(small, images, 30, watch=lambda curve: told.append(curve.share))
    assert np.mean(curve.losses[-5:]) < curve.losses[0]
    assert (told[0], told[-1], len(curve.shares)) == (0, 1, 11)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.rand(1), expected)


def test_steps_are_few_where_nbgrader_runs_the_notebook(monkeypatch, capsys):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert learning.steps(500) == 500
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert learning.steps(500) == learning.GRADED_STEPS
    assert "No point hangs on it" in capsys.readouterr().out


def answers():
    return reference_namespace(NOTEBOOK)


def test_the_learners_right_answers_are_used(capsys):
    given = {name: answers()[name] for name in lent._trials()}
    found = lent.yours_or_lent(**given)
    assert list(found) == list(given.values())
    assert capsys.readouterr().out.count("yours is used for what follows") == len(given)


def unwritten(*args, **kwargs):
    raise NotImplementedError


def broken(*args, **kwargs):
    raise KeyError("weights")


def wrong(*args, **kwargs):
    return torch.zeros(2, 2)


class Wrong(lent.VisionTransformer):
    def forward(self, images):
        return super().forward(images) + self.positions.sum()


@pytest.mark.parametrize("name", lent._trials())
@pytest.mark.parametrize(
    ("own", "said"),
    [
        (unwritten, "is not written yet, or calls something that is not"),
        (broken, "stops with KeyError"),
        (None, "stops with TypeError"),
    ],
)
def test_what_does_not_run_is_lent_and_a_line_says_so(name, own, said, capsys):
    found = lent.yours_or_lent(**{name: own})
    assert found is getattr(lent, name)
    assert found.lent
    assert capsys.readouterr().out == f"{name}: yours {said}; one that the course lends is used for what follows.\n"


@pytest.mark.parametrize(
    ("name", "own"), [("patches", wrong), ("window_attention", wrong), ("ranks", wrong), ("VisionTransformer", Wrong)]
)
def test_what_is_wrong_is_lent_and_a_line_says_so(name, own, capsys):
    assert lent.yours_or_lent(**{name: own}) is getattr(lent, name)
    assert "does not give the right numbers yet" in capsys.readouterr().out
