# %% [markdown]
# # 01 Attention from scratch in NumPy
#
# A dictionary answers only if the key matches to the letter. Attention is a dictionary that takes a hint: ask it
# about a kitten, and it answers mostly with what it knows about cats.
#
# You build it here from plain NumPy. At the end you send a gradient back through it by hand, and teach a bat how
# many legs it has.

# %% [markdown]
# **You will do** nine exercises, 22 points: softmax, scores, masks, attention, additive scores, heads, multi-head
# attention, positions, and the backward step.
#
# **You will learn** what each part of attention is for, why scores are divided by a square root, what it costs, and
# where it comes from.
#
# **You need** Python functions, NumPy arrays and broadcasting, the matrix product; for the last exercise the chain
# rule.
#
# **It takes** about five hours: four for the exercises, one for reading. Good places for a pause are after sections 4,
# 6 and 7.

# %% [markdown]
# Shapes are half of this craft. The whole course writes these sizes with the same letters:
#
# | letter | counts | letter | counts |
# |---|---|---|---|
# | `b` | examples in a batch | `d` | numbers in a query or a key (depth) |
# | `h` | heads | `v` | numbers in a value |
# | `t` | tokens, the pieces of a text | `m` | numbers per token inside a model (width) |
# | `q` | queries | `k` | keys |
# | | | `u` | hidden units of a small network (section 5) |
#
# `(..., q, d)` means: any number of axes in front, also none; then `q` rows of `d` numbers.

# %% given imports
import numpy as np

from attention_course.checks import attention_from_scratch as checks
from attention_course.figures import attention_from_scratch as figures
from attention_course.lending import lend

# %% [markdown]
# ## 1 A dictionary that takes a hint
#
# Here is a small zoo in a Python dictionary: each animal and the number of its legs. We ask it about a cat, and
# then about a kitten.
#
# **Predict, then run:** what does the second question give?

# %%
legs = {"cat": 4, "sparrow": 2, "trout": 0, "bee": 6}

print("cat:   ", legs.get("cat"))
print("kitten:", legs.get("kitten"))

# %% [markdown]
# <details><summary>What it shows</summary>
#
# `None`. A kitten is nearly a cat, but a dictionary knows no "nearly". It compares keys by equality, and nothing
# comes out.
# </details>
#
# Now the picture. On the left the dictionary: one key matches, its value comes out. On the right what we want: the
# **query** matches every **key** a little or a lot, and the **values** come out mixed in these proportions.

# %%
figures.soft_dictionary()

# %% [markdown]
# To say "nearly", animals must become vectors. Ours have three numbers: has it fur, has it wings, has it fins? 1
# means yes, -1 means no.
#
# The values have two numbers for each animal: how many legs, and whether it lays eggs. Keys and values need not
# have the same width.

# %% given zoo
animals = ["cat", "sparrow", "trout", "bee"]
zoo_keys = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1], [1, 1, -1]])  # (k, d): fur, wings, fins
zoo_values = np.array([[4, 0], [2, 1], [0, 1], [6, 1]])  # (k, v): legs, lays eggs

visitors = ["kitten", "bat", "flying fish"]
zoo_queries = np.array([[0.8, -1, -1], [1, 1, -1], [-1, 1, 1]])  # (q, d): a kitten's fur is still thin

# %% [markdown]
# So the plan has three steps:
#
# 1. **Score** each query against each key: how well do they match?
# 2. **Softmax**: turn the scores of a query into shares that sum to 1.
# 3. **Average** the values with these shares.
#
# We begin in the middle, with softmax, because it is the step with the traps.

# %% [markdown]
# ## 2 Softmax: from scores to shares
#
# Three scores: -1, 1 and 2. Watch what happens to them: first `exp` makes all of them positive, then division by
# their sum makes them shares. The order stays, and a lead of 1 in the score becomes a factor of 2.72 in the share.

# %%
figures.softmax_steps()


# %% [markdown]
# The shares of a row are called its **weights**; both words mean the same here. In a formula, for one row of scores
# $x$:
#
# $$\mathrm{softmax}(x)_j = \frac{e^{x_j}}{\sum_l e^{x_l}}$$
#
# By hand: the scores $\log 1$ and $\log 3$ have the exponentials 1 and 3. Their sum is 4, so the shares are 0.25
# and 0.75.
#
# Two things can go wrong in a computer. $e^{1000}$ is too large for any float. And a score of $-\infty$, which we
# will use for "do not look there", can fill a whole row.

# %% [markdown]
# ### Exercise 1: `softmax` (2 points, about 25 minutes)
#
# Write the function that turns scores into shares, along any axis, safe from both traps.
#
# <details><summary>Hint 1: a question</summary>
#
# Add 5 to each score of a row. What happens to the exponentials, and what to their shares?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Nothing happens to the shares. So you may subtract whatever you like from a row before `exp`. Which number makes
# sure that no exponential exceeds 1? `keepdims=True` keeps rows and their numbers aligned.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Subtract each row's maximum. A row of `-inf` alone has the maximum `-inf`: put 0 in its place with `np.where`. Its
# exponentials then are all 0, and so is their sum: divide by 1 there.
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `softmax = lend("softmax")`. No points, and you can go on.
# </details>

# %% exercise softmax
def softmax(x, axis=-1):
    """Turn scores into weights that are never negative and sum to 1 along an axis.

    Args:
        x: array of any shape, of floats or integers; entries may be -inf.
        axis: the axis along which the weights sum to 1.

    Returns:
        Float array of the same shape. Finite for every finite input, also when scores are in the
        thousands or rows differ by thousands. An entry of -inf gets weight 0; where all entries
        along the axis are -inf, all weights are 0. `x` itself stays as it was.

    >>> softmax(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """
    # BEGIN SOLUTION
    top = np.max(x, axis=axis, keepdims=True)
    exps = np.exp(x - np.where(np.isneginf(top), 0, top))
    sums = exps.sum(axis=axis, keepdims=True)
    return exps / np.where(sums == 0, 1, sums)
    # END SOLUTION


# %% check softmax points=2
# BEGIN HIDDEN TESTS
from autograder.exams import attention_from_scratch as exam

exam.softmax(softmax)
# END HIDDEN TESTS
checks.softmax(softmax)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# SciPy's function, and a 0 for each NaN that it gives in a row of `-inf` alone. NumPy would warn of infinities that
# cancel there.
#
# ```python
# with np.errstate(invalid="ignore"):
#     return np.nan_to_num(scipy.special.softmax(x, axis=axis))
# ```
# </details>

