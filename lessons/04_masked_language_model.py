# %% [markdown]
# # 04 A masked language model in the style of BERT
#
# Cover a word of this line with your thumb. Most of the time you can say what it was, or nearly. Whoever can do that
# well must know a lot: grammar, meaning, a little of the world.
#
# BERT learned language by playing this game. Here you build one, train it on your own computer in three minutes, and
# measure how far it is from the best that *anybody* could do. Then you open it and look for the head that found the
# subject.

# %% [markdown]
# **You will do** ten exercises, 25 points: word pieces, pairs of sentences, hiding words, embeddings, the model, its
# loss, the training step, its evaluation, and loading published weights.
#
# **You will learn** how BERT was trained, what its loss can and cannot reach, how to tell whether a model uses the
# context, and how to load published weights into your own code and prove that they sit right.
#
# **You need** notebooks 01 and 03, or the idea of an encoder layer, and PyTorch's modules.
#
# **It takes** about five hours; running all cells takes under eight minutes, of which four are training, and downloads
# nothing unless you ask for it in section 12. Good places
# for a pause are after sections 5 and 8.

# %% [markdown]
# One letter joins those of notebooks 01 and 03: `s`, the number of entries in the vocabulary. As before, a batch has
# `b` inputs of `t` tokens, a token `m` numbers, and a layer `h` heads.

# %% given imports
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from attention_course import hugging_face, looking_inside, training
from attention_course.checks import masked_language_model as checks
from attention_course.figures import masked_language_model as figures
from attention_course.language import own_text
from attention_course.language.agreement import agreement
from attention_course.language.exact import masked_posterior, next_sentence_posterior
from attention_course.language.machine_english import english_on_this_machine
from attention_course.language.small_language import SmallLanguage
from attention_course.language.wordpieces import train_vocabulary

# %% [markdown]
# ## 1 A small language
#
# Real English is so large that nobody can say how well a model *could* do. So we use a language small enough to know
# everything about: 229 words and marks, and a grammar that draws sentences by chance. It reads like English.

# %% given language
language = SmallLanguage()

# %%
for document in language.documents(4, np.random.default_rng(5)):
    print(*(" ".join(sentence) for sentence in document), "", sep="\n")

# %% [markdown]
# Read a few and you notice its laws. A document keeps to one topic: who steers a ferry catches crabs and bakes no
# pies. A subject comes back as *he*, *she* or *they*. And verbs agree with their subjects: the sailor mends, the
# sailors mend.
#
# That last law has a trap. Other people may stand between subject and verb, and they may be plural.

# %%
figures.agreement()

# %% [markdown]
# A model that looks only at the neighbour of the verb says *mend*. To say *mends*, it must reach across the girls.
# This is an old test of whether a model knows grammar or only which words stand side by side (Linzen, Dupoux and
# Goldberg 2016).
#
# Where these places are, the course can tell, because it knows the grammar. Places count from 0; `other` is the noun
# between, and `attracts` says that it has the other number than the subject.

# %%
sentence = "the sailor near the girls mends a net .".split()
print(agreement(language, sentence))

# %% [markdown]
# ## 2 Words become pieces
#
# A model has a fixed list of tokens, its **vocabulary**. Our small language has 234 entries: its 229 words and marks,
# and five special tokens with the numbers 0 to 4, `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]` and `[MASK]`, which you will meet
# one by one. Every word is there. Real text never stops bringing new words. WordPiece, which BERT uses (Wu et al. 2016,
# section 4.1), cuts a word that is not in the list into pieces that are.
#
# A piece that continues a word is written with `##` in front.

# %%
figures.word_pieces()


# %% [markdown]
# The rule is greedy: take the longest beginning that the vocabulary has, then the longest beginning of what is left,
# and never go back.
#
# By hand: the vocabulary has `un`, `unk`, `##kind`, `##ind`. For *unkind*, the longest beginning is `unk`, and what
# is left, *ind*, is there as `##ind`. The cut `un ##kind` would make more sense, but greed does not ask for sense.

# %% [markdown]
# ### Exercise 1: wordpiece (2 points, about 20 minutes)
#
# Write the greedy cut. If the check shows [*] for more than a few seconds, your loop does not end: press the stop
# button.
#
# <details><summary>Hint 1: a question</summary>
#
# You stand at some letter of the word. Which ends do you try, and in which order, so that the first hit is the
# longest piece?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# From the word's end backwards: `range(len(word), start, -1)`. Look up `word[start:end]`, with `"##"` in front unless
# `start` is 0.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# An outer loop `while start < len(word)`. Inside, a loop over the ends; at a hit append the piece, set `start` to its
# end and leave the loop. A `for` loop may have an `else`: it runs if no hit came, and there you return `[unknown]`.
# </details>

# %% exercise wordpiece
def wordpiece(word, vocabulary, unknown="[UNK]", max_characters=100):
    """Cut a word into pieces of a vocabulary, the longest first: WordPiece as BERT uses it.

    The first piece is the longest beginning of the word that is in the vocabulary. The next is the
    longest beginning of what is left, looked up with "##" in front, which marks a piece inside a word;
    and so on to the word's end. A choice is never taken back: where no piece fits any more, the whole
    word is unknown, also if another cut would have worked.

    Args:
        word: a string without blanks that does not begin with "##".
        vocabulary: a dict whose keys are the pieces, or a set of them. It is only asked
            `piece in vocabulary`.
        unknown: what stands for a word that cannot be cut; it need not be in the vocabulary.
        max_characters: a longer word is unknown, whatever the vocabulary; one of exactly this length
            is cut.

    Returns:
        A list of strings: the pieces in order, or `[unknown]`. The empty word has no pieces: `[]`.

    >>> wordpiece("unkind", {"un", "unk", "##kind", "##ind"})
    ['unk', '##ind']
    """
    # BEGIN SOLUTION
    if len(word) > max_characters:
        return [unknown]
    pieces, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if mark + word[start:end] in vocabulary), None)
        if end is None:
            return [unknown]
        pieces.append(mark + word[start:end])
        start = end
    return pieces
    # END SOLUTION


# %% check wordpiece points=2
# BEGIN HIDDEN TESTS
from autograder.exams import masked_language_model as exam

exam.wordpiece(wordpiece)
# END HIDDEN TESTS
checks.wordpiece(wordpiece)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# With a `for` that has an `else`, which runs when the loop was not left by `break`; and what is left of the word.
#
# ```python
# if len(word) > max_characters:
#     return [unknown]
# pieces, rest, mark = [], word, ""
# while rest:
#     for end in range(len(rest), 0, -1):
#         if mark + rest[:end] in vocabulary:
#             break
#     else:
#         return [unknown]
#     pieces.append(mark + rest[:end])
#     rest, mark = rest[end:], "##"
# return pieces
# ```
# </details>

# %% [markdown]
# **Predict, then run:** which of these words come out whole, and which one cannot be written at all?

# %%
pieces = {"attention", "a", "##tten", "##tion", "in", "##ten", "##t", "##ion", "##s", "##i", "##n"}
for word in ("attention", "attentions", "intention", "int", "tension"):
    print(f"{word:11}", wordpiece(word, pieces))

# %% [markdown]
# <details><summary>What it shows</summary>
#
# *attention* is whole. *intention* becomes `in ##ten ##tion`. *tension* has no piece to begin with: it is unknown as
# a whole, although some of its letters are there.
#
# Who makes such a list? It is counted from text; section 11 makes one from real English.
# </details>

# %% [markdown]
# ## 3 Two sentences become three rows of numbers
#
# BERT reads two sentences at a time. Three rows say everything about them: which token stands where, which sentence
# it belongs to, and what is only padding.

# %%
figures.encoded_pair()


# %% [markdown]
# `[CLS]` opens the input; what the model thinks of the whole will be read there. `[SEP]` ends each sentence.
#
# What if the two are too long together? The longer one loses its last piece, again and again, until they fit. Of two
# that are equally long, the second loses it.
#
# By hand: 4 and 2 pieces and 3 special tokens need 9 places. If there are 6, the first sentence loses two pieces; now
# both have two, and the second loses one.

# %% [markdown]
# ### Exercise 2: encode_pair (2 points, about 15 minutes)
#
# Write the function that shortens two sentences and makes the three rows of them.
#
# <details><summary>Hint 1: a question</summary>
#
# How many places do the two sentences have for themselves, and which test says that they do not fit?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# A `while` loop that shortens a copy of the longer one by `.pop()`. Work on copies, `list(first)`: the lists you were
# given belong to somebody else.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Build the tokens with their special ones first, then the three rows: `vocabulary.get(token, unknown)` for the
# numbers, and `[0] * n + [1] * k + [0] * padding` for the segments.
# </details>

