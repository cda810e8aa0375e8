"""Wrong variants of EncoderBlock whose slip lies in how it copies weights."""

import torch

from autograder.exams.batched_attention.encoder_block import in_small_steps
from autograder.exams.batched_attention.encoder_block_mistakes import EncoderBlock


@EncoderBlock.wrong("the eps of the norms is not carried over. What is no part of a state dict?")
class eps_not_copied(in_small_steps):
    def copy_norms(self, layer):
        self.norm1.load_state_dict(layer.norm1.state_dict())
        self.norm2.load_state_dict(layer.norm2.state_dict())


@EncoderBlock.wrong("both norms get the eps of the first. How many norms has the layer?")
class one_eps_for_both(in_small_steps):
    def copy_norms(self, layer):
        super().copy_norms(layer)
        self.norm2.eps = layer.norm1.eps


@EncoderBlock.wrong("the weights and biases of the norms are not copied. What do norm1 and norm2 hold?")
class norms_not_copied(in_small_steps):
    def copy_norms(self, layer):
        self.norm1.eps, self.norm2.eps = layer.norm1.eps, layer.norm2.eps


@EncoderBlock.wrong("the biases of the linear layers are not copied. What does a Linear hold beside its weight?")
class biases_of_linears_not_copied(in_small_steps):
    def copy_linears(self, layer):
        with torch.no_grad():
            for mine, theirs in ((self.linear1, layer.linear1), (self.linear2, layer.linear2)):
                mine.weight.copy_(theirs.weight)
                mine.bias.zero_()


@EncoderBlock.wrong("a layer with norm_first=True is copied without a word. What does the docstring want then?")
class norm_first_not_refused(in_small_steps):
    def refuse(self, layer):
        pass


@EncoderBlock.wrong("linear layers are the other layer's own now. What copies the numbers of a Linear?")
class linears_shared(in_small_steps):
    def copy_linears(self, layer):
        self.linear1.weight.data, self.linear1.bias.data = (
            p.detach().to(self.linear1.weight.dtype) for p in (layer.linear1.weight, layer.linear1.bias)
        )
        self.linear2.weight.data, self.linear2.bias.data = (
            p.detach().to(self.linear2.weight.dtype) for p in (layer.linear2.weight, layer.linear2.bias)
        )


@EncoderBlock.wrong("norms share their numbers with the other layer's. What copies the numbers of a norm?")
class norms_shared(in_small_steps):
    def copy_norms(self, layer):
        super().copy_norms(layer)
        for mine, theirs in ((self.norm1, layer.norm1), (self.norm2, layer.norm2)):
            mine.weight.data = theirs.weight.data.to(mine.weight.dtype)
            mine.bias.data = theirs.bias.data.to(mine.bias.dtype)


@EncoderBlock.wrong("the parts are replaced by the other layer's own. What copies numbers, and keeps your dtype?")
class parts_replaced(in_small_steps):
    def copy_linears(self, layer):
        self.linear1, self.linear2 = layer.linear1, layer.linear2

    def copy_norms(self, layer):
        self.norm1, self.norm2 = layer.norm1, layer.norm2


@EncoderBlock.wrong("after copying nothing can be trained. Which flag of a parameter was turned off?")
class frozen_after_loading(in_small_steps):
    def load_from_torch(self, layer):
        super().load_from_torch(layer)
        self.requires_grad_(False)