# %% [markdown]
# **Predict, then run:** all three scores are multiplied by 10. Do the shares stay, get more even, or get more
# extreme?

# %%
scores = np.array([-1.0, 1.0, 2.0])
for factor in (0, 0.5, 1, 2, 10):
    print(f"scores times {factor:3}: shares {softmax(factor * scores).round(3)}")

# %% [markdown]
# <details><summary>What it shows</summary>
#
# Stretching the scores makes the look-up harder: at factor 10 the largest takes all, and we are back at a
# dictionary. At factor 0 everybody gets the same. Softmax looks at differences of scores, and stretching stretches
# the differences.
# </details>

# %% [markdown]
# SciPy has this function ready made, as `scipy.special.softmax`. There a row of $-\infty$ alone gives NaN. With
# masks such rows do occur, so we go on with yours.

# %% [markdown]
# ## 3 Scores: how well does a key match?
#
# The dot product of two vectors is large where they agree. One matrix product computes it for every pair: row `i`
# of the queries meets column `j` of the transposed keys (rows and columns changed places),
# and the result lands in row `i`, column `j`.

# %%
figures.score_shapes()


# %% [markdown]
# Scaled dot-product attention divides by the square root of the depth:
#
# $$S = \frac{Q K^\top}{\sqrt d}$$
#
# By hand, with $d = 4$: the query $(2, 0, 0, 0)$ and the key $(3, 1, 1, 1)$ have the dot product 6, so their score is
# $6 / 2 = 3$.
#
# Why the square root? First build it, then we find out with an experiment.

# %% [markdown]
# ### Exercise 2: `attention_scores` (2 points, about 15 minutes)
#
# Write the function that scores every query against every key, for any leading axes.
#
# <details><summary>Hint 1: a question</summary>
#
# `query @ something` should have the shape (..., q, k). What shape must `something` have?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# It is (..., d, k): the last two axes of `key` changed places. `key.T` turns all axes round, which is wrong as soon
# as there is a batch. Look up `np.swapaxes`.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# One line: swap the axes -1 and -2 of `key`, multiply, divide by `np.sqrt` of the last entry of `key.shape`.
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `attention_scores = lend("attention_scores")`. No points, and you can go on.
# </details>

# %% exercise attention_scores
def attention_scores(query, key):
    """Score every query against every key: scaled dot products.

    Vaswani et al. 2017, "Attention Is All You Need", section 3.2.1.

    Args:
        query: (..., q, d) floats or integers.
        key: (..., k, d) floats or integers, with the same leading axes as `query` (any number, also none).

    Returns:
        (..., q, k) floats: dot product of query i and key j, divided by the square root of d, the
        depth of a key.

    >>> attention_scores(np.array([[3.0, 0.0, 0.0, 0.0]]), np.array([[2.0, 9.0, 9.0, 9.0]]))
    array([[3.]])
    """
    # BEGIN SOLUTION
    depth = key.shape[-1]
    return query @ np.swapaxes(key, -1, -2) / np.sqrt(depth)
    # END SOLUTION


# %% check attention_scores points=2
# BEGIN HIDDEN TESTS
from autograder.exams import attention_from_scratch as exam

exam.attention_scores(attention_scores)
# END HIDDEN TESTS
checks.attention_scores(attention_scores)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# `einsum` names the axes: d is in both and not in the result, so it is summed away. Nothing is transposed.
#
# ```python
# return np.einsum("...qd,...kd->...qk", query, key) / key.shape[-1] ** 0.5
# ```
# </details>

# %%
scores = attention_scores(zoo_queries, zoo_keys)
for visitor, row in zip(visitors, scores, strict=True):
    best = animals[row.argmax()]
    print(f"{visitor:12}", dict(zip(animals, row.round(2).tolist(), strict=True)), "best match:", best)

# %% [markdown]
# The kitten matches the cat. The bat has fur and wings, and so has the bee: in these three features they are the same
# animal. And the flying fish has two best matches; `argmax` names the first of them.

# %% [markdown]
# ### Why divide by the square root of d?
#
# An experiment. We draw queries and 32 keys at random, at ever larger depths, and ask how spread out the weights
# are. Our measure is the **entropy**: 0 when one key takes everything, $\log 32 = 3.47$ when all 32 share alike. The
# logarithm is the natural one, as in `np.log`, and the unit is then called a **nat**.
#
# **Predict, then run:** which of the two curves falls, and how far?

# %%
from scipy.stats import entropy

rng = np.random.default_rng(0)
depths = [1, 4, 16, 64, 256]
unscaled, scaled = [], []
for depth in depths:
    query, key = rng.normal(size=(20, depth)), rng.normal(size=(32, depth))
    table = attention_scores(query, key)
    scaled.append(entropy(softmax(table), axis=-1).mean())
    unscaled.append(entropy(softmax(table * np.sqrt(depth)), axis=-1).mean())

figures.entropy_against_depth(depths, unscaled, scaled, highest=np.log(32))

# %% [markdown]
# <details><summary>What it shows</summary>
#
# Without the division the entropy falls towards 0: at large depth one key takes nearly all, whatever the keys mean.
# With it, depth hardly matters. The curve stays a little below equal shares, since random scores still differ.
# </details>

# %% [markdown]
# The reason: for independent random numbers of mean 0 and variance 1, a dot product is a sum of $d$ products, and its
# variance is $d$.
# Its typical size is $\sqrt d$. Dividing brings it back to 1.
#
# And where one key takes all, softmax is flat: move a score a little, and the weights hardly move. A model learns
# from such small moves (section 9 shows how), so little can be learned there (Vaswani et al. 2017, section 3.2.1).

# %% [markdown]
# ## 4 Masks and attention
#
# Sometimes a query must not look everywhere. A model that writes a text word by word must not look at words yet to
# come. And in a batch, short sequences are padded to a common length; nobody should look at the padding.
#
# In the picture green squares are open. Left: each word may look at itself and backwards. Right: the real words of
# three sequences.

# %%
figures.masks()


