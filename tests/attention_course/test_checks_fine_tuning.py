"""The visible checks of notebook 05: right answers pass, junk, stubs and mistakes get a sentence."""

from itertools import chain, pairwise, product

import numpy as np
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


def free(model, modules, first=True):
    """Freeze all but these modules, and count; with `first` off, what was frozen before stays so."""
    if first:
        model.requires_grad_(False)
    else:
        for parameter in model.parameters():
            if not any(parameter is p for module in modules for p in module.parameters()):
                parameter.requires_grad_(False)
        return sum(p.numel() for p in model.parameters() if p.requires_grad)
    for module in modules:
        module.requires_grad_(True)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def parts_of(model, **changed):
    """The modules of each part, some of them changed."""
    body, head = model.body, model.classifier
    return {"head": [head], "last": [head, body.pooler, body.layers[-1]], "all": [model]} | changed


PARTS = {
    "without the pooler": lambda m: parts_of(m, last=[m.classifier, m.body.layers[-1]]),
    "the second layer": lambda m: parts_of(m, last=[m.classifier, m.body.pooler, m.body.layers[1]]),
    "without the head": lambda m: parts_of(m, last=[m.body.pooler, m.body.layers[-1]]),
    "all but the head": lambda m: parts_of(m, all=[m.body]),
    "the pooler with the head": lambda m: parts_of(m, head=[m.classifier, m.body.pooler]),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_is_another_one_is_no_matter_of_freezing(name):
    with pytest.raises(CheckError, match=r'"(last|all|head)" is (the classifier|all there is)') as caught:
        checks.set_trainable(lambda model, part: free(model, PARTS[name](model)[part]))
    assert "frozen before" not in str(caught.value)
    assert "frozen first" not in str(caught.value)


def test_what_stays_frozen_is_a_matter_of_freezing():
    with pytest.raises(CheckError, match="Is what was frozen before set free again"):
        checks.set_trainable(lambda model, part: free(model, parts_of(model)[part], first=False))


def test_another_error_than_a_value_error_is_told():
    with pytest.raises(CheckError, match="should raise a ValueError: there is no such part; yours raises KeyError"):
        checks.set_trainable(lambda model, part: free(model, parts_of(model)[part]))


def test_a_sequence_backwards_is_told():
    with pytest.raises(CheckError, match="last word first"):
        checks.best_tags(lambda rows, labels: right("best_tags")(rows, labels)[::-1])


def test_a_step_that_is_dear_and_not_closed_is_told():
    def fined(rows, labels):
        def cost(path):
            return sum(
                100.0
                for b, t in pairwise([labels.index("O"), *path])
                if labels[t][0] == "I" and labels[b][1:] != labels[t][1:]
            )

        if len(rows) > 3:
            return right("best_tags")(rows, labels)
        paths = product(range(len(labels)), repeat=len(rows))
        best = max(paths, key=lambda path: sum(rows[k][n] for k, n in enumerate(path)) - cost(path))
        return [labels[n] for n in best]

    with pytest.raises(CheckError, match="which number closes a step"):
        checks.best_tags(fined)


def by_trying_all(rows, labels):
    best, chosen = -np.inf, None
    for path in product(range(len(labels)), repeat=len(rows)):
        tags = [labels[n] for n in path]
        allowed = all(t[0] != "I" or b[1:] == t[1:] for b, t in pairwise(["O", *tags]))
        total = sum(row[n] for row, n in zip(rows, path, strict=True))
        if allowed and total > best:
            best, chosen = total, tags
    return chosen


def the_best_before(rows, labels, end=None):
    """Viterbi's recursion without its table: right, and as many calls as there are sequences."""
    choices = []
    for n, tag in enumerate(labels):
        if end is not None and end[0] == "I" and tag[1:] != end[1:]:
            continue
        if len(rows) == 1:
            before, path = (0.0, []) if tag[0] != "I" else (-np.inf, [])
        else:
            before, path = the_best_before(rows[:-1], labels, tag)
        choices.append((before + rows[-1][n], [*path, tag]))
    return max(choices, key=lambda choice: choice[0]) if end is not None else max(choices, key=lambda c: c[0])[1]


@pytest.mark.parametrize("answer", [by_trying_all, the_best_before])
def test_who_tries_all_sequences_is_told_after_a_while(answer, monkeypatch):
    monkeypatch.setattr(checks.labels, "PATIENCE", 0.2)
    with pytest.raises(CheckError, match=r"right for short sentences.*3 to the power of 200"):
        checks.best_tags(answer)


def test_two_sentences_are_not_one():
    def joined(truth, predicted):
        return right("span_scores")([[*chain(*truth)]], [[*chain(*predicted)]])

    with pytest.raises(CheckError, match="does not go on from the sentence before"):
        checks.spans(right("spans"), joined)


def test_draws_that_are_not_used_are_told():
    with pytest.raises(CheckError, match="Is `draws` used"):
        checks.bootstrap_interval(
            lambda correct, level=0.95, draws=0, generator=None: right("bootstrap_interval")(
                correct, level, 1000, generator
            )
        )


def test_a_layer_of_another_name_is_told():
    class Renamed(right("SequenceClassifier")):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.head = self.classifier
            del self.classifier

    with pytest.raises(CheckError, match=r"`self.classifier`; there is no part of this name"):
        checks.heads(Renamed, right("TokenClassifier"))
