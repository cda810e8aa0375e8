# %% [markdown]
# # 03 Batched attention in PyTorch
#
# In notebook 01 attention was a dozen lines of NumPy. What keeps those lines from running a real model?
#
# Four things: many texts at once, a faster device, numbers of 16 bits, and texts so long that their weights do not
# fit in memory. Here you settle all four. Your classes will agree with PyTorch's own to the sixth decimal, and your
# last function needs a small part of the memory of the first.

# %% [markdown]
# **You will do** nine exercises, 19 points: a device, attention for a batch, masks, multi-head attention, positions,
# layer norm, an encoder block, attention in chunks, and a growth exponent.
#
# **You will learn** how a batch becomes one product, what a device and a dtype are, how to prove your layer against
# a library's, and what time and memory grow like.
#
# **You need** notebook 01, or an idea of softmax, masks and heads; and PyTorch's tensors, at least by name.
#
# **It takes** about five hours, one of them reading; running all cells takes under two minutes on a laptop without a
# GPU. Good places for a pause are after sections 4 and 6.

# %% [markdown]
# The letters for shapes are those of notebook 01, and `b` and `h` now stand in front of everything:
#
# | letter | counts | letter | counts |
# |---|---|---|---|
# | `b` | examples in a batch | `d` | numbers in a query or a key (depth) |
# | `h` | heads | `v` | numbers in a value |
# | `t` | tokens | `m` | numbers per token inside a model (width) |
# | `q` | queries | `k` | keys |

# %% given imports
import math
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from attention_course import measure
from attention_course.checks import batched_attention as checks
from attention_course.figures import batched_attention as figures


def difference(a, b):
    """The largest difference between two tensors of one shape, a plain number."""
    return (a - b).abs().max().item()


# %% [markdown]
# ## 1 From loops to one product
#
# A batch of `b` texts with `h` heads needs `b * h` score matrices. They have nothing to do with each other. On the
# left a loop makes them one by one. On the right they lie in one block of shape (b, h, q, d), and a single `@`
# multiplies matrix by matrix.

# %%
figures.loops_and_batches()

# %% [markdown]
# `@` works on the last two axes and leaves all axes in front alone. That is why queries have the shape (b, h, q, d):
# what belongs to one product stands at the back.
#
# **Predict, then run:** 32 texts, 8 heads, 16 tokens each. Both ways do the same multiplications. How much faster
# is one product?

# %%
torch.manual_seed(0)
query, key = torch.randn(2, 32, 8, 16, 64)


def with_loops():
    texts = []
    for b in range(32):
        heads = [query[b, h] @ key[b, h].T for h in range(8)]
        texts.append(torch.stack(heads))
    return torch.stack(texts)


def with_one_product():
    return query @ key.transpose(-2, -1)


print("largest difference:", difference(with_loops(), with_one_product()))
costs = measure.compare({"loops": with_loops, "one product": with_one_product})
for name, cost in costs.items():
    print(f"{name:12} {cost.seconds * 1000:6.2f} ms")
print(f"the loops take {costs['loops'].seconds / costs['one product'].seconds:.1f} times as long here")

# %% [markdown]
# <details><summary>What it shows</summary>
#
# The loop calls PyTorch 256 times, and each call costs a few millionths of a second, whatever it computes. One call pays
# that once: where we wrote this it was seven to twenty times faster. A GPU gains more: it multiplies thousands of numbers
# at the same moment, but only if they come in one call.
#
# `measure.compare` lets one thread of the processor compute. With several, on a machine where other programs are busy,
# they wait for each other, and the measurement tells about the machine.
# </details>

# %% [markdown]
# ### The words change, the lines stay
#
# What you wrote in NumPy has a twin in PyTorch. Come back to this table whenever you know what to do and not its name:
#
# | NumPy | PyTorch |
# |---|---|
# | `x.swapaxes(-2, -1)` | `x.transpose(-2, -1)`, or `x.mT` |
# | `np.where(mask, x, 0)` | `torch.where(mask, x, 0)`, or `x.masked_fill(~mask, 0)` |
# | `x.sum(axis=-1, keepdims=True)` | `x.sum(dim=-1, keepdim=True)`; so `mean`, and `amax` for the largest number |
# | `x.astype(float32)` | `x.to(torch.float32)`, or `x.to(y.dtype)` |
# | `x.reshape(a, b)` of one axis | `x.unflatten(-1, (a, b))`, and back by `x.flatten(-2)` |
# | `np.split` at equal places | `x.chunk(3)` makes 3 pieces, `x.split(3)` pieces of size 3 |
# | the dtype of `x + y` | `torch.promote_types(x.dtype, y.dtype)` |
# | `np.finfo(x.dtype).min` | `torch.finfo(x.dtype).min`, the smallest finite number |

# %% [markdown]
# ### Numbers in a row, and how they are read
#
# A tensor's numbers lie in a row. Its **strides** say how far to go for the next row and the next column.
#
# **Predict, then run:** does `transpose` move a number? What do the strides say?

# %%
table = torch.arange(6).reshape(2, 3)
turned = table.transpose(0, 1)
print("strides", table.stride(), "and turned", turned.stride())
print("the same memory:", table.data_ptr() == turned.data_ptr(), " contiguous:", turned.is_contiguous())
print("flattened:", turned.flatten().tolist(), " reshaped, not turned:", table.reshape(3, 2).tolist())

# %% [markdown]
# No number moves; only the strides change places. The turned tensor is no longer **contiguous**: read in its own order,
# its numbers do not lie side by side. `view` then refuses, `reshape` and `flatten` copy. And a `reshape` to the shape of
# the transpose is something else: it keeps the order of the numbers.

# %% [markdown]
# ## 2 Where the numbers live
#
# A GPU has a memory of its own. In the picture a tensor lives in one of two memories, and `.to(device)` copies it
# from one into the other. Whoever computes with two tensors needs both in the same memory.

# %%
figures.two_memories()


# %% [markdown]
# So a program chooses one device at its start and sends everything there. Three are common: `"cuda"` is an NVIDIA
# GPU (or an AMD one, with PyTorch's ROCm build), `"mps"` the GPU of an Apple computer, and `"cpu"` is always there.

# %% [markdown]
# ### Exercise 1: pick_device (1 point, about 5 minutes)
#
# Write the function that chooses the device; the docstring says in which order to ask.
#
# <details><summary>Hint 1: a question</summary>
#
# Which two functions named in the docstring answer "is it there?", and in which order do you ask?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# A device is an object: `torch.device("cpu")`. The string alone is only its name.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Two `if`s, each with a `return`, and a last `return` for the computer that has neither.
# </details>

# %% exercise pick_device
def pick_device():
    """Choose the fastest device that PyTorch can use here.

    Each call asks anew: first `torch.cuda.is_available()`, then
    `torch.backends.mps.is_available()`.

    Returns:
        A torch.device, not a string: "cuda" if CUDA is available, else "mps" if that is, else
        "cpu".
    """
    # BEGIN SOLUTION
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")
    # END SOLUTION


# %% check pick_device points=1
# BEGIN HIDDEN TESTS
from autograder.exams import batched_attention as exam

exam.pick_device(pick_device)
# END HIDDEN TESTS
checks.pick_device(pick_device)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# A list of wishes, and the first that is granted.
#
# ```python
# granted = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
# return torch.device(next(name for name, there in granted.items() if there))
# ```
# </details>

# %%
device = pick_device()
print("this computer's device:", device)
if device.type == "cuda":
    print("it is a", torch.cuda.get_device_name(device))
else:
    print("There is no CUDA device here. Every exercise and every point can be had without one.")

# %% [markdown]
# There is a device without any memory, and it is useful: tensors on `"meta"` have a shape and no numbers. It shows
# on any computer what happens to a tensor in the wrong place.
#
# **Predict, then run:** what does the second line print, and what does the last one? (The first use of this device
# takes a few seconds: PyTorch loads what it needs.)

# %%
large = torch.ones(100_000, 100_000, device="meta")  # 40 GB, if it had numbers
print((large @ large).shape)
try:
    torch.ones(2) + torch.ones(2, device="meta")
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# <details><summary>What it shows</summary>
#
# The shape, at once and without 40 GB. Then the error that you would also get from one tensor on a CPU and one on a
# GPU: the two are not in the same place.
# </details>

