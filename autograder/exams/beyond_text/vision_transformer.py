"""VisionTransformer(image_size, patch_size, channels, width, num_heads, num_layers, num_classes): cases, right ones."""

from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.probes import modules as probe
from autograder.exam.exercise import Case, Exercise
from autograder.exams.beyond_text import layers
from autograder.exams.beyond_text.earlier import NOTEBOOK, patches
from autograder.exams.beyond_text.layers import GRADIENTS, NUMBERS, by_hand, library_layers, linear, norm, stack
from autograder.exams.beyond_text.patches import right as cut
from autograder.exams.sequence_to_sequence.inputs import normal

SIZES = 4, 2, 2, 6, 3, 1, 5
"""Pictures of 4 x 4 with 2 channels, patches of 2, 6 numbers a token, 3 heads, 1 layer, 5 classes."""

DEEP = 4, 2, 2, 6, 3, 2, 5
"""The same with 2 layers."""

KINDS = {
    "embed": "Linear",
    "class_token": "Parameter",
    "positions": "Parameter",
    "layers": "ModuleList",
    "norm": "LayerNorm",
    "classifier": "Linear",
}


def shapes(image_size, patch_size, channels, width, num_heads, num_layers, num_classes):
    """The parameters by dotted name, with their shapes."""
    found: dict[str, tuple[int, ...]] = {
        "embed.weight": (width, patch_size**2 * channels),
        "embed.bias": (width,),
        "class_token": (width,),
        "positions": ((image_size // patch_size) ** 2 + 1, width),
        "norm.weight": (width,),
        "norm.bias": (width,),
        "classifier.weight": (num_classes, width),
        "classifier.bias": (num_classes,),
    }
    return found | layers.shapes(width, num_layers)


def right(sizes, images, state):
    """The oracle in float64."""
    state = {name: tensor.double() for name, tensor in state.items()}
    tokens = linear(state, "embed", cut(images.double(), sizes[1]))
    first = state["class_token"].expand(len(images), 1, -1)
    x = torch.cat([first, tokens], dim=1) + state["positions"]
    return linear(state, "classifier", norm(state, "norm", stack(state, sizes[4], sizes[5], x)[:, 0]))


def cases(rng):
    shape = {name: list(one) for name, one in shapes(*DEEP).items()}
    yield Case("the parts", (DEEP, tuple(KINDS), shape), expected=[KINDS, shape], use=probe.parts)
    total = sum(torch.Size(one).numel() for one in shapes(*DEEP).values())
    yield Case("how much there is to learn", (DEEP,), expected=total, use=probe.learned)

    def drawn(b, sizes):
        state = layers.numbers(rng, shapes(*sizes))
        return sizes, state, normal(rng, b, sizes[2], sizes[0], sizes[0])

    def say(concept, b=2, sizes=SIZES, **options):
        sizes, state, images = drawn(b, sizes)
        args = sizes, state, images
        return Case(concept, args, options, NUMBERS, partial(right, sizes, images, state), use=probe.output)

    yield say("pictures in a batch")
    yield say("a single picture", 1)
    yield say("a single patch", 2, (3, 3, 1, 4, 2, 1, 3))
    yield say("patches of one pixel", 2, (3, 1, 2, 6, 2, 1, 4))
    yield say("one head", 2, (6, 3, 1, 6, 1, 1, 2))
    yield say("two layers", 2, DEEP)
    yield say("as many pictures, tokens, heads, numbers and classes", 5, (2, 1, 5, 5, 5, 1, 5))
    yield say("training mode", training=True)
    sizes, state, images = drawn(2, SIZES)
    turned = images.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
    expected = partial(right, sizes, images, state)
    yield Case("views with strides", (sizes, state, turned), {}, NUMBERS, expected, use=probe.output)
    sizes, state, images = drawn(2, DEEP)
    pull = normal(rng, 2, sizes[-1])
    expected = partial(layers.slopes, partial(right, sizes, images), state, pull)
    yield Case("gradients", (sizes, state, images), {"pulls": [pull]}, GRADIENTS, expected, use=probe.gradients)


_RANDOM = "0.02 * torch.randn(count + 1, width)"
_FREE = "what numbers it starts with is free"

VisionTransformer = Exercise(
    NOTEBOOK,
    "VisionTransformer",
    cases,
    survivors={
        "VisionTransformer.__init__: torch.zeros(width) -> torch.ones(width)": _FREE,
        f"VisionTransformer.__init__: {_RANDOM} -> 1.02 * torch.randn(count + 1, width)": _FREE,
        f"VisionTransformer.__init__: {_RANDOM} -> -0.98 * torch.randn(count + 1, width)": _FREE,
        f"VisionTransformer.__init__: {_RANDOM} -> 0 * torch.randn(count + 1, width)": _FREE,
        f"VisionTransformer.__init__: {_RANDOM} -> torch.randn(count + 1, width)": _FREE,
        f"VisionTransformer.__init__: {_RANDOM} -> 0.02 / torch.randn(count + 1, width)": _FREE,
        f"VisionTransformer.__init__: {layers.OPTIONS} -> {layers.WITH_WHOLE_ZERO}": "0 is 0.0",
    },
)


@VisionTransformer.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, image_size, patch_size, channels, width, num_heads, num_layers, num_classes):
        super().__init__()
        self.patch_size = patch_size
        self.embed = nn.Linear(patch_size**2 * channels, width)
        self.class_token = nn.Parameter(torch.randn(width))
        self.positions = nn.Parameter(torch.randn((image_size // patch_size) ** 2 + 1, width))
        self.layers = self.layers_of(width, num_heads, num_layers)
        self.norm = nn.LayerNorm(width)
        self.classifier = nn.Linear(width, num_classes)

    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers)

    def cut(self, images):
        return patches(images, self.patch_size)

    def first(self, tokens):
        return self.class_token.expand(len(tokens), 1, -1)

    def join(self, first, tokens):
        return torch.cat([first, tokens], dim=1)

    def place(self, x):
        return x + self.positions

    def encode(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def read_out(self, x):
        return self.norm(x)[:, 0]

    def finish(self, logits):
        return logits

    def forward(self, images):
        tokens = self.embed(self.cut(images))
        x = self.encode(self.place(self.join(self.first(tokens), tokens)))
        return self.finish(self.classifier(self.read_out(x)))


@VisionTransformer.right
class with_a_convolution(nn.Module):
    """A convolution with the numbers of `embed`; the layers belong to an nn.TransformerEncoder."""

    def __init__(self, image_size, patch_size, channels, width, num_heads, num_layers, num_classes):
        super().__init__()
        self.embed = nn.Linear(patch_size * patch_size * channels, width)
        self.class_token = nn.Parameter(torch.empty(width).normal_())
        self.positions = nn.Parameter(torch.zeros(image_size // patch_size * (image_size // patch_size) + 1, width))
        one = nn.TransformerEncoderLayer(width, num_heads, 4 * width, 0.0, F.gelu, batch_first=True, norm_first=True)
        encoder = nn.TransformerEncoder(one, num_layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.encoder, self.layers, self.norm = encoder, encoder.layers, encoder.norm
        self.classifier = nn.Linear(width, num_classes)
        self.sizes = patch_size, patch_size, channels

    def forward(self, images):
        kernel = self.embed.weight.unflatten(1, self.sizes).permute(0, 3, 1, 2)
        tokens = F.conv2d(images, kernel, self.embed.bias, stride=self.sizes[0]).flatten(2).transpose(1, 2)
        x = torch.cat((self.class_token.repeat(images.shape[0], 1, 1), tokens), 1)
        return self.classifier(self.encoder(x + self.positions.unsqueeze(0))[:, 0, :])


@VisionTransformer.right
class step_by_step(nn.Module):
    """Attention and norms spelled out, on the layers' own parts; the class token is placed before it is joined."""

    scale: float | None = None

    def __init__(self, image_size, patch_size, channels, width, num_heads, num_layers, num_classes):
        super().__init__()
        self.patch_size, self.count = patch_size, (image_size // patch_size) ** 2
        self.embed = nn.Linear(patch_size**2 * channels, width)
        self.class_token = nn.Parameter(torch.zeros(width))
        self.positions = nn.Parameter(0.02 * torch.randn(self.count + 1, width))
        self.layers = library_layers(width, num_heads, num_layers)
        self.norm = nn.LayerNorm(width)
        self.classifier = nn.Linear(width, num_classes)

    def forward(self, images):
        tokens = self.embed(patches(images, self.patch_size)) + self.positions[1:]
        x = torch.stack([torch.cat([(self.class_token + self.positions[0])[None], one]) for one in tokens])
        for layer in self.layers:
            x = by_hand(layer, x, scale=self.scale)
        return F.linear(self.norm(x[:, 0]), self.classifier.weight, self.classifier.bias)
