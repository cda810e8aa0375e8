"""Wrong variants of LayerNorm."""

import torch
from torch import nn

from autograder.exams.batched_attention.layer_norm import LayerNorm, in_small_steps


@LayerNorm.wrong("the variance is divided by m - 1. What does the docstring divide by?")
class unbiased(in_small_steps):
    def variance(self, x):
        return x.var(-1, keepdim=True)


@LayerNorm.wrong("eps is added to the standard deviation. Before or after the root does it come?")
class eps_outside(in_small_steps):
    def scale(self, x):
        return self.centre(x) / (torch.sqrt(self.variance(x)) + self.eps)


@LayerNorm.wrong("the deviation is divided by m - 1, and eps is added outside of the root. What does the formula say?")
class unbiased_and_eps_outside(in_small_steps):
    def scale(self, x):
        return self.centre(x) / (x.std(-1, keepdim=True) + self.eps)


@LayerNorm.wrong("eps is left out, and a token of equal numbers becomes NaN. Where does eps belong?")
class without_eps(in_small_steps):
    def scale(self, x):
        return self.centre(x) / torch.sqrt(self.variance(x))


@LayerNorm.wrong("the default of eps is PyTorch's. Which default does the docstring give?")
class default_eps_of_torch(in_small_steps):
    def __init__(self, width, eps=1e-5):
        super().__init__(width, eps)


@LayerNorm.wrong("eps is always the default. What if another one is passed, or set later?")
class eps_ignored(in_small_steps):
    def scale(self, x):
        return self.centre(x) / torch.sqrt(self.variance(x) + 1e-12)


@LayerNorm.wrong("the eps in use is not `self.eps`. What if a block sets that attribute later?")
class eps_kept_elsewhere(in_small_steps):
    def __init__(self, width, eps=1e-12):
        super().__init__(width, eps)
        self.kept = eps

    def scale(self, x):
        return self.centre(x) / torch.sqrt(self.variance(x) + self.kept)


@LayerNorm.wrong("the sum of squares is divided by nothing. What makes a variance of it?")
class sum_of_squares(in_small_steps):
    def variance(self, x):
        return self.centre(x).square().sum(-1, keepdim=True)


@LayerNorm.wrong("it divides by the variance. What is to be taken of it first?")
class divided_by_variance(in_small_steps):
    def scale(self, x):
        return self.centre(x) / (self.variance(x) + self.eps)


@LayerNorm.wrong("the mean is not subtracted. Around which number should a token lie?")
class not_centred(in_small_steps):
    def scale(self, x):
        return x / torch.sqrt(self.variance(x) + self.eps)


@LayerNorm.wrong("this is RMS norm: the mean is left in, and in the squares too. What comes first in the formula?")
class root_mean_square(in_small_steps):
    def scale(self, x):
        return x / torch.sqrt(x.square().mean(-1, keepdim=True) + self.eps)


@LayerNorm.wrong("the mean is subtracted, and nothing is divided. What is the variance to become?")
class centred_alone(in_small_steps):
    def scale(self, x):
        return self.centre(x)


@LayerNorm.wrong(
    "the mean of the squares minus the square of the mean loses its digits far from zero. What is subtracted first?"
)
class difference_of_squares(in_small_steps):
    def variance(self, x):
        return (x.square().mean(-1, keepdim=True) - x.mean(-1, keepdim=True).square()).clamp(min=0)


@LayerNorm.wrong("the mean absolute difference is taken. What is squared in a variance?")
class absolute_differences(in_small_steps):
    def variance(self, x):
        return self.centre(x).abs().mean(-1, keepdim=True).square()


@LayerNorm.wrong("it normalises over the first axis, the batch. Which axis holds the numbers of a token?")
class over_the_batch(in_small_steps):
    def scale(self, x):
        centred = x - x.mean(0, keepdim=True)
        return centred / torch.sqrt(centred.square().mean(0, keepdim=True) + self.eps)


@LayerNorm.wrong("it normalises over axis 1. Which axis holds the numbers of a token, however many there are?")
class over_axis_one(in_small_steps):
    def scale(self, x):
        centred = x - x.mean(1, keepdim=True)
        return centred / torch.sqrt(centred.square().mean(1, keepdim=True) + self.eps)


@LayerNorm.wrong("it takes three axes for granted. What does `...` in the docstring allow?")
class axis_two(in_small_steps):
    def scale(self, x):
        centred = x - x.mean(2, keepdim=True)
        return centred / torch.sqrt(centred.square().mean(2, keepdim=True) + self.eps)


@LayerNorm.wrong("one mean and one variance serve the whole batch. Whose numbers belong together?")
class over_everything(in_small_steps):
    def scale(self, x):
        centred = x - x.mean()
        return centred / torch.sqrt(centred.square().mean() + self.eps)