# %% exercise encode_pair
def encode_pair(first, second, vocabulary, max_length):
    """Write two sentences as the three rows of numbers that BERT reads.

        tokens          [CLS] first ... [SEP] second ... [SEP] [PAD] ... [PAD]
        token_type_ids    0     0         0      1         1     0         0
        attention_mask    1     1         1      1         1     0         0

    Devlin et al. 2018, section 3 and appendix A.2.

    Args:
        first, second: lists of pieces, without special tokens. They stay as they were; either may be
            empty, and then its [SEP] stands there all the same.
        vocabulary: a dict from piece to number. It has "[PAD]", "[UNK]", "[CLS]" and "[SEP]" under
            any numbers; a piece that it lacks gets the number of "[UNK]".
        max_length: t, at least 3. While the two do not fit into it, the longer one loses its last
            piece; of two that are equally long, the second does.

    Returns:
        A dict of three lists of t ints each: "input_ids", "token_type_ids" (0 up to the first [SEP]
        and for padding, 1 for what lies between) and "attention_mask" (1 for tokens, 0 for padding).

    >>> vocabulary = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "hi": 4}
    >>> encode_pair(["hi"], ["you"], vocabulary, 6)["input_ids"]
    [2, 4, 3, 1, 3, 0]
    """
    # BEGIN SOLUTION
    first, second = list(first), list(second)
    while len(first) + len(second) + 3 > max_length:
        (first if len(first) > len(second) else second).pop()
    head, tail = ["[CLS]", *first, "[SEP]"], [*second, "[SEP]"]
    padding = max_length - len(head) - len(tail)
    unknown = vocabulary["[UNK]"]
    tokens = [*head, *tail, *["[PAD]"] * padding]
    return {
        "input_ids": [vocabulary.get(token, unknown) for token in tokens],
        "token_type_ids": [0] * len(head) + [1] * len(tail) + [0] * padding,
        "attention_mask": [1] * (len(head) + len(tail)) + [0] * padding,
    }
    # END SOLUTION


# %% check encode_pair points=2
# BEGIN HIDDEN TESTS
from autograder.exams import masked_language_model as exam

exam.encode_pair(encode_pair)
# END HIDDEN TESTS
checks.encode_pair(encode_pair)

# %%
first, second = "she steers the boat .".split(), "then she mends a net .".split()
rows = encode_pair(first, second, language.vocabulary, max_length=16)
for name, numbers in rows.items():
    print(f"{name:15}", numbers)
print("read back:     ", *(language.tokens[number] for number in rows["input_ids"]))

# %% [markdown]
# ## 4 The first game: does the second sentence follow?
#
# BERT was trained with two games at once (Devlin et al. 2018, section 3.1). The smaller one is **next sentence
# prediction**. Half of the pairs are neighbours in a document. In the other half the second sentence comes from
# somewhere else. The model says which. Nothing is hidden in this game; it is about what a pair is.

# %%
figures.next_sentence()


# %% [markdown]
# So no human has to label anything: the text itself knows the answer. That is **self-supervised** learning, and both
# games are of this kind.
#
# By hand: two documents `[A1, A2, A3]` and `[B1]`. There are two first sentences, A1 and A2. For A1 the coin chooses
# between A2 and B1, for A2 between A3 and B1. B1 has no next sentence and is never a first one.

# %% [markdown]
# ### Exercise 3: make_sentence_pairs (2 points, about 25 minutes)
#
# Write the function that makes one pair for each sentence that has a next one.
#
# <details><summary>Hint 1: a question</summary>
#
# Which numbers must you draw for each pair, and from which ranges?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# A coin: `generator.random() < 0.5`. A place from low to high - 1: `generator.integers(low, high)`. (`generator.choice`
# makes an array of what it draws from, and lists of words do not fit into one.) Another document: a random step of 1 to n - 1 places further round the list of n
# never comes back to the same one; `%` walks round. Then a sentence in it.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `enumerate(documents)` gives place and document, `zip(document, document[1:])` the neighbours. The test of `document
# != other` is not enough: two documents may say the same.
# </details>

# %% exercise make_sentence_pairs
def make_sentence_pairs(documents, generator):
    """Make pairs of sentences in which the second follows the first, or comes from somewhere else.

    Every sentence that has a next one in its document becomes the first of one pair, in reading
    order. A fair coin decides for each pair, independently of the others: either the second is the
    true next sentence, or it is drawn at random from another document.

    Devlin et al. 2018, section 3.1, task 2 (next sentence prediction).

    Args:
        documents: a list of documents, each a list of at least one sentence. A sentence may be
            anything, a string or a list of words; documents and sentences stay as they were.
        generator: a `numpy.random.Generator`, the only source of chance: the same documents and a
            generator in the same state give the same pairs.

    Returns:
        A list of (first, second, is_next), is_next a bool. Where it is False, `second` comes from a
        document at another place in the list: each other document is equally likely, and so is each
        sentence in it. Also the other document may have one sentence only.

    Raises:
        ValueError: there are fewer than two documents, so there is no other one.

    >>> pairs = make_sentence_pairs([["A1", "A2", "A3"], ["B1"]], np.random.default_rng())
    >>> [first for first, second, is_next in pairs]
    ['A1', 'A2']
    """
    # BEGIN SOLUTION
    if len(documents) < 2:
        raise ValueError(f"pairs need at least two documents, here is {len(documents)}")
    pairs = []
    for place, document in enumerate(documents):
        for first, following in zip(document, document[1:]):
            is_next = bool(generator.random() < 0.5)
            other = documents[(place + generator.integers(1, len(documents))) % len(documents)]
            elsewhere = other[generator.integers(len(other))]
            pairs.append((first, following if is_next else elsewhere, is_next))
    return pairs
    # END SOLUTION


# %% check make_sentence_pairs points=2
# BEGIN HIDDEN TESTS
from autograder.exams import masked_language_model as exam

exam.make_sentence_pairs(make_sentence_pairs)
# END HIDDEN TESTS
checks.make_sentence_pairs(make_sentence_pairs)

# %%
documents = language.documents(100, np.random.default_rng(5))
for one, two, is_next in make_sentence_pairs(documents, np.random.default_rng(0))[:4]:
    print(f"{' '.join(one)}\n   {'next' if is_next else 'not next'}: {' '.join(two)}")

# %% [markdown]
# Could you say it without the answer? Topic, pronouns and number help. Not always: two documents may have the same
# topic. (Later work found that models learn as well without this game: Liu et al. 2019, RoBERTa, section 4.2.)

# %% [markdown]
# ## 5 The main game: which word was here?
#
# In **masked language modelling** 15 % of the tokens are selected, and the model has to name them. Most of them are
# replaced by `[MASK]`. But some are not, and this is the subtle part.

# %%
figures.corruption()


# %% [markdown]
# Why not `[MASK]` every time? Because no text has a `[MASK]` in it when the model is put to use later. A model that
# knows it is asked only at `[MASK]` could be careless everywhere else. With 10 % random tokens and 10 % untouched
# ones it has to keep an opinion about every word, also about those that look all right (Devlin et al. 2018, appendix
# A.1).
#
# The **labels** hold the original at selected tokens, and -100 elsewhere: the number that PyTorch's loss ignores.

# %% [markdown]
# ### Exercise 4: mask_tokens (3 points, about 25 minutes)
#
# Write the function that selects tokens, changes them the 80/10/10 way, and says what they were.
#
# <details><summary>Hint 1: a question</summary>
#
# Two random numbers for each token are enough: which one decides *whether*, and what does the other decide?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `torch.rand(input_ids.shape, generator=generator, device=input_ids.device)` gives one number from 0 to 1 for each
# token, and it is below 0.15 with probability 0.15. A second such number is the token's fate: below 0.8, between 0.8
# and 0.9, above.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `selected = (... < probability) & ~special_mask`. `torch.where(condition, a, b)` makes new tensors and leaves the old
# ones alone. Random tokens:
# `torch.randint(vocabulary_size, input_ids.shape, generator=generator, device=...)`. The labels come from the
# *original* tokens.
# </details>

