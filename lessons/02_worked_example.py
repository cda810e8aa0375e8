# %% [markdown]
# # 02 A worked example with four tokens
#
# **What you will do.** Work out one self-attention on paper, number by number. Then hold it against your own code, and against a published version full of misprints.
#
# **What you will learn.**
#
# - what every number in scores, weights and outputs means
# - how to test whether a matrix can be attention
# - what attention cannot do: read out words, or notice their order
#
# **What you need.** Pen and paper. Notebook 01 helps and is not required. New to all this? This notebook up to Exercise 5 makes a good first hour, before notebook 01. If you come from there: take the pen; the first exercises are short, and the surprises come after them.
#
# **Time.** About three hours, ten exercises. After "By hand and by code" is a good place for a pause.

# %% given imports
from itertools import permutations

import numpy as np
import scipy.special

from attention_course import data
from attention_course.checks import worked_example as checks
from attention_course.figures import web_font
from attention_course.figures import worked_example as figures
from attention_course.lending import lend
from attention_course.own_work import own_function


def softmax(x, axis=-1):
    """SciPy's softmax, along the last axis unless told otherwise, like the one of notebook 01."""
    return scipy.special.softmax(x, axis=axis)


# %% [markdown]
# The next line lets your browser show 我 喜欢 吃 苹果, whether or not it has a Chinese font.

# %%
web_font.use_han_font()

# %% [markdown]
# If you wrote `softmax` in notebook 01, this notebook uses it. If not, it takes SciPy's. It prints which.

# %%
softmax = own_function("01_attention_from_scratch", "softmax", fallback=softmax, probe=(np.eye(2, 3),))

# %% [markdown]
# ## Four tokens, two numbers each
#
# The sentence is 我 喜欢 吃 苹果: *I like to eat apples*. A **token** is one piece of text, here one word. Each token gets a vector of two numbers.
#
# The numbers are made up, and small, so that you can do everything by hand. They were not learned from any text. 苹果 gets two zeros; remember that, it will matter.

# %% given four_tokens
tokens = ["我", "喜欢", "吃", "苹果"]  # I, like, eat, apple
embeddings = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
scores = weights = output = scaled_weights = None  # yours to fill in below

# %%
figures.plane(embeddings, tokens)

# %% [markdown]
# See how 吃 points halfway between 我 and 喜欢, while those two stand at a right angle. 苹果 points nowhere.
#
# In self-attention every token plays three parts. As a **query** it looks for something, as a **key** it can be found, as a **value** it passes something on. Real models give a token three different vectors for the three parts. Here all three are the same: $Q = K = V = E$, with one row of $E$ per token.

# %% [markdown]
# ## Scores: who matches whom
#
# The match of a query and a key is their **dot product**: multiply number by number, then add. Two vectors that point the same way get a large score, two at a right angle get 0. Two that point against each other get a negative one; none do here.

# %%
figures.score_table(embeddings, tokens, row=2, column=0)

# %% [markdown]
# The picture shows one of the sixteen entries. To its left stands $E$, above it the same vectors turned on their side: the transpose $E^\top$. In one formula:
#
# $$S = E E^\top, \qquad S_{ij} = \sum_{c} E_{ic} E_{jc}$$
#
# **Before you start:** how many of the sixteen do you have to work out, if $S_{ij} = S_{ji}$?
#
# <details><summary>Answer</summary>
#
# Ten: the four on the diagonal and the six above it. The six below mirror them.
#
# </details>

# %% [markdown]
# ### Exercise 1: `scores` (2 points, about 10 minutes)
#
# Fill in all sixteen by hand and type them as an array. A computer would do it in a moment; your hand will notice things a computer does not tell you.
#
# <details><summary>Hint 1: a question</summary>
#
# What is the dot product of anything with (0, 0)?
#
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# On the diagonal every vector meets itself: square its numbers and add.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Row 吃 is (1, 1). Its dot product with a vector is the sum of that vector's two numbers.
#
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `scores = lend("scores")`. No points, and you can go on.
#
# </details>

# %% exercise scores
# scores: a 4 x 4 array of numbers you worked out by hand. Entry [i, j] is the dot product of
# the vector of token i with the vector of token j, not divided by anything.
# Begin with  scores = np.array([[
# BEGIN SOLUTION
scores = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 2, 0], [0, 0, 0, 0]])
# END SOLUTION

# %% check scores points=2
# BEGIN HIDDEN TESTS
from autograder.exams import worked_example as exam

exam.scores(scores)
# END HIDDEN TESTS
checks.scores(scores)

# %% [markdown]
# **What we learn.** A score says how well two vectors match, and also how long they are. 吃 is the longest vector, so it scores higher with itself than any other pair does. The row of 苹果 is empty of preference: a query of zeros cannot tell the keys apart.

# %% [markdown]
# ## Weights: from scores to shares
#
# Scores can be anything. For an average we need shares: above 0, summing to 1. **Softmax** does it in two steps, row by row. Raise $e$ to each score, then divide by the row's sum.

# %%
figures.softmax_steps()

