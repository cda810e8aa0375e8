"""The visible checks of notebook 08: right answers pass in every style, and a wrong one is told its own cause."""

import re

import pytest
import torch
from torch import nn

from attention_course.checks import CheckError
from attention_course.checks import beyond_text as checks
from autograder.exam.reference import reference
from autograder.exams import beyond_text as exams

NOTEBOOK = "08_beyond_text"


def answers(exercise, variant=None):
    """The functions of an exercise in order, one of them replaced."""
    if not exercise.functions:
        return [reference(NOTEBOOK, exercise.name) if variant is None else variant]
    whole = {name: reference(NOTEBOOK, name) for name in exercise.functions} | (variant or {})
    return [whole[name] for name in exercise.functions]


WRONG = {
    (f"{exercise.name}.{variant.function}".rstrip("."), variant.name): (exercise, variant)
    for exercise in exams.EXERCISES
    for variant in exercise.wrong_variants
}


def complaint(exercise, variant):
    """What the visible check says to a wrong variant, "" if nothing; an error of the variant's own says what it is."""
    try:
        getattr(checks, exercise.name)(*answers(exercise, variant.answer))
    except CheckError as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__} {error}"
    return ""


MESSAGES = {
    ("nadaraya_watson", "without_the_two"): "is the 2 under the fraction there",
    ("nadaraya_watson", "bandwidth_not_squared"): r"a bandwidth of 1 yours is right.*bandwidth squared",
    ("nadaraya_watson", "multiplied_by_the_bandwidth"): "does it divide",
    ("nadaraya_watson", "farthest_first"): "Is the sign there",
    ("nadaraya_watson", "nan_far_away"): "a query at 100.*subtract from each score",
    ("nadaraya_watson", "small_number_below"): "small number in the denominator",
    ("nadaraya_watson", "no_mask"): "Either the mask has no effect, or",
    ("nadaraya_watson", "score_of_zero"): r"or a closed key gets the score 0.*exp\(0\) = 1",
    ("nadaraya_watson", "mask_upside_down"): "read upside down",
    ("nadaraya_watson", "masked_after_the_softmax"): "sum to 2/3",
    ("nadaraya_watson", "nan_for_nothing"): "With nothing open it is 0",
    ("nadaraya_watson", "mean_for_nothing"): "With nothing open it is 0",
    ("nadaraya_watson", "not_low_enough"): "smaller than every score",
    ("nadaraya_watson", "bandwidth_without_gradient"): "none can reach it",
    ("nadaraya_watson", "keys_sorted"): "keep their order",
    ("patches.patches", "torn"): "pieces of lines",
    ("patches.patches", "torn_with_channels_last"): "pieces of lines",
    ("patches.patches", "channel_first"): "Which axis comes last",
    ("patches.patches", "column_by_column"): "come column by column",
    ("patches.patches", "turned_inside"): "Inside of a patch they go column by column",
    ("patches.patches", "pixels_apart"): "that lie apart",
    ("patches.patches", "rest_cut_off"): "ValueError for a picture of 5 x 4",
    ("patches.patches", "error_of_pytorch"): "yours raises RuntimeError",
    ("patches.unpatch", "poured_in"): "fills the first line",
    ("patches.unpatch", "channel_first_inside"): "changes fastest",
    ("patches.unpatch", "patches_turned_over"): "turned over inside",
    ("patches.unpatch", "number_of_no_matter"): "ValueError for 5 patches",
    ("VisionTransformer", "class_token_last"): "stands last; it comes first",
    ("VisionTransformer", "first_patch_read_out"): "first patch is read out",
    ("VisionTransformer", "mean_of_all"): "mean of all tokens is read out",
    ("VisionTransformer", "mean_of_the_patches"): "mean of the patches is read out",
    ("VisionTransformer", "no_positions"): "without positions",
    ("VisionTransformer", "class_token_without_position"): "the class token gets no position",
    ("VisionTransformer", "no_final_norm"): "without the final norm",
    ("VisionTransformer", "post_norm"): "norm_first=False",
    ("VisionTransformer", "relu"): "with a ReLU",
    ("VisionTransformer", "batch_second"): "batch_first=False",
    ("VisionTransformer", "dropout_by_default"): "drop 0.1 of their numbers",
    ("VisionTransformer", "default_width_inside"): "yours 2048",
    ("VisionTransformer", "one_layer_for_all"): "one and the same",
    ("VisionTransformer", "probabilities"): "There is a softmax",
    ("VisionTransformer", "torn_patches"): "reshaped as they lie",
    ("VisionTransformer", "positions_without_gradient"): "no gradient reaches",
    ("attention_rollout", "no_residual"): "residual is missing",
    ("attention_rollout", "not_normalised"): "Divided by its sum|divided by its sum",
    ("attention_rollout", "identity_whole_not_normalised"): "rows sum to 2",
    ("attention_rollout", "first_layer_leftmost"): "wrong way round",
    ("attention_rollout", "last_layer_alone"): "the last layer alone",
    ("attention_rollout", "mean_of_layers"): "mean of the layers",
    ("attention_rollout", "element_by_element"): "element by element",
    ("attention_rollout", "largest_head"): "larger of the heads",
    ("attention_rollout", "sum_of_heads"): "heads are summed",
    ("attention_rollout", "normalised_before_the_mean"): "First the mean over the heads",
    ("attention_rollout", "residual_at_the_end"): "added once, at the end",
    ("attention_rollout", "changes_what_is_given"): "changed the weights",
    ("NextItem", "sees_the_future"): "keeps them from looking ahead",
    ("NextItem", "mask_upside_down"): "True for closed",
    ("NextItem", "sees_padding"): "look at padding",
    ("NextItem", "padding_by_its_vector"): "look at padding",
    ("NextItem", "zeros_for_padding"): "look at padding",
    ("NextItem", "positions_of_columns"): "the first real item has position 0, wherever",
    ("NextItem", "positions_from_the_end"): "count from the end",
    ("NextItem", "positions_from_one"): "one too high",
    ("NextItem", "no_positions"): "without positions",
    ("NextItem", "nan_at_padding"): "there is NaN",
    ("NextItem", "mask_of_the_first_history"): "another history's mask",
    ("NextItem", "masks_mixed_up"): "another history's mask",
    ("NextItem", "padding_recommended"): "never be recommended",
    ("NextItem", "log_probabilities"): "There is a log_softmax",
    ("NextItem", "scaled_scores"): "root of the width",
    ("NextItem", "own_output_layer"): "no other parameters",
    ("fair_evaluation.leave_last_out", "trained_on_everything"): "must not learn from them",
    ("fair_evaluation.leave_last_out", "trained_on_validation"): "for validation",
    ("fair_evaluation.leave_last_out", "targets_in_their_questions"): "the answer stands in the question",
    ("fair_evaluation.leave_last_out", "test_without_the_last_but_one"): "after all before it",
    ("fair_evaluation.leave_last_out", "validation_and_test_exchanged"): "changed places",
    ("fair_evaluation.leave_last_out", "short_ones_left_out"): "short histories are missing",
    ("fair_evaluation.leave_last_out", "pops_what_is_given"): "changed the lists",
    ("fair_evaluation.ranks", "ties_for_the_target"): "Ties count for the target",
    ("fair_evaluation.ranks", "from_zero"): "begin at 1",
    ("fair_evaluation.ranks", "lowest_first"): "lowest score stands first",
    ("fair_evaluation.ranks", "argsort_once"): "what does argsort give",
    ("fair_evaluation.ranks", "ties_by_number"): "sorts by number",
    ("fair_evaluation.ranks", "nobody_out"): "`seen` has no effect",
    ("fair_evaluation.ranks", "seen_upside_down"): "upside down",
    ("fair_evaluation.ranks", "target_thrown_out"): "The target is never out",
    ("fair_evaluation.ranks", "one_too_good"): "The target is never out",
    ("fair_evaluation.ranks", "score_of_zero"): "a score that is still better",
    ("fair_evaluation.hit_rate", "below_k"): "A rank of k is among",
    ("fair_evaluation.hit_rate", "misses"): "share of misses",
    ("fair_evaluation.hit_rate", "divided_by_k"): "divided by k",
    ("fair_evaluation.ndcg", "natural_logarithm"): "base 2",
    ("fair_evaluation.ndcg", "reciprocal_rank"): "reciprocal rank",
    ("fair_evaluation.ndcg", "ideal_of_k"): "one right item, not k",
    ("fair_evaluation.ndcg", "no_end"): "beyond k gain nothing",
    ("fair_evaluation.ndcg", "mean_of_hits"): "over all eight",
    ("window_attention", "all_pairs"): "all pairs of places 16",
    ("window_attention", "one_too_many"): "one place too many",
    ("window_attention", "one_too_few"): "one place too few",
    ("window_attention", "own_block_alone"): "own block only",
    ("window_attention", "padding_takes_part"): "padding in front has a weight",
    ("window_attention", "goes_round"): "`roll` goes round",
    ("window_attention", "not_scaled"): r"not divided by sqrt\(d\)",
    ("window_attention", "masked_afterwards"): "no longer sum to 1",
    ("window_attention", "centred"): "The window is centred",
    ("window_attention", "refuses_nothing"): "ValueError for a window of 0",
    ("linear_attention", "all_pairs"): "all pairs of places 16",
    ("linear_attention", "all_pairs_if_causal"): "causal, with its gradients",
    ("linear_attention", "no_denominator"): "Nothing is divided",
    ("linear_attention", "query_missing_below"): "query is missing in the denominator",
    ("linear_attention", "denominator_of_all"): "sums over all keys",
    ("linear_attention", "never_causal"): "what does `causal` change",
    ("linear_attention", "sums_from_the_end"): "sees the future",
    ("linear_attention", "scaled"): "there is no scale",
    ("linear_attention", "sums_over_heads"): r"Over which axis of \(..., t, f, v\)",
}


