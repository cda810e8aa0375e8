"""Wrong variants of EncoderBlock whose slip lies in what the block computes."""

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exams.batched_attention.earlier import LayerNorm, MultiHeadAttention
from autograder.exams.batched_attention.encoder_block import EncoderBlock, in_small_steps


@EncoderBlock.wrong("it normalises before each part. Where do the formulas have the norm, and what is post-LN?")
class norm_first(in_small_steps):
    def first(self, x, mask):
        return x + self.drop(self.attention(self.norm1(x), mask=mask))

    def second(self, y):
        return y + self.drop(self.feed(self.norm2(y)))


@EncoderBlock.wrong("the norm comes before x is added. What is normalised: a part's output, or the sum?")
class norm_before_the_sum(in_small_steps):
    def first(self, x, mask):
        return x + self.drop(self.norm1(self.attention(x, mask=mask)))

    def second(self, y):
        return y + self.drop(self.norm2(self.feed(y)))


@EncoderBlock.wrong("the activation is a ReLU. Which one does the docstring name?")
class relu(in_small_steps):
    def activate(self, x):
        return F.relu(x)


@EncoderBlock.wrong("this is the tanh approximation of GELU. What does F.gelu do as it comes?")
class gelu_by_tanh(in_small_steps):
    def activate(self, x):
        return F.gelu(x, approximate="tanh")


@EncoderBlock.wrong("this is x * sigmoid(1.702 x), which is near GELU. Which one is exact?")
class gelu_by_sigmoid(in_small_steps):
    def activate(self, x):
        return x * torch.sigmoid(1.702 * x)


@EncoderBlock.wrong("the activation is a SiLU. Which one does the docstring name?")
class silu(in_small_steps):
    def activate(self, x):
        return F.silu(x)


@EncoderBlock.wrong("there is nothing between the two linear layers. Where is GELU?")
class no_activation(in_small_steps):
    def activate(self, x):
        return x


@EncoderBlock.wrong("there is a GELU behind the second linear layer as well. How many does the docstring have?")
class activated_twice(in_small_steps):
    def feed(self, y):
        return self.activate(super().feed(y))


@EncoderBlock.wrong("x is not added to what attention gives. Where does the grey arrow go?")
class no_sum_after_attention(in_small_steps):
    def first(self, x, mask):
        return self.norm1(self.drop(self.attention(x, mask=mask)))


@EncoderBlock.wrong("y is not added to what the feed-forward part gives. Where does the second grey arrow go?")
class no_sum_after_feed_forward(in_small_steps):
    def second(self, y):
        return self.norm2(self.drop(self.feed(y)))


@EncoderBlock.wrong("nothing is added to either part. What are the grey arrows of the picture?")
class no_sums(in_small_steps):
    def first(self, x, mask):
        return self.norm1(self.drop(self.attention(x, mask=mask)))

    def second(self, y):
        return self.norm2(self.drop(self.feed(y)))


@EncoderBlock.wrong("the second sum is made with x. Is it x or y, the result of the first norm?")
class second_sum_with_x(in_small_steps):
    def forward(self, x, mask=None):
        y = self.first(x, mask)
        return self.norm2(x + self.drop(self.feed(y)))


@EncoderBlock.wrong("the feed-forward part gets x. Is it x or y, the result of the first norm?")
class feed_forward_of_x(in_small_steps):
    def forward(self, x, mask=None):
        y = self.first(x, mask)
        return self.norm2(y + self.drop(self.feed(x)))


@EncoderBlock.wrong("the first norm is missing. How many are there?")
class no_first_norm(in_small_steps):
    def first(self, x, mask):
        return x + self.drop(self.attention(x, mask=mask))


@EncoderBlock.wrong("the second norm is missing. How many are there?")
class no_second_norm(in_small_steps):
    def second(self, y):
        return y + self.drop(self.feed(y))


@EncoderBlock.wrong("one norm serves both places. What has each of the two for itself?")
class one_norm_for_both(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden, dropout)
        self.norm2 = self.norm1


@EncoderBlock.wrong("the two norms have changed places, here or in the copy. Which of them follows attention?")
class norms_exchanged(in_small_steps):
    def forward(self, x, mask=None):
        y = self.norm2(x + self.drop(self.attention(x, mask=mask)))
        return self.norm1(y + self.drop(self.feed(y)))


@EncoderBlock.wrong("the feed-forward part comes first. Which part does?")
class feed_forward_first(in_small_steps):
    def forward(self, x, mask=None):
        y = self.norm1(x + self.drop(self.feed(x)))
        return self.norm2(y + self.drop(self.attention(y, mask=mask)))