# %% [markdown]
# In these made-up numbers, follow `a`. Its score is 0, yet its share is not: $e^0 = 1$. And within one row, one more point of score always means $e \approx 2.718$ times the weight.
#
# $$A_{ij} = \frac{e^{S_{ij}}}{\sum_{k} e^{S_{ik}}}$$
#
# **Predict:** which row of your weights will be the same number four times?
#
# <details><summary>Answer</summary>
#
# The one whose four scores are equal. Equal scores get equal weights.
#
# </details>

# %% [markdown]
# ### Exercise 2: `weights` (2 points, about 15 minutes)
#
# Work out the softmax of each row of **your** scores. Do at least one row by hand; for the rest you may use `softmax`. If a score was wrong, go on with it: what counts here is that the weights follow from your scores.
#
# <details><summary>Hint 1: a question</summary>
#
# In a row with the scores 1, 0, 1, 0: what is $e$ to the power of each, and what is their sum?
#
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# That sum is 2.718 + 1 + 2.718 + 1 = 7.437. Each weight is one of the four numbers divided by it.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `softmax` takes the array and the axis along which the weights sum to 1. Along a row is the last axis.
#
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `weights = lend("weights")`. No points, and you can go on.
#
# </details>

# %% exercise weights
# weights: a 4 x 4 array, the softmax of each row of YOUR scores. Type the numbers, to 4 decimals
# or more, or compute them from `scores`. Begin with  weights =
# BEGIN SOLUTION
weights = softmax(scores, axis=-1)
# END SOLUTION

# %% check weights points=2
# BEGIN HIDDEN TESTS
from autograder.exams import worked_example as exam

exam.weights(weights, scores)
# END HIDDEN TESTS
checks.weights(weights, scores)

# %%
figures.weights_map(weights, tokens, title="attention weights")

# %% [markdown]
# Read it row by row: who looks, and at whom? 我 divides most of its attention between itself and 吃. 吃 looks at itself most.
#
# Now the last row. 苹果, the zero vector, looks at everybody equally. It does not look at nothing: softmax always hands out a whole 1. Somebody without a preference gets the plain average.
#
# And look down the last column: 苹果 is seen by all, though its score is 0 everywhere. Softmax gives nobody exactly 0.

# %% [markdown]
# ## Output: the weighted average
#
# Each token now collects the vectors of all tokens, in the shares of its row:
#
# $$O = A E, \qquad O_i = \sum_j A_{ij} E_j$$
#
# **Predict:** where in the plane can an output lie?
#
# <details><summary>Answer</summary>
#
# Inside the square whose corners are the four vectors. An average with positive shares never leaves the area between the things it averages.
#
# </details>

# %% [markdown]
# ### Exercise 3: `output` (1 point, about 10 minutes)
#
# Average the four vectors with **your** weights.
#
# <details><summary>Hint 1: a question</summary>
#
# Which two tokens have a 1 as their first number?
#
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Then the first number of an output is the sum of two weights. Which two for the second?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# All eight at once are one matrix product, of a 4 x 4 and a 4 x 2 matrix, in that order.
#
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `output = lend("output")`. No points, and you can go on.
#
# </details>

# %% exercise output
# output: a 4 x 2 array. Row i is the average of the four token vectors, weighted by row i of
# YOUR weights. Type the numbers, to 4 decimals or more, or compute them from `weights` and
# `embeddings`. Begin with  output =
# BEGIN SOLUTION
output = weights @ embeddings
# END SOLUTION

# %% check output points=1
# BEGIN HIDDEN TESTS
from autograder.exams import worked_example as exam

exam.output(output, weights)
# END HIDDEN TESTS
checks.output(output, weights)

# %%
figures.outputs_in_plane(embeddings, output, tokens)

# %% [markdown]
# See how the four draw together. Each has moved towards the others, and 苹果, which looked at all equally, sits in the very middle of the square.
#
# That is what attention does to a sentence: every vector takes in something of the rest. The word stays in its place; its vector now speaks of its company.

# %% [markdown]
# ## Scaling: why divide by $\sqrt{d}$
#
# The Transformer paper (Vaswani et al. 2017, section 3.2.1) divides each score by $\sqrt{d}$, where $d$, the **depth**, is how many numbers a key has. Long vectors make large scores, and large scores make softmax put nearly everything on one key. Dividing calms it.
#
# Here $d = 2$, so the divisor is 1.414.
#
# **Predict:** what happens to the largest weight of each row? And to the row of 苹果?
#
# <details><summary>Answer</summary>
#
# The scores move closer together, so the largest weight shrinks. For 苹果 nothing changes: 0 divided by anything is 0.
#
# </details>

# %% [markdown]
# ### Exercise 4: `scaled_weights` (1 point, about 5 minutes)
#
# The same as exercise 2, with **your** scores divided by $\sqrt{2}$ first.
#
# <details><summary>Hint 1: a question</summary>
#
# Does it matter whether you divide before or after the softmax?
#
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# It does. Dividing the weights would make rows that sum to 0.71.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `np.sqrt(2)` is the divisor, and an array divided by a number is divided entry by entry.
#
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `scaled_weights = lend("scaled_weights")`. No points, and you can go on.
#
# </details>

