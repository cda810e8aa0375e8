# %% [markdown]
# # 06 Sequence to sequence: translation with attention
#
# Attention was not born in the Transformer. It was born here, in 2014, because translators forgot the beginnings of
# long sentences.
#
# You build the machine that forgets and the machine that looks back, train both on your own computer, and watch a map of
# who looks at whom grow sharp. Your translator speaks Chinese. At the end you give it sentences of your own.

# %% [markdown]
# **You will do** nine exercises, 27 points: a step of an LSTM, an encoder, attention, a decoder, its training data and
# loss, an alignment, a Transformer's decoder block, beam search, and BLEU.
#
# **You will learn** why attention was invented, what it aligns, when it goes beyond the lengths it was trained on, and how
# a better search can make a worse translation.
#
# **You need** notebook 03, or the idea of masks and multi-head attention. No Chinese.

# %% [markdown]
# **It takes** about five hours; running all cells takes under eight minutes on two free cores, most of it training. Good
# places for a pause are after sections 5 and 8. Trained models live in the kernel alone: where it was stopped, run all
# cells above once more.

# %% [markdown]
# The letters for shapes are those of notebooks 01 to 04: `b` sentences, `t` words, `q` queries, `k` keys, `h` heads, `m`
# the width of a Transformer, `s` words in a vocabulary. Two more: `e` numbers in a word's vector, `u` numbers in a state.
#
# A mask is True where a query MAY attend, as everywhere in this course.

# %% given imports
import math
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attention_course import own_work
from attention_course import translation as tr
from attention_course.checks import sequence_to_sequence as checks
from attention_course.environment import being_graded
from attention_course.figures import sequence_to_sequence as figures
from attention_course.figures import web_font
from attention_course.translation import lent
from attention_course.translation.lent import MultiHeadAttention
from attention_course.translation.watch import LiveTraining

# %%
web_font.use_han_font()

# %% [markdown]
# If you wrote `MultiHeadAttention` in notebook 03, the Transformer of section 8 uses it. If not, the course lends you one
# that is made of PyTorch's own functions. The next cell says which.

# %%
MultiHeadAttention = own_work.own_function(
    "03_batched_attention", "MultiHeadAttention", MultiHeadAttention, trial=lent.trial
)

# %% [markdown]
# ## 1 Two languages
#
# The shortest story of translation: 我爱你 says *I love you*, word for word, in the same order. The picture shows what
# belongs together. Such lines are called an **alignment**.

# %%
figures.linked(tr.I_LOVE_YOU)

# %% [markdown]
# It is rarely that easy. Our sentences come from a small grammar that writes each of them twice, in English and in
# Chinese. It knows every true line, because it drew both sides itself.
#
# **Predict, then run:** in Chinese, where do *tomorrow* and *that you look for* go?

# %%
grammar = tr.Grammar()
pairs = grammar.pairs(np.random.default_rng(3), 300, shortest=9, longest=11)
example = next(pair for pair in pairs if "that" in pair.source[:5] and "tomorrow" in pair.source)
figures.linked(example)

# %% [markdown]
# <details><summary>What it shows</summary>
#
# Both go forward. Time stands before the verb, and what follows *that* stands before its noun, closed by 的. Between a
# number, *a* or *this* and a noun stands a **measure word**, and which one depends on the noun: 一本书 is *one (volume)
# book*.
#
# Two words may share one: *look for* is 找. Others have no partner: *the*, *do*, *does*. And *old* is 老 for people, 旧
# for things: a translator must look at the noun to say the adjective.
# </details>

# %%
for pair in grammar.pairs(np.random.default_rng(4), 5, longest=9):
    print(" ".join(pair.source))
    print("   ", tr.gloss(pair.target))

# %% [markdown]
# We keep 30,000 such pairs to learn from, none with more than 20 English words. For testing there are 100 unseen ones in
# each of seven groups of lengths, from 3 words up to 37. Those beyond 20 words are longer than anything in training.

# %%
print("drawing sentences: about ten seconds ...")  # fewer where nbgrader runs the notebook
material = tr.material(train=2000 if being_graded() else 30_000, test=10 if being_graded() else 100)
print(len(material.train), "pairs;", len(material.source), "English and", len(material.target), "Chinese entries")

# %% [markdown]
# ## 2 A memory that is passed on
#
# Before 2017 most translators were **recurrent**: they read one word after the other and keep a state of `u` numbers.
# The plainest form, an RNN, mixes the new word into the state:
#
# $$\mathrm{hidden}' = \tanh(x W + \mathrm{hidden}\, U + \mathrm{bias})$$
#
# Each step squeezes everything through the same tanh.

# %% [markdown]
# How much of the first word is left after 50? A state with **gates**
# protects what it keeps. In the picture the cell runs straight through, and three gates decide what is forgotten, written
# and shown.

# %%
figures.lstm_cell()


# %% [markdown]
# ### Exercise 1: a step of an LSTM (3 points, about 20 minutes)
#
# Write `lstm_step`. A gate is a sigmoid, between 0 and 1, and multiplies. The **candidate** is what would be written; it
# goes through tanh, so it may be negative too.
#
# By hand: old cell 2, forget gate 0.5, input gate 0.5, candidate 0.8. The new cell is $0.5 \cdot 2 + 0.5 \cdot 0.8 = 1.4$.
# With the output gate at 1, hidden is $\tanh(1.4) = 0.885$.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# One product of x with (e, 4u) serves all four. What do you cut, and where?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `gates.chunk(4, dim=-1)` gives four blocks of u columns. Three of them go through `torch.sigmoid`, one through
# `torch.tanh`.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# First the new cell from the old one, then hidden from the new cell. The pair is returned as (hidden, cell), in the order
# in which it came.
# </details>

# %% exercise lstm_step
def lstm_step(x, state, w_input, w_hidden, bias):
    """Take one step of an LSTM: read an input, renew what is remembered.

    Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; the gates stand in
    PyTorch's order. With gates = x @ w_input + hidden @ w_hidden + bias, cut into four blocks of u
    columns, input, forget, candidate, output:

        new cell = sigmoid(forget) * cell + sigmoid(input) * tanh(candidate)
        new hidden = sigmoid(output) * tanh(new cell)

    Args:
        x: (b, e) tensor, what is read in this step.
        state: (hidden, cell), each (b, u).
        w_input: (e, 4u), w_hidden: (u, 4u), bias: (4u): one for all gates.

    Returns:
        (hidden, cell) after the step, each (b, u). Nothing that was given is changed.
    """
    # BEGIN SOLUTION
    hidden, cell = state
    mixed = x @ w_input + hidden @ w_hidden + bias
    enter, forget, candidate, leave = mixed.chunk(4, dim=-1)
    cell = torch.sigmoid(forget) * cell + torch.sigmoid(enter) * torch.tanh(candidate)
    return torch.sigmoid(leave) * torch.tanh(cell), cell
    # END SOLUTION