@EncoderBlock.wrong("the feed-forward part is missing. What follows the first norm?")
class attention_alone(in_small_steps):
    def second(self, y):
        return y


@EncoderBlock.wrong("the mask has no effect. Where is it to be passed on?")
class mask_ignored(in_small_steps):
    def first(self, x, mask):
        return super().first(x, None)


@EncoderBlock.wrong("the mask works the wrong way round. What does True say in your MultiHeadAttention?")
class mask_inverted(in_small_steps):
    def first(self, x, mask):
        return super().first(x, None if mask is None else ~mask)


@EncoderBlock.wrong(
    "the mask is passed as something else than the mask. Which argument of MultiHeadAttention is second?"
)
class mask_passed_as_key(in_small_steps):
    def first(self, x, mask):
        return self.norm1(x + self.drop(self.attention(x, mask)))


@EncoderBlock.wrong("the first axis is taken for the tokens. Where is the batch in (b, t, m)?")
class tokens_first(in_small_steps):
    def first(self, x, mask):
        return super().first(x.transpose(0, 1), mask).transpose(0, 1)


@EncoderBlock.wrong("the hidden width is four times the width, whatever is asked for. What is `hidden` for?")
class hidden_ignored(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden, dropout)
        self.linear1, self.linear2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def copy_linears(self, layer):
        hidden = len(layer.linear1.bias)
        with torch.no_grad():
            self.linear1.weight[:hidden], self.linear1.bias[:hidden] = layer.linear1.weight, layer.linear1.bias
            self.linear2.weight[:, :hidden] = layer.linear2.weight
            self.linear2.weight[:, hidden:] = 0
            self.linear2.bias[:] = layer.linear2.bias


@EncoderBlock.wrong("what attention adds is not dropped. Which three places see dropout?")
class attention_not_dropped(in_small_steps):
    def first(self, x, mask):
        return self.norm1(x + self.attention(x, mask=mask))


@EncoderBlock.wrong("what the feed-forward part adds is not dropped. Which three places see dropout?")
class feed_forward_not_dropped(in_small_steps):
    def second(self, y):
        return self.norm2(y + self.feed(y))


@EncoderBlock.wrong("attention weights are not dropped. What does your MultiHeadAttention get as its dropout?")
class weights_not_dropped(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden, dropout)
        self.attention = MultiHeadAttention(width, num_heads)


@EncoderBlock.wrong("only attention weights are dropped. Which two places more see dropout?")
class weights_alone_dropped(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden, dropout)
        self.drop = nn.Identity()


@EncoderBlock.wrong("nothing is ever dropped. Which three places see dropout?")
class nothing_dropped(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden)


@EncoderBlock.wrong("x is dropped together with what is added to it. Does dropout come before or after the sum?")
class sums_dropped(in_small_steps):
    def first(self, x, mask):
        return self.norm1(self.drop(x + self.attention(x, mask=mask)))

    def second(self, y):
        return self.norm2(self.drop(y + self.feed(y)))


@EncoderBlock.wrong("the hidden numbers between the two linear layers are dropped too. Which three places see dropout?")
class hidden_dropped(in_small_steps):
    def activate(self, x):
        return self.drop(F.gelu(x))


@EncoderBlock.wrong("dropout acts after eval() too. Which attribute knows the mode, and who keeps it up to date?")
class dropout_always_on(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden, dropout)
        chance = dropout
        self.drop = nn.Identity()
        self.drop.forward = lambda x: F.dropout(x, chance)


@EncoderBlock.wrong("the norms of a new block have PyTorch's eps. What is the default of your LayerNorm?")
class new_norms_with_eps_of_torch(in_small_steps):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__(width, num_heads, hidden, dropout)
        self.norm1, self.norm2 = LayerNorm(width, 1e-5), LayerNorm(width, 1e-5)


@EncoderBlock.wrong("without a mask one is made on the CPU, wherever the tokens are. Is one needed at all?")
class mask_made_on_the_cpu(in_small_steps):
    def first(self, x, mask):
        mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool) if mask is None else mask
        return super().first(x, mask)


@EncoderBlock.wrong("the output of the block loses its gradient. Is there a detach or a no_grad?")
class gradients_cut(in_small_steps):
    def forward(self, x, mask=None):
        return super().forward(x, mask).detach()


@EncoderBlock.wrong("x itself is changed. Which kind of sum makes a new tensor?")
class changed_in_place(in_small_steps):
    def first(self, x, mask):
        attended = self.drop(self.attention(x, mask=mask)).detach()
        with torch.no_grad():
            x += attended
        return self.norm1(x)
