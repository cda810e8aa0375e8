# %% [markdown]
# # 07 Generation: the decoder of today
#
# The source is gone, the decoder stays: it reads what is there and says what comes next. You build the one that the
# open models of today share, with rotary positions, RMS norms, grouped queries and a cache, and let it write.

# %% [markdown]
# **You will do** ten exercises, 28 points: word vectors, the next-token loss, ways to choose, rotary positions, the RMS
# norm, a cache, grouped causal attention, the model, generation, and a score for induction heads.

# %% [markdown]
# The letters for shapes are those of notebooks 01 to 06: `b` texts, `t` tokens, `h` heads, `d` depth of a head, `m`
# width, `s` words in a vocabulary; `n` is how many of something are new.

# %% given imports
import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.checks import generation as checks


# %% [markdown]
# ## 1 Words as vectors

# %% [markdown]
# ### Exercise 1: word vectors (4 points, about 40 minutes)
#
# Write `skip_gram_loss`, `most_similar` and `analogy`. The loss teaches the vectors: a word's vector shall match those
# of the words around it, and not those of words drawn at random. The other two ask what has been learned.
#
# By hand: all dots 0, and two negatives. Each of the three sigmoids is 1/2, so a pair costs $3 \log 2 = 2.08$.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How many dot products does a center word take part in? And what is $1 - \sigma(x)$ as a sigmoid?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `F.logsigmoid` is finite where `torch.log(torch.sigmoid(x))` is not. `torch.argsort` has an argument `stable`.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `negatives @ center.unsqueeze(-1)` is (b, n, 1). The nearest words are those of the sorted cosines that are not
# excluded; an analogy is a call of `most_similar` with rows that have length 1.
# </details>

# %% exercise word_vectors
def skip_gram_loss(center, context, negatives):
    """The loss of skip-gram with negative sampling.

    Mikolov et al. 2013, "Distributed Representations of Words and Phrases", equation 4: of one pair

        -log sigmoid(center . context) - sum over its negatives of log sigmoid(-center . negative)

    Args:
        center: (b, m) tensor, the vectors of words.
        context: (b, m), the vector of a word that stood near each of them.
        negatives: (b, n, m), the vectors of n words that were drawn for each, n at least 1.

    Returns:
        A scalar tensor, the mean over the b pairs. It is finite for dots in the thousands too, and so
        are its gradients.
    """
    # BEGIN SOLUTION
    near = (center * context).sum(dim=-1)  # (b,)
    far = (negatives @ center.unsqueeze(-1)).squeeze(-1)  # (b, n)
    return -(F.logsigmoid(near) + F.logsigmoid(-far).sum(dim=-1)).mean()
    # END SOLUTION


def most_similar(vector, table, count, exclude=()):
    """The rows of a table that point most nearly where a vector points.

    Args:
        vector: (m,) tensor.
        table: (s, m) tensor, one row a word. Neither it nor any row is zero.
        count: how many rows to return, at least 1; fewer come if there are not so many.
        exclude: numbers of rows that are never returned, a list or a tuple.

    Returns:
        A list of row numbers (int), the largest cosine first; of equal ones the lower number first.
    """
    # BEGIN SOLUTION
    cosines = F.normalize(table, dim=-1) @ F.normalize(vector, dim=-1)
    order = torch.argsort(cosines, descending=True, stable=True).tolist()
    return [row for row in order if row not in exclude][:count]
    # END SOLUTION


def analogy(a, b, c, table, count):
    """What is to c as b is to a?

    Every row is first brought to length 1. Then it is the rows nearest, by cosine, to b - a + c.

    Args:
        a, b, c: row numbers.
        table: (s, m) tensor, no row is zero, and b - a + c is not.
        count: as in most_similar.

    Returns:
        A list of row numbers as most_similar gives it, without a, b and c.
    """
    # BEGIN SOLUTION
    rows = F.normalize(table, dim=-1)
    return most_similar(rows[b] - rows[a] + rows[c], rows, count, exclude=(a, b, c))
    # END SOLUTION


# %% check word_vectors points=4
# BEGIN HIDDEN TESTS
from autograder.exams import generation as exam