# %% check lstm_step points=3
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.lstm_step(lstm_step)
# END HIDDEN TESTS
checks.lstm_step(lstm_step)

# %% [markdown]
# The proof: PyTorch's own cell. It keeps its matrices the other way round, and two biases, which are added up.

# %%
torch.manual_seed(0)
library = nn.LSTMCell(6, 5)
x, state = torch.randn(3, 6), (torch.randn(3, 5), torch.randn(3, 5))
weights = library.weight_ih.T, library.weight_hh.T, library.bias_ih + library.bias_hh
for name, mine, theirs in zip(("hidden", "cell"), lstm_step(x, state, *weights), library(x, state)):
    print(name, "differs by at most", (mine - theirs).abs().max().item())


# %% [markdown]
# ### Why gates?
#
# Here are the other two steps of the family. A GRU (Cho et al. 2014) has two gates and no separate cell; `update` decides
# how much of the old state stays.

# %%
def rnn_step(x, hidden, w_input, w_hidden, bias):
    return torch.tanh(x @ w_input + hidden @ w_hidden + bias)


def gru_step(x, hidden, w_input, w_hidden, bias):
    reset, update, new = (x @ w_input + bias).chunk(3, dim=-1)
    from_reset, from_update, from_new = (hidden @ w_hidden).chunk(3, dim=-1)
    update = torch.sigmoid(update + from_update)
    new = torch.tanh(new + torch.sigmoid(reset + from_reset) * from_new)
    return (1 - update) * new + update * hidden


# %% [markdown]
# A gradient must find its way back through all steps. We let each cell read 50 random words with fresh weights, and ask
# how much of the last state depends on the first.
#
# **Predict, then run:** the RNN, a GRU, an LSTM, and an LSTM whose forget gates begin nearly open (their biases are 3).
# Which of them still feels the first word?

# %%
def fresh(blocks, u, forget):
    """Numbers as PyTorch draws them, but for the bias of the forget gate."""
    torch.manual_seed(1)
    bias = torch.zeros(blocks * u)
    bias[u : 2 * u] += forget
    return *((torch.rand(n, blocks * u) * 2 - 1) / u**0.5 for n in (8, u)), bias


# %%
def left_over(step, blocks, forget=0.0, u=32):
    weights = fresh(blocks, u, forget)
    first = torch.zeros(1, u, requires_grad=True)
    state, shares = ((torch.zeros(1, u), first) if blocks == 4 else first), [1.0]
    for x in torch.randn(50, 1, 8):
        state = step(x, state, *weights)
        last = state[1] if blocks == 4 else state
        gradient = torch.autograd.grad(last.sum(), first, retain_graph=True)[0]
        shares.append(gradient.norm().item() / u**0.5)
    return shares


# %%
figures.fading(
    {
        "RNN": left_over(rnn_step, 1),
        "GRU": left_over(gru_step, 3),
        "LSTM": left_over(lstm_step, 4),
        "LSTM, forget gates open": left_over(lstm_step, 4, forget=3.0),
    }
)

# %% [markdown]
# <details><summary>What it shows</summary>
#
# Through the RNN nothing comes back, and through a *fresh* GRU or LSTM hardly more: gates that are half open halve the
# gradient in each step. Gates alone do not remember, which is a negative result that textbooks seldom show.
#
# What helps is that a gate *can* stay open. With forget gates near 0.95 a gradient of full size arrives. So gates make
# remembering learnable (Gers et al. 2000).
# </details>

# %% [markdown]
# ## 3 The encoder
#
# An **encoder** reads the source sentence. Ours reads it twice, from left to right and from right to left, so that each
# word's state knows both sides.
#
# Sentences in a batch have different lengths, and the short ones are padded. Look where the green arrow of the second
# sentence must begin.

# %%
figures.padded_batch()


# %% [markdown]
# ### Exercise 2: an encoder (3 points, about 30 minutes)
#
# Write `Encoder`. The rule is the one of notebook 03: a padded row must come out as it would alone. Who reads the whole
# row has his backward state full of padding before the first real word comes.
#
# `pack_padded_sequence` takes the padding out before the LSTM sees it, and `pad_packed_sequence` puts zeros there
# afterwards.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What do `enforce_sorted` and `total_length` do? (Try `help(pack_padded_sequence)` and `help(pad_packed_sequence)`.)
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# An LSTM returns `states, (hidden, cell)`. For packed input `hidden` is (2, b, u) and already stands where each direction
# ends: the real end, and the first word.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Embed, pack with batch_first and enforce_sorted=False, run, unpack with total_length=t. `last` joins `hidden[0]` and
# `hidden[1]` along their last axis.
# </details>

# %% exercise Encoder
class Encoder(nn.Module):
    """Read a batch of sentences in both directions with an LSTM.

    Bahdanau et al. 2014, section 3.2 (with an LSTM in place of their GRU).

    Args:
        vocabulary_size: how many words there are.
        width: the numbers in a word's vector.
        hidden: u, the numbers in the state of each direction.

    Its parts have the names
        embedding: an nn.Embedding of these sizes;
        lstm: an nn.LSTM of one layer from width to hidden, bidirectional, batch first, with biases.
    There are no other parameters. What numbers they start with is free.
    """

    def __init__(self, vocabulary_size, width, hidden):
        # BEGIN SOLUTION
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.lstm = nn.LSTM(width, hidden, bidirectional=True, batch_first=True)
        # END SOLUTION

    def forward(self, input_ids, lengths):
        """Read the sentences; what stands behind the end of a sentence has no influence at all.

        Args:
            input_ids: (b, t) int64. Behind its length a row holds any ids of the vocabulary.
            lengths: (b,) int64 on the CPU, from 1 to t, in any order; all may be shorter than t.

        Returns:
            (states, last). states: (b, t, 2u), at each word what the LSTM has read up to there, the
            forward direction in the first half, the backward direction in the second; zeros behind
            the end of a sentence. last: (b, 2u), where each direction ends: forward's state at the
            last real word, backward's at the first word. Each row is what it would be alone.
        """
        # BEGIN SOLUTION
        vectors = self.embedding(input_ids)
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        states, (last, _) = self.lstm(packed)
        total = input_ids.shape[1]
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=total)
        return states, torch.cat([last[0], last[1]], dim=-1)
        # END SOLUTION


