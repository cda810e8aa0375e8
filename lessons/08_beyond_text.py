# %% [markdown]
# # 08 Beyond text, and long sequences
#
# Attention knows nothing of words. It averages things by how well they match, whatever the things are.

# %% [markdown]
# **You will do** eight exercises, 20 points: attention as it was in 1964, a picture cut into patches, a vision
# Transformer, a map of what it looked at, a recommender, a fair test for it, and two kinds of attention for long
# sequences.

# %% given imports
import math

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.checks import beyond_text as checks


# %% [markdown]
# ## 1 Attention, 1964

# %% [markdown]
# ### Exercise 1: attention as a kernel (1 point, about 15 minutes)
#
# Write `nadaraya_watson`. What would the curve be at `query`? The mean of all measured values, each weighted by how
# near it was measured. Queries and keys are plain numbers here, and the score is a negative squared distance.
#
# By hand: keys 0 and 2, values 10 and 20, a query at 1. Both are as near, so 15.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# All distances at once are (q, k). What does `queries[:, None]` do?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# The exponentials of far distances are all 0, and 0 / 0 is NaN. `torch.softmax` has a way round that. Which axis
# holds the keys?
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Mask the scores before the softmax with the smallest finite number, and the weights after it with 0, as in notebook
# 03. Then the weights times the values.
# </details>

# %% exercise nadaraya_watson
def nadaraya_watson(queries, keys, values, bandwidth, mask=None):
    """Estimate a curve from measured points: the mean of the values, near points first.

    Nadaraya 1964 and Watson 1964, with the Gaussian kernel. The weights of a query are

        softmax over the keys of  -(query - key)^2 / (2 * bandwidth^2)

    Args:
        queries: (q,) floats, where the curve is asked for.
        keys: (k,) floats, where it was measured, in any order; values: (k,), what was measured there.
        bandwidth: above 0, a number or a tensor without axes, which gradients can reach: how far
            away a point still counts.
        mask: (q, k) booleans, True where a query MAY look at a key; None opens all.

    Returns:
        (q,) floats. Finite also for a query that is far from all keys; a query with nothing open
        gets 0. Nothing that was given is changed.
    """
    # BEGIN SOLUTION
    scores = -((queries[:, None] - keys) ** 2) / (2 * bandwidth**2)
    if mask is None:
        return torch.softmax(scores, dim=-1) @ values
    scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    return torch.softmax(scores, dim=-1).masked_fill(~mask, 0.0) @ values
    # END SOLUTION


# %% check nadaraya_watson points=1
# BEGIN HIDDEN TESTS
from autograder.exams import beyond_text as exam

exam.nadaraya_watson(nadaraya_watson)
# END HIDDEN TESTS
checks.nadaraya_watson(nadaraya_watson)


# %% [markdown]
# ## 2 A picture is a sentence of patches

# %% [markdown]
# ### Exercise 2: patches (2 points, about 25 minutes)
#
# Write `patches`, which cuts pictures into little squares, and `unpatch`, which puts them together again. A patch is
# to a picture what a word is to a sentence.
#
# By hand: the picture with the rows 0 1 2 3 and 4 5 6 7, cut into patches of size 2, gives 0 1 4 5 and 2 3 6 7.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Cut each side in two: (b, c, rows of patches, size, columns of patches, size). Which of these six axes say *which*
# patch, and which say where *inside* of it?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `permute` brings the axes into the order that you want to read them in; `reshape` alone moves nothing.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# The order is b, row of patches, column of patches, row inside, column inside, channel. Back is the same permutation,
# undone.
# </details>

