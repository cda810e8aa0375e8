"""The cases of DecoderBlock: its numbers always come from an nn.TransformerDecoderLayer, copied by load_from_torch."""

from functools import partial

import torch
from torch.nn import functional as F

from attention_course.probes import sequence_to_sequence as probe
from autograder.exam.compare import FLOAT32
from autograder.exam.exercise import Case
from autograder.exams.batched_attention.encoder_block_cases import signs_of_sums, signs_of_weights
from autograder.exams.batched_attention.inputs import attend, causal, padding
from autograder.exams.sequence_to_sequence.inputs import FLOAT64, normal, some

SIZES = 6, 2, 10
NORMS = "norm1", "norm2", "norm3"


def shapes(width, num_heads, hidden):
    """The parameters of PyTorch's layer by dotted name, with their shapes."""
    found: dict[str, tuple[int, ...]] = {}
    for part in ("self_attn", "multihead_attn"):
        found |= {f"{part}.in_proj_weight": (3 * width, width), f"{part}.in_proj_bias": (3 * width,)}
        found |= {f"{part}.out_proj.weight": (width, width), f"{part}.out_proj.bias": (width,)}
    found |= {"linear1.weight": (hidden, width), "linear1.bias": (hidden,)}
    found |= {"linear2.weight": (width, hidden), "linear2.bias": (width,)}
    return found | {f"{norm}.{kind}": (width,) for norm in NORMS for kind in ("weight", "bias")}


def numbers(rng, *sizes):
    """Random numbers for PyTorch's layer."""
    return {name: normal(rng, *shape, scale=0.5) for name, shape in shapes(*sizes).items()}


def looked(state, part, num_heads, x, memory, mask):
    """The oracle's attention in float64: projections, heads, and the bias alone where nothing is open."""
    weights, biases = (state[f"{part}.in_proj_{kind}"].double().chunk(3) for kind in ("weight", "bias"))
    heads = [
        F.linear(given, weight, bias).unflatten(-1, (num_heads, -1)).transpose(1, 2)
        for given, weight, bias in zip((x, memory, memory), weights, biases, strict=True)
    ]
    query, key, value = heads
    merged = attend(query, key, value, mask).transpose(1, 2).flatten(2)
    return F.linear(merged, state[f"{part}.out_proj.weight"].double(), state[f"{part}.out_proj.bias"].double())


def right(state, num_heads, x, memory, masks=(None, None), eps=(1e-5,) * 3):
    """The oracle in float64: three parts, each added and normalised."""

    def norm(number, given):
        weight, bias = (state[f"{NORMS[number]}.{kind}"].double() for kind in ("weight", "bias"))
        return F.layer_norm(given, given.shape[-1:], weight, bias, eps[number])

    x, memory = x.double(), memory.double()
    y = norm(0, x + looked(state, "self_attn", num_heads, x, x, masks[0]))
    z = norm(1, y + looked(state, "multihead_attn", num_heads, y, memory, masks[1]))
    wide = F.gelu(F.linear(z, state["linear1.weight"].double(), state["linear1.bias"].double()))
    return norm(2, z + F.linear(wide, state["linear2.weight"].double(), state["linear2.bias"].double()))


def cases(rng):
    yield from loading_cases(rng)
    yield from mask_cases(rng)
    yield from sharing_cases(rng)
    yield from dropout_cases()


def drawn(rng, b=2, q=3, k=5, sizes=SIZES):
    return sizes, numbers(rng, *sizes), normal(rng, b, q, sizes[0]), normal(rng, b, k, sizes[0])


def loading_cases(rng):
    def load(concept, args, tolerance=FLOAT32, **options):
        sizes, state, x, memory = args
        expected = right(state, sizes[1], x, memory, eps=options.get("eps", (1e-5,) * 3))
        return Case(concept, args, options, tolerance, expected, use=probe.decoded)

    yield load("weights copied from nn.TransformerDecoderLayer", drawn(rng))
    yield load("a source as long as the target", drawn(rng, 2, 4, 4))
    yield load("one head", drawn(rng, 2, 3, 4, (6, 1, 4)))
    yield load("as many sentences, words, heads and numbers", drawn(rng, 4, 4, 4, (4, 4, 4)))
    yield load("a single word and a single source word", drawn(rng, 1, 1, 1))
    yield load("a layer with another eps", drawn(rng), eps=(0.3, 0.3, 0.3))
    yield load("a layer whose norms have an eps each", drawn(rng), eps=(0.5, 0.2, 0.05))
    yield load("a batch-first layer", drawn(rng), theirs={"batch_first": True})
    yield load("training mode without dropout", drawn(rng), training=True, theirs={"dropout": 0.5})
    yield load("evaluation mode with dropout", drawn(rng), dropout=0.9)
    sizes, state, x, memory = drawn(rng)
    yield load("float64", (sizes, state, x.double(), memory.double()), FLOAT64, dtype="float64")
    args = drawn(rng)
    turned = [tensor.transpose(0, 1).contiguous().transpose(0, 1) for tensor in args[2:]]
    yield load("views with strides", (*args[:2], *turned))
    refused = {"theirs": {"norm_first": True}}
    yield Case("a layer that normalises first", drawn(rng), refused, raises="ValueError", use=probe.decoded)