# %% [markdown]
# A mask is an array of booleans. **In this whole course `True` means: this query MAY attend to this key.** Some
# libraries mean the opposite; when we meet one, we will say so.
#
# By hand: `causal_mask(2)` is `[[True, False], [True, True]]`. And `padding_mask([1, 2], 3)` is
# `[[True, False, False], [True, True, False]]`: the lengths are 1 and 2, the table is 3 wide.

# %% [markdown]
# ### Exercise 3: `masks` (2 points, about 25 minutes)
#
# Write two functions, `causal_mask` and `padding_mask`. One check reads both.
#
# <details><summary>Hint 1: a question</summary>
#
# Each entry answers a comparison. Which two numbers are compared at row i, column j: in the causal mask, in the
# padding mask?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Causal: column against row. Padding: column against the length of the row's sequence. `np.arange` gives the columns.
# Broadcasting a column vector against a row vector compares all pairs at once.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `a[:, np.newaxis]` makes a column vector of `a`. A list has no such index; `np.asarray` turns it into an array
# first. For the causal mask there is also `np.tril`.
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `causal_mask = lend("causal_mask")` and `padding_mask = lend("padding_mask")`. No
# points, and you can go on.
# </details>

# %% exercise masks
def causal_mask(length):
    """Let every token attend to itself and to the tokens before it.

    Vaswani et al. 2017, section 3.2.3.

    Args:
        length: the number of tokens t, at least 1.

    Returns:
        (t, t) booleans: entry (i, j) is True where query i MAY attend to key j.

    >>> causal_mask(2)
    array([[ True, False],
           [ True,  True]])
    """
    # BEGIN SOLUTION
    return np.tril(np.ones((length, length), dtype=bool))
    # END SOLUTION


def padding_mask(lengths, max_length):
    """Mark the real tokens of a batch of sequences that were padded to one length.

    Args:
        lengths: b integers, a list or an array: how many real tokens each sequence begins with,
            from 0 to `max_length`.
        max_length: the padded length t, at least 1. It may be larger than every entry of `lengths`.

    Returns:
        (b, t) booleans: True at the real tokens, those that MAY be attended to, False at the padding.

    >>> padding_mask([1, 2], max_length=3)
    array([[ True, False, False],
           [ True,  True, False]])
    """
    # BEGIN SOLUTION
    return np.arange(max_length) < np.asarray(lengths)[:, np.newaxis]
    # END SOLUTION


# %% check masks points=2
# BEGIN HIDDEN TESTS
from autograder.exams import attention_from_scratch as exam

exam.masks(causal_mask, padding_mask)
# END HIDDEN TESTS
checks.masks(causal_mask, padding_mask)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# The causal mask as a comparison, column against row. Whoever wrote this may like `np.tril` of ones.
#
# ```python
# columns = np.arange(length)  # in causal_mask
# return columns <= columns[:, np.newaxis]
# ```
# </details>

# %% [markdown]
# A model that writes text in batches needs both masks at once. The causal one is the same for every sequence, the
# padding one the same for every query: a new axis in the middle lets them meet.
#
# **Predict, then run:** two sequences of lengths 4 and 2. What shape has the result, and what do the last two rows
# of the second one look like?

# %%
padding = padding_mask([4, 2], 4)[:, np.newaxis, :]
both = causal_mask(4) & padding
print(both.shape)
print(both.astype(int))

# %% [markdown]
# <details><summary>What it shows</summary>
#
# The shape is (2, 4, 4): sequences, queries, keys. The last two rows of the second sequence are both `[1 1 0 0]`.
# They belong to padding: they may look at the real words, and nobody reads what they produce.
# </details>
#
# Now put the parts together. This is the whole of attention in one picture. The mask acts on the **scores**, before
# the softmax: a closed place gets the score $-\infty$, so its weight is 0 and the open places still sum to 1.

# %%
figures.attention_flow()


# %% [markdown]
# As a formula (Vaswani et al. 2017, equation 1):
#
# $$\mathrm{attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt d}\right) V$$
#
# By hand: the weights 0.25 and 0.75 and the values $(0, 4)$ and $(8, 0)$ make the output
# $0.25 \cdot (0, 4) + 0.75 \cdot (8, 0) = (6, 1)$.
#
# A query with nothing open has nothing to average. It gets zeros.

# %% [markdown]
# ### Exercise 4: `attention` (3 points, about 20 minutes)
#
# Write the whole look-up: score, mask, softmax, average. Your functions from above do most of it.
#
# <details><summary>Hint 1: a question</summary>
#
# You have written two functions that do most of the work. What does a closed place need as its score, and does your
# softmax know what to do with a row of them?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `np.where(mask, a, b)` takes from `a` where the mask is True and from `b` elsewhere, and it broadcasts. The
# average of the rows of `value` with the weights is a matrix product.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Four steps: the scores; if there is a mask, `-np.inf` where it is False; softmax along the last axis; weights
# times value. Return the output and the weights, in this order.
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `attention = lend("attention")`. No points, and you can go on.
# </details>

# %% exercise attention
def attention(query, key, value, mask=None):
    """Average the values, weighted by how well each query matches each key.

    Scaled dot-product attention: Vaswani et al. 2017, section 3.2.1, equation 1.

    Args:
        query: (..., q, d) floats or integers.
        key: (..., k, d), with the same leading axes (any number, also none).
        value: (..., k, v), with the same leading axes.
        mask: None, or booleans that broadcast to (..., q, k), for example of shape (q, k), (1, k)
            or (b, 1, k): True where a query MAY attend to a key.

    Returns:
        (output, weights): output (..., q, v) and weights (..., q, k), both floats. A weight where the
        mask is False is exactly 0. A query whose mask is False everywhere has nothing to attend to:
        its weights and its output are zeros, never NaN.
    """
    # BEGIN SOLUTION
    scores = attention_scores(query, key)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    weights = softmax(scores)
    return weights @ value, weights
    # END SOLUTION


# %% check attention points=3
# BEGIN HIDDEN TESTS
from autograder.exams import attention_from_scratch as exam

exam.attention(attention)
# END HIDDEN TESTS
checks.attention(attention)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# The mask as something to add: 0 where it is open, -inf where it is closed. Many libraries do it so.
#
# ```python
# weights = softmax(attention_scores(query, key) + (0 if mask is None else np.where(mask, 0, -np.inf)))
# return weights @ value, weights
# ```
# </details>

# %% [markdown]
# The zoo is open. A kitten, a bat and a flying fish come to the counter.
#
# **Predict, then run:** how many legs will our look-up give the bat?

