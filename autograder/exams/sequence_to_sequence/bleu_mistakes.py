"""Wrong variants of bleu."""

import math

from autograder.exams.sequence_to_sequence.bleu import bleu, brevity, counts, grams, right


def lengths(candidates, references):
    return tuple(sum(map(len, side)) for side in (candidates, references))


def precisions(candidates, references, max_n, count=counts):
    return [count(candidates, references, n) for n in range(1, max_n + 1)]


def combined(pairs, penalty):
    if not all(found and total for found, total in pairs):
        return 0.0
    return penalty * math.exp(sum(math.log(found / total) for found, total in pairs) / len(pairs))


@bleu.wrong(
    "the brevity penalty is upside down: too long is punished, too short rewarded. What is r / c where c is small?"
)
def penalty_upside_down(candidates, references, max_n=4):
    c, r = lengths(candidates, references)
    penalty = math.exp(1 - c / r) if c > r else 1.0
    return combined(precisions(candidates, references, max_n), penalty)


@bleu.wrong("the brevity penalty rises above 1 for translations that are too long. What is it where c >= r?")
def penalty_above_one(candidates, references, max_n=4):
    c, r = lengths(candidates, references)
    return combined(precisions(candidates, references, max_n), math.exp(1 - r / c) if c else 0.0)


@bleu.wrong(
    "the brevity penalty is exp(1 - c / r): it grows as translations shrink. Which length stands above the line?"
)
def penalty_with_c_over_r(candidates, references, max_n=4):
    c, r = lengths(candidates, references)
    penalty = 1.0 if c >= r else math.exp(1 - c / r)
    return combined(precisions(candidates, references, max_n), penalty)


@bleu.wrong("the brevity penalty is c / r. Where is the exponential?")
def penalty_is_a_ratio(candidates, references, max_n=4):
    c, r = lengths(candidates, references)
    return combined(precisions(candidates, references, max_n), min(1.0, c / r))


@bleu.wrong("there is no brevity penalty. What would a translation of one sure word score?")
def no_penalty(candidates, references, max_n=4):
    return combined(precisions(candidates, references, max_n), 1.0)


@bleu.wrong("each sentence has a brevity penalty of its own. Of what are c and r the lengths?")
def penalty_for_each_sentence(candidates, references, max_n=4):
    each = [brevity([c], [r]) for c, r in zip(candidates, references, strict=True)]
    return combined(precisions(candidates, references, max_n), sum(each) / len(each))


@bleu.wrong("the penalty is taken to the root with the precisions. What stands inside of the bracket?")
def penalty_inside_of_the_root(candidates, references, max_n=4):
    penalty = brevity(candidates, references) ** (1 / max_n)
    return combined(precisions(candidates, references, max_n), penalty)


def unclipped(candidates, references, n):
    pairs = [(grams(c, n), grams(r, n)) for c, r in zip(candidates, references, strict=True)]
    found = sum(count for mine, theirs in pairs for gram, count in mine.items() if gram in theirs)
    return found, sum(mine.total() for mine, _ in pairs)


@bleu.wrong(
    "nothing is clipped: a word said seven times is found seven times. How often does it stand in the reference?"
)
def no_clipping(candidates, references, max_n=4):
    return combined(precisions(candidates, references, max_n, unclipped), brevity(candidates, references))


def as_sets(candidates, references, n):
    pairs = [(set(grams(c, n)), set(grams(r, n))) for c, r in zip(candidates, references, strict=True)]
    return sum(len(mine & theirs) for mine, theirs in pairs), sum(len(mine) for mine, _ in pairs)


@bleu.wrong("each kind of n-gram counts once. What if one stands in both sentences twice?")
def kinds_of_grams(candidates, references, max_n=4):
    return combined(precisions(candidates, references, max_n, as_sets), brevity(candidates, references))


def clipped_by_the_corpus(candidates, references, n):
    mine = sum((grams(c, n) for c in candidates), grams([], n))
    theirs = sum((grams(r, n) for r in references), grams([], n))
    return (mine & theirs).total(), mine.total()


@bleu.wrong("an n-gram is found in any reference of the corpus. In which one may it be found?")
def any_reference(candidates, references, max_n=4):
    return combined(precisions(candidates, references, max_n, clipped_by_the_corpus), brevity(candidates, references))


def recalled(candidates, references, n):
    found, _ = counts(candidates, references, n)
    return found, sum(grams(r, n).total() for r in references)


