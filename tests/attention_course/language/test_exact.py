"""The exact posterior agrees with enumeration to 1e-10, for both corruptions, in sentences and in pairs."""

import numpy as np
import pytest
from enumeration import as_input, chance, joint_table, pairs, sentences
from tiny import three_word_machine, tiny_language

from attention_course.language.corruption import BERT, MASK_ONLY, Corruption
from attention_course.language.exact import bound, masked_posterior, next_sentence_posterior
from attention_course.language.vocabulary import IGNORED, MASK

HEAVY = Corruption(probability=0.4, mask=0.5, random=0.3)
RECIPES = pytest.mark.parametrize("corruption", [BERT, MASK_ONLY, HEAVY], ids=["bert", "mask", "heavy"])


def worst_difference(machine, table, lengths, corruption, next_share):
    """Over all corrupted texts and positions that can have been selected: the largest difference to the table."""
    expected = np.stack(list(table.values()))
    possible = expected.sum(axis=-1) > 0
    batches = [as_input(seen, lengths, labels_at(here)) for seen, here in zip(table, possible, strict=True)]
    together = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    ours = masked_posterior(machine, together, corruption, next_share)
    expected = expected[possible] / expected[possible].sum(axis=-1, keepdims=True)
    return abs(ours - expected).max(), len(table)


def labels_at(here):
    return np.where(here, 1, IGNORED)


@RECIPES
def test_every_corrupted_sentence_of_a_tiny_machine(corruption):
    machine = three_word_machine()
    clean = sentences(machine, machine.stationary @ machine.handover, 3)
    texts = {text: leaving.sum() for text, leaving in clean.items()}
    difference, seen = worst_difference(machine, joint_table(texts, corruption, 8), [3], corruption, 0.5)
    assert difference < 1e-10
    assert seen == (8**3 if corruption.random else 4**3 - 3**3)  # a text without any [MASK] has no target


@RECIPES
def test_every_corrupted_pair_of_a_tiny_machine(corruption):
    machine = three_word_machine(1)
    follow, independent = pairs(machine, [1, 2], next_share=0.3)
    texts = {text: follow[text] + independent[text] for text in follow}
    difference, _ = worst_difference(machine, joint_table(texts, corruption, 8), [1, 2], corruption, 0.3)
    assert difference < 1e-10


@RECIPES
def test_the_entropy_is_the_expected_loss_of_a_tiny_machine(corruption):
    """Weighted with the probability of each corrupted text, the posterior's loss is its entropy: it is calibrated."""
    machine = three_word_machine(2)
    clean = sentences(machine, machine.stationary @ machine.handover, 2)
    table = joint_table({text: leaving.sum() for text, leaving in clean.items()}, corruption, 8)
    loss = entropy = 0.0
    for seen, joint in table.items():
        here = joint.sum(axis=1) > 0
        posterior = masked_posterior(machine, as_input(seen, [2], labels_at(here)), corruption)
        logs, joint = np.log(np.where(posterior > 0, posterior, 1.0)), joint[here]
        loss -= (joint * logs).sum()
        entropy -= (joint.sum(axis=1, keepdims=True) * posterior * logs).sum()
    assert loss == pytest.approx(entropy, abs=1e-10)


@RECIPES
@pytest.mark.parametrize("length", [6, 8])
def test_sentences_of_the_grammar(corruption, length):
    """All sentences of this length in a tiny lexicon are weighed against a few corrupted ones."""
    language = tiny_language()
    size = len(language.tokens)
    machine = language.machine
    clean = sentences(machine, machine.stationary @ machine.handover, length)
    probabilities = {text: leaving.sum() for text, leaving in clean.items()}
    for seen in some_corruptions(list(probabilities), size, corruption):
        selectable = np.array([corruption.random > 0 or token == MASK for token in seen])
        ours = masked_posterior(machine, as_input(seen, [length], labels_at(selectable)), corruption)
        for row, position in zip(ours, np.flatnonzero(selectable), strict=True):
            weights = np.zeros(size)
            for text, probability in probabilities.items():
                weights[text[position]] += probability * chance(text, seen, corruption, size, position)
            np.testing.assert_allclose(row, weights / weights.sum(), rtol=0, atol=1e-10)