# %%
output, weights = attention(zoo_queries, zoo_keys, zoo_values)
for visitor, (leg_count, eggs) in zip(visitors, output, strict=True):
    print(f"{visitor:12} {leg_count:.2f} legs, lays eggs: {eggs:.2f}")

figures.weights(weights, visitors, animals)

# %% [markdown]
# <details><summary>What it shows</summary>
#
# The bat gets 4.75 legs. It resembles the bee most, and a bee has six; cat and sparrow pull the average down.
# Attention does not know what a bat is. It mixes the values of the keys that look alike, in the features it was
# given. Section 9 will mend the bat.
# </details>

# %% [markdown]
# **Play:** two changes, one at a time. First the bee is closed by a mask. Then every place is open again and the
# queries are multiplied by 10: what kind of look-up comes out? Change the 10 as you like.

# %%
closed, _ = attention(zoo_queries, zoo_keys, zoo_values, mask=np.array([[True, True, True, False]]))
stretched, _ = attention(10 * zoo_queries, zoo_keys, zoo_values)
print("the bee closed:\n", closed.round(2))
print("queries times 10:\n", stretched.round(2))

# %% [markdown]
# <details><summary>What they show</summary>
#
# With the bee closed, the bat has 2.86 legs: cat and sparrow share nearly all of its weight. At 10 times the queries,
# we are back at a dictionary: the kitten gets the cat's 4 legs, the bat the bee's 6. The flying fish matches sparrow
# and trout alike and gets half of each, 1 leg.
# </details>

# %% [markdown]
# ## 5 The older way to score: a small network
#
# Attention is older than the Transformer, the network of 2017 on which most language models are built today. In 2014
# Bahdanau, Cho and Bengio translated with recurrent networks (RNNs). An RNN reads word by word and carries a vector
# along, its state. Until then such an RNN read the sentence into one vector, and the translation had to come out of
# it, however long the sentence was. Theirs could look back at every word.
#
# The picture: left one vector for all, right an arrow from each word, the thickest from the one that matters now.

# %%
figures.bottleneck()


# %% [markdown]
# Their score is not a dot product. A small network looks at a query and a key together:
#
# $$\mathrm{score}(q, k) = v \cdot \tanh(q W_q + k W_k)$$
#
# The query is the state of the network that writes the translation. The keys are the states of the words read, and
# the values are the same states as the keys.

# %% [markdown]
# Query and key may differ in depth: $W_q$ and $W_k$ bring both to `u` numbers. After `tanh` these are the network's
# hidden units, and $v$ holds a weight for each. (As in the paper; this `v` is no size, unlike the one in our table.)
#
# By hand, with $u = 1$ and $v = 4$: if $q W_q + k W_k = 0.549$, then $\tanh$ gives 0.5 and the score is 2.

# %% [markdown]
# ### Exercise 5: `additive_scores` (2 points, about 25 minutes)
#
# Write the older score for every pair of a query and a key.
#
# <details><summary>Hint 1: a question</summary>
#
# For each pair of a query and a key there are `u` hidden units. What is the shape of all of them together?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# It is (q, k, u). The projected queries are (q, u), the projected keys (k, u). Where must an axis of length 1 go,
# so that adding them gives all pairs?
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Project both, index the queries with `[:, np.newaxis, :]`, add, `np.tanh`, then a matrix product with `v` sums
# over the last axis.
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `additive_scores = lend("additive_scores")`. No points, and you can go on.
# </details>

# %% exercise additive_scores
def additive_scores(query, key, w_query, w_key, v):
    """Score every query against every key with a small neural network: v . tanh(query W_q + key W_k).

    Bahdanau, Cho and Bengio 2014, "Neural Machine Translation by Jointly Learning to Align and
    Translate", section 3.1 and appendix A.1.2.

    Args:
        query: (q, d) floats or integers.
        key: (k, e) floats or integers; e, the depth of a key here, need not equal d.
        w_query: (d, u), applied as `query @ w_query`.
        w_key: (e, u), applied as `key @ w_key`.
        v: (u,), a weight for each hidden unit.

    Returns:
        (q, k) floats: one score for each pair of a query and a key. No scaling and no softmax.
    """
    # BEGIN SOLUTION
    hidden = np.tanh((query @ w_query)[:, np.newaxis, :] + key @ w_key)  # (q, k, u)
    return hidden @ v
    # END SOLUTION


# %% check additive_scores points=2
# BEGIN HIDDEN TESTS
from autograder.exams import attention_from_scratch as exam

exam.additive_scores(additive_scores)
# END HIDDEN TESTS
checks.additive_scores(additive_scores)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# A loop over the queries. It never holds the whole (q, k, u) array, only (k, u) at a time.
#
# ```python
# rows = [np.tanh(row + key @ w_key) @ v for row in query @ w_query]
# return np.stack(rows)
# ```
# </details>

# %% [markdown]
# **Predict, then run:** we stretch a query by factors from 0 to 10. What happens to its dot product with a key, and
# what to its additive score?

# %%
query, key, v = np.array([[1.0, 0.5]]), np.array([[0.8, 1.0]]), np.array([1.0, 0.5, 0.5])
w_query = np.array([[0.3, 0.1, 0.2], [0.1, 0.4, 0.2]])
w_key = np.array([[0.1, 0.2, 0.0], [0.1, 0.0, 0.3]])
stretches = np.linspace(0, 10, 50)
dot = [attention_scores(stretch * query, key).item() for stretch in stretches]
additive = [additive_scores(stretch * query, key, w_query, w_key, v).item() for stretch in stretches]

figures.score_growth(stretches, dot, additive, bound=np.abs(v).sum())

# %% [markdown]
# <details><summary>What it shows</summary>
#
# The dot product grows in proportion. The additive score bends: `tanh` never leaves [-1, 1], so no score can exceed
# the sum of $|v|$, however long the query is.
# </details>

# %% [markdown]
# Why did the dot product win? It is one matrix product, for which computers are built. The additive score makes an
# array of shape (q, k, u) on its way. Vaswani et al. (section 3.2.1) found their complexity similar in theory, and
# the dot product much faster and leaner in practice.

