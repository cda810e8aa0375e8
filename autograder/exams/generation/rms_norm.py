"""RMSNorm(width, eps=1e-6): the cases, the right variants, the wrong ones."""

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.probes import generators as probe
from attention_course.probes import modules as using
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case, Exercise
from autograder.exams.generation.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal

HALF = Tolerance(2e-2, 2e-3)
"""bfloat16 rounds to 4e-3 of a number, here two or three times."""


def right(weight, x, eps=1e-6):
    """The oracle, in float64."""
    x = x.double()
    return x / (x.square().sum(dim=-1, keepdim=True) / x.shape[-1] + eps).sqrt() * weight.double()


def cases(rng):
    def norm(concept, x, *eps, dtype="float32"):
        kind = getattr(torch, dtype)
        x, weight = x.to(kind), (1 + 0.5 * normal(rng, x.shape[-1])).to(kind)
        expected = [right(weight, x, *eps).to(kind), str(kind)]
        tolerance = Tolerance() if dtype in ("float32", "float64") else HALF
        args = (x.shape[-1], *eps), weight, x
        return Case(concept, args, {"dtype": dtype}, tolerance, expected, use=probe.normed)

    yield Case("the one parameter and how it begins", ((5,),), expected=[torch.ones(5)], use=probe.first_numbers)
    yield norm("a batch of texts", normal(rng, 2, 3, 5) + 1)
    yield norm("a single vector", normal(rng, 6) - 2)
    yield norm("as many texts as tokens and numbers", normal(rng, 4, 4, 4) + 0.5)
    yield norm("four axes", normal(rng, 2, 3, 2, 4))
    yield norm("vectors of one number", normal(rng, 3, 1))
    yield norm("another eps", normal(rng, 2, 3, 4), float(rng.uniform(0.3, 2)))
    yield norm("vectors of zeros", torch.zeros(2, 4))
    yield norm("vectors so small that eps counts", 2e-3 * normal(rng, 2, 3, 4))
    yield norm("float64", normal(rng, 2, 3, 5), dtype="float64")
    yield norm("half precision", normal(rng, 2, 3, 6) + 1, dtype="bfloat16")
    yield norm("half precision, and numbers whose squares it cannot hold", 400 * normal(rng, 2, 3, 6), dtype="float16")
    yield norm("half precision, and squares that it takes for 0", 1e-4 * normal(rng, 2, 6), 1e-12, dtype="float16")
    weight, x, pull = 1 + 0.5 * normal(rng, 5), normal(rng, 2, 3, 5), normal(rng, 2, 3, 5)
    leaves = [weight.double().requires_grad_(), x.double().requires_grad_()]
    expected = list(torch.autograd.grad(right(*leaves), leaves, pull.double()))
    yield Case("gradients", ((5,), weight, x, pull), expected=expected, use=probe.slopes)
    there = {"shape": [2, 3, 5], "dtype": "torch.float32", "device": "meta"}
    yield Case("another device", ((5,), normal(rng, 2, 3, 5)), expected=there, use=using.elsewhere)


RMSNorm = Exercise(NOTEBOOK, "RMSNorm", cases)


@RMSNorm.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, width, eps=1e-6):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def size(self, x):
        return (x.square().mean(-1, keepdim=True) + self.eps).sqrt()

    def scaled(self, x):
        return x * self.weight.float()

    def forward(self, x):
        wide = x.float()
        return self.scaled(wide / self.size(wide)).to(x.dtype)


