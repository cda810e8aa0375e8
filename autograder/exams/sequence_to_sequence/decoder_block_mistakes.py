"""Wrong variants of DecoderBlock."""

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exams.sequence_to_sequence.decoder_block import DecoderBlock, in_small_steps
from autograder.exams.sequence_to_sequence.earlier import MultiHeadAttention


@DecoderBlock.wrong("it normalises before each part. Where do the formulas have the norm, and what is post-norm?")
class norm_first(in_small_steps):
    def first(self, x, mask):
        return x + self.drop(self.own(self.norm1(x), mask=mask))

    def second(self, y, memory, mask):
        return y + self.drop(self.source(self.norm2(y), memory, mask=mask))

    def third(self, z):
        return z + self.drop(self.feed(self.norm3(z)))


@DecoderBlock.wrong("the source is looked at before the own words. Which of the two comes first?")
class source_first(in_small_steps):
    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x + self.drop(self.source(x, memory, mask=memory_mask)))
        z = self.norm2(y + self.drop(self.own(y, mask=self_mask)))
        return self.third(z)


@DecoderBlock.wrong("self_mask has no effect: a word sees the future when it must not. Where does it go in?")
class no_self_mask(in_small_steps):
    def first(self, x, mask):
        return super().first(x, None)


@DecoderBlock.wrong("memory_mask has no effect: the source's padding is looked at. Where does it go in?")
class no_memory_mask(in_small_steps):
    def second(self, y, memory, mask):
        return super().second(y, memory, None)


@DecoderBlock.wrong("both masks have no effect. What does True in a mask allow?")
class no_masks(in_small_steps):
    def forward(self, x, memory, self_mask=None, memory_mask=None):
        return super().forward(x, memory)


@DecoderBlock.wrong("both masks are read upside down. What does True mean in this course?")
class masks_upside_down(in_small_steps):
    def forward(self, x, memory, self_mask=None, memory_mask=None):
        return super().forward(x, memory, *(None if mask is None else ~mask for mask in (self_mask, memory_mask)))


@DecoderBlock.wrong("the future is hidden without being asked to. What does self_mask=None hide?")
class always_causal(in_small_steps):
    def first(self, x, mask):
        t = x.shape[1]
        return super().first(x, torch.ones(t, t, dtype=torch.bool).tril() if mask is None else mask)


@DecoderBlock.wrong(
    "self_mask is used on the source as well, where there is no other mask. Does the source have a future?"
)
class causal_source(in_small_steps):
    def forward(self, x, memory, self_mask=None, memory_mask=None):
        square = memory.shape[1] == x.shape[1]
        return super().forward(x, memory, self_mask, self_mask if memory_mask is None and square else memory_mask)


@DecoderBlock.wrong("the second attention looks at the own words again. What is memory for?")
class memory_left_out(in_small_steps):
    def second(self, y, memory, mask):
        return self.norm2(y + self.drop(self.source(y)))


@DecoderBlock.wrong("the source is asked with x. Is it x or y, the result of the first norm?")
class source_asked_with_x(in_small_steps):
    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.first(x, self_mask)
        return self.third(self.norm2(y + self.drop(self.source(x, memory, mask=memory_mask))))


@DecoderBlock.wrong("the feed-forward part gets y. Is it y or z, the result of the second norm?")
class feed_forward_of_y(in_small_steps):
    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.first(x, self_mask)
        return self.norm3(self.second(y, memory, memory_mask) + self.drop(self.feed(y)))


@DecoderBlock.wrong("x is not added to what the first attention gives. What stands beside it in the first formula?")
class no_first_sum(in_small_steps):
    def first(self, x, mask):
        return self.norm1(self.drop(self.own(x, mask=mask)))


@DecoderBlock.wrong("y is not added to what the second attention gives. What stands beside it in the second formula?")
class no_second_sum(in_small_steps):
    def second(self, y, memory, mask):
        return self.norm2(self.drop(self.source(y, memory, mask=mask)))


@DecoderBlock.wrong("z is not added to what the feed-forward part gives. What stands beside it in the third formula?")
class no_third_sum(in_small_steps):
    def third(self, z):
        return self.norm3(self.drop(self.feed(z)))


@DecoderBlock.wrong("the first norm is missing. How many are there?")
class no_first_norm(in_small_steps):
    def first(self, x, mask):
        return x + self.drop(self.own(x, mask=mask))


@DecoderBlock.wrong("the second norm is missing. How many are there?")
class no_second_norm(in_small_steps):
    def second(self, y, memory, mask):
        return y + self.drop(self.source(y, memory, mask=mask))


@DecoderBlock.wrong("the last norm is missing. How many are there?")
class no_third_norm(in_small_steps):
    def third(self, z):
        return z + self.drop(self.feed(z))


@DecoderBlock.wrong("the norms of the two attentions have changed places. Which of them follows which?")
class norms_exchanged(in_small_steps):
    def load_from_torch(self, layer):
        super().load_from_torch(layer)
        self.norm1, self.norm2 = self.norm2, self.norm1


@DecoderBlock.wrong(
    "the two attentions have changed places in the copy. Which of them does PyTorch call multihead_attn?"
)
class attentions_exchanged(in_small_steps):
    def copy_attentions(self, layer):
        self.own.load_from_torch(layer.multihead_attn)
        self.source.load_from_torch(layer.self_attn)