exam.word_vectors(skip_gram_loss, most_similar, analogy)
# END HIDDEN TESTS
checks.word_vectors(skip_gram_loss, most_similar, analogy)


# %% [markdown]
# ## 2 What comes next

# %% [markdown]
# ### Exercise 2: the loss of a text (2 points, about 20 minutes)
#
# Write `next_token_loss`. Every token but the first is an answer, and every token but the last has to give one.
#
# By hand: three tokens whose answers have the probabilities 1/2 and 1/4 cost $(\log 2 + \log 4) / 2 = 1.04$.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which row of the logits speaks about token 1, the second? And about which token does the last row speak?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `logits[:, :-1]` and `input_ids[:, 1:]` have the same number of columns. A pair counts if both of its tokens are real.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# As in notebook 06: the sum of `F.cross_entropy` over the pairs that count, divided by their number, at least 1.
# </details>

# %% exercise next_token_loss
def next_token_loss(logits, input_ids, attention_mask=None):
    """The mean cost of predicting each token from those before it.

    Args:
        logits: (b, t, s) tensor; row i speaks about token i + 1.
        input_ids: (b, t) int64, the tokens that were read.
        attention_mask: (b, t) integers or booleans, 1 or True for a real token, 0 or False for padding,
            which may stand anywhere and holds any id of the vocabulary. None: all are real.

    Returns:
        A scalar tensor: the mean cross-entropy, in nats, over all pairs (i, i + 1) of the batch of which
        both tokens are real; 0 with finite gradients if there is no such pair.
    """
    # BEGIN SOLUTION
    scores, targets = logits[:, :-1], input_ids[:, 1:]
    real = torch.ones_like(targets, dtype=torch.bool)
    if attention_mask is not None:
        real = attention_mask[:, :-1].bool() & attention_mask[:, 1:].bool()
    total = F.cross_entropy(scores[real], targets[real], reduction="sum")
    return total / real.sum().clamp(min=1)
    # END SOLUTION


# %% check next_token_loss points=2
# BEGIN HIDDEN TESTS
from autograder.exams import generation as exam

exam.next_token_loss(next_token_loss)
# END HIDDEN TESTS
checks.next_token_loss(next_token_loss)


# %% [markdown]
# ## 3 Choosing

# %% [markdown]
# ### Exercise 3: temperature, top-k and top-p (4 points, about 40 minutes)
#
# Write `with_temperature`, `top_k` and `top_p`. Each takes logits and gives logits, so that they can follow each other;
# a token that is cut off gets $-\infty$.
#
# By hand: probabilities .4, .3, .2, .1 and `p` = .6. The first token holds .4, which is not yet .6; the second crosses
# the line and stays. So two stay.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# The tokens stand in the order of the vocabulary, the rule speaks of the order of their probabilities. How do you come
# back?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `order = logits.argsort(dim=-1, descending=True, stable=True)` says which token stands at each rank;
# `order.argsort(dim=-1)` says which rank each token has.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# A token stays while the mass *before* it is below p. That is the running sum without its own share.
# </details>

# %% exercise choosing
def with_temperature(logits, temperature):
    """Sharpen or flatten a distribution.

    Args:
        logits: (..., s) tensor; -inf for a token that is shut out.
        temperature: what the logits are divided by, at least 0. Below 1 the distribution is sharper.
            0 leaves the most probable token alone open: of several the one with the lowest index keeps
            its logit, everything else becomes -inf.

    Returns:
        (..., s) logits. ValueError for a temperature below 0.
    """
    # BEGIN SOLUTION
    if temperature < 0:
        raise ValueError(f"a temperature of {temperature} is below 0")
    return top_k(logits, 1) if temperature == 0 else logits / temperature
    # END SOLUTION


def top_k(logits, k):
    """Shut out all but the k most probable tokens.

    Args:
        logits: (..., s) tensor; some may be -inf already, in each row at least one is not.
        k: how many stay, at least 1. If it is s or more, all stay.

    Returns:
        (..., s) logits: exactly k keep theirs, all others are -inf. Of equal ones those with the lower
        index stay. ValueError for a k below 1.
    """
    # BEGIN SOLUTION
    if k < 1:
        raise ValueError(f"{k} tokens cannot stay: at least one must")
    ranks = logits.argsort(dim=-1, descending=True, stable=True).argsort(dim=-1)
    return logits.masked_fill(ranks >= k, -math.inf)
    # END SOLUTION