# %% [markdown]
# ### A short family tree
#
# The picture shows five steps. Word2vec (Mikolov et al. 2013) made words into vectors. Bahdanau et al. (2014) let a
# translator look back. Cheng et al. and Parikh et al. (2016) let a text attend to itself, under names such as
# intra-attention. Lin et al. (2017) let a sentence sum itself up. The Transformer of Vaswani et al. (2017) kept
# attention and left recurrence out.
#
# A text that attends to itself: today this is called **self-attention**. It is therefore older than "Attention Is
# All You Need".

# %%
figures.timeline()

# %% [markdown]
# ## 6 Heads: several look-ups side by side
#
# A softmax row has one budget of 1. A word that wants to know its subject *and* its neighbour has to split it. The
# way out: several smaller look-ups, called **heads**.
#
# In the picture a table of 2 tokens and 6 columns becomes 3 heads of 2 columns. Each head is a block of
# neighbouring columns.

# %%
figures.heads_as_columns()


# %% [markdown]
# In shapes: (..., t, m) becomes (..., h, t, m / h). Heads stand where the batch stands, in front of the tokens.
# That is all attention needs to run each head alone, because it works on the last two axes.
#
# If `h` does not divide `m`, there is no fair cut: raise a `ValueError`.
#
# **Predict:** in the picture, could one `reshape` from (2, 6) to (3, 2, 2) do it? Which numbers would head 0 get?
#
# <details><summary>Answer</summary>
#
# `reshape` deals out in reading order: head 0 would get 0, 1, 2, 3, which are all of token 0 and none of token 1.
# </details>

# %% [markdown]
# ### Exercise 6: `heads` (2 points, about 30 minutes)
#
# Write two functions: `split_heads` cuts the columns into heads, `merge_heads` puts them back. One check reads
# both.
#
# <details><summary>Hint 1: a question</summary>
#
# Cutting the last axis of length m into (h, m / h) is a `reshape` that moves no number. Which axes must change
# places after it?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# From (..., t, h, m / h) to (..., h, t, m / h): swap the axes -3 and -2. Counting from the end makes leading axes
# no trouble. Merging goes the same way backwards.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `*leading, length, width = x.shape` takes any number of leading axes apart, and `x.reshape(*leading, length, ...)`
# puts them back. Test the remainder `%` before you reshape. In code the width is `m // h`; `/` makes a float.
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `split_heads = lend("split_heads")` and `merge_heads = lend("merge_heads")`. No
# points, and you can go on.
# </details>

