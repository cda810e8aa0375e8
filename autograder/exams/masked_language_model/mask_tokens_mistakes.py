"""Wrong variants of mask_tokens: which tokens are selected, what becomes of them, and what the labels say."""

import functools
from dataclasses import dataclass

import torch

from autograder.exams.masked_language_model.mask_tokens import mask_tokens


@dataclass
class Given:
    """The arguments of a call, and the steps of a right answer; a slip changes one of them."""

    input_ids: torch.Tensor
    special_mask: torch.Tensor
    vocabulary_size: int
    mask_id: int
    probability: float
    generator: torch.Generator | None

    def numbers(self, *shape):
        """Random numbers from 0 to 1, by default one for each token."""
        return torch.rand(shape or self.input_ids.shape, generator=self.generator)

    def selected(self):
        return (self.numbers() < self.probability) & ~self.special_mask

    def anything(self, low=0):
        return torch.randint(low, self.vocabulary_size, self.input_ids.shape, generator=self.generator)

    def corrupted(self, selected, fate=None, anything=None, limits=(0.8, 0.9)):
        fate = self.numbers() if fate is None else fate
        anything = self.anything() if anything is None else anything
        seen = torch.where(selected & (fate < limits[1]), anything, self.input_ids)
        return torch.where(selected & (fate < limits[0]), self.mask_id, seen)

    def labels(self, selected):
        return torch.where(selected, self.input_ids, -100)

    def hidden(self, selected=None, **changes):
        """What a right answer returns, with another choice of tokens or another fate."""
        selected = self.selected() if selected is None else selected
        return self.corrupted(selected, **changes), self.labels(selected)


def slip(hint):
    """Decorator: register a wrong variant that is written as a function of what is Given."""

    def register(answer):
        def variant(input_ids, special_mask, vocabulary_size, mask_id, probability=0.15, generator=None):
            return answer(Given(input_ids, special_mask, vocabulary_size, mask_id, probability, generator))

        mask_tokens.wrong(hint)(functools.wraps(answer, updated=())(variant))
        return answer

    return register


@slip("special tokens are selected like others. What does `special_mask` forbid?")
def special_selected(given):
    return given.hidden(given.numbers() < given.probability)


@slip("special tokens are selected, and no others. What does True mean in `special_mask`?")
def special_alone(given):
    return given.hidden((given.numbers() < given.probability) & given.special_mask)


@slip("the probability is that of being left alone. Which tokens are selected?")
def probability_of_staying(given):
    return given.hidden((given.numbers() >= given.probability) & ~given.special_mask)


@slip("the probability is always the same. Where is the argument used?")
def probability_fixed(given):
    return given.hidden((given.numbers() < 0.15) & ~given.special_mask)


@mask_tokens.wrong("the default of `probability` is not the one in the docstring. Which one is it?")
def another_default(input_ids, special_mask, vocabulary_size, mask_id, probability=0.2, generator=None):
    return Given(input_ids, special_mask, vocabulary_size, mask_id, probability, generator).hidden()


@slip("the share is taken of all tokens, the special ones included. Of which tokens is each selected with it?")
def share_of_all_tokens(given):
    scores = given.numbers().masked_fill(given.special_mask, 2.0).flatten()
    free = int((~given.special_mask).sum())
    count = min(free, round(given.probability * scores.numel()))
    selected = torch.zeros_like(scores, dtype=torch.bool)
    selected[scores.argsort()[:count]] = True
    return given.hidden(selected.reshape(given.input_ids.shape))


@slip("at least one token is selected, whatever the probability. What does a probability of 0 ask for?")
def one_at_least(given):
    scores = given.numbers().masked_fill(given.special_mask, 2.0).flatten()
    count = max(1, round(given.probability * int((~given.special_mask).sum())))
    selected = torch.zeros_like(scores, dtype=torch.bool)
    selected[scores.argsort()[:count]] = True
    return given.hidden(selected.reshape(given.input_ids.shape))


@slip("all texts have the same places selected. How many numbers are drawn, one for each place or for each token?")
def same_places_in_all_texts(given):
    return given.hidden((given.numbers(given.input_ids.shape[-1]) < given.probability) & ~given.special_mask)


@slip("a text is selected as a whole, or not at all. For what is a number drawn?")
def whole_texts(given):
    return given.hidden((given.numbers(*given.input_ids.shape[:-1], 1) < given.probability) & ~given.special_mask)


@slip("a number of the vocabulary is selected wherever it stands. For what is a random number drawn?")
def by_kind_of_token(given):
    kinds = given.numbers(given.vocabulary_size) < given.probability
    return given.hidden(kinds[given.input_ids] & ~given.special_mask)


@slip("the first tokens are selected, not any. What is left to chance?")
def first_tokens(given):
    free = ~given.special_mask.flatten()
    selected = free & (free.cumsum(0) <= round(given.probability * int(free.sum())))
    return given.hidden(selected.reshape(given.input_ids.shape))


@slip("every selected token becomes [MASK]. What becomes of two in ten?")
def all_masked(given):
    return given.hidden(limits=(1.0, 1.0))