# %% [markdown]
# Two habits follow, and grading looks for them:
#
# - Make a new tensor where its neighbours are: `torch.zeros_like(x)` or `device=x.device`.
# - Leave numbers on the device. `.item()`, `.tolist()` and `if tensor.any():` fetch a number back, and the GPU stands
#   idle meanwhile.

# %% [markdown]
# ### How many bits a number gets
#
# The picture shows three formats. The orange bits say how large a number may be, the blue ones how finely it is
# written.

# %%
figures.number_formats()

# %% [markdown]
# Sixteen bits halve the memory, and GPUs multiply them faster than 32 (Micikevicius et al. 2018, *Mixed Precision
# Training*). The price: float16 ends at 65504, and bfloat16 knows two to three decimal digits.
#
# **Predict, then run:** one of the four lines is right. Which?

# %%
print("float16   300 * 300 =", (torch.tensor(300.0, dtype=torch.float16) ** 2).item())
print("float16  2048 +   1 =", (torch.tensor(2048.0, dtype=torch.float16) + 1).item())
print("bfloat16  256 +   1 =", (torch.tensor(256.0, dtype=torch.bfloat16) + 1).item())
print("bfloat16  128 *   2 =", (torch.tensor(128.0, dtype=torch.bfloat16) * 2).item())

# %% [markdown]
# <details><summary>What it shows</summary>
#
# Only the last one. 90000 is beyond float16. Between 2048 and 4096 float16 holds even numbers only, and so does
# bfloat16 between 256 and 512. In a sum of many small numbers the small ones get lost.
#
# So careful code keeps its tensors in 16 bits, and computes sums and softmax in 32.
# </details>

# %% [markdown]
# ## 3 Attention for a batch
#
# The picture is the one of notebook 01 with four stations more, in orange: numbers become float32 at the entrance,
# closed places get zeros after the softmax, dropout strikes out some weights in training, and the result goes back to
# the format of the query.

# %%
figures.attention_flow()

# %% [markdown]
# The formula is the old one; each batch entry and each head has its own copy of it:
#
# $$O_{bh} = \mathrm{softmax}\!\left(\frac{Q_{bh} K_{bh}^\top}{\sqrt d}\right) V_{bh}$$
#
# By hand, with $d = 4$: the query $(2, 0, 0, 0)$ and the keys $(0, 0, 0, 0)$ and $(\log 3, 0, 0, 0)$ have the scores
# $0$ and $\log 3$, so the weights are $0.25$ and $0.75$.

# %% [markdown]
# Two traps. A closed place with the score $-\infty$ is fine, until a whole row is closed: then softmax makes NaN of it.
# A very negative *finite* score makes none, but it leaves equal weights in a closed row. So closed places need a zero
# after the softmax as well: the orange station between softmax and dropout.
#
# The smallest finite number is `torch.finfo(scores.dtype).min`, and `scores.masked_fill(places, number)` writes a number
# where `places` is True.
#
# And **dropout** strikes out each weight with probability $p$ and divides the others by $1 - p$. The mean stays what
# it was. It acts in training only: `F.dropout(weights, p, training)`.

# %% [markdown]
# ### Gradients without a pencil
#
# In notebook 01 you worked out the way back by hand. PyTorch writes down every step forward and walks it back itself.

# %%
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)  # "I shall want the slope with respect to this"
loss = (x * x).sum()  # written down: a product, a sum
loss.backward()  # walked back
print("x.grad:", x.grad.tolist(), " by hand, 2x:", (2 * x).tolist())
with torch.no_grad():  # nothing is written down in here
    print("leads back to x:", loss.requires_grad, " made in here:", (x * x).requires_grad)


# %% [markdown]
# For the way back PyTorch needs the numbers of the way forward. So do not write into them: `x *= 2` and methods with a
# `_` at the end, `masked_fill_`, work **in place** and lead to an error at `backward`. `masked_fill` makes a new tensor.
#
# Under `torch.no_grad()` nothing is written down. That is how one copies numbers into a parameter, and measures.

# %% [markdown]
# ### Exercise 2: scaled_dot_product_attention (3 points, about 40 minutes)
#
# Write attention for a batch with all its heads: your lines of notebook 01, and the four orange stations.
#
# <details><summary>Hint 1: a question</summary>
#
# Your lines of notebook 01 work here with torch's names: `transpose(-2, -1)`, `torch.softmax`, `@`. What must happen
# before the first line and after the last one for float16?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `torch.promote_types(query.dtype, torch.float32)` is float32 for half precision and float64 for float64.
# `scores.masked_fill(places, number)` writes a number where `places` is True; where should it be written?
# `torch.finfo(scores.dtype).min` is the smallest finite number.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Convert; scores, scaled; `masked_fill(~mask, smallest)`; softmax along the last axis; `masked_fill(~mask, 0.0)`;
# `F.dropout(weights, dropout_p, training)`; times value; convert back.
# </details>

# %% exercise scaled_dot_product_attention
def scaled_dot_product_attention(query, key, value, mask=None, dropout_p=0.0, training=False):
    """Average the values, weighted by how well each query matches each key: a batch, all heads.

    Vaswani et al. 2017, section 3.2.1, equation 1.

    Args:
        query: (b, h, q, d), key: (b, h, k, d), value: (b, h, k, v): tensors of one dtype (float64,
            float32, bfloat16 or float16) on one device, not necessarily contiguous. Every length
            may be 1, and q, k, d and v may all differ.
        mask: None, or booleans of two to four axes that broadcast to (b, h, q, k), on the same
            device, for example of shape (q, k) or (b, 1, 1, k): True where a query MAY attend to a key. None means
            everywhere.
        dropout_p: the probability with which each weight is set to 0; those that stay are divided
            by 1 - dropout_p. From 0 to less than 1.
        training: dropout acts only when this is True.

    Returns:
        (b, h, q, v), of the dtype and on the device of `query`. The output alone, without the
        weights.
        - A query whose mask is False everywhere gets zeros, and all gradients stay finite.
        - bfloat16 and float16 are computed in float32 and rounded at the end: scores beyond 65504,
          the largest float16, do no harm.
        - No number is read back from the device, and every new tensor is made where `query` is: the
          function works on tensors of the "meta" device, which have a shape and no numbers.
        - `query`, `key`, `value` and `mask` stay as they were.
    """
    # BEGIN SOLUTION
    working = torch.promote_types(query.dtype, torch.float32)
    scaled_query = query.to(working) / math.sqrt(query.shape[-1])
    scores = scaled_query @ key.to(working).transpose(-2, -1)  # (b, h, q, k)
    if mask is not None:
        # the smallest finite number, not -inf: a row of -inf alone has no softmax
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)
    weights = F.dropout(weights, dropout_p, training)
    return (weights @ value.to(working)).to(query.dtype)
    # END SOLUTION


# %% check scaled_dot_product_attention points=3
# BEGIN HIDDEN TESTS
from autograder.exams import batched_attention as exam

exam.scaled_dot_product_attention(scaled_dot_product_attention)
# END HIDDEN TESTS
checks.scaled_dot_product_attention(scaled_dot_product_attention)

# %% [markdown]
# Two proofs. PyTorch has this function too, so the two must agree. And `gradcheck` nudges every number of float64
# inputs up and down, as you did by hand in notebook 01, and compares the slopes with the gradients that PyTorch
# worked out from your lines.

# %%
torch.manual_seed(1)
query, key, value = torch.randn(2, 3, 5, 4), torch.randn(2, 3, 7, 4), torch.randn(2, 3, 7, 6)
mask = torch.rand(2, 1, 5, 7) > 0.4  # True where a query MAY attend, in both functions
yours = scaled_dot_product_attention(query, key, value, mask)
library = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
print("largest difference:", difference(yours, library))

mask[0, 0, 2] = False  # one query with nothing to attend to
inputs = [x.double().requires_grad_() for x in (query, key, value)]  # an error here: does float64 stay float64?
right = torch.autograd.gradcheck(lambda *x: scaled_dot_product_attention(*x, mask), inputs)
print("gradients right:", right)