# %% check Encoder points=3
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.Encoder(Encoder)
# END HIDDEN TESTS
checks.Encoder(Encoder)

# %%
torch.manual_seed(0)
encoder = Encoder(len(material.source), 8, 4)
ids, lengths = tr.read_sources(grammar.pairs(np.random.default_rng(6), 3), material.source)
states, last = encoder(ids, lengths)
for row, length in enumerate(lengths):
    alone, end = encoder(ids[row : row + 1, :length], length[None])
    apart = (states[row, :length] - alone[0]).abs().max(), (last[row] - end[0]).abs().max()
    print(f"{length} words: states differ by {apart[0]:.0e}, last by {apart[1]:.0e}")

# %% [markdown]
# ## 4 Attention, the first
#
# Sutskever et al. 2014 gave the decoder only `last`: one vector for the whole sentence. Bahdanau, Cho and Bengio let it
# look at *all* states of the encoder instead, anew for every word it writes. Their score is a little network:
#
# $$\mathrm{score}(q, k) = v \cdot \tanh(W q + U k)$$

# %%
figures.additive_score()


# %% [markdown]
# ### Exercise 3: additive attention (3 points, about 20 minutes)
#
# Write `AdditiveAttention`. You wrote the score in notebook 01, for one sentence; here it works for a batch and has its
# own parameters. The keys are projected for the score, and averaged as they are.
#
# By hand: scores 0 and $\log 3$ give the weights 1/4 and 3/4. With the keys $(4, 0)$ and $(0, 4)$ the context is $(1, 3)$.
#
# A row with nothing open gets zeros, as always.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# The query is (b, ·), the keys (b, k, ·). After the projections both end in `hidden`. Where does the query need one more
# axis, so that it is added to every key?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `self.query(query).unsqueeze(1)` is (b, 1, hidden). `self.score(...)` gives (b, k, 1); `squeeze(-1)` drops the last axis.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Mask, softmax and zeros as in notebook 03: the smallest finite number before, 0 after. Then
# `(weights.unsqueeze(1) @ keys).squeeze(1)`.
# </details>

# %% exercise AdditiveAttention
class AdditiveAttention(nn.Module):
    """Average the keys, weighted by an additive score: v . tanh(W query + U key).

    Bahdanau et al. 2014, section 3.1 and appendix A.1.2.

    Args:
        query_width: the numbers in a query, key_width: in a key.
        hidden: the numbers inside of the tanh.

    Its parts have the names `query` (an nn.Linear from query_width to hidden), `key` (one from
    key_width to hidden) and `score` (one from hidden to 1), all three without bias. There are no
    other parameters.
    """

    def __init__(self, query_width, key_width, hidden):
        # BEGIN SOLUTION
        super().__init__()
        self.query = nn.Linear(query_width, hidden, bias=False)
        self.key = nn.Linear(key_width, hidden, bias=False)
        self.score = nn.Linear(hidden, 1, bias=False)
        # END SOLUTION

    def forward(self, query, keys, mask):
        """Attend from one query a row to the keys of that row.

        Args:
            query: (b, query_width), keys: (b, k, key_width).
            mask: (b, k) booleans, True where the query MAY attend.

        Returns:
            (context, weights). weights: (b, k), 0 where the mask is False, and each row sums to 1;
            context: (b, key_width), the keys averaged with these weights. A row whose mask is False
            everywhere gets zeros in both. Nothing that was given is changed.
        """
        # BEGIN SOLUTION
        hidden = torch.tanh(self.query(query).unsqueeze(1) + self.key(keys))  # (b, k, hidden)
        scores = self.score(hidden).squeeze(-1)
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = torch.softmax(scores, dim=-1).masked_fill(~mask, 0.0)
        return (weights.unsqueeze(1) @ keys).squeeze(1), weights
        # END SOLUTION


# %% check AdditiveAttention points=3
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.AdditiveAttention(AdditiveAttention)
# END HIDDEN TESTS
checks.AdditiveAttention(AdditiveAttention)

# %% [markdown]
# ## 5 The decoder
#
# The **decoder** writes the translation word by word. Each step does three things, in this order: it *looks* at the
# source with the state it has, it *reads* the word it wrote last together with what it saw, and it *says* how probable
# each next word is.

# %%
figures.decoder_step()


# %% [markdown]
# ### Exercise 4: a step of the decoder (3 points, about 30 minutes)
#
# Write `AttentionDecoder`. The order matters: a decoder that looks *after* its step is another model (Luong et al. 2015
# built one), and its maps are read differently.
#
# `begin` makes the first state, `step` takes one step and returns a *new* state. A search will go on from one state in
# several directions, so nothing may be kept elsewhere.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What is the query of the attention in the first step?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# A state can be the pair (hidden, cell), as nn.LSTMCell takes and gives it. `torch.cat([a, b], dim=-1)` puts b behind a.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# context and weights from (hidden, keys, mask); the cell with [embedded, context]; the output with [new hidden, context].
# </details>

# %% exercise AttentionDecoder
class AttentionDecoder(nn.Module):
    """Write a sentence word by word, looking back at the source before each word.

    The places of Bahdanau et al. 2014, section 3.1. One step, from a token and a state:

        context, weights = attention(hidden, keys, mask)        hidden of the state before
        hidden, cell = cell([embedding(token), context], (hidden, cell))
        logits = output([hidden, context])                      the new hidden, the same context

    where [a, b] puts b behind a.

    Args:
        vocabulary_size: s, how many words there are to write.
        width: the numbers in a word's vector.
        hidden: u, the numbers in the state.
        key_width: the numbers in a key, which is a state of the encoder.

    Its parts have the names
        embedding: an nn.Embedding(vocabulary_size, width);
        attention: an AdditiveAttention(hidden, key_width, hidden);
        cell: an nn.LSTMCell(width + key_width, hidden);
        start: an nn.Linear(key_width, hidden);
        output: an nn.Linear(hidden + key_width, vocabulary_size).
    There are no other parameters.
    """

    def __init__(self, vocabulary_size, width, hidden, key_width):
        # BEGIN SOLUTION
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.attention = AdditiveAttention(hidden, key_width, hidden)
        self.cell = nn.LSTMCell(width + key_width, hidden)
        self.start = nn.Linear(key_width, hidden)
        self.output = nn.Linear(hidden + key_width, vocabulary_size)
        # END SOLUTION

    def begin(self, last):
        """The state before the first step.

        Args:
            last: (b, key_width), where the encoder ended.

        Returns:
            A state that `step` takes; what it is made of is yours to choose. The hidden part begins
            as tanh(start(last)), the cell as zeros.
        """
        # BEGIN SOLUTION
        hidden = torch.tanh(self.start(last))
        return hidden, torch.zeros_like(hidden)
        # END SOLUTION

    def step(self, tokens, state, keys, mask):
        """Take one step.

        Args:
            tokens: (b,) int64, the words written last.
            state: from `begin` or an earlier step. It stays as it was, and all that is remembered is
                in it: several steps may go on from the same state.
            keys: (b, k, key_width), mask: (b, k) booleans, True where a key MAY be attended to.

        Returns:
            (logits, state, weights): (b, s) scores of the next word, before any softmax; the state
            after this step; (b, k) the weights of this step's context, with which the next word is
            written.
        """
        # BEGIN SOLUTION
        hidden, cell = state
        context, weights = self.attention(hidden, keys, mask)
        vectors = torch.cat([self.embedding(tokens), context], dim=-1)
        hidden, cell = self.cell(vectors, (hidden, cell))
        logits = self.output(torch.cat([hidden, context], dim=-1))
        return logits, (hidden, cell), weights
        # END SOLUTION