# %% exercise patches
def patches(images, size):
    """Cut pictures into square patches and lay the numbers of each patch into a row.

    Dosovitskiy et al. 2020, section 3.1.

    Args:
        images: (b, c, height, width), numbers of any type.
        size: the side of a patch in pixels.

    Returns:
        (b, n, size * size * c), n = height / size * width / size: the patches row by row from the top
        left; inside of a patch the numbers go by row, then column, then channel.

    Raises:
        ValueError: size does not divide the height or the width.
    """
    # BEGIN SOLUTION
    b, channels, height, width = images.shape
    if height % size or width % size:
        raise ValueError(f"patches of size {size} do not fill a picture of {height} x {width}")
    cut = images.reshape(b, channels, height // size, size, width // size, size)
    return cut.permute(0, 2, 4, 3, 5, 1).reshape(b, -1, size * size * channels)
    # END SOLUTION


def unpatch(patches, size, height, width):
    """Put patches together again: the inverse of `patches`.

    Args:
        patches: (b, n, size * size * c), in the order in which `patches` gives them.
        size: the side of a patch; height, width: the sides of the pictures.

    Returns:
        (b, c, height, width)

    Raises:
        ValueError: size does not divide the height or the width, or n is not the number of patches
            of such a picture.
    """
    # BEGIN SOLUTION
    b, n, _ = patches.shape
    rows, columns = height // size, width // size
    if height % size or width % size or n != rows * columns:
        raise ValueError(f"{n} patches of size {size} do not make a picture of {height} x {width}")
    cut = patches.reshape(b, rows, columns, size, size, -1)
    return cut.permute(0, 5, 1, 3, 2, 4).reshape(b, -1, height, width)
    # END SOLUTION


# %% check patches points=2
# BEGIN HIDDEN TESTS
from autograder.exams import beyond_text as exam

exam.patches(patches, unpatch)
# END HIDDEN TESTS
checks.patches(patches, unpatch)


# %% [markdown]
# ## 3 A vision Transformer

# %% [markdown]
# ### Exercise 3: a vision Transformer (3 points, about 35 minutes)
#
# Write `VisionTransformer`. It is the encoder of notebook 03 with patches for words. One more vector stands in front,
# the **class token**: it belongs to no patch, looks at all of them, and what it has become at the end is read out.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How many vectors go through the layers for n patches, and how many positions are there?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `self.class_token.expand(len(images), 1, -1)` makes one for each picture; `torch.cat([first, second], dim=1)` puts
# the patches behind it.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `nn.TransformerEncoderLayer` has arguments `dropout`, `activation`, `batch_first`, `norm_first`; not one of them is
# right by default. After the layers: the norm, then row 0 of each picture, then the classifier.
# </details>

# %% exercise VisionTransformer
class VisionTransformer(nn.Module):
    """Say what is in a picture, by a Transformer over its patches.

    Dosovitskiy et al. 2020, section 3.1:

        x = [class token, embed(patches)] + positions
        x = layer(x)                          for each layer
        logits = classifier(norm(x)[first])

    Args:
        image_size: the side of the square pictures in pixels; patch_size: that of a patch, which
            divides it. channels: the numbers in a pixel.
        width: m, the numbers per token. num_heads: h, divides m. num_layers: how many layers.
        num_classes: how many answers there are.

    With n = (image_size / patch_size)^2 patches, its parts have the names
        embed: an nn.Linear(patch_size * patch_size * channels, m), for the order of `patches`;
        class_token: an nn.Parameter of shape (m,);
        positions: an nn.Parameter of shape (n + 1, m), the class token's first;
        layers: an nn.ModuleList of num_layers modules nn.TransformerEncoderLayer of width m with
            num_heads heads and 4 * m numbers inside; pre-norm, the exact GELU, without dropout,
            batch first;
        norm: an nn.LayerNorm(m);
        classifier: an nn.Linear(m, num_classes).
    There are no other parameters. What numbers they start with is free; positions that start small
    (0.02 times normal ones) and a class token of zeros do well.
    """

    def __init__(self, image_size, patch_size, channels, width, num_heads, num_layers, num_classes):
        # BEGIN SOLUTION
        super().__init__()
        self.patch_size = patch_size
        count = (image_size // patch_size) ** 2
        self.embed = nn.Linear(patch_size * patch_size * channels, width)
        self.class_token = nn.Parameter(torch.zeros(width))
        self.positions = nn.Parameter(0.02 * torch.randn(count + 1, width))
        options = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": True}
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, num_heads, 4 * width, **options) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(width)
        self.classifier = nn.Linear(width, num_classes)
        # END SOLUTION

    def forward(self, images):
        """Classify pictures.

        Args:
            images: (b, channels, image_size, image_size) floats.

        Returns:
            (b, num_classes) logits, before any softmax.
        """
        # BEGIN SOLUTION
        tokens = self.embed(patches(images, self.patch_size))
        first = self.class_token.expand(len(images), 1, -1)
        x = torch.cat([first, tokens], dim=1) + self.positions
        for layer in self.layers:
            x = layer(x)
        return self.classifier(self.norm(x)[:, 0])
        # END SOLUTION


# %% check VisionTransformer points=3
# BEGIN HIDDEN TESTS
from autograder.exams import beyond_text as exam

exam.VisionTransformer(VisionTransformer)
# END HIDDEN TESTS
checks.VisionTransformer(VisionTransformer)


# %% [markdown]
# ## 4 Where did it look?

# %% [markdown]
# ### Exercise 4: rollout (2 points, about 25 minutes)
#
# Write `attention_rollout`. A token of the last layer looks at tokens of the layer before, and those have looked at
# others. Multiplying the maps follows the paths all the way down to the patches. Half of each map is the
# **residual**: what went past the attention, unchanged.
#
# By hand: two tokens that look at each other only, [[0, 1], [1, 0]]. With the residual, half and half.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# `last @ first`: what do the rows and the columns of that product stand for?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `torch.eye(t)` is the identity. A row of zeros, of a token that may look at nothing, has the sum .5 once half of the
# identity is added.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# For each layer: the mean over axis 1, half of it and half of the identity, each row divided by its sum; then this,
# from the left, times what there is so far.
# </details>

# %% exercise attention_rollout
def attention_rollout(weights):
    """Follow attention through all layers, down to the tokens that went in.

    Abnar and Zuidema 2020, section 3. For each layer the weights are averaged over the heads, half of
    that and half of the identity are added, and each row is divided by its sum. The product of these
    matrices, that of the last layer leftmost, is the rollout.

    Args:
        weights: a list with, for each layer from first to last, the weights (b, h, t, t): row i says
            how token i shared its attention. A row may be all zeros, for one head or for all.

    Returns:
        (b, t, t). Row i says how much of token i of the last layer comes from each token that went
        in; each row sums to 1. Nothing that was given is changed.
    """
    # BEGIN SOLUTION
    rollout = None
    for layer in weights:
        mean = layer.mean(dim=1)
        mixed = 0.5 * mean + 0.5 * torch.eye(mean.shape[-1]).to(mean)
        mixed = mixed / mixed.sum(dim=-1, keepdim=True)
        rollout = mixed if rollout is None else mixed @ rollout
    return rollout
    # END SOLUTION


# %% check attention_rollout points=2
# BEGIN HIDDEN TESTS
from autograder.exams import beyond_text as exam

exam.attention_rollout(attention_rollout)
# END HIDDEN TESTS
checks.attention_rollout(attention_rollout)


# %% [markdown]
# ## 5 What will you watch next?

# %% [markdown]
# ### Exercise 5: the next item (3 points, about 45 minutes)
#
# Write `NextItem`. A history is a sentence whose words are items. At each place the model scores every item as the
# next one, and must not see it: it is causal.
#
# Here the padding stands **in front**, so that the last column is everybody's last item. Two traps come with it. The
# first real item is not in column 0, and must get position 0 all the same. And a padded place has only padding before
# it: what PyTorch's layer makes of a row with nothing open depends on its mode and its version, and may be NaN.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# `(ids != 0).cumsum(dim=1)` of the row 0 0 7 4 9: what is it, and how far is that from the positions you need?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Let a place look at itself, also if it is padding: nobody looks at padding, so it does no harm, and no row is empty.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `layer(x, src_mask=closed)` takes (b * h, t, t) booleans, True where a place may NOT look, the heads of one row one
# after the other: `repeat_interleave(num_heads, dim=0)`. The scores are `states @ self.items.weight.T`.
# </details>

# %% exercise NextItem
class NextItem(nn.Module):
    """Score every item as the next one of a history, at each place.

    Kang and McAuley 2018 (SASRec), in pre-norm blocks:

        x = items(ids) + positions(number of real items before this one)
        x = layer(x)                          for each layer, no place looks ahead or at padding
        scores = norm(x) @ items.weight.T

    Args:
        num_items: the items are 1 to num_items; 0 is padding.
        width: m, the numbers per item. num_heads: h, divides m. num_layers: how many layers.
        max_length: the most columns that a batch has.

    Its parts have the names
        items: an nn.Embedding(num_items + 1, m); the vector of item 0 may be any, it has no influence;
        positions: an nn.Embedding(max_length, m);
        layers: an nn.ModuleList of num_layers modules nn.TransformerEncoderLayer of width m with
            num_heads heads and 4 * m numbers inside; pre-norm, the exact GELU, without dropout,
            batch first;
        norm: an nn.LayerNorm(m).
    There are no other parameters. What numbers they start with is free; vectors that start small
    (m ** -0.5 times normal ones) do well.
    """

    def __init__(self, num_items, width, num_heads, num_layers, max_length):
        # BEGIN SOLUTION
        super().__init__()
        self.num_heads = num_heads
        self.items = nn.Embedding(num_items + 1, width)
        self.positions = nn.Embedding(max_length, width)
        for table in (self.items, self.positions):
            nn.init.normal_(table.weight, std=width**-0.5)
        options = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": True}
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, num_heads, 4 * width, **options) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(width)
        # END SOLUTION

    def forward(self, ids):
        """Score the next item after each place.

        Args:
            ids: (b, t) int64, t up to max_length: histories, the oldest item first, 0 in front of
                those that are shorter. A row may be all padding.

        Returns:
            (b, t, num_items + 1): at place i the scores of the item at i + 1, from places up to i.
            Item 0 has the score -inf. A padded row gives at its real places what it gives alone; at
            padded places anything finite stands (but for item 0), and all gradients are finite.
        """
        # BEGIN SOLUTION
        real, t = ids != 0, ids.shape[1]
        places = (real.cumsum(dim=1) - 1).clamp(min=0)
        x = self.items(ids) + self.positions(places)
        earlier, itself = real.new_ones(t, t).tril(), real.new_ones(t).diag()
        opened = (earlier & real[:, None, :]) | itself  # (b, t, t)
        closed = ~opened.repeat_interleave(self.num_heads, dim=0)
        for layer in self.layers:
            x = layer(x, src_mask=closed)
        scores = self.norm(x) @ self.items.weight.T
        return F.pad(scores[..., 1:], (1, 0), value=-math.inf)
        # END SOLUTION


