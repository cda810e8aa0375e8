"""The visible checks of notebook 06: right answers pass in every style, and a wrong one is told its own cause."""

import pytest
from torch import nn

from attention_course.checks import CheckError
from attention_course.checks import sequence_to_sequence as checks
from autograder.exam.reference import reference
from autograder.exams import sequence_to_sequence as exams

NOTEBOOK = "06_sequence_to_sequence"


def answers(exercise, variant=None):
    """The functions of an exercise in order, one of them replaced."""
    if not exercise.functions:
        return [reference(NOTEBOOK, exercise.name) if variant is None else variant]
    whole = {name: reference(NOTEBOOK, name) for name in exercise.functions} | (variant or {})
    return [whole[name] for name in exercise.functions]


WRONG = {(e.name, v.name): (e, v) for e in exams.EXERCISES for v in e.wrong_variants}


def complaint(exercise, variant):
    """What the visible check says to a wrong variant, "" if nothing."""
    try:
        getattr(checks, exercise.name)(*answers(exercise, variant.answer))
    except CheckError as error:
        return str(error)
    return ""


MESSAGES = {
    ("lstm_step", "forget_first"): "which block of columns do you take for which gate",
    ("lstm_step", "hidden_without_tanh"): "through a tanh",
    ("lstm_step", "without_output_gate"): "how much of the cell is shown",
    ("lstm_step", "without_bias"): "which gate",
    ("lstm_step", "hidden_left_out"): "It looks as if w_hidden has no effect",
    ("lstm_step", "input_left_out"): "It looks as if w_input has no effect",
    ("lstm_step", "cell_first"): "hidden part that you returned second",
    ("Encoder", "padding_is_read"): "right in its forward half and wrong in its backward half",
    ("Encoder", "zeros_afterwards"): "right in its forward half and wrong in its backward half",
    ("Encoder", "last_column"): "last column, which is padding",
    ("Encoder", "both_at_the_last_word"): "Where does the backward direction end?",
    ("Encoder", "both_at_the_first_word"): "Where does the forward direction end?",
    ("Encoder", "backward_first"): "Which half comes first?",
    ("Encoder", "columns_cut"): "shape",
    ("Encoder", "rows_in_another_order"): "Are the rows still in their order",
    ("Encoder", "ones_in_the_padding"): "there should be zeros",
    ("AdditiveAttention", "no_mask"): "A closed place has a weight",
    ("AdditiveAttention", "score_of_zero"): r"exp\(0\) = 1",
    ("AdditiveAttention", "masked_after_softmax"): "They sum to",
    ("AdditiveAttention", "equal_weights_for_nothing"): "zeros. What do equal scores give?",
    ("AdditiveAttention", "nan_for_nothing"): "NaN",
    ("AdditiveAttention", "with_biases"): "Is there a bias?",
    ("AdditiveAttention", "mean_for_sum"): "not their average",
    ("AdditiveAttention", "softmax_over_the_batch"): "Along which axis",
    ("AttentionDecoder", "looks_after_the_step"): "you look with the state after the step",
    ("AttentionDecoder", "mask_not_passed_on"): "looks at padding",
    ("AttentionDecoder", "log_probabilities"): "Logits come before the softmax",
    ("AttentionDecoder", "begins_without_tanh"): r"tanh\(start\(last\)\)",
    ("AttentionDecoder", "context_not_said"): "the weights are right, the logits are not",
    ("AttentionDecoder", "state_in_the_module"): "second step from the same state",
    ("AttentionDecoder", "state_overwritten"): "second step from the same state",
    ("AttentionDecoder", "weights_before_the_state"): "weights second",
    ("teacher_forcing", "end_among_the_inputs"): "Does a decoder ever read end",
    ("teacher_forcing", "outputs_without_end"): "What must it say after its last word",
    ("teacher_forcing", "floats"): "int64",
    ("teacher_forcing", "divided_by_all_places"): "divided by all six places",
    ("teacher_forcing", "mean_of_sentences"): "mean of sentences",
    ("teacher_forcing", "nan_for_nothing"): "nothing but padding",
    ("DecoderBlock", "memory_left_out"): "In which order do they come",
    ("DecoderBlock", "no_activation"): "there were no GELU",
    ("DecoderBlock", "relu"): "a ReLU stood for the GELU",
    ("DecoderBlock", "no_third_norm"): "the last norm were missing",
    ("DecoderBlock", "no_self_mask"): "your words see the future",
    ("DecoderBlock", "no_memory_mask"): "memory_mask of shape",
    ("DecoderBlock", "masks_exchanged"): "arrive at the wrong attention",
    ("DecoderBlock", "eps_left_behind"): "Is eps copied",
    ("DecoderBlock", "linears_shared"): "yours changes with it",
    ("DecoderBlock", "refuses_nothing"): "norm_first",
    ("DecoderBlock", "no_dropout"): "same twice in training mode",
    ("search", "with_end"): "start and end",
    ("search", "one_id_too_many"): "how many new ids",
    ("search", "stops_at_the_first"): "Does the search end before it must",
    ("search", "bound_at_the_present_length"): "At which length",
    ("search", "one_stays_open"): "something fall out of the beam",
    ("search", "length_with_start"): "without start",
    ("search", "open_ones_left_out"): "open",
    ("search", "scores_first"): "pairs",
    ("alignment", "one_step_late"): "one step late",
    ("alignment", "source_first"): "changed places",
    ("alignment", "the_last_on_a_tie"): "the first of them counts",
    ("alignment", "without_possible"): "two possible",
    ("alignment", "one_for_nothing"): "no error",
    ("bleu", "penalty_upside_down"): "3 words for 5",
    ("bleu", "no_clipping"): "stands twice in the reference",
    ("bleu", "mean_of_sentences"): "a corpus",
    ("bleu", "lengths_left_out"): "no run of three",
    ("bleu", "a_percentage"): "between 0 and 1",
}


@pytest.mark.parametrize("which", MESSAGES, ids="-".join)
def test_a_mistake_is_told_its_cause(which):
    import re

    assert re.search(MESSAGES[which], complaint(*WRONG[which]), re.IGNORECASE)


@pytest.mark.parametrize("exercise", exams.EXERCISES, ids=lambda e: e.name)
def test_the_checks_catch_most_mistakes(exercise):
    """Where a visible check says nothing, the exam does; but a learner should rarely be surprised."""
    silent = [variant.name for variant in exercise.wrong_variants if not complaint(exercise, variant)]
    assert len(silent) <= 0.25 * len(exercise.wrong_variants), silent


def test_a_class_without_super_is_told_so():
    class Encoder(nn.Module):
        def __init__(self, *sizes):
            self.embedding = nn.Embedding(2, 2)

    with pytest.raises(CheckError, match="super"):
        checks.Encoder(Encoder)
