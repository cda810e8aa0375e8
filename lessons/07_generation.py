# %% [markdown]
# # 07 Generation: the decoder of today
#
# The source is gone, the decoder stays: it reads what is there and says what comes next. You build the one that the
# open models of today share, with rotary positions, RMS norms, grouped queries and a cache, and let it write.
#
# Most who sample from a model can only say whether the text looks good. Our language is known to the last decimal, so
# you will count: how many texts are possible, how ordinary they are, and how far each rule is from the truth.

# %% [markdown]
# **You will do** ten exercises, 28 points: word vectors, the next-token loss, ways to choose, rotary positions, the RMS
# norm, a cache, grouped causal attention, the model, generation, and a score for induction heads.
#
# **You will learn** what "similar" means for a word vector, how close a model comes to the best possible one, what each
# way of sampling costs, what a cache saves, and how a model learns to copy.

# %% [markdown]
# **You need** notebook 03, or the idea of masks and multi-head attention; 04 helps, since the language is the same.
#
# **It takes** about five hours; running all cells takes about five minutes of one processor core, most of it training.
# Good places for a pause are after sections 3, 8 and 12.

# %% [markdown]
# The letters for shapes are those of notebooks 01 to 06: `b` texts, `t` tokens, `h` heads, `d` depth of a head, `m`
# width, `s` words in a vocabulary; `n` is how many of something are new.

# %% given imports
import math
import time
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from attention_course import generation as gen
from attention_course.checks import generation as checks
from attention_course.environment import being_graded
from attention_course.figures import generation as figures
from attention_course.lending import lend
from attention_course.generation.watch import Live, LiveForming, LiveLoss
from attention_course.translation.models import sinusoids

# %% [markdown]
# ## 1 Words as vectors
#
# A model knows of a word only its number. Before anything else, each gets a vector. Where should it point?
#
# "You shall know a word by the company it keeps" (Firth 1957): words with the same surroundings get similar vectors.
# Our texts come from the small language of notebook 04, six little worlds with kings, nets and cakes. How far do
# surroundings reach?

# %%
figures.window()

# %%
language = gen.small_language()
documents = gen.documents(500 if being_graded() else 5000)
for document in documents[:2]:
    print(" ".join(language.tokens[number] for number in document))

# %% [markdown]
# **Without any training**, one can count how often two words meet, compare with chance, and keep the 30 strongest
# directions of that table (a singular value decomposition). The comparison is called PPMI, positive pointwise mutual
# information:
#
# $$\max\left(0, \log \frac{P(w, c)}{P(w)\,P(c)}\right)$$
#
# By hand: two words that each make up a tenth of the text meet by chance in one pair of a hundred. If they meet in four
# of a hundred, the entry is $\log 4 = 1.39$.

# %%
started = time.process_time()
counted = {window: gen.from_counts(documents, window) for window in (1, 2, 5, 10)}
spent = (time.process_time() - started) / len(counted)
print(f"a row for each word and special token: {counted[1].shape}; {spent:.2f} CPU seconds a table")


# %% [markdown]
# **With training**, one goes over the text pair by pair. This is **skip-gram**: a word, the center, shall have a large
# dot product with a word beside it, and a small one with words drawn at random, the negatives. Levy and Goldberg (2014)
# showed that both ways factorise nearly the same table.

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
# Where an answer of yours is not right yet, the cells below work with one that the course lends, and say so. It earns
# no points.

# %%
skip_loss, near, ask = gen.right_or_lent(
    skip_gram_loss=skip_gram_loss, most_similar=most_similar, analogy=analogy
)
words = language.tokens[gen.FIRST_WORD :]  # without [PAD], [CLS] and their like


def neighbours(word, table, count=4):
    rows, number = torch.from_numpy(table[gen.FIRST_WORD :]), words.index(word)
    return [words[row] for row in near(rows[number], rows, count, exclude=(number,))]


# %% [markdown]
# **Predict, then run:** what is most similar to *mends*: another form of the word, another verb, or what one mends? Does
# the answer change with the window?

# %%
for word in ("mends", "kings", "harbour"):
    for window in (1, 10):
        print(f"{word:8} window {window:2}: ", ", ".join(neighbours(word, counted[window])))

# %%
figures.word_maps({f"window {w}": gen.flat(counted[w], gen.topics()) for w in (1, 10)}, gen.topics())

# %% [markdown]
# With a window of 1 the clumps are grammatical classes, and each holds words of all six worlds. With a window of 10 they
# are the worlds, each with its verbs and nouns together. (Two axes do not hold six worlds, so some fall on one another.)
#
# How **pure** are the whole vectors: how often has a word's nearest neighbour the same class, or the same world (its
# topic)?