# %% exercise heads
def split_heads(x, num_heads):
    """Cut the features into heads, each a contiguous block of columns.

    Vaswani et al. 2017, section 3.2.2.

    Args:
        x: (..., t, m), with any number of leading axes, also none.
        num_heads: h; head 0 gets the first m / h columns, head 1 the next, and so on.

    Returns:
        (..., h, t, m / h)

    Raises:
        ValueError: h does not divide m.
    """
    # BEGIN SOLUTION
    *leading, length, width = x.shape
    if width % num_heads != 0:
        raise ValueError(f"{num_heads} heads do not divide a width of {width}")
    blocks = x.reshape(*leading, length, num_heads, width // num_heads)
    return np.swapaxes(blocks, -3, -2)
    # END SOLUTION


def merge_heads(x):
    """Put the heads' columns back side by side: the inverse of split_heads.

    Args:
        x: (..., h, t, m / h), with any number of leading axes, also none.

    Returns:
        (..., t, m); merge_heads(split_heads(y, h)) equals y.
    """
    # BEGIN SOLUTION
    *leading, num_heads, length, columns = x.shape
    return np.swapaxes(x, -3, -2).reshape(*leading, length, num_heads * columns)
    # END SOLUTION


# %% check heads points=2
# BEGIN HIDDEN TESTS
from autograder.exams import attention_from_scratch as exam

exam.heads(split_heads, merge_heads)
# END HIDDEN TESTS
checks.heads(split_heads, merge_heads)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# `split_heads` without a reshape: cut the columns into pieces, stack the pieces along a new axis before the tokens.
#
# ```python
# if x.shape[-1] % num_heads:
#     raise ValueError("heads do not divide the width")
# return np.stack(np.split(x, num_heads, axis=-1), axis=-3)
# ```
# </details>

# %% [markdown]
# The picture again, this time from your own code.

# %%
x = np.arange(12).reshape(2, 6)
for head, block in enumerate(split_heads(x, 3)):
    print(f"head {head}: {block.tolist()}")
print("and back:", merge_heads(split_heads(x, 3)).tolist())

# %% [markdown]
# ## 7 Multi-head attention
#
# Now self-attention as models use it. Every token plays three parts: it asks (query), it is found (key), it passes
# something on (value). What I ask for is not what I am: in the zoo a bat may look for *insects*, and is found by
# whoever looks for *fur*. So `x` gives queries, keys and values through a matrix for each part, and the matrices are
# what a model learns.
#
# The heads' columns lie side by side after merging. `w_output` lets every head write into every column.

# %% [markdown]
# The picture: multiply, split, attend in every head, merge, multiply once more.
#
# What comes out has the shape of what went in, so that several such steps can be stacked. Each is called a layer.

# %%
figures.multi_head_flow()


# %% [markdown]
# As a formula (Vaswani et al. 2017, section 3.2.2). There are no biases, as numbers added after a product are called:
#
# $$\mathrm{head}_i = \mathrm{attention}(x W_i^Q,\; x W_i^K,\; x W_i^V) \qquad
# \mathrm{output} = [\mathrm{head}_1, \ldots, \mathrm{head}_h]\, W^O$$
#
# $W_i^Q$ is the i-th block of columns of `w_query`, so one product `x @ w_query` makes the queries of all heads.
#
# The depth of a head is $m / h$. With $m = 4$ and two heads, scores are divided by $\sqrt 2$.

# %% [markdown]
# ### Exercise 7: `multi_head_attention` (3 points, about 20 minutes)
#
# Write self-attention with several heads, out of your own functions.
#
# <details><summary>Hint 1: a question</summary>
#
# Your `attention` takes any leading axes. After splitting, what are they, and does it have to know that one of them
# counts heads?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# It need not know. There is no loop over heads and no new formula in this exercise. Your three functions from
# before do it all; `attention` returns two things.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Three products with `x`, each split. One call of `attention` with the mask. Merge its output, then multiply by
# `w_output`.
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `multi_head_attention = lend("multi_head_attention")`. No points, and you can go
# on.
# </details>

# %% exercise multi_head_attention
def multi_head_attention(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    """Self-attention with several heads: project, attend in each head, merge, project.

    Vaswani et al. 2017, section 3.2.2.

    Args:
        x: (..., t, m) tokens, with any number of leading axes, also none.
        w_query, w_key, w_value, w_output: (m, m), applied as `x @ w`. There are no biases.
        num_heads: h; head i works on the i-th contiguous block of m / h columns of the projections.
        mask: None, or booleans that broadcast to (..., h, t, t), for example of shape (t, t) or
            (b, 1, 1, t): True where a token MAY attend to another.

    Returns:
        (..., t, m) floats: the merged heads times w_output. A token that may attend to nothing gets zeros.

    Raises:
        ValueError: h does not divide m.
    """
    # BEGIN SOLUTION
    query, key, value = (split_heads(x @ w, num_heads) for w in (w_query, w_key, w_value))
    output, _ = attention(query, key, value, mask)
    return merge_heads(output) @ w_output
    # END SOLUTION


# %% check multi_head_attention points=3
# BEGIN HIDDEN TESTS
from autograder.exams import attention_from_scratch as exam

exam.multi_head_attention(multi_head_attention)
# END HIDDEN TESTS
checks.multi_head_attention(multi_head_attention)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# One product with the three matrices side by side. Libraries keep them packed like this, as notebook 03 shows.
#
# ```python
# packed = np.hstack([w_query, w_key, w_value])
# query, key, value = (split_heads(part, num_heads) for part in np.split(x @ packed, 3, axis=-1))
# output, _ = attention(query, key, value, mask)
# return merge_heads(output) @ w_output
# ```
# </details>

# %% [markdown]
# Let us watch two heads at work on *the dog chased the cat*. A token is ten numbers. The first four say which word
# it is, one column per word; a fifth stays empty, so that each head gets five. The last five say where it stands.

# %% given sentence
words = ["the", "dog", "chased", "the", "cat"]
vocabulary = ["the", "dog", "chased", "cat"]
# word_vectors: (t, 4), one column per word; sentence: (t, 10), word, an empty column, place
word_vectors = np.array([[word == entry for entry in vocabulary] for word in words], dtype=float)
sentence = np.hstack([word_vectors, np.zeros((5, 1)), np.eye(5)])

# %% [markdown]
# We choose the matrices by hand. Head 0 asks "where is my word?". Head 1 asks "who stands one place before me?".
#
# And a trick to see the weights: each value is a name tag, 1 at the token's own place and 0 elsewhere. What comes
# out of a head then says whom it listened to.

# %% [markdown]
# `np.eye(5, k=-1)` has its ones below the diagonal: place 2 times this matrix is place 1. The 20 makes the look-up
# hard: a match scores $20 / \sqrt 5$, nearly 9, and $e^9$ is 8,000 times the weight of a miss.
#
# **Predict:** whom does the first word listen to in head 1? Nobody stands before it, so its query is all zeros.

# %%
w_query, w_value = np.zeros((10, 10)), np.zeros((10, 10))
w_query[:5, :5] = 20 * np.eye(5)  # head 0: my own word
w_query[5:, 5:] = 20 * np.eye(5, k=-1)  # head 1: one place before mine
w_value[5:, :5] = w_value[5:, 5:] = np.eye(5)  # name tags for both heads

tags = multi_head_attention(sentence, w_query, np.eye(10), w_value, np.eye(10), num_heads=2)
figures.head_maps([tags[:, :5], tags[:, 5:]], words, ["head 0: the same word", "head 1: one place before"])

# %% [markdown]
# <details><summary>What it shows</summary>
#
# In head 0 the two *the* share their weight half and half: by word alone they are the same. In head 1 each word
# looks one place to the left. The first word's query is zero, so all its scores are 0 and it listens to everybody
# alike, with 0.20 each. A softmax cannot say "nobody" unless a mask says it.
# </details>

# %% [markdown]
# ## 8 Positions: who stands where?
#
# Head 1 could work because we wrote positions into the tokens. Attention by itself does not see them.
#
# **Predict, then run:** *the* occurs twice, first before the dog and then before the cat. Without positions, do the
# two get the same output?

# %%
output, _ = attention(word_vectors, word_vectors, word_vectors)
print("first  the:", output[0].round(3))
print("second the:", output[3].round(3))

# %% [markdown]
# <details><summary>What it shows</summary>
#
# The same to the last digit: both ask the same question of the same keys. A dog that chases a cat and a cat that
# chases a dog would be one and the same to attention.
# </details>

# %% [markdown]
# The remedy of 2017: add a pattern to each token that tells its place. Think of clocks. Each pair of columns is the
# hand of one clock. The first clock turns fast, the next ones more and more slowly. Together they tell any position
# apart.

# %%
figures.clocks()


# %% [markdown]
# A hand that has turned by an angle, clockwise from the top, has its tip at $(\sin, \cos)$. So column $2i$ holds
# the sine and column $2i + 1$ the cosine of the same angle:
#
# $$\mathrm{angle} = \frac{\mathrm{position}}{10000^{\,2i / m}}$$
#
# Here $m$ is the width of the table, since it is added to tokens. In the code it is the argument `depth`, the paper's
# word; it is not the depth $d$ of a key.
#
# By hand, with $m = 4$, position 1: the pair $i = 0$ has the angle 1, the pair $i = 1$ the angle
# $1 / 10000^{1/2} = 0.01$. The row is $(0.84, 0.54, 0.01, 1.00)$.
#
# (Vaswani et al. 2017, section 3.5.)

# %% [markdown]
# ### Exercise 8: `positional_encoding` (2 points, about 30 minutes)
#
# Write the function that makes the table of clocks.
#
# <details><summary>Hint 1: a question</summary>
#
# Columns 0 and 1 share an angle, columns 2 and 3 share the next. What exponent does column c have, even or odd?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# The even number at or below c, divided by the argument `depth`. Positions as a column vector, exponents as a row
# vector: broadcasting makes the whole table of angles.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `table[:, 0::2]` are the even columns, `table[:, 1::2]` the odd ones. If the depth is odd, there is one odd column
# fewer than even ones: cut the angles to fit. Or choose between sine and cosine with `np.where`.
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `positional_encoding = lend("positional_encoding")`. No points, and you can go on.
# </details>

# %% exercise positional_encoding
def positional_encoding(length, depth):
    """Give every position a pattern of sines and cosines of its own.

    Vaswani et al. 2017, section 3.5. Columns come in pairs i = 0, 1, 2, ...: column 2i holds
    sin(angle) and column 2i + 1 holds cos(angle), with angle = position / 10000 ** (2i / depth).

    Args:
        length: number of positions t, counted from 0; at least 1.
        depth: number of columns, the width m of the tokens; at least 1. It may be odd; then the last
            pair has its sine only.

    Returns:
        (t, m) floats.

    >>> positional_encoding(2, 1).round(4)
    array([[0.    ],
           [0.8415]])
    """
    # BEGIN SOLUTION
    position = np.arange(length)[:, np.newaxis]
    column = np.arange(depth)
    angle = position / 10000 ** ((column - column % 2) / depth)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))
    # END SOLUTION