# %% [markdown]
# **Predict, then run:** queries and keys of size 300 in float16. A plain version computes in float16 throughout. What
# comes out of it, and what out of yours?

# %%
large, ones = torch.full((1, 1, 2, 4), 300.0).half(), torch.ones(1, 1, 2, 4).half()
plain = torch.softmax(large @ large.transpose(-2, -1) / math.sqrt(4), dim=-1) @ ones
print("plain:", plain[0, 0, 0].tolist())
print("yours:", scaled_dot_product_attention(large, large, ones)[0, 0, 0].tolist())

# %% [markdown]
# <details><summary>What it shows</summary>
#
# 300 times 300 is infinite in float16, and infinity minus infinity is NaN. The right answer, 1, is a perfectly small
# number. The overflow was on the way, not in the result, so a wider format on the way removes it.
# </details>

# %% [markdown]
# ### Why drop weights?
#
# The values here are name tags, so the output *is* the row of weights. All four keys match alike.
#
# **Predict, then run:** does a row still sum to 1 with dropout? Does the mean of many rows?

# %%
torch.manual_seed(2)
query, key, tags = torch.zeros(1, 1, 10_000, 4), torch.zeros(1, 1, 4, 4), torch.eye(4)[None, None]
dropped = scaled_dot_product_attention(query, key, tags, dropout_p=0.5, training=True)[0, 0]
for row in dropped[:4]:
    print(row.tolist(), "sum", row.sum().item())
print("mean of 10,000:", dropped.mean(dim=0).round(decimals=2).tolist())

# %% [markdown]
# <details><summary>What it shows</summary>
#
# A single row sums to 0, 0.5, 1, 1.5 or 2; the mean is 0.25 for each key. A token that has learned to listen to one
# other token alone now and then hears nothing. It must learn to find what it needs in more than one place.
#
# Dropout: Srivastava et al. 2014. Dropping attention weights is what BERT's published code does, and what PyTorch's
# own `nn.MultiheadAttention` means by `dropout`.
# </details>

# %% [markdown]
# ## 4 Masks for a batch
#
# Each text of a batch has a length of its own; the future is closed for all alike. The picture: the row of real
# tokens of *one* text (left) and the triangle (middle) are both needed to open a square on the right. Every text gets
# its own square.

# %%
figures.combined_masks()


# %% [markdown]
# In shapes, with ones where an axis is to be repeated:
#
# | mask | shape | becomes |
# |---|---|---|
# | padding | (b, t) | (b, 1, 1, t): the same for all heads and all queries |
# | causal | (t, t) | (1, 1, t, t): the same for all texts and heads |
# | both | | (b, 1, t, t) |
#
# By hand: two tokens, the second is padding. Query 0 may look at key 0. Query 1 may look back at key 0 and not at
# itself.

# %% [markdown]
# ### Exercise 3: combine_masks (1 point, about 10 minutes)
#
# Write one line that joins the two masks into (b, 1, t, t).
#
# <details><summary>Hint 1: a question</summary>
#
# Row i, column j of the result is True if two things hold. Which operator joins two tensors of booleans?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `padding` speaks of keys, and keys are the last axis. Index it with `None` to put axes of length 1 in the middle.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `padding[:, None, None, :]` has the shape (b, 1, 1, t). Broadcasting does the rest.
# </details>

# %% exercise combine_masks
def combine_masks(padding, causal):
    """Join the masks of the padding and of the future into one that fits a batch with heads.

    Args:
        padding: (b, t) booleans, True at the real tokens, those that MAY be attended to.
        causal: (t, t) booleans, row i is query i: True where a query MAY attend to a key. On the
            device of `padding`.

    Returns:
        (b, 1, t, t) booleans on the same device, which broadcast to (b, h, q, k) for any number of
        heads: True where the key is a real token and `causal` is True. Whether the query is padding
        itself makes no difference. Works on the "meta" device.
    """
    # BEGIN SOLUTION
    return padding[:, None, None, :] & causal
    # END SOLUTION


# %% check combine_masks points=1
# BEGIN HIDDEN TESTS
from autograder.exams import batched_attention as exam

exam.combine_masks(combine_masks)
# END HIDDEN TESTS
checks.combine_masks(combine_masks)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# The same `and` as a function of PyTorch's; one index moves the queries' and the heads' axes in.
#
# ```python
# return torch.logical_and(padding[:, None, None], causal)
# ```
# </details>

# %% [markdown]
# Now the promise of padding: a text in a padded batch must come out exactly as it would alone. We put the padding in
# front, where a causal mask alone would let everybody look, and garbage into its values.
#
# First the batch: three texts of 5, 2 and 3 tokens. **Predict:** which rows of `padding` begin with zeros?

# %%
torch.manual_seed(3)
lengths = [5, 2, 3]
texts = [torch.randn(1, 1, length, 8) for length in lengths]
tokens, values = torch.zeros(3, 1, 5, 8), torch.full((3, 1, 5, 8), 1e6)  # garbage, until a text is put there
for row, text in enumerate(texts):
    start = 5 - lengths[row]  # the text stands at the end
    tokens[row, :, start:] = text[0]
    values[row, :, start:] = text[0]
padding = torch.arange(5) >= 5 - torch.tensor(lengths)[:, None]  # True at real tokens
print(padding.int())

# %% [markdown]
# **Predict, then run:** what do the three lines print? And which of them changes if you open one padded key, with
# `mask[2, 0, 4, 0] = True` before the call? Try it.

# %%
causal = torch.ones(5, 5, dtype=torch.bool).tril()
alone = [scaled_dot_product_attention(x, x, x, causal[: x.shape[2], : x.shape[2]]) for x in texts]
mask = combine_masks(padding, causal)
together = scaled_dot_product_attention(tokens, tokens, values, mask)
for row, (length, single) in enumerate(zip(lengths, alone)):
    print(f"length {length}: largest difference", difference(together[row, :, 5 - length :], single[0]))

# %% [markdown]
# <details><summary>What it shows</summary>
#
# Nothing beyond rounding in the last digit. With one padded key open, the third line shows garbage in the thousands or
# more: one bit is enough. (With padding at the end, as is usual, a causal mask would hide it from every real token
# anyway. BERT has no causal mask, and there it matters.) What comes out at the padded places, here zeros, nobody may use;
# with padding at the end it would be numbers. A loss must leave them out.
# </details>

# %% [markdown]
# ### Attention: libraries disagree about True
#
# **In this course True means MAY attend.** In PyTorch both conventions live side by side, and a mask the wrong way
# round gives no error, only a bad model.

# %%
figures.two_conventions()


# %% [markdown]
# | where | True means |
# |---|---|
# | this course | may attend |
# | `F.scaled_dot_product_attention(attn_mask=...)` | may attend |
# | `nn.MultiheadAttention`: `attn_mask`, `key_padding_mask` | may **NOT** attend |
# | `nn.TransformerEncoderLayer`: `src_mask`, `src_key_padding_mask` | may **NOT** attend |
#
# One `~` translates. Whenever you hand a mask to a library, look up its meaning, and test with one closed place.

# %% [markdown]
# ## 5 Multi-head attention as a module
#
# From here on our functions have something to learn: matrices. PyTorch keeps them in an `nn.Module`. A tiny one:

# %%
class Stretch(nn.Module):
    """Multiply by one learned number."""

    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        return self.factor * x


stretch = Stretch()
print("called: ", stretch(torch.tensor(3.0)).item())
print("learns: ", [name for name, _ in stretch.named_parameters()])
print("saves:  ", dict(stretch.state_dict()))
print("training mode:", stretch.training, "- after eval():", stretch.eval().training)

# %% [markdown]
# `super().__init__()` first; what is assigned to `self` and is a Parameter or a Module is found by itself; calling the
# object calls `forward`. `nn.Linear(m, m)` is such a module: it computes `x @ weight.T + bias`.
#
# The way of the shapes through multi-head attention. The three arrows at the top split, the ones below merge:

# %%
figures.head_shapes()