# %% exercise mask_tokens
def mask_tokens(
    input_ids, special_mask, vocabulary_size, mask_id, probability=0.15, generator=None
):
    """Hide some tokens, and say which: the corruption by which BERT is trained.

    Each token that is not special is selected with the given probability. Of the selected tokens
    80 % become [MASK], 10 % become a token drawn uniformly from the whole vocabulary (the special
    ones and the token itself included), and 10 % stay as they are. All choices are independent from
    token to token. (Also accepted: to select exactly that share of a batch's ordinary tokens.)

    Devlin et al. 2018, section 3.1, task 1 (masked LM), and appendix A.1.

    Args:
        input_ids: integers (torch.int64) of any shape, usually (b, t). They stay as they were.
        special_mask: booleans of the same shape, True where a token must not be touched.
        vocabulary_size: s; tokens are numbered from 0 to s - 1.
        mask_id: the number of [MASK].
        probability: from 0 to 1.
        generator: a `torch.Generator` on the device of `input_ids`; if one is given, all chance
            comes from it, and torch's own is left alone. None means torch's own.

    Returns:
        (corrupted, labels): new tensors of the shape and dtype of `input_ids` on its device. labels
        hold the original number at every selected token, those that stay as they are included, and
        -100 everywhere else.
    """
    # BEGIN SOLUTION
    def chance():
        return torch.rand(input_ids.shape, generator=generator, device=input_ids.device)

    selected = (chance() < probability) & ~special_mask
    fate = chance()
    anything = (chance() * vocabulary_size).long().clamp(max=vocabulary_size - 1)
    corrupted = torch.where(selected & (fate < 0.8), mask_id, input_ids)
    corrupted = torch.where(selected & (fate >= 0.9), anything, corrupted)
    return corrupted, torch.where(selected, input_ids, -100)
    # END SOLUTION


# %% check mask_tokens points=3
# BEGIN HIDDEN TESTS
from autograder.exams import masked_language_model as exam

exam.mask_tokens(mask_tokens)
# END HIDDEN TESTS
checks.mask_tokens(mask_tokens)

# %%
rows = encode_pair(first, second, language.vocabulary, max_length=16)  # she steers the boat ...
length = sum(rows["attention_mask"])
tokens = torch.tensor([rows["input_ids"][:length]])
special = tokens < 5  # [PAD], [UNK], [CLS], [SEP], [MASK]
for seed in range(4):
    generator = torch.Generator().manual_seed(seed)
    seen, labels = mask_tokens(tokens, special, len(language.tokens), mask_id=4, generator=generator)
    print(*(language.tokens[number] for number in seen[0]))
    hidden = [language.tokens[label] for label in labels[0] if label != -100]
    print("   to be named:", ", ".join(hidden) or "nothing")


# %% [markdown]
# ### How well could anybody do?
#
# Suppose somebody knows the grammar of the small language by heart, every probability in it. Even they cannot always
# name the hidden word. Where several words fit, the best anybody can do is to name each with its right probability.
#
# Because the language is small, the course can compute these probabilities **exactly**: it sums over every sentence
# that could be behind what is still visible (`attention_course/language/exact.py` says how).

# %% given with_gap
def with_gap(first, second, place):
    """A pair of sentences as a batch of one, with the token at `place` hidden; [CLS] is place 0."""
    # 35 places hold any two sentences of the language
    encoded = encode_pair(first, second, language.vocabulary, max_length=35)
    batch = {name: torch.tensor([numbers]) for name, numbers in encoded.items()}
    labels = torch.full_like(batch["input_ids"], -100)
    labels[0, place] = batch["input_ids"][0, place]
    batch["input_ids"][0, place] = language.vocabulary["[MASK]"]
    return {**batch, "labels": labels}


def best_guesses(batch, count=5):
    """The exact probabilities of the hidden word, best first."""
    [probabilities] = masked_posterior(language.machine, batch)
    best = np.argsort(-probabilities)[:count]
    return [(language.tokens[number], float(probabilities[number])) for number in best]


# %% [markdown]
# **Predict, then run:** *the sailor near the girls mends a net. then she steers the boat.* We hide *sailor*, then
# *mends*, then *net*, one at a time. At which of the three is the perfect predictor sure?

# %%
first, second = "the sailor near the girls mends a net .".split(), "then she steers the boat .".split()
gaps = {first[place - 1]: best_guesses(with_gap(first, second, place)) for place in (2, 6, 8)}
figures.guesses(gaps, "the SAILOR near the girls MENDS a NET . then she steers the boat .")

# %% [markdown]
# <details><summary>What it shows</summary>
#
# At the verb: a net is mended, and the singular subject gives the -s. At the object there are two things to mend. At
# the subject there are many women who may go to sea, and *she* in the next sentence has shut out the men.
# </details>

# %% [markdown]
# How do we grade a prediction? By its **loss**: $-\log p$, where $p$ is the probability that it gave to the right
# word. Being sure and right costs 0. Giving the right word one half costs $\log 2 = 0.69$. The unit is called nat.
#
# Averaged over many hidden words, the perfect predictor has the lowest loss that is possible at all. It is a limit
# like the speed of light: whoever gets clearly below it has cheated, for instance by seeing the answers.

# %% [markdown]
# ## 6 Tokens become vectors
#
# In notebook 01 positions were clocks. BERT learns them: one vector for each position, in a table like that of the
# words, and one for each of the two segments. The three are added.

# %%
figures.embedding_sum()


# %% [markdown]
# $$x_i = \mathrm{LayerNorm}\big(\mathrm{word}[\mathrm{token}_i] + \mathrm{position}[i] +
# \mathrm{segment}[\mathrm{type}_i]\big)$$
#
# By hand, with $m = 4$: word $(1, 0, 0, 0)$, position $(0, 3, 3, 0)$ and segment $(0, 0, 0, 9)$ make $(1, 3, 3, 9)$,
# and the norm makes of it $(-1, -0.33, -0.33, 1.67)$, as in notebook 03.
#
# A table whose row `i` is looked up is an `nn.Embedding`: `nn.Embedding(s, m)` has s rows of m numbers and is called
# with integers of any shape.

# %% [markdown]
# ### Exercise 5: BertEmbeddings (2 points, about 15 minutes)
#
# Write the module with its three tables, the norm and the dropout.
#
# <details><summary>Hint 1: a question</summary>
#
# Word and segment are looked up by what you are given. By which numbers is the position looked up?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# By 0, 1, 2, ... up to t - 1: `torch.arange`, on the device of the inputs. The result has shape (t, m) and broadcasts
# over the batch.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `nn.LayerNorm(width, eps=1e-12)`; torch's own default eps is another. The dropout comes after the norm.
# </details>