# %%
labels = {"class": gen.grammar_classes(), "topic": gen.topics()}
rows = [
    {"window": window, **{name: gen.purity(table, of) for name, of in labels.items()}}
    for window, table in counted.items()
]
figures.windows(rows, {name: gen.purity_by_chance(of) for name, of in labels.items()})

# %% [markdown]
# <details><summary>What it shows</summary>
#
# **The window decides what "similar" means.** Directly beside a word stands what its grammar asks for, so a narrow window
# finds words that could take its place. Further away stands whatever the text is about.
#
# Neither is the true similarity. *mends* and *bakes* have a cosine of .94 with a window of 1 and of .19 with 5; *mends*
# and *mend*, which never stand in the same place, .32 and .84. Who wants words that can replace each other takes the
# first, who wants texts about the same thing the second.
# </details>
#
# Now with your loss. **Predict:** will training find the same as counting?

# %%
trained = {}
for window in (1, 5):
    trained[window], curve = gen.skip_gram(documents, window, skip_loss, 1500, watch=Live())
    shares = [f"same {name} {gen.purity(trained[window], of):.2f}" for name, of in labels.items()]
    print(f"window {window}: {', '.join(shares)} after {curve.seconds:.0f} CPU seconds")

# %% [markdown]
# The class comes out as pure as by counting, the topic is purer with a window of 1 (why was not tested). The price is
# much higher; the counting cell printed its own. Skip-gram wins where the vocabulary is so large that the table does not
# fit into memory.

# %% [markdown]
# ### An honest analogy lesson
#
# *king is to kings as net is to ...?* Vectors answer with the word nearest to kings - king + net. This made word2vec
# famous.
#
# **Predict, then run:** four kinds of pairs. Which will work?

# %%
tables = {"counted, window 2": counted[2], "counted, window 5": counted[5], "skip-gram, window 5": trained[5]}
for name, table in tables.items():
    right = {kind: gen.analogies_right(table, pairs, ask) for kind, pairs in gen.pairs_of_forms().items()}
    print(f"{name:20}", "   ".join(f"{kind} {share:.2f}" for kind, share in right.items()))

# %% [markdown]
# <details><summary>What it shows</summary>
#
# *mends : mend* works: every verb has objects of its own, so *mends* and *mend* share surroundings that no other verb
# has. *cook : cooks* and *net : nets* work half the time.
#
# *king : kings* cannot. In this language the king, the monk and the girl do the same things in the same places; nothing
# tells *kings* from *monks*. Twelve such people, so a guess among the eleven that are left is right in 1/11 = .09. The
# tables get that, give or take luck: .05 to .18 when the training began with other numbers. **An analogy can tell only what the text tells apart.**
# </details>

# %% [markdown]
# One more thing that demonstrations seldom say. What comes out if the words of the question are *not* left out?

# %%
table = F.normalize(torch.from_numpy(counted[5][gen.FIRST_WORD :]), dim=-1)
for kind in ("king : kings", "mends : mend"):
    pairs = [tuple(map(words.index, pair)) for pair in gen.pairs_of_forms()[kind]]
    found = [(near(table[b] - table[a] + table[c], table, 1)[0], b, c) for a, b in pairs for c, _ in pairs if a != c]
    own = np.mean([answer in (b, c) for answer, b, c in found])
    print(f"{kind:13} the nearest word of all is one of the question's own in {own:.0%} of the questions")

# %% [markdown]
# *kings - king + monk* is *kings* again, since *king* and *monk* have nearly the same vector. Libraries leave the words of
# the question out silently, and what then comes second looks like an insight (deeplearning4j #2905).

# %% [markdown]
# ## 2 What comes next
#
# A language model gives each next word a probability, given all words before. By the product rule that is enough for
# whole texts:
#
# $$P(x_1 \dots x_t) = \prod_i P(x_i \mid x_1 \dots x_{i-1})$$
#
# With a causal mask all places of a text are asked at once. The answers are the text itself, one step later. Each text
# begins with `[CLS]`, so that its first word has something to be predicted from.

# %%
figures.one_step_apart()


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
# <details><summary>A mistake that libraries invite</summary>
#
# Hugging Face's models shift the labels themselves. Who shifts them too trains a model for the token *after* the next;
# who passes them to a loss that does not shift trains it to repeat what it reads. Both have been reported more than once
# (transformers #47394, PR #44642). Only the second shows in the loss, which is too good.
# </details>

# %% [markdown]
# How good can such a loss get? A sentence is not decided by its beginning, so never 0. For our language the best
# possible prediction can be computed: it is a hidden Markov chain, and going through a text once gives the true
# probability of every next word, given all before (the "forward algorithm"; no network is in it).

