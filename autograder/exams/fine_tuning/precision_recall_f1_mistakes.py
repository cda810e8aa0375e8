"""Wrong variants of precision_recall_f1."""

import numpy as np

from autograder.exams.fine_tuning.precision_recall_f1 import matrix_of, precision_recall_f1, refuse

wrong = precision_recall_f1.wrong


def divided(above, below, nothing=0.0):
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return np.divide(above, below, out=np.full(np.shape(above), nothing), where=below != 0)


def counts_of(matrix, average):
    counts = np.diag(matrix), matrix.sum(axis=0), matrix.sum(axis=1)
    return [count.sum(keepdims=True) for count in counts] if average == "micro" else counts


def values_of(hits, said, there, nothing=0.0):
    return [divided(hits, said, nothing), divided(hits, there, nothing), divided(2 * hits, said + there, nothing)]


def finished(values, average, mean=np.mean):
    return tuple(values) if average is None else tuple(float(mean(value)) for value in values)


def right(truth, predicted, num_classes, average):
    refuse(average)
    return finished(values_of(*counts_of(matrix_of(truth, predicted, num_classes), average)), average)


@wrong("precision and recall have changed places. Which one asks about the times that it was predicted?")
def exchanged(truth, predicted, num_classes, average="macro"):
    precision, recall, f1 = right(truth, predicted, num_classes, average)
    return recall, precision, f1


@wrong("F1 is the arithmetic mean of precision and recall. What does it come to where one of them is 0?")
def arithmetic_mean(truth, predicted, num_classes, average="macro"):
    refuse(average)
    p, r, _ = values_of(*counts_of(matrix_of(truth, predicted, num_classes), average))
    return finished([p, r, (p + r) / 2], average)


@wrong("F1 lacks its factor 2. How large is it where every answer is right?")
def without_the_two(truth, predicted, num_classes, average="macro"):
    precision, recall, f1 = right(truth, predicted, num_classes, average)
    return precision, recall, f1 / 2


@wrong("F1 is their geometric mean. Which mean do the counts in the docstring make?")
def geometric_mean(truth, predicted, num_classes, average="macro"):
    refuse(average)
    p, r, _ = values_of(*counts_of(matrix_of(truth, predicted, num_classes), average))
    return finished([p, r, np.sqrt(p * r)], average)


@wrong("macro-F1 is made of the mean precision and the mean recall. Of what should it be the mean?")
def f1_of_the_means(truth, predicted, num_classes, average="macro"):
    precision, recall, f1 = right(truth, predicted, num_classes, average)
    if average == "macro":
        f1 = float(divided(2 * precision * recall, precision + recall))
    return precision, recall, f1


@wrong("macro leaves out the classes that do not occur in the truth. Over which classes is the mean?")
def classes_there(truth, predicted, num_classes, average="macro"):
    refuse(average)
    matrix = matrix_of(truth, predicted, num_classes)
    values = values_of(*counts_of(matrix, average))
    there = matrix.sum(axis=1) > 0
    if average != "macro" or not there.any():
        return finished(values, average)
    return tuple(float(value[there].mean()) for value in values)


@wrong("macro leaves out the classes that occur nowhere. Over which classes is the mean?")
def classes_met(truth, predicted, num_classes, average="macro"):
    refuse(average)
    matrix = matrix_of(truth, predicted, num_classes)
    values = values_of(*counts_of(matrix, average))
    met = matrix.sum(axis=1) + matrix.sum(axis=0) > 0
    if average != "macro" or not met.any():
        return finished(values, average)
    return tuple(float(value[met].mean()) for value in values)


@wrong("the mean weighs each class by how often it is the truth. Which weight has a class in macro?")
def weighted(truth, predicted, num_classes, average="macro"):
    refuse(average)
    matrix = matrix_of(truth, predicted, num_classes)
    values, weights = values_of(*counts_of(matrix, average)), matrix.sum(axis=1)
    if average != "macro" or not weights.any():
        return finished(values, average)
    return finished(values, average, lambda value: np.average(value, weights=weights))


@wrong("class 0 does not count in the mean. Which classes do?")
def zero_is_the_background(truth, predicted, num_classes, average="macro"):
    refuse(average)
    values = values_of(*counts_of(matrix_of(truth, predicted, num_classes), average))
    return finished([v[1:] for v in values] if average == "macro" else values, average)