# %% check AttentionDecoder points=3
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.AttentionDecoder(AttentionDecoder)
# END HIDDEN TESTS
checks.AttentionDecoder(AttentionDecoder)

# %% [markdown]
# ## 6 How it is taught
#
# In training we know the right translation. So the decoder need not write one: at each place it gets the *right* words
# before, and must say the next. This is **teacher forcing**. All it takes is the target twice, one step apart.

# %%
figures.teacher_forcing()


# %% [markdown]
# ### Exercise 5: batches and their loss (2 points, about 20 minutes)
#
# Write `teacher_forcing` and `sequence_loss`. The decoder must learn to stop, so end is among the outputs. It never reads
# end, so it is not among the inputs, in no row.
#
# By hand: four real words with the probabilities 3/4, 1/4, 1/4, 1/2 cost $(0.29 + 1.39 + 1.39 + 0.69) / 4 = 0.94$ nats
# each, however much padding stands beside them.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# A popular shortcut pads [start, words, end] and cuts off the last column for the inputs. What stands in the inputs of a
# short sentence then?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `torch.full((b, t + 1), pad_id)` twice, then fill each row from the left. For the loss: `logits[real]` with a mask of
# booleans gives the rows that count.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# The sum of `F.cross_entropy` over the real rows, divided by their number, at least 1: then nothing but padding gives 0.
# </details>

# %% exercise teacher_forcing
def teacher_forcing(targets, start_id, end_id, pad_id):
    """Write target sentences as what a decoder gets and what it must answer, one step apart.

    Args:
        targets: a list of at least one list of ids, each without start and end; a list may be empty.
            They stay as they were.
        start_id, end_id, pad_id: any ids.

    Returns:
        (inputs, outputs), both int64 tensors (b, t + 1), t the length of the longest target. A row of
        inputs is start and the target, a row of outputs the target and end; both are filled up with
        pad_id behind. There is no end among the inputs.

    >>> inputs, outputs = teacher_forcing([[7, 8], [9]], start_id=1, end_id=2, pad_id=0)
    >>> inputs.tolist(), outputs.tolist()
    ([[1, 7, 8], [1, 9, 0]], [[7, 8, 2], [9, 2, 0]])
    """
    # BEGIN SOLUTION
    total = 1 + max(map(len, targets))
    inputs, outputs = (torch.full((len(targets), total), pad_id) for _ in range(2))
    for row, target in enumerate(targets):
        inputs[row, : len(target) + 1] = torch.tensor([start_id, *target])
        outputs[row, : len(target) + 1] = torch.tensor([*target, end_id])
    return inputs, outputs
    # END SOLUTION


def sequence_loss(logits, outputs, pad_id):
    """The cross-entropy of a batch of sentences, in nats per token.

    Args:
        logits: (b, t, s) scores before the softmax, any finite numbers.
        outputs: (b, t) int64, the right ids, pad_id where there is none. pad_id may be any number,
            also one that is no id.

    Returns:
        A tensor without axes: the mean over all tokens of the batch that are not pad_id, each with
        the same weight. If there are none it is 0, and the gradient of the logits is zeros.
    """
    # BEGIN SOLUTION
    real = outputs != pad_id
    total = F.cross_entropy(logits[real], outputs[real], reduction="sum")
    return total / real.sum().clamp(min=1)
    # END SOLUTION


# %% check teacher_forcing points=2
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.teacher_forcing(teacher_forcing, sequence_loss)
# END HIDDEN TESTS
checks.teacher_forcing(teacher_forcing, sequence_loss)

# %% [markdown]
# ## 7 It learns
#
# Now your encoder and your decoder become one model of 310,000 numbers. The loop is in
# `attention_course/translation/learning.py`: a batch, your loss, a step of AdamW. (If you are stuck with exercises 2 to 4:
# with `mine = tr.with_dots` below, a lent encoder and decoder learn in their place.)
#
# Below the cell you see the share of held-out sentences that are translated *exactly*, and where the model looks in the
# sentence of section 1, from dark, not at all, to yellow, at nothing else. True links are framed in white.
#
# **Predict:** will the map be sharp before the translations are right, or after?

# %%
mine = partial(tr.with_own_parts, Encoder, AttentionDecoder)
translator = tr.Run("additive attention", mine, material, teacher_forcing, sequence_loss)
check = [pair for group in list(material.tests.values())[:4] for pair in group[:25]]
curve = translator.train(tr.steps(700), check, watched=example, watch=LiveTraining(example))
print(f"{len(curve.losses)} steps; {curve.exact[-1][1]:.0%} of {len(check)} held-out sentences are exactly right")

# %%
figures.sharpening(translator.sharpening(), example.source, example.target, example.links)


# %% [markdown]
# Nobody told the model what belongs together. It saw sentences side by side, and found that it translates best if it
# looks at the right word. So map and translations come together: as long as the map is a blur, few sentences are right.

# %% [markdown]
# ### Exercise 6: read the map (2 points, about 15 minutes)
#
# How good is that alignment? Write `alignment`, which takes each target word's best source word, and
# `alignment_error_rate`, which counts how much of it is wrong.
#
# By hand: two links predicted, one of them right; two are sure. $1 - (1 + 1) / (2 + 2) = 0.5$.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Two sets of pairs: what does Python's `&` do with them?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `enumerate(weights)` gives row number and row; `np.argmax(row)` the first place of the largest.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `possible` is `sure` where it is None. The case of two empty sets comes before the division.
# </details>