# %% exercise scaled_weights
# scaled_weights: a 4 x 4 array, the softmax of each row of YOUR scores after dividing them by
# the square root of 2, the depth of the vectors. Type the numbers, to 4 decimals or more, or
# compute them from `scores`. Begin with  scaled_weights =
# BEGIN SOLUTION
scaled_weights = softmax(scores / np.sqrt(2), axis=-1)
# END SOLUTION

# %% check scaled_weights points=1
# BEGIN HIDDEN TESTS
from autograder.exams import worked_example as exam

exam.scaled_weights(scaled_weights, scores)
# END HIDDEN TESTS
checks.scaled_weights(scaled_weights, scores, weights)

# %%
figures.before_and_after(weights, scaled_weights, tokens)


# %% [markdown]
# The dotted line is one quarter, the weight of somebody without a preference. In three rows every bar moves towards it. The row of 苹果 lies on it already and cannot get any flatter.
#
# "Flatter" deserves a number.

# %% [markdown]
# ## Entropy: how evenly a row spreads
#
# The **entropy** of a row measures how undecided it is:
#
# $$H_i = -\sum_j A_{ij} \log A_{ij}$$
#
# With the natural logarithm its unit is the **nat**. A row with all its weight on one key has 0 nats. A row of four equal weights has $\log 4 = 1.386$, the most that four keys allow. $e^{H}$ reads as "about so many keys are in play".
#
# A weight of 0 adds nothing, so $0 \log 0$ counts as 0.

# %% [markdown]
# ### Exercise 5: `row_entropy` (1 point, about 15 minutes)
#
# Write the function that gives the entropy of every row, of one matrix or of a whole stack of them.
#
# A shape such as (..., q, k) means: q rows, one for each query, of k numbers, one for each key. The dots are **leading axes**, any number of them, also none: (5, q, k) is a stack of five matrices.
#
# <details><summary>Hint 1: a question</summary>
#
# What does NumPy make of `0 * np.log(0)`, and what should it be?
#
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Where a weight is 0 you may take the logarithm of any positive number instead: it is multiplied by 0 afterwards.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `np.where(weights > 0, weights, 1)` is safe to take the logarithm of. Then multiply, sum over the last axis, and mind the sign.
#
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `row_entropy = lend("row_entropy")`. No points, and you can go on.
#
# </details>

# %% exercise row_entropy
def row_entropy(weights):
    """Measure how evenly each query spreads its attention, in nats.

    Args:
        weights: (..., q, k) array, with any number of leading axes, also none; non-negative, each
            row sums to 1. Entries may be exactly 0: such an entry adds nothing (0 log 0 counts as 0).

    Returns:
        (..., q) floats: for each row minus the sum of w log w, with the natural logarithm. 0 where
        one weight is 1, log(k) where all k weights are equal. Never NaN; `weights` itself stays as
        it was.

    >>> row_entropy(np.array([[0.5, 0.5]])).round(4)
    array([0.6931])
    """
    # BEGIN SOLUTION
    logs = np.log(np.where(weights > 0, weights, 1))
    return -(weights * logs).sum(axis=-1)
    # END SOLUTION


# %% check row_entropy points=1
# BEGIN HIDDEN TESTS
from autograder.exams import worked_example as exam

exam.row_entropy(row_entropy)
# END HIDDEN TESTS
checks.row_entropy(row_entropy)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# SciPy has it ready made; 0 log 0 counts as 0 there, too. It needs `import scipy.stats`.
#
# ```python
# return scipy.stats.entropy(weights, axis=-1)
# ```
#
# </details>

# %%
before = row_entropy(figures.needed(weights, (4, 4), "weights"))
after = row_entropy(figures.needed(scaled_weights, (4, 4), "scaled_weights"))
figures.entropy_bars(before, after, tokens)

# %% [markdown]
# The axis begins at 1 nat, so that small differences show. Three rows got flatter. 吃 gained most: it had been the most decided. 我 and 喜欢 gained the same, as mirror images must. 苹果 was at the ceiling from the start.
#
# With two numbers per vector the effect is gentle. Notebook 01 shows it for vectors of hundreds of numbers, where without scaling nearly all the weight lands on one key.

# %% [markdown]
# ## By hand and by code
#
# If `attention` from your notebook 01 works, it should give your hand-made numbers. It divides by $\sqrt{d}$, so compare with the scaled ones.

# %%
attention = own_function(
    "01_attention_from_scratch",
    "attention",
    fallback=None,
    probe=(embeddings, embeddings, embeddings),
    returns=("output", "weights"),
)
if attention is not None:
    _, code_weights = attention(embeddings, embeddings, embeddings)
    figures.by_hand_and_by_code(scaled_weights, code_weights, tokens)


