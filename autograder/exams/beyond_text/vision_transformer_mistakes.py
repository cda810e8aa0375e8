"""Wrong variants of VisionTransformer."""

import math

import torch
from torch import nn

from autograder.exams.beyond_text.layers import library_layers
from autograder.exams.beyond_text.vision_transformer import VisionTransformer, in_small_steps, step_by_step


@VisionTransformer.wrong(
    "the class token stands behind the patches. Which place is read out, and which position is its?"
)
class class_token_last(in_small_steps):
    def join(self, first, tokens):
        return torch.cat([tokens, first], dim=1)

    def read_out(self, x):
        return self.norm(x)[:, -1]


@VisionTransformer.wrong("the first patch is read out, not the class token. At which place does that stand?")
class first_patch_read_out(in_small_steps):
    def read_out(self, x):
        return self.norm(x)[:, 1]


@VisionTransformer.wrong("the last patch is read out. At which place does the class token stand?")
class last_patch_read_out(in_small_steps):
    def read_out(self, x):
        return self.norm(x)[:, -1]


@VisionTransformer.wrong("the mean of all tokens is read out. What is the class token there for?")
class mean_of_all(in_small_steps):
    def read_out(self, x):
        return self.norm(x).mean(dim=1)


@VisionTransformer.wrong("the mean of the patches is read out. What is the class token there for?")
class mean_of_the_patches(in_small_steps):
    def read_out(self, x):
        return self.norm(x)[:, 1:].mean(dim=1)


@VisionTransformer.wrong("each token gets logits. Which one is read out?")
class logits_of_all(in_small_steps):
    def read_out(self, x):
        return self.norm(x)


@VisionTransformer.wrong("there are no positions: a shuffled picture gives the same. Where are they added?")
class no_positions(in_small_steps):
    def place(self, x):
        return x


@VisionTransformer.wrong(
    "the class token gets no position. How many rows does `positions` have, and whose is the first?"
)
class class_token_without_position(in_small_steps):
    def place(self, x):
        return torch.cat([x[:, :1], x[:, 1:] + self.positions[1:]], dim=1)


@VisionTransformer.wrong("the positions are off by one: the first patch has the class token's. Whose is the first row?")
class positions_off_by_one(in_small_steps):
    def place(self, x):
        return x + self.positions.roll(-1, dims=0)


@VisionTransformer.wrong("positions are added before each layer. How often are they added in the docstring?")
class positions_in_each_layer(in_small_steps):
    def encode(self, x):
        for number, layer in enumerate(self.layers):
            x = layer(x if number == 0 else self.place(x))
        return x


@VisionTransformer.wrong("the final norm is missing. What stands between the layers and the classifier?")
class no_final_norm(in_small_steps):
    def read_out(self, x):
        return x[:, 0]


@VisionTransformer.wrong("the norm comes before the layers, and none behind them. Where does the docstring have it?")
class norm_before_the_layers(in_small_steps):
    def encode(self, x):
        return super().encode(self.norm(x))

    def read_out(self, x):
        return x[:, 0]


@VisionTransformer.wrong("the layers normalise behind each part, as in 2017. Which argument makes them pre-norm?")
class post_norm(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers, norm_first=False)


@VisionTransformer.wrong("there is a ReLU in the layers, which is PyTorch's default. Which argument makes it a GELU?")
class relu(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers, activation="relu")


@VisionTransformer.wrong("the GELU is the approximate one, with a tanh. Which one is meant?")
class approximate_gelu(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers, activation=nn.GELU(approximate="tanh"))


@VisionTransformer.wrong(
    "the class token sees nothing of its picture. Either the layers take the first axis for the tokens, and pictures "
    "look at each other, or a causal mask hides the patches. Which argument puts the batch first; who may look at whom?"
)
class batch_second(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers, batch_first=False)


@VisionTransformer.wrong("the layers drop a tenth in training, which is PyTorch's default. Which argument says none?")
class dropout_by_default(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers, dropout=0.1)


