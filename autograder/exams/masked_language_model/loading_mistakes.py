"""Wrong variants of load_bert_weights."""

from contextlib import suppress

import torch
from torch import nn

from autograder.exams.masked_language_model.loading import IN_A_LAYER, OUTSIDE, Loader, load_bert_weights


def wrong(hint):
    """Register a loader with a slip as the function it makes."""

    def register(kind):
        def answer(model, state_dict):
            kind(model, state_dict).load()

        answer.__name__ = kind.__name__
        load_bert_weights.wrong(hint)(answer)
        return kind

    return register


@wrong("query and key have changed places. In which order does PyTorch stack the three?")
class query_and_key_exchanged(Loader):
    parts = "key", "query", "value"


@wrong("key and value have changed places. In which order does PyTorch stack the three?")
class key_and_value_exchanged(Loader):
    parts = "query", "value", "key"


@wrong("the three are stacked in the other order. In which order does PyTorch stack them?")
class three_the_other_way(Loader):
    parts = "value", "key", "query"


@wrong("the biases of query, key and value stay as they were. What is there besides in_proj_weight?")
class attention_biases_left(Loader):
    def attention(self, layer, name):
        before = layer.self_attn.in_proj_bias.detach().clone()
        super().attention(layer, name)
        self.put(layer.self_attn.in_proj_bias, before)


@wrong("the three matrices stand side by side before they are turned. Along which axis are they stacked?")
class attention_turned(Loader):
    def attention(self, layer, name):
        super().attention(layer, name)
        weights = [self.entry(f"{name}.attention.self.{part}.weight").T for part in self.parts]
        self.put(layer.self_attn.in_proj_weight, torch.cat(weights))


@wrong("the two norms of a layer have changed places. Which one follows attention?")
class norms_exchanged(Loader):
    in_a_layer = IN_A_LAYER | {"norm1": IN_A_LAYER["norm2"], "norm2": IN_A_LAYER["norm1"]}


@wrong("both norms of a layer get the numbers of the first. Where are those of the second?")
class first_norm_for_both(Loader):
    in_a_layer = IN_A_LAYER | {"norm2": IN_A_LAYER["norm1"]}


def without(*names):
    """The places of a layer, some left out."""
    return {mine: theirs for mine, theirs in IN_A_LAYER.items() if mine not in names}


@wrong("the norms of the layers stay as they were. Which four entries of a layer belong to them?")
class norms_left(Loader):
    in_a_layer = without("norm1", "norm2")


@wrong("out_proj stays as it was. Under which name does the linear layer after the heads stand?")
class output_of_attention_left(Loader):
    in_a_layer = without("self_attn.out_proj")


@wrong("the feed-forward part stays as it was. Which of your two layers is `intermediate`?")
class feed_forward_left(Loader):
    in_a_layer = without("linear1", "linear2")


@wrong("only the first layer is filled. Where are the numbers of the others?")
class first_layer_only(Loader):
    def layer(self, layer, name):
        if layer is self.model.bert.layers[0]:
            super().layer(layer, name)


@wrong("every layer gets the numbers of layer 0. Which part of the name counts the layers?")
class layer_zero_for_all(Loader):
    def index(self, index):
        return 0


@wrong("the layers are filled from the last to the first. Which one sees the embeddings?")
class layers_the_other_way(Loader):
    def index(self, index):
        return len(self.model.bert.layers) - 1 - index


@wrong("layers with two digits get the numbers of another one. Is the index one character long?")
class one_digit(Loader):
    def index(self, index):
        return str(index)[0]


def outside_without(name):
    """The places outside of the layers, one left out."""
    return {mine: theirs for mine, theirs in OUTSIDE.items() if mine != name}


@wrong("the segments' table stays as it was. Under which name does it stand?")
class segments_left(Loader):
    outside = outside_without("bert.embeddings.segment")


@wrong("the positions' table stays as it was. Under which name does it stand?")
class positions_left(Loader):
    outside = outside_without("bert.embeddings.position")


@wrong("the words' table stays as it was. Under which name does it stand?")
class words_left(Loader):
    outside = outside_without("bert.embeddings.word")


@wrong("the norm of the embeddings stays as it was. Under which name does it stand?")
class norm_of_the_embeddings_left(Loader):
    outside = outside_without("bert.embeddings.norm")