# %% [markdown]
# If you see two maps, they should show the same numbers, and the title says by how much they differ at most.
#
# **Think first:** how could you get the *unscaled* weights out of the very same function, without changing it?
#
# <details><summary>Answer</summary>
#
# Multiply the queries by $\sqrt{2}$ before you pass them in. The function divides it away again: `attention(embeddings * np.sqrt(2), embeddings, embeddings)`.
#
# </details>

# %% [markdown]
# ## Can this be attention?
#
# Soon you will read somebody else's matrix. A good reader asks first whether it *can* be attention, before asking whether it is right. Three things must hold, whatever the scores were:
#
# - every entry is an ordinary number: no NaN, no infinity
# - no entry is negative
# - every **row** sums to 1, apart from rounding
#
# A **mask**, which forbids a query to look at some of the keys, makes weights of exactly 0. So 0 is allowed here.

# %% [markdown]
# ### Exercise 6: `is_attention_weights` (1 point, about 15 minutes)
#
# Write the function that tests these three, for one matrix or for a stack of them.
#
# <details><summary>Hint 1: a question</summary>
#
# Over which axis do you sum, so that it is right for a stack of matrices too?
#
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `np.isfinite`, a comparison with 0 and a comparison of the sums with 1 each give arrays of True and False. `.all()` makes one of many.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# A sum is near enough when its distance from 1, `np.abs(sums - 1)`, is at most `tolerance`.
#
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `is_attention_weights = lend("is_attention_weights")`. No points, and you can go on.
#
# </details>

# %% exercise is_attention_weights
def is_attention_weights(matrix, tolerance=1e-6):
    """Say whether a matrix can be the weights of an attention.

    Args:
        matrix: (..., q, k) array of floats or integers, with any number of leading axes, also none.
        tolerance: how far a row's sum may be from 1 (absolute), to allow for rounding.

    Returns:
        True if every entry is finite (no NaN, no infinity), no entry is negative and every row, that is
        every slice along the last axis, sums to 1 within the tolerance. False otherwise. Never an
        error for an array of numbers.

    >>> is_attention_weights(np.array([[0.5, 0.5], [0.0, 1.0]]))
    True
    """
    # BEGIN SOLUTION
    if not np.isfinite(matrix).all() or (matrix < 0).any():
        return False
    return bool((np.abs(matrix.sum(axis=-1) - 1) <= tolerance).all())
    # END SOLUTION


# %% check is_attention_weights points=1
# BEGIN HIDDEN TESTS
from autograder.exams import worked_example as exam

exam.is_attention_weights(is_attention_weights)
# END HIDDEN TESTS
checks.is_attention_weights(is_attention_weights)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# No `isfinite`: a NaN or an infinity makes its row's sum wrong by itself, and `>= 0` is False for NaN.
#
# ```python
# sums = np.asarray(matrix, dtype=float).sum(axis=-1)
# sums_right = np.allclose(sums, 1, rtol=0, atol=tolerance)
# return bool(sums_right and (matrix >= 0).all())
# ```
#
# </details>

# %% [markdown]
# **Predict:** your weights rounded to 4 decimals, tested with a tolerance of `1e-6` and of `1e-3`. What comes out?

# %%
rounded = np.round(figures.needed(weights, (4, 4), "weights"), 4)
print("row sums:", rounded.sum(axis=-1).round(6))
print("tolerance 1e-6:", is_attention_weights(rounded))
print("tolerance 1e-3:", is_attention_weights(rounded, tolerance=1e-3))

# %% [markdown]
# <details><summary>What we learn</summary>
#
# Rounding moves a row's sum a little: the row of 吃 sums to 0.9999. A test needs a tolerance that fits how its numbers were made. Too strict, and it rejects honest rounding; too loose, and it passes nonsense.
#
# </details>

# %% [markdown]
# ## A case for a detective
#
# This very example was once printed in a published article, with the same four tokens and the same vectors. Its matrices are in `data/worked_example.json`, exactly as they were printed.
#
# Something is wrong with them. Before any code: what catches your eye?

# %%
published = data.published_example()
figures.published_matrices(published)


# %% [markdown]
# <details><summary>Some things one can see without computing</summary>
#
# - 苹果 is (0, 0), yet its row of scores has a 1.
# - 我 and 吃 both score 2 with themselves, though 吃 is the longer vector.
# - The weights have zeros; softmax makes none.
# - The third row of weights holds a half and three thirds, more than 1 in all.
#
# </details>
#
# The score matrix *is* symmetric. A test for symmetry alone would have let it pass.

# %% [markdown]
# ### Exercise 7: `misprinted_scores` (3 points, about 20 minutes)
#
# Write the function that finds every wrong entry, for any vectors and any published matrix.
#
# <details><summary>Hint 1: a question</summary>
#
# What should the whole matrix be? You have the formula from exercise 1.
#
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Subtract, take `np.abs`, compare with `1e-6`. Which NumPy function lists the places that are True?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `np.argwhere(mask)` gives one row of indices per True entry. Its numbers are NumPy's; `int()` turns each into a plain one.
#
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `misprinted_scores = lend("misprinted_scores")`. No points, and you can go on.
#
# </details>