# %% [markdown]
# Why project at all? What a token looks for, what it is found by and what it passes on are three things, and each
# projection learns one of them: a verb may look for nouns and be found as a verb. With h small ones a token can look for
# h things at once.
#
# As a formula (Vaswani et al. 2017, section 3.2.2), now with biases, and with keys and values that may come from
# another text than the queries (**cross-attention**):
#
# $$\mathrm{head}_i = \mathrm{attention}(x_q W_i^Q + b_i^Q,\; x_k W_i^K + b_i^K,\; x_v W_i^V + b_i^V)$$
#
# $$\mathrm{output} = [\mathrm{head}_1, \ldots, \mathrm{head}_h]\, W^O + b^O$$
#
# In shapes, with $m = 6$ and $h = 3$: each head scores with two columns and divides by $\sqrt 2$. A Linear computes
# `x @ weight.T + bias`, so $W^Q$ is `query.weight.T`: a head owns columns of $W^Q$, and they are rows of `weight`.

# %% [markdown]
# How do you prove such a layer right? With the library's weights in it, it must give the library's answers.
#
# `nn.MultiheadAttention` keeps three matrices in one, on top of each other: `in_proj_weight` has the shape (3m, m), the
# first third makes queries, the second keys, the last values. So with `in_proj_bias`. The output projection is a
# Linear called `out_proj`.

# %%
figures.packed_weights()


# %% [markdown]
# To *copy* means: afterwards there are two sets of numbers. If your parameter were the library's tensor itself,
# training one of the two would change the other. `mine.copy_(theirs)` under `torch.no_grad()` writes numbers into a
# parameter that is already there.

# %% [markdown]
# ### Exercise 4: MultiHeadAttention (4 points, about 65 minutes)
#
# Write the class in three steps: what it is made of, the way forward, and copying the library's weights. The check
# looks at the three in this order, so you may run it half-way. Here `self.dropout` is a plain number, which you hand
# on to your function.
#
# <details><summary>Hint 1: a question</summary>
#
# Which axis of (b, t, m) is cut into heads, and where must the new axis go so that `scaled_dot_product_attention` sees
# (b, h, t, m / h)? That is `split_heads` of notebook 01.
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `x.unflatten(-1, (h, -1))` cuts the last axis in two, `transpose(1, 2)` swaps two axes, and `flatten(-2)` joins the
# last two. Keys first: what is `value`, if only `key` was given? `module.in_proj_weight.chunk(3)` gives the thirds.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `forward`: fill in `key`, then `value`; project each with its own Linear and split; attend with the mask,
# `self.dropout` and `self.training`; transpose back, flatten, project. `load_from_torch`: four weights and four
# biases, each copied into its Linear; `in_proj_bias` may be None.
# </details>

# %% exercise MultiHeadAttention
class MultiHeadAttention(nn.Module):
    """Several attentions side by side, each on columns of its own.

    Vaswani et al. 2017, section 3.2.2.

    Args:
        width: m, the numbers per token, of queries, keys, values and output alike.
        num_heads: h; head i works on the i-th contiguous block of m / h columns of the projections.
        dropout: the probability of dropping an attention weight; acts in training mode only
            (`self.training`).

    Raises:
        ValueError: h does not divide m.

    The four projections are `torch.nn.Linear(width, width)` with bias, kept as `self.query`,
    `self.key`, `self.value` and `self.output`; `forward` adds nothing else that can be learned.
    """

    def __init__(self, width, num_heads, dropout=0.0):
        # BEGIN SOLUTION
        super().__init__()
        if width % num_heads != 0:
            raise ValueError(f"{num_heads} heads do not divide a width of {width}")
        self.num_heads, self.dropout = num_heads, dropout
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        # END SOLUTION

    def forward(self, query, key=None, value=None, mask=None):
        """Project, attend in each head, merge, project.

        Args:
            query: (b, q, m), batch first.
            key: (b, k, m), or None for self-attention: then the keys are made from `query`.
            value: (b, k, m), or None: then the values are made from what the keys are made from.
            mask: None, or booleans of two to four axes that broadcast to (b, h, q, k), True where a
                query MAY attend.

        Returns:
            (b, q, m) in the dtype of `query`: the output alone, without the weights. A query that
            may attend to nothing gets the bias of the output projection, finite like all gradients.
        """
        # BEGIN SOLUTION
        key = query if key is None else key
        value = key if value is None else value
        heads = [
            projection(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)  # (b, h, t, m / h)
            for projection, x in ((self.query, query), (self.key, key), (self.value, value))
        ]
        attended = scaled_dot_product_attention(*heads, mask, self.dropout, self.training)
        return self.output(attended.transpose(1, 2).flatten(-2))
        # END SOLUTION

    def load_from_torch(self, module):
        """Copy the weights of a `torch.nn.MultiheadAttention`, so that both compute the same.

        The numbers are copied into this module's own parameters, which keep their dtype and device
        and stay trainable. Nothing is shared: training one of the two later leaves the other alone,
        and `module` stays as it is.

        Args:
            module: of the same width and number of heads, with `batch_first` True or False (its
                weights are the same; this class is always batch first). Made with bias=False, it
                has no biases: they become zeros here. Its `dropout` is not copied. Modules with
                kdim, vdim, add_bias_kv or add_zero_attn are not supported.
        """
        # BEGIN SOLUTION
        weights = (*module.in_proj_weight.chunk(3), module.out_proj.weight)
        biases = (0, 0, 0, 0)
        if module.in_proj_bias is not None:
            biases = (*module.in_proj_bias.chunk(3), module.out_proj.bias)
        ours = (self.query, self.key, self.value, self.output)
        with torch.no_grad():
            for projection, weight, bias in zip(ours, weights, biases, strict=True):
                projection.weight.copy_(weight)
                projection.bias[:] = bias
        # END SOLUTION


# %% check MultiHeadAttention points=4
# BEGIN HIDDEN TESTS
from autograder.exams import batched_attention as exam

exam.MultiHeadAttention(MultiHeadAttention)
# END HIDDEN TESTS
checks.MultiHeadAttention(MultiHeadAttention)

# %% [markdown]
# The proof, with a mask. Note the `~`: here the library means the opposite.
#
# **Predict, then run:** how large will the differences be: 0, about a ten-millionth, or about a thousandth?

# %%
torch.manual_seed(4)
library = nn.MultiheadAttention(32, 4, batch_first=True).eval()
yours = MultiHeadAttention(32, 4).eval()
yours.load_from_torch(library)

x, other = torch.randn(2, 5, 32), torch.randn(2, 7, 32)
real = torch.tensor([[True] * 7, [True] * 4 + [False] * 3])  # (b, k)
theirs, _ = library(x, other, other, key_padding_mask=~real)
print("cross-attention, padded:", difference(yours(x, other, mask=real[:, None, None, :]), theirs))
theirs, _ = library(x, x, x)
print("self-attention:         ", difference(yours(x), theirs))

# %% [markdown]
# <details><summary>What it shows</summary>
#
# About a ten-millionth. float32 carries seven digits, and the two programs add in another order. Zero would be luck; a
# thousandth would be an error.
# </details>

# %% [markdown]
# ## 6 An encoder block
#
# Attention moves information between tokens. A model needs three things around it: positions, a way to keep numbers in
# bounds, and some work on each token alone. First the positions.
#
# The table of sines and cosines is not learned, so it is no parameter. Yet it must follow the model to the GPU. For
# that a module has **buffers**.

# %%
figures.module_contents()


# %% [markdown]
# The table is that of notebook 01 (Vaswani et al. 2017, section 3.5), with the angle
# $\mathrm{position} / 10000^{2i/m}$ for the columns $2i$ (sine) and $2i + 1$ (cosine).
#
# `self.register_buffer("table", tensor, persistent=False)` makes a buffer that `state_dict()` leaves out: what can be
# computed need not be saved.

