"""heads, the exercise of two classes SequenceClassifier and TokenClassifier: right variants."""

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exam.exercise import Exercise
from autograder.exams.fine_tuning.earlier import NOTEBOOK
from autograder.exams.fine_tuning.heads_cases import cases

heads = Exercise(NOTEBOOK, "heads", cases, functions=("SequenceClassifier", "TokenClassifier"))


class InSmallSteps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, body, num_labels, dropout=0.1):
        super().__init__()
        self.body = self.body_of(body)
        self.p = dropout
        self.classifier = self.head_of(body.pooler.in_features, num_labels)

    def body_of(self, body):
        return body

    def head_of(self, width, num_labels):
        return nn.Linear(width, num_labels)

    def read(self, input_ids, token_type_ids, attention_mask):
        return self.body(input_ids, token_type_ids, attention_mask)

    def choose(self, states, pooled):
        return pooled

    def drop(self, x):
        return F.dropout(x, self.p, self.training)

    def finish(self, logits):
        return logits

    def forward(self, input_ids, token_type_ids, attention_mask):
        states, pooled = self.read(input_ids, token_type_ids, attention_mask)
        return self.finish(self.classifier(self.drop(self.choose(states, pooled))))


class OfTokens(InSmallSteps):
    """The same for tokens."""

    def choose(self, states, pooled):
        return states


@heads.right(function="SequenceClassifier")
class sequence_in_small_steps(InSmallSteps):
    pass


@heads.right(function="TokenClassifier")
class tokens_in_small_steps(OfTokens):
    pass


class Usual(nn.Module):
    """The usual parts; `inputs` says what goes into the classifier."""

    def __init__(self, body, num_labels, dropout=0.1):
        super().__init__()
        self.drop = nn.Dropout(p=dropout)
        self.classifier = nn.Linear(body.pooler.weight.shape[1], num_labels)
        self.body = body
        nn.init.normal_(self.classifier.weight, std=0.02)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, input_ids, token_type_ids, attention_mask):
        return self.classifier(self.drop(self.inputs(self.body(input_ids, token_type_ids, attention_mask))))


@heads.right(function="SequenceClassifier")
class sequence_with_usual_parts(Usual):
    def inputs(self, output):
        return output[1]


@heads.right(function="TokenClassifier")
class tokens_with_usual_parts(Usual):
    def inputs(self, output):
        return output[0]


@heads.right(function="SequenceClassifier")
class sequence_by_hand(nn.Module):
    """A mask of its own for the dropout, and the product spelled out."""

    def __init__(self, body, num_labels, dropout=0.1):
        super().__init__()
        self.body, self.dropout = body, dropout
        self.classifier = nn.Linear(body.pooler.out_features, num_labels, bias=True)

    def forward(self, input_ids, token_type_ids, attention_mask):
        _, vector = self.body(input_ids, token_type_ids, attention_mask)
        if self.training and self.dropout > 0:
            vector = vector * (torch.rand_like(vector) >= self.dropout) / (1 - self.dropout)
        return vector @ self.classifier.weight.T + self.classifier.bias


@heads.right(function="TokenClassifier")
class tokens_by_hand(nn.Module):
    """Real tokens only go through the head; padding gets zeros."""

    def __init__(self, body, num_labels, dropout=0.1):
        super().__init__()
        self.body = body
        self.classifier = nn.Linear(body.pooler.in_features, num_labels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, input_ids, token_type_ids, attention_mask):
        states = self.body(input_ids, token_type_ids, attention_mask)[0]
        real = attention_mask.bool()
        logits = states.new_zeros(*real.shape, self.classifier.out_features)
        logits[real] = self.classifier(self.dropout(states[real]))
        return logits


@heads.right(function="TokenClassifier")
class tokens_in_one_row(nn.Module):
    """All tokens of the batch in one row, by einsum."""

    def __init__(self, body, num_labels, dropout=0.1):
        super().__init__()
        self.body, self.keep = body, nn.Dropout1d(0.0)
        self.classifier, self.dropout = nn.Linear(body.pooler.in_features, num_labels), nn.Dropout(dropout)

    def forward(self, input_ids, token_type_ids, attention_mask):
        states, _ = self.body(input_ids, token_type_ids, attention_mask)
        flat = self.dropout(states.flatten(0, 1))
        logits = torch.einsum("nm,lm->nl", flat, self.classifier.weight) + self.classifier.bias
        return logits.unflatten(0, states.shape[:2])
