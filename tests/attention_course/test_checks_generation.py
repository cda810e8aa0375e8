"""The visible checks of notebook 07: right answers pass in every style, and a wrong one is told its own cause."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from attention_course.checks import CheckError
from attention_course.checks import generation as checks
from autograder.exam.reference import reference
from autograder.exams import generation as exams

NOTEBOOK = "07_generation"
BESIDE = {"CausalSelfAttention": ["KeyValueCache"], "DecoderModel": ["KeyValueCache"]}


def answers(exercise, variant=None):
    """What the check is given: the functions of an exercise in order, some replaced, and what it needs besides."""
    names = exercise.functions or (exercise.name,)
    whole = {name: reference(NOTEBOOK, name) for name in names}
    whole |= variant if isinstance(variant, dict) else {exercise.name: variant} if variant else {}
    return [whole[name] for name in names] + [reference(NOTEBOOK, name) for name in BESIDE.get(exercise.name, [])]


WRONG = {(e.name, v.function or e.name, v.name): (e, v) for e in exams.EXERCISES for v in e.wrong_variants}


def complaint(exercise, variant):
    """What the visible check says to a wrong variant, "" if nothing; an error of the variant's own is an answer too."""
    try:
        getattr(checks, exercise.name)(*answers(exercise, variant.answer))
    except Exception as error:
        return str(error) or type(error).__name__
    return ""


@pytest.mark.parametrize("exercise", exams.EXERCISES, ids=lambda e: e.name)
def test_the_checks_catch_most_mistakes(exercise):
    """Where a visible check says nothing, the exam does; but a learner should rarely be surprised."""
    silent = [variant.name for variant in exercise.wrong_variants if not complaint(exercise, variant)]
    assert len(silent) <= 0.1 * len(exercise.wrong_variants), silent