# %% [markdown]
# ### Exercise 5: PositionalEncoding (1 point, about 20 minutes)
#
# Write the module that keeps the table as a buffer and adds its first rows to x.
#
# <details><summary>Hint 1: a question</summary>
#
# Your NumPy lines of notebook 01 work with torch's names: `torch.arange`, `torch.sin`, `torch.where`. What would
# happen to a float16 `x`, if a float32 table were added to it?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# The sum would be float32. `tensor.to(x.dtype)` prevents it. Of the table only the first t rows are needed.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Positions as a column, `torch.arange(max_length)[:, None]`; `column - column % 2` is the even number at or below a
# column. In `forward`: compare t with `len(self.table)`, then add.
# </details>

# %% exercise PositionalEncoding
class PositionalEncoding(nn.Module):
    """Add the sinusoidal table of positions to a batch of tokens: Vaswani et al. 2017, section 3.5.

    Columns come in pairs i = 0, 1, 2, ...: column 2i holds sin(angle) and column 2i + 1 holds
    cos(angle), with angle = position / 10000 ** (2i / width) and positions counted from 0, as in
    notebook 01.

    Args:
        width: m, at least 1. It may be odd; then the last pair has its sine only.
        max_length: the number of positions in the table.

    The table is a buffer named `table` of shape (max_length, width) and the default dtype,
    registered with persistent=False. So it follows `.to(...)`; it is not a parameter; and it is no
    part of `state_dict()`, because it can be computed anew.
    """

    def __init__(self, width, max_length):
        # BEGIN SOLUTION
        super().__init__()
        position = torch.arange(max_length, dtype=torch.float64)[:, None]
        column = torch.arange(width)
        angle = position / 10000 ** ((column - column % 2) / width)
        table = torch.where(column % 2 == 0, angle.sin(), angle.cos())
        self.register_buffer("table", table.to(torch.get_default_dtype()), persistent=False)
        # END SOLUTION

    def forward(self, x):
        """Add row 0 of the table to token 0, row 1 to token 1, and so on.

        Args:
            x: (b, t, m) with t at most max_length.

        Returns:
            (b, t, m), a new tensor in the dtype of `x`, half precision included.

        Raises:
            ValueError: t is larger than max_length.
        """
        # BEGIN SOLUTION
        length = x.shape[-2]
        if length > len(self.table):
            raise ValueError(f"{length} tokens, but the table has {len(self.table)} positions")
        return x + self.table[:length].to(x.dtype)
        # END SOLUTION


# %% check PositionalEncoding points=1
# BEGIN HIDDEN TESTS
from autograder.exams import batched_attention as exam

exam.PositionalEncoding(PositionalEncoding)
# END HIDDEN TESTS
checks.PositionalEncoding(PositionalEncoding)

# %%
place = PositionalEncoding(width=6, max_length=10)
print("parameters:", list(place.parameters()), " saved:", dict(place.state_dict()))
print("moved with the module:", place.to("meta").table.device)
print("same word, other place:", PositionalEncoding(4, 9)(torch.ones(1, 3, 4))[0, :, 0].tolist())

# %% [markdown]
# ### Layer norm
#
# If layer follows layer, numbers grow or shrink. **Layer norm** brings each token back: subtract its mean, divide by
# its standard deviation. In the picture one token of four numbers.

# %%
figures.layer_norm_steps()


# %% [markdown]
# As a formula (Ba, Kiros and Hinton 2016), for one token $x$ with $m$ numbers:
#
# $$y = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} \cdot \mathrm{weight} + \mathrm{bias} \qquad
# \mu = \frac{1}{m}\sum_i x_i \qquad \sigma^2 = \frac{1}{m}\sum_i (x_i - \mu)^2$$
#
# By hand: $(1, 3, 3, 9)$ has the mean 4 and the variance $(9 + 1 + 1 + 25) / 4 = 9$, so it becomes
# $(-1, -\tfrac13, -\tfrac13, \tfrac53)$.
#
# $\varepsilon$ keeps a token of equal numbers from dividing 0 by 0. It stands *inside* the root. BERT takes $10^{-12}$,
# PyTorch $10^{-5}$.

# %% [markdown]
# ### Exercise 6: LayerNorm (1 point, about 20 minutes)
#
# Write the module for the formula above; it works in float32 where x has 16 bits.
#
# <details><summary>Hint 1: a question</summary>
#
# `x.var()` divides by m - 1 unless told otherwise. What does the formula divide by?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `mean(dim=-1, keepdim=True)` keeps an axis of length 1, so that a token and its mean line up. What becomes of
# $10^{-12}$ in float16? Convert as you did in attention.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Centre first; the variance is the mean of the centred squares. `self.weight = nn.Parameter(torch.ones(width))`, so
# with zeros for the bias.
# </details>

# %% exercise LayerNorm
class LayerNorm(nn.Module):
    """Give the numbers of each token mean 0 and variance 1, then scale and shift each column.

    Ba, Kiros and Hinton 2016, "Layer Normalization", section 3.

    Args:
        width: m, the length of the last axis.
        eps: a small number added to the variance before the square root.

    `weight` starts as ones and `bias` as zeros, both parameters of shape (width,); `eps` is kept as
    `self.eps`.
    """

    def __init__(self, width, eps=1e-12):
        # BEGIN SOLUTION
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.eps = eps
        # END SOLUTION

    def forward(self, x):
        """Normalise along the last axis: (x - mean) / sqrt(variance + eps) * weight + bias.

        The variance is the mean of the squared differences from the mean; it divides by m, and not
        by m - 1.

        Args:
            x: (..., m) with any number of leading axes, of float64, float32, bfloat16 or float16.

        Returns:
            (..., m), a new tensor in the dtype of `x`. bfloat16 and float16 are computed in float32
            and rounded at the end. A token whose numbers are all equal gets `bias`, never NaN, also
            where m is 1.
        """
        # BEGIN SOLUTION
        working = x.to(torch.promote_types(x.dtype, torch.float32))
        centred = working - working.mean(dim=-1, keepdim=True)
        variance = centred.square().mean(dim=-1, keepdim=True)
        normalised = centred / torch.sqrt(variance + self.eps)
        return (normalised * self.weight + self.bias).to(x.dtype)
        # END SOLUTION


# %% check LayerNorm points=1
# BEGIN HIDDEN TESTS
from autograder.exams import batched_attention as exam

exam.LayerNorm(LayerNorm)
# END HIDDEN TESTS
checks.LayerNorm(LayerNorm)

# %%
tokens = torch.tensor([[1.0, 3, 3, 9], [100.0, 300, 300, 900], [5.0, 5, 5, 5]])
normal = LayerNorm(4)(tokens)
print(normal.detach().round(decimals=3))
print("largest difference to torch:", difference(normal, nn.LayerNorm(4, eps=1e-12)(tokens)))

# %% [markdown]
# The first two rows come out alike: layer norm forgets how large a token was. The third has nothing left.

# %% [markdown]
# ### The block
#
# Follow the arrows from left to right. Attention lets the tokens look at each other. Then a small network, the
# **feed-forward** part, works on each token alone. Around each of the two a grey arrow carries the input past it, and
# the sum is normalised. This order, norm *after* the sum, is called **post-LN**.
#
# Today's large models mostly put the norm *before* each part, $x + \mathrm{attention}(\mathrm{norm}(x))$: **pre-LN**, in
# PyTorch `norm_first=True`. The grey way then runs through without a norm, which makes deep stacks easier to train, and it
# is another function: weights trained for one do not fit the other.

# %%
figures.encoder_block()


# %% [markdown]
# As a formula (Vaswani et al. 2017, sections 3.1 and 3.3; GELU instead of ReLU as in BERT):
#
# $$y = \mathrm{norm}_1(x + \mathrm{attention}(x)) \qquad
# \mathrm{output} = \mathrm{norm}_2\big(y + W_2\, \mathrm{GELU}(W_1 y + b_1) + b_2\big)$$
#
# $\mathrm{GELU}(z) = z\,\Phi(z)$, where $\Phi$ is the normal distribution function: a ReLU with a rounded corner. Why
# the arrow past each part? A part that has learned nothing yet then does little harm, and gradients have a short way
# back (He et al. 2015, *Deep Residual Learning*).