@bleu.wrong(
    "what is found is divided by the n-grams of the references: that is recall. What does a precision divide by?"
)
def recall(candidates, references, max_n=4):
    return combined(precisions(candidates, references, max_n, recalled), brevity(candidates, references))


@bleu.wrong("it is the mean of the scores of single sentences. What is summed before anything is divided?")
def mean_of_sentences(candidates, references, max_n=4):
    each = [right([c], [r], max_n) for c, r in zip(candidates, references, strict=True)]
    return sum(each) / len(each)


@bleu.wrong("the precisions are averaged by a sum. Which mean does the formula take?")
def arithmetic_mean(candidates, references, max_n=4):
    pairs = precisions(candidates, references, max_n)
    shares = [found / total if total else 0.0 for found, total in pairs]
    return brevity(candidates, references) * sum(shares) / max_n


@bleu.wrong("the precisions are multiplied, and no root is taken. What is the exponent in the formula?")
def no_root(candidates, references, max_n=4):
    pairs = precisions(candidates, references, max_n)
    return brevity(candidates, references) * math.prod(found / total if total else 0.0 for found, total in pairs)


@bleu.wrong("only the longest n-grams count. Which n are in the product?")
def the_longest_only(candidates, references, max_n=4):
    return combined([counts(candidates, references, max_n)], brevity(candidates, references))


@bleu.wrong("only single words count. Which n are in the product?")
def single_words_only(candidates, references, max_n=4):
    return combined([counts(candidates, references, 1)], brevity(candidates, references))


@bleu.wrong("n goes up to 4 whatever max_n is. What is that argument for?")
def always_four(candidates, references, max_n=4):
    return right(candidates, references)


@bleu.wrong("n stops one before max_n. What does range leave out?")
def one_n_short(candidates, references, max_n=4):
    pairs = precisions(candidates, references, max(1, max_n - 1))
    return combined(pairs, brevity(candidates, references))


@bleu.wrong("1 is added to all counts. Does the docstring smooth?")
def smoothed(candidates, references, max_n=4):
    pairs = [(found + 1, total + 1) for found, total in precisions(candidates, references, max_n)]
    return combined(pairs, brevity(candidates, references))


@bleu.wrong("lengths of which there is no n-gram are left out of the mean. What does the docstring give then?")
def lengths_left_out(candidates, references, max_n=4):
    pairs = [pair for pair in precisions(candidates, references, max_n) if pair[1]]
    return combined(pairs, brevity(candidates, references)) if pairs else 0.0


@bleu.wrong("precisions of 0 are left out of the mean. What is a product with a 0 in it?")
def zeros_left_out(candidates, references, max_n=4):
    pairs = [pair for pair in precisions(candidates, references, max_n) if pair[0]]
    return combined(pairs, brevity(candidates, references)) if len(pairs) else 0.0


@bleu.wrong("it is a percentage. Between which numbers does the docstring put it?")
def a_percentage(candidates, references, max_n=4):
    return 100 * right(candidates, references, max_n)


@bleu.wrong("candidates and references have changed places. Whose n-grams are counted below the line?")
def sides_exchanged(candidates, references, max_n=4):
    return right(references, candidates, max_n)


@bleu.wrong("letters are counted, not words. What is a sentence a list of?")
def letters(candidates, references, max_n=4):
    mine, theirs = ([list(" ".join(s)) for s in side] for side in (candidates, references))
    return right(mine, theirs, max_n)


@bleu.wrong("n-grams reach from one sentence into the next. Where does an n-gram end?")
def one_long_sentence(candidates, references, max_n=4):
    mine, theirs = ([[word for s in side for word in s]] for side in (candidates, references))
    return right(mine, theirs, max_n)


@bleu.wrong("the brevity penalty stands where translations are too long, and is above 1 there. Which ones have to pay?")
def penalty_on_the_other_side(candidates, references, max_n=4):
    c, r = lengths(candidates, references)
    return combined(precisions(candidates, references, max_n), 1.0 if c <= r else math.exp(1 - r / c))


def all_but_the_last(candidates, references, n):
    mine, theirs = ([sentence[:-1] for sentence in side] for side in (candidates, references))
    return counts(mine, theirs, n)


@bleu.wrong("the last n-gram of each sentence is missing. Where does the last one of a list of words begin?")
def last_one_missing(candidates, references, max_n=4):
    return combined(precisions(candidates, references, max_n, all_but_the_last), brevity(candidates, references))
