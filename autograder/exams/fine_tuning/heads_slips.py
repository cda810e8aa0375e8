"""Slips in a head, each for both kinds of heads: mixed into a right one, it makes a wrong variant."""

import copy

import torch
from torch import nn
from torch.nn import functional as F


class Softmax:
    def finish(self, logits):
        return torch.softmax(logits, dim=-1)


class LogSoftmax:
    def finish(self, logits):
        return torch.log_softmax(logits, dim=-1)


class Decided:
    def finish(self, logits):
        return logits.argmax(dim=-1)


class ByName:
    def read(self, input_ids, token_type_ids, attention_mask):
        return self.body(input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask)


class MaskIgnored:
    def read(self, input_ids, token_type_ids, attention_mask):
        return self.body(input_ids, token_type_ids, torch.ones_like(attention_mask))


class SegmentsIgnored:
    def read(self, input_ids, token_type_ids, attention_mask):
        return self.body(input_ids, torch.zeros_like(token_type_ids), attention_mask)


class Exchanged:
    def read(self, input_ids, token_type_ids, attention_mask):
        return self.body(input_ids, attention_mask, token_type_ids)


class Frozen:
    def read(self, input_ids, token_type_ids, attention_mask):
        with torch.no_grad():
            return self.body(input_ids, token_type_ids, attention_mask)


class Copied:
    def body_of(self, body):
        return copy.deepcopy(body)


class NoBias:
    def head_of(self, width, num_labels):
        head = nn.Linear(width, num_labels)
        head.bias.requires_grad_(False)
        return head

    def finish(self, logits):
        return logits - self.classifier.bias


class NoDropout:
    def drop(self, x):
        return x


class AlwaysDropping:
    def drop(self, x):
        return F.dropout(x, self.p)


class DropsAfterwards:
    def drop(self, x):
        return x

    def finish(self, logits):
        return F.dropout(logits, self.p, self.training)


class NotGrown:
    def drop(self, x):
        return F.dropout(x, self.p, self.training) * (1 - self.p * self.training)


class AnotherDefault:
    def __init__(self, body, num_labels, dropout=0.5):
        super().__init__(body, num_labels, dropout)


class OneMore:
    """A layer more than the docstring has."""

    def head_of(self, width, num_labels):
        self.dense = nn.Linear(width, width)
        return super().head_of(width, num_labels)

    def drop(self, x):
        return super().drop(torch.tanh(self.dense(x)))