# %% [markdown]
# The library's block is `nn.TransformerEncoderLayer(m, h, hidden, dropout=0.1, activation="gelu", layer_norm_eps=1e-5,
# batch_first=True, norm_first=False)`; without the names in it, the activation would be a ReLU and tokens the first axis.
# A Linear and a norm copy all they hold with `mine.load_state_dict(theirs.state_dict())`. Its parts:
#
# | yours | there |
# |---|---|
# | attention | `self_attn`, an `nn.MultiheadAttention` |
# | first and second Linear | `linear1`, `linear2` |
# | first and second norm | `norm1`, `norm2`, each with an `eps` |

# %% [markdown]
# ### Exercise 7: EncoderBlock (3 points, about 40 minutes)
#
# Write the block from your own parts. Here `self.dropout` is best a module, `nn.Dropout`, which knows the mode.
#
# <details><summary>Hint 1: a question</summary>
#
# You have all the parts. How many norms, and why can the two not be the same object?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Three places see dropout: the weights (inside your MultiHeadAttention), and the output of each part before it is
# added. One `nn.Dropout` serves both; it has nothing to learn, and it knows the training mode. The second argument of
# your attention is `key`, so pass the mask by its name.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# For copying: your MultiHeadAttention knows how to load `layer.self_attn`. A Linear and a norm copy all they have with
# `mine.load_state_dict(theirs.state_dict())`. `eps` is a plain number and no part of a state dict.
# </details>

# %% exercise EncoderBlock
class EncoderBlock(nn.Module):
    """One layer of a Transformer encoder, post-LN, with the GELU of BERT.

    Vaswani et al. 2017, section 3.1. The feed-forward part goes from m to hidden, GELU, back to m.

        y = norm(x + dropout(attention(x)))
        output = norm(y + dropout(feed_forward(y)))

    Args:
        width: m, the numbers per token.
        num_heads: h.
        hidden: the width between the two linear layers of the feed-forward part.
        dropout: the probability of dropping, in training mode only: the attention weights, and the
            output of both parts before it is added to x.

    GELU is the exact one, `torch.nn.functional.gelu` as it comes (Hendrycks and Gimpel 2016), not
    its tanh approximation. The two norms are your LayerNorm with its own default eps, each with
    parameters of its own.
    """

    def __init__(self, width, num_heads, hidden, dropout=0.0):
        # BEGIN SOLUTION
        super().__init__()
        self.attention = MultiHeadAttention(width, num_heads, dropout)
        self.attention_norm = LayerNorm(width)
        self.expand, self.contract = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.feed_forward_norm = LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        # END SOLUTION

    def forward(self, x, mask=None):
        """Let the tokens look at each other, then work on each token alone.

        Args:
            x: (b, t, m), batch first.
            mask: None, or booleans of two to four axes that broadcast to (b, h, t, t), True where a
                token MAY attend to another.

        Returns:
            (b, t, m) in the dtype of `x`.
        """
        # BEGIN SOLUTION
        y = self.attention_norm(x + self.dropout(self.attention(x, mask=mask)))
        fed = self.contract(F.gelu(self.expand(y)))
        return self.feed_forward_norm(y + self.dropout(fed))
        # END SOLUTION

    def load_from_torch(self, layer):
        """Copy the weights of a `torch.nn.TransformerEncoderLayer`, so that both agree in eval
        mode.

        Numbers are copied into this module's own parameters; nothing is shared and `layer` stays as
        it is. The eps of its two norms (torch's default is 1e-5, ours 1e-12) is carried over too:
        without it the outputs differ.

        Args:
            layer: of the same sizes, made with activation="gelu" and bias=True, and `batch_first`
                True or False (its weights are the same; this class is always batch first, so a
                torch layer with batch_first=False takes and returns (t, b, m)). Its dropout is not
                copied.

        Raises:
            ValueError: the layer was made with norm_first=True, which is another function.
        """
        # BEGIN SOLUTION
        if layer.norm_first:
            raise ValueError("a layer with norm_first=True normalises elsewhere")
        self.attention.load_from_torch(layer.self_attn)
        self.expand.load_state_dict(layer.linear1.state_dict())
        self.contract.load_state_dict(layer.linear2.state_dict())
        norms = ((self.attention_norm, layer.norm1), (self.feed_forward_norm, layer.norm2))
        for ours, theirs in norms:
            ours.load_state_dict(theirs.state_dict())
            ours.eps = theirs.eps
        # END SOLUTION


# %% check EncoderBlock points=3
# BEGIN HIDDEN TESTS
from autograder.exams import batched_attention as exam

exam.EncoderBlock(EncoderBlock)
# END HIDDEN TESTS
checks.EncoderBlock(EncoderBlock)

# %%
torch.manual_seed(5)
library = nn.TransformerEncoderLayer(32, 4, 64, activation="gelu", batch_first=True, norm_first=False).eval()
yours = EncoderBlock(32, 4, 64, dropout=0.1).eval()
yours.load_from_torch(library)

x = torch.randn(2, 7, 32)
real = torch.tensor([[True] * 7, [True] * 4 + [False] * 3])
theirs = library(x, src_key_padding_mask=~real)
at_real_tokens = difference(yours(x, real[:, None, None, :])[real], theirs[real])
print("largest difference at real tokens:", at_real_tokens)

# %% [markdown]
# BERT-base is twelve such blocks of width 768, with 12 heads and a hidden width of 3072 (Devlin et al. 2018).
#
# **Predict, then run:** which part holds more numbers, attention or feed-forward? On the meta device we can build
# a block of any size and count, without memory for a single number.

# %%
with torch.device("meta"):
    block = EncoderBlock(768, 12, 3072)
    attention = MultiHeadAttention(768, 12)
total, within = (sum(p.numel() for p in module.parameters()) for module in (block, attention))
print(f"one block: {total:,} numbers, of which attention {within:,}, the rest {total - within:,}")
print(f"twelve blocks: {12 * total:,}")


# %% [markdown]
# <details><summary>What it shows</summary>
#
# Two thirds are in the feed-forward part. Twelve blocks have 85 million numbers; with the table of words BERT-base
# counts 110 million.
# </details>

# %% [markdown]
# ### The block learns
#
# A task: read eight digits, say them backwards. Each place must find the one at the mirrored place. The model: a vector
# for each digit, positions, one block of yours, one Linear that reads the digit off.
#
# **Predict, then run:** how well will it do without positions?

# %%
class Reverser(nn.Module):
    """Digits (b, t) -> scores (b, t, 10) for the digit at the mirrored place."""

    def __init__(self, positions):
        super().__init__()
        self.embed = nn.Embedding(10, 32)
        self.place = PositionalEncoding(32, 8) if positions else nn.Identity()
        self.block, self.read = EncoderBlock(32, 4, 64), nn.Linear(32, 10)

    def forward(self, digits):
        return self.read(self.block(self.place(self.embed(digits))))


# %% [markdown]
# The loop is the same for every model: forward, loss, forget the old gradients, backward, a step.

# %%
def train(model, steps=300):
    """Teach a model to reverse, and return the share of right digits at each step."""
    optimizer, right = torch.optim.Adam(model.parameters(), lr=3e-3), []  # it holds the parameters, and moves them
    for _ in range(steps):
        digits = torch.randint(10, (64, 8), device=device)  # a fresh batch: nothing to learn by heart
        scores = model(digits)  # (64, 8, 10)
        loss = F.cross_entropy(scores.flatten(0, 1), digits.flip(1).flatten())  # -log p of each right digit, the mean
        optimizer.zero_grad()  # backward adds to what is there
        loss.backward()  # a .grad for each parameter
        optimizer.step()  # each a little downhill
        right.append((scores.detach().argmax(-1) == digits.flip(1)).float().mean())
    return torch.stack(right).tolist()


torch.manual_seed(6)
with_positions, without = (train(Reverser(positions).to(device)) for positions in (True, False))
figures.reversing(with_positions, without)
print(
    f"stopped after {len(with_positions)} steps: {with_positions[-1]:.0%} right, and {without[-1]:.0%} without positions"
)