def top_p(logits, p):
    """Shut out the tail: keep the smallest set of most probable tokens whose mass reaches p.

    Holtzman et al. 2019, section 3.1. The token that crosses the line stays.

    Args:
        logits: (..., s) tensor; some may be -inf already, in each row at least one is not.
        p: the mass that has to be reached, at least 0. At least one token stays, so 0 leaves the most
            probable one; with 1 and more all stay.

    Returns:
        (..., s) logits: what stays keeps its logit, all others are -inf. Of equally probable tokens
        those with the lower index stay. ValueError for a p below 0.
    """
    # BEGIN SOLUTION
    if p < 0:
        raise ValueError(f"a mass of {p} is below 0")
    order = logits.argsort(dim=-1, descending=True, stable=True)
    mass = logits.softmax(dim=-1).gather(-1, order).cumsum(dim=-1)
    before = F.pad(mass[..., :-1], (1, 0))  # the mass of those that stand in front
    stays = before < p
    stays[..., 0] = True
    ranks = order.argsort(dim=-1)
    return logits.masked_fill(~stays.gather(-1, ranks), -math.inf)
    # END SOLUTION


# %% check choosing points=4
# BEGIN HIDDEN TESTS
from autograder.exams import generation as exam

exam.choosing(with_temperature, top_k, top_p)
# END HIDDEN TESTS
checks.choosing(with_temperature, top_k, top_p)


# %% [markdown]
# ## 4 Positions that turn

# %% [markdown]
# ### Exercise 4: rotary positions (3 points, about 30 minutes)
#
# Write `rotate`. Two numbers of a query or key are the hand of a clock. Its position turns it, each pair at a speed of
# its own. The dot product of two turned vectors then depends on the distance of their positions only.
#
# By hand: the pair $(1, 0)$ at position 1, with speed 1, becomes $(\cos 1, \sin 1) = (0.54, 0.84)$.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# With d = 4, which numbers make a pair, and what is the speed of each of the two pairs?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# The angles are (..., t, d/2): positions with one more axis behind, times d/2 speeds. `x.chunk(2, dim=-1)` gives the
# two halves.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Two lines of the docstring, joined by `torch.cat(..., dim=-1)`.
# </details>

# %% exercise rotate
def rotate(x, positions, base=10000.0):
    """Turn queries or keys by their positions: rotary position embedding.

    Su et al. 2021, section 3.2, with the pairs of today's models. Number i of the first half of the
    last axis and number i of the second half, i from 0 to d/2 - 1, make a pair, turned by an angle:

        angle = position * base ** (-2 i / d)
        first' = first * cos(angle) - second * sin(angle)
        second' = second * cos(angle) + first * sin(angle)

    Args:
        x: (..., t, d) tensor, d even.
        positions: (t,) int64, or any shape that broadcasts to x.shape[:-1], such as (b, 1, t). They need
            not begin at 0 nor follow each other.
        base: how slow the slowest pair is.

    Returns:
        (..., t, d), of x's dtype and on its device. The angles of half precision are computed in
        float32.
    """
    # BEGIN SOLUTION
    d = x.shape[-1]
    speeds = base ** (-torch.arange(0, d, 2, device=x.device) / d)
    angles = positions.unsqueeze(-1) * speeds  # (..., t, d/2)
    first, second = x.chunk(2, dim=-1)
    turned = first * angles.cos() - second * angles.sin(), second * angles.cos() + first * angles.sin()
    return torch.cat(turned, dim=-1).to(x.dtype)
    # END SOLUTION


# %% check rotate points=3
# BEGIN HIDDEN TESTS
from autograder.exams import generation as exam

exam.rotate(rotate)
# END HIDDEN TESTS
checks.rotate(rotate)


# %% [markdown]
# ## 5 A simpler norm

