"""LayerNorm(width, eps=1e-12): the cases and the right variants."""

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.probes.batched_attention import layer_norm as probe
from autograder.exam.compare import FLOAT32, Tolerance
from autograder.exam.exercise import Case, Exercise
from autograder.exams.batched_attention.earlier import NOTEBOOK
from autograder.exams.batched_attention.inputs import FLOAT64, HALF, eighths, normal


def right(x, state, eps=1e-12):
    """The oracle: PyTorch's own layer norm in float64."""
    return F.layer_norm(x.double(), x.shape[-1:], state["weight"].double(), state["bias"].double(), eps)


def numbers(rng, width, dtype=torch.float32):
    """A weight and a bias."""
    return {"weight": normal(rng, width, dtype=dtype), "bias": normal(rng, width, dtype=dtype)}


def cases(rng):
    def plain(concept, *shape, **options):
        state, x = numbers(rng, shape[-1]), 2 * normal(rng, *shape) + 1
        expected = [right(x, state, options.get("eps", 1e-12)), "torch.float32"]
        return Case(concept, ((shape[-1],), state, x), options, expected=expected, use=probe.normalised)

    new = [{"weight": torch.ones(5), "bias": torch.zeros(5)}, 1e-12]
    yield Case("what a new module holds", (5,), {}, Tolerance(1e-6, 0), new, use=probe.beginning)
    yield plain("a batch of texts", 2, 3, 6)
    yield plain("one token", 5)
    yield plain("a row of tokens", 4, 5)
    yield plain("more leading axes", 2, 3, 2, 4)
    yield plain("all axes of one length", 4, 4, 4)
    yield plain("a large eps", 2, 3, 6, eps=0.5)
    yield plain("training mode", 2, 3, 6, training=True)
    strided = normal(rng, 6, 3, 2).permute(2, 1, 0)
    state = numbers(rng, 6)
    yield Case(
        "a view with strides", ((6,), state, strided), expected=[right(strided, state), F32], use=probe.normalised
    )
    x = normal(rng, 2, 3, 6)
    yield Case("eps changed later", ((6,), x, 2.0), expected=F.layer_norm(x, (6,), eps=2.0), use=probe.with_another_eps)
    yield from hard_numbers(rng)
    yield from precision_cases(rng)
    state, x, pull = numbers(rng, 6, torch.float64), normal(rng, 2, 3, 6).double(), normal(rng, 2, 3, 6).double()
    yield gradient_case(state, x, pull)
    there = {"shape": [2, 3, 6], "dtype": F32, "device": "meta"}
    yield Case("another device", ((6,), numbers(rng, 6), normal(rng, 2, 3, 6)), expected=there, use=probe.elsewhere)


F32 = "torch.float32"


def hard_numbers(rng):
    def of(concept, x):
        state = numbers(rng, x.shape[-1])
        return Case(concept, (x.shape[-1:], state, x), expected=[right(x, state), F32], use=probe.normalised)

    equal = torch.full((2, 3, 4), 0.7)
    equal[1] = normal(rng, 3, 4)
    yield of("a token of equal numbers", equal)
    yield of("a width of one", normal(rng, 2, 3, 1))
    yield of("small numbers", 1e-3 * normal(rng, 2, 3, 4))
    far, state = 4096 + eighths(rng, 2, 3, 8), numbers(rng, 8)
    loose = Tolerance(1e-2, 1e-2)  # float32 numbers around 4096 are 0.0005 apart, and so are their means
    yield Case("a mean far from zero", ((8,), state, far), {}, loose, [right(far, state), F32], use=probe.normalised)
    tiny, state = 1e-6 * normal(rng, 2, 3, 4, dtype=torch.float64), numbers(rng, 4, torch.float64)
    expected = [right(tiny, state), "torch.float64"]
    yield Case(
        "numbers as small as eps", ((4,), state, tiny), {"dtype": "float64"}, FLOAT64, expected, use=probe.normalised
    )