# %% check NextItem points=3
# BEGIN HIDDEN TESTS
from autograder.exams import beyond_text as exam

exam.NextItem(NextItem)
# END HIDDEN TESTS
checks.NextItem(NextItem)


# %% [markdown]
# ## 6 A fair test

# %% [markdown]
# ### Exercise 6: fair evaluation (3 points, about 40 minutes)
#
# Write four small functions. `leave_last_out` keeps the last item of each history for the test and the one before for
# choosing between models. `ranks` says at which place the right item stands among all. `hit_rate` and `ndcg` sum that
# up.
#
# By hand: scores 5, 3, 3, 1, and the target is one of the threes. The other three is as good, and a tie counts
# against the target: rank 3. Else a model that scores everything alike would be always right.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# The rank is 1 plus the number of others that are at least as good. How do you compare each row with its target's
# score?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `scores.gather(1, targets[:, None])` is (b, 1). `history[:-2]` is all but the last two; what is it of a history of
# two?
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Where `seen` is True nobody competes. The target itself competes with nobody; set its place aside first. The gain of
# rank r is 1 / log2(1 + r), and 0 beyond k.
# </details>

# %% exercise fair_evaluation
def leave_last_out(histories):
    """Part histories by time: the past to learn from, the last item but one to choose, the last to test.

    Args:
        histories: a list of lists of items, the oldest first.

    Returns:
        (train, validation, test). train: for each history its items without the last two; of a
        history with fewer than 3 items all of them. validation: for each of the others, in order, a
        pair (its items without the last two, the last but one). test: for each of these a pair (its
        items without the last, the last). Nothing that was given is changed.
    """
    # BEGIN SOLUTION
    train, validation, test = [], [], []
    for history in histories:
        if len(history) < 3:
            train.append(list(history))
            continue
        train.append(history[:-2])
        validation.append((history[:-2], history[-2]))
        test.append((history[:-1], history[-1]))
    return train, validation, test
    # END SOLUTION


