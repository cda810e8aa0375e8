# %% [markdown]
# # 05 Fine-tuning: one body, many tasks

# %% given imports
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from attention_course.checks import fine_tuning as checks

# %% exercise align_labels
def align_labels(word_labels, word_ids):
    """Give each piece of a sentence a label: that of its word at the word's first piece, else -100.

    Args:
        word_labels: a list of ints, one for each word of the sentence.
        word_ids: a list with an entry for each piece: the number of its word, counted from 0, or None
            for a special token. Words stand in order, the pieces of a word side by side. A word may
            have no piece at all, at the end because the input was cut off, or anywhere else.

    Returns:
        A list of ints, one for each piece. Both lists that were given stay as they were.

    >>> align_labels([3, 0], [None, 0, 0, 1, None])
    [-100, 3, -100, 0, -100]
    """
    # BEGIN SOLUTION
    labels, before = [], None
    for word in word_ids:
        begins = word is not None and word != before
        labels.append(word_labels[word] if begins else -100)
        before = word
    return labels
    # END SOLUTION


# %% check align_labels points=2
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.align_labels(align_labels)
# END HIDDEN TESTS
checks.align_labels(align_labels)

# %% exercise heads
class SequenceClassifier(nn.Module):
    """A body with a head that gives the whole input a label: Devlin et al. 2018, section 4.1.

        logits = classifier(dropout(pooled))

    Args:
        body: a module such as notebook 04's BertModel. Called by position, `body(input_ids,
            token_type_ids, attention_mask)`, it gives (states, pooled), of shape (b, t, m) and (b, m).
            `body.pooler.in_features` is m. Its other arguments may have any names.
        num_labels: how many labels there are.
        dropout: the probability of dropping a number of what goes into `classifier`, in training mode
            only.

    Its parts have the names
        body: the very body that was given, no copy of it;
        classifier: an nn.Linear from m to num_labels, with a bias.
    There are no other parameters. What numbers the classifier starts with is free.
    """

    def __init__(self, body, num_labels, dropout=0.1):
        # BEGIN SOLUTION
        super().__init__()
        self.body = body
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(body.pooler.in_features, num_labels)
        # END SOLUTION

    def forward(self, input_ids, token_type_ids, attention_mask):
        """Label each input.

        Returns:
            (b, num_labels) scores before any softmax, made of the body's pooled vectors.
        """
        # BEGIN SOLUTION
        states, pooled = self.body(input_ids, token_type_ids, attention_mask)
        return self.classifier(self.dropout(pooled))
        # END SOLUTION


class TokenClassifier(nn.Module):
    """A body with a head that gives every token a label: Devlin et al. 2018, section 5.3.

        logits = classifier(dropout(states))

    Args, parts: as for SequenceClassifier.
    """

    def __init__(self, body, num_labels, dropout=0.1):
        # BEGIN SOLUTION
        super().__init__()
        self.body = body
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(body.pooler.in_features, num_labels)
        # END SOLUTION

    def forward(self, input_ids, token_type_ids, attention_mask):
        """Label each token.

        Returns:
            (b, t, num_labels) scores before any softmax, made of the body's states. What stands at
            padding does not matter.
        """
        # BEGIN SOLUTION
        states, pooled = self.body(input_ids, token_type_ids, attention_mask)
        return self.classifier(self.dropout(states))
        # END SOLUTION


# %% check heads points=3
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.heads(SequenceClassifier, TokenClassifier)
# END HIDDEN TESTS
checks.heads(SequenceClassifier, TokenClassifier)

# %% exercise set_trainable
def set_trainable(model, part):
    """Say which part of a classifier learns; everything else is frozen.

    Whatever was set before, afterwards `requires_grad` is True for the parameters of this part and
    False for all others.

    Args:
        model: a SequenceClassifier or a TokenClassifier: all its parameters are in `model.body` or in
            `model.classifier`. The body has the parts `embeddings`, `layers` (an nn.ModuleList) and
            `pooler`.
        part: "head", the classifier alone; "last", the classifier, the pooler and the last of the
            layers; or "all".

    Returns:
        How many numbers learn now: the entries of all parameters of this part, an int.

    Raises:
        ValueError: `part` is something else. Then nothing has changed.
    """
    # BEGIN SOLUTION
    body = model.body
    parts = {
        "head": [model.classifier],
        "last": [model.classifier, body.pooler, body.layers[-1]],
        "all": [model],
    }
    if part not in parts:
        raise ValueError(f"part is one of {', '.join(parts)}, not {part!r}")
    model.requires_grad_(False)
    for module in parts[part]:
        module.requires_grad_(True)
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    # END SOLUTION