MESSAGES = {
    ("word_vectors", "skip_gram_loss", "negatives_pulled_near"): "The negatives are pulled near",
    ("word_vectors", "skip_gram_loss", "near_pushed_away"): "changed signs",
    ("word_vectors", "skip_gram_loss", "without_the_minus"): "where is the minus",
    ("word_vectors", "skip_gram_loss", "summed_over_pairs"): "added up over the pairs",
    ("word_vectors", "skip_gram_loss", "mean_of_negatives"): "are the negatives averaged",
    ("word_vectors", "skip_gram_loss", "without_negatives"): "are the negatives left out",
    ("word_vectors", "skip_gram_loss", "softmax_over_all"): "like a softmax over the three",
    ("word_vectors", "skip_gram_loss", "log_of_sigmoid"): "0 or 1 in float32",
    ("word_vectors", "skip_gram_loss", "log_of_one_minus_sigmoid"): "0 or 1 in float32",
    ("word_vectors", "most_similar", "dot_products"): "These are dot products",
    ("word_vectors", "most_similar", "distances"): "These are distances",
    ("word_vectors", "most_similar", "squared_lengths"): "or its square",
    ("word_vectors", "most_similar", "worst_first"): "The worst comes first",
    ("word_vectors", "most_similar", "last_on_a_tie"): "Of equal ones the lower number",
    ("word_vectors", "most_similar", "cut_before_excluding"): "cut before or after",
    ("word_vectors", "most_similar", "a_tensor"): r"\.tolist\(\)",
    ("word_vectors", "most_similar", "table_changed"): "changed a tensor it was given",
    ("word_vectors", "analogy", "question_not_excluded"): "A word of the question",
    ("word_vectors", "analogy", "a_not_excluded"): "without a, b and c",
    ("word_vectors", "analogy", "the_way_back"): "which one of the three has the minus",
    ("word_vectors", "analogy", "not_normalised"): "brought to length 1",
    ("word_vectors", "analogy", "cut_before_the_question"): "cut before the three",
    ("next_token_loss", "next_token_loss", "not_shifted"): "asked for the token that was just read",
    ("next_token_loss", "next_token_loss", "shifted_twice"): "shifted twice",
    ("next_token_loss", "next_token_loss", "shifted_back"): "shifted the other way",
    ("next_token_loss", "next_token_loss", "padding_counts"): "Padding is scored",
    ("next_token_loss", "next_token_loss", "only_the_answer_is_real"): "Which two must be real",
    ("next_token_loss", "next_token_loss", "mean_of_texts"): "a mean of texts",
    ("next_token_loss", "next_token_loss", "token_0_is_padding"): "Is token 0 left out",
    ("next_token_loss", "next_token_loss", "nan_for_nothing"): "By what do you divide then",
    ("next_token_loss", "next_token_loss", "fresh_zero_for_nothing"): "made from the logits",
    ("choosing", "with_temperature", "multiplied"): "flatten or sharpen",
    ("choosing", "with_temperature", "divided_by_0"): "NaN|divides by 0",
    ("choosing", "with_temperature", "all_the_best_at_0"): "The first of the largest alone",
    ("choosing", "with_temperature", "zeros_at_0"): "-inf where a token is shut out",
    ("choosing", "with_temperature", "no_temperature_of_0"): "0 is allowed",
    ("choosing", "top_k", "one_more"): "One too many",
    ("choosing", "top_k", "all_on_a_tie"): "Exactly k stay",
    ("choosing", "top_k", "in_the_order_of_ranks"): "ranks taken for tokens",
    ("choosing", "top_k", "zeros_elsewhere"): r"exp\(0\) = 1",
    ("choosing", "top_k", "normalised_anew"): "What stays keeps its logit",
    ("choosing", "top_p", "crossing_dropped"): "Does the token that crosses the line stay",
    ("choosing", "top_p", "one_too_many"): "that before a token or with it",
    ("choosing", "top_p", "one_too_many_when_exact"): "Two reach .5 exactly",
    ("choosing", "top_p", "nothing_at_0"): "Which token always stays",
    ("choosing", "top_p", "not_brought_back"): "Are these the ranks",
    ("choosing", "top_p", "over_all_rows"): "Along which axis",
    ("rotate", "rotate", "neighbours_are_pairs"): "Neighbours are your pairs",
    ("rotate", "rotate", "the_other_way_round"): "Which sign has the sine",
    ("rotate", "rotate", "exponent_without_2"): "Is the 2 there",
    ("rotate", "rotate", "divided_by_the_pairs"): "What is d",
    ("rotate", "rotate", "base_ignored"): "What is `base` for",
    ("rotate", "rotate", "angles_in_half"): "in which dtype are your angles",
    ("rotate", "rotate", "one_row_of_positions"): "belong to the texts",
    ("RMSNorm", "RMSNorm", "mean_subtracted"): "Is the mean subtracted",
    ("RMSNorm", "RMSNorm", "sum_for_mean"): "Are the squares added up",
    ("RMSNorm", "RMSNorm", "eps_outside"): "added before the root",
    ("RMSNorm", "RMSNorm", "in_half"): "what comes first",
    ("KeyValueCache", "KeyValueCache", "only_the_new"): "do all tokens come back",
    ("KeyValueCache", "KeyValueCache", "newest_first"): "in front of the oldest",
    ("KeyValueCache", "KeyValueCache", "earlier_ones_change"): "has changed since",
    ("KeyValueCache", "KeyValueCache", "methods"): "read without brackets",
    ("KeyValueCache", "KeyValueCache", "bytes_of_keys"): "keys and values both counted",
    ("CausalSelfAttention", "CausalSelfAttention", "no_mask"): "They see the future",
    ("CausalSelfAttention", "CausalSelfAttention", "no_mask_with_a_cache"): "is the future hidden here too",
    ("CausalSelfAttention", "CausalSelfAttention", "square_mask"): "sees all keys",
    (
        "CausalSelfAttention",
        "CausalSelfAttention",
        "positions_from_0",
    ): "its position is the number of tokens before it",
    ("CausalSelfAttention", "CausalSelfAttention", "not_turned"): "nothing were turned",
    ("CausalSelfAttention", "CausalSelfAttention", "values_turned"): "values were turned as well",
    ("CausalSelfAttention", "CausalSelfAttention", "scaled_by_the_width"): "by the root of m",
    ("CausalSelfAttention", "CausalSelfAttention", "scaled_without_the_root"): "without the root",
    ("CausalSelfAttention", "CausalSelfAttention", "heads_repeated_in_turn"): "yours are 0 and 2",
    ("CausalSelfAttention", "CausalSelfAttention", "repeated_before_the_cache"): "repeated before they go in",
    ("DecoderModel", "DecoderModel", "never_tied"): "are tied words one parameter",
    ("DecoderModel", "DecoderModel", "no_last_norm"): "is the norm before the logits there",
    ("DecoderModel", "DecoderModel", "no_first_norm"): "Does attention get norm",
    ("DecoderModel", "DecoderModel", "gelu"): "silu",
    ("DecoderModel", "DecoderModel", "side_by_side"): "Does SwiGLU get what attention has added",
    ("DecoderModel", "DecoderModel", "eps_left_behind"): "does not get rms_norm_eps",
    ("DecoderModel", "DecoderModel", "one_cache_for_all"): "Which layer gets which",
    ("DecoderModel", "load_llama_weights", "sorted_as_texts"): "10 stands before 2",
    ("DecoderModel", "load_llama_weights", "head_always_asked_for"): "asks for the entry 'lm_head.weight'",
    ("DecoderModel", "load_llama_weights", "shared_with_the_entries"): "your model changes with it",
    ("generate", "generate", "first_row"): "Which row of the logits",
    ("generate", "generate", "always_the_most_probable"): "what `choose` returns",
    ("generate", "generate", "all_read_into_the_cache"): "how often",
    ("generate", "generate", "never_cached"): "the one token that is new",
    ("generate", "generate", "one_cache_for_all"): "two caches",
    ("induction_score", "induction_score", "the_same_token"): "looks at B, not at A",
    ("induction_score", "induction_score", "last_left_out"): "The last position is left out",
    ("induction_score", "induction_score", "largest"): "the largest weight, not the mean",
}