# %%
print("drawing documents: a few seconds ...")
loss_of = gen.right_or_lent(next_token_loss=next_token_loss)
material = gen.material()
best = gen.limit(material.held_out)
counts = gen.lines(material.train, material.held_out, len(material.tokens))
print(f"{len(material.train)} documents to learn from, {len(material.held_out)} to measure with")
print(f"nats a word: by frequency {counts['unigram']:.2f}, by the word before {counts['bigram']:.2f}, ", end="")
print(f"best possible {best.loss:.3f}: as uncertain as {math.exp(best.loss):.1f} equally likely words")

# %% [markdown]
# Your loss must say the same of the true distribution, if it is given the logarithms of these probabilities as logits.

# %%
true = torch.from_numpy(gen.next_words(material.held_out))
loss = loss_of((true + 1e-30).log(), material.held_out, material.held_out != 0)
print(f"your loss of the true distribution: {loss:.3f}")

# %% [markdown]
# ## 3 Choosing
#
# A distribution is no text: a word must be chosen. Here is a true one.
#
# **Greedy** takes the first, always. **Sampling** draws, so that a word of probability .1 comes once in ten times. A
# model's distribution has a tail of words that are hardly possible, and a long text draws from the tail often. So one
# sharpens the distribution, or cuts the tail off.

# %%
prefix = "the sailor mends the"
ids = [gen.BEGIN, *(language.vocabulary[word] for word in prefix.split())]
truth = torch.from_numpy(gen.next_words(np.array([ids]))[0, -1])
figures.choices({"the true next word": truth}, language.tokens, f"After: {prefix}.", most=9)


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
# A token stays while the mass *before* it is below p. That is the running sum without its own share. The first one stays
# in any case.
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
# **Predict, then run:** with top-k 3 three words stay. How many stay with top-p 0.8, and which rule changes the order of
# the words?

# %%
flatter, first, nucleus = gen.right_or_lent(with_temperature=with_temperature, top_k=top_k, top_p=top_p)
logits = truth.log()
rules = {"as it is": logits, "temperature 0.5": flatter(logits, 0.5), "temperature 2": flatter(logits, 2.0),
         "top-k 3": first(logits, 3), "top-p 0.8": nucleus(logits, 0.8)}
shown = {name: changed.softmax(dim=-1) for name, changed in rules.items()}
figures.choices(shown, language.tokens, f"After: {prefix}.", most=9)
print({name: int((shares > 0).sum()) for name, shares in shown.items()})

# %% [markdown]
# <details><summary>What it shows</summary>
#
# No rule changes the order. A temperature keeps every possible word, only its share changes. Top-k cuts at a fixed
# number, whatever the shares are; top-p cuts at a fixed mass, so it keeps many words where the text is open and few where
# it is decided.
# </details>
#
# **How does one test a sampler?** Not by comparing with stored draws: another right version draws in another order. One
# counts. Honest draws differ from their own distribution by an amount that is known.

# %%
shares, draws, generator = shown["top-p 0.8"], 2000, torch.Generator().manual_seed(0)
drawn = torch.multinomial(shares, draws, replacement=True, generator=generator)
counted_shares = (torch.bincount(drawn, minlength=len(shares)) / draws).numpy()
expected = gen.chance_distance(shares.double().numpy() / shares.double().sum().item(), draws, np.random.default_rng(0))
crossing = shares.where(shares > 0, torch.tensor(2.0)).argmin()
dropped = shares.clone().index_fill_(0, crossing, 0.0)
print(f"{draws} draws differ from top-p 0.8 by {gen.total_variation(counted_shares, shares.numpy()):.3f}")
print(f"honest draws do so by {expected:.3f} on average")
print("from a top-p that drops the crossing word:", end=" ")
print(f"{gen.total_variation(counted_shares, (dropped / dropped.sum()).numpy()):.3f}")

# %% [markdown]
# The numbers are **total variations**, half the sum of all differences: 0 for equal, 1 for nothing in common. Dropping
# the word that crosses the line is the most frequent mistake with top-p (reasoning-from-scratch #164, esm PR #360). No
# text would show it. The count does.

# %% [markdown]
# ## 4 Positions that turn
#
# Attention by itself knows no order. Notebook 01 *added* a position to each vector. Today's models **turn** queries and
# keys instead: two numbers are the hand of a clock, and each step turns it on.

# %%
figures.clock_hands()


# %% [markdown]
# A dot product of two hands depends on the angle between them, and that depends on how many steps lie *between* two
# tokens, not on where they stand. "Three words back" is the same look everywhere in the text.

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
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `rotate = lend("rotate")`. No points, and you can go on.
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
# The proof: one query and one key, put at all pairs of 24 positions. **Predict:** what does the table of dot products look
# like with turned vectors, and with added positions?