@slip("eight in ten become [MASK] and the rest are replaced at random. Which ones stay as they are?")
def none_kept(given):
    return given.hidden(limits=(0.8, 1.0))


@slip("eight in ten become [MASK] and the rest stay. Which ones are replaced at random?")
def none_replaced(given):
    return given.hidden(limits=(0.8, 0.8))


@slip("eight in ten are replaced at random, and one becomes [MASK]. Which of the two should be the most?")
def mask_and_random_exchanged(given):
    selected, fate = given.selected(), given.numbers()
    seen = torch.where(selected & (fate < 0.9), given.mask_id, given.input_ids)
    return torch.where(selected & (fate < 0.8), given.anything(), seen), given.labels(selected)


@slip("eight in ten stay, and one becomes [MASK]. Which should be the most?")
def most_kept(given):
    return given.hidden(limits=(0.1, 0.2))


@slip("what was masked is replaced by a later line. Does the second condition leave out what the first one took?")
def mask_overwritten(given):
    selected, fate = given.selected(), given.numbers()
    seen = torch.where(selected & (fate < 0.8), given.mask_id, given.input_ids)
    return torch.where(selected & (fate < 0.9), given.anything(), seen), given.labels(selected)


@slip("a tenth is drawn among all selected, and takes some from [MASK]. Among which should it be drawn?")
def tenth_from_masked_too(given):
    selected = given.selected()
    seen = torch.where(selected & (given.numbers() < 0.8), given.mask_id, given.input_ids)
    return torch.where(selected & (given.numbers() < 0.1), given.anything(), seen), given.labels(selected)


@slip("a tenth is taken of the fifth that is left, which is 2 %. Which share of the rest makes a tenth of all?")
def tenth_of_the_rest(given):
    selected, fate = given.selected(), given.numbers()
    masked = selected & (fate < 0.8)
    replaced = selected & ~masked & (given.numbers() < 0.1)
    seen = torch.where(masked, given.mask_id, given.input_ids)
    return torch.where(replaced, given.anything(), seen), given.labels(selected)


@slip("eight and one in ten are taken of all tokens, not of the selected. Whose fate is drawn?")
def fates_of_all_tokens(given):
    selected, fate = given.selected(), given.numbers()
    free = ~given.special_mask
    seen = torch.where(free & (fate < 0.8), given.mask_id, given.input_ids)
    return torch.where(free & (fate >= 0.9), given.anything(), seen), given.labels(selected)


@slip("the number that selects a token decides its fate as well, and is always small. Which range is it in by then?")
def fate_from_the_same_number(given):
    number = given.numbers()
    return given.hidden((number < given.probability) & ~given.special_mask, fate=number)


@slip("all selected tokens share one fate. How many numbers decide it?")
def one_fate(given):
    return given.hidden(fate=given.numbers(*[1] * given.input_ids.dim()))


@slip("all tokens of a text share one fate. How many numbers decide it?")
def one_fate_for_a_text(given):
    return given.hidden(fate=given.numbers(*given.input_ids.shape[:-1], 1).expand(given.input_ids.shape))


@slip("the first of the selected become [MASK], the last stay. What is left to chance?")
def fates_in_order(given):
    selected = given.selected()
    order = selected.flatten().cumsum(0) - 1
    fate = (order / max(1, int(selected.sum()))).reshape(selected.shape)
    return given.hidden(selected, fate=fate)


@slip("the same random token replaces all of them. How many are drawn?")
def one_replacement(given):
    return given.hidden(anything=torch.randint(given.vocabulary_size, (1,), generator=given.generator))


@slip("token 0 is never drawn. Where does the whole vocabulary begin?")
def first_never_drawn(given):
    return given.hidden(anything=given.anything(low=1))


@slip("the first five tokens are never drawn. Are the special ones left out by the docstring?")
def special_never_drawn(given):
    return given.hidden(anything=given.anything(low=min(5, given.vocabulary_size - 1)))


@slip("the last token is never drawn. Is the upper end of the range one of the numbers?")
def last_never_drawn(given):
    draws = given.numbers() * (given.vocabulary_size - 1)
    return given.hidden(anything=draws.long())


@slip("a token outside of the vocabulary is drawn at times. What is the highest number?")
def one_too_many(given):
    draws = given.numbers() * (given.vocabulary_size + 1)
    return given.hidden(anything=draws.long())


@slip("a random token is never the one it replaces. Does the docstring leave it out?")
def never_itself(given):
    step = torch.randint(1, given.vocabulary_size, given.input_ids.shape, generator=given.generator)
    return given.hidden(anything=(given.input_ids + step) % given.vocabulary_size)


@slip("[MASK] is never drawn as a random token. Does the docstring leave it out?")
def mask_never_drawn(given):
    draws = torch.randint(given.vocabulary_size - 1, given.input_ids.shape, generator=given.generator)
    return given.hidden(anything=draws + (draws >= given.mask_id))


@slip("replacements are taken from the text itself. From where should they be drawn?")
def from_the_text(given):
    flat = given.input_ids.flatten()
    shuffled = flat[torch.randperm(len(flat), generator=given.generator)]
    return given.hidden(anything=shuffled.reshape(given.input_ids.shape))