# %% exercise alignment
def alignment(weights):
    """Read an alignment out of attention weights: each target word with the source word it looks at most.

    Args:
        weights: (target, source) numbers, an array or a list of lists, at least one column.

    Returns:
        A set of pairs (target, source) of ints, one for each row: its place and that of its largest
        weight, the first of several.
    """
    # BEGIN SOLUTION
    return {(row, int(np.argmax(line))) for row, line in enumerate(weights)}
    # END SOLUTION


def alignment_error_rate(predicted, sure, possible=None):
    """How wrong an alignment is, against links that a person holds for sure and for possible.

    Och and Ney 2003, section 5: with A predicted, S sure and P possible,

        AER = 1 - (|A and S| + |A and P|) / (|A| + |S|)

    Args:
        predicted, sure: sets of pairs.
        possible: a set of pairs that includes `sure`; None means that only the sure ones are possible.

    Returns:
        A float: 0 for no error. 0 also if `predicted` and `sure` are both empty.
    """
    # BEGIN SOLUTION
    possible = sure if possible is None else possible
    if not predicted and not sure:
        return 0.0
    right = len(predicted & sure) + len(predicted & possible)
    return 1 - right / (len(predicted) + len(sure))
    # END SOLUTION


# %% check alignment points=2
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.alignment(alignment, alignment_error_rate)
# END HIDDEN TESTS
checks.alignment(alignment, alignment_error_rate)

# %% [markdown]
# One trap has caught many: the weights of *which* step? The weights with which a word is written belong to it. Those of
# the next step were made after the decoder has read the word, and look for the next.
#
# **Predict, then run:** how much worse is the rate when the map is read one step late?

# %%
trained_lengths = [pair for (_, longest), group in material.tests.items() if longest <= 20 for pair in group]
maps = translator.maps(trained_lengths)
for name, late in (("when the word is written", 0), ("one step late", 1)):
    rates = [
        alignment_error_rate(alignment(weights[late : late + len(pair.target)]), set(pair.links))
        for weights, pair in zip(maps, trained_lengths)
    ]
    print(f"read {name:25} mean alignment error rate {np.mean(rates):.2f}")

# %% [markdown]
# <details><summary>What it shows</summary>
#
# One step late nearly everything is wrong, though the model is the same. Published maps have been read so.
#
# The rate cannot be 0: *looks for* has two words, and `alignment` draws one line for each target word. And attention is
# not bound to align: it may fetch what it needs from a neighbour's state, which knows its surroundings too.
# </details>

# %% [markdown]
# ## 8 How long may a sentence be?
#
# Now the experiment of 2014. A second model gets no attention: all it knows of the source is `last`. It may train longer.
#
# **Predict:** at which length will it begin to fail?

# %%
plain = tr.Run("no attention", tr.without_attention, material, teacher_forcing, sequence_loss)
curve = plain.train(tr.steps(1500), check, watch=LiveTraining(example))

# %% [markdown]
# And a third, without any recurrence. A Transformer's decoder looks at its own words with one attention and at the source
# with another.

# %%
figures.decoder_block()


# %% [markdown]
# ### Exercise 7: a Transformer's decoder block (4 points, about 40 minutes)
#
# Write `DecoderBlock`. It is the encoder block of notebook 03 with one part more in the middle: queries from the own
# words, keys and values from `memory`.
#
# Your block must agree with `nn.TransformerDecoderLayer` once its numbers are copied, the eps of the norms included.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# `MultiHeadAttention.forward(query, key=None, value=None, mask=None)`: what do you pass for the own words, and what for
# the source?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `self.cross_attention(y, memory, mask=memory_mask)`: the values come from memory if nothing else is said. One nn.Dropout
# module may be used at four places.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Copying: both attentions have `load_from_torch`; PyTorch calls them `self_attn` and `multihead_attn`. Linears and norms
# have `load_state_dict`. Then the three eps.
# </details>

