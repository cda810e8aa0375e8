"""The cases of EncoderBlock: its numbers always come from an nn.TransformerEncoderLayer, copied by load_from_torch."""

from functools import partial

import torch
from torch.nn import functional as F

from attention_course.probes.batched_attention import encoder_block as probe
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case
from autograder.exams.batched_attention import multi_head_cases
from autograder.exams.batched_attention.inputs import FLOAT64, HALF_MODULE, causal, normal, padding, real_rows, some


def numbers(rng, width, heads, hidden):
    """The state of an nn.TransformerEncoderLayer."""
    state = {f"self_attn.{name}": t for name, t in multi_head_cases.library_numbers(rng, width).items()}
    for name, rows, columns in (("linear1", hidden, width), ("linear2", width, hidden)):
        state[f"{name}.weight"], state[f"{name}.bias"] = normal(rng, rows, columns) / columns**0.5, normal(rng, rows)
    for name in ("norm1", "norm2"):
        state[f"{name}.weight"], state[f"{name}.bias"] = 1 + normal(rng, width) / 2, normal(rng, width)
    return state


def right(state, heads, x, mask=None, eps=(1e-5, 1e-5)):
    """The oracle, in float64; a test holds it against PyTorch's own layer."""
    state, x = {name: tensor.double() for name, tensor in state.items()}, x.double()
    parts = state["self_attn.in_proj_weight"].chunk(3), state["self_attn.in_proj_bias"].chunk(3)
    own = {f"{p}.weight": w for p, w in zip(multi_head_cases.PARTS, parts[0], strict=False)}
    own |= {f"{p}.bias": b for p, b in zip(multi_head_cases.PARTS, parts[1], strict=False)}
    own |= {f"output.{kind}": state[f"self_attn.out_proj.{kind}"] for kind in ("weight", "bias")}

    def norm(name, values, eps):
        return F.layer_norm(values, values.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"], eps)

    y = norm("norm1", x + multi_head_cases.right(own, heads, x, mask=mask), eps[0])
    fed = F.linear(F.gelu(F.linear(y, state["linear1.weight"], state["linear1.bias"])), state["linear2.weight"])
    return norm("norm2", y + fed + state["linear2.bias"], eps[1])


def cases(rng):
    yield from loading_cases(rng)
    yield from sharing_cases(rng)
    yield from precision_and_device_cases(rng)
    yield from dropout_cases(rng)


def loading_cases(rng):
    def load(concept, sizes, b, t, **options):
        state, x = numbers(rng, *sizes), normal(rng, b, t, sizes[0])
        shown = {name: options[name] for name in ("mask", "eps") if name in options}
        expected = [right(state, sizes[1], x, **shown), "torch.float32"]
        return Case(concept, (sizes, state, x), options, expected=expected, use=probe.forward)

    yield load("a whole block", (6, 2, 10), 2, 4)
    yield load("a hidden width as large as the width", (6, 3, 6), 2, 5)
    yield load("one head", (6, 1, 4), 2, 3)
    yield load("batch, tokens, heads and columns of one number", (9, 3, 9), 3, 3)
    yield load("a single token in a batch of one", (6, 2, 10), 1, 1)
    yield load("a layer with another eps", (6, 2, 10), 2, 4, eps=(0.1, 0.1))
    yield load("a layer whose norms have an eps each", (6, 2, 10), 2, 4, eps=(0.5, 0.1))
    yield load("a batch-first layer", (6, 2, 10), 2, 4, theirs={"batch_first": True})
    yield load("training mode without dropout", (6, 2, 10), 2, 4, training=True, theirs={"dropout": 0.5})
    yield load("evaluation mode with dropout", (6, 2, 10), 2, 4, dropout=0.9)
    yield load("a causal mask", (6, 2, 10), 2, 4, mask=causal(4))
    yield load("a mask of the keys of each example", (6, 2, 10), 2, 4, mask=some(rng, 2, 1, 1, 4))
    yield load("a mask for each example and head", (6, 3, 10), 3, 4, mask=some(rng, 3, 3, 4, 4))
    sizes, state, x, mask = (6, 2, 10), numbers(rng, 6, 2, 10), normal(rng, 2, 4, 6), some(rng, 4, 4)
    expected = right(state, sizes[1], x, mask)
    yield Case("a mask given by position", (sizes, state, x, mask), expected=expected, use=probe.by_position)
    state, x, mask = numbers(rng, 6, 2, 10), normal(rng, 2, 4, 6), multi_head_cases.nothing_for_one(rng)
    expected = [right(state, 2, x, mask), "torch.float32"]
    yield Case("a token that may attend to nothing", (sizes, state, x, mask), expected=expected, use=probe.forward)
    state, x = numbers(rng, 6, 2, 10), normal(rng, 4, 2, 6).transpose(0, 1)
    expected = [right(state, 2, x), "torch.float32"]
    yield Case("a view with strides", (sizes, state, x), expected=expected, use=probe.forward)
    yield padded_case(rng)
    refused = {"theirs": {"norm_first": True}}
    args = sizes, numbers(rng, 6, 2, 10), normal(rng, 2, 4, 6)
    yield Case("a layer that normalises first", args, refused, raises="ValueError", use=probe.forward)


def padded_case(rng):
    """Two texts in one batch, with garbage behind the shorter, against each of them alone."""
    sizes, lengths, texts, state = (6, 2, 10), [4, 2], torch.full((2, 4, 6), 100.0), numbers(rng, 6, 2, 10)
    for row, length in zip(texts, lengths, strict=True):
        row[:length] = normal(rng, length, 6)
    alone = [right(state, 2, row[None, :length])[0] for row, length in zip(texts, lengths, strict=True)]
    args, mask = (sizes, state, texts), padding(lengths, 4)[:, None, None, :]
    rows = partial(rows_alone, lengths=lengths)
    return Case("a padded batch", args, {"mask": mask}, expected=alone, use=probe.forward, read=rows)


def rows_alone(result, lengths):
    """The real tokens of each text of a padded batch."""
    return real_rows(result[0], lengths)


def sharing_cases(rng):
    sizes = 6, 2, 10
    size = 4 * (36 + 6) + (60 + 10) + (60 + 6) + 2 * 12  # projections, two linear layers, two norms
    yield Case("how much there is to learn", (sizes,), expected=size, use=probe.learned)
    x = normal(rng, 2, 4, 6, dtype=torch.float64)
    ones = torch.ones(2, 4)
    yield Case("the eps of a new block", (sizes, x), {}, Tolerance(0, 1e-8), ones, use=probe.spread)
    state, x = numbers(rng, *sizes), normal(rng, 2, 4, 6)
    expected = right(state, sizes[1], x)
    yield Case(
        "a change of the other layer later", (sizes, state, x), expected=expected, use=probe.after_a_change_there
    )
    state = numbers(rng, *sizes)
    yield Case(
        "the other layer after a change of yours", (sizes, state), expected=state, use=probe.source_after_a_change_here
    )
    yield Case("training after copying", (sizes, numbers(rng, *sizes)), expected=size, use=probe.trainable)


def precision_and_device_cases(rng):
    sizes = 6, 2, 10
    for dtype, tolerance in ((torch.bfloat16, HALF_MODULE), (torch.float16, HALF_MODULE), (torch.float64, FLOAT64)):
        name, state = str(dtype).removeprefix("torch."), numbers(rng, *sizes)
        state = {key: tensor.to(dtype).float() for key, tensor in state.items()}
        x = normal(rng, 2, 4, 6, dtype=dtype)
        expected = [right(state, 2, x), str(dtype)]
        yield Case(f"a block in {name}", (sizes, state, x), {"dtype": name}, tolerance, expected, use=probe.forward)
    for concept, mask in (
        ("gradients", None),
        ("gradients where a token may attend to nothing", multi_head_cases.nothing_for_one(rng)),
    ):
        state, x, pull = numbers(rng, *sizes), normal(rng, 2, 4, 6).double(), normal(rng, 2, 4, 6).double()
        leaf = x.clone().requires_grad_()
        expected = list(torch.autograd.grad(right(state, 2, leaf, mask), leaf, pull))
        yield Case(concept, (sizes, state, x, mask, pull), {}, FLOAT64, expected, use=probe.gradients)
    there = {"shape": [2, 4, 6], "dtype": "torch.float32", "device": "meta"}
    for concept, mask in (
        ("another device", None),
        ("another device, with a mask", multi_head_cases.nothing_for_one(rng)),
    ):
        args = sizes, numbers(rng, *sizes), normal(rng, 2, 4, 6), mask
        yield Case(concept, args, expected=there, use=probe.elsewhere)


def blank(width, hidden):
    """A layer whose two parts give zeros, and whose norms change nothing but the scale."""
    shapes = {
        "self_attn.in_proj_weight": (3 * width, width),
        "self_attn.in_proj_bias": (3 * width,),
        "self_attn.out_proj.weight": (width, width),
        "self_attn.out_proj.bias": (width,),
        "linear1.weight": (hidden, width),
        "linear1.bias": (hidden,),
        "linear2.weight": (width, hidden),
        "linear2.bias": (width,),
        "norm1.bias": (width,),
        "norm2.bias": (width,),
    }
    ones = {"norm1.weight": torch.ones(width), "norm2.weight": torch.ones(width)}
    return {name: torch.zeros(shape) for name, shape in shapes.items()} | ones


def dropped_case(concept, probability, part):
    """Dropout in one part of a block whose other part gives zeros.

    All tokens are 1 in column 0, -1 in column 1 and 0 elsewhere. The part adds 1 to each of the other columns, or 0
    where dropout strikes. The two norms scale and shift each token, but columns 0 and 1 tell by how much.
    """
    width, hidden = 34, 8
    state = blank(width, hidden)
    others = torch.arange(width) >= 2
    if part == "attention":
        state["self_attn.out_proj.bias"][others] = 1
    elif part == "weights":  # attention adds the sum of a head's weights, which dropout changes
        state["self_attn.in_proj_bias"][2 * width :] = 1
        state["self_attn.out_proj.weight"] = torch.diag(others.float())
    else:  # the first norm has brought column 0 from 1 to this height
        height = (width / 2) ** 0.5
        state["linear1.bias"][:] = 5
        state["linear2.weight"][others] = height / (hidden * F.gelu(torch.tensor(5.0)).item())
    x = torch.zeros(8, 8, width)
    x[..., 0], x[..., 1] = 1, -1
    options = {"training": True, "eps": (1e-12, 1e-12)}
    read, signs = (signs_of_weights, 1) if part == "weights" else (signs_of_sums, 3)
    return Case(
        concept,
        ((width, 2, hidden, probability), state, x),
        options,
        expected=[True] * signs,
        use=probe.forward,
        read=partial(read, probability=probability),
    )


def added(output, probability):
    """What was added to the columns behind the second, before the norms, times the share of what stays."""
    first, second = output[..., :1], output[..., 1:2]
    return ((2 * output - first - second) / (first - second))[..., 2:] * (1 - probability)


def signs_of_weights(result, probability):
    """Whether what the two heads add to a token is different, at least for most tokens."""
    sums = added(result[0], probability)
    least = sums.masked_fill(sums.abs() < 1e-4, 9).amin(dim=-1)
    return [((sums.amax(dim=-1) - least) > 0.01).float().mean().item() > 0.5]


def signs_of_sums(result, probability):
    """Whether the share of zeros is right, to five standard deviations; the others have grown; tokens differ."""
    sums = added(result[0], probability)
    zero = sums.abs() < 1e-4
    deviation = (probability * (1 - probability) / zero.numel()) ** 0.5
    return [
        abs(zero.float().mean().item() - probability) < 5 * deviation,
        torch.allclose(sums[~zero], torch.ones(()), atol=1e-3),
        len(result[0].flatten(0, 1).unique(dim=0)) > 1,
    ]


def dropout_cases(rng):
    for part, name in (
        ("attention", "dropout of what attention adds"),
        ("feed-forward", "dropout of what the feed-forward part adds"),
        ("weights", "dropout of attention weights"),
    ):
        yield dropped_case(name, 0.3, part)