# %% check positional_encoding points=2
# BEGIN HIDDEN TESTS
from autograder.exams import attention_from_scratch as exam

exam.positional_encoding(positional_encoding)
# END HIDDEN TESTS
checks.positional_encoding(positional_encoding)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# One angle for each pair, then sine and cosine side by side. An odd depth drops the last cosine.
#
# ```python
# angle = np.arange(length)[:, np.newaxis] / 10000 ** (np.arange(0, depth, 2) / depth)
# return np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(length, -1)[:, :depth]
# ```
# </details>

# %%
placed = word_vectors + positional_encoding(5, 4)
output, _ = attention(placed, placed, placed)
print("first  the:", output[0].round(3))
print("second the:", output[3].round(3))

table = positional_encoding(60, 32)
figures.position_table(table, table @ table.T)

# %% [markdown]
# Now the two *the* differ.
#
# In the left picture the first columns flicker from row to row and the last hardly move: the fast clocks and the
# slow ones. In the right picture, each line parallel to the diagonal has one colour. How alike two positions are
# depends on their distance and on nothing else.
#
# <details><summary>Why? (for the curious)</summary>
#
# $\sin a \sin b + \cos a \cos b = \cos(a - b)$. The dot product of two rows is a sum of such terms, and each contains
# only the difference of the positions.
# </details>

# %% [markdown]
# ### What attention costs
#
# Every token looks at every token. With `t` tokens there are $t^2$ scores. $O(t^2 m)$ reads "grows like $t^2 m$,
# whatever the computer": so does the time. The memory for the weights is $O(t^2)$. An RNN takes
# $O(t m^2)$, but one step after another; attention does all pairs at once.
#
# **Predict, then run:** doubling the length multiplies the memory by how much? And a book of 100,000 tokens, at 4
# bytes a number? (NumPy's floats take 8 bytes, so the cell prints twice that; models usually take 4.)

# %%
for length in (10, 20, 40):
    tokens = np.ones((length, 4))
    _, weights = attention(tokens, tokens, tokens)
    print(f"{length:2} tokens: {np.asarray(weights).nbytes:6,} bytes of weights")

# %% [markdown]
# <details><summary>Answer</summary>
#
# By four each time. The book would need $100{,}000^2 \cdot 4$ bytes = 40 GB for one head of one layer. Attention
# does not save computation on long texts; it buys direct contact between any two tokens, and pays with the square.
# Notebook 03 computes the same answer without ever holding all weights in memory.
# </details>

# %% [markdown]
# ## 9 Backwards: how attention learns
#
# The **loss** is one number that says how wrong the answer is. To learn, a model must know for each of its numbers:
# if it grew a little, how would the loss change? That is its **gradient**. A gradient points where the loss rises; a
# step goes against it.
#
# Follow the orange arrows. The gradient of the output comes in at the right and walks against every black arrow.
# `grad_key` is the gradient of `key` and has its shape; so with the others. Three small steps do it.

# %%
figures.gradient_flow()


# %% [markdown]
# **Step 1, through the average.** The output is $O = W V$, with the weights $W$. Output $i$ contains value $j$ with
# the share $W_{ij}$, so the gradient of output $i$ reaches value $j$ with that share. And the gradient of a weight is
# large where its value points along the gradient of the output, that is, where more of it would raise the loss:
#
# $$\mathrm{grad}_V = W^\top\, \mathrm{grad}_O \qquad \mathrm{grad}_W = \mathrm{grad}_O\, V^\top$$
#
# Check the shapes: (k, q) times (q, v) is (k, v), the shape of the values.

# %% [markdown]
# **Step 2, through the softmax.** The shares of a row sum to 1: if one grows, the others shrink. For one row with
# weights $w$ and scores $s$, differentiating the softmax gives
#
# $$\frac{\partial w_i}{\partial s_j} = w_i\,(1_{i=j} - w_j)$$
#
# where $1_{i=j}$ is 1 if $i = j$, else 0.
#
# The chain rule sums over $i$, where $g$ is the gradient of the weights:
#
# $$\mathrm{grad}_{s_j} = w_j \Big(g_j - \sum_i w_i\, g_i\Big)$$
#
# In words: the gradient of a score says how far $g_j$, its key's entry of $g$, lies above the weighted average of all,
# times the key's weight.

# %% [markdown]
# Step 2 with numbers. The weights are $w = (0.25, 0.75)$ and their gradient is $g = (0, 4)$.
#
# - The weighted average of $g$ is $0.25 \cdot 0 + 0.75 \cdot 4 = 3$.
# - Above or below that average: $(-3, 1)$.
# - Times the weights: $(-0.75, 0.75)$.
#
# The second score has a positive gradient: raise it, and the loss rises. A step against the gradient lowers it.
#
# The two sum to 0, as they must: raising both scores alike changes nothing. And a masked place has weight 0, so its
# gradient is 0 with no further care.

# %% [markdown]
# **Step 3, through the scores.** They are $S = Q K^\top / \sqrt d$. Each score is a dot product, and in a dot
# product each side's gradient is the other side:
#
# $$\mathrm{grad}_Q = \frac{\mathrm{grad}_S\, K}{\sqrt d} \qquad \mathrm{grad}_K = \frac{\mathrm{grad}_S^\top\, Q}{\sqrt d}$$
#
# Check the shapes again: (q, k) times (k, d) is (q, d), and (k, q) times (q, d) is (k, d).