def mask_cases(rng):
    def masked(concept, args, masks):
        sizes, state, x, memory = args
        expected = right(state, sizes[1], x, memory, masks)
        return Case(concept, args, {"masks": masks}, expected=expected, use=probe.decoded)

    yield masked("a causal mask", drawn(rng, 2, 4, 5), (causal(4), None))
    yield masked("a causal mask, source and target of one length", drawn(rng, 2, 4, 4), (causal(4), None))
    yield masked("a padded source", drawn(rng, 2, 3, 5), (None, padding([5, 2], 5)[:, None, None]))
    yield masked(
        "a padded source of the target's length", drawn(rng, 2, 4, 4), (None, padding([2, 4], 4)[:, None, None])
    )
    yield masked("both masks", drawn(rng, 2, 4, 4), (causal(4), padding([4, 1], 4)[:, None, None]))
    every = some(rng, 2 * 2 * 3, 3).view(2, 2, 3, 3), some(rng, 2 * 2 * 3, 5).view(2, 2, 3, 5)
    yield masked("masks of each sentence, head and word", drawn(rng), every)
    nothing = torch.ones(3, 3, dtype=torch.bool).tril(), torch.ones(2, 1, 3, 5, dtype=torch.bool)
    nothing[1][1, :, 1] = False
    yield masked("a word that may not look at the source at all", drawn(rng), nothing)
    yield masked("a word that may look at no word", drawn(rng), (torch.ones(3, 3, dtype=torch.bool).tril(-1), None))
    args, seen, real = drawn(rng, 2, 4, 4), causal(4), padding([3, 4], 4)[:, None, None]
    expected = right(args[1], SIZES[1], args[2], args[3], (seen, real))
    named = {"memory_mask": real, "self_mask": seen}
    yield Case("masks given by name", args, named, expected=expected, use=probe.decoded_by_name)


def sharing_cases(rng):
    total = sum(torch.Size(shape).numel() for shape in shapes(*SIZES).values())
    yield Case("how much there is to learn", (SIZES,), expected=total, use=probe.learned)
    args = drawn(rng)
    expected = right(args[1], SIZES[1], args[2], args[3])
    yield Case("a change of the other layer later", args, expected=expected, use=probe.after_a_change_there)
    state = numbers(rng, *SIZES)
    there = "the other layer after a change of yours"
    yield Case(there, (SIZES, state), expected=state, use=probe.source_after_a_change_here)
    sizes, state, x, memory = drawn(rng)
    masks = causal(3), torch.ones(2, 1, 3, 5, dtype=torch.bool)
    masks[1][0, :, 2] = False
    pull = normal(rng, 2, 3, 6, dtype=torch.float64)
    leaves = [tensor.double().requires_grad_() for tensor in (x, memory)]
    expected = list(torch.autograd.grad((right(state, 2, leaves[0], leaves[1], masks) * pull).sum(), leaves))
    args = sizes, state, x.double(), memory.double(), masks, pull
    yield Case("gradients", args, expected=expected, use=probe.block_gradients)


def blank(width, hidden):
    """A layer whose parts give zeros, and whose norms change nothing but the scale."""
    state = {name: torch.zeros(shape) for name, shape in shapes(width, 2, hidden).items()}
    return state | {f"{norm}.weight": torch.ones(width) for norm in NORMS}


def dropped(concept, part):
    """Dropout in one place of a block whose other parts give zeros; see the same case of EncoderBlock.

    A token is 1 in column 0, -1 in column 1 and 0 elsewhere; a norm brings that to the height `high`. The part adds as
    much to each of the other columns, or 0 where dropout strikes. Columns 0 and 1 tell how all was scaled.
    """
    width, hidden, probability = 34, 8, 0.3
    state, others, high = blank(width, hidden), torch.arange(width) >= 2, (width / 2) ** 0.5
    one = 1.0 if part.startswith("self_attn") else high
    if part in ("self_attn", "multihead_attn"):
        state[f"{part}.out_proj.bias"][others] = one
    elif part.endswith("weights"):  # the sum of a head's weights is added, which dropout changes
        name = part.removesuffix(" weights")
        state[f"{name}.in_proj_bias"][2 * width :] = one
        state[f"{name}.out_proj.weight"] = torch.diag(others.float())
    elif part == "linear2":
        state["linear2.bias"][others] = one
    else:  # inside of the feed-forward part the same is dropped for all columns of a token
        state["linear1.bias"][:] = 5
        state["linear2.weight"][others] = one / (hidden * F.gelu(torch.tensor(5.0)).item())
    x = torch.zeros(8, 8, width)
    x[..., 0], x[..., 1] = 1, -1
    read, signs = (apart, 1) if part == "inside" else (signs_of_weights, 1)
    if part in ("self_attn", "multihead_attn", "linear2"):
        read, signs = signs_of_sums, 3
    options = {"training": True, "eps": (1e-12,) * 3, "dropout": probability}
    reading = partial(first_of, read=read, probability=probability)
    args = (width, 2, hidden), state, x, x.clone()
    return Case(concept, args, options, expected=[True] * signs, use=probe.decoded, read=reading)


def first_of(result, read, probability):
    return read([result], probability)


def apart(result, probability):
    """Whether tokens get different sums: their hidden numbers were dropped apart."""
    output = result[0]
    first, second = output[..., :1], output[..., 1:2]
    sums = ((2 * output - first - second) / (first - second))[..., 2:].amax(dim=-1)
    return [len((sums * 100).round().unique()) > 3]


def dropout_cases():
    yield dropped("dropout of what attention to the own words adds", "self_attn")
    yield dropped("dropout of what attention to the source adds", "multihead_attn")
    yield dropped("dropout of what the feed-forward part adds", "linear2")
    yield dropped("dropout inside of the feed-forward part", "inside")
    yield dropped("dropout of the weights on the own words", "self_attn weights")
    yield dropped("dropout of the weights on the source", "multihead_attn weights")