def ranks(scores, targets, seen=None):
    """At which place the target stands, when all items are sorted by score, the best first.

    Args:
        scores: (b, n), one row a question; -inf allowed.
        targets: (b,) int64, the number of the right item of each row.
        seen: (b, n) booleans, True for items that are out of the race, such as those that a user has
            had already. The target itself is never out, whatever stands there. None: all race.

    Returns:
        (b,) int64, from 1. An item with the same score as the target stands before it.
    """
    # BEGIN SOLUTION
    ahead = scores >= scores.gather(1, targets[:, None])
    if seen is not None:
        ahead = ahead & ~seen
    ahead = ahead.scatter(1, targets[:, None], True)  # the target's own place: rank 1 is the first
    return ahead.sum(dim=1)
    # END SOLUTION


def hit_rate(ranks, k):
    """The share of targets among the first k.

    Args:
        ranks: (b,) int64, at least one. k: at least 1.

    Returns:
        A float from 0 to 1.
    """
    # BEGIN SOLUTION
    return (ranks <= k).double().mean().item()
    # END SOLUTION


def ndcg(ranks, k):
    """Normalised discounted cumulative gain at k (Järvelin and Kekäläinen 2002), with one right item.

    A target at rank r gains 1 / log2(1 + r), one beyond k nothing. The best possible gain is that of
    rank 1, which is 1: nothing is left to normalise.

    Args:
        ranks: (b,) int64, at least one. k: at least 1.

    Returns:
        A float from 0 to 1: the mean gain.
    """
    # BEGIN SOLUTION
    gains = 1 / torch.log2(1 + ranks.double())
    return torch.where(ranks <= k, gains, 0.0).mean().item()
    # END SOLUTION