# %% exercise misprinted_scores
def misprinted_scores(published, embeddings):
    """Find the entries of a published score matrix that do not follow from the embeddings.

    Args:
        published: (t, t) array of floats or integers, the unscaled scores as somebody printed them.
        embeddings: (t, d) array of floats or integers, the vectors the scores were made from.

    Returns:
        A set of (row, column) tuples of plain ints, counted from 0: the places where `published` is
        not the dot product of token `row` and token `column`, up to rounding. What differs by less
        than 1e-9 is rounding, misprints are off by 0.1 or more. An empty set if everything is right.

    >>> misprinted_scores(np.array([[1, 0], [0, 7]]), np.array([[1, 0], [0, 2]]))
    {(1, 1)}
    """
    # BEGIN SOLUTION
    wrong = np.abs(published - embeddings @ embeddings.T) > 1e-6
    return {(int(row), int(column)) for row, column in np.argwhere(wrong)}
    # END SOLUTION


# %% check misprinted_scores points=3
# BEGIN HIDDEN TESTS
from autograder.exams import worked_example as exam

exam.misprinted_scores(misprinted_scores)
# END HIDDEN TESTS
checks.misprinted_scores(misprinted_scores)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# `nonzero` gives all rows and all columns; `tolist` makes plain ints of them, `zip` pairs.
#
# ```python
# rows, columns = np.nonzero(~np.isclose(published, embeddings @ embeddings.T, rtol=0, atol=1e-6))
# return set(zip(rows.tolist(), columns.tolist()))
# ```
#
# </details>

# %%
found = misprinted_scores(published.scores, embeddings)
print("misprints at (row, column):", sorted(found))
figures.published_matrices(published, marked=found)

# %% [markdown]
# The framed scores do not follow from the vectors. **Think like the author:** which slip of thought would put a 2 where 我 meets itself and where 喜欢 meets itself?
#
# <details><summary>One that would</summary>
#
# Counting the places where two vectors agree, instead of multiplying. (1, 0) and (1, 0) agree in both places, which makes 2.
#
# But counting would also give 我 · 苹果 = 1, printed as 0; 吃 · 苹果 = 0, printed as 1; and 苹果 · 苹果 = 2, printed as 0. So this is a guess, not a proof.
#
# </details>

# %% [markdown]
# The article also prints $E^\top$. Its columns should be the four tokens.
#
# **Predict:** is one of them wrong, and would it explain the 1 where 吃 meets 苹果?

# %%
print("printed transpose:\n", published.embeddings_transposed)
print("right transpose:\n", embeddings.T.astype(int))
print("E times the printed transpose:\n", (embeddings @ published.embeddings_transposed).astype(int))

# %% [markdown]
# <details><summary>Answer</summary>
#
# Its second row reads 0 1 0 1 and should read 0 1 1 0. Row 吃 of $E$, still (1, 1), times the printed column of 苹果, (0, 1), is indeed 1.
#
# But look at the mirror entry, row 苹果 and column 吃. In that product it is 0, as a row of zeros makes nothing else; the article prints 1. And 喜欢 · 苹果 would be 1, where it prints 0.
#
# So the published scores do not follow from the printed transpose either. That is common. One slip rarely explains everything.
#
# </details>

# %% [markdown]
# Now the published weights. Use your test, and compare with what right arithmetic makes of the *published* scores.

# %%
print("can it be attention?", is_attention_weights(published.weights, tolerance=1e-3))
print("its row sums:", published.weights.sum(axis=-1).round(4))
print("last row of the published scores:", published.scores[3])
print("last row of the published weights:", published.weights[3])
print("softmax of that row:", softmax(published.scores, axis=-1)[3].round(4))

# %% [markdown]
# The strongest evidence is in the last row. Three of its scores are equal, 0, 0 and 0. Their published weights are 0, 0 and 0.5. No function that turns a score into a weight can do that: equal goes in, different comes out.
#
# Softmax of the same scores has three equal weights, and they are not 0. Even a wrong score matrix has right weights. That is how your exercises are graded, too: each step is held against your step before.

# %% [markdown]
# Last, the published outputs. **Predict:** do they at least follow from the published weights?

# %%
print("published weights times E:\n", (published.weights @ embeddings).round(2))
print("published outputs:\n", published.output.round(2))


# %% [markdown]
# Not one row of the two agrees. Scores, weights, outputs: each step went wrong by itself.

# %% [markdown]
# ## Can you read an output?
#
# The article goes one step further. It reads its outputs as words, 我 吃 苹果 苹果, and concludes that attention picked out what matters in the sentence.
#
# To test this, we need to say what "reading" an output means. The obvious way: name the token whose vector is most similar. Two measures are common: the **dot product**, and the **cosine**, which divides it by both lengths and so compares directions alone:
#
# $$\cos(a, b) = \frac{a \cdot b}{\lVert a \rVert \, \lVert b \rVert}$$