@RMSNorm.right
class as_hugging_face_has_it(nn.Module):
    def __init__(self, width, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.variance_epsilon = eps

    def forward(self, x):
        states = x.to(torch.float32)
        states = states * torch.rsqrt(states.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)
        return self.weight * states.to(x.dtype)


@RMSNorm.right
class around_the_librarys(nn.Module):
    def __init__(self, width, eps=1e-6):
        super().__init__()
        self.norm = nn.RMSNorm(width, eps=eps)

    def forward(self, x):
        return F.rms_norm(x.float(), x.shape[-1:], self.norm.weight.float(), self.norm.eps).type_as(x)


@RMSNorm.right
class by_lengths(nn.Module):
    def __init__(self, width, eps=1e-6):
        super().__init__()
        self.scale, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        wide = x.double() if x.dtype == torch.float64 else x.float()
        length = torch.linalg.vector_norm(wide, dim=-1, keepdim=True)
        out = wide / torch.sqrt(length**2 / x.size(-1) + self.eps)
        return (out * self.scale.to(out.dtype)).to(x.dtype)


@RMSNorm.wrong("the mean is subtracted first, as in LayerNorm. What does this norm leave out?")
class mean_subtracted(in_small_steps):
    def forward(self, x):
        wide = x.float() - x.float().mean(-1, keepdim=True)
        return self.scaled(wide / self.size(wide)).to(x.dtype)


@RMSNorm.wrong("it is divided by the standard deviation, which knows the mean. Of which squares is the mean taken?")
class standard_deviation(in_small_steps):
    def size(self, x):
        return (x.var(-1, keepdim=True, unbiased=False) + self.eps).sqrt()


@RMSNorm.wrong("the squares are added up, not averaged. What does the M in RMS stand for?")
class sum_for_mean(in_small_steps):
    def size(self, x):
        return (x.square().sum(-1, keepdim=True) + self.eps).sqrt()


@RMSNorm.wrong("it is divided by the mean square itself. What does the R in RMS stand for?")
class without_the_root(in_small_steps):
    def size(self, x):
        return x.square().mean(-1, keepdim=True) + self.eps


@RMSNorm.wrong("the absolute values are averaged. What is the root of the mean square?")
class mean_of_absolute_values(in_small_steps):
    def size(self, x):
        return x.abs().mean(-1, keepdim=True) + self.eps


@RMSNorm.wrong("eps has no effect. Where does it stand in the formula?")
class without_eps(in_small_steps):
    def size(self, x):
        return x.square().mean(-1, keepdim=True).sqrt()


@RMSNorm.wrong("eps is added after the root. What does it stand beside in the formula?")
class eps_outside(in_small_steps):
    def size(self, x):
        return x.square().mean(-1, keepdim=True).sqrt() + self.eps


@RMSNorm.wrong("eps keeps what it is by default, whatever is asked for. Where is it kept from __init__ to forward?")
class eps_is_fixed(in_small_steps):
    def __init__(self, width, eps=1e-6):
        super().__init__(width)


@RMSNorm.wrong("without a word about it eps is 1e-5. Which one has the docstring?")
class another_eps(in_small_steps):
    def __init__(self, width, eps=1e-5):
        super().__init__(width, eps)


@RMSNorm.wrong("the weight has no effect. What is multiplied last?")
class weight_not_used(in_small_steps):
    def scaled(self, x):
        return x + 0 * self.weight.float()


@RMSNorm.wrong("there is nothing to learn. What makes a tensor a parameter?")
class weight_not_learned(in_small_steps):
    def __init__(self, width, eps=1e-6):
        super().__init__(width, eps)
        del self.weight
        self.register_buffer("weight", torch.ones(width))


@RMSNorm.wrong("there is a second parameter, a bias. What does this norm leave out of LayerNorm?")
class with_bias(in_small_steps):
    def __init__(self, width, eps=1e-6):
        super().__init__(width, eps)
        self.bias = nn.Parameter(torch.zeros(width))

    def scaled(self, x):
        return super().scaled(x) + self.bias.float()


@RMSNorm.wrong("the weight starts as zeros. What would come out of a fresh norm?")
class starts_with_zeros(in_small_steps):
    def __init__(self, width, eps=1e-6):
        super().__init__(width, eps)
        nn.init.zeros_(self.weight)


@RMSNorm.wrong(
    "1 + weight is multiplied, and the weight starts as zeros. Gemma has it so; what does the docstring have?"
)
class one_plus_weight(starts_with_zeros):
    def scaled(self, x):
        return x * (1 + self.weight.float())


@RMSNorm.wrong("the weight starts as random numbers. What does a fresh norm multiply by?")
class starts_at_random(in_small_steps):
    def __init__(self, width, eps=1e-6):
        super().__init__(width, eps)
        nn.init.normal_(self.weight)


@RMSNorm.wrong("there is one number for all places. How many has the weight?")
class one_weight_for_all(in_small_steps):
    def __init__(self, width, eps=1e-6):
        super().__init__(1, eps)


@RMSNorm.wrong("the mean goes over all axes: tokens depend on each other. Which axis is one vector?")
class over_everything(in_small_steps):
    def size(self, x):
        return (x.square().mean() + self.eps).sqrt()


@RMSNorm.wrong("the mean goes over the tokens. Which axis holds the numbers of one vector?")
class over_the_tokens(in_small_steps):
    def size(self, x):
        axis = -2 if x.dim() > 1 else -1
        return (x.square().mean(axis, keepdim=True) + self.eps).sqrt()


@RMSNorm.wrong("half precision is computed in half precision: squares overflow or vanish. What comes first?")
class in_half(in_small_steps):
    def forward(self, x):
        return x / (x.square().mean(-1, keepdim=True) + self.eps).sqrt() * self.weight


@RMSNorm.wrong("the squares are taken in half precision, and only their mean is wide. Which step overflows?")
class squared_in_half(in_small_steps):
    def size(self, x):
        half = getattr(torch, str(self.weight.dtype).removeprefix("torch."))
        return (x.to(half).square().float().mean(-1, keepdim=True) + self.eps).sqrt()


@RMSNorm.wrong("what is of half precision comes back as float32. Of which dtype should the result be?")
class float32_comes_back(in_small_steps):
    def forward(self, x):
        if x.dtype == torch.float64:
            return super().forward(x)
        wide = x.float()
        return self.scaled(wide / self.size(wide))


@RMSNorm.wrong("each vector is brought to length 1. To which length does a mean square of 1 belong?")
class of_length_1(in_small_steps):
    def forward(self, x):
        return self.scaled(F.normalize(x.float(), dim=-1)).to(x.dtype)