@pytest.mark.parametrize("which", MESSAGES, ids="-".join)
def test_a_mistake_is_told_its_cause(which):
    assert re.search(MESSAGES[which], complaint(*WRONG[which]))


@pytest.mark.parametrize("exercise", exams.EXERCISES, ids=lambda e: e.name)
def test_the_checks_catch_the_mistakes(exercise):
    """Where a visible check says nothing, the exam does; but a learner should rarely be surprised."""
    silent = [variant.name for variant in exercise.wrong_variants if not complaint(exercise, variant)]
    assert silent == []


def upside_down(ids):
    """The mask as the course has it, handed to PyTorch's layer as it is: the last place sees nothing."""
    t = ids.shape[1]
    may = torch.ones(t, t, dtype=torch.bool).tril() & (ids != 0)[:, None, :] | torch.eye(t, dtype=torch.bool)
    return may.repeat_interleave(2, dim=0)


def test_a_mask_that_closes_all_is_told_what_true_means():
    right = reference(NOTEBOOK, "NextItem")

    class NextItem(right):
        def forward(self, ids):
            x = self.items(ids) + self.positions(((ids != 0).cumsum(dim=1) - 1).clamp(min=0))
            for layer in self.layers:
                x = layer(x, src_mask=upside_down(ids))
            scores = self.norm(x) @ self.items.weight.T
            return scores.masked_fill(torch.arange(scores.shape[-1]) == 0, -torch.inf)

    with pytest.raises(CheckError, match=r"NaN.*one history of 4 items.*True in a mask means closed for PyTorch"):
        checks.NextItem(NextItem)


