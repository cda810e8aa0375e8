"""The visible checks of notebook 04: right answers pass, junk, stubs and mistakes get a sentence."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from attention_course.checks import CheckError
from attention_course.checks import masked_language_model as checks
from autograder.exam.reference import reference

NOTEBOOK = "04_masked_language_model"
FUNCTIONS = {name: (name,) for name in checks.__all__} | {
    "BertForPreTraining": ("BertModel", "BertForPreTraining"),
    "train_step": ("warmup_linear", "parameter_groups", "train_step"),
    "evaluation": ("perplexity", "masked_accuracy"),
    "load_bert_weights": ("load_bert_weights", "BertForPreTraining"),
}


def check(exercise, **replaced):
    """Run a visible check with the reference answers, some of them replaced."""
    getattr(checks, exercise)(*(replaced.get(name) or reference(NOTEBOOK, name) for name in FUNCTIONS[exercise]))


def right(name):
    return reference(NOTEBOOK, name)


def shortest_first(word, vocabulary, unknown="[UNK]", max_characters=100):
    pieces, start = [], 0
    while start < len(word):
        fits = [e for e in range(start + 1, len(word) + 1) if "##" * (start > 0) + word[start:e] in vocabulary]
        if not fits:
            return [unknown]
        pieces.append("##" * (start > 0) + word[start : fits[0]])
        start = fits[0]
    return pieces


def forward(kind, change):
    """A class of the reference with another forward."""
    return type(kind.__name__, (right(kind.__name__),), {"forward": change})


def plain_mask(self, input_ids, token_type_ids, attention_mask):
    states = self.embeddings(input_ids, token_type_ids)
    for layer in self.layers:
        states = layer(states, src_key_padding_mask=attention_mask.bool())
    return states, torch.tanh(self.pooler(states[:, 0]))


def no_tanh(self, input_ids, token_type_ids, attention_mask):
    states, pooled = right("BertModel").forward(self, input_ids, token_type_ids, attention_mask)
    return states, torch.atanh(pooled)


def without_gelu(self, **inputs):
    states, pooled = self.bert(**inputs)
    hidden = self.transform_norm(self.transform(states))
    return F.linear(hidden, self.bert.embeddings.word.weight, self.bias), self.next_sentence(pooled)


def loading_with_query_and_key_swapped(model, state_dict):
    other = {"attention.self.query": "attention.self.key", "attention.self.key": "attention.self.query"}

    def renamed(name):
        for one, two in other.items():
            if one in name:
                return name.replace(one, two)
        return name

    right("load_bert_weights")(model, {name: state_dict[renamed(name)] for name in state_dict})


def step_without_zeroing(model, batch, optimizer, scheduler, max_norm=1.0):
    loss = model(**batch)["loss"]
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    scheduler.step()
    return {"loss": loss.item()}


def always_clipped(model, batch, optimizer, scheduler, max_norm=1.0):
    optimizer.zero_grad()
    loss = model(**batch)["loss"]
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in model.parameters()]).norm()
    for parameter in model.parameters():
        parameter.grad *= max_norm / norm
    optimizer.step()
    scheduler.step()
    return {"loss": loss.item()}


def ignores_zero(logits, labels):
    kept = labels > 0
    return F.cross_entropy(logits[kept], labels[kept], reduction="sum") / kept.sum().clamp(min=1)


MISTAKES = [
    ("wordpiece", {"wordpiece": shortest_first}, "longest beginning|yours is"),
    ("mask_tokens", {"mask_tokens": lambda ids, *args, **kw: (ids, torch.full_like(ids, -100))}, "15 % of the tokens"),
    ("masked_lm_loss", {"masked_lm_loss": lambda x, y: F.cross_entropy(x.flatten(0, 1), y.flatten())}, "0 / 0"),
    ("masked_lm_loss", {"masked_lm_loss": ignores_zero}, "1.3863"),
    ("BertForPreTraining", {"BertModel": forward(right("BertModel"), plain_mask)}, "the opposite|wrong way round"),
    ("BertForPreTraining", {"BertModel": forward(right("BertModel"), no_tanh)}, "tanh of the state"),
    ("BertForPreTraining", {"BertForPreTraining": forward(right("BertForPreTraining"), without_gelu)}, "gelu"),
    ("load_bert_weights", {"load_bert_weights": loading_with_query_and_key_swapped}, "query, key and value"),
    ("train_step", {"warmup_linear": lambda step, warmup, total: min(1.0, step / max(warmup, 1))}, "warmup_linear"),
    ("train_step", {"parameter_groups": lambda m, d: [{"params": list(m.parameters()), "weight_decay": d}] * 2}, "0.0"),
    ("train_step", {"train_step": step_without_zeroing}, "old gradients"),
    ("train_step", {"train_step": always_clipped}, "norm 0.5"),
    ("evaluation", {"perplexity": lambda losses, counts: float(np.exp(np.mean(losses)))}, "same weight"),
    ("evaluation", {"masked_accuracy": lambda x, y: (x.argmax(-1) == y).float().mean().item()}, "0.75"),
]


@pytest.mark.parametrize(("exercise", "answers", "told"), MISTAKES)
def test_a_mistake_is_named(exercise, answers, told):
    with pytest.raises(CheckError, match=told):
        check(exercise, **answers)


# -- what learners met in November 2026: each cause is named, and no other ---------------------------------------------


def float_mask(self, input_ids, token_type_ids, attention_mask):
    states = self.embeddings(input_ids, token_type_ids)
    for layer in self.layers:
        states = layer(states, src_key_padding_mask=(1 - attention_mask).float())
    return states, torch.tanh(self.pooler(states[:, 0]))


def not_chained(self, input_ids, token_type_ids, attention_mask):
    x = self.embeddings(input_ids, token_type_ids)
    for layer in self.layers:
        states = layer(x, src_key_padding_mask=attention_mask == 0)
    return states, torch.tanh(self.pooler(states[:, 0]))


def labels_of_zero(ids, special, *args, **kwargs):
    seen, labels = right("mask_tokens")(ids, special, *args, **kwargs)
    return seen, labels.clamp(min=0)


def chosen(documents, generator):
    if len(documents) < 2:
        raise ValueError
    pairs = []
    for place, document in enumerate(documents):
        for first, following in pairwise(document):
            is_next = bool(generator.random() < 0.5)
            other = documents[(place + generator.integers(1, len(documents))) % len(documents)]
            drawn = generator.choice(other)
            pairs.append(
                (first, following if is_next else drawn if isinstance(drawn, np.ndarray) else str(drawn), is_next)
            )
    return pairs


def all_sentences(documents, generator):
    if len(documents) < 2:
        raise ValueError
    pairs = []
    for place, document in enumerate(documents):
        pool = [sentence for where, other in enumerate(documents) if where != place for sentence in other]
        for first, following in pairwise(document):
            is_next = bool(generator.random() < 0.5)
            pairs.append((first, following if is_next else pool[generator.integers(len(pool))], is_next))
    return pairs


def stepping(clip):
    def train_step(model, batch, optimizer, scheduler, max_norm=1.0):
        optimizer.zero_grad()
        loss = model(**batch)["loss"]
        loss.backward()
        clip(model, optimizer, max_norm)
        scheduler.step()
        return {"loss": loss.item()}

    return train_step


def late(model, optimizer, max_norm):
    optimizer.step()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)


def one_by_one(model, optimizer, max_norm):
    for parameter in model.parameters():
        nn.utils.clip_grad_norm_([parameter], max_norm)
    optimizer.step()


def looked_up(position=None, dropped=lambda self, x: self.dropout(x)):
    """The forward of BertEmbeddings with one mistake."""

    def forward(self, input_ids, token_type_ids):
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        places = places if position is None else position(places, input_ids)
        total = self.word(input_ids) + self.position(places) + self.segment(token_type_ids)
        return dropped(self, self.norm(total))

    return forward


def frozen(model, state_dict):
    right("load_bert_weights")(model, state_dict)
    model.requires_grad_(False)


def accuracy_without_zero(logits, labels):
    kept = labels > 0
    return (logits.argmax(-1)[kept] == labels[kept]).float().mean().item()


def last_never_drawn(ids, special, size, *args, **kwargs):
    return right("mask_tokens")(ids, special, size - 1, *args, **kwargs)


def backwards(*args):
    rows = right("encode_pair")(*args)
    return {**rows, "input_ids": rows["input_ids"][::-1]}


BY_TOKEN, FROM_ONE, DROPPED = (
    forward(right("BertEmbeddings"), change)
    for change in (
        looked_up(lambda places, ids: ids),
        looked_up(lambda places, ids: places + 1),
        looked_up(dropped=lambda self, x: F.dropout(x, 0.9)),
    )
)
LEARNERS = [
    ("encode_pair", {"encode_pair": backwards}, "In tokens: [CLS] a b [SEP] [UNK] [SEP] [PAD] [PAD]; yours: [PAD]"),
    ("mask_tokens", {"mask_tokens": labels_of_zero}, "no -100 anywhere"),
    ("mask_tokens", {"mask_tokens": last_never_drawn}, "never 49"),
    ("make_sentence_pairs", {"make_sentence_pairs": chosen}, "generator.integers"),
    ("make_sentence_pairs", {"make_sentence_pairs": all_sentences}, "from all of them at once"),
    ("BertEmbeddings", {"BertEmbeddings": BY_TOKEN}, "by the token"),
    ("BertEmbeddings", {"BertEmbeddings": FROM_ONE}, "from 1"),
    ("BertEmbeddings", {"BertEmbeddings": DROPPED}, "exactly 0"),
    ("BertForPreTraining", {"BertModel": forward(right("BertModel"), float_mask)}, "should hold booleans"),
    ("BertForPreTraining", {"BertModel": forward(right("BertModel"), not_chained)}, "what the one before gives"),
    ("BertForPreTraining", {"BertModel": forward(
        right("BertModel"), torch.no_grad()(right("BertModel").forward))}, "torch.no_grad()"),
    ("masked_lm_loss", {"masked_lm_loss": ignores_zero}, "only -100 means none"),
    ("evaluation", {"masked_accuracy": accuracy_without_zero}, "only -100 means none"),
    ("train_step", {"train_step": stepping(late)}, "between backward and `optimizer.step"),
    ("train_step", {"train_step": stepping(lambda model, optimizer, _: optimizer.step())}, "unclipped"),
    ("train_step", {"train_step": stepping(one_by_one)}, "clipped for itself"),
    ("load_bert_weights", {"load_bert_weights": frozen}, "to be trained"),
]  # fmt: skip


@pytest.mark.parametrize(("exercise", "answers", "told"), LEARNERS)
def test_what_learners_did_is_named(exercise, answers, told):
    with pytest.raises(CheckError) as failure:
        check(exercise, **answers)
    assert told in str(failure.value)