# %% [markdown]
# ### Exercise 8: `nearest_tokens` (2 points, about 25 minutes)
#
# Write the function that names, for each output, the most similar token by either measure. A zero vector has no direction; we count its cosine with anything as 0.
#
# <details><summary>Hint 1: a question</summary>
#
# Which matrix product gives the similarity of every output with every embedding at once?
#
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `argmax` along the last axis finds the largest entry of each row, and the first of several.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# For the cosine, divide by the lengths (`np.linalg.norm` with `axis=-1`). Where a length is 0, divide by 1 instead: the dot product there is 0 already.
#
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `nearest_tokens = lend("nearest_tokens")`. No points, and you can go on.
#
# </details>

# %% exercise nearest_tokens
def nearest_tokens(output, embeddings, tokens, measure="dot"):
    """Name, for each output vector, the token whose embedding is most similar to it.

    Args:
        output: (q, d) array of floats or integers.
        embeddings: (t, d) array of floats or integers.
        tokens: list of t strings, the names of the rows of `embeddings`.
        measure: "dot" for the dot product; "cosine" for the dot product divided by the lengths of both
            vectors. The cosine with a zero vector counts as 0.

    Returns:
        List of q strings out of `tokens`. Where several tokens are equally similar, the first of them.

    Raises:
        ValueError: `measure` is neither "dot" nor "cosine".

    >>> nearest_tokens(np.array([[0.0, 3.0]]), np.array([[1.0, 0.0], [0.0, 1.0]]), ["east", "north"])
    ['north']
    """
    # BEGIN SOLUTION
    if measure not in ("dot", "cosine"):
        raise ValueError(f"measure must be 'dot' or 'cosine', not {measure!r}")
    similarity = output @ embeddings.T
    if measure == "cosine":
        lengths = np.linalg.norm(output, axis=-1)[:, np.newaxis] * np.linalg.norm(embeddings, axis=-1)
        similarity = similarity / np.where(lengths == 0, 1, lengths)  # there the dot product is 0
    return [tokens[index] for index in similarity.argmax(axis=-1)]
    # END SOLUTION


# %% check nearest_tokens points=2
# BEGIN HIDDEN TESTS
from autograder.exams import worked_example as exam

exam.nearest_tokens(nearest_tokens)
# END HIDDEN TESTS
checks.nearest_tokens(nearest_tokens)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# Only the embeddings are divided by their lengths: the length of an output scales all its similarities alike, and changes no winner.
#
# ```python
# if measure not in ("dot", "cosine"):
#     raise ValueError(f"no measure {measure!r}")
# if measure == "cosine":
#     lengths = np.linalg.norm(embeddings, axis=-1, keepdims=True)
#     embeddings = embeddings / np.where(lengths == 0, 1, lengths)
# return [tokens[place] for place in np.inner(output, embeddings).argmax(axis=-1)]
# ```
#
# </details>

# %% [markdown]
# **Predict before you run:** what will the four right outputs read as, and what will the published ones? Can 苹果 come up at all?

# %%
own = figures.needed(output, (4, 2), "output")
vectors = {"your outputs": own, "published outputs": published.output, "embeddings": embeddings}
for measure in ("dot", "cosine"):
    for name, rows in vectors.items():
        print(f"{measure:6} {name:18}", *nearest_tokens(rows, embeddings, tokens, measure))
print(f"{'the article reads':25}", *published.reading)
print("我 I, 喜欢 like, 吃 eat, 苹果 apple")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The right outputs read 吃 吃 吃 吃, by either measure. Even the published outputs read 我 喜欢 吃 喜欢, not what the article says. By dot product three of these four tie with 吃 and win only because they come first. Its 苹果 cannot come up: as a zero vector it scores 0, and here others always score more.
#
# Not even the embeddings all read as themselves: 苹果 scores 0 with everybody and reads 我, by either measure. And by dot product 我 and 喜欢 only tie with 吃; they win because they come first.
#
# </details>

# %%
figures.territories(nearest_tokens, embeddings, tokens, output)

# %% [markdown]
# Each colour is a token's territory; the black squares are your outputs. By dot product 吃, the longest vector, owns the whole upper right. By cosine it owns the wedge around the diagonal. The outputs, being mixtures of all four, lie there on both maps.
#
# So the outputs of attention are mixtures, not words. A Transformer hands them to further layers. Only after the last layer does a learned matrix turn vectors into word scores; in the paper it is the embedding matrix itself (Vaswani et al. 2017, section 3.4).

# %% [markdown]
# ## Does attention notice order?
#
# Take 猫 看 狗 and 狗 看 猫: *the cat watches the dog* and *the dog watches the cat*. For us, two stories.
#
# For attention? Shuffle first and attend then, or attend first and shuffle then. If both ways meet, attention did not notice the order.

# %%
figures.two_ways(tokens, [2, 0, 3, 1])


# %% [markdown]
# Both ways start at the upper left and end at the lower right. With $X$ for the vectors of the tokens, one in each row, and $P$ for the shuffle of rows, the question is whether
#
# $$\operatorname{attend}(P X) = P \, \operatorname{attend}(X)$$
#
# To tell places apart, models add a vector for the **position** to the token's vector. A position belongs to the place: whoever moves there gets it.