# %% check set_trainable points=2
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.set_trainable(set_trainable)
# END HIDDEN TESTS
checks.set_trainable(set_trainable)

# %% exercise confusion_matrix
def confusion_matrix(truth, predicted, num_classes):
    """Count which class was taken for which.

    Args:
        truth, predicted: integer arrays or CPU tensors of one shape, of any number of axes. Where the
            truth is -100, the place does not count, and what was predicted there may be any number.
            Everywhere else both lie between 0 and num_classes - 1.
        num_classes: how many classes there are; some may not occur.

    Returns:
        A NumPy array (num_classes, num_classes) of int64: row i, column j says how often i was the
        truth and j was predicted.

    >>> confusion_matrix(np.array([0, 1, 1, -100]), np.array([0, 0, 1, 1]), 2)
    array([[1, 0],
           [1, 1]])
    """
    # BEGIN SOLUTION
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    counted = truth != -100
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(matrix, (truth[counted], predicted[counted]), 1)
    return matrix
    # END SOLUTION


# %% check confusion_matrix points=1
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.confusion_matrix(confusion_matrix)
# END HIDDEN TESTS
checks.confusion_matrix(confusion_matrix)

# %% exercise precision_recall_f1
def precision_recall_f1(truth, predicted, num_classes, average="macro"):
    """Precision, recall and F1 of each class, or one of each for all classes.

    For one class, with the number of times it was rightly predicted called hits:
    precision = hits / times it was predicted, recall = hits / times it was the truth,
    F1 = 2 hits / (times it was predicted + times it was the truth). In all three 0 / 0 is 0.

    Args:
        truth, predicted, num_classes: as for `confusion_matrix`.
        average: None gives the classes' own values; "macro" their mean over all num_classes, those
            that never occur included; "micro" adds up the hits and both kinds of times over all
            classes before it divides.

    Returns:
        (precision, recall, f1): three NumPy arrays (num_classes,) for None, else three plain floats.

    Raises:
        ValueError: any other `average`.
    """
    # BEGIN SOLUTION
    if average not in (None, "macro", "micro"):
        raise ValueError(f'average is None, "macro" or "micro", not {average!r}')
    matrix = confusion_matrix(truth, predicted, num_classes)
    hits, said, there = np.diag(matrix), matrix.sum(axis=0), matrix.sum(axis=1)
    if average == "micro":
        hits, said, there = hits.sum(), said.sum(), there.sum()
    precision = hits / np.maximum(said, 1)
    recall = hits / np.maximum(there, 1)
    f1 = 2 * hits / np.maximum(said + there, 1)
    if average is None:
        return precision, recall, f1
    return float(precision.mean()), float(recall.mean()), float(f1.mean())
    # END SOLUTION


# %% check precision_recall_f1 points=3
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.precision_recall_f1(precision_recall_f1)
# END HIDDEN TESTS
checks.precision_recall_f1(precision_recall_f1)

# %% exercise spans
def spans(tags):
    """Read the spans out of a sentence's tags, in strict IOB2.

    A span begins at a tag B-X and goes on over the tags I-X of the same label X that follow it without
    a gap. Any other I- belongs to nothing: behind O, behind a span of another label, or at the start.

    Args:
        tags: a list of strings, each "O", "B-X" or "I-X". X is a label: any text, with dashes too.

    Returns:
        A set of (label, start, end): the places of the first word, and of the first one behind the
        last, so that end - start is the number of words.

    >>> spans(["B-PER", "I-PER", "O", "I-LOC"])
    {('PER', 0, 2)}
    """
    # BEGIN SOLUTION
    found, start, label = set(), None, None
    for place, tag in enumerate([*tags, "O"]):
        if start is not None and tag != f"I-{label}":
            found.add((label, start, place))
            start = None
        if tag.startswith("B-"):
            start, label = place, tag[2:]
    return found
    # END SOLUTION


def span_scores(truth, predicted):
    """Precision, recall and F1 of whole spans: right is one with the right label, start and end.

    Tjong Kim Sang and De Meulder 2003, section 3, with strict IOB2.

    Args:
        truth, predicted: two lists of sentences, each sentence a list of tags as `spans` takes them;
            of one length, and so are both versions of each sentence.

    Returns:
        (precision, recall, f1), three plain floats, over the spans of all sentences together; 0 / 0 is
        0 in all three.
    """
    # BEGIN SOLUTION
    pairs = [(spans(true), spans(said)) for true, said in zip(truth, predicted)]
    hits = sum(len(true & said) for true, said in pairs)
    there, found = sum(len(true) for true, _ in pairs), sum(len(said) for _, said in pairs)
    return hits / max(found, 1), hits / max(there, 1), 2 * hits / max(found + there, 1)
    # END SOLUTION