@wrong("micro leaves class 0 out. Over which classes do the counts add up?")
def micro_without_zero(truth, predicted, num_classes, average="macro"):
    refuse(average)
    counts = counts_of(matrix_of(truth, predicted, num_classes), None)
    if average == "micro":
        counts = [count[1:].sum(keepdims=True) for count in counts]
    return finished(values_of(*counts), average)


@wrong("macro and micro have changed places. Which one adds up counts before it divides?")
def averages_exchanged(truth, predicted, num_classes, average="macro"):
    return right(truth, predicted, num_classes, {"macro": "micro", "micro": "macro"}.get(average, average))


@wrong("micro gives the mean of the classes, as macro does. What is added up before the division?")
def micro_is_macro(truth, predicted, num_classes, average="macro"):
    return right(truth, predicted, num_classes, "macro" if average == "micro" else average)


@wrong("macro gives the share of right answers, as micro does. What is averaged?")
def macro_is_micro(truth, predicted, num_classes, average="macro"):
    return right(truth, predicted, num_classes, "micro" if average == "macro" else average)


@wrong("0 / 0 is NaN. What does the docstring make of it?")
def not_a_number(truth, predicted, num_classes, average="macro"):
    refuse(average)
    return finished(values_of(*counts_of(matrix_of(truth, predicted, num_classes), average), nothing=np.nan), average)


@wrong("0 / 0 is 1. What does the docstring make of it?")
def one_for_nothing(truth, predicted, num_classes, average="macro"):
    refuse(average)
    return finished(values_of(*counts_of(matrix_of(truth, predicted, num_classes), average), nothing=1.0), average)


@wrong("classes whose value is 0 / 0 are left out of the mean. What are they worth?")
def nan_left_out(truth, predicted, num_classes, average="macro"):
    refuse(average)
    values = values_of(*counts_of(matrix_of(truth, predicted, num_classes), average), nothing=np.nan)
    if average is None:
        return tuple(np.nan_to_num(value) for value in values)
    return tuple(float(value[~np.isnan(value)].mean()) if (~np.isnan(value)).any() else 0.0 for value in values)


@wrong("1 is added below the line. What else keeps 0 / 0 away?")
def one_more_below(truth, predicted, num_classes, average="macro"):
    refuse(average)
    hits, said, there = counts_of(matrix_of(truth, predicted, num_classes), average)
    return finished([hits / (said + 1), hits / (there + 1), 2 * hits / (said + there + 1)], average)


@wrong("each text of a batch is scored by itself, and the scores are averaged. What has to be added up first?")
def mean_of_texts(truth, predicted, num_classes, average="macro"):
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    if truth.ndim == 1 or average is None:
        return right(truth, predicted, num_classes, average)
    rows = [right(t, p, num_classes, average) for t, p in zip(truth, predicted, strict=True)]
    return tuple(float(x) for x in np.mean(rows, axis=0))


@wrong("places whose truth is -100 count as class 0. Which places are left out?")
def padding_counts(truth, predicted, num_classes, average="macro"):
    truth = np.asarray(truth).copy()
    truth[truth == -100] = 0
    return right(truth, predicted, num_classes, average)


@wrong("the default of `average` is micro. Which one is it in the docstring?")
def another_default(truth, predicted, num_classes, average="micro"):
    return right(truth, predicted, num_classes, average)


@wrong("an average that nobody knows is taken for macro. What does the docstring ask for?")
def anything_is_macro(truth, predicted, num_classes, average="macro"):
    return right(truth, predicted, num_classes, average if average in (None, "micro") else "macro")


@wrong("for None it gives one number each. How many classes are there?")
def none_is_macro(truth, predicted, num_classes, average="macro"):
    return right(truth, predicted, num_classes, average or "macro")


@wrong("for None it gives lists of floats. What should the three be?")
def lists_for_none(truth, predicted, num_classes, average="macro"):
    values = right(truth, predicted, num_classes, average)
    return tuple(value.tolist() for value in values) if average is None else values


@wrong("these are the numbers of the last class alone. What becomes of the others?")
def positive_class_only(truth, predicted, num_classes, average="macro"):
    refuse(average)
    values = values_of(*counts_of(matrix_of(truth, predicted, num_classes), average))
    return finished(values, average, lambda value: value[-1])


@wrong("this is the accuracy, three times. What tells the three apart?")
def accuracy_alone(truth, predicted, num_classes, average="macro"):
    refuse(average)
    matrix = matrix_of(truth, predicted, num_classes)
    accuracy = float(divided(np.trace(matrix), matrix.sum()))
    return (np.full(num_classes, accuracy),) * 3 if average is None else (accuracy,) * 3