# %% [markdown]
# <details><summary>What it shows</summary>
#
# With positions it gets nearly all of them after 200 steps. Without, a place knows which digits occur but not where; it
# can do no better than to guess the commonest of the other seven, which is right in about a third of the cases.
#
# Look at `train` once more: nothing in the loop reads a number back. The shares stay on the device until the end.
# </details>

# %% [markdown]
# ## 7 Long sequences
#
# `scaled_dot_product_attention` holds all weights at once: `q * k` numbers for each head. For 2048 tokens and 4 heads
# these are 67 MB; for 100,000 tokens, 160 GB. The values that come out are tiny beside that.
#
# The way out is to never have them all. In the picture a tile of the weights walks over the whole table. Only the
# orange tile exists at any moment.

# %%
figures.chunk_walk()

# %% [markdown]
# The picture cuts queries too. In the exercise only the keys must be cut; a loop over queries around it is optional.

# %% [markdown]
# Why not cut the queries only? Then each row would have its whole softmax. But 64 queries by a million keys are still 64
# million scores, and a tile that is to fit into the small fast memory of a processor must be short both ways.
#
# So keys are cut, and there is a catch: softmax divides by a sum over the *whole* row, and subtracts the maximum of the
# whole row. A tile knows neither.
#
# So we keep three things for each query and mend them with each tile:
#
# - **top**, the largest score so far;
# - **total**, the sum of the exponentials so far, relative to top;
# - **mixed**, the values so far, weighted with the same exponentials.
#
# When a larger score turns up, everything so far was taken relative to the wrong top. One factor mends it.

# %% [markdown]
# Three scores, one at a time: $\log 2$, $\log 8$, $\log 4$, with the values 21, 0 and 7. Follow the
# table of the picture column by column with a pencil.

# %%
figures.online_softmax()


# %% [markdown]
# - First score: top is $\log 2$, its exponential relative to top is 1. So total is 1 and mixed is 21.
# - The second is larger. What we had shrinks by $e^{\log 2 - \log 8} = 0.25$: total $0.25 + 1 = 1.25$, mixed
#   $5.25 + 0 = 5.25$.
# - The third is not larger; nothing shrinks. Its exponential is 0.5: total 1.75, mixed $5.25 + 3.5 = 8.75$.
#
# The output is $8.75 / 1.75 = 5$. All at once: $(2 \cdot 21 + 8 \cdot 0 + 4 \cdot 7) / 14 = 5$.

# %% [markdown]
# The general step, for a tile with scores $s_j$ and values $v_j$:
#
# $$\mathrm{top}' = \max(\mathrm{top}, \max_j s_j) \qquad c = e^{\mathrm{top} - \mathrm{top}'}$$
#
# $$\mathrm{total}' = c \cdot \mathrm{total} + \sum_j e^{s_j - \mathrm{top}'} \qquad
# \mathrm{mixed}' = c \cdot \mathrm{mixed} + \sum_j e^{s_j - \mathrm{top}'} v_j$$
#
# (Milakov and Gimelshein 2018, algorithm 3, for the softmax; Dao et al. 2022, algorithm 1, with attention around it.)
#
# **Before you start:** what should top be before the first tile?
#
# <details><summary>Answer</summary>
#
# $-\infty$. Then $c = e^{-\infty} = 0$ in the first step, and whatever stood there is gone.
# </details>

# %% [markdown]
# ### Exercise 8: chunked_attention (3 points, about 60 minutes)
#
# Write attention that keeps top, total and mixed, and never all weights.
#
# <details><summary>Hint 1: a question</summary>
#
# top and total have one number for each query, mixed has `v`. Which shapes make them broadcast against scores of shape
# (b, h, q, chunk)?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# (b, h, q, 1), (b, h, q, 1) and (b, h, q, v). `key.split(chunk_size, dim=-2)` gives the tiles; the last one may be
# shorter. `query.new_full(shape, -math.inf)` makes a tensor where the query is, of its dtype.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Scale the query once, before the loop. In the loop: scores; `new_top = torch.maximum(top, scores.amax(dim=-1,
# keepdim=True))`; the two exponentials; total and mixed; then `top = new_top`. Divide after the loop. A loop over tiles
# of queries around it makes the tiles small enough for the processor's fast memory.
# </details>

# %% exercise chunked_attention
def chunked_attention(query, key, value, chunk_size):
    """Compute attention chunk by chunk, without ever holding all weights in memory.

    The online softmax is from Milakov and Gimelshein 2018, "Online normalizer calculation for
    softmax"; attention that uses it from Dao et al. 2022, "FlashAttention".

    Args:
        query: (b, h, q, d), key: (b, h, k, d), value: (b, h, k, v): as in
            scaled_dot_product_attention.
        chunk_size: how many keys are looked at together, at least 1. It need not divide k, and may
            exceed k. You may take the queries in chunks of this size too.

    Returns:
        (b, h, q, v), the same as scaled_dot_product_attention(query, key, value) to rounding, of
        the dtype and on the device of `query`.
        - Memory grows with the number of tokens, not its square: never make a tensor of q * k numbers
          per head. Exactly: none made on the way has more numbers than the larger of
          b * h * q * max(chunk_size, d, v) and b * h * k * max(d, v).
        - bfloat16 and float16 are computed in float32 and rounded at the end.
        - Works on the "meta" device, and gradients can flow back through it. (PyTorch then keeps
          the weights of every chunk for the way back: the memory is saved in the forward step,
          under `torch.no_grad()`.)
        - `query`, `key` and `value` stay as they were.
    """
    # BEGIN SOLUTION
    working = torch.promote_types(query.dtype, torch.float32)
    outputs = []
    for block in (query.to(working) / math.sqrt(query.shape[-1])).split(chunk_size, dim=-2):
        top = block.new_full((*block.shape[:-1], 1), -math.inf)  # of each query
        total = torch.zeros_like(top)
        mixed = block.new_zeros((*block.shape[:-1], value.shape[-1]))
        tiles = zip(key.split(chunk_size, dim=-2), value.split(chunk_size, dim=-2), strict=True)
        for keys, values in tiles:
            scores = block @ keys.to(working).transpose(-2, -1)
            new_top = torch.maximum(top, scores.amax(dim=-1, keepdim=True))
            shrink, exps = torch.exp(top - new_top), torch.exp(scores - new_top)
            total = total * shrink + exps.sum(dim=-1, keepdim=True)
            mixed = mixed * shrink + exps @ values.to(working)
            top = new_top
        outputs.append(mixed / total)
    return torch.cat(outputs, dim=-2).to(query.dtype)
    # END SOLUTION


# %% check chunked_attention points=3
# BEGIN HIDDEN TESTS
from autograder.exams import batched_attention as exam

exam.chunked_attention(chunked_attention)
# END HIDDEN TESTS
checks.chunked_attention(chunked_attention)

# %%
torch.manual_seed(7)
query, key, value = torch.randn(3, 1, 2, 1000, 64)
whole = scaled_dot_product_attention(query, key, value)
for chunk_size in (1000, 300, 64):
    call = partial(chunked_attention, query, key, value, chunk_size)
    megabytes = measure.peak_bytes(call) / 1e6
    print(f"chunks of {chunk_size:4}: {megabytes:4.1f} MB, difference {difference(call(), whole):.0e}")

# %% [markdown]
# The same answer to rounding, whatever the chunk. It is the same attention, not an approximation. (One chunk of 1000
# has 8 MB of weights and needs about three times that: scores, exponentials and a temporary stand side by side.)

# %% [markdown]
# ## 8 What does it cost?
#
# You have a plain version and one in chunks, and the library has its own. Which is the best, and what happens when
# texts get longer? Measure.
#
# Costs that grow like a power of the length, $\mathrm{cost} = c \cdot t^p$, become straight lines when both axes are
# logarithmic. The slope is the power `p`.

# %%
figures.slopes()


# %% [markdown]
# $$\log \mathrm{cost} = \log c + p \log t$$
#
# Measured points wobble, so we want the straight line that misses them least: **least squares**. With
# $x_i = \log t_i$ and $y_i = \log \mathrm{cost}_i$ and their means $\bar x$, $\bar y$, its slope is
#
# $$p = \frac{\sum_i (x_i - \bar x)(y_i - \bar y)}{\sum_i (x_i - \bar x)^2}$$
#
# By hand: costs 5, 20, 80 at the lengths 1, 2, 4. Each doubling multiplies by four, so $p = 2$.