@pytest.mark.parametrize("small", [1e-2, 1e-3, 1e-5, 1e-6])
def test_a_small_number_below_the_fraction_is_named(small):
    def linear_attention(query, key, value, features, causal=False):
        query, key = features(query), features(key)
        totals = key.cumsum(dim=-2) if causal else key.sum(dim=-2, keepdim=True)
        outer = key[..., :, None] * value[..., None, :]
        states = outer.cumsum(dim=-3) if causal else outer.sum(dim=-3, keepdim=True)
        below = (query * totals).sum(dim=-1, keepdim=True)
        return (query[..., None] * states).sum(dim=-2) / (below + small)

    with pytest.raises(CheckError, match=f"a small number, about {small:.0e}, is added below the fraction"):
        checks.linear_attention(linear_attention)


def test_a_place_that_sees_nothing_is_asked_whether_it_sees_itself():
    def window_attention(query, key, value, window):
        behind = torch.arange(query.shape[-2])[:, None] - torch.arange(query.shape[-2])
        scores = query @ key.mT / query.shape[-1] ** 0.5
        return scores.masked_fill((behind < 1) | (behind > window), -torch.inf).softmax(dim=-1) @ value

    def linear_attention(query, key, value, features, causal=False):
        weights = features(query) @ features(key).mT
        weights = weights.tril(-1) if causal else weights
        return weights @ value / weights.sum(dim=-1, keepdim=True)

    with pytest.raises(CheckError, match=r"NaN.*see at least itself"):
        checks.window_attention(window_attention)
    with pytest.raises(CheckError, match=r"NaN.*A place sees itself"):
        checks.linear_attention(linear_attention)


@pytest.mark.parametrize(
    ("axis", "before", "said"), [(-2, False, "columns are divided by their sums"), (-1, True, "NaN.*residual is left")]
)
def test_sums_of_the_rollout_that_go_wrong_are_named(axis, before, said):
    def attention_rollout(weights):
        product = half = torch.eye(weights[0].shape[-1])
        for layer in weights:
            mean = layer.mean(dim=1)
            mean = mean / mean.sum(dim=-1, keepdim=True) if before else mean
            mixed = (mean + half) / 2
            product = mixed / mixed.sum(dim=axis, keepdim=True) @ product
        return product

    with pytest.raises(CheckError, match=said):
        checks.attention_rollout(attention_rollout)


@pytest.mark.parametrize("name", ["VisionTransformer", "NextItem"])
def test_a_class_without_super_is_told_so(name):
    def __init__(self, *sizes):
        self.embed = nn.Linear(2, 2)

    with pytest.raises(CheckError, match="super"):
        getattr(checks, name)(type(name, (nn.Module,), {"__init__": __init__}))