# %%
turn = gen.right_or_lent(rotate=rotate)
torch.manual_seed(1)
places = torch.arange(24)
query, key = (torch.randn(32).expand(24, 32) for _ in range(2))
added = (query + sinusoids(24, 32)) @ (key + sinusoids(24, 32)).T
figures.dots_by_position({"added": added, "turned": turn(query, places) @ turn(key, places).T})


# %% [markdown]
# <details><summary>What it shows</summary>
#
# Turned: the same number all along each diagonal, where the distance is the same. Added: nothing of the kind, since
# word and position multiply each other as well.
# </details>
#
# **Two layouts.** The pairs may be (i, i + d/2), as here, or neighbours (2i, 2i + 1), as in the paper. Both are right: one is
# the other with its numbers re-ordered. Mixed, the angles of one with the pairs of the other, they are wrong, and nothing
# looks wrong (ERNIE-Image #6).

# %%
def side_by_side(x):  # the other layout: the pairs are neighbours
    order = torch.arange(32).view(16, 2).T.flatten()  # 0 2 4 ... 1 3 5 ...
    return turn(x[..., order], places)[..., order.argsort()]


def mixed(x):  # angles laid out for neighbours, pairs taken from the halves
    angles = (places[:, None] * 10000 ** (-torch.arange(0, 32, 2) / 32)).repeat_interleave(2, dim=-1)
    return x * angles.cos() + torch.cat([-x[..., 16:], x[..., :16]], dim=-1) * angles.sin()


for name, layout in (("halves", lambda x: turn(x, places)), ("neighbours", side_by_side), ("mixed", mixed)):
    dots = layout(query) @ layout(key).T
    lanes = [dots.diagonal(offset) for offset in range(-22, 23)]
    apart = max(float(lane.max() - lane.min()) for lane in lanes)
    print(f"{name:10} at equal distance the dots differ by at most {apart:.5f}")

# %% [markdown]
# ## 5 A simpler norm
#
# LayerNorm takes the mean away and divides by the spread. The **RMS norm** leaves the mean where it is and divides by the
# *root* of the *mean* *square* alone. It is less work, and Zhang and Sennrich's models trained as well with it. In the
# picture the dashed line is the mean.

# %%
x = torch.tensor([1.0, 2.0, 3.0, 4.0, 2.5, 1.2, 3.0, 2.0])
norms = {"as it is": x, "LayerNorm": F.layer_norm(x, (8,)), "RMS norm": F.rms_norm(x, (8,))}
figures.norms({name: vector.tolist() for name, vector in norms.items()})


# %% [markdown]
# ### Exercise 5: the RMS norm (1 point, about 10 minutes)
#
# Write `RMSNorm`. It is LayerNorm without the mean and without the bias: afterwards the mean square is 1.
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
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `RMSNorm = lend("RMSNorm")`. No points, and you can go on.
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
        """(..., m) -> (..., m), of x's dtype and on its device."""
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

# %%
Norm = gen.right_or_lent(RMSNorm=RMSNorm)
big = torch.tensor([300.0, 400.0], dtype=torch.float16)
print("the squares in half precision:", (big**2).tolist(), "so their mean is no number to divide by")
print("computed in float32:", Norm(2)(big).tolist())
wide = torch.randn(4, 64)
print("PyTorch's differs by at most", (Norm(64)(wide) - nn.RMSNorm(64, eps=1e-6)(wide)).abs().max().item())

# %% [markdown]
# ## 6 A memory of keys and values
#
# A text is written token by token. Read naively, the model works through the whole text again for each new one. But what a
# token's key and value are depends on itself and on what stands *before* it. Nothing that comes later changes them.

# %%
figures.caching()


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
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `KeyValueCache = lend("KeyValueCache")`. No points, and you can go on.
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
#
# The cache is the bill of a long text: for each token and layer a key and a value of every head. In half precision,
#
# $$\mathrm{bytes} = 2 \cdot 2 \cdot \mathrm{layers} \cdot \mathrm{heads} \cdot d \cdot \mathrm{tokens}$$
#
# By hand, Llama 2 with 7 billion numbers (32 layers, 32 heads, d = 128): $4 \cdot 32 \cdot 32 \cdot 128$ = 524,288, half a
# megabyte **for each token**. A text of 4096 tokens takes 2 GiB beside the model.

# %% [markdown]
# So several query heads share one head of keys and values.

# %%
figures.groups()

# %%
for name, layers, kept in (("7B, all its own", 32, 32), ("70B, if all its own", 80, 64), ("70B as it is, 8", 80, 8)):
    each = 2 * 2 * layers * kept * 128
    print(f"Llama 2 {name:20} {each / 1024:5.0f} KiB a token, {4096 * each / 2**30:5.2f} GiB for 4096")

