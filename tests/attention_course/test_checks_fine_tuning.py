"""The visible checks of notebook 05: right answers pass, junk, stubs and mistakes get a sentence."""

import pytest

from attention_course.checks import CheckError
from attention_course.checks import fine_tuning as checks
from autograder.exam.reference import reference
from autograder.exams.fine_tuning import EXERCISES

NOTEBOOK = "05_fine_tuning"
FUNCTIONS = {name: (name,) for name in checks.__all__} | {
    "heads": ("SequenceClassifier", "TokenClassifier"),
    "spans": ("spans", "span_scores"),
    "sentence_vectors": ("mean_pool", "cosine_similarity"),
}


def check(exercise, **replaced):
    """Run a visible check with the reference answers, some of them replaced."""
    getattr(checks, exercise)(*(replaced.get(name) or reference(NOTEBOOK, name) for name in FUNCTIONS[exercise]))


def right(name):
    return reference(NOTEBOOK, name)


def variant(exercise, name):
    """A wrong variant of an exam, which a visible check has to catch and to explain."""
    found = next(e for e in EXERCISES if e.name == exercise)
    answer = next(v.answer for v in found.wrong_variants if v.name == name)
    return answer if isinstance(answer, dict) else {exercise: answer}


MISTAKES = [
    ("align_labels", "every_piece", "not the first piece of word 1"),
    ("align_labels", "zero_at_special_tokens", "special token"),
    ("align_labels", "word_zero_is_special", "first piece of word 0"),
    ("align_labels", "piece_by_piece", "Which word's label|not the first piece"),
    ("align_labels", "only_first_pieces", "How many labels"),
    ("heads", "sequence_softmax", "is there a softmax"),
    ("heads", "sequence_log_softmax", "is there a log_softmax"),
    ("heads", "state_of_the_first", "first token's state"),
    ("heads", "sequence_by_name", "by position"),
    ("heads", "sequence_copied", "no copy"),
    ("heads", "sequence_frozen", "gradient"),
    ("heads", "tokens_frozen", "gradient"),
    ("heads", "tokens_always_dropping", "eval mode"),
    ("heads", "tokens_no_dropout", "dropout=0.5"),
    ("heads", "tokens_mask_ignored", "attention_mask did not arrive"),
    ("heads", "tokens_exchanged", "did not arrive"),
    ("set_trainable", "nothing_frozen", "should not be learning"),
    ("set_trainable", "nothing_freed", "should not be frozen"),
    ("set_trainable", "last_without_pooler", "body.pooler"),
    ("set_trainable", "counts_tensors", "entries, not tensors"),
    ("set_trainable", "set_on_modules", "should not be learning"),
    ("set_trainable", "anything_is_all", "no such part"),
    ("set_trainable", "freezes_and_raises", "has changed the model"),
    ("confusion_matrix", "transposed", "changed places"),
    ("confusion_matrix", "buffered", "same place twice"),
    ("confusion_matrix", "ignored_are_zero", "-100 do not count"),
    ("confusion_matrix", "as_large_as_needed", "num_classes=4"),
    ("confusion_matrix", "floats", "int64"),
    ("precision_recall_f1", "exchanged", "changed places"),
    ("precision_recall_f1", "f1_of_the_means", "F1 of the means"),
    ("precision_recall_f1", "not_a_number", "NaN"),
    ("precision_recall_f1", "another_default", "macro"),
    ("precision_recall_f1", "classes_met", "count in the mean"),
    ("precision_recall_f1", "micro_is_macro", "micro is the accuracy"),
    ("precision_recall_f1", "anything_is_macro", "weighted"),
    ("spans", "lenient", "belongs to nothing"),
    ("spans", "neighbours_merged", "always begins a new span"),
    ("spans", "lost_at_the_end", "end of the sentence"),
    ("spans", "cut_at_each_dash", "first dash"),
    ("spans", "gaps_bridged", "behind a gap|ends at O"),
    ("spans", "of_words", "one of two|no span is"),
    ("spans", "mean_of_sentences", "Add up over all sentences"),
    ("spans", "sentences_mixed", "another sentence"),
    ("spans", "one_for_nothing", "0 / 0"),
    ("best_tags", "word_by_word", "cannot begin with I-X"),
    ("best_tags", "greedy", "speaks against it"),
    ("best_tags", "any_label_before", "not behind B-X"),
    ("best_tags", "two_words_at_most", "three words"),
    ("best_tags", "multiplied", "add logarithms"),
    ("best_tags", "labels_in_a_fixed_order", "Which column"),
    ("sentence_vectors", "divided_by_all", "by what is it divided"),
    ("sentence_vectors", "nan_without_tokens", "NaN"),
    ("sentence_vectors", "nan_for_zero", "NaN"),
    ("sentence_vectors", "dots", "divided by their lengths"),
    ("bootstrap_interval", "without_replacement", "with replacement"),
    ("bootstrap_interval", "too_much_outside", "lies outside at each end"),
    ("bootstrap_interval", "normal_approximation", "No sample has such an accuracy|samples' accuracies"),
    ("bootstrap_interval", "of_the_answers", "of answers or of accuracies"),
    ("bootstrap_interval", "always_one_seed", "generator that is given"),
    ("bootstrap_interval", "one_seed_without_a_generator", "fresh one"),
]


@pytest.mark.parametrize(("exercise", "name", "told"), MISTAKES)
def test_a_mistake_is_named(exercise, name, told):
    with pytest.raises(CheckError, match=told):
        check(exercise, **variant(exercise, name))