@wrong("the pooler stays as it was. Under which name does it stand?")
class pooler_left(Loader):
    outside = outside_without("bert.pooler")


@wrong("transform stays as it was. Under which name does it stand?")
class transform_left(Loader):
    outside = outside_without("transform")


@wrong("transform_norm stays as it was. Under which name does it stand?")
class transform_norm_left(Loader):
    outside = outside_without("transform_norm")


@wrong("next_sentence stays as it was. Under which name does it stand?")
class next_sentence_left(Loader):
    outside = outside_without("next_sentence")


@wrong("the two rows of next_sentence have changed places. Which convention has your model?")
class rows_of_next_sentence_exchanged(Loader):
    def load(self):
        super().load()
        for parameter in self.model.next_sentence.parameters():
            self.put(parameter, parameter.detach().flip(0))


@wrong("the pooler gets the numbers of transform. Which of the two is inside of `bert`?")
class transform_for_the_pooler(Loader):
    outside = OUTSIDE | {"bert.pooler": OUTSIDE["transform"]}


@wrong("the bias of the decoder stays as it was. Under which name does it stand?")
class bias_left(Loader):
    def bias(self):
        self.entry("cls.predictions.bias")


@wrong("square matrices are turned round on the way. Does PyTorch not store all linear layers in one way?")
class square_ones_turned(Loader):
    def fill(self, module, name):
        super().fill(module, name)
        if isinstance(module, nn.Linear) and module.in_features == module.out_features:
            self.put(module.weight, self.entry(f"{name}.weight").T)


@wrong("only weights are filled, no biases. What else does a linear layer have?")
class weights_only(Loader):
    def fill(self, module, name):
        kept = None if getattr(module, "bias", None) is None else module.bias.detach().clone()
        super().fill(module, name)
        if kept is not None:
            self.put(module.bias, kept)


@wrong("the numbers go through half precision on the way. Which dtype have your parameters?")
class through_half_precision(Loader):
    def entry(self, name):
        return super().entry(name).half()


@wrong("the model shares its numbers with the state dict. What copies them?")
class shared(Loader):
    def put(self, parameter, tensor):
        parameter.data = tensor


@wrong("the parameters are replaced by new ones: an optimizer made before does not know them. What copies in place?")
class parameters_replaced(Loader):
    def fill(self, module, name):
        for kind in [kind for kind, _ in module.named_parameters()]:
            setattr(module, kind, nn.Parameter(self.entry(f"{name}.{kind}").clone()))


@wrong("after loading nothing can be trained. Which flag of a parameter was turned off?")
class frozen_after_loading(Loader):
    def load(self):
        super().load()
        self.model.requires_grad_(False)


@wrong("a missing entry is passed over without a word. What does looking up with [...] do that .get does not?")
class missing_entries_passed_over(Loader):
    def fill(self, module, name):
        with suppress(KeyError):
            super().fill(module, name)

    def attention(self, layer, name):
        with suppress(KeyError):
            super().attention(layer, name)

    def bias(self):
        with suppress(KeyError):
            super().bias()


@wrong("a missing entry raises something else than KeyError. Which error does looking up with [...] raise?")
class another_error(Loader):
    def entry(self, name):
        if name not in self.entries:
            raise RuntimeError(f"missing: {name}")
        return self.entries[name]


@wrong("entries are taken out of the state dict, which belongs to somebody else. How is one read without a pop?")
class state_dict_emptied(Loader):
    def entry(self, name):
        return self.entries.pop(name)


@wrong("the tied decoder's entries are asked for. What does the docstring say of them?")
class decoder_asked_for(Loader):
    def bias(self):
        self.put(self.model.bias, self.entry("cls.predictions.decoder.bias"))


@wrong("entries that nobody needs are refused. What does the docstring say of them?")
class others_refused(Loader):
    def load(self):
        super().load()
        layers = range(len(self.model.bert.layers))
        known = (*OUTSIDE.values(), *(f"bert.encoder.layer.{index}." for index in layers), "cls.predictions")
        unknown = [name for name in self.entries if not name.startswith(known)]
        if unknown:
            raise RuntimeError(f"unexpected: {unknown}")