# %% [markdown]
# The second thing to mind is the mask. With a cache the new tokens are not the first ones, so their rows are not the
# first rows of the triangle.

# %%
figures.second_piece()


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
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `CausalSelfAttention = lend("CausalSelfAttention")`. No points, and you can go on.
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
            (b, t, m), of x's dtype and on its device: for each new token what it sees in itself and all before it.
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
# A cache is right when it changes nothing. So cut a text at every place, and compare. Equal means up to rounding: sums
# of another order end in another last digit.

# %%
Attention, Kept = gen.right_or_lent(CausalSelfAttention=CausalSelfAttention, KeyValueCache=KeyValueCache)
torch.manual_seed(0)
attention, text = Attention(64, 4, 2), torch.randn(1, 12, 64)
with torch.no_grad():
    whole, worst = attention(text), 0.0
    for cut in range(1, 12):
        cache = Kept()
        pieces = [attention(piece, cache) for piece in (text[:, :cut], text[:, cut:])]
        worst = max(worst, (torch.cat(pieces, dim=1) - whole).abs().max().item())
print(f"11 cuts: the numbers differ by at most {worst:.0e}")

# %% [markdown]
# <details><summary>Caches that were wrong, and looked right</summary>
#
# The first token's key was never stored (an early TinyTorch). The positions began at 0 again after the prompt (executorch
# PR #2010), or went on from twice its length (tiny-llm PR #46). The mask was cut from the wrong row (LLMs-from-scratch PR
# #697). The prompt saw its own future, because "with a cache no mask is needed" (TinyLLM #17).
#
# In all of them the shapes are right and the text still looks like text. Only a comparison of *numbers* finds them.
# </details>

# %% [markdown]
# ## 8 The model
#
# All parts are there. In a layer the norms stand *before* the parts, so that the blue line runs from the words to the
# last layer without anything in its way.

# %%
figures.decoder_layer()

# %% [markdown]
# The feed-forward part has a gate: one projection says, number by number, how much of another passes. Shazeer (2020)
# tried many such forms, found this one among the best, and offered "no explanation as to why".

# %%
figures.swiglu()


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
# `self.output.weight = self.embedding.weight` makes one parameter of two. `F.silu` is $x \cdot \sigma(x)$. Of the
# names in the docstring, `down_proj` is down.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Go through `zip(self.layers, caches)`, where caches is a list of None without a cache. To load: under
# `torch.no_grad()`, `parameter.copy_(tensor)` for each.
# </details>
# <details><summary>Stuck? Borrow one</summary>
#
# Below the check, in a new cell: `DecoderModel = lend("DecoderModel")` and `load_llama_weights =
# lend("load_llama_weights")`. No points, and you can go on.
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
            (b, t, s) logits, on the device where the model and its input are.
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
# The published open models of this family differ from yours in size, in the base of the turning and in the tokenizer.
# The next cell tries yours against a Llama with random weights, with and without caches.

# %%
Decoder, Cache = gen.decoder_or_lent(DecoderModel, KeyValueCache, load_llama_weights, DecoderConfig(vocab_size=17))

# %% [markdown]
# ## 9 It learns
#
# A model of 116,000 numbers, 1800 batches of 64 documents. The loop is in `attention_course/generation/learning.py`: a
# batch, your loss, a step of AdamW.
#
# **Predict:** the best possible is 1.61 nats a word. The masked model of notebook 04 was still 5 % above its own limit
# after three minutes, in our benchmark. Where will this one end, after half of that?

# %%
config = DecoderConfig(vocab_size=len(material.tokens))
decoder = gen.initialise(Decoder(config), seed=0)
curve = gen.train(decoder, material, 1800, loss_of, watch=LiveLoss(counts, best.loss))
loss = curve.looks[-1][1]
print(f"{sum(p.numel() for p in decoder.parameters())} numbers, {curve.seconds:.0f} CPU seconds")
print(f"held-out loss {loss:.3f}, {loss / best.loss - 1:.1%} above the best possible")

# %%
figures.training(curve.looks, counts, best.loss)


# %% [markdown]
# <details><summary>What it should show</summary>
#
# About one per cent above the best possible. It passed the bigram line, all that the word before can tell, in its first
# hundred steps. Every place of every text is a lesson here; in notebook 04 only 15 words of a hundred were. (That this
# is the reason was not tested.)
#
# One per cent sounds like nothing. Section 11 shows what it is made of.
# </details>

# %% [markdown]
# ## 10 It writes

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
# Three texts. The first word that cannot stand where it stands is put between > and <: the language itself is asked.

# %%
write = gen.right_or_lent(generate=generate)
choose = gen.drawing(partial(flatter, temperature=1.3), seed=3)
for row in write(decoder, gen.beginnings(3), 30, choose).tolist():
    print(gen.marked(row), "\n")

