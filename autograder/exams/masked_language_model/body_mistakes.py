"""Wrong variants of the class BertModel."""

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exams.masked_language_model.earlier import BertEmbeddings
from autograder.exams.masked_language_model.models import BertForPreTraining, in_small_steps


def wrong(hint):
    return BertForPreTraining.wrong(hint, function="BertModel")


@wrong("src_key_padding_mask is True where nobody may look. Is attention_mask?")
class mask_the_wrong_way_round(in_small_steps):
    def closed(self, attention_mask):
        return attention_mask == 1


@wrong("tokens attend to padding. What is attention_mask for?")
class mask_ignored(in_small_steps):
    def closed(self, attention_mask):
        return None


@wrong("token 0 counts as padding, and attention_mask as nothing. Which of the arguments says where padding is?")
class token_0_for_padding(in_small_steps):
    def forward(self, input_ids, token_type_ids, attention_mask):
        return super().forward(input_ids, token_type_ids, (input_ids != 0).long())


@wrong("1 is added to the scores of real tokens. Is the mask one of numbers to add, or of yes and no?")
class mask_added_as_it_is(in_small_steps):
    def closed(self, attention_mask):
        return attention_mask.float()


@wrong("a token sees only itself and earlier ones. Does BERT read from one side?")
class looks_back_only(in_small_steps):
    def encode(self, states, attention_mask):
        t = states.shape[1]
        later = torch.ones(t, t, dtype=torch.bool, device=states.device).triu(1)
        for layer in self.layers:
            states = layer(states, src_mask=later, src_key_padding_mask=self.closed(attention_mask))
        return states


@wrong("the norm comes before each part here. What is the difference between pre-LN and post-LN?")
class norm_first(in_small_steps):
    def options_of(self, config):
        return super().options_of(config) | {"norm_first": True}


@wrong("the activation is PyTorch's default, ReLU. Which one does BERT have?")
class relu(in_small_steps):
    def options_of(self, config):
        return super().options_of(config) | {"activation": "relu"}


@wrong("this is the tanh approximation of GELU. Which GELU does the docstring name?")
class approximate_gelu(in_small_steps):
    def options_of(self, config):
        return super().options_of(config) | {"activation": nn.GELU(approximate="tanh")}


@wrong("the layers' norms have PyTorch's eps of 1e-5. Which argument sets it?")
class eps_of_torch(in_small_steps):
    def options_of(self, config):
        return super().options_of(config) | {"layer_norm_eps": 1e-5}


@wrong("inputs of the batch attend to each other: the axes are read as (t, b). Which option says batch first?")
class batch_second(in_small_steps):
    def options_of(self, config):
        return super().options_of(config) | {"batch_first": False}

    def encode(self, states, attention_mask):
        for layer in self.layers:
            states = layer(states)
        return states


@wrong("the layers' dropout is PyTorch's default. Which one does the config ask for?")
class dropout_of_torch(in_small_steps):
    def options_of(self, config):
        return super().options_of(config) | {"dropout": 0.1}


@wrong("the embeddings' dropout is their default. Which one does the config ask for?")
class dropout_of_the_embeddings_left_out(in_small_steps):
    def embeddings_of(self, config):
        return BertEmbeddings(
            config.vocab_size, config.hidden_size, config.max_position_embeddings, config.type_vocab_size
        )


@wrong("there are always two segments. Which field of the config says how many?")
class two_segments(in_small_steps):
    def embeddings_of(self, config):
        sizes = config.vocab_size, config.hidden_size, config.max_position_embeddings
        return BertEmbeddings(*sizes, dropout=config.hidden_dropout_prob)


@wrong("the layers have no biases. What does the docstring say of them?")
class without_biases(in_small_steps):
    def options_of(self, config):
        return super().options_of(config) | {"bias": False}


@wrong("the feed-forward part has PyTorch's default width. Which field of the config is meant for it?")
class default_width(in_small_steps):
    def layer_of(self, config):
        return nn.TransformerEncoderLayer(config.hidden_size, config.num_attention_heads, **self.options_of(config))


