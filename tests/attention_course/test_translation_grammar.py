"""The grammar English to Chinese: its alignments, its probabilities and its glosses are what they claim to be."""

import math
from collections import Counter

import numpy as np
import pytest
from matplotlib.ft2font import FT2Font

from attention_course import translation as tr
from attention_course.figures import canvas
from attention_course.language import chinese as words
from attention_course.translation import data, truth

OPEN = tr.Grammar(variation=True)


def drawn(count=2000, seed=0, **options):
    return tr.Grammar(**options).pairs(np.random.default_rng(seed), count)


def by_source(text, pairs):
    return next(pair for pair in pairs if text in " ".join(pair.source))


def test_the_first_sentence_is_aligned_word_for_word():
    assert tr.I_LOVE_YOU.source == ["i", "love", "you"]
    assert tr.I_LOVE_YOU.target == ["我", "爱", "你"]
    assert tr.I_LOVE_YOU.links == {(0, 0), (1, 1), (2, 2)}


def test_the_same_generator_gives_the_same_sentences():
    assert drawn(50) == drawn(50)
    assert drawn(50) != drawn(50, seed=1)


def test_without_variation_a_source_has_one_translation():
    translations = {}
    for pair in drawn(6000):
        translations.setdefault(tuple(pair.source), set()).add(tuple(pair.target))
    assert {len(targets) for targets in translations.values()} == {1}
    assert all(pair.entropy == pair.log_probability == 0 for pair in drawn(100))


def test_every_chinese_word_is_linked_and_the_english_words_without_a_partner_are_known():
    alone = Counter()
    for pair in drawn(1000):
        assert {target for target, _ in pair.links} == set(range(len(pair.target)))
        alone.update(pair.source[place] for place in set(range(len(pair.source))) - {s for _, s in pair.links})
    assert set(alone) == {"the", "do", "does"}


def linked(pair, word):
    """The English words that a Chinese one belongs to."""
    place = pair.target.index(word)
    return [pair.source[source] for target, source in sorted(pair.links) if target == place]


def test_a_relative_clause_goes_before_its_noun():
    pair = by_source("that", drawn())
    assert "的" in pair.target
    closing = min(t for t, s in pair.links if pair.source[s] == "that")
    noun = pair.source.index("that") - 1
    assert pair.target[closing] == "的"
    assert max(t for t, s in pair.links if s == noun) > closing


def test_time_goes_before_the_verb_and_two_words_become_one():
    pair = by_source("every day", drawn(clauses=1))
    assert linked(pair, "每天") == ["every", "day"]
    assert pair.target.index("每天") < len(pair.target) - 1


@pytest.mark.parametrize(("english", "measure"), [("a book", "本"), ("a letter", "封"), ("a horse", "匹")])
def test_a_measure_word_belongs_to_its_noun(english, measure):
    pair = by_source(f" {english}", drawn(4000, relative=0.0))
    assert english.split()[1] in linked(pair, measure)


def test_old_depends_on_the_noun():
    pairs = drawn(4000)
    assert "老" in by_source("old teacher", pairs).target
    assert "旧" in by_source("old book", pairs).target


def test_a_question_ends_in_its_particle():
    pair = by_source("?", drawn())
    assert pair.target[-1] == "吗"
    assert linked(pair, "吗") == ["?"]


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_probabilities_and_entropy_agree_with_enumeration(seed):
    targets = OPEN.translations(seed)
    pair = OPEN.pair(np.random.default_rng(seed))
    assert sum(targets.values()) == pytest.approx(1)
    assert targets[tuple(pair.target)] == pytest.approx(math.exp(pair.log_probability))
    assert -sum(share * math.log(share) for share in targets.values()) == pytest.approx(pair.entropy)


def test_the_source_is_the_same_whatever_is_chosen():
    sources = {tuple(OPEN.pair(np.random.default_rng(7), chosen=chosen).source) for chosen in ((), (1,), (1, 1, 1))}
    assert len(sources) == 1


def test_every_word_has_a_gloss_and_glyphs():
    found = {word for pair in drawn(3000, variation=True) for word in pair.target}
    assert found == set(words.GLOSSES)
    glyphs = FT2Font(str(canvas.HAN_FONT)).get_charmap()
    assert all(ord(character) in glyphs for word in words.GLOSSES for character in word)


def test_tests_are_unseen_and_of_their_lengths():
    material = tr.material(train=500, test=3)
    seen = {tuple(pair.source) for pair in material.train}
    assert max(len(source) for source in seen) <= data.LONGEST
    for (low, high), pairs in material.tests.items():
        assert len(pairs) == 3
        assert all(low <= len(pair.source) <= high and tuple(pair.source) not in seen for pair in pairs)


def test_the_trap_of_the_notebook():
    shares = dict(words.VARIANTS["照 顾"])
    first = Counter()
    for text, share in shares.items():
        first[text.split()[0]] += share
    assert max(first, key=first.get) == "看"
    assert max(shares, key=shares.get) == "照 顾"


def test_the_lazy_translator_is_a_distribution():
    whole, cut = tr.lazy_cases(2)
    for known in (*whole, *cut):
        lazy = tr.lazy(known)
        assert sum(lazy.targets.values()) == pytest.approx(1)
        assert (lazy.best in known.targets) == (known in whole)


def test_the_true_step_multiplies_up_to_the_probability():
    known = truth.trapping(1)[0]
    _, vocabulary = data.vocabularies()
    step = tr.step_of(known.targets, vocabulary)
    for target, share in known.targets.items():
        ids = [tr.START, *vocabulary.ids(target), tr.END]
        total = sum(step(ids[:place])[ids[place]] for place in range(1, len(ids)))
        assert total == pytest.approx(math.log(share))


def test_a_sentence_cut_short_ends_before_its_second_clause():
    pair = by_source(" but ", drawn())
    short = data.cut_short(pair)
    assert short.target == list(truth.first_clause(pair.target))
    assert "但是" in pair.target[len(short.target)]