@RECIPES
def test_pairs_of_the_grammar(corruption):
    """Topic and subject travel across [SEP]: all 90,000 pairs of six-word sentences are weighed."""
    language = tiny_language()
    machine, size = language.machine, len(language.tokens)
    first = sentences(machine, machine.stationary @ machine.handover, 6)
    after = [sentences(machine, row, 6) for row in machine.handover]
    texts = list(first)
    assert len(texts) == 300
    left = np.stack([first[text] for text in texts])
    right = np.array([[after_memory.get(text, np.zeros(1)).sum() for text in texts] for after_memory in after])
    follow = 0.5 * left @ right
    independent = 0.5 * np.outer(left.sum(axis=1), machine.stationary @ right)
    seen_a, seen_b = some_corruptions(texts, size, corruption)[:2]
    chances = [np.array([chance(t, seen, corruption, size) for t in texts]) for seen in (seen_a, seen_b)]
    selectable = np.array([corruption.random > 0 or token == MASK for token in seen_a + seen_b])
    batch = as_input(seen_a + seen_b, [6, 6], labels_at(selectable))
    ours = masked_posterior(machine, batch, corruption)
    for row, position in zip(ours, np.flatnonzero(selectable), strict=True):
        sides = list(chances)
        part, place = divmod(position, 6)
        seen = (seen_a, seen_b)[part]
        sides[part] = np.array([chance(t, seen, corruption, size, place) for t in texts])
        joint = (follow + independent) * np.outer(*sides)
        marginal = joint.sum(axis=1 - part)
        weights = np.bincount([text[place] for text in texts], marginal, minlength=size)
        np.testing.assert_allclose(row, weights / weights.sum(), rtol=0, atol=1e-10)
    yes, no = ((table * np.outer(*chances)).sum() for table in (follow, independent))
    assert next_sentence_posterior(machine, batch, corruption)[0] == pytest.approx(yes / (yes + no), abs=1e-10)


def some_corruptions(texts, size, corruption):
    """Four texts with a word or two masked and, where the recipe replaces words, one replaced."""
    generator = np.random.default_rng(3)
    seen = []
    for index in generator.choice(len(texts), size=4, replace=False):
        text = list(texts[index])
        places = generator.choice(len(text), size=3, replace=False)
        text[places[0]] = MASK
        text[places[1]] = MASK if index % 2 else text[places[1]]
        if corruption.random:
            text[places[2]] = int(generator.integers(size))
        seen.append(tuple(text))
    return seen


def test_labels_do_not_inform_the_prediction():
    machine = three_word_machine()
    batch = as_input([MASK, 5, MASK], [3])
    other = {**batch, "labels": np.where(batch["labels"] == -100, -100, 6)}
    np.testing.assert_array_equal(masked_posterior(machine, batch), masked_posterior(machine, other))


@pytest.mark.slow
def test_a_masked_only_predictor_is_worse_than_the_bound_under_bert():
    """A predictor that trusts every visible word pays for it where words were replaced."""
    machine = three_word_machine()
    clean = sentences(machine, machine.stationary @ machine.handover, 3)
    table = joint_table({text: leaving.sum() for text, leaving in clean.items()}, HEAVY, 8)
    right = trusting = 0.0
    gullible = Corruption(HEAVY.probability, mask=0.999, random=0.0005)
    for seen, joint in table.items():
        batch = as_input(seen, [3])
        for recipe in (HEAVY, gullible):
            cost = -(joint * np.log(np.maximum(masked_posterior(machine, batch, recipe), 1e-300))).sum()
            right, trusting = (right + cost, trusting) if recipe is HEAVY else (right, trusting + cost)
    assert right < trusting


def test_impossible_inputs_are_refused():
    machine = three_word_machine()
    with pytest.raises(ValueError, match="cannot come from this language"):
        masked_posterior(machine, as_input([0, 5], [2], [IGNORED, IGNORED]), MASK_ONLY)


def test_a_visible_word_cannot_be_selected_when_all_are_masked():
    with pytest.raises(ValueError, match="cannot come from this language"):
        masked_posterior(three_word_machine(), as_input([MASK, 5], [2]), MASK_ONLY)


def test_impossible_labels_are_refused():
    batch = as_input([MASK, 5], [2], [2, IGNORED])
    with pytest.raises(ValueError, match="labels are impossible"):
        bound(three_word_machine(), batch, MASK_ONLY)


def test_no_label_is_refused():
    batch = as_input([MASK, 5], [2], [IGNORED, IGNORED])
    with pytest.raises(ValueError, match="Were any tokens selected"):
        bound(three_word_machine(), batch)


def test_a_label_on_a_special_token_is_refused():
    batch = as_input([MASK, 5], [2])
    batch["labels"][0, 0] = 5
    with pytest.raises(ValueError, match="lies on"):
        masked_posterior(three_word_machine(), batch)


def test_a_batch_without_sep_is_refused():
    batch = as_input([MASK, 5], [2])
    batch["input_ids"][0, 3] = 5
    with pytest.raises(ValueError, match=r"must be \[CLS\] A \[SEP\]"):
        masked_posterior(three_word_machine(), batch)


def test_single_sentences_and_pairs_do_not_mix():
    single, pair = as_input([5, 6, 7], [3]), as_input([5, 6], [1, 1])
    mixed = {name: np.concatenate([single[name], pair[name]]) for name in single}
    with pytest.raises(ValueError, match="mixed"):
        masked_posterior(three_word_machine(), mixed)
