"""The visible checks of notebook 06: right answers pass in every style, and a wrong one is told its own cause."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

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
    ("lstm_step", "output_before_candidate"): "taken as input, forget, output, candidate",
    ("lstm_step", "candidate_second"): "taken as input, candidate, forget, output",
    ("lstm_step", "candidate_without_tanh"): "which of the four blocks may be negative too",
    ("lstm_step", "candidate_as_it_is"): "candidate goes in as it is",
    ("lstm_step", "state_the_other_way_round"): r"read as \(cell, hidden\)",
    ("lstm_step", "hidden_of_the_old_cell"): "read from the new cell",
    ("lstm_step", "without_bias"): "the bias had no effect",
    ("lstm_step", "old_cell_returned"): "the cell is the old one",
    ("lstm_step", "bias_twice"): "the bias were added twice",
    ("lstm_step", "hidden_left_out"): "It looks as if w_hidden had no effect",
    ("lstm_step", "input_left_out"): "It looks as if w_input had no effect",
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
    ("AdditiveAttention", "mask_upside_down"): "The open places have no weight",
    ("AdditiveAttention", "context_of_projected_keys"): "keys after their projection",
    ("AdditiveAttention", "weights_first"): "yours has the weights first",
    ("AttentionDecoder", "looks_after_the_step"): "you look with the state after the step",
    ("AttentionDecoder", "mask_not_passed_on"): "looks at padding",
    ("AttentionDecoder", "log_probabilities"): "Logits come before the softmax",
    ("AttentionDecoder", "probabilities"): "These are probabilities",
    ("AttentionDecoder", "begins_without_tanh"): r"no tanh around start\(last\)",
    ("AttentionDecoder", "begins_with_a_full_cell"): "the cell began as the hidden part",
    ("AttentionDecoder", "begins_with_nothing"): "both parts began as zeros",
    ("AttentionDecoder", "looks_with_the_cell"): "asked with the cell",
    ("AttentionDecoder", "context_not_said"): "the output layer got no context",
    ("AttentionDecoder", "context_not_read"): "the LSTM got no context",
    ("AttentionDecoder", "context_in_front"): "The LSTM gets the context in front",
    ("AttentionDecoder", "context_in_front_of_the_state"): "The output layer gets the context in front",
    ("AttentionDecoder", "logits_of_the_old_state"): "the hidden state of before the step",
    ("AttentionDecoder", "hidden_not_renewed"): "the hidden state of before the step",
    ("AttentionDecoder", "reads_before_it_looks"): "you look with the state after the step",
    ("AttentionDecoder", "context_looked_up_anew"): "looked up anew",
    ("AttentionDecoder", "logits_of_the_cell"): "The output layer gets the cell",
    ("AttentionDecoder", "state_stands_still"): "the state did not move",
    ("AttentionDecoder", "cell_forgotten"): "the cell were not carried on",
    ("AttentionDecoder", "state_in_the_module"): "second step from the same state",
    ("AttentionDecoder", "state_overwritten"): "second step from the same state",
    ("AttentionDecoder", "weights_before_the_state"): "weights second",
    ("teacher_forcing", "end_among_the_inputs"): "Does a decoder ever read end",
    ("teacher_forcing", "outputs_without_end"): "What must it say after its last word",
    ("teacher_forcing", "floats"): "int64",
    ("teacher_forcing", "padding_of_zeros"): "Which number do you fill up with",
    ("teacher_forcing", "the_sum"): "It is the sum. By what",
    ("teacher_forcing", "a_sum_for_each_sentence"): "divided by the sentences",
    ("teacher_forcing", "in_bits"): "in bits",
    ("teacher_forcing", "perplexity"): "perplexity",
    ("teacher_forcing", "zero_is_padding"): "id 0 does not",
    ("teacher_forcing", "divided_by_all_places"): "divided by all six places",
    ("teacher_forcing", "mean_of_sentences"): "mean of sentences",
    ("teacher_forcing", "nan_for_nothing"): "nothing but padding",
    ("DecoderBlock", "memory_left_out"): "the second part asks y itself",
    ("DecoderBlock", "norm_first"): "the norm came before each part",
    ("DecoderBlock", "source_first"): "before the own words",
    ("DecoderBlock", "always_causal"): "the future were hidden",
    ("DecoderBlock", "source_asked_with_x"): "asked with x",
    ("DecoderBlock", "feed_forward_of_y"): "the third part read y",
    ("DecoderBlock", "no_first_sum"): "is the first one",
    ("DecoderBlock", "no_second_sum"): "is the second one",
    ("DecoderBlock", "no_third_sum"): "is the third one",
    ("DecoderBlock", "no_first_norm"): "the first norm were missing",
    ("DecoderBlock", "no_second_norm"): "the second norm were missing",
    ("DecoderBlock", "attentions_exchanged"): "as if they were exchanged",
    ("DecoderBlock", "one_attention_for_both"): "as if both were",
    ("DecoderBlock", "gelu_by_tanh"): "the one by tanh",
    ("DecoderBlock", "no_feed_forward"): "no third part",
    ("DecoderBlock", "no_activation"): "there were no GELU",
    ("DecoderBlock", "relu"): "a ReLU stood for the GELU",
    ("DecoderBlock", "no_third_norm"): "the last norm were missing",
    ("DecoderBlock", "no_self_mask"): "your words see the future",
    ("DecoderBlock", "no_memory_mask"): "memory_mask of shape",
    ("DecoderBlock", "masks_exchanged"): "arrive at the wrong attention",
    ("DecoderBlock", "eps_left_behind"): "Is eps copied",
    ("DecoderBlock", "linears_shared"): "yours changes with it",
    ("DecoderBlock", "refuses_nothing"): "norm_first",
    ("DecoderBlock", "first_not_dropped"): "is each part dropped before it is added",
    ("DecoderBlock", "second_not_dropped"): "is each part dropped before it is added",
    ("DecoderBlock", "third_not_dropped"): "is each part dropped before it is added",
    ("DecoderBlock", "no_dropout"): "same twice in training mode",
    ("search", "with_end"): "does it belong to it",
    ("search", "prefix_stands_still"): "asked with .0. alone",
    ("search", "ids_with_end"): "ids come without them",
    ("search", "penalty_as_a_factor"): "over n .. length_penalty|an exponent",
    ("search", "impossible_ones_too"): "Impossible ones",
    ("search", "end_takes_a_place"): "Does end take a place",
    ("search", "no_penalty"): "divided by n",
    ("search", "multiplied_by_the_length"): "divided by n",
    ("search", "length_without_end"): "n counts new ids, with end",
    ("search", "stops_when_the_beam_is_full"): "goes on while an open one can",
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
    ("alignment", "nothing_on_one_side_is_no_error"): r"nothing sure is all wrong.*yours is 0\.0000\.$",
    ("alignment", "a_rate_of_hits"): "the rate of hits",
    ("bleu", "penalty_upside_down"): "3 words for 5",
    ("bleu", "no_penalty"): "It has no penalty",
    ("bleu", "penalty_is_a_ratio"): "ratio of the lengths",
    ("bleu", "penalty_for_each_sentence"): "together 10 words for 10",
    ("bleu", "penalty_on_the_other_side"): "which of the two lengths must be the shorter one",
    ("bleu", "last_one_missing"): "last run of each sentence were missing",
    ("bleu", "no_root"): "without its root",
    ("bleu", "arithmetic_mean"): "Which mean",
    ("bleu", "the_longest_only"): "longest runs alone",
    ("bleu", "single_words_only"): "words alone",
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


def lstm(slip):
    """lstm_step with a slip that is no misconception, and so none of the exam's."""
    right = reference(NOTEBOOK, "lstm_step")

    def answer(x, state, w_input, w_hidden, bias):
        return slip(right(x, state, w_input, w_hidden, bias), state)

    return answer


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (lambda new, old: (old[0], new[1]), "the hidden part is the old one"),
        (lambda new, old: (new[0] / new[1].tanh() * old[1].tanh(), old[1]), "Both parts are made of the old cell"),
    ],
)
def test_an_old_part_of_the_state_is_named(slip, said):
    with pytest.raises(CheckError, match=said):
        checks.lstm_step(lstm(slip))