# %% [markdown]
# ### Exercise 5: the RMS norm (1 point, about 10 minutes)
#
# Write `RMSNorm`. It is LayerNorm without the mean and without the bias: only the length is brought in order.
#
# By hand: $(3, 4)$ has the mean square 12.5, so it becomes $(3, 4) / 3.54 = (0.85, 1.13)$.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# 300 squared is 90,000, and float16 ends at 65,504. Where does the square have to be taken?
# </details>
# <details><summary>Hint 2: nearly there</summary>
#
# `nn.Parameter(torch.ones(width))`; `x.float()` first, and `.to(x.dtype)` last.
# </details>

# %% exercise RMSNorm
class RMSNorm(nn.Module):
    """Divide each vector by the root of its mean square; Zhang and Sennrich 2019.

        x / sqrt(mean of x ** 2 over the last axis + eps) * weight

    Args:
        width: m, the numbers in a vector.

    It has one parameter, `weight` (m,), which starts as ones. What is of half precision is computed in
    float32 and returned in half precision.
    """

    def __init__(self, width, eps=1e-6):
        # BEGIN SOLUTION
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps
        # END SOLUTION

    def forward(self, x):
        """(..., m) -> (..., m), of x's dtype."""
        # BEGIN SOLUTION
        numbers = x.float()
        scale = torch.rsqrt(numbers.pow(2).mean(dim=-1, keepdim=True) + self.eps)
        return (numbers * scale * self.weight).to(x.dtype)
        # END SOLUTION


# %% check RMSNorm points=1
# BEGIN HIDDEN TESTS
from autograder.exams import generation as exam

exam.RMSNorm(RMSNorm)
# END HIDDEN TESTS
checks.RMSNorm(RMSNorm)


# %% [markdown]
# ## 6 A memory of keys and values

# %% [markdown]
# ### Exercise 6: a cache (2 points, about 15 minutes)
#
# Write `KeyValueCache`. A token's key and value never change when more tokens come. So they are kept, and only those of
# the new tokens are computed.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# (b, h, n, d): which of these grows?
# </details>
# <details><summary>Hint 2: nearly there</summary>
#
# `torch.cat([old, new], dim=-2)`, and nothing to join the first time. `tensor.numel() * tensor.element_size()` counts
# bytes.
# </details>

# %% exercise KeyValueCache
class KeyValueCache:
    """The keys and values of the tokens that were read so far, of one layer."""

    def __init__(self):
        # BEGIN SOLUTION
        self.keys = self.values = None
        # END SOLUTION

    def append(self, key, value):
        """Take in new tokens.

        Args:
            key, value: (b, h, n, d) tensors, n new tokens; n may differ from call to call.

        Returns:
            (keys, values), each (b, h, length, d): all that were ever appended, the oldest first.
            Tensors that were given or returned are never changed later.
        """
        # BEGIN SOLUTION
        if self.keys is not None:
            key, value = torch.cat([self.keys, key], dim=-2), torch.cat([self.values, value], dim=-2)
        self.keys, self.values = key, value
        return key, value
        # END SOLUTION

    @property
    def length(self):
        """How many tokens are held; 0 at first."""
        # BEGIN SOLUTION
        return 0 if self.keys is None else self.keys.shape[-2]
        # END SOLUTION

    @property
    def nbytes(self):
        """How many bytes the keys and values held take: entries times bytes of an entry; 0 at first."""
        # BEGIN SOLUTION
        held = () if self.keys is None else (self.keys, self.values)
        return sum(tensor.numel() * tensor.element_size() for tensor in held)
        # END SOLUTION


# %% check KeyValueCache points=2
# BEGIN HIDDEN TESTS
from autograder.exams import generation as exam

exam.KeyValueCache(KeyValueCache)
# END HIDDEN TESTS
checks.KeyValueCache(KeyValueCache)


# %% [markdown]
# ## 7 Attention that shares its keys

# %% [markdown]
# ### Exercise 7: grouped causal attention (4 points, about 50 minutes)
#
# Write `CausalSelfAttention`. Several query heads share one head of keys and values, which makes the cache smaller. A
# token sees itself and all before it, those in the cache included; it never sees what comes later.
#
# Mind the second piece of a text: three tokens are in the cache, two come. They are numbers 3 and 4. How many keys does
# each of them see?

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# With 4 heads and 2 key-value heads, which query heads use key-value head 0? (Not 0 and 2.)
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Ask for `cache.length` before you append. `repeat_interleave(g, dim=1)` gives each key-value head g times in a row,
# after the cache, so that the cache stays small.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# With `positions = torch.arange(start, start + t)`, key j is in the future of query i where `j > positions[i]`. The
# same positions turn queries and new keys.
# </details>