# %% [markdown]
# Change the beginning, or the rule. Words that the language has: `print(*words)`.

# %%
beginning = "the sailor mends"
ids = torch.tensor([[gen.BEGIN, *(language.vocabulary[word] for word in beginning.split())]])
for rule in (partial(flatter, temperature=0), partial(nucleus, p=0.95)):
    print(gen.marked(write(decoder, ids, 20, gen.drawing(rule, seed=1))[0].tolist()), "\n")

# %% [markdown]
# ## 11 The rules against the truth
#
# Twelve rules, 500 texts of 30 words each. Of the texts we count how many are **grammatical**, possible from the first
# word to the last; the **surprise** of their words, $-\log P$ in the language, on average; and how many **distinct
# beginnings** (first sentences) there are for each text.

# %% [markdown]
# Of the rule's distributions we measure the **mass on possible words**, and the **overlap** with the true distribution: 1
# minus the total variation, so 1 is the best.
#
# **Predict:** which rules write texts that are all grammatical? Which of them is closest to the language?

# %%
ways = {"greedy": partial(flatter, temperature=0)}
ways |= {f"temperature {t:g}": partial(flatter, temperature=t) for t in (0.5, 0.8, 1, 1.3, 2)}
ways |= {f"top-k {k}": partial(first, k=k) for k in (3, 10, 40)}
ways |= {f"top-p {p:g}": partial(nucleus, p=p) for p in (0.8, 0.95, 0.99)}
count = 50 if being_graded() else 500
frequencies, logits = gen.word_shares(material.train), gen.logits_of(decoder, material.held_out)

# %%
table = []
print(f"{'':20} grammatical  mass on possible words  overlap  surprise  distinct beginnings")
for name, way in ways.items():
    judged = gen.judge(write(decoder, gen.beginnings(count), 30, gen.drawing(way)), frequencies)
    compared = gen.compare(way, logits, best.distributions)
    table.append({"rule": name, "grammatical": judged.grammatical, "overlap": 1 - compared.distance,
                  "possible": compared.possible})
    print(f"{name:20} {judged.grammatical:11.3f} {compared.possible:23.4f} {1 - compared.distance:8.3f}"
          f" {judged.surprise:9.2f} {judged.distinct:11.3f}")
judged = gen.judge(gen.language_itself(count, 30), frequencies)
print(f"{'the language itself':20} {judged.grammatical:11.3f} {1:23.4f} {1:8.3f} {judged.surprise:9.2f}"
      f" {judged.distinct:11.3f}")

# %%
figures.corner(table)

# %% [markdown]
# <details><summary>What it should show</summary>
#
# **Greedy** never errs and says one thing: all its texts begin alike. **Temperature 1**, the model as it is, is near the
# truth, and yet every seventh text or so is impossible. Lower temperatures mend that and pay for it: at 0.5 a fifth of
# the overlap is gone.
#
# **Top-p 0.95** mends nearly all of it and pays a hundredth: it cuts off the tail, and the tail is where the mistakes
# are. Top-k 40 cuts too little of it, top-k 3 cuts right words too. A surprise below the language's own means texts that
# are too ordinary, above it too wild.
# </details>

# %% [markdown]
# Two of these numbers belong together. If each word is impossible with a small probability, a text of 30 words escapes
# 30 times.

# %%
plain = next(row for row in table if row["rule"] == "temperature 1")
print(f"mass on impossible words: {1 - plain['possible']:.2%} of each next word")
print(f"so {1 - plain['possible'] ** 30:.0%} of the texts should have one; counted: {1 - plain['grammatical']:.0%}")

# %% [markdown]
# ## 12 What the cache saves
#
# Now a model of four layers, and random texts up to 1000 tokens. Its weights are random too: time does not depend on
# them.
#
# **Predict:** after 1000 tokens, how many times faster is a token with the cache?

# %%
larger = DecoderConfig(vocab_size=234, hidden_size=128, intermediate_size=320, num_hidden_layers=4,
                       num_attention_heads=8, num_key_value_heads=8)
lengths = (16, 32) if being_graded() else (64, 128, 256, 512, 1000)
print("measuring, with and without: about ten seconds ...")
costs = gen.costs(gen.initialise(Decoder(larger), seed=0).eval(), Cache, lengths)
figures.per_token(costs)
for cost in costs:
    times = cost.without / cost.cached
    print(f"{cost.length:4} tokens: {cost.without:6.1f} ms without, {cost.cached:4.1f} with, {times:5.1f} times;"
          f" same tokens: {cost.same}; logits differ by {cost.difference:.0e}")

