"""Wrong variants of DecoderModel."""

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exams.generation import loading_mistakes  # noqa: F401  registers its variants
from autograder.exams.generation.decoder_model import DecoderModel, InSmallSteps, Layer


def model(hint):
    return DecoderModel.wrong(hint, function="DecoderModel")


@model("the norms stand behind: x is added first and then normalised. Where do they stand in this model?")
class post_norm(InSmallSteps):
    class layer(Layer):
        def forward(self, x, cache=None):
            x = self.norm1(x + self.attention(x, cache))
            return self.norm2(x + self.feed(x))


@model("what is added is the normalised x. What stands beside attention(norm(x)) in the formula?")
class normalised_x_added(InSmallSteps):
    class layer(Layer):
        def forward(self, x, cache=None):
            x = self.norm1(x)
            x = x + self.attention(x, cache)
            x = self.norm2(x)
            return x + self.feed(x)


@model("the norm before attention is missing. How many norms has a layer?")
class no_first_norm(InSmallSteps):
    class layer(Layer):
        def forward(self, x, cache=None):
            x = x + self.attention(x, cache)
            return x + self.feed(self.norm2(x))


@model("the norm before SwiGLU is missing. How many norms has a layer?")
class no_second_norm(InSmallSteps):
    class layer(Layer):
        def forward(self, x, cache=None):
            x = x + self.attention(self.norm1(x), cache)
            return x + self.feed(x)


@model("x is not added to what attention gives. What stands beside it in the formula?")
class no_first_sum(InSmallSteps):
    class layer(Layer):
        def forward(self, x, cache=None):
            x = self.attention(self.norm1(x), cache)
            return x + self.feed(self.norm2(x))


@model("nothing is added to what SwiGLU gives. What stands beside it in the formula?")
class no_second_sum(InSmallSteps):
    class layer(Layer):
        def forward(self, x, cache=None):
            x = x + self.attention(self.norm1(x), cache)
            return self.feed(self.norm2(x))


@model("attention and SwiGLU work side by side on the same x. Which of them gets the other's result?")
class side_by_side(InSmallSteps):
    class layer(Layer):
        def forward(self, x, cache=None):
            return x + self.attention(self.norm1(x), cache) + self.feed(self.norm2(x))


@model("the activation is GELU. Which one does the docstring name?")
class gelu(InSmallSteps):
    class layer(Layer):
        def activate(self, x):
            return F.gelu(x)


@model("the activation is ReLU. Which one does the docstring name?")
class relu(InSmallSteps):
    class layer(Layer):
        def activate(self, x):
            return F.relu(x)


@model("there is no activation. Which of the two, gate or up, goes through silu?")
class no_activation(InSmallSteps):
    class layer(Layer):
        def activate(self, x):
            return x


@model("up has no effect. What is the gate multiplied with?")
class without_up(InSmallSteps):
    class layer(Layer):
        def feed(self, x):
            return self.down(self.activate(self.gate(x)) + 0 * self.up(x))


@model("the norms keep their default eps. Which field of the config has it?")
class eps_left_behind(InSmallSteps):
    class layer(Layer):
        def __init__(self, config):
            super().__init__(config)
            for norm in (self.norm1, self.norm2):
                norm.eps = 1e-6


@model("the linear layers of SwiGLU have a bias. What does the docstring say about it?")
class with_biases(InSmallSteps):
    class layer(Layer):
        def __init__(self, config):
            super().__init__(config)
            width, hidden = config.hidden_size, config.intermediate_size
            self.gate, self.up, self.down = nn.Linear(width, hidden), nn.Linear(width, hidden), nn.Linear(hidden, width)


@model("what is in the caches has no effect: each piece of a text is read as if it were the first. Who passes them on?")
class cache_not_passed_on(InSmallSteps):
    class layer(Layer):
        def forward(self, x, cache=None):
            return super().forward(x)


@model("the last norm is missing. What stands before the logits?")
class no_last_norm(InSmallSteps):
    def say(self, x):
        return self.output(x) + 0 * self.norm(x).sum()


@model("the last norm keeps its default eps. Which field of the config has it?")
class last_eps_left_behind(InSmallSteps):
    def __init__(self, config):
        super().__init__(config)
        self.norm.eps = 1e-6


@model("the words are never tied. What does tie_word_embeddings say?")
class never_tied(InSmallSteps):
    def tie(self):
        pass


@model("the words are always tied. What does tie_word_embeddings say?")
class always_tied(InSmallSteps):
    def tie(self):
        self.output.weight = self.embedding.weight


@model("the tied matrix is a copy: two parameters that learn apart. What makes them one?")
class tied_by_a_copy(InSmallSteps):
    def tie(self):
        self.output.weight.data.copy_(self.embedding.weight)


@model("the logits have a bias. What does the docstring say about it?")
class logits_with_bias(InSmallSteps):
    def __init__(self, config):
        super().__init__(config)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def say(self, x):
        return super().say(x) + self.bias


@model("the word vectors are multiplied by the root of the width, as in the first Transformer. Does this model do so?")
class scaled_embeddings(InSmallSteps):
    def embed(self, input_ids):
        return super().embed(input_ids) * self.config.hidden_size**0.5


@model("positions are added to the word vectors. Where do they come in here?")
class positions_added(InSmallSteps):
    def embed(self, input_ids):
        t, m = input_ids.shape[1], self.config.hidden_size
        angles = torch.arange(t)[:, None] / 10000 ** (torch.arange(0, m, 2) / m)
        return super().embed(input_ids) + torch.stack([angles.sin(), angles.cos()], -1).flatten(1).to(input_ids.device)


@model("these are probabilities. What are logits?")
class probabilities(InSmallSteps):
    def say(self, x):
        return super().say(x).softmax(dim=-1)


@model("only the last token gets logits. For how many does the docstring ask?")
class last_token_alone(InSmallSteps):
    def say(self, x):
        return super().say(x[:, -1])


@model("all layers are one: their numbers are shared. How many layers are made?")
class one_layer_for_all(InSmallSteps):
    def __init__(self, config):
        super().__init__(config)
        self.layers = nn.ModuleList([self.layers[0]] * config.num_hidden_layers)


@model("only the first layer is run. How many are there?")
class first_layer_alone(InSmallSteps):
    def through(self, x, caches):
        return self.layers[0](x, None if caches is None else caches[0])


@model("all layers share one cache. How many caches come, and for which layers?")
class one_cache_for_all(InSmallSteps):
    def through(self, x, caches):
        return super().through(x, None if caches is None else [caches[0]] * len(self.layers))


@model("only the first layer gets its cache. Which cache belongs to which layer?")
class first_cache_alone(InSmallSteps):
    def through(self, x, caches):
        for number, layer in enumerate(self.layers):
            x = layer(x, caches[0] if caches is not None and number == 0 else None)
        return x


@model("the config is not kept. Under which name should it be?")
class config_not_kept(InSmallSteps):
    def __init__(self, config):
        super().__init__(config)
        self.config = type("Config", (), {"tie_word_embeddings": config.tie_word_embeddings})()