# %% exercise DecoderBlock
class DecoderBlock(nn.Module):
    """One layer of a Transformer decoder: look at yourself, look at the source, think.

    Vaswani et al. 2017, section 3.1, post-norm, with the exact GELU. Three parts, each added to what
    it got and normalised:

        y = norm1(x + dropout(attention over x))
        z = norm2(y + dropout(attention from y to memory))
        output = norm3(z + dropout(contract(dropout(gelu(expand(z))))))

    Args:
        width: m, the numbers per token. num_heads: h.
        hidden: the width between `expand` (m to hidden) and `contract` (hidden to m).
        dropout: the probability of dropping, in training mode only: at the four places above, and
            the weights of both attentions, as PyTorch's layer has it.

    Both attentions are MultiHeadAttention(width, num_heads, dropout) modules of their own.
    """

    def __init__(self, width, num_heads, hidden, dropout=0.0):
        # BEGIN SOLUTION
        super().__init__()
        self.self_attention = MultiHeadAttention(width, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(width, num_heads, dropout)
        self.expand, self.contract = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.dropout = nn.Dropout(dropout)
        # END SOLUTION

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        """Let the written words look at each other and at the source.

        Args:
            x: (b, q, m), the words written so far. memory: (b, k, m), the states of the encoder.
            self_mask: booleans that broadcast to (b, h, q, q), memory_mask: to (b, h, q, k), True
                where a word MAY attend. None hides nothing: the future neither.

        Returns:
            (b, q, m). A word that may attend to nothing gets from that attention the bias of its last
            projection, nothing else.
        """
        # BEGIN SOLUTION
        looked = self.self_attention(x, mask=self_mask)
        y = self.norms[0](x + self.dropout(looked))
        looked = self.cross_attention(y, memory, mask=memory_mask)
        z = self.norms[1](y + self.dropout(looked))
        inside = self.dropout(F.gelu(self.expand(z)))
        return self.norms[2](z + self.dropout(self.contract(inside)))
        # END SOLUTION

    def load_from_torch(self, layer):
        """Copy the numbers of a `torch.nn.TransformerDecoderLayer`, so that both agree in eval mode.

        Numbers are copied into this module's own parameters; nothing is shared, and `layer` stays as
        it is. The eps of each of its three norms is carried over too. Dropout is not copied.

        Args:
            layer: of the same sizes, with activation="gelu" and biases, `batch_first` True or False
                (this class is always batch first).

        Raises:
            ValueError: the layer was made with norm_first=True, which is another function.
        """
        # BEGIN SOLUTION
        if layer.norm_first:
            raise ValueError("a layer with norm_first=True normalises elsewhere")
        self.self_attention.load_from_torch(layer.self_attn)
        self.cross_attention.load_from_torch(layer.multihead_attn)
        self.expand.load_state_dict(layer.linear1.state_dict())
        self.contract.load_state_dict(layer.linear2.state_dict())
        theirs = (layer.norm1, layer.norm2, layer.norm3)
        for mine, other in zip(self.norms, theirs):
            mine.load_state_dict(other.state_dict())
            mine.eps = other.eps
        # END SOLUTION


# %% check DecoderBlock points=4
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.DecoderBlock(DecoderBlock)
# END HIDDEN TESTS
checks.DecoderBlock(DecoderBlock)

# %%
blocks = partial(tr.Transformer, block=DecoderBlock)
transformer = tr.Run("Transformer", blocks, material, teacher_forcing, sequence_loss, rate=2e-3)
curve = transformer.train(tr.steps(1200), check, watched=example, watch=LiveTraining(example))

# %% [markdown]
# **Predict, then run:** three curves over the length of the source, up to 37 words; the training ended at 20. Which of
# them falls inside the trained lengths, and which only beyond?

# %%
contest = (translator, plain, transformer)
shares = {run.name: run.exact_by_length() for run in contest}
figures.by_length(shares)
for name, row in shares.items():
    row = list(row.values())
    print(f"{name:20} {np.mean(row[:4]):.2f} within the trained lengths, {np.mean(row[4:]):.2f} beyond")

# %% [markdown]
# <details><summary>What it should show</summary>
#
# Without attention the sentence does not fit into one vector: the curve falls long before 20 words (Bahdanau et al. 2014,
# figure 2). That is the lesson everybody expects.
#
# The second one nobody expects. Beyond 20 words the recurrent model goes on, because it finds the next word by what it
# says, not by its number. The Transformer manages a few words more and then stops: it was never trained with positions
# so far back. A negative result for absolute positions, and notebook 07 has a remedy.
# </details>

# %% [markdown]
# So the old model is better? Not so fast. All test sentences had at most two clauses, like those of the training. Now
# three clauses, but at trained lengths: a new *structure*.
#
# **Predict, then run:** who manages them?

# %%
count = 10 if being_graded() else 60
three = tr.test_pairs(grammar, material.train, count, 7, ((11, 15), (16, 20)), clauses=3)
new = [pair for group in three.values() for pair in group]
for run in contest:
    joins = [sum(word in ("，", "但是") for word in words) for words in run.translate(new)]
    one = np.mean(np.array(joins) == 1)
    print(f"{run.name:20} exact {run.exact(new):.2f}; one joining word instead of two in {one:.2f}")

# %% [markdown]
# <details><summary>What it should show</summary>
#
# Very little. In our runs the recurrent decoder ended after the second clause nearly every time (.88 to 1), as all
# sentences of its training had done, and the Transformer in .79 to .95. At most nine in a hundred came out right, and
# without attention none. What comes out beyond the training varies more from run to run than anything within it.
#
# So the model that went on to 37 words cannot count to three. To go beyond the trained *length* and beyond the trained
# *structure* are two abilities. This is a negative result for all three.
# </details>

# %% [markdown]
# ## 9 Searching
#
# So far the most probable word was taken at each place. That is **greedy**, and greed can be trapped. Here is how often a
# translator writes what for *look after*. Follow both branches with a pencil.

# %%
figures.trap()


# %% [markdown]
# Greedy takes 看, since .6 is more than .4, and ends with a translation of probability .2. The best one, 照顾, has .4 and
# was lost at the first character.
#
# **Beam search** keeps the `width` best beginnings at once. With a width of two both characters stay open, and .4 wins.

# %% [markdown]
# ### Exercise 8: greedy search and beam search (5 points, about 60 minutes)
#
# Write both. Two things need care:
#
# - A sentence that has ended leaves the race; its place in the beam goes to an open one.
# - When may you stop? The next cell is about that.

# %% [markdown]
# **When to stop.** Log-probabilities only fall, so an open one below all finished ones has lost. But with a length
# penalty a long one is divided by more. Its hope is to lose nothing more *and* to be as long as allowed.
#
# By hand: at first end has .5 and a word has .3, and each of the three words after it has .9. Divided by the length, the
# sentence that ended at once, $\log .5 / 1 = -0.69$, loses against the long one, $(\log .3 + 3 \log .9) / 4 = -0.38$.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What must you remember of an open hypothesis: which two things?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# A list of pairs (ids, sum of log-probabilities), from `[([], 0.0)]` on. A round goes over `enumerate(step([start_id,
# *ids]))`: end makes a finished pair with its score, every other possible id a longer open pair. Sort, keep `width`.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# After each round: if `width` are finished, and the best sum of the open ones over max_length ** length_penalty is no
# better than the last of the finished, stop. A `for` loop may have an `else`, which runs if it was not broken off: there
# the open ones are added as they are.
# </details>

# %% exercise search
def greedy_search(step, start_id, end_id, max_length):
    """Write a sentence by taking the most probable id at each place.

    Args:
        step: `step(prefix)` maps a list of ids that begins with start_id to a one-dimensional NumPy
            array: the log-probability of each id as the next one, at most 0, -inf for an impossible
            one. After a possible prefix at least one id is possible.
        max_length: the most new ids, end counted; at least 1.

    Returns:
        A list of ids without start and end. It stops at end_id, or after max_length ids.
    """
    # BEGIN SOLUTION
    ids = []
    while len(ids) < max_length:
        best = int(np.argmax(step([start_id, *ids])))
        if best == end_id:
            break
        ids.append(best)
    return ids
    # END SOLUTION


def beam_search(step, start_id, end_id, width, max_length, length_penalty=0.0):
    """Follow the `width` best beginnings at once, and return the best sentences that were found.

    A hypothesis is a list of new ids. Its log-probability is the sum of theirs, that of end included;
    its score is that sum over n ** length_penalty, where n counts its new ids, end included, start not
    (Wu et al. 2016, section 7, with the simplest of lengths).

    In each round every open hypothesis is tried with end, which finishes it, and with every other id.
    Of these longer open ones the `width` most probable stay open; end does not compete with them, and
    a finished one takes nobody's place. The search ends
      - when `width` are finished and no open one can still beat the worst of the `width` best, however
        it might go on (a longer one can have the better score!), or
      - after max_length rounds; then the open ones count as they are, untried with end.

    Args:
        step, start_id, end_id, max_length: as in greedy_search. It may be called some
            10 * width * max_length times, not more.
        width: how many hypotheses stay open, at least 1.
        length_penalty: at least 0. With 0 the score is the log-probability.

    Returns:
        A list of at most `width` pairs (ids, score), best first: ids a list without start and end,
        score a number. Impossible hypotheses are never among them.
    """

    # BEGIN SOLUTION
    def score(total, length):
        return total / length**length_penalty

    open_ones, finished = [([], 0.0)], []
    for length in range(1, max_length + 1):
        longer = []
        for ids, total in open_ones:
            for new, gain in enumerate(step([start_id, *ids])):
                if new == end_id and gain > -math.inf:
                    finished.append((ids, score(total + gain, length)))
                elif gain > -math.inf:
                    longer.append(([*ids, new], total + gain))
        open_ones = sorted(longer, key=lambda pair: -pair[1])[:width]
        finished = sorted(finished, key=lambda pair: -pair[1])[:width]
        # the best an open one can hope for: to lose nothing more, and to be as long as allowed
        hope = max((score(total, max_length) for _, total in open_ones), default=-math.inf)
        if len(finished) == width and hope <= finished[-1][1]:
            break
    else:
        finished += [(ids, score(total, max_length)) for ids, total in open_ones]
    return sorted(finished, key=lambda pair: -pair[1])[:width]
    # END SOLUTION


# %% check search points=5
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.search(greedy_search, beam_search)
# END HIDDEN TESTS
checks.search(greedy_search, beam_search)

# %% [markdown]
# What should a search find? For our grammar we know. With `variation=True` English leaves some choices open, and every
# translation has a known probability. So the *true* distribution can be searched like a model, and the best answer is
# known by enumeration.
#
# **Predict, then run:** in how many of 100 sentences does greedy find the best translation?

# %%
known = tr.trapping(100)
rows = []
for width in (1, 2, 3, 5):
    hits = []
    for one in known:
        step = tr.step_of(one.targets, material.target)
        ids, _ = beam_search(step, tr.START, tr.END, width, max_length=60)[0]
        hits.append(one.targets[tuple(material.target.read(ids))] > 0.999 * one.targets[one.best])
    rows.append({"width": width, "best": np.mean(hits)})
figures.widths(rows, {"best": "finds the most probable translation"}, "Searching the true distribution")

# %% [markdown]
# <details><summary>What it shows</summary>
#
# Greedy misses most; five at once find all. And these are the true probabilities: greedy's failure is no fault
# of a model. (All that greedy wrote was *correct*. "Correct" and "most probable" are two measures.)
# </details>

# %% [markdown]
# ### The curse of the beam
#
# Now a lazy translator. In a tenth of the sentences with two clauses he stops after the first. A model learns from him.
#
# For many sentences half a translation is then the *most probable* one: a whole one must share .9 among many variants, the
# half only .1 among few. We take 40 such sentences.
#
# **Predict:** what happens to the translations as the beam gets wider? (A width of 1 is greedy search here.)
#
# The curve below counts only the one translation that was drawn, so it stays low: most of these sentences have several.

# %%
print("drawing the lazy translator's work ...")
work = tr.lazy_material(2000 if being_graded() else 30_000)
lazy = tr.Run("the lazy translator's", tr.with_dots, work, teacher_forcing, sequence_loss)
curve = lazy.train(tr.steps(700), work.train[:50], watch=LiveTraining(example))


# %%
def written_by_beam(one, width, penalty=0.0):
    step = lazy.writer(one.pair.source)
    if width == 1:
        return tuple(work.target.read(greedy_search(step, tr.START, tr.END, 40)))
    ids, _ = beam_search(step, tr.START, tr.END, width, 40, penalty)[0]
    return tuple(work.target.read(ids))


# %%
_, cursed = tr.lazy_cases(4 if being_graded() else 40)
table = []
for width in (1, 2, 5) if being_graded() else (1, 2, 3, 5, 10):
    found = [(one, written_by_beam(one, width)) for one in cursed]
    halves = [words in {tr.first_clause(target) for target in one.targets} for one, words in found]
    table.append({"width": width, "valid": np.mean([w in one.targets for one, w in found]), "half": np.mean(halves)})
names = {"valid": "a whole translation", "half": "half of one"}
figures.widths(table, names, "The lazy translator")

# %% [markdown]
# <details><summary>What it should show</summary>
#
# A better search, and a worse translation: a beam finds what is most probable, and that is half a sentence. In four runs
# .90 to .95 of the greedy ones were whole, with a beam of two .10 to .43, with wider ones .23 to .63: how bad it gets varies
# from run to run, that it gets bad does not. Greedy was saved by its blindness.
#
# Nothing is wrong with the search; the *model* holds short sentences for probable, and rightly so (Stahlberg and Byrne
# 2019 found the empty sentence on top in large systems).
# </details>
#
# Every word more costs probability. Dividing by the length asks for the best *mean* instead.

# %%
for penalty in (0.0, 1.0):
    found = [(one, written_by_beam(one, 5, penalty)) for one in cursed]
    valid = np.mean([words in one.targets for one, words in found])
    print(f"beam of 5, length_penalty {penalty:g}: a whole translation in {valid:.2f}")


# %% [markdown]
# It repairs the lazy translator, although the model's own probability of what is written goes *down*. The penalty is not
# in the theory. It is a mend for what the model learned.

# %% [markdown]
# ## 10 BLEU
#
# Exactly right or wrong is a hard measure. Real sentences have many good translations, so one counts how many runs of
# words a translation shares with one that a person wrote: runs of 1, 2, 3 and 4 words. That is **BLEU** (Papineni et al.
# 2002).
#
# Two guards stop cheating. **Clipping**: saying *the the the the* finds *the* only as often as it stands in the reference.
# The **brevity penalty**: whoever says only what is sure is too short, and pays.

# %% [markdown]
# ### Exercise 9: BLEU (2 points, about 30 minutes)
#
# Write `bleu`, for a corpus: counts of all sentences are added up before anything is divided.
#
# By hand, with runs of 1 and 2: *the cat sees a bird* against *the cat sees the bird*. 4 of 5 words and 2 of 4 pairs are
# found: $\sqrt{4/5 \cdot 2/4} = 0.63$. And *the cat sees* alone: all found, but 3 words for 5, so $e^{1 - 5/3} = 0.51$.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which n-grams stand in a list of 5 words for n = 2, and where does the last one begin?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `collections.Counter` counts tuples, and `&` of two Counters takes the smaller count of each: that is clipping.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Two sums for each n, over all sentences. One of them 0: return 0. Else the mean of the logarithms, exp, times the
# penalty, whose lengths are sums over the corpus too.
# </details>

# %% exercise bleu
def bleu(candidates, references, max_n=4):
    """Score translations by the runs of words that they share with a reference: corpus BLEU.

    Papineni et al. 2002, section 2.3. For n = 1 to max_n, the precision p_n is the number of n-grams
    of all candidates together that are found in their references, over the number of n-grams of all
    candidates. An n-gram is found at most as often as it stands in the reference of that sentence
    (clipping). With c and r the words of all candidates and of all references,

        BLEU = brevity penalty * (p_1 * ... * p_N) ** (1 / N),   N = max_n
        brevity penalty = 1 if c >= r, else exp(1 - r / c)

    Args:
        candidates: a list of sentences, each a list of words; a sentence may be empty.
        references: as many, one for each candidate.
        max_n: N, at least 1.

    Returns:
        A float from 0 to 1. There is no smoothing: it is 0 if one of the precisions is 0, or if the
        candidates have no n-gram of one of the lengths at all.
    """

    # BEGIN SOLUTION
    def counted(sentence, n):
        grams = {}
        for place in range(len(sentence) - n + 1):
            gram = tuple(sentence[place : place + n])
            grams[gram] = grams.get(gram, 0) + 1
        return grams

    logs = []
    for n in range(1, max_n + 1):
        found = total = 0
        for candidate, reference in zip(candidates, references):
            mine, theirs = counted(candidate, n), counted(reference, n)
            found += sum(min(count, theirs.get(gram, 0)) for gram, count in mine.items())
            total += sum(mine.values())
        if found == 0:
            return 0.0
        logs.append(math.log(found / total))
    c, r = sum(map(len, candidates)), sum(map(len, references))
    brevity = 1.0 if c >= r else math.exp(1 - r / c)
    return brevity * math.exp(sum(logs) / max_n)
    # END SOLUTION


# %% check bleu points=2
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.bleu(bleu)
# END HIDDEN TESTS
checks.bleu(bleu)

# %% [markdown]
# **Predict, then run:** the model without attention gets few long sentences exactly right. What is its BLEU on the same
# sentences?

# %%
long = material.tests[16, 20]
for run in contest:
    score = bleu(run.translate(long), [pair.target for pair in long])
    print(f"{run.name:20} exact {run.exact(long):.2f}, BLEU {score:.2f}")
print("a sentence of two words, perfect:", bleu([["看", "书"]], [["看", "书"]]))

# %% [markdown]
# <details><summary>What it shows</summary>
#
# BLEU forgives: not one of these sentences is exactly right, and yet the score is about .2, since words and short runs
# are. The reader who is told that five apples were three is not helped by that. And a perfect sentence of two words scores
# 0, because it has no run of three. So BLEU is for corpora, and two numbers compare only on the same text, cut into words
# the same way.
# </details>

# %% [markdown]
# ## 11 Your own sentences
#
# Write one with words of the grammar. The cell tells you which words it knows, if you use another.

# %%
sentence = "the old teacher that i love looks for a beautiful bird at the park"

unknown = [word for word in sentence.split() if word not in material.source.words]
if unknown:
    print("not among my words:", *unknown)
    print("my words:", *material.source.words[3:])
else:
    step = translator.writer(sentence.split())
    for ids, score in beam_search(step, tr.START, tr.END, 3, 40):
        print(f"{score:6.2f} ", tr.gloss(material.target.read(ids)))

# %%
if not unknown:
    ids, _ = beam_search(translator.writer(sentence.split()), tr.START, tr.END, 3, 40)[0]
    said = tr.Pair(sentence.split(), material.target.read(ids), frozenset())
    if said.target:
        looked = translator.maps([said])[0][:-1]
        figures.alignment_map(looked, said.source, said.target, title="where your translator looked")

# %% [markdown]
# ## Done
#
# - [x] an LSTM step that agrees with PyTorch's, and why it has gates
# - [x] an encoder whose padded rows are what they are alone
# - [x] additive attention, the first of its kind
# - [x] a decoder that looks, reads and says
# - [x] teacher forcing, and a loss that knows padding
# - [x] an alignment that nobody taught, and its error rate
# - [x] a Transformer's decoder block that agrees with PyTorch's
# - [x] beam search, and its curse
# - [x] BLEU, and what it forgives
#
# Before you hand in: restart the kernel, run all cells, press **Validate**.

# %% [markdown]
# ## When a minute is not enough
#
# The same training runs from a terminal, in the folder of this notebook, for as long as you like:
#
# ```
# python -m attention_course.translation --notebook 06_sequence_to_sequence.ipynb --minutes 20
# torchrun --nproc-per-node 2 -m attention_course.translation --notebook 06_sequence_to_sequence.ipynb --kind dot --folder runs/dot
# ```
#
# It is the loop of notebook 04. It writes its state into `runs/translator`; interrupted, the same command goes on where it
# was. The second line shares each batch of another model between two processes. `--help` lists the options. It takes the
# classes and functions you wrote here.

# %% [markdown]
# ## Where to go next
#
# Play: train a `tr.Run` with `tr.with_dots` and put it into `contest`. Its score is a scaled product. In our benchmark it
# was quicker and as good (one run). Or let the training see three clauses:
# `material.train[:] = tr.Grammar(clauses=3).pairs(np.random.default_rng(5), 30_000, longest=20)`.
#
# **Notebook 07** drops the source, keeps the decoder, and becomes the language models of today.
#
# Read on:
#
# - Hochreiter, Schmidhuber 1997, *Long Short-Term Memory*, Neural Computation 9
# - Gers, Schmidhuber, Cummins 2000, *Learning to Forget*, Neural Computation 12
# - Cho et al. 2014, *Learning Phrase Representations using RNN Encoder-Decoder*, arXiv 1406.1078
# - Sutskever, Vinyals, Le 2014, *Sequence to Sequence Learning with Neural Networks*, arXiv 1409.3215
# - Bahdanau, Cho, Bengio 2014, *Neural Machine Translation by Jointly Learning to Align and Translate*, arXiv 1409.0473

# %% [markdown]
# - Luong, Pham, Manning 2015, *Effective Approaches to Attention-based Neural Machine Translation*, arXiv 1508.04025
# - Och, Ney 2003, *A Systematic Comparison of Various Statistical Alignment Models*, Computational Linguistics 29
# - Wu et al. 2016, *Google's Neural Machine Translation System*, arXiv 1609.08144
# - Stahlberg, Byrne 2019, *On NMT Search Errors and Model Errors: Cat Got Your Tongue?*, arXiv 1908.10090
# - Papineni, Roukos, Ward, Zhu 2002, *BLEU*, ACL
# - Post 2018, *A Call for Clarity in Reporting BLEU Scores*, arXiv 1804.08771