# %% check spans points=3
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.spans(spans, span_scores)
# END HIDDEN TESTS
checks.spans(spans, span_scores)

# %% exercise best_tags
def best_tags(log_probabilities, labels):
    """The most probable tags of a sentence among the sequences that strict IOB2 allows: Viterbi.

    Allowed is a sequence in which every I-X stands directly behind B-X or I-X of the same label X. The
    probability of a sequence is the product of its tags' probabilities.

    Args:
        log_probabilities: (t, len(labels)) an array or a CPU tensor without gradients, t at least 1:
            the log-probability of each tag at each word. -inf is impossible.
        labels: the tags' names, such as ["O", "B-PER", "I-PER"], all different, in any order.

    Returns:
        A list of t strings. At least one allowed sequence is possible; of several that are equally
        probable any may come.

    >>> best_tags(np.log([[0.5, 0.1, 0.4], [0.2, 0.1, 0.7]]), ["O", "B-X", "I-X"])
    ['O', 'O']
    """
    # BEGIN SOLUTION
    rows = np.asarray(log_probabilities, dtype=float)
    closed = [
        [tag.startswith("I-") and before[2:] != tag[2:] for tag in labels] for before in labels
    ]
    step = np.where(closed, -np.inf, 0.0)  # (before, tag)
    best = rows[0] + np.where([tag.startswith("I-") for tag in labels], -np.inf, 0.0)
    choices = []
    for row in rows[1:]:
        paths = best[:, None] + step
        choices.append(paths.argmax(axis=0))
        best = paths.max(axis=0) + row
    path = [best.argmax()]
    for choice in reversed(choices):
        path.append(choice[path[-1]])
    return [labels[number] for number in reversed(path)]
    # END SOLUTION


# %% check best_tags points=3
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.best_tags(best_tags)
# END HIDDEN TESTS
checks.best_tags(best_tags)

# %% exercise sentence_vectors
def mean_pool(states, attention_mask):
    """One vector for each input: the mean of its tokens' states, without padding.

    Args:
        states: (b, t, m) floats, finite at padding too.
        attention_mask: (b, t) integers, 1 for tokens and 0 for padding.

    Returns:
        (b, m). An input without any token gives zeros.
    """
    # BEGIN SOLUTION
    mask = attention_mask.unsqueeze(-1)
    return (states * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
    # END SOLUTION


def cosine_similarity(a, b):
    """The cosine of the angle between each vector of `a` and each of `b`.

    Args:
        a, b: (n, m) and (k, m) floats; vectors are zero or have lengths from 1e-3 to 1e3.

    Returns:
        (n, k), from -1 to 1; 0 wherever one of the two vectors is zero.
    """
    # BEGIN SOLUTION
    return F.normalize(a, dim=-1) @ F.normalize(b, dim=-1).T
    # END SOLUTION


# %% check sentence_vectors points=2
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.sentence_vectors(mean_pool, cosine_similarity)
# END HIDDEN TESTS
checks.sentence_vectors(mean_pool, cosine_similarity)

# %% exercise bootstrap_interval
def bootstrap_interval(correct, level=0.95, draws=1000, generator=None):
    """The percentile bootstrap of an accuracy: between which numbers might it lie?

    Draw as many test items as there are, with replacement, and take the accuracy of this sample; do so
    `draws` times. The interval leaves out an equal share of these accuracies at both ends, so that
    `level` of them lie inside. Efron and Tibshirani 1993, chapter 13.

    Args:
        correct: n booleans, a list or a NumPy array, n at least 1: which test items were answered
            rightly.
        level: between 0 and 1.
        draws: how many samples.
        generator: a numpy.random.Generator, then the only source of chance; None takes a fresh one.

    Returns:
        (low, high), two plain floats from 0 to 1. How a quantile is read off between two neighbouring
        accuracies is free.
    """
    # BEGIN SOLUTION
    correct = np.asarray(correct)
    if generator is None:
        generator = np.random.default_rng()
    picked = generator.integers(len(correct), size=(draws, len(correct)))
    accuracies = correct[picked].mean(axis=1)
    outside = (1 - level) / 2
    low, high = np.quantile(accuracies, [outside, 1 - outside])
    return float(low), float(high)
    # END SOLUTION


# %% check bootstrap_interval points=2
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.bootstrap_interval(bootstrap_interval)
# END HIDDEN TESTS
checks.bootstrap_interval(bootstrap_interval)
