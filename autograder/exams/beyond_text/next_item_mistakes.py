"""Wrong variants of NextItem."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exams.beyond_text.layers import library_layers
from autograder.exams.beyond_text.next_item import NextItem, in_small_steps, step_by_step


@NextItem.wrong("a place looks ahead, and sees the very item that it is to predict. Which mask is missing?")
class sees_the_future(in_small_steps):
    def opened(self, ids):
        return self.real(ids)[:, None, :] | torch.eye(ids.shape[1], dtype=torch.bool)


@NextItem.wrong(
    "padding is looked at: a padded history gives other scores than alone. Is a mask missing, or is padding looked for "
    "in vectors to which positions were already added, so that none is 0?"
)
class sees_padding(in_small_steps):
    def opened(self, ids):
        return self.earlier(ids.shape[1]).expand(len(ids), -1, -1)


@NextItem.wrong("neither mask has an effect: places look ahead, and at padding. Where does the mask go in?")
class no_mask_at_all(in_small_steps):
    def opened(self, ids):
        return torch.ones(len(ids), ids.shape[1], ids.shape[1], dtype=torch.bool)


@NextItem.wrong("the mask is read upside down: PyTorch's layers take True for closed. And this course?")
class mask_upside_down(in_small_steps):
    def opened(self, ids):
        return ~super().opened(ids) | torch.eye(ids.shape[1], dtype=torch.bool)


@NextItem.wrong(
    "the causal mask is turned over: places see the future and not the past. Is it tril or triu that opens?"
)
class future_alone(in_small_steps):
    def earlier(self, t):
        return torch.ones(t, t, dtype=torch.bool).triu()


@NextItem.wrong("a place does not see its own item, the newest that it knows. Which diagonal does the mask keep?")
class blind_for_itself(in_small_steps):
    def opened(self, ids):
        t = ids.shape[1]
        past = torch.ones(t, t, dtype=torch.bool).tril(-1) & self.real(ids)[:, None, :]
        return past | (~past.any(dim=-1, keepdim=True) & torch.eye(t, dtype=torch.bool))


@NextItem.wrong(
    "padding is known by a vector whose sum is 0, not by its id. What if item 0 has learned a vector, or an item "
    "has such a one?"
)
class padding_by_its_vector(in_small_steps):
    def real(self, ids):
        return self.items(ids).sum(dim=-1) != 0


@NextItem.wrong(
    "padded vectors are set to 0, and are still looked at: a score of 0 is no closed door. What must the mask close?"
)
class zeros_for_padding(in_small_steps):
    def embed(self, ids):
        return super().embed(ids) * (ids != 0)[..., None]

    def opened(self, ids):
        return self.earlier(ids.shape[1]).expand(len(ids), -1, -1)


@NextItem.wrong("positions count the columns, padding too. Which position has a history's first item?")
class positions_of_columns(in_small_steps):
    def places(self, ids):
        return torch.arange(ids.shape[1]).expand_as(ids)


@NextItem.wrong("positions count from the end: each new item moves all others. From which item do they count?")
class positions_from_the_end(in_small_steps):
    def places(self, ids):
        return torch.arange(ids.shape[1] - 1, -1, -1).expand_as(ids)


@NextItem.wrong("positions count from 1, and the last does not exist. How many real items stand before the first?")
class positions_from_one(in_small_steps):
    def places(self, ids):
        return (ids != 0).cumsum(dim=1)


@NextItem.wrong("positions count from 1, clipped at the last. How many real items stand before the first?")
class positions_from_one_clipped(in_small_steps):
    def places(self, ids):
        return (ids != 0).cumsum(dim=1).clamp(max=self.positions.num_embeddings - 1)


@NextItem.wrong("there are no positions. What tells the newest item from the oldest?")
class no_positions(in_small_steps):
    def embed(self, ids):
        return self.items(ids)


@NextItem.wrong("the vectors are multiplied by the root of the width, as SASRec's first code does. Does the docstring?")
class scaled_vectors(in_small_steps):
    def embed(self, ids):
        return self.items(ids) * self.items.embedding_dim**0.5 + self.positions(self.places(ids))


@NextItem.wrong(
    "a padded place has nothing open, and PyTorch's layer may give NaN there. What may it look at without any harm?"
)
class nan_at_padding(in_small_steps):
    def opened(self, ids):
        return self.earlier(ids.shape[1]) & self.real(ids)[:, None, :]


@NextItem.wrong("all histories get the mask of the first. Has each its own padding?")
class mask_of_the_first_history(in_small_steps):
    def opened(self, ids):
        return super().opened(ids)[:1].expand(len(ids), -1, -1)


@NextItem.wrong("the masks of heads and histories are mixed up. Which stand together in (b * h, t, t)?")
class masks_mixed_up(in_small_steps):
    def encode(self, x, opened):
        closed = ~opened.repeat(self.heads, 1, 1)
        for layer in self.layers:
            x = layer(x, src_mask=closed)
        return x


@NextItem.wrong("item 0 can be recommended. Which score makes sure that it never is?")
class padding_recommended(in_small_steps):
    def finish(self, scores):
        return scores


@NextItem.wrong("item 0 has the score 0, which may be the best. Which score makes sure that it is never recommended?")
class zero_for_padding(in_small_steps):
    def finish(self, scores):
        return F.pad(scores[..., 1:], (1, 0))


@NextItem.wrong("item 0 has no column, so each item's score stands one place too early. How many columns are there?")
class no_column_for_padding(in_small_steps):
    def finish(self, scores):
        return scores[..., 1:]


@NextItem.wrong("only the last place is scored. How many places has a history?")
class last_place_alone(in_small_steps):
    def finish(self, scores):
        return super().finish(scores)[:, -1]


@NextItem.wrong("probabilities come out, not scores. Is there a softmax?")
class probabilities(in_small_steps):
    def finish(self, scores):
        return super().finish(scores).softmax(dim=-1)


@NextItem.wrong("logarithms of probabilities come out, not scores. Is there a log_softmax?")
class log_probabilities(in_small_steps):
    def finish(self, scores):
        return super().finish(scores).log_softmax(dim=-1)


@NextItem.wrong("the final norm is missing. What stands between the layers and the scores?")
class no_final_norm(in_small_steps):
    def score(self, x):
        return x @ self.items.weight.T


@NextItem.wrong("the scores are cosines: the lengths of the vectors are lost. Which product does the docstring have?")
class cosines(in_small_steps):
    def score(self, x):
        return F.normalize(self.norm(x), dim=-1) @ F.normalize(self.items.weight, dim=-1).T


@NextItem.wrong("the scores are divided by the root of the width. Does the docstring scale them?")
class scaled_scores(in_small_steps):
    def score(self, x):
        return super().score(x) / math.sqrt(x.shape[-1])


@NextItem.wrong("the scores come from a layer of their own. Which vectors do they share with the items?")
class own_output_layer(in_small_steps):
    def __init__(self, num_items, width, *sizes):
        super().__init__(num_items, width, *sizes)
        self.output = nn.Linear(width, num_items + 1)

    def score(self, x):
        return self.output(self.norm(x))


@NextItem.wrong("there is no vector for item 0, which stands at padded places. How many rows does `items` have?")
class one_item_too_few(in_small_steps):
    def items_of(self, num_items, width):
        return nn.Embedding(num_items, width)


@NextItem.wrong("the layers normalise behind each part, as in 2017. Which argument makes them pre-norm?")
class post_norm(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers, norm_first=False)


@NextItem.wrong("there is a ReLU in the layers, which is PyTorch's default. Which argument makes it a GELU?")
class relu(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers, activation="relu")


@NextItem.wrong("the layers drop a tenth in training, which is PyTorch's default. Which argument says none?")
class dropout_by_default(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers, dropout=0.1)


@NextItem.wrong("the layers have 2048 numbers inside, which is PyTorch's default. How many should there be?")
class default_width_inside(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers, dim_feedforward=2048)


@NextItem.wrong("a head's scores are divided by the root of the whole width. How deep is a head?")
class scaled_by_the_width(step_by_step):
    def __init__(self, num_items, width, *sizes):
        super().__init__(num_items, width, *sizes)
        self.scale = width


@NextItem.wrong("all layers are one and the same. How do you make a new one for each?")
class one_layer_for_all(in_small_steps):
    def layers_of(self, width, num_heads, num_layers):
        return nn.ModuleList(list(library_layers(width, num_heads, 1)) * num_layers)


@NextItem.wrong("only the first layer is used. How many are there?")
class first_layer_alone(in_small_steps):
    def encode(self, x, opened):
        return self.layers[0](x, src_mask=~opened.repeat_interleave(self.heads, dim=0))