# %% exercise BertEmbeddings
class BertEmbeddings(nn.Module):
    """Turn tokens into vectors: what it is, where it stands and which sentence it belongs to, summed,
    normalised, and in training some of it dropped.

        dropout(norm(word + position + segment))

    Devlin et al. 2018, section 3 and figure 2. All three tables are learned, the positions too.

    Args:
        vocabulary_size: s, the rows of the table of words.
        width: m.
        max_length: the number of positions there are.
        num_segments: the number of segments.
        dropout: the probability of dropping a number, in training mode only.

    Its parts have the names `word`, `position` and `segment` (each an nn.Embedding), `norm` (an
    nn.LayerNorm with eps 1e-12) and `dropout` (an nn.Dropout). What numbers they start with is free.
    """

    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        # BEGIN SOLUTION
        super().__init__()
        self.word = nn.Embedding(vocabulary_size, width)
        self.position = nn.Embedding(max_length, width)
        self.segment = nn.Embedding(num_segments, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(dropout)
        # END SOLUTION

    def forward(self, input_ids, token_type_ids):
        """Look the tokens up.

        Args:
            input_ids: (b, t) integers below s; t is at most max_length, and positions count from 0.
            token_type_ids: (b, t) integers below num_segments.

        Returns:
            (b, t, m), on the device of the inputs, where the module is too.
        """
        # BEGIN SOLUTION
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        total = self.word(input_ids) + self.position(places) + self.segment(token_type_ids)
        return self.dropout(self.norm(total))
        # END SOLUTION


# %% check BertEmbeddings points=2
# BEGIN HIDDEN TESTS
from autograder.exams import masked_language_model as exam

exam.BertEmbeddings(BertEmbeddings)
# END HIDDEN TESTS
checks.BertEmbeddings(BertEmbeddings)

# %% [markdown]
# ## 7 The model
#
# Encoder layers on top of the embeddings, then two heads: one for each game. In notebook 03 your `EncoderBlock`
# agreed with `nn.TransformerEncoderLayer`. What you have matched you may use, so from here on we take PyTorch's.

# %%
figures.bert()


# %% [markdown]
# The blue arrow on the left is worth a second look. The last step asks, for every token of the vocabulary: how well
# does its vector match the state? That is a product with the table of word vectors. BERT uses the *same* table for
# going in and for coming out. The two are **tied**: one parameter, trained from both ends (Press and Wolf 2017).
#
# $$\mathrm{logits} = \mathrm{LayerNorm}(\mathrm{gelu}(W x + c))\; E^\top + \mathrm{bias} \qquad
# \mathrm{pooled} = \tanh(P\, x_0 + p)$$
#
# Here $x$ is the **state** of a token, what the last layer says about it, and $x_0$ that of [CLS]. $W$ and $c$ are
# called **transform** in the exercise, $P$ and $p$ **pooler**, and $E$ is the table of word vectors. **Logits** are
# scores before the softmax.

# %% [markdown]
# **Beware of one thing.** Everywhere in this course a mask is True where a query MAY attend. PyTorch's
# `src_key_padding_mask` is True where nobody may: **the opposite**. And `attention_mask` comes as the integers 1 and
# 0. What the layer wants are *booleans*: a mask of floats it accepts too, but then it adds them to the scores, and 1
# shuts nobody out. (Without gradients it may look right all the same; while learning it is wrong.)
#
# If every key of a row is shut out by mistake, softmax divides 0 by 0, and NaN is what you will see.

# %% given BertConfig
@dataclass(frozen=True)
class BertConfig:
    """The sizes of a BERT, under the names Hugging Face gives them; the defaults are BERT-base."""

    vocab_size: int = 30522  # s
    hidden_size: int = 768  # m
    num_hidden_layers: int = 12
    num_attention_heads: int = 12  # h
    intermediate_size: int = 3072  # the width between the two linear layers of a feed-forward part
    max_position_embeddings: int = 512  # the longest input
    type_vocab_size: int = 2  # segments
    hidden_dropout_prob: float = 0.1


# %% [markdown]
# ### Exercise 6: BertForPreTraining (4 points, about 60 minutes)
#
# Write two classes. The check reads BertModel first, so you may run it half-way.
#
# <details><summary>Hint 1: a question</summary>
#
# `nn.TransformerEncoderLayer(...)` has defaults of its own; run `nn.TransformerEncoderLayer?` in a cell of your own to
# see all arguments, `dropout=` and `layer_norm_eps=` among them. Which three of them are not BERT's? (Activation, eps, the
# order of the axes. `norm_first` is right as it comes; why?)
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `nn.ModuleList(... for _ in range(n))` keeps n layers; call them one after the other in a loop. A tied decoder needs
# no layer: `F.linear(hidden, table, bias)` is `hidden @ table.T + bias`.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `layer(states, src_key_padding_mask=attention_mask == 0)`. The pooler sees `states[:, 0]`. In BertForPreTraining,
# call `self.bert(...)` once; every state goes through transform, `F.gelu` and transform_norm; the pooled vector
# through next_sentence.
# </details>

# %% exercise BertForPreTraining
class BertModel(nn.Module):
    """A stack of encoder layers on top of the embeddings, and a pooler: the body of BERT.

    Devlin et al. 2018, section 3.

    Args:
        config: a BertConfig.

    Its parts have the names
        embeddings: a BertEmbeddings with the sizes and the dropout of `config`;
        layers: an nn.ModuleList of `num_hidden_layers` modules nn.TransformerEncoderLayer, with the
            width, the heads, the inner width and the dropout of `config`; post-LN, activation the
            exact GELU, layer_norm_eps 1e-12, batch first, with biases;
        pooler: an nn.Linear from m to m.
    What numbers they start with is free.
    """

    def __init__(self, config):
        # BEGIN SOLUTION
        super().__init__()
        self.embeddings = BertEmbeddings(
            config.vocab_size,
            config.hidden_size,
            config.max_position_embeddings,
            config.type_vocab_size,
            config.hidden_dropout_prob,
        )
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                config.hidden_size,
                config.num_attention_heads,
                config.intermediate_size,
                dropout=config.hidden_dropout_prob,
                activation="gelu",
                layer_norm_eps=1e-12,
                batch_first=True,
            )
            for _ in range(config.num_hidden_layers)
        )
        self.pooler = nn.Linear(config.hidden_size, config.hidden_size)
        # END SOLUTION

    def forward(self, input_ids, token_type_ids, attention_mask):
        """Read a batch of inputs.

        Args:
            input_ids, token_type_ids: (b, t) integers, as `encode_pair` writes them.
            attention_mask: (b, t), 1 for tokens, 0 for padding. Nobody attends to padding. Every row
                has at least one token.

        Returns:
            (states, pooled): states (b, t, m), what the last layer says about every token; what
            stands at padding does not matter. pooled (b, m): tanh of the pooler's output for the
            first token, [CLS].
        """
        # BEGIN SOLUTION
        states = self.embeddings(input_ids, token_type_ids)
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=attention_mask == 0)
        return states, torch.tanh(self.pooler(states[:, 0]))
        # END SOLUTION


class BertForPreTraining(nn.Module):
    """BERT with its two heads: which token was here, and does the second sentence follow the first?

    Devlin et al. 2018, section 3.1. The masked-LM head is that of the published models:

        prediction_logits = transform_norm(gelu(transform(states))) @ word.T + bias

    where `word` is the table of word embeddings itself, (s, m): the decoder is *tied* to it, so that
    they are one parameter, and training either trains both. gelu is the exact one.

    Args:
        config: a BertConfig.

    Its parts have the names
        bert: a BertModel;
        transform: an nn.Linear from m to m;
        transform_norm: an nn.LayerNorm with eps 1e-12;
        bias: an nn.Parameter (s,), zeros at the start;
        next_sentence: an nn.Linear from m to 2.
    There are no other parameters.
    """

    def __init__(self, config):
        # BEGIN SOLUTION
        super().__init__()
        self.bert = BertModel(config)
        self.transform = nn.Linear(config.hidden_size, config.hidden_size)
        self.transform_norm = nn.LayerNorm(config.hidden_size, eps=1e-12)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.next_sentence = nn.Linear(config.hidden_size, 2)
        # END SOLUTION

    def forward(self, input_ids, token_type_ids, attention_mask):
        """Read a batch of inputs, as BertModel does, and give an opinion.

        Returns:
            (prediction_logits, next_sentence_logits): (b, t, s), for every token the scores of all
            tokens that may have stood there, before any softmax; and (b, 2), made from the pooled
            vector by `next_sentence`. By Hugging Face's convention its column 0 means that the
            second sentence follows the first, column 1 that it does not.
        """
        # BEGIN SOLUTION
        states, pooled = self.bert(input_ids, token_type_ids, attention_mask)
        hidden = self.transform_norm(F.gelu(self.transform(states)))
        table = self.bert.embeddings.word.weight
        return F.linear(hidden, table, self.bias), self.next_sentence(pooled)
        # END SOLUTION


# %% check BertForPreTraining points=4
# BEGIN HIDDEN TESTS
from autograder.exams import masked_language_model as exam

exam.BertForPreTraining(BertModel, BertForPreTraining)
# END HIDDEN TESTS
checks.BertForPreTraining(BertModel, BertForPreTraining)

# %% [markdown]
# **Predict, then run:** BERT-base has 12 layers of width 768. How many parameters does your class make of that? The
# paper says 110 million. And which share of them are the word vectors?

# %%
with torch.device("meta"):
    base = BertForPreTraining(BertConfig())
total = sum(parameter.numel() for parameter in base.parameters())
words = base.bert.embeddings.word.weight.numel()
print(f"{total:,} parameters, {words / total:.0%} of them word vectors")


# %% [markdown]
# <details><summary>What it shows</summary>
#
# The 110 million are a rounded number, and more than a fifth of them are word vectors.
# </details>
#
# Ours will be about a thousand times smaller: two layers of width 64, four heads, 126,252 parameters.

# %% [markdown]
# ## 8 The loss
#
# Only selected tokens count: the others have no label. In words: take the logits where there is a label, and average
# their cross-entropy.
#
# $$\mathrm{loss} = \frac{1}{n} \sum_{\text{selected } i} -\log \mathrm{softmax}(\mathrm{logits}_i)[\mathrm{label}_i]$$
#
# By hand: two tokens in the vocabulary with the scores 0 and $\log 3$. The probabilities are 1/4 and 3/4, so the
# label 0 costs $\log 4 = 1.39$.
#
# In a short batch it can happen that nothing is selected. Then the loss is 0, and nothing is to be learned from it.

# %% [markdown]
# ### Exercise 7: masked_lm_loss (2 points, about 15 minutes)
#
# Write the mean cross-entropy over the tokens that have a label.
#
# <details><summary>Hint 1: a question</summary>
#
# What does `F.cross_entropy` return for no rows at all with reduction="mean"? And with reduction="sum"?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `logits[selected]` with a mask of booleans gives the rows where there is a label. A sum over no rows is 0; the
# division is what goes wrong. By what would you divide instead of 0?
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `selected = labels != -100`; the sum of the cross-entropy; divided by `selected.sum().clamp(min=1)`. The label 0 is
# a token like any other.
# </details>

# %% exercise masked_lm_loss
def masked_lm_loss(logits, labels):
    """The cross-entropy of the predictions at the selected tokens, in nats.

    Devlin et al. 2018, appendix A.2: the mean of the masked-LM likelihood; other tokens do not count.

    Args:
        logits: (..., s) scores before the softmax; any finite numbers, also in the thousands.
        labels: (...) integers (torch.int64): the original numbers from 0 to s - 1 at selected tokens,
            -100 at all others.

    Returns:
        A tensor without axes through which gradients flow: the mean over the selected tokens of the
        whole batch, all with the same weight. With no selected token it is 0, and the gradient of
        the logits is zeros, never NaN.
    """
    # BEGIN SOLUTION
    selected = labels != -100
    total = F.cross_entropy(logits[selected], labels[selected], reduction="sum")
    return total / selected.sum().clamp(min=1)
    # END SOLUTION