# %% [markdown]
# ### Exercise 9: `permutation_check` (2 points, about 30 minutes)
#
# Write the function that goes both ways, with tokens and an order that are given, and says whether they meet.
#
# <details><summary>Hint 1: a question</summary>
#
# `embeddings[order]` shuffles the rows. Where do the positions come in, before the shuffle or after?
#
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Write a small function `attend(x)` inside, from the formula in the docstring. Call it for both ways and compare.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Each way adds the positions right before it attends. One has `[order]` before the addition, the other after the attention. `np.allclose` compares up to rounding; give it `rtol=0, atol=1e-9`.
#
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `permutation_check = lend("permutation_check")`. No points, and you can go on.
#
# </details>

# %% exercise permutation_check
def permutation_check(embeddings, order, positions=None):
    """Say whether shuffling the tokens shuffles the outputs of self-attention in the same way.

    Self-attention here is softmax(X X^T / sqrt(d)) X, softmax along each row. X is `embeddings`,
    plus `positions` if there are any. The positions stay in place: row i of `positions` belongs to
    whichever token stands at place i.

    Args:
        embeddings: (t, d) array of floats or integers.
        order: t integers, a list or an array, each of 0 .. t-1 once: the token at place i after the
            shuffle is token order[i] of before.
        positions: None, or a (t, d) array.

    Returns:
        True if attention over the shuffled tokens gives the rows of the unshuffled output, taken in the
        order `order`, up to rounding, which is below 1e-12 here. False otherwise; some number is then off
        by more than 1e-3. The arrays that come in stay as they were.

    >>> permutation_check(np.array([[1.0, 0.0], [0.0, 1.0]]), [1, 0])
    True
    """
    # BEGIN SOLUTION
    def attend(x):
        return softmax(x @ x.T / np.sqrt(x.shape[-1]), axis=-1) @ x

    places = 0 if positions is None else positions
    shuffled_first = attend(embeddings[order] + places)
    shuffled_last = attend(embeddings + places)[order]
    return bool(np.allclose(shuffled_first, shuffled_last, rtol=0, atol=1e-9))
    # END SOLUTION


# %% check permutation_check points=2
# BEGIN HIDDEN TESTS
from autograder.exams import worked_example as exam

exam.permutation_check(permutation_check)
# END HIDDEN TESTS
checks.permutation_check(permutation_check)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# The same two ways without a function of its own: a generator attends to both.
#
# ```python
# places = np.zeros(1) if positions is None else positions
# x, shuffled = embeddings + places, embeddings[order] + places
# one, other = (softmax(rows @ rows.T / np.sqrt(rows.shape[-1])) @ rows for rows in (shuffled, x))
# return bool(np.abs(one - other[order]).max() < 1e-9)
# ```
#
# </details>

# %% [markdown]
# Four tokens can stand in 24 orders. As positions we take the sine and the cosine of the place, two numbers each: the simplest form of those in notebook 01.
#
# **Predict:** in how many of the 24 orders do both ways meet, without positions and with them?

# %%
orders = [list(order) for order in permutations(range(4))]
positions = np.stack([np.sin(np.arange(4)), np.cos(np.arange(4))], axis=-1)
without = [permutation_check(embeddings, order) for order in orders]
with_positions = [permutation_check(embeddings, order, positions) for order in orders]
print(f"without positions: {sum(without)} of {len(orders)}, with positions: {sum(with_positions)}")

# %% [markdown]
# <details><summary>What we learn</summary>
#
# Without positions all 24: self-attention treats a sentence as a bag of words, and each word of 猫 看 狗 gets the very same vector in 狗 看 猫. With positions only one order is left, the one that moves nothing.
#
# This is why a Transformer that reads text needs positions, or a mask that hides from each token what comes later, and so tells places apart.
#
# </details>

# %% [markdown]
# ## Across languages
#
# Attention entered translation before the Transformer, in Bahdanau, Cho and Bengio 2014: each word being written looks back at the words being read.
#
# There the queries come from one sentence and the keys from another. This is **cross-attention**. In self-attention both come from the same sentence.
#
# Here 我 爱 你 is being written, and *I love you* is read. We made the vectors by hand so that the mechanism shows; a real model learns them, and its maps are blurrier.

# %% given love
english, chinese = ["I", "love", "you"], ["我", "爱", "你"]
english_keys = np.array([[4.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 4.0]])
chinese_queries = np.array([[1.0, 0.3, 0.1], [0.4, 1.0, 0.4], [0.1, 0.3, 1.0]])

# %%
looks = softmax(chinese_queries @ english_keys.T / np.sqrt(3), axis=-1)
figures.alignment_map(chinese, english, looks)