# %% [markdown]
# <details><summary>What it should show</summary>
#
# Without the cache a token costs more the longer the text is: every call works through all of it, and the attention's
# part grows with the square. With it the cost hardly grows; what grows is the memory, by the same amount each token.
#
# The tokens are the same. The logits differ in their last digits, because sums are taken in another order, so a test
# needs a tolerance. And it must compare numbers: an untrained model with wrong positions still writes *something*.
# </details>

# %%
for kept in (8, 4, 2, 1):
    smaller = DecoderConfig(**{**vars(larger), "num_key_value_heads": kept})
    (cost,) = gen.costs(gen.initialise(Decoder(smaller), seed=0).eval(), Cache, lengths[-1:], new_tokens=3)
    held = f"{cost.nbytes / 1024:5.0f} KiB after {cost.length} tokens"
    print(f"{kept} key-value heads of 8: {held}, {cost.cached:.1f} ms a token")

# %% [markdown]
# Memory falls with the heads that are kept. The time falls far less at this size: here the cost is not in fetching keys from
# memory, which is where large models on large cards wait. How much *quality* sharing costs was not measured here.

# %% [markdown]
# ## 13 How it copies
#
# Give a model random tokens, twice: A B C D A B C D. The first half cannot be predicted by anyone. The second can, if
# one looks back to where the last token stood before, and one place further. That takes two looks, one upon the other.

# %%
figures.copying()


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
# Two layers of attention, four heads each, nothing else; your `rotate` gives the positions, and your score watches.
#
# **Predict:** will the loss fall slowly, or at once? And with a single layer?

# %%
score = gen.right_or_lent(induction_score=induction_score)
two = gen.InductionRun("two layers", 2, "rotary", score, turn)
curve = two.train(800, watch=LiveForming())
print(f"loss in the second half {curve.looks[-1][2]:.2f}, induction score {curve.looks[-1][3]:.2f}, ", end="")
print(f"{curve.seconds:.0f} CPU seconds; a guess among 31 tokens costs {math.log(31):.2f}")

# %%
one = gen.InductionRun("one layer", 1, "rotary", score, turn)
one.train(800, watch=Live())
figures.forming({run.name: run.curve.looks for run in (two, one)})

# %% [markdown]
# <details><summary>What it should show</summary>
#
# At once. For some 250 steps (300 and 350 with other seeds) the loss creeps down, as the model learns *which* tokens occur.
# Then, within a hundred steps, the score jumps and the loss falls with it: the head has formed, and the model can copy (Olsson
# et al. 2022 saw this jump in large models too).
#
# One layer never gets there, in none of our three runs: it ends above 2 nats, where it knows what occurred and not what
# comes next. To look behind the copy it would have to know, at each token, what stood before, and that takes a layer
# below.
# </details>

# %% [markdown]
# Where do the heads look? In each layer the one that does its part best; the sequence repeats after 12 tokens.

# %%
ids = gen.repeated(1, 12, torch.Generator().manual_seed(3))
layers = [weights[0, :, 1:, 1:] for weights in two.weights_on(ids)]
before = layers[0].diagonal(-1, dim1=-2, dim2=-1).mean(-1).argmax().item()
copying = score(layers[1][None], 12).argmax().item()
maps = {f"layer 0, head {before}": layers[0][before], f"layer 1, head {copying}": layers[1][copying]}
figures.stripes(maps, 12, ids[0, 1:].tolist())

# %% [markdown]
# <details><summary>What it should show</summary>
#
# In layer 0 a stripe beside the diagonal: this head looks at the token before, in both halves, with about half of its
# weight. In layer 1 a stripe in the lower half: from each token to the place behind its first copy. In the upper half there
# is nothing to find, so the weight rests on the begin token, which is not shown.
#
# These are the two looks of the drawing, and nobody asked for either.
# </details>

# %% [markdown]
# ## 14 Longer than ever trained
#
# Training repeated 10 to 24 tokens. In notebook 06 the Transformer failed beyond its trained length, and a remedy was
# promised. Three kinds of positions try: rotary; **learned**, a table with a vector for each place; and **ALiBi** (Press et al.
# 2022), which adds nothing to the words and takes away from each score in proportion to the distance:
#
# $$\mathrm{score} = \frac{q \cdot k}{\sqrt d} - \mathrm{slope} \cdot (\mathrm{steps\ back})$$
#
# **Predict:** which of them copy 60 tokens?

# %%
rivals = {"rotary": two}
for kind in ("ALiBi", "learned"):
    rivals[kind] = gen.InductionRun(kind, 2, kind, score)
    rivals[kind].train(800, watch=Live())
shares = {kind: run.right_by_length((10, 20, 30, 40, 60)) for kind, run in rivals.items()}
figures.beyond(shares, trained=24, chance=1 / 31)
for kind, row in shares.items():
    print(f"{kind:8}", "   ".join(f"{half}: {share:.2f}" for half, share in row.items()))