# %% check masked_lm_loss points=2
# BEGIN HIDDEN TESTS
from autograder.exams import masked_language_model as exam

exam.masked_lm_loss(masked_lm_loss)
# END HIDDEN TESTS
checks.masked_lm_loss(masked_lm_loss)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# By hand: the log probability of each original, and their mean.
#
# ```python
# selected = labels != -100
# log_probabilities = logits[selected].log_softmax(dim=-1)
# of_originals = log_probabilities.gather(-1, labels[selected][:, None])
# return -of_originals.sum() / selected.sum().clamp(min=1)
# ```
# </details>

# %% [markdown]
# **Predict, then run:** a model that has learned nothing might give all 234 tokens the same score. What is its loss?

# %%
ignorant = torch.zeros(1, 35, len(language.tokens))
loss = masked_lm_loss(ignorant, with_gap(first, second, 6)["labels"])
print(f"loss {loss.item():.2f}, and log(234) is {np.log(234):.2f}")


# %% [markdown]
# Remember the number: a fresh model's loss in this game should be near it. Its opinions are random and not equal, so it
# is mostly a little above, and in a small batch also a little below. If it is far off at the start, something is wrong before training has begun.

# %% [markdown]
# ## 9 Training
#
# Three small functions make a training loop. The first says how large the steps are. At the beginning gradients are
# wild, so the learning rate **warms up** from 0; then it falls, so that the model can settle.
#
# By hand, with warmup 2 and total 6: steps 0 to 6 have the shares 0, 0.5, 1, 0.75, 0.5, 0.25, 0.
#
# The second sorts parameters. **Weight decay** pulls weights towards zero, unless the data hold them in place. Biases
# and LayerNorms are left alone: they set a level, and zero is no better a level than another. The steps themselves are
# taken by **AdamW**, an optimizer that finds a step size for each number from the gradients it has seen, and applies
# the decay (Loshchilov and Hutter 2019). A **scheduler** sets the learning rate of the next step.

# %% [markdown]
# The third is the step itself, five things in a fixed order:
#
# 1. forget the old gradients, 2. compute the loss, 3. send it backwards, 4. **clip**: if the gradients' norm is above
# the limit, scale them all down to it, 5. let the optimizer and then the scheduler take their step.
#
# By hand: the gradients $(3, 4)$ have norm 5; with a limit of 1 they become $(0.6, 0.8)$. The gradients $(0.3, 0.4)$
# have norm 0.5 and stay.

# %% [markdown]
# ### Exercise 8: train_step (3 points, about 45 minutes)
#
# Write three functions: the triangle, the two groups, the step. The check takes them in this order, so you may run it
# after each.
#
# <details><summary>Hint 1: a question</summary>
#
# PyTorch *adds* new gradients to old ones. What happens in the second step if nobody clears them?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Each of the five things is one line, and `nn.utils.clip_grad_norm_(parameters, max_norm)` is the fourth. For the
# groups: `model.named_parameters()` gives each parameter once, with its name; `isinstance(module, nn.LayerNorm)` finds
# the norms among `model.modules()`.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `optimizer.zero_grad()`, `loss.backward()`, the clipping, `optimizer.step()`, `scheduler.step()`. The float is
# `loss.item()`. Tensors cannot be compared with `in`; collect `id(parameter)` of those that are spared in a set.
# </details>