# %% [markdown]
# See the bright diagonal: each Chinese word looks mostly at its English partner, and a little at the others.
#
# ### Exercise 10: `align` (2 points, about 10 minutes)
#
# Write the function that pairs each query word with the key word it looks at most.
#
# <details><summary>Hint 1: a question</summary>
#
# In a matrix of weights, where do those of one query word stand, and what do you look for among them?
#
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Softmax, and dividing by $\sqrt{d}$, never change which number of a row is the largest. `argmax` gives its place.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `argmax` along the last axis gives one index for each query. Go through `query_words` and these indices together with `zip`.
#
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `align = lend("align")`. No points, and you can go on.
#
# </details>

# %% exercise align
def align(query_words, key_words, query_vectors, key_vectors):
    """Pair each query word with the key word it attends to most.

    Args:
        query_words: list of q strings.
        key_words: list of k strings.
        query_vectors: (q, d) array of floats or integers, one row for each query word.
        key_vectors: (k, d) array of floats or integers, one row for each key word.

    Returns:
        List of q tuples (query word, key word) in the order of the queries. The key word is the one
        with the largest attention weight (softmax of the dot products divided by sqrt(d)); of
        several equal ones, the first. A key word may be taken by many queries or by none.

    >>> align(["b", "a"], ["A", "B"], np.array([[0, 5], [5, 0]]), np.array([[1, 0], [0, 1]]))
    [('b', 'B'), ('a', 'A')]
    """
    # BEGIN SOLUTION
    best = (query_vectors @ key_vectors.T).argmax(axis=-1)
    return [(word, key_words[index]) for word, index in zip(query_words, best, strict=True)]
    # END SOLUTION


# %% check align points=2
# BEGIN HIDDEN TESTS
from autograder.exams import worked_example as exam

exam.align(align)
# END HIDDEN TESTS
checks.align(align)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# A loop and Python's own `max`, which takes the first of several largest, as `argmax` does.
#
# ```python
# pairs = []
# for word, query in zip(query_words, query_vectors):
#     best = max(range(len(key_words)), key=lambda place: query @ key_vectors[place])
#     pairs.append((word, key_words[best]))
# return pairs
# ```
#
# </details>

# %%
pairs = align(chinese, english, chinese_queries, english_keys)
figures.alignment_arrows(chinese, english, pairs)

# %% [markdown]
# Straight arrows; a dictionary read from left to right could have done that.
#
# Now *the cat that likes fish*, in Chinese 喜欢 鱼 的 猫, word by word: like, fish, that, cat. Chinese puts the description first.
#
# **Predict:** what will the arrows look like? Will every English word get one?

# %%
english_2, chinese_2 = ["the", "cat", "that", "likes", "fish"], ["喜欢", "鱼", "的", "猫"]
english_keys_2 = 4 * np.array([[0.1, 0, 0.1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
chinese_queries_2 = np.array([[0.3, 0, 1, 0.3], [0, 0, 0.3, 1], [0.3, 1, 0, 0], [1, 0.3, 0.2, 0]])
pairs_2 = align(chinese_2, english_2, chinese_queries_2, english_keys_2)
figures.alignment_arrows(chinese_2, english_2, pairs_2)

# %% [markdown]
# The arrows cross, and *the* gets none: Chinese has no word for it. Attention does not mind, because it looks by content and not by place. Bahdanau et al. show the same in learned weights (their figure 3): "European Economic Area" against the French "zone économique européenne", in reversed order.
#
# A word of caution. Learned weights are no proof of alignment: Koehn and Knowles 2017 measured that they can be far from the word pairs a person would draw.

# %% [markdown]
# ## What you have done
#
# - worked out scores, weights and outputs of a self-attention by hand, and checked them against code
# - seen what a zero vector does, and how scaling flattens rows, in nats
# - written a test for "can this be attention", and found the misprints in a published example
# - shown that outputs are mixtures rather than words, and that attention needs positions to notice order
# - aligned two languages by cross-attention
#
# **To hand in:** run *Kernel, Restart Kernel and Run All Cells* once, then validate and submit as in notebook 00.

# %% [markdown]
# ## Where to go next
#
# **Notebook 03** does all of this for thousands of tokens at a time, in PyTorch, on a GPU if there is one.
#
# **Try it yourself,** in a new cell below, with a copy of the embeddings: give 苹果 the vector (-1, 0) and predict which outputs leave the square. Then find a vector with which 苹果 looks at 吃 more than at anybody else, itself included.
#
# <details><summary>What to expect</summary>
#
# With (-1, 0) only the output of 苹果 leaves the square: it now looks at itself most. The others give it too little weight.
#
# For the second, (½, ½) does it: 吃 scores 1, 苹果 itself ½. With (1, 1) the two tie, and with (2, 2) 苹果 looks at itself most. Length pays twice where a vector meets itself.
#
# </details>
#
# **Where it comes from.** Attention: Bahdanau, Cho and Bengio 2014 (arXiv 1409.0473). Attention within one text: Cheng, Dong and Lapata 2016 (1601.06733), Parikh et al. 2016 (1606.01933), Lin et al. 2017 (1703.03130). The Transformer: Vaswani et al. 2017 (1706.03762). Caution: Koehn and Knowles 2017 (1706.03872).