@DecoderBlock.wrong("one attention serves both places. What has each of the two for itself?")
class one_attention_for_both(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden, dropout)
        self.source = self.own


@DecoderBlock.wrong("the activation is a ReLU. Which one does the docstring name?")
class relu(in_small_steps):
    def activate(self, x):
        return F.relu(x)


@DecoderBlock.wrong("this is the tanh approximation of GELU. What does F.gelu do as it comes?")
class gelu_by_tanh(in_small_steps):
    def activate(self, x):
        return F.gelu(x, approximate="tanh")


@DecoderBlock.wrong("there is nothing between the two linear layers. Where is GELU?")
class no_activation(in_small_steps):
    def activate(self, x):
        return x


@DecoderBlock.wrong("the feed-forward part is missing. What is the third of the three parts?")
class no_feed_forward(in_small_steps):
    def third(self, z):
        return self.norm3(z + 0 * self.feed(z))


@DecoderBlock.wrong("the eps of the norms is not carried over. Where does a LayerNorm keep it?")
class eps_left_behind(in_small_steps):
    def copy_norm(self, mine, theirs):
        mine.load_state_dict(theirs.state_dict())


@DecoderBlock.wrong("all three norms get the eps of the first. Has each its own?")
class one_eps_for_all(in_small_steps):
    def load_from_torch(self, layer):
        super().load_from_torch(layer)
        self.norm2.eps = self.norm3.eps = layer.norm1.eps


@DecoderBlock.wrong("the norms are not copied. What of a norm is learned?")
class norms_not_copied(in_small_steps):
    def copy_norm(self, mine, theirs):
        mine.eps = theirs.eps


@DecoderBlock.wrong("the linear layers are not copied. Which four parts of the layer hold numbers?")
class linears_not_copied(in_small_steps):
    def copy_linears(self, layer):
        pass


@DecoderBlock.wrong(
    "the linear layers are the other layer's own: a change there is a change here. What copies numbers?"
)
class linears_shared(in_small_steps):
    def copy_linears(self, layer):
        self.linear1, self.linear2 = layer.linear1, layer.linear2


@DecoderBlock.wrong("the norms are the other layer's own: a change there is a change here. What copies numbers?")
class norms_shared(in_small_steps):
    def load_from_torch(self, layer):
        super().load_from_torch(layer)
        self.norm1, self.norm2, self.norm3 = layer.norm1, layer.norm2, layer.norm3


@DecoderBlock.wrong("a layer that normalises first is taken without a word. Does it compute the same?")
class refuses_nothing(in_small_steps):
    def refuse(self, layer):
        pass


@DecoderBlock.wrong("nothing is dropped in training. Where does the docstring have dropout?")
class no_dropout(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden, 0.0)


@DecoderBlock.wrong("the weights of both attentions are not dropped. What does MultiHeadAttention's third argument do?")
class weights_not_dropped(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden, dropout)
        self.own, self.source = (MultiHeadAttention(width, num_heads) for _ in range(2))


@DecoderBlock.wrong("nothing is dropped between the linear layers. Where does PyTorch's layer have its fourth dropout?")
class inside_not_dropped(in_small_steps):
    def feed(self, z):
        return self.linear2(self.activate(self.linear1(z)))


@DecoderBlock.wrong("what the first attention adds is not dropped. At how many places does the docstring have dropout?")
class first_not_dropped(in_small_steps):
    def first(self, x, mask):
        return self.norm1(x + self.own(x, mask=mask))


@DecoderBlock.wrong(
    "what the second attention adds is not dropped. At how many places does the docstring have dropout?"
)
class second_not_dropped(in_small_steps):
    def second(self, y, memory, mask):
        return self.norm2(y + self.source(y, memory, mask=mask))


@DecoderBlock.wrong(
    "what the feed-forward part adds is not dropped. At how many places does the docstring have dropout?"
)
class third_not_dropped(in_small_steps):
    def third(self, z):
        return self.norm3(z + self.feed(z))


@DecoderBlock.wrong("dropout goes on in evaluation mode. What does self.training say?")
class dropout_always(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden, dropout)
        self.chance = dropout

    def third(self, z):
        return self.norm3(z + F.dropout(self.feed(z), self.chance, training=True))


@DecoderBlock.wrong("the memory goes through a norm of its own. Which three things are normalised?")
class memory_normalised(in_small_steps):
    def second(self, y, memory, mask):
        return super().second(y, F.layer_norm(memory, memory.shape[-1:]), mask)


@DecoderBlock.wrong("the masks come in the other order. Which one does forward take first?")
class masks_exchanged(in_small_steps):
    def forward(self, x, memory, memory_mask=None, self_mask=None):  # type: ignore[override]
        return super().forward(x, memory, self_mask, memory_mask)


@DecoderBlock.wrong("the norms have no numbers to learn. What does nn.LayerNorm have as it comes?")
class norms_without_numbers(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden, dropout)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width, elementwise_affine=False) for _ in range(3))

    def copy_norm(self, mine, theirs):
        mine.eps = theirs.eps
