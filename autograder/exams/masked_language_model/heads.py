"""The right variants of the class BertForPreTraining."""

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exams.masked_language_model.earlier import BertModel
from autograder.exams.masked_language_model.models import BertForPreTraining


@BertForPreTraining.right(function="BertForPreTraining")
class heads_in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, config):
        super().__init__()
        self.bert = self.body_of(config)
        self.transform = nn.Linear(config.hidden_size, config.hidden_size)
        self.transform_norm = self.norm_of(config)
        self.bias = self.bias_of(config)
        self.next_sentence = nn.Linear(config.hidden_size, 2)

    def body_of(self, config):
        return BertModel(config)

    def norm_of(self, config):
        return nn.LayerNorm(config.hidden_size, eps=1e-12)

    def bias_of(self, config):
        return nn.Parameter(torch.zeros(config.vocab_size))

    def read(self, input_ids, token_type_ids, attention_mask):
        return self.bert(input_ids, token_type_ids, attention_mask)

    def activate(self, x):
        return F.gelu(x)

    def hidden(self, states):
        return self.transform_norm(self.activate(self.transform(states)))

    def table(self):
        return self.bert.embeddings.word.weight

    def decode(self, hidden):
        return F.linear(hidden, self.table(), self.bias)

    def follows(self, states, pooled):
        return self.next_sentence(pooled)

    def forward(self, input_ids, token_type_ids, attention_mask):
        states, pooled = self.read(input_ids, token_type_ids, attention_mask)
        return self.decode(self.hidden(states)), self.follows(states, pooled)


@BertForPreTraining.right(function="BertForPreTraining")
class with_a_tied_linear_layer(nn.Module):
    """As in Hugging Face's: a decoder whose weight is the table, and whose bias is the bias."""

    def __init__(self, config):
        super().__init__()
        self.bert = BertModel(config)
        self.transform = nn.Linear(config.hidden_size, config.hidden_size)
        self.transform_norm = nn.LayerNorm(config.hidden_size, eps=1e-12)
        self.decoder = nn.Linear(config.hidden_size, config.vocab_size)
        self.decoder.weight = self.bert.embeddings.word.weight
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.decoder.bias = self.bias
        self.next_sentence = nn.Linear(config.hidden_size, 2)

    def forward(self, input_ids, token_type_ids, attention_mask):
        states, pooled = self.bert(input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask)
        states = self.transform_norm(nn.functional.gelu(self.transform(states), approximate="none"))
        return self.decoder(states), self.next_sentence(pooled)


@BertForPreTraining.right(function="BertForPreTraining")
class by_einsum(nn.Module):
    def __init__(self, config):
        super().__init__()
        m, s = config.hidden_size, config.vocab_size
        self.bert, self.transform, self.next_sentence = BertModel(config), nn.Linear(m, m), nn.Linear(m, 2)
        self.transform_norm = nn.LayerNorm((m,), 1e-12)
        self.register_parameter("bias", nn.Parameter(torch.zeros(s)))

    def forward(self, input_ids, token_type_ids, attention_mask):
        states, pooled = self.bert(input_ids, token_type_ids, attention_mask)
        x = self.transform(states)
        x = self.transform_norm(x * torch.special.ndtr(x))
        logits = torch.einsum("btm,sm->bts", x, self.bert.embeddings.word.weight) + self.bias
        follows = torch.einsum("bm,cm->bc", pooled, self.next_sentence.weight) + self.next_sentence.bias
        return [logits, follows]


@BertForPreTraining.right(function="BertForPreTraining")
class a_sequence_of_layers(nn.Module):
    """The parts stand in a sequence besides; only real tokens are decoded."""

    def __init__(self, config):
        super().__init__()
        self.bert = BertModel(config)
        self.transform = nn.Linear(config.hidden_size, config.hidden_size)
        self.transform_norm = nn.LayerNorm(config.hidden_size, eps=1e-12)
        self.head = nn.Sequential(self.transform, nn.GELU(), self.transform_norm)
        self.bias = nn.Parameter(torch.full((config.vocab_size,), 0.0))
        self.next_sentence = nn.Linear(config.hidden_size, out_features=2)

    def forward(self, input_ids, token_type_ids, attention_mask):
        states, pooled = self.bert(input_ids, token_type_ids, attention_mask)
        logits = self.head(states) @ self.bert.embeddings.word.weight.t() + self.bias
        return logits.masked_fill((attention_mask == 0).unsqueeze(-1), 0.0), self.next_sentence(pooled)


@BertForPreTraining.right(function="BertForPreTraining")
class one_row_after_another(nn.Module):
    """Token after token, with numbers that start small."""

    def __init__(self, config):
        super().__init__()
        self.bert = BertModel(config)
        self.transform = nn.Linear(config.hidden_size, config.hidden_size)
        self.transform_norm = nn.LayerNorm(config.hidden_size, eps=1e-12)
        self.next_sentence = nn.Linear(config.hidden_size, 2)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.apply(self.start)

    def start(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            module.weight.data.normal_(mean=0.0, std=0.02)

    def forward(self, input_ids, token_type_ids, attention_mask):
        states, pooled = self.bert(input_ids, token_type_ids, attention_mask)
        table = self.bert.embeddings.word
        rows = []
        for place in range(states.shape[1]):
            hidden = self.transform_norm(F.gelu(self.transform(states[:, place])))
            rows.append(torch.addmm(self.bias, hidden, table.weight.T))
        return torch.stack(rows, dim=1), self.next_sentence(pooled)