def precision_cases(rng):
    state, x = numbers(rng, 6, torch.float64), normal(rng, 2, 3, 6, dtype=torch.float64)
    expected = [right(x, state), "torch.float64"]
    yield Case("float64", ((6,), state, x), {"dtype": "float64"}, FLOAT64, expected, use=probe.normalised)
    # neighbours that float32 cannot tell apart
    close = 2.0**30 + eighths(rng, 2, 3, 6).double()
    expected = [right(close, state), "torch.float64"]
    options = {"dtype": "float64"}
    yield Case("float64 numbers close together", ((6,), state, close), options, FLOAT32, expected, use=probe.normalised)
    for dtype in (torch.bfloat16, torch.float16):
        name, state, x = str(dtype).removeprefix("torch."), numbers(rng, 6), normal(rng, 2, 3, 6, dtype=dtype)
        expected = [right(x, state), str(dtype)]
        yield Case(f"tokens in {name}", ((6,), state, x), {}, HALF, expected, use=probe.normalised)
        state = {key: tensor.to(dtype) for key, tensor in state.items()}
        expected, whole = [right(x, state), str(dtype)], {"dtype": name}
        yield Case(f"a module in {name}", ((6,), state, x), whole, HALF, expected, use=probe.normalised)
        equal, state = torch.full((2, 4), 0.75, dtype=dtype), numbers(rng, 4)
        expected = [right(equal, state), str(dtype)]
        yield Case(f"equal numbers in {name}", ((4,), state, equal), {}, HALF, expected, use=probe.normalised)
    large, state = (300 * eighths(rng, 2, 3, 6)).half(), numbers(rng, 6)
    expected = [right(large, state), "torch.float16"]
    yield Case(
        "float16 with squares beyond its largest number", ((6,), state, large), {}, HALF, expected, use=probe.normalised
    )


def gradient_case(state, x, pull):
    """Gradients of all three against PyTorch's."""
    leaves = [t.clone().requires_grad_() for t in (x, state["weight"], state["bias"])]
    output = F.layer_norm(leaves[0], x.shape[-1:], leaves[1], leaves[2], 1e-12)
    for_x, for_weight, for_bias = torch.autograd.grad(output, leaves, pull)
    expected = [[for_x], {"weight": for_weight, "bias": for_bias}]
    return Case("gradients", (x.shape[-1:], state, x, pull), {}, FLOAT64, expected, use=probe.gradients)


LayerNorm = Exercise(NOTEBOOK, "LayerNorm", cases)


@LayerNorm.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, width, eps=1e-12):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))

    def widen(self, x):
        return x if x.dtype == torch.float64 else x.float()

    def centre(self, x):
        return x - x.mean(-1, keepdim=True)

    def variance(self, x):
        return x.var(dim=-1, keepdim=True, unbiased=False)

    def scale(self, x):
        return self.centre(x) / torch.sqrt(self.variance(x) + self.eps)

    def shift(self, normalised):
        return normalised * self.weight + self.bias

    def forward(self, x):
        return self.shift(self.scale(self.widen(x))).to(x.dtype)


@LayerNorm.right
class by_the_library(nn.Module):
    def __init__(self, width, eps=1e-12):
        super().__init__()
        self.width, self.eps = width, eps
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x):
        wide = torch.promote_types(x.dtype, torch.float32)
        x_wide, weight, bias = x.to(wide), self.weight.to(wide), self.bias.to(wide)
        return F.layer_norm(x_wide, (self.width,), weight, bias, self.eps).to(x.dtype)


@LayerNorm.right
class a_kind_of_nn_LayerNorm(nn.LayerNorm):
    def __init__(self, width, eps=1e-12):
        super().__init__(width, eps=eps)

    def forward(self, x):
        wide = torch.promote_types(x.dtype, torch.float32)
        normalised = F.layer_norm(x.to(wide), self.normalized_shape, eps=self.eps)
        return torch.addcmul(self.bias.to(wide), normalised, self.weight.to(wide)).to(x.dtype)


@LayerNorm.right
class by_var_mean_and_rsqrt(nn.Module):
    def __init__(self, width, eps=1e-12):
        super().__init__()
        self.register_parameter("weight", nn.Parameter(torch.full((width,), 1.0)))
        self.register_parameter("bias", nn.Parameter(torch.full((width,), 0.0)))
        self.eps = eps

    def forward(self, x):
        y = x.double() if x.dtype == torch.float64 else x.to(torch.float32)
        variance, mean = torch.var_mean(y, dim=-1, correction=0, keepdim=True)
        return ((y - mean) * torch.rsqrt(variance + self.eps)).mul(self.weight).add(self.bias).type_as(x)


@LayerNorm.right
class by_einsum(nn.Module):
    def __init__(self, width, eps=1e-12):
        super().__init__()
        self.weight, self.bias = (nn.Parameter(start * torch.ones(width)) for start in (1.0, 0.0))
        self.eps, self.width = eps, width

    def forward(self, x):
        wide = x.to(torch.float64)
        centred = wide - torch.einsum("...m->...", wide)[..., None] / self.width
        variance = torch.einsum("...m,...m->...", centred, centred) / self.width
        normalised = centred * (variance + self.eps).pow(-0.5).unsqueeze(-1)
        return torch.einsum("...m,m->...m", normalised, self.weight.double()).add(self.bias).to(x.dtype)