def encoder(last, **lstm_options):
    """An Encoder that joins its last states by a function of hidden and cell."""

    class Encoder(nn.Module):
        def __init__(self, vocabulary_size, width, hidden):
            super().__init__()
            self.embedding = nn.Embedding(vocabulary_size, width)
            self.lstm = nn.LSTM(width, hidden, bidirectional=True, **lstm_options)

        def forward(self, input_ids, lengths):
            packed = pack_padded_sequence(self.embedding(input_ids), lengths, batch_first=True, enforce_sorted=False)
            states, (hidden, cell) = self.lstm(packed)
            states, _ = pad_packed_sequence(states, batch_first=True, total_length=input_ids.shape[1])
            return states, last(hidden, cell)

    return Encoder


def test_for_packed_rows_batch_first_makes_no_difference(capsys):
    checks.Encoder(encoder(lambda hidden, cell: torch.cat([*hidden], dim=-1)))
    assert "the visible checks hold" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (lambda hidden, cell: hidden.reshape(hidden.shape[1], -1), "in which order does reshape read"),
        (lambda hidden, cell: torch.cat([*cell], dim=-1), "made of the cells"),
    ],
)
def test_where_the_last_states_come_from_is_named(last, said):
    with pytest.raises(CheckError, match=said):
        checks.Encoder(encoder(last, batch_first=True))