@wrong("there is always one head. Which field of the config says how many?")
class one_head(in_small_steps):
    def layer_of(self, config):
        return nn.TransformerEncoderLayer(config.hidden_size, 1, config.intermediate_size, **self.options_of(config))


@wrong("all layers are one and the same. What does `[layer] * n` repeat?")
class one_layer_repeated(in_small_steps):
    def layers_of(self, config):
        return nn.ModuleList([self.layer_of(config)] * config.num_hidden_layers)


@wrong("every layer works on the embeddings. On what should the second layer work?")
class not_chained(in_small_steps):
    def encode(self, states, attention_mask):
        for layer in self.layers:
            output = layer(states, src_key_padding_mask=self.closed(attention_mask))
        return output


@wrong("only the first layer is used. How many are there?")
class first_layer_only(in_small_steps):
    def encode(self, states, attention_mask):
        return self.layers[0](states, src_key_padding_mask=self.closed(attention_mask))


@wrong("what a layer gets is added to what it gives. Does the layer not do that itself?")
class added_twice(in_small_steps):
    def encode(self, states, attention_mask):
        for layer in self.layers:
            states = states + layer(states, src_key_padding_mask=self.closed(attention_mask))
        return states


@wrong("the states are normalised once more at the end. Which models need that, pre-LN or post-LN?")
class normalised_at_the_end(in_small_steps):
    def encode(self, states, attention_mask):
        states = super().encode(states, attention_mask)
        return F.layer_norm(states, states.shape[-1:], eps=1e-12)


@wrong("the layers are in a plain list, which no nn.Module looks into. Which list of modules is named?")
class plain_list(in_small_steps):
    def layers_of(self, config):
        return [self.layer_of(config) for _ in range(config.num_hidden_layers)]


@wrong("the pooler has no tanh. What does the formula say?")
class without_tanh(in_small_steps):
    def pool(self, states):
        return self.pooler(states[:, 0])


@wrong("the pooled vector is tanh of the state, without the pooler. What is the pooler for?")
class without_pooler(in_small_steps):
    def pool(self, states):
        return torch.tanh(states[:, 0])


@wrong("the pooler sees the mean of all tokens. Which token opens the input?")
class mean_pooled(in_small_steps):
    def pool(self, states):
        return torch.tanh(self.pooler(states.mean(dim=1)))


@wrong("the pooler sees the last token. Which one does the docstring name?")
class last_token_pooled(in_small_steps):
    def pool(self, states):
        return torch.tanh(self.pooler(states[:, -1]))


@wrong("every token is pooled. Which shape does the docstring give for `pooled`?")
class every_token_pooled(in_small_steps):
    def pool(self, states):
        return torch.tanh(self.pooler(states))


@wrong("tokens of the first input are pooled, not the first tokens of all inputs. Which axis is b, and which is t?")
class first_input_pooled(in_small_steps):
    def pool(self, states):
        return torch.tanh(self.pooler(states[0]))


@wrong("the pooler sees the embeddings. Which states should it see?")
class embeddings_pooled(in_small_steps):
    def forward(self, input_ids, token_type_ids, attention_mask):
        start = self.embed(input_ids, token_type_ids)
        return self.encode(start, attention_mask), self.pool(start)


@wrong("all tokens count as one segment. What becomes of token_type_ids?")
class segments_ignored(in_small_steps):
    def embed(self, input_ids, token_type_ids):
        return self.embeddings(input_ids, torch.zeros_like(token_type_ids))


@wrong("attention_mask goes to the embeddings as segments. Which argument comes second?")
class mask_as_segments(in_small_steps):
    def forward(self, input_ids, attention_mask, token_type_ids):
        return super().forward(input_ids, token_type_ids, attention_mask)


@wrong("only the states come back. What are the two results?")
class states_alone(in_small_steps):
    def forward(self, input_ids, token_type_ids, attention_mask):
        return super().forward(input_ids, token_type_ids, attention_mask)[0]


@wrong("the pooled vector comes first. In which order does the docstring return the two?")
class results_in_the_other_order(in_small_steps):
    def forward(self, input_ids, token_type_ids, attention_mask):
        return super().forward(input_ids, token_type_ids, attention_mask)[::-1]