@pytest.mark.parametrize("which", MESSAGES, ids="-".join)
def test_a_mistake_is_told_its_cause(which):
    assert re.search(MESSAGES[which], complaint(*WRONG[which]))


@pytest.mark.parametrize(
    "rows", [[[1, 4, 0, 2]], [torch.tensor([1, 4]), torch.tensor([0, 2])], [np.array([1, 4, 0, 2])], ["king"]], ids=str
)
def test_rows_in_another_list_are_told_so(rows):
    given = answers(exams.word_vectors)
    given[1] = lambda *args, **options: rows
    with pytest.raises(CheckError, match="each by itself"):
        checks.word_vectors(*given)


def divides_by_0(logits, temperature):
    if temperature < 0:
        raise ValueError
    return logits / temperature


def shares_of_nothing(logits, number):
    return logits - logits.new_tensor(float("inf")) + logits.new_tensor(float("inf"))


@pytest.mark.parametrize(
    ("place", "answer", "told"),
    [
        (0, divides_by_0, r"NaN.*at a temperature of 0\. Which token is left"),
        (1, shares_of_nothing, r"top_k gives NaN.*k = 2"),
        (2, shares_of_nothing, r"top_p gives NaN.*p = 0\.6"),
    ],
)
def test_what_is_no_number_comes_with_its_case(place, answer, told):
    given = answers(exams.choosing)
    given[place] = answer
    with pytest.raises(CheckError, match=told):
        checks.choosing(*given)


@pytest.mark.parametrize(
    "score",
    [
        lambda weights, period: weights.diagonal(-period - 1, -2, -1).mean(dim=(0, -1)),
        lambda weights, period: weights.diagonal(period - 1, -2, -1).mean(dim=(0, -1)),
        lambda weights, period: weights.diagonal(1 - period, -2, -1).mean(dim=(0, -1)) + weights[0, :, 4, 1] / 5,
    ],
    ids=["two too far", "backwards", "mixed"],
)
def test_a_score_that_finds_none_of_the_heads_is_asked_a_question(score):
    with pytest.raises(CheckError, match=r"yours gives .*\?"):
        checks.induction_score(score)


def without_no_grad(model, state_dict):
    """Right but for the gradient: it loads under no_grad alone."""
    parts = dict(model.named_parameters())
    wanted = reference(NOTEBOOK, "DecoderModel")(model.config)
    reference(NOTEBOOK, "load_llama_weights")(wanted, state_dict)
    for name, parameter in wanted.named_parameters():
        parts[name].copy_(parameter.detach())


def test_a_loader_that_needs_no_grad_around_it_is_told_so():
    given = answers(exams.DecoderModel)
    given[1] = without_no_grad
    with pytest.raises(CheckError, match=r"leaf Variable.*which `with`"):
        checks.DecoderModel(*given)
    verdict = exams.DecoderModel.judge(dict(zip(exams.DecoderModel.functions, given, strict=False)))
    assert "the logits. It raises RuntimeError" in verdict.message


def test_a_class_without_super_is_told_so():
    class RMSNorm(nn.Module):
        def __init__(self, width, eps=1e-6):
            self.weight = nn.Parameter(torch.ones(width))

    with pytest.raises(CheckError, match="super"):
        checks.RMSNorm(RMSNorm)


@pytest.mark.parametrize("name", ["first_ones_are_zeros", "without_the_new", "keys_for_values", "newest_first"])
def test_a_wrong_cache_is_no_fault_of_attention(name):
    """The check uses the learner's cache where it is right, and else one that is lent."""
    wrong = WRONG["KeyValueCache", "KeyValueCache", name][1].answer
    checks.CausalSelfAttention(reference(NOTEBOOK, "CausalSelfAttention"), wrong)
    checks.DecoderModel(reference(NOTEBOOK, "DecoderModel"), reference(NOTEBOOK, "load_llama_weights"), wrong)