def test_a_squeeze_of_all_axes_is_caught():
    right = reference(NOTEBOOK, "AdditiveAttention")

    class AdditiveAttention(right):
        def forward(self, query, keys, mask):
            scores = self.score(torch.tanh(self.query(query)[:, None] + self.key(keys))).squeeze()
            weights = scores.masked_fill(~mask, -1e30).softmax(dim=-1).masked_fill(~mask, 0.0)
            return (weights.unsqueeze(1) @ keys).squeeze(1), weights

    with pytest.raises((CheckError, RuntimeError)):
        checks.AdditiveAttention(AdditiveAttention)


def test_an_attention_of_other_widths_is_named():
    right, attention = (reference(NOTEBOOK, name) for name in ("AttentionDecoder", "AdditiveAttention"))

    class AttentionDecoder(right):
        def __init__(self, vocabulary_size, width, hidden, key_width):
            super().__init__(vocabulary_size, width, hidden, key_width)
            self.attention = attention(key_width, hidden, hidden)

    with pytest.raises(CheckError, match=r"attention\.query\.weight should have the shape"):
        checks.AttentionDecoder(AttentionDecoder)


def test_a_logarithm_of_a_softmax_is_caught():
    def sequence_loss(logits, outputs, pad_id):
        real = outputs != pad_id
        got = logits.softmax(-1).gather(-1, (outputs * real)[..., None])[..., 0].clamp(min=0)
        return -torch.where(real, got.log(), 0 * got).sum() / real.sum().clamp(min=1)

    with pytest.raises(CheckError, match="has no logarithm"):
        checks.teacher_forcing(reference(NOTEBOOK, "teacher_forcing"), sequence_loss)


def test_logarithms_of_logarithms_are_named():
    right = reference(NOTEBOOK, "beam_search")

    def beam_search(step, *options):
        with np.errstate(all="ignore"):
            return right(lambda prefix: np.log(step(prefix)), *options)

    with pytest.raises(CheckError, match="what is a logarithm already"):
        checks.search(reference(NOTEBOOK, "greedy_search"), beam_search)


def test_a_score_that_is_nan_is_named():
    def beam_search(step, start_id, end_id, width, max_length, length_penalty=0.0):
        return [([], float("nan"))]

    with pytest.raises(CheckError, match="gives a NaN"):
        checks.search(reference(NOTEBOOK, "greedy_search"), beam_search)