# %% [markdown]
# <details><summary>What it should show</summary>
#
# All three copy 20 tokens. Beyond 24 rotary positions break down, as the table of learned ones does; ALiBi goes on.
#
# So "only the distance counts" is not enough: copying 40 tokens needs a look 39 places back, and no distance above 23
# was ever needed in training. ALiBi has nothing new to offer at new distances, only less of it. (That is a reason one can
# give; it was not tested.) For rotary positions this is a negative result, and why models of today are trained on again
# with slower turning before they read longer texts.
# </details>

# %% [markdown]
# ## 15 Your own text
#
# The same model, real words. Put the name of a text file between the quotes (UTF-8, a book for example), or leave them
# empty: then it reads the English that stands on every machine of this course, the Python manual and docstrings.
#
# **Predict:** a minute of training. Will it write sentences?

# %%
file_name = ""  # for example "my_book.txt", beside this notebook

print("collecting text and counting pieces: about ten seconds ...")
english = gen.own_material(file_name)
lines = gen.lines(english.train, english.held_out, len(english.tokens))
print(f"{(english.train >= gen.FIRST_WORD).sum()} tokens to learn from, {len(english.tokens)} different ones")
print("nats a token:", ", ".join(f"{name} {loss:.2f}" for name, loss in lines.items()))

# %%
writer = gen.initialise(Decoder(DecoderConfig(vocab_size=len(english.tokens))), seed=0)
curve = gen.train(writer, english, 300, loss_of, watch=LiveLoss(lines))
print(f"held-out loss {curve.looks[-1][1]:.2f} nats a token after {curve.seconds:.0f} CPU seconds")

# %%
rule = partial(nucleus, p=0.9)
for row in write(writer, gen.beginnings(3), 40, gen.drawing(rule, seed=0)).tolist():
    print(gen.joined(english.read(row)))
    print(f"   its longest run from the training text: {gen.longest_copy(row, english)!r}\n")

# %% [markdown]
# <details><summary>What it shows</summary>
#
# Better than the frequencies of pieces, not as good as counting pairs of them: in 300 steps it read each row five times.
# It writes runs of three or four words that could stand in a manual, no sentence, and joins pieces to words that do not
# exist. It has learned nothing by heart: only short runs stand in the training text.
#
# The small language has 229 words and a few laws, English has no end of them. Llama 2 read two million million tokens
# (Touvron et al. 2023), your model not one million. The form is the same.
# </details>

# %% [markdown]
# ## Done
#
# - [x] word vectors, and what "similar" means
# - [x] the loss of a text, beside the best possible one
# - [x] temperature, top-k, top-p, tested by counting
# - [x] positions that turn
# - [x] a norm without a mean
# - [x] a cache, and grouped attention that is the same with it and without
# - [x] a decoder into which a Llama's weights fit
# - [x] texts, judged word by word
# - [x] an induction head, watched while it formed
#
# Before you hand in: restart the kernel, run all cells, press **Validate**.

# %% [markdown]
# ## Where to go next
#
# Play: `gen.InductionRun("none", 2, "none", score)` has no positions at all, and does a part of the task. Give the model
# of section 9 four layers, or tied tables. Draw with `top_k` *after* `top_p`: does the order matter?
#
# **Notebook 08** leaves text: what attention does with images, with sessions, and with sequences that are very long.
#
# Read on:
#
# - Mikolov et al. 2013, *Distributed Representations of Words and Phrases*, arXiv 1310.4546
# - Levy, Goldberg 2014, *Neural Word Embedding as Implicit Matrix Factorization*, NIPS
# - Levy, Goldberg, Dagan 2015, *Improving Distributional Similarity with Lessons Learned from Word Embeddings*, TACL 3
# - Holtzman et al. 2019, *The Curious Case of Neural Text Degeneration*, arXiv 1904.09751

# %% [markdown]
# - Su et al. 2021, *RoFormer*, arXiv 2104.09864 (rotary positions)
# - Press, Smith, Lewis 2022, *Train Short, Test Long*, arXiv 2108.12409 (ALiBi)
# - Zhang, Sennrich 2019, *Root Mean Square Layer Normalization*, arXiv 1910.07467
# - Shazeer 2020, *GLU Variants Improve Transformer*, arXiv 2002.05202
# - Ainslie et al. 2023, *GQA*, arXiv 2305.13245 (grouped queries)
# - Touvron et al. 2023, *LLaMA*, arXiv 2302.13971, and *Llama 2*, arXiv 2307.09288
# - Olsson et al. 2022, *In-context Learning and Induction Heads*, arXiv 2209.11895