@LayerNorm.wrong("`weight` and `bias` have no effect. Where do they come in?")
class weight_and_bias_ignored(in_small_steps):
    def shift(self, normalised):
        return normalised


@LayerNorm.wrong("`bias` has no effect. What is added at the end?")
class bias_ignored(in_small_steps):
    def shift(self, normalised):
        return normalised * self.weight


@LayerNorm.wrong("`weight` has no effect. What is multiplied at the end?")
class weight_ignored(in_small_steps):
    def shift(self, normalised):
        return normalised + self.bias


@LayerNorm.wrong("`weight` is added and `bias` is multiplied. Which of them starts as ones?")
class weight_and_bias_exchanged(in_small_steps):
    def shift(self, normalised):
        return normalised * self.bias + self.weight


@LayerNorm.wrong("`bias` is added before `weight` multiplies. In which order does the docstring do it?")
class bias_before_weight(in_small_steps):
    def shift(self, normalised):
        return (normalised + self.bias) * self.weight


@LayerNorm.wrong("`weight` divides. What does the docstring do with it?")
class divided_by_weight(in_small_steps):
    def shift(self, normalised):
        return normalised / self.weight + self.bias


@LayerNorm.wrong("the numbers start at random. Which numbers does the docstring begin with?")
class random_beginning(in_small_steps):
    def __init__(self, width, eps=1e-12):
        super().__init__(width, eps)
        self.weight, self.bias = nn.Parameter(torch.randn(width)), nn.Parameter(torch.randn(width))


@LayerNorm.wrong("both start as ones. Which of them should start as zeros?")
class both_ones(in_small_steps):
    def __init__(self, width, eps=1e-12):
        super().__init__(width, eps)
        self.bias = nn.Parameter(torch.ones(width))


@LayerNorm.wrong("both start as zeros. Which of them should start as ones?")
class both_zeros(in_small_steps):
    def __init__(self, width, eps=1e-12):
        super().__init__(width, eps)
        self.weight = nn.Parameter(torch.zeros(width))


@LayerNorm.wrong("one number serves all columns. Which shape do `weight` and `bias` have?")
class one_number_for_all(in_small_steps):
    def __init__(self, width, eps=1e-12):
        super().__init__(width, eps)
        self.weight, self.bias = nn.Parameter(torch.ones(1)), nn.Parameter(torch.zeros(1))


@LayerNorm.wrong("what is learned has other names. What does the docstring call the two?")
class other_names(in_small_steps):
    def __init__(self, width, eps=1e-12):
        super().__init__(width, eps)
        del self.weight, self.bias
        self.gamma, self.beta = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def shift(self, normalised):
        return normalised * self.gamma + self.beta


@LayerNorm.wrong("`weight` and `bias` are plain tensors and cannot be learned. What makes a parameter of a tensor?")
class plain_tensors(in_small_steps):
    def __init__(self, width, eps=1e-12):
        super().__init__(width, eps)
        del self.weight, self.bias
        self.weight, self.bias = torch.ones(width), torch.zeros(width)


@LayerNorm.wrong("`weight` and `bias` are buffers and are not learned. What makes a parameter of a tensor?")
class buffers(in_small_steps):
    def __init__(self, width, eps=1e-12):
        super().__init__(width, eps)
        del self.weight, self.bias
        self.register_buffer("weight", torch.ones(width))
        self.register_buffer("bias", torch.zeros(width))


@LayerNorm.wrong("half precision is computed in half precision, where eps is 0 and squares overflow. What comes first?")
class computed_in_half(in_small_steps):
    def widen(self, x):
        return x


@LayerNorm.wrong("float64 is narrowed to float32 on the way. Which of the two is the wider?")
class float64_narrowed(in_small_steps):
    def widen(self, x):
        return x.float()


@LayerNorm.wrong("the result stays in the wider type. Which dtype does the docstring promise?")
class result_left_wide(in_small_steps):
    def forward(self, x):
        return self.shift(self.scale(self.widen(x)))


@LayerNorm.wrong("x itself is changed. Which kind of subtraction makes a new tensor?")
class changed_in_place(in_small_steps):
    def centre(self, x):
        with torch.no_grad():
            x -= x.mean(-1, keepdim=True)
        return x


@LayerNorm.wrong("no gradient flows through the mean and the variance. Is there a detach or a no_grad?")
class statistics_detached(in_small_steps):
    def scale(self, x):
        held = x.detach()
        return (x - held.mean(-1, keepdim=True)) / torch.sqrt(self.variance(held) + self.eps)


@LayerNorm.wrong("a tensor is made on the CPU, wherever x is. Which functions make one like x?")
class made_on_the_cpu(in_small_steps):
    def centre(self, x):
        return x - torch.ones(x.shape) * x.mean(-1, keepdim=True)