# %% exercise train_step
def warmup_linear(step, warmup, total):
    """The share of the full learning rate at a step: up in a straight line, then down in one.

    Args:
        step: the number of steps done so far, 0 or more.
        warmup: the step at which the share is 1; 0 <= warmup < total. With 0 it begins at 1.
        total: the step from which on it is 0.

    Returns:
        A float: 0 at step 0 (unless warmup is 0), 1 at `warmup`, 0 at `total` and after it.

    >>> [warmup_linear(step, 2, 6) for step in range(8)]
    [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    # BEGIN SOLUTION
    if step < warmup:
        return step / warmup
    return max(0.0, (total - step) / (total - warmup))
    # END SOLUTION


def parameter_groups(model, weight_decay):
    """Sort the parameters for AdamW: which of them weight decay pulls towards zero.

    As in BERT, biases and the weights of LayerNorm are left alone; all other parameters decay
    (the code published with Devlin et al. 2018, `optimization.py`).

    Args:
        model: any nn.Module made of linear layers, embeddings, attention and nn.LayerNorm, with
            parameters of its own too. A bias is a parameter whose name ends in "bias".
        weight_decay: for those that decay.

    Returns:
        A list of two dicts as optimizers take them, each with "params", a list of parameters, and
        "weight_decay", a number: first those that decay, then the others with 0.0. Every parameter
        of the model is in exactly one of the lists, once, also if it is used in two places.
    """
    # BEGIN SOLUTION
    norms = [module for module in model.modules() if isinstance(module, nn.LayerNorm)]
    spared = {id(parameter) for norm in norms for parameter in norm.parameters()}
    spared |= {id(p) for name, p in model.named_parameters() if name.endswith("bias")}
    decayed = [p for p in model.parameters() if id(p) not in spared]
    others = [p for p in model.parameters() if id(p) in spared]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    # END SOLUTION


def train_step(model, batch, optimizer, scheduler, max_norm=1.0):
    """Learn from one batch: loss, gradients, clipping, a step of the optimizer, one of the scheduler.

    Args:
        model: called as `model(**batch)`; returns a mapping whose "loss" is a tensor without axes.
            Its mode, train or eval, is left as it is. It may have parameters that have nothing to do
            with the loss, and so get no gradient.
        batch: a dict of tensors, left as it is.
        optimizer: one of torch.optim whose `step()` needs no argument, over the model's parameters.
            Gradients left from earlier backward passes must not count.
        scheduler: one of torch.optim.lr_scheduler whose `step()` needs no argument. It takes its
            step after the optimizer's.
        max_norm: if the norm of all gradients together is larger, they are all scaled by one factor
            so that it becomes max_norm (Pascanu et al. 2013, section 3.2); otherwise they stay.

    Returns:
        A dict with at least "loss": a plain float, the loss of this batch before the step.
    """
    # BEGIN SOLUTION
    optimizer.zero_grad()
    loss = model(**batch)["loss"]
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    scheduler.step()
    return {"loss": loss.item()}
    # END SOLUTION


# %% check train_step points=3
# BEGIN HIDDEN TESTS
from autograder.exams import masked_language_model as exam

exam.train_step(warmup_linear, parameter_groups, train_step)
# END HIDDEN TESTS
checks.train_step(warmup_linear, parameter_groups, train_step)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# `warmup_linear`: the lower of the two lines, and never below 0.
#
# ```python
# up = step / warmup if warmup else 1.0
# down = (total - step) / (total - warmup) if total > warmup else float(step <= total)
# return max(0.0, min(up, down, 1.0))
# ```
# </details>

# %%
figures.schedule([warmup_linear(step, 100, 1000) for step in range(1001)])


# %% [markdown]
# A tenth of the run goes up, the rest down. Our training follows your triangle with the clock for its steps: it knows
# how many seconds it has, not how many steps fit into them. The long way down counts: in the last tenth, when the steps
# are smallest, the loss still falls.

# %% [markdown]
# Two more functions say how good a model is. **Perplexity** is the exponential of the mean loss: a model of
# perplexity 4 is as uncertain as somebody who has to choose among 4 equally likely words.
#
# By hand: one batch with mean loss 0 over 3 words, one with $\log 16$ over 1 word. The mean over all four words is
# $\log(16) / 4 = \log 2$, so the perplexity is 2. (The mean of the two perplexities would be 8.5, and means nothing.)

# %% [markdown]
# ### Exercise 9: evaluation (2 points, about 15 minutes)
#
# Write the two functions that say how good a model is.
#
# <details><summary>Hint 1: a question</summary>
#
# Batches have different numbers of selected words. Which of them should count more?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# First the mean over all positions, each batch weighted by its count; only then `np.exp`. `np.average` knows weights.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# For the accuracy: `logits.argmax(dim=-1)` against the labels where these are not -100, as floats, mean, `.item()`.
# The mean of nothing is NaN: that case comes first.
# </details>

# %% exercise evaluation
def perplexity(losses, counts):
    """The exponential of the mean loss per position, from the mean losses of several batches.

    Args:
        losses: n numbers, the mean loss of each batch in nats; a list or a one-dimensional array.
        counts: n whole numbers, how many positions each mean was taken over; 0 is allowed, and then
            the loss of that batch (a finite number) does not matter. At least one is positive.

    Returns:
        A plain float. Every position of every batch has the same weight.

    >>> perplexity([0.0, np.log(4.0)], [1, 1])
    2.0
    """
    # BEGIN SOLUTION
    return float(np.exp(np.average(losses, weights=counts)))
    # END SOLUTION


def masked_accuracy(logits, labels):
    """The share of the selected tokens at which the highest score is that of the original.

    Args:
        logits: (..., s) floats; of several highest scores any may count.
        labels: (...) as for `masked_lm_loss`.

    Returns:
        A plain float from 0 to 1; 0.0 if no token is selected.
    """
    # BEGIN SOLUTION
    selected = labels != -100
    right = logits.argmax(dim=-1)[selected] == labels[selected]
    return right.float().mean().item() if len(right) else 0.0
    # END SOLUTION


# %% check evaluation points=2
# BEGIN HIDDEN TESTS
from autograder.exams import masked_language_model as exam

exam.evaluation(perplexity, masked_accuracy)
# END HIDDEN TESTS
checks.evaluation(perplexity, masked_accuracy)

# %% [markdown]
# <details><summary>After a pass: another way to write it</summary>
#
# `perplexity` with a scalar product.
#
# ```python
# return float(np.exp(np.dot(losses, counts) / np.sum(counts)))
# ```
# </details>

# %% [markdown]
# ### First a short one: learn sixteen pairs by heart
#
# Before a long training, a short test; most of its minute goes into writing documents for both. A sound model can learn one small batch by heart. If its loss
# does not fall far, there is an error somewhere: do not start the long one.
#
# The loss below is that of both games together. Whoever knows nothing has $\log 234 + \log 2 = 6.15$.

# %%
mine = training.Work.of(globals())  # your functions, looked up by name among all that this notebook has
print("writing documents, for the long training too ...")
material = training.small_language(language, documents=20_000)
short = training.Run(mine, training.Recipe(seed=1), material)
batch = short.sample(rows=16)
objective = training.PreTraining(short.model, masked_lm_loss)
optimizer = torch.optim.AdamW(parameter_groups(short.model, 0.01), lr=2e-3)
constant = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)  # the full rate at every step

for step in range(121):
    loss = train_step(objective, batch, optimizer, constant)["loss"]
    if step % 20 == 0:
        print(f"step {step:3}: loss {loss:.2f}")

# %% [markdown]
# `training.PreTraining` is a thin wrapper that calls your model and adds the two losses up; the loop, the bar and the
# curves are in `attention_course/training/`, and call your functions.
#
# <details><summary>The loop, and how a model is asked without learning</summary>
#
# ```python
# model.train()                                    # dropout acts
# for batch in batches:                            # each corrupted afresh by your mask_tokens
#     train_step(model, batch, optimizer, scheduler)
#
# model.eval()                                     # no dropout
# with torch.no_grad():                            # nothing is written down for a way back
#     logits, next_logits = model(input_ids, token_type_ids, attention_mask)
# model.train()
# ```
# </details>

# %% [markdown]
# ### Lines to compare with
#
# Three simple models, fitted to the same text in a second. **Unigram** knows how frequent each word is. **Bigram**
# also sees the words left and right of the gap. **Bag of words** sees all words of the input, but not their order.
# And the limit that nobody can get below.
#
# All of them answer the same questions: 300 **held-out** documents, from which nothing is learned, corrupted once by
# your `mask_tokens`.

# %%
device = "cuda" if torch.cuda.is_available() else "cpu"
run = training.Run(mine, training.Recipe(), material, device)
for name, loss in [*run.lines.items(), ("best possible", run.best.loss)]:
    print(f"{name:13} {loss:.2f} nats, perplexity {perplexity([loss], [1]):5.1f}")

# %% [markdown]
# ### Something to ask on the way
#
# Sentences in which a noun of the other number stands between subject and verb: we hide the verb and compare its two
# forms, *mends* and *mend*. Whoever goes by the nearest noun is wrong every time. We shall ask the model every 25 steps.

# %%
examples = [
    (sentence, following, agreement(language, sentence))
    for document in language.documents(300, np.random.default_rng(7))
    for sentence, following in zip(document, document[1:])
    if agreement(language, sentence).attracts
]
gaps = [with_gap(sentence, following, where.verb + 1) for sentence, following, where in examples]
tricky = {name: torch.cat([gap[name] for gap in gaps]) for name in gaps[0]}

# %%
training.needs("tricky")
verbs = [sentence[where.verb] for sentence, _, where in examples]
other_form = looking_inside.verb_forms()
verb_test = looking_inside.VerbTest(
    tricky,
    places=torch.tensor([where.verb + 1 for *_, where in examples]),  # [CLS] is place 0
    right=torch.tensor([language.vocabulary[verb] for verb in verbs]),
    wrong=torch.tensor([language.vocabulary[other_form[verb]] for verb in verbs]),
)
print(len(examples), "sentences, for example:", *examples[0][0])
print(f"right before training: {verb_test.share(run.predictions(tricky)[0]):.0%}")

# %% [markdown]
# **Predict:** the perfect predictor names the hidden word in fewer than two of three cases. After three minutes, how
# close will your model be? Below bigram? Half-way from there to the limit?
#
# Now run it and watch. You can stop it with the stop button; the model stays as it is then, and running the cell once
# more goes on from there. To begin anew, run the cell above first.

# %%
training.needs("verb_test")
asking = looking_inside.WhileTraining(run.predictions, verb_test, watch=training.LiveCurve(run))
curve = training.train(run, seconds=training.budget(175), watch=asking)
print(f"stopped after {len(curve.losses)} steps")

# %% [markdown]
# The curve falls past the unigram line within some dozens of steps, when the model has learned which words are frequent,
# and past the bigram line between steps 400 and 500: now it knows more than which words stand side by side. Everything
# below that line is news from further away, brought by attention. The bend comes there; the rest is slow work.
#
# ### The moment it learns grammar
#
# **Predict, then run:** does agreement come little by little, as the loss falls? When does it come?

# %%
training.needs("asking", "curve")
figures.moment(curve.evaluations, run.lines, asking.shares)
learned = [step for step, share in asking.shares if share >= 0.9]
print(f"nine of ten verbs right, for the first time, at step {learned[0]}" if learned else "not learned in so few steps")

# %% [markdown]
# <details><summary>What it shows</summary>
#
# In one recorded run of 1200 steps: a coin, then little more, 64 % at step 300; up and down between 69 and 89 until 425;
# 94 % at step 450, and all of them at 575. It came when the loss crossed the bigram line, 1.91: 2.13 at step 396, 1.78 at
# 492. Who looks at the neighbours only cannot get below that line; who reaches across the noun between can.
# </details>
#
#
# Here is the result, on all held-out text:

# %%
logits, _ = run.predictions(run.held_out)
labels, best = run.held_out["labels"].to(device), run.best
loss = masked_lm_loss(logits, labels).item()
print(f"{len(curve.losses)} steps in {curve.seconds:.0f} seconds on {device}")
print(f"loss {loss:.3f}, which is {loss / best.loss - 1:.1%} above the best possible, {best.loss:.3f}")
print(f"right: {masked_accuracy(logits, labels):.1%}; the perfect predictor: {best.accuracy:.1%}")
figures.ladder({**run.lines, "your model": loss}, best.loss)

# %% [markdown]
# Below the bigram line the model must use words further away than the gap's neighbours. That much is certain,
# whatever we find in its heads.
#
# And the other game? The perfect predictor is wrong now and then here too: sometimes a sentence from elsewhere fits
# by chance.

# %%
_, next_logits = run.predictions(run.held_out)
follows = (run.held_out["next_sentence_label"] == 0).numpy()
said = (next_logits.argmax(dim=-1) == 0).cpu().numpy()
sure = next_sentence_posterior(language.machine, run.held_out) > 0.5
print(f"next sentence: right in {(said == follows).mean():.1%} of the pairs, ", end="")
print(f"the perfect predictor in {(sure == follows).mean():.1%}")

# %% [markdown]
# ## 10 Look inside
#
# First what it says. The same three gaps as in section 5: the perfect predictor knew their exact probabilities.

# %%
for place in (2, 6, 8):
    gap = with_gap(first, second, place)
    said = looking_inside.most_probable(run.predictions(gap)[0][0, place], language.tokens)
    text = " ".join([*first[: place - 1], "____", *first[place:], *second])
    figures.guesses({"your model": said, "perfect predictor": best_guesses(gap)}, text)

# %% [markdown]
# Does your model give a little to *boy*, or to another man? *She* in the second sentence shuts them out, and the
# perfect predictor knows. It is learned late: after about 1000 steps there was none of it in one recorded run, after 2700
# *sailor*, *captain* and *girl* came first.
#
# Now the trap once more, when all is learned.

# %%
training.needs("verb_test")
print(f"{len(examples)} sentences, the right form of the verb in {verb_test.share(run.predictions(tricky)[0]):.0%} of them")

# %% [markdown]
# How does it know? Attention weights can be read: for each token and each head, how much it listens to every other
# one. In the maps below a row is who listens and a column to whom; dark blue is 0, yellow is 1. The framed row is the
# hidden verb.
#
# **Predict, then run:** do you expect all heads to do the same?

# %%
maps = looking_inside.attention_maps(run.model, tricky)  # (layers, b, h, t, t)
shown = min(range(len(examples)), key=lambda number: len(examples[number][0] + examples[number][1]))
sentence, following, where = examples[shown]
names = [language.tokens[number] for number in tricky["input_ids"][shown]]
length = int(tricky["attention_mask"][shown].sum())
for layer, weights in enumerate(maps[:, shown]):
    print(f"layer {layer}")
    figures.head_maps(weights[:, :length, :length], names[:length], mark=where.verb + 1)

# %% [markdown]
# One sentence proves little. So we measure over all of them: how much weight goes from the hidden verb to its
# subject, across the noun between? And how much to that noun?

# %%
maps, each = looking_inside.attention_maps(run.model, tricky), torch.arange(len(examples))
verb, subject, between = (
    torch.tensor([getattr(where, name) + 1 for *_, where in examples])  # [CLS] is place 0
    for name in ("verb", "subject", "other")
)
to_subject = maps[:, each, :, verb, subject].mean(dim=0)  # (layers, h), over all sentences
to_between = maps[:, each, :, verb, between].mean(dim=0)
figures.head_table(to_subject, "weight on the subject", to_between, "weight on the noun between")

layer, head = divmod(int(to_subject.argmax()), to_subject.shape[1])
first_choice = (maps[layer, each, head, verb].argmax(dim=-1) == subject).float().mean()
print(f"layer {layer}, head {head}: most weight on the subject in {first_choice:.0%} of the sentences")
if first_choice > 0.5 and to_subject[layer, head] > 2 * to_between[layer, head]:
    print("So this head attends from the verb to its subject, across the distractor.")
else:
    print("So no head of this model singles the subject out; what it knows comes by another way.")

# %% [markdown]
# Careful with such findings. Weights say where a head looks, not what the model makes of it (Jain and Wallace 2019; but
# see Wiegreffe and Pinter 2019). Whether it is *needed* can be tried.
#
# ### Switch the head off
#
# We set a head's columns of the output projection to zero, one head after the other, and ask again. **Predict, then
# run:** which head costs most agreement? Is it the one that costs most loss?

# %%
training.needs("to_subject")
layers, heads = to_subject.shape
shares, losses = np.zeros((layers, heads)), np.zeros((layers, heads))
for off in np.ndindex(layers, heads):
    with looking_inside.without_head(run.model, *off):
        shares[off] = verb_test.share(run.predictions(tricky)[0])
        losses[off] = run.held_out_loss()
figures.switched_off(shares, losses, verb_test.share(run.predictions(tricky)[0]), run.held_out_loss())
worst = np.unravel_index(shares.argmin(), shares.shape)
print(f"without layer {worst[0]}, head {worst[1]}: {shares.min():.0%} right; without any other: {np.sort(shares.ravel())[1]:.0%} or more")

# %% [markdown]
# <details><summary>What it shows</summary>
#
# In the recorded run the head that looked at the subject mattered: without it agreement fell from 100 to 64 %, without any
# other it stayed at 99 % or more. But 64 is still above a coin, so it is not quite alone. And most *loss* came from another
# head, in layer 0: 1.74 without it, 1.27 without the one that agreement needs, 1.12 with all.
# </details>
#
# What proves that the number comes from the subject is a change of the subject:
#
# **Predict, then run:** we put *sailors* for *sailor*, then *girl* for *girls*. Which change should move the verb? (The
# second sentence must not give it away: it is about somebody else here.)

# %%
for subject_noun, other_noun in (("sailor", "girls"), ("sailors", "girls"), ("sailor", "girl")):
    changed = f"the {subject_noun} near the {other_noun} mends a net .".split()
    logits, _ = run.predictions(with_gap(changed, "every pupil reads a book .".split(), 6))
    said = looking_inside.most_probable(logits[0, 6], language.tokens, count=3)
    told = ", ".join(f"{word} {share:.2f}" for word, share in said)
    print(f"the {subject_noun} near the {other_noun} ____ a net: {told}")

# %% [markdown]
# The same was found in the large BERT: some of its heads connect words by their grammar, for instance verbs with
# their objects (Clark et al. 2019), and it gets most agreements across distractors right (Goldberg 2019).

# %% [markdown]
# ## 11 Your own text
#
# The same model, real English. Every Python installation has some: its language reference and the docstrings of its
# packages. Or take a file of your own: any text in UTF-8 with paragraphs, a book for example.
#
# Put its name between the quotes, or leave them empty.

# %%
file_name = ""  # for example "my_book.txt", beside this notebook

print("collecting text and counting pieces: about ten seconds ...")
limit = 1000 if training.being_graded() else 8000
documents = own_text.read_text(file_name) if file_name else english_on_this_machine(limit)
sentences = [sentence for document in documents for sentence in document]
vocabulary = train_vocabulary(sentences, size=1500)
print(f"{len(sentences)} sentences, {len(vocabulary)} pieces in the vocabulary")
print(sentences[0])
print(*training.pieces(sentences[0], wordpiece, vocabulary))

# %% [markdown]
# The list of pieces was counted from the text by the `tokenizers` library; your `wordpiece` cuts the words with it.
#
# Nobody knows the limit here. But unigram and bigram can be fitted again. Forty-five seconds is very little for
# English, so do not expect much. **Predict:** which of the two lines will the model reach?

# %%
english = training.from_documents(documents, wordpiece, vocabulary)
recipe = training.Recipe(batch_size=32, learning_rate=3e-3, max_length=48)
real = training.Run(mine, recipe, english, device)
watch = training.LiveCurve(real, ["unigram", "bigram"])
training.train(real, seconds=training.budget(45), watch=watch)
print(f"loss {real.held_out_loss():.2f} nats per hidden piece; ", end="")
print(*(f"{name} {real.lines[name]:.2f}" for name in ("unigram", "bigram")), sep=", ", end="; ")
print("below the unigram line" if real.held_out_loss() < real.lines["unigram"] else "not yet at the unigram line",
      f"after {len(real.curve.losses)} steps")

# %%
for text in ("Return [MASK] if the object is a function.", "The default value [MASK] None."):
    tokens = training.pieces(text, wordpiece, vocabulary)
    rows = encode_pair(tokens, ["."], vocabulary, max_length=48)
    for said in looking_inside.fill_masks(real.model, rows, vocabulary):
        print(text, "->", ", ".join(f"'{word}' {share:.2f}" for word, share in said))

# %% [markdown]
# <details><summary>What it shows</summary>
#
# The unigram line at best; the bigram line is far away. Such a model has learned which pieces are
# frequent, and says *the* everywhere.
# </details>
#
# The small language had 234 tokens and a few laws; this one has 1500 and no end of laws. More time helps: the last
# section has the command, with `--text` for a file of your own. The original BERT read 3.3 billion words, for four
# days, on 16 TPU chips (Devlin et al. 2018, section 3.1 and appendix A.2).

# %% [markdown]
# ## 12 The real thing
#
# If your model is a BERT, then the published weights must fit into it. They come as a **state dict**: a dictionary
# from names to tensors. The numbers are the same as yours, under other names. Here is where those of one layer go:

# %%
figures.weight_places()

# %% [markdown]
# Query, key and value are three matrices there. PyTorch's attention keeps them in one, one below the other. (You met
# it in notebook 03.)
#
# Around the layers: `bert.embeddings.word_embeddings`, `.position_embeddings`, `.token_type_embeddings` and
# `.LayerNorm`; `bert.pooler.dense`; `cls.predictions.transform.dense`, `cls.predictions.transform.LayerNorm` and
# `cls.predictions.bias`; `cls.seq_relationship` is the next-sentence head. To each belongs a `.weight`, and to each but
# the three tables a `.bias`; only `cls.predictions.bias` is an entry itself.

# %% [markdown]
# **Run:** their names and shapes, in a model of one layer, and yours. (Without `transformers`: those of the picture.)

# %%
one_layer = dict(vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=2)
one_layer |= dict(intermediate_size=12, max_position_embeddings=7)
example = hugging_face.small_random_model(**one_layer)
for name, tensor in {} if example is None else example.state_dict().items():
    print(f"theirs: {name:60} {tuple(tensor.shape)}")
for name, tensor in BertForPreTraining(BertConfig(**one_layer)).state_dict().items():
    print(f"yours:  {name:60} {tuple(tensor.shape)}")


# %% [markdown]
# ### Exercise 10: load_bert_weights (3 points, about 40 minutes)
#
# Write the function that puts every entry into its place.
#
# <details><summary>Hint 1: a question</summary>
#
# Compare the two lists of names above. For which of your entries is the other name a plain replacement of words, and for
# which not?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# A helper saves much writing: fill a module from a name, for all the entries in `module.state_dict()` (an embedding
# has a weight only). `module.load_state_dict({...})` copies.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Only query, key and value need care: `torch.cat([...])` of three tensors, weights and biases alike, goes into
# `layer.self_attn.in_proj_weight` and `in_proj_bias` by `.data.copy_(...)`.
# </details>

# %% exercise load_bert_weights
def load_bert_weights(model, state_dict):
    """Fill a model with the weights of a Hugging Face `BertForPreTraining`.

    Args:
        model: a BertForPreTraining of this notebook, on the CPU. Every one of its parameters gets a
            new value, in place; nothing is shared with `state_dict` afterwards.
        state_dict: a dict from name to tensor, as `transformers.BertForPreTraining.state_dict()`
            gives it for the same sizes. It stays as it was. Entries that the model has no use for
            are passed over; those of the tied decoder, "cls.predictions.decoder.weight" and
            "cls.predictions.decoder.bias", repeat other entries and may be missing.

    Returns:
        None. In eval mode both models then give the same logits at every real token, but for rounding:
            within 1e-5 for a small model of random numbers.

    Raises:
        KeyError: an entry that the model needs is missing.
    """
    # BEGIN SOLUTION
    def fill(module, name):
        wanted = module.state_dict()
        module.load_state_dict({kind: state_dict[f"{name}.{kind}"] for kind in wanted})

    bert, embeddings = model.bert, model.bert.embeddings
    fill(embeddings.word, "bert.embeddings.word_embeddings")
    fill(embeddings.position, "bert.embeddings.position_embeddings")
    fill(embeddings.segment, "bert.embeddings.token_type_embeddings")
    fill(embeddings.norm, "bert.embeddings.LayerNorm")
    for index, layer in enumerate(bert.layers):
        name = f"bert.encoder.layer.{index}"
        for kind in ("weight", "bias"):  # torch keeps query, key and value in one matrix
            names = (f"{name}.attention.self.{part}.{kind}" for part in ("query", "key", "value"))
            parts = torch.cat([state_dict[theirs] for theirs in names])
            getattr(layer.self_attn, f"in_proj_{kind}").data.copy_(parts)
        fill(layer.self_attn.out_proj, f"{name}.attention.output.dense")
        fill(layer.norm1, f"{name}.attention.output.LayerNorm")
        fill(layer.linear1, f"{name}.intermediate.dense")
        fill(layer.linear2, f"{name}.output.dense")
        fill(layer.norm2, f"{name}.output.LayerNorm")
    fill(bert.pooler, "bert.pooler.dense")
    fill(model.transform, "cls.predictions.transform.dense")
    fill(model.transform_norm, "cls.predictions.transform.LayerNorm")
    fill(model.next_sentence, "cls.seq_relationship")
    model.bias.data.copy_(state_dict["cls.predictions.bias"])
    # END SOLUTION


# %% check load_bert_weights points=3
# BEGIN HIDDEN TESTS
from autograder.exams import masked_language_model as exam

exam.load_bert_weights(load_bert_weights, BertForPreTraining)
# END HIDDEN TESTS
checks.load_bert_weights(load_bert_weights, BertForPreTraining)

# %% [markdown]
# The proof: a model of Hugging Face's `transformers` library with random numbers, and yours with the same. A batch
# with padding and two segments.
#
# **Predict, then run:** float32 has about seven decimal digits. How large will the largest difference be?

# %%
sizes = dict(vocab_size=300, hidden_size=64, num_hidden_layers=3, num_attention_heads=4)
sizes |= dict(intermediate_size=128, max_position_embeddings=35)
theirs = hugging_face.small_random_model(**sizes)
if theirs is not None:
    yours = BertForPreTraining(BertConfig(**sizes)).eval()
    load_bert_weights(yours, theirs.state_dict())
    batch = {name: run.held_out[name][:8] for name in ("input_ids", "token_type_ids", "attention_mask")}
    with torch.no_grad():
        expected, got = theirs(**batch), yours(**batch)
    real_tokens = batch["attention_mask"] == 1
    apart = (expected.prediction_logits - got[0])[real_tokens].abs().max().item()
    print(f"largest difference of the token logits {apart:.0e}, ", end="")
    print(f"of the pair logits {(expected.seq_relationship_logits - got[1]).abs().max().item():.0e}")

# %% [markdown]
# <details><summary>What it shows</summary>
#
# About 1e-5 or less. Both models compute the same numbers, but add them up in another order, and each sum rounds
# differently in the seventh digit. Logits of size 10 and a few layers make that 1e-5; a larger and deeper model makes
# it more. A wrong place for one matrix would make it 1 or 10.
# </details>

# %% [markdown]
# And now the original, in your own code. This cell loads `bert-base-uncased` if `transformers` is installed and there
# is a network. It downloads about 440 MB, once, so it asks first: write `True`. Without it the cell says so and shows
# nothing: no answer of the published model is recorded here.

# %%
download = False

published = hugging_face.bert_base(download and not training.being_graded())
if published is not None:
    weights, vocabulary_of_bert = published
    with torch.device("meta"):
        base = BertForPreTraining(BertConfig())
    base = base.to_empty(device="cpu").eval()
    load_bert_weights(base, weights)
    for pair in (
        ("The capital of France is [MASK].", "It lies on the Seine."),
        ("The sailor near the girls [MASK] a net.", "Then she steers the boat."),
    ):
        cut = [training.pieces(sentence, wordpiece, vocabulary_of_bert) for sentence in pair]
        rows = encode_pair(*cut, vocabulary_of_bert, max_length=32)
        for said in looking_inside.fill_masks(base, rows, vocabulary_of_bert):
            print(pair[0], "->", ", ".join(f"{word} {share:.2f}" for word, share in said))

# %% [markdown]
# ## When three minutes are not enough
#
# The same training runs from a terminal, in the folder of this notebook, for as long as you like. It writes its state
# into `runs/bert` every 200 steps; if it is interrupted, the same command goes on where it was. Another length or
# model needs another folder, `--folder runs/long`.
#
# ```
# python -m attention_course.training --notebook 04_masked_language_model.ipynb --minutes 8
# ```
#
# And on several processors or machines at once, each with its share of every batch:
#
# ```
# torchrun --nproc-per-node 2 -m attention_course.training --notebook 04_masked_language_model.ipynb
# ```
#
# `--help` lists the options: your own text, a larger model, other rates. It takes the functions you wrote here.

# %% [markdown]
# ## Done
#
# - [x] word pieces, the longest first
# - [x] two sentences as three rows of numbers
# - [x] two games in which the text knows the answer
# - [x] hiding words the 80/10/10 way
# - [x] learned positions and segments
# - [x] a BERT with two heads and a tied decoder
# - [x] a loss that counts what was hidden, and nothing else
# - [x] a training step, and a model trained to within sight of the limit
# - [x] a look inside: which head looks from the verb to its subject
# - [x] published weights in your own code
#
# Before you hand in: restart the kernel, run all cells, press **Validate**.

# %% [markdown]
# ## Where to go next
#
# Play: train with `probability=0.4` in your `mask_tokens`, with one layer (`training.Recipe(layers=1)`), or without the
# term for positions in your `BertEmbeddings`. What happens to the curve? Run `mine = ...` again after a change, and
# everything below it.
#
# Read on:
#
# - Devlin, Chang, Lee, Toutanova 2018, *BERT*, arXiv 1810.04805
# - Wu et al. 2016, *Google's Neural Machine Translation System*, arXiv 1609.08144 (WordPiece)
# - Press, Wolf 2017, *Using the Output Embedding to Improve Language Models*, arXiv 1608.05859
# - Liu et al. 2019, *RoBERTa*, arXiv 1907.11692
# - Loshchilov, Hutter 2019, *Decoupled Weight Decay Regularization*, arXiv 1711.05101 (AdamW)
# - Linzen, Dupoux, Goldberg 2016, *Assessing the Ability of LSTMs to Learn Syntax-Sensitive Dependencies*, arXiv
#   1611.01368
# - Goldberg 2019, *Assessing BERT's Syntactic Abilities*, arXiv 1901.05287
# - Clark et al. 2019, *What Does BERT Look At?*, arXiv 1906.04341
# - Jain, Wallace 2019, *Attention is not Explanation*, arXiv 1902.10186
# - Wiegreffe, Pinter 2019, *Attention is not not Explanation*, arXiv 1908.04626
# - Pascanu, Mikolov, Bengio 2013, *On the difficulty of training recurrent neural networks*, arXiv 1211.5063