# %% exercise CausalSelfAttention
class CausalSelfAttention(nn.Module):
    """Causal attention with rotary positions whose query heads share key-value heads, with a cache.

    Ainslie et al. 2023 (grouped queries), Su et al. 2021 (rotary positions).

    Args:
        width: m, the numbers in a token's vector.
        num_heads: h, which divides m; a head's depth d is m / h, an even number.
        num_kv_heads: of keys and values, a divisor of h. With g = h / num_kv_heads, the query heads
            i * g to (i + 1) * g - 1 use key-value head i.

    Its parts are the nn.Linears `query` (m to m), `key` and `value` (m to num_kv_heads * d) and `output`
    (m to m), all without bias; a head's numbers stand side by side. There are no other parameters.
    """

    def __init__(self, width, num_heads, num_kv_heads):
        # BEGIN SOLUTION
        super().__init__()
        self.depth, self.shared = width // num_heads, num_heads // num_kv_heads
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, num_kv_heads * self.depth, bias=False)
        self.value = nn.Linear(width, num_kv_heads * self.depth, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        # END SOLUTION

    def forward(self, x, cache=None):
        """Attend from new tokens to those in the cache and to each other.

        Queries and keys are turned by `rotate`, base 10000, at their positions: from cache.length on, from
        0 without a cache. Scores are divided by the root of d.

        Args:
            x: (b, t, m), the new tokens, at least one.
            cache: a KeyValueCache, of which only `append` and `length` are used, or None. Afterwards it
                holds t tokens more, with num_kv_heads heads.

        Returns:
            (b, t, m), of x's dtype: for each new token what it sees in itself and all before it.
        """
        # BEGIN SOLUTION
        start = 0 if cache is None else cache.length
        positions = torch.arange(start, start + x.shape[1], device=x.device)
        query, key, value = (self._heads(part(x)) for part in (self.query, self.key, self.value))
        query, key = rotate(query, positions), rotate(key, positions)
        if cache is not None:
            key, value = cache.append(key, value)
        key, value = (part.repeat_interleave(self.shared, dim=1) for part in (key, value))
        scores = query @ key.transpose(-1, -2) / math.sqrt(self.depth)
        future = torch.arange(key.shape[-2], device=x.device) > positions.unsqueeze(-1)  # (t, keys)
        weights = scores.masked_fill(future, -math.inf).softmax(dim=-1)
        return self.output((weights @ value).transpose(1, 2).flatten(2))

    def _heads(self, x):
        """(b, t, heads * d) -> (b, heads, t, d)"""
        return x.unflatten(-1, (-1, self.depth)).transpose(1, 2)
        # END SOLUTION


# %% check CausalSelfAttention points=4
# BEGIN HIDDEN TESTS
from autograder.exams import generation as exam

exam.CausalSelfAttention(CausalSelfAttention, KeyValueCache)
# END HIDDEN TESTS
checks.CausalSelfAttention(CausalSelfAttention, KeyValueCache)


# %% [markdown]
# ## 8 The model

# %% [markdown]
# A model is made from a config. Its fields have the names that Hugging Face gives to those of Llama.

# %% given DecoderConfig
@dataclass(frozen=True)
class DecoderConfig:
    """The sizes of a DecoderModel, under the names of Hugging Face's LlamaConfig."""

    vocab_size: int
    hidden_size: int = 64  # m, the width
    intermediate_size: int = 160  # inside of the feed-forward part
    num_hidden_layers: int = 2
    num_attention_heads: int = 4
    num_key_value_heads: int = 2
    rms_norm_eps: float = 1e-6
    tie_word_embeddings: bool = False  # one table to read and to write


# %% [markdown]
# ### Exercise 8: the decoder, and published weights in it (4 points, about 60 minutes)
#
# Write `DecoderModel` and `load_llama_weights`. A `DecoderLayer` of your own helps; it is not looked at by itself.
#
# $$y = x + \mathrm{attention}(\mathrm{norm}(x)) \qquad z = y + \mathrm{feed}(\mathrm{norm}'(y))$$
#
# where $\mathrm{feed}(x) = W_{down}\,(\mathrm{silu}(W_{gate}\, x) \cdot W_{up}\, x)$ is **SwiGLU**. One more norm
# stands before the logits.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How many norms does a model of two layers have?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `self.output.weight = self.embedding.weight` makes one parameter of two. `F.silu` is $x \cdot \sigma(x)$. Print
# `state_dict.keys()` of a Llama: `down_proj` is down.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Go through `zip(self.layers, caches)`, where caches is a list of None without a cache. To load: under
# `torch.no_grad()`, `parameter.copy_(tensor)` for each.
# </details>

# %% exercise DecoderModel
class DecoderLayer(nn.Module):
    """One layer of the decoder: attention, then SwiGLU, each with a norm before it and a sum after it."""

    def __init__(self, config):
        # BEGIN SOLUTION
        super().__init__()
        width, hidden = config.hidden_size, config.intermediate_size
        heads = config.num_attention_heads, config.num_key_value_heads
        self.attention, self.norm1 = CausalSelfAttention(width, *heads), RMSNorm(width, config.rms_norm_eps)
        self.norm2 = RMSNorm(width, config.rms_norm_eps)
        self.gate = nn.Linear(width, hidden, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)
        # END SOLUTION

    def forward(self, x, cache=None):
        """(b, t, m) -> (b, t, m)"""
        # BEGIN SOLUTION
        y = x + self.attention(self.norm1(x), cache)
        inside = self.norm2(y)
        return y + self.down(F.silu(self.gate(inside)) * self.up(inside))
        # END SOLUTION


class DecoderModel(nn.Module):
    """A decoder in the way of Llama (Touvron et al. 2023): it reads tokens and scores the next of each.

    A table of word vectors, layers, an RMS norm, and a linear layer without bias that gives the logits.
    In each layer: x + attention(norm(x)), then the same with SwiGLU (Shazeer 2020) in place of attention,
    down(silu(gate(x)) * up(x)), all three without bias. Nothing is dropped.

    Args:
        config: a DecoderConfig. With tie_word_embeddings the table is the last layer's matrix too, one
            parameter with two uses.

    It keeps the config as `config` and its layers, in order, as `layers` (an nn.ModuleList).
    """

    def __init__(self, config):
        # BEGIN SOLUTION
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.output = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        if config.tie_word_embeddings:
            self.output.weight = self.embedding.weight
        # END SOLUTION

    def forward(self, input_ids, caches=None):
        """Score what comes after each token.

        Args:
            input_ids: (b, t) int64, the new tokens.
            caches: a list of KeyValueCaches, one a layer, that hold what was read before; they are
                appended to. None: nothing was read before.

        Returns:
            (b, t, s) logits.
        """
        # BEGIN SOLUTION
        x = self.embedding(input_ids)
        for layer, cache in zip(self.layers, caches or [None] * len(self.layers)):
            x = layer(x, cache)
        return self.output(self.norm(x))
        # END SOLUTION


def load_llama_weights(model, state_dict):
    """Copy the numbers of Hugging Face's LlamaForCausalLM into a DecoderModel of the same sizes.

    Afterwards both give the same logits. A change of the state dict later does not change the model.

    Args:
        model: your DecoderModel.
        state_dict: what LlamaForCausalLM.state_dict() gives: tensors under the names
            model.embed_tokens.weight,
            model.layers.N.input_layernorm.weight and .post_attention_layernorm.weight, the norms before
            attention and before SwiGLU,
            model.layers.N.self_attn.q_proj.weight and .k_proj, .v_proj, .o_proj,
            model.layers.N.mlp.gate_proj.weight and .up_proj, .down_proj,
            model.norm.weight, and lm_head.weight, which may be missing where the words are tied.
    """

    # BEGIN SOLUTION
    def fill(part, name):
        with torch.no_grad():
            part.weight.copy_(state_dict[f"{name}.weight"])

    names = {
        "norm1": "input_layernorm",
        "attention.query": "self_attn.q_proj",
        "attention.key": "self_attn.k_proj",
        "attention.value": "self_attn.v_proj",
        "attention.output": "self_attn.o_proj",
        "norm2": "post_attention_layernorm",
        "gate": "mlp.gate_proj",
        "up": "mlp.up_proj",
        "down": "mlp.down_proj",
    }
    fill(model.embedding, "model.embed_tokens")
    for number, layer in enumerate(model.layers):
        for mine, theirs in names.items():
            fill(layer.get_submodule(mine), f"model.layers.{number}.{theirs}")
    fill(model.norm, "model.norm")
    if not model.config.tie_word_embeddings:
        fill(model.output, "lm_head")
    # END SOLUTION


# %% check DecoderModel points=4
# BEGIN HIDDEN TESTS
from autograder.exams import generation as exam

exam.DecoderModel(DecoderModel, load_llama_weights, KeyValueCache)
# END HIDDEN TESTS
checks.DecoderModel(DecoderModel, load_llama_weights, KeyValueCache)


# %% [markdown]
# ## 9 It writes

# %% [markdown]
# ### Exercise 9: generation (2 points, about 20 minutes)
#
# Write `generate`. With a cache the model reads the prompt once, and then only what it has just written. Without one it
# reads everything again for each new token. The texts are the same.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which row of the logits speaks about the token that comes next?
# </details>
# <details><summary>Hint 2: nearly there</summary>
#
# One fresh KeyValueCache for each of `model.layers`. Keep two tensors: all ids, and those that were not read yet.
# </details>

# %% exercise generate
@torch.no_grad()
def generate(model, input_ids, new_tokens, choose, use_cache=True):
    """Go on writing texts, one token at a time.

    Args:
        model: called as model(input_ids, caches), or model(input_ids), like a DecoderModel, and has `layers`.
        input_ids: (b, t) int64, how the texts begin, t at least 1.
        new_tokens: how many to write, at least 1.
        choose: `choose(logits)` maps (b, s), the scores of what comes next, to (b,) int64. It is called
            once for each new token.
        use_cache: with the cache, the first call reads the prompt and each later call the one token that is
            new, with the same caches, one fresh KeyValueCache a layer. Without, each call reads all.

    Returns:
        (b, t + new_tokens) int64, the beginnings included.
    """
    # BEGIN SOLUTION
    caches = [KeyValueCache() for _ in model.layers] if use_cache else None
    ids = unread = input_ids
    for _ in range(new_tokens):
        logits = model(unread, caches)[:, -1]
        new = choose(logits).unsqueeze(-1)
        ids = torch.cat([ids, new], dim=-1)
        unread = new if use_cache else ids
    return ids
    # END SOLUTION


# %% check generate points=2
# BEGIN HIDDEN TESTS
from autograder.exams import generation as exam

exam.generate(generate)
# END HIDDEN TESTS
checks.generate(generate)


# %% [markdown]
# ## 10 How it copies

# %% [markdown]
# ### Exercise 10: a score for induction (2 points, about 15 minutes)
#
# Write `induction_score`. A sequence repeats: A B C D A B C D. At the second A an **induction head** looks at the B
# that came after the first one, because B is what comes next.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# With period 4, position 5 holds the second B. Where does the induction head look from there?
# </details>
# <details><summary>Hint 2: nearly there</summary>
#
# With `p = torch.arange(period, t)`, `weights[:, :, p, p - period + 1]` takes one weight for each p.
# </details>

# %% exercise induction_score
def induction_score(weights, period):
    """How much each head looks at what came after the same token one period ago; Olsson et al. 2022.

    Args:
        weights: (b, h, t, t) tensor, from each position (third axis) to each position (fourth), of sequences
            that repeat after `period` tokens.
        period: from 1 to t - 1.

    Returns:
        (h,): for each head the mean weight from position p on position p - period + 1, over the batch and
        over p from period to t - 1.
    """
    # BEGIN SOLUTION
    places = torch.arange(period, weights.shape[-1])
    return weights[:, :, places, places - period + 1].mean(dim=(0, 2))
    # END SOLUTION


# %% check induction_score points=2
# BEGIN HIDDEN TESTS
from autograder.exams import generation as exam

exam.induction_score(induction_score)
# END HIDDEN TESTS
checks.induction_score(induction_score)

# %% [markdown]
# ## Done
#
# Before you hand in: restart the kernel, run all cells, press **Validate**.