# %% check fair_evaluation points=3
# BEGIN HIDDEN TESTS
from autograder.exams import beyond_text as exam

exam.fair_evaluation(leave_last_out, ranks, hit_rate, ndcg)
# END HIDDEN TESTS
checks.fair_evaluation(leave_last_out, ranks, hit_rate, ndcg)


# %% [markdown]
# ## 7 Long sequences: a window

# %% [markdown]
# ### Exercise 7: attention in a window (3 points, about 45 minutes)
#
# Write `window_attention`. Each query sees itself and the `window - 1` places before it, and nothing else. The result
# is that of full attention with a band for a mask. The point is to get it without ever making a (t, t) matrix: with
# 100,000 places that would be 40 GB.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Cut the queries into blocks of `window`. Which keys can the queries of one block see at most?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Those of their own block and of the one before. Put `window` rows in front of keys and values with `F.pad`, and let
# the mask close them: a score of 0 is no closed door.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `keys.unfold(-2, 2 * window, window)` is (..., blocks, d, 2 * window). In a block, query i sees the columns from i +
# 1 to i + window. The last block may need rows of padding behind, which are cut off at the end.
# </details>

# %% exercise window_attention
def window_attention(query, key, value, window):
    """Causal attention to the nearest places only, in memory that grows with t, not with its square.

    Beltagy et al. 2020 (Longformer), section 3.1, looking back only. The query at place i attends to
    the keys at the places i - window + 1 to i, as far as they exist, by softmax of the dot products
    divided by sqrt(d).

    Args:
        query, key: (..., t, d) floats; value: (..., t, v). Any number of axes may stand in front.
        window: how many places a query sees, itself included; it may be larger than t.

    Returns:
        (..., t, v). For a fixed window the memory that the call takes, and that of its gradients, is
        in proportion to t. Nothing that was given is changed.

    Raises:
        ValueError: window is below 1.
    """
    # BEGIN SOLUTION
    if window < 1:
        raise ValueError(f"a window of {window} places shows a query nothing, not even itself")
    t, d = query.shape[-2:]
    window = min(window, t)
    behind = -t % window
    query = F.pad(query, (0, 0, 0, behind)).unflatten(-2, (-1, window))  # (..., blocks, window, d)
    key, value = (F.pad(x, (0, 0, window, behind)).unfold(-2, 2 * window, window) for x in (key, value))
    band = query.new_ones(window, 2 * window).triu(1).tril(window).bool()
    opened = band.repeat(query.shape[-3], 1, 1)  # (blocks, window, 2 * window)
    opened[0, :, :window] = False  # before the first block there is nothing
    scores = (query @ key / math.sqrt(d)).masked_fill(~opened, -math.inf)
    output = torch.softmax(scores, dim=-1) @ value.transpose(-2, -1)
    return output.flatten(-3, -2)[..., :t, :]
    # END SOLUTION