# %% [markdown]
# ### Exercise 9: growth_exponent (2 points, about 10 minutes)
#
# Write the slope of the straight line through the logarithms.
#
# <details><summary>Hint 1: a question</summary>
#
# What do you take the logarithm of?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Both. Then either the formula above, or a function of NumPy that fits polynomials: a straight line has degree 1.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `np.polyfit(x, y, 1)` returns the slope first. `float(...)` makes a plain number of it.
# </details>

# %% exercise growth_exponent
def growth_exponent(lengths, seconds):
    """Find p such that costs grow like lengths ** p: the slope of a line in a log-log plot.

    The line is the one of least squares through the points (log length, log seconds), all with the
    same weight; the base of the logarithm does not matter.

    Args:
        lengths: n positive numbers, at least two different ones; a list, a tuple or an array.
        seconds: n positive numbers, integers or floats: seconds, bytes, or what else was measured.

    Returns:
        p, a float.

    >>> round(growth_exponent([1, 2, 4], [5, 20, 80]), 6)
    2.0
    """
    # BEGIN SOLUTION
    slope, _ = np.polyfit(np.log(lengths), np.log(seconds), deg=1)
    return float(slope)
    # END SOLUTION


# %% check growth_exponent points=2
# BEGIN HIDDEN TESTS
from autograder.exams import batched_attention as exam

exam.growth_exponent(growth_exponent)
# END HIDDEN TESTS
checks.growth_exponent(growth_exponent)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# A line through the logarithms, from SciPy, which would also tell how sure the slope is.
#
# ```python
# from scipy import stats
#
# return float(stats.linregress(np.log(lengths), np.log(seconds)).slope)
# ```
# </details>

# %% [markdown]
# Now your measurement: one text, four heads, depth 64. The three take turns, each is timed three times, and the median
# counts. Memory is the most that was in use at one moment, as PyTorch's profiler saw it. It takes some seconds.
#
# **Predict, then run:** four numbers. The exponent of the time of the plain version, and of its memory. And those of
# the chunked one.

# %%
methods = {
    "plain": scaled_dot_product_attention,
    "chunked": partial(chunked_attention, chunk_size=128),
    "library": F.scaled_dot_product_attention,
}


def random_inputs(length, device="cpu", dtype=torch.float32):
    return torch.randn(3, 1, 4, length, 64, device=device, dtype=dtype)


# %%
lengths = [256, 512, 1024, 2048]
costs = measure.against_length(methods, lengths, random_inputs, repeats=3)
seconds = {name: [cost.seconds for cost in row] for name, row in costs.items()}
memory = {name: [cost.peak_bytes for cost in row] for name, row in costs.items()}
for name in methods:
    powers = [growth_exponent(lengths, curve[name]) for curve in (seconds, memory)]
    print(f"{name:8} time ~ t^{powers[0]:.2f}   memory ~ t^{powers[1]:.2f}")

figures.costs(lengths, seconds, memory, growth_exponent)

# %% [markdown]
# <details><summary>What it shows</summary>
#
# The plain version's memory goes with the square. The chunked one's does not: a tile costs the same at every length,
# and the rest grows in proportion to it, so the exponent is 1 or less.
#
# But its *time* still goes with the square, for long texts. It computes every score, it only forgets them sooner. No trick of memory
# changes how many pairs there are.
#
# Measured exponents of time are off. At small lengths fixed costs count, which makes them smaller. At large
# ones the weights no longer fit into the processor's fast memory, which makes the plain version's larger. And if another
# program is busy, they can be off by a half and more, although one thread computes: run the cell again. Those of memory
# do not change.
# </details>

# %% [markdown]
# ### What dominates?
#
# Both products do the same arithmetic: `2 * t * t * d` operations for each head. The softmax does only a few for each
# of the `t * t` weights. Each of the first two leaves 67 MB of new numbers behind, the last only 2 MB.
#
# We time the parts, and the first two once more, writing into memory that is there already (`out=`).
#
# **Predict, then run:** which part takes longest, and does `out=` matter?

# %%
query, key, value = random_inputs(2048)
turned = key.transpose(-2, -1)
scores = query @ turned
weights, buffer = torch.softmax(scores, dim=-1), torch.empty_like(scores)
parts = {
    "query @ key": lambda: query @ turned,
    "  into old memory": lambda: torch.matmul(query, turned, out=buffer),
    "softmax": lambda: torch.softmax(scores, dim=-1),
    "  into old memory ": lambda: torch.softmax(scores, dim=-1, out=buffer),
    "weights @ value": lambda: weights @ value,
}
for name, cost in measure.compare(parts, repeats=5).items():
    print(f"{name:18} {cost.seconds * 1000:5.0f} ms")

# %% [markdown]
# <details><summary>What it shows</summary>
#
# On one core of the machine where we wrote this: 65 and 28 ms, 60 and 20 ms, and 30 ms. So about half of the time of
# `query @ key`, and more of the softmax, goes into getting 67 MB of fresh memory.
#
# Memory sets the pace, not arithmetic. That is why a chunked version can be as fast as the plain one although it
# calculates more: it uses the same small tiles of memory again and again, close to the processor. Dao et al. 2022 built
# FlashAttention on the same observation about GPUs.
# </details>

# %% [markdown]
# ### On a GPU
#
# The same measurement on CUDA, in bfloat16 and up to 8192 tokens. There `F.scaled_dot_product_attention` chooses among
# several programs, FlashAttention among them. Each call of a GPU costs some time of its own, so we give it larger
# tiles.

# %%
if pick_device().type == "cuda":
    lengths = [512, 1024, 2048, 4096, 8192]
    methods["chunked"] = partial(chunked_attention, chunk_size=1024)
    on_device = partial(random_inputs, device=device, dtype=torch.bfloat16)
    costs = measure.against_length(methods, lengths, on_device, device, repeats=5)
    seconds = {name: [cost.seconds for cost in row] for name, row in costs.items()}
    memory = {name: [cost.peak_bytes for cost in row] for name, row in costs.items()}
    figures.costs(lengths, seconds, memory, growth_exponent)
else:
    print("There is no CUDA device here, so nothing was measured. The cell is not graded.")

# %% [markdown]
# ## Done
#
# - [x] a device, chosen once; dtypes, and where 16 bits break
# - [x] attention for a batch: safe in half precision, on an empty row, on any device
# - [x] masks that fit a batch, and a padded batch that equals its texts
# - [x] multi-head attention that agrees with `nn.MultiheadAttention`
# - [x] positions in a buffer
# - [x] layer norm
# - [x] an encoder block that agrees with `nn.TransformerEncoderLayer`, and learns
# - [x] attention in chunks, with memory in proportion to the length
# - [x] your own measurement, with exponents
#
# Before you hand in: restart the kernel, run all cells, press **Validate**.

# %% [markdown]
# ## Where to go next
#
# **Notebook 04** stacks such blocks into a BERT, trains it on a small language whose best possible loss is known, and
# looks inside.
#
# Read on:
#
# - Vaswani et al. 2017, *Attention Is All You Need*, arXiv 1706.03762
# - Micikevicius et al. 2018, *Mixed Precision Training*, arXiv 1710.03740
# - Srivastava et al. 2014, *Dropout*, Journal of Machine Learning Research 15
# - Ba, Kiros, Hinton 2016, *Layer Normalization*, arXiv 1607.06450
# - Hendrycks, Gimpel 2016, *Gaussian Error Linear Units*, arXiv 1606.08415
# - He et al. 2015, *Deep Residual Learning for Image Recognition*, arXiv 1512.03385
# - Devlin et al. 2018, *BERT*, arXiv 1810.04805
# - Milakov, Gimelshein 2018, *Online normalizer calculation for softmax*, arXiv 1805.02867
# - Rabe, Staats 2021, *Self-attention Does Not Need O(n²) Memory*, arXiv 2112.05682
# - Dao et al. 2022, *FlashAttention*, arXiv 2205.14135
