"""The small language is what its description says: lengths, agreement, selection, one law for every place."""

from itertools import pairwise

import numpy as np
import pytest

from attention_course.language.agreement import Agreement, agreement
from attention_course.language.grammar import following_states, words_of
from attention_course.language.lexicon import LEXICON
from attention_course.language.small_language import SmallLanguage
from attention_course.language.vocabulary import SPECIAL_TOKENS


@pytest.fixture(scope="module")
def language():
    return SmallLanguage()


@pytest.fixture(scope="module")
def documents(language):
    return language.documents(2000, np.random.default_rng(0))


@pytest.fixture(scope="module")
def sentences(documents):
    return [sentence for document in documents[:700] for sentence in document]


def test_size_of_the_vocabulary(language):
    assert 150 <= len(language.vocabulary) <= 400
    assert tuple(language.tokens[:5]) == SPECIAL_TOKENS
    assert language.tokens[5:] == sorted(language.tokens[5:])


def test_lengths(sentences):
    assert {len(sentence) for sentence in sentences} == set(range(6, 17))


def test_no_walk_is_shorter_or_longer(language):
    """All lengths that have a probability, not only those that were drawn."""
    machine, reached, lengths = language.machine, language.machine.fresh, []
    for length in range(1, 40):
        if (machine.finish.sum(axis=1) @ reached) > 0:
            lengths.append(length)
        reached = machine.transition.T @ reached
    assert lengths == list(range(6, 17))


def test_the_generator_alone_decides(language, documents):
    again = SmallLanguage().documents(2000, np.random.default_rng(0))
    assert again == documents
    assert language.documents(2000, np.random.default_rng(1)) != documents


def test_the_first_document_stays_what_it_was(language):
    [first] = language.documents(1, np.random.default_rng(0), sentences=2)
    assert [" ".join(sentence) for sentence in first] == [
        "a young man near the sisters steers his boat .",
        "then he mends his nets in the harbour .",
    ]


def test_every_sentence_of_a_document_follows_the_same_law(language):
    """The memory after a sentence is distributed as before it, so the first and the last sentence are alike."""
    machine = language.machine
    reached, left = machine.fresh, np.zeros(len(machine.stationary))
    for _ in range(20):
        left += machine.finish.T @ reached
        reached = machine.transition.T @ reached
    np.testing.assert_allclose(left, machine.stationary, rtol=0, atol=1e-12)


def test_frequencies_agree_with_the_machine(language, documents):
    """Second words of 2000 first sentences against their exact probability, within 5 standard errors."""
    machine = language.machine
    expected = (machine.transition.T @ machine.fresh) @ machine.emission
    counts = np.zeros(len(language.tokens))
    for document in documents:
        counts[language.vocabulary[document[0][1]]] += 1
    spread = np.sqrt(len(documents) * expected * (1 - expected))
    assert (abs(counts - len(documents) * expected) <= 5 * spread + 1e-9).all()


def test_a_document_keeps_its_topic(documents):
    verbs = {form: name for name, topic in LEXICON.topics.items() for forms, _ in topic.actions for form in forms}
    for document in documents:
        assert len({verbs[word] for sentence in document for word in sentence if word in verbs}) == 1


def test_verbs_choose_their_objects(language, sentences):
    objects = {form: {o for pair in pairs for o in pair} for forms, pairs in actions() for form in forms}
    for sentence in sentences:
        slots = language.slots(sentence)
        assert sentence[slots.index("object")] in objects[sentence[slots.index("verb")]]


def actions():
    return [action for topic in LEXICON.topics.values() for action in topic.actions]


def test_main_verbs_agree_with_their_subject_also_across_a_noun(language, sentences):
    plural_forms = {forms[1] for forms, _ in actions()}
    seen = [(sentence, agreement(language, sentence)) for sentence in sentences]
    for sentence, found in seen:
        assert (sentence[found.verb] in plural_forms) == language.is_plural(sentence[found.subject])
    assert 0.15 < np.mean([found.attracts for _, found in seen]) < 0.25


def test_relative_verbs_agree_with_their_own_subject(language, sentences):
    plural_forms = {forms[1] for forms in LEXICON.watching}
    for sentence in sentences:
        slots = language.slots(sentence)
        for slot, noun in [("other's relative verb", "other noun"), ("subject's relative verb", "noun")]:
            if slot in slots:
                verb = sentence[slots.index(slot)]
                assert (verb in plural_forms) == language.is_plural(sentence[slots.index(noun)])


def test_a_pronoun_takes_up_the_subject_before(language, documents):
    same = {"she": LEXICON.women, "he": LEXICON.men}
    for document in documents[:500]:
        for before, after in pairwise(document):
            pronoun = next((word for word in after[:2] if word in ("she", "he", "they")), None)
            subject = before[agreement(language, before).subject]
            if pronoun and subject not in ("she", "he", "they"):
                assert language.is_plural(subject) == (pronoun == "they")
                others = [pair[0] for name, pairs in same.items() if name != pronoun for pair in pairs]
                assert subject not in others


def test_reads_as_english(sentences):
    """No vowel after the article a, no sentence without its full stop."""
    for sentence in sentences:
        assert sentence[-1] == "."
        assert not any(a == "a" and b[0] in "aeiou" for a, b in pairwise(sentence))


def test_words_keep_their_jobs_apart(language, sentences):
    """Every sentence has one reading, so that slots, and with them the figures, are well defined."""
    for sentence in sentences[:500]:
        possible = language._possible_states(sentence)
        for row in possible:
            assert len({language.states[state].slot for state in np.flatnonzero(row)}) == 1


def test_the_place_of_a_verb_and_its_subject(language):
    words = ["then", "the", "tall", "sailor", "that", "the", "girls", "help", "mends", "a", "net", "."]
    assert agreement(language, words) == Agreement(subject=3, verb=8, other=6, attracts=True)
    assert agreement(language, ["later", "they", "mend", "a", "net", "."]) == Agreement(1, 2, None, False)


@pytest.mark.parametrize(
    "words",
    ["the sailor near the girls mend a net .", "the sailor mends a cake .", "the sailor", "", "colourless green ideas"],
)
def test_what_is_no_sentence_is_refused(language, words):
    with pytest.raises(ValueError, match="small language"):
        language.slots(words.split())


def test_every_state_has_words_and_probabilities_that_sum_to_one(language):
    for state in language.states:
        assert sum(words_of(state, LEXICON).values()) == pytest.approx(1)
        after = following_states(state)
        assert not after or sum(probability for probability, _ in after) == pytest.approx(1)


def test_an_unknown_slot_is_refused(language):
    with pytest.raises(ValueError, match="no slot 'moon'"):
        words_of(language.states[0].to("moon"), LEXICON)