# %% check window_attention points=3
# BEGIN HIDDEN TESTS
from autograder.exams import beyond_text as exam

exam.window_attention(window_attention)
# END HIDDEN TESTS
checks.window_attention(window_attention)


# %% [markdown]
# ## 8 Long sequences: a state

# %% [markdown]
# ### Exercise 8: linear attention (3 points, about 40 minutes)
#
# Write `linear_attention`. Let the similarity of a query and a key be a plain product of **features**, $\phi(q) \cdot
# \phi(k)$, in place of an exponential. Then brackets may be moved: $(\phi(Q)\,\phi(K)^T)\,V = \phi(Q)\,(\phi(K)^T
# V)$. The left side makes a (t, t) matrix, the right side one whose size does not depend on t.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# The weights must sum to 1. What comes out if every value is 1, and by what must you divide?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `phi(K)^T V` is a sum over places of outer products (f, v). Causal: each query gets the sum up to its own place.
# `cumsum` along which axis?
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# The outer products are `key[..., :, None] * value[..., None, :]`, (..., t, f, v), and `cumsum(dim=-3)` runs over t.
# The denominator is the same with values of 1: `key.cumsum(dim=-2)`.
# </details>

# %% exercise linear_attention
def linear_attention(query, key, value, features, causal=False):
    """Attention whose weights are products of features, in memory that grows with t, not with its square.

    Katharopoulos et al. 2020, equations 4 to 12. With phi = features, place i gets

        phi(query_i) . (sum of phi(key_j) value_j) / phi(query_i) . (sum of phi(key_j))

    where j runs over all places, or over those up to i, i included, if `causal`. There is no other
    scale.

    Args:
        query, key: (..., t, d) floats; value: (..., t, v). Any number of axes may stand in front.
        features: a function from (..., d) to (..., f) for each place by itself; f may differ from d.
            The denominators are not 0.
        causal: whether a place sees only itself and those before it.

    Returns:
        (..., t, v). The memory that the call takes, and that of its gradients, is in proportion to t.
        Nothing that was given is changed.
    """
    # BEGIN SOLUTION
    query, key = features(query), features(key)
    if causal:
        state = (key[..., :, None] * value[..., None, :]).cumsum(dim=-3)  # (..., t, f, v)
        total = key.cumsum(dim=-2)
        mixed = (query[..., None, :] @ state).squeeze(-2)
    else:
        total = key.sum(dim=-2, keepdim=True)
        mixed = query @ (key.transpose(-2, -1) @ value)
    return mixed / (query * total).sum(dim=-1, keepdim=True)
    # END SOLUTION


# %% check linear_attention points=3
# BEGIN HIDDEN TESTS
from autograder.exams import beyond_text as exam

exam.linear_attention(linear_attention)
# END HIDDEN TESTS
checks.linear_attention(linear_attention)

# %% [markdown]
# ## Done
#
# - [x] attention as a kernel
# - [x] patches, and back
# - [x] a vision Transformer
# - [x] rollout
# - [x] the next item
# - [x] a fair evaluation
# - [x] attention in a window
# - [x] linear attention
#
# Before you hand in: restart the kernel, run all cells, press **Validate**.