@VisionTransformer.wrong("the layers have 2048 numbers inside, which is PyTorch's default. How many should there be?")
class default_width_inside(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers, dim_feedforward=2048)


@VisionTransformer.wrong("all layers are one and the same. How do you make a new one for each?")
class one_layer_for_all(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return nn.ModuleList(list(library_layers(width, num_heads, 1)) * num_layers)


@VisionTransformer.wrong("there is one head, whatever num_heads says. Where does it go in?")
class one_head(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, 1, num_layers)


@VisionTransformer.wrong("only the first layer is used. How many are there?")
class first_layer_alone(in_small_steps):
    def encode(self, x):
        return self.layers[0](x)


@VisionTransformer.wrong("a head's scores are divided by the root of the whole width. How deep is a head?")
class scaled_by_the_width(step_by_step):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.scale = sizes[3]


@VisionTransformer.wrong("the scores of attention are not scaled. By what does a head divide them?")
class not_scaled(step_by_step):
    scale = 1


@VisionTransformer.wrong("probabilities come out. What are logits?")
class probabilities(in_small_steps):
    def finish(self, logits):
        return logits.softmax(dim=-1)


@VisionTransformer.wrong("logarithms of probabilities come out. What are logits?")
class log_probabilities(in_small_steps):
    def finish(self, logits):
        return logits.log_softmax(dim=-1)


@VisionTransformer.wrong(
    "the pixels are cut into rows as they lie there: a patch gets pieces of lines. Which function cuts patches?"
)
class torn_patches(in_small_steps):
    def cut(self, images):
        return images.reshape(len(images), -1, self.embed.in_features)


@VisionTransformer.wrong(
    "inside of a patch the channel comes first, as a convolution has it. In which order does `patches` give them?"
)
class channel_first(in_small_steps):
    def cut(self, images):
        cut = super().cut(images)
        return cut.unflatten(2, (-1, images.shape[1])).transpose(2, 3).flatten(2)


@VisionTransformer.wrong("the patches come column by column. In which order does `patches` give them?")
class column_by_column(in_small_steps):
    def cut(self, images):
        side = math.isqrt(self.positions.shape[0] - 1)
        return super().cut(images).unflatten(1, (side, side)).transpose(1, 2).flatten(1, 2)


@VisionTransformer.wrong("the class token has no influence of its own: zeros go in. What is `self.class_token` for?")
class zeros_for_the_class_token(in_small_steps):
    def first(self, tokens):
        return torch.zeros_like(tokens[:, :1])


@VisionTransformer.wrong("what is cut off from the graph cannot be learned. Is there a `.detach()` or a `.data`?")
class positions_without_gradient(in_small_steps):
    def place(self, x):
        return x + self.positions.detach()


@VisionTransformer.wrong("the residual around the layers is there twice. What does a layer add already?")
class residual_twice(in_small_steps):
    def encode(self, x):
        for layer in self.layers:
            x = x + layer(x)
        return x


@VisionTransformer.wrong("positions are fixed: nothing of them is learned. How does a tensor become a parameter?")
class positions_in_a_buffer(in_small_steps):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        fixed = self.positions.data
        del self.positions
        self.register_buffer("positions", fixed)


@VisionTransformer.wrong("`embed` reads one channel only. How many numbers has a patch?")
class channels_forgotten(in_small_steps):
    def __init__(self, image_size, patch_size, channels, width, *sizes):
        super().__init__(image_size, patch_size, channels, width, *sizes)
        self.embed = nn.Linear(patch_size**2, width)

    def cut(self, images):
        return super().cut(images[:, :1])


@VisionTransformer.wrong("there are as many positions as patches. What else goes through the layers?")
class positions_of_the_patches_alone(in_small_steps):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.positions = nn.Parameter(self.positions.data[1:])

    def place(self, x):
        return torch.cat([x[:, :1], x[:, 1:] + self.positions], dim=1)
