"""BertForPreTraining, the exercise of two classes BertModel and BertForPreTraining: the right variants of BertModel."""

from functools import reduce

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exam.exercise import Exercise
from autograder.exams.masked_language_model import body_cases, heads_cases
from autograder.exams.masked_language_model.earlier import NOTEBOOK, BertEmbeddings


def cases(rng):
    yield from body_cases.cases(rng)
    yield from heads_cases.cases(rng)


BertForPreTraining = Exercise(NOTEBOOK, "BertForPreTraining", cases, functions=("BertModel", "BertForPreTraining"))


def embeddings(config):
    return BertEmbeddings(
        config.vocab_size,
        config.hidden_size,
        config.max_position_embeddings,
        config.type_vocab_size,
        config.hidden_dropout_prob,
    )


@BertForPreTraining.right(function="BertModel")
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embeddings = self.embeddings_of(config)
        self.layers = self.layers_of(config)
        self.pooler = nn.Linear(config.hidden_size, config.hidden_size)

    def embeddings_of(self, config):
        return embeddings(config)

    def layers_of(self, config):
        return nn.ModuleList(self.layer_of(config) for _ in range(config.num_hidden_layers))

    def layer_of(self, config):
        sizes = config.hidden_size, config.num_attention_heads, config.intermediate_size
        return nn.TransformerEncoderLayer(*sizes, **self.options_of(config))

    def options_of(self, config):
        return {
            "dropout": config.hidden_dropout_prob,
            "activation": "gelu",
            "layer_norm_eps": 1e-12,
            "batch_first": True,
        }

    def embed(self, input_ids, token_type_ids):
        return self.embeddings(input_ids, token_type_ids)

    def closed(self, attention_mask):
        return attention_mask == 0

    def encode(self, states, attention_mask):
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=self.closed(attention_mask))
        return states

    def pool(self, states):
        return torch.tanh(self.pooler(states[:, 0]))

    def forward(self, input_ids, token_type_ids, attention_mask):
        states = self.encode(self.embed(input_ids, token_type_ids), attention_mask)
        return states, self.pool(states)


@BertForPreTraining.right(function="BertModel")
class mask_to_be_added(nn.Module):
    """A mask of 0 and -inf for each head, in place of the padding mask."""

    def __init__(self, config):
        super().__init__()
        self.heads = config.num_attention_heads
        self.embeddings = embeddings(config)
        self.layers = nn.ModuleList()
        for _ in range(config.num_hidden_layers):
            layer = nn.TransformerEncoderLayer(
                d_model=config.hidden_size,
                nhead=config.num_attention_heads,
                dim_feedforward=config.intermediate_size,
                dropout=config.hidden_dropout_prob,
                activation=F.gelu,
                layer_norm_eps=1e-12,
                batch_first=True,
            )
            self.layers.append(layer)
        self.pooler = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, input_ids, token_type_ids, attention_mask):
        x = self.embeddings(input_ids, token_type_ids)
        t = input_ids.shape[1]
        added = torch.zeros(attention_mask.shape, device=x.device).masked_fill(attention_mask == 0, -torch.inf)
        added = added[:, None, None, :].expand(-1, self.heads, t, -1).flatten(0, 1)
        for layer in self.layers:
            x = layer(x, src_mask=added)
        return [x, self.pooler(x[:, 0, :]).tanh()]


@BertForPreTraining.right(function="BertModel")
class layers_of_an_encoder(nn.Module):
    """The layers belong to an nn.TransformerEncoder too, which packs padded inputs; the GELU is a module."""

    def __init__(self, config):
        super().__init__()
        self.embeddings = embeddings(config)
        one = nn.TransformerEncoderLayer(
            config.hidden_size,
            config.num_attention_heads,
            config.intermediate_size,
            config.hidden_dropout_prob,
            nn.GELU(),
            1e-12,
            True,
        )
        self.encoder = nn.TransformerEncoder(one, config.num_hidden_layers)
        self.layers = self.encoder.layers
        self.pooler = nn.Linear(config.hidden_size, config.hidden_size)
        self.squash = nn.Tanh()

    def forward(self, input_ids, token_type_ids, attention_mask):
        padding = ~attention_mask.bool()
        states = self.encoder(self.embeddings(input_ids, token_type_ids), src_key_padding_mask=padding)
        return states, self.squash(self.pooler(states.select(1, 0)))


@BertForPreTraining.right(function="BertModel")
class folded(nn.Module):
    """Numbers that start small, padding that becomes zeros, all layers in one line."""

    def __init__(self, config):
        super().__init__()
        self.embeddings = embeddings(config)
        make = nn.TransformerEncoderLayer
        sizes = [config.hidden_size, config.num_attention_heads, config.intermediate_size, config.hidden_dropout_prob]
        options = {"activation": lambda x: 0.5 * x * (1 + torch.erf(x / 2**0.5)), "layer_norm_eps": 1e-12}
        self.layers = nn.ModuleList(
            [make(*sizes, **options, batch_first=True) for _ in range(config.num_hidden_layers)]
        )
        self.pooler = nn.Linear(config.hidden_size, config.hidden_size)
        self.apply(self.start)

    def start(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)

    def forward(self, input_ids, token_type_ids, attention_mask):
        start = self.embeddings(input_ids, token_type_ids)
        padding = torch.logical_not(attention_mask)
        states = reduce(lambda x, layer: layer(x, src_key_padding_mask=padding), self.layers, start)
        pooled = torch.tanh(F.linear(states[:, 0], self.pooler.weight, self.pooler.bias))
        return states * attention_mask.unsqueeze(-1), pooled


@BertForPreTraining.right(function="BertModel")
class step_by_step(nn.Module):
    """Attention and norms spelled out, on the layers' own parts."""

    def __init__(self, config):
        super().__init__()
        self.embeddings = embeddings(config)
        options = {"dropout": config.hidden_dropout_prob, "activation": "gelu", "batch_first": True}
        sizes = config.hidden_size, config.num_attention_heads, config.intermediate_size
        layers = [nn.TransformerEncoderLayer(*sizes, layer_norm_eps=1e-12, **options) for _ in self.places(config)]
        self.layers = nn.ModuleList(layers)
        self.pooler = nn.Linear(config.hidden_size, config.hidden_size)

    @staticmethod
    def places(config):
        return range(config.num_hidden_layers)

    def attend(self, layer, x, open_keys):
        attention = layer.self_attn
        qkv = F.linear(x, attention.in_proj_weight, attention.in_proj_bias).chunk(3, dim=-1)
        query, key, value = (part.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2) for part in qkv)
        dropout = attention.dropout if self.training else 0.0
        output = F.scaled_dot_product_attention(query, key, value, open_keys, dropout)
        return attention.out_proj(output.transpose(1, 2).reshape(x.shape))

    def forward(self, input_ids, token_type_ids, attention_mask):
        x = self.embeddings(input_ids, token_type_ids)
        open_keys = (attention_mask == 1)[:, None, None, :]
        for layer in self.layers:
            x = layer.norm1(x + layer.dropout1(self.attend(layer, x, open_keys)))
            x = layer.norm2(x + layer.dropout2(layer.linear2(layer.dropout(F.gelu(layer.linear1(x))))))
        return x, self.pooler(x[:, 0]).tanh()