# %% [markdown]
# ### Exercise 9: `attention_backward` (4 points, about 50 minutes)
#
# Write the backward step: three gradients, from the gradient of the output.
#
# <details><summary>Hint 1: a question</summary>
#
# Which of the forward step's results do the three steps use? Which function of yours gives it, mask included?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# They use the weights alone, and `attention` returns them. Every transposed matrix is a `np.swapaxes(..., -1, -2)`, so
# that batches work. In step 2 the sum runs over the keys, the last axis.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Five lines, one for each gradient, in the order of the picture: grad_value and grad_weights; grad_scores, where
# the sum needs `keepdims=True`; grad_query and grad_key, each divided by the root of the depth. Which of the five
# does the mask touch, and through what?
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `attention_backward = lend("attention_backward")`. No points, and you can go on.
# </details>

# %% exercise attention_backward
def attention_backward(grad_output, query, key, value, mask=None):
    """Send the gradient of a loss backwards through scaled dot-product attention.

    The forward step is `attention` above: Vaswani et al. 2017, section 3.2.1, equation 1.

    Args:
        grad_output: (..., q, v) the gradient of the loss with respect to attention's output.
        query: (..., q, d), key: (..., k, d), value: (..., k, v): as in the forward step, with the same
            leading axes (any number, also none); floats or integers.
        mask: as in `attention`: None, or booleans that broadcast to (..., q, k), True where a query
            MAY attend.

    Returns:
        (grad_query, grad_key, grad_value): floats with the shapes of query, key and value. What is
        masked passes no gradient: a query that may attend to nothing gets a gradient of zeros and adds
        nothing to the other two.
    """
    # BEGIN SOLUTION
    _, weights = attention(query, key, value, mask)
    grad_value = np.swapaxes(weights, -1, -2) @ grad_output
    grad_weights = grad_output @ np.swapaxes(value, -1, -2)
    mean_grad = (weights * grad_weights).sum(axis=-1, keepdims=True)
    grad_scores = weights * (grad_weights - mean_grad) / np.sqrt(key.shape[-1])
    return grad_scores @ key, np.swapaxes(grad_scores, -1, -2) @ query, grad_value
    # END SOLUTION


# %% check attention_backward points=4
# BEGIN HIDDEN TESTS
from autograder.exams import attention_from_scratch as exam

exam.attention_backward(attention_backward)
# END HIDDEN TESTS
checks.attention_backward(attention_backward)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# The weighted average of g is also `output` times `grad_output`, summed. FlashAttention uses this: it need not keep
# g.
#
# ```python
# output, weights = attention(query, key, value, mask)
# grad_weights = np.einsum("...qv,...kv->...qk", grad_output, value)
# mean = (output * grad_output).sum(axis=-1, keepdims=True)
# grad_scores = weights * (grad_weights - mean) / key.shape[-1] ** 0.5
# grad_key = np.einsum("...qk,...qd->...kd", grad_scores, query)
# return grad_scores @ key, grad_key, np.einsum("...qk,...qv->...kv", weights, grad_output)
# ```
# </details>

# %% [markdown]
# Never trust a gradient that nobody has nudged. Take a loss whose gradient we know: the sum of all outputs, each
# times a fixed number. Push one entry of the query up by a millionth, then down, and see how the loss moves. That
# slope must be the entry of `grad_query`.

# %%
rng = np.random.default_rng(9)
query, key, value = (rng.normal(size=size) for size in ((2, 3), (4, 3), (4, 5)))
grad_output = rng.normal(size=(2, 5))
grad_query, _, _ = attention_backward(grad_output, query, key, value)

nudge = np.zeros((2, 3))
nudge[1, 2] = 1e-6
up, _ = attention(query + nudge, key, value)
down, _ = attention(query - nudge, key, value)
slope = ((up - down) * grad_output).sum() / 2e-6
print(f"by nudging:      {slope:.6f}\nby your formula: {grad_query[1, 2]:.6f}")

# %% [markdown]
# ### Teaching the bat
#
# A bat has two legs, and our look-up said 4.75. Now we can teach it. The loss is the square of the error in legs,
# so the gradient of the output is twice the error, in the column of the legs. Each step moves the bat's query a
# little against `grad_query`.
#
# **Predict, then run:** the answer will become 2. Will the bat then ask the sparrow alone?

# %%
query, answers, shares = zoo_queries[1:2].copy(), [], []
for _ in range(150):
    output, weights = attention(query, zoo_keys, zoo_values)
    answers.append(output[0, 0])
    shares.append(weights[0])
    grad_output = np.array([[2 * (output[0, 0] - 2), 0.0]])
    grad_query, _, _ = attention_backward(grad_output, query, zoo_keys, zoo_values)
    query = query - 0.02 * grad_query

print("the bat's query (fur, wings, fins) is now", query[0].round(2))
figures.learning(answers, shares, animals, target=2)

# %% [markdown]
# <details><summary>What it shows</summary>
#
# The answer becomes 2.00, and half of the weight lies on the sparrow. The other half is a blend: a trout with no
# legs balances a cat and a bee with too many. The loss asked for the right number, not for the right reason.
#
# Look at the query too: fur went from 1 to -1.29. To get its legs right, the bat had to deny its fur.
# </details>

# %% [markdown]
# That was training: forward, loss, backward, a small step, again. A real model does the same with all its matrices
# at once.

# %% [markdown]
# ## Done
#
# - softmax that neither overflows nor breaks on an empty row
# - scaled scores, and an experiment that shows why they are scaled
# - masks that say who MAY look at whom
# - attention: score, mask, softmax, average
# - the additive score of the RNN days
# - heads, split and merged
# - multi-head attention, and two heads at work
# - positions from clocks, and what attention costs
# - the backward step by hand, and a bat with two legs
#
# Before you hand in: restart the kernel, run all cells, press **Validate**.

# %% [markdown]
# ## Where to go next
#
# **Notebook 02** works one example of four words to the last decimal, by hand and with your functions, and hunts
# for misprints in a published version. **Notebook 03** moves to PyTorch: batches, GPUs and long sequences.
#
# Read on:
#
# - Vaswani et al. 2017, *Attention Is All You Need*, arXiv 1706.03762
# - Bahdanau, Cho, Bengio 2014, *Neural Machine Translation by Jointly Learning to Align and Translate*, arXiv 1409.0473
# - Cheng et al. 2016, arXiv 1601.06733; Parikh et al. 2016, arXiv 1606.01933; Lin et al. 2017, arXiv 1703.03130
# - Mikolov et al. 2013, arXiv 1301.3781
