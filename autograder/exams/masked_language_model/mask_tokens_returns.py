"""Wrong variants of mask_tokens: labels, what comes back, and where chance comes from."""

import torch

from autograder.exams.masked_language_model.mask_tokens import mask_tokens
from autograder.exams.masked_language_model.mask_tokens_mistakes import Given, slip

__all__ = ["mask_tokens"]  # with all its wrong variants


@slip("the labels keep the original everywhere. What stands where no token is selected?")
def labels_everywhere(given):
    return given.corrupted(given.selected()), given.input_ids.clone()


@slip("the labels are 0 where no token is selected, which is a token too. Which number does the loss ignore?")
def labels_zero(given):
    selected = given.selected()
    return given.corrupted(selected), torch.where(selected, given.input_ids, 0)


@slip("the labels are -1 where no token is selected. Which number does the loss ignore?")
def labels_minus_one(given):
    selected = given.selected()
    return given.corrupted(selected), torch.where(selected, given.input_ids, -1)


@slip("the labels hold what the model sees. What should it name?")
def labels_of_the_corrupted(given):
    selected = given.selected()
    seen = given.corrupted(selected)
    return seen, torch.where(selected, seen, -100)


@slip("the labels leave out selected tokens that stay as they are. Are they to be named?")
def kept_without_label(given):
    selected = given.selected()
    seen = given.corrupted(selected)
    return seen, given.labels(seen != given.input_ids)


@slip("the labels stand only where [MASK] is. Which other tokens were selected?")
def labels_at_mask_only(given):
    selected, fate = given.selected(), given.numbers()
    return given.corrupted(selected, fate), given.labels(selected & (fate < 0.8))


@slip("the labels stand where no token is selected, and -100 where one is. Which way round is it?")
def labels_turned_round(given):
    selected = given.selected()
    return given.corrupted(selected), torch.where(selected, -100, given.input_ids)


@slip("the labels say whether a token was selected, not which one it was. What should the model name?")
def labels_yes_or_no(given):
    selected = given.selected()
    return given.corrupted(selected), selected.long()


@slip("the labels are floats. Which dtype does the docstring promise?")
def float_labels(given):
    selected = given.selected()
    return given.corrupted(selected), torch.where(selected, given.input_ids.float(), -100.0)


@slip("the two come back in the other order. Which comes first?")
def exchanged(given):
    return given.hidden()[::-1]


@slip("the corrupted tokens come back alone. What else does the docstring promise?")
def corrupted_alone(given):
    return given.hidden()[0]


@slip("three things come back. Which two does the docstring promise?")
def three_things(given):
    selected = given.selected()
    return (*given.hidden(selected), selected)


@slip("lists come back instead of tensors. What sort of value does the docstring promise?")
def lists(given):
    return tuple(part.tolist() for part in given.hidden())


@slip("the axes are gone: all tokens come back in one row. Which shape does the docstring promise?")
def flat(given):
    return tuple(part.flatten() for part in given.hidden())


@slip("the tokens that were given are changed themselves. What makes a copy of them?")
def changed_in_place(given):
    seen, labels = given.hidden()
    return given.input_ids.copy_(seen), labels


@slip("where nothing is selected, the tokens that were given come back themselves. Are they a new tensor?")
def given_back(given):
    seen, labels = given.hidden()
    return (seen if given.probability > 0 else given.input_ids), labels


@slip("a tensor with strides fails. Does `view` or `reshape` accept it?")
def viewed(given):
    tokens, special = given.input_ids.view(-1), given.special_mask.view(-1)
    rest = (given.vocabulary_size, given.mask_id, given.probability, given.generator)
    return tuple(part.view(given.input_ids.shape) for part in Given(tokens, special, *rest).hidden())


@slip("two axes are taken for granted. Which shapes does the docstring allow?")
def two_axes(given):
    rows, columns = given.input_ids.shape
    return given.hidden((given.numbers(rows, columns) < given.probability) & ~given.special_mask)


@slip("it fails where all tokens are special. What is there to do then?")
def all_special_fails(given):
    if given.special_mask.all():
        raise IndexError
    return given.hidden()


@slip("[MASK] has always the same number here. Which argument says which one it is?")
def mask_fixed(given):
    given.mask_id = 4
    return given.hidden()


@slip("[MASK] has the number of the published BERT. Which argument says which one it is?")
def mask_of_the_published(given):
    given.mask_id = 103
    return given.hidden()


@slip("random tokens come from the vocabulary of the published BERT. How many tokens has this one?")
def vocabulary_of_the_published(given):
    given.vocabulary_size = 30522
    return given.hidden()


@slip("random tokens go no higher than the highest in the text. How many does the vocabulary have?")
def vocabulary_of_the_text(given):
    highest = max(1, int(given.input_ids.max()))
    draws = torch.randint(highest, given.input_ids.shape, generator=given.generator)
    return given.hidden(anything=draws)


@slip("the generator is not used. Which functions of chance take it?")
def generator_ignored(given):
    given.generator = None
    return given.hidden()


@slip("the generator decides which tokens are selected, and nothing more. What else is left to chance?")
def generator_for_selection_alone(given):
    selected = given.selected()
    given.generator = None
    return given.hidden(selected)


@slip("the random tokens do not come from the generator. What else is drawn besides the numbers?")
def tokens_without_generator(given):
    selected, fate = given.selected(), given.numbers()
    anything = torch.randint(given.vocabulary_size, given.input_ids.shape)
    return given.hidden(selected, fate=fate, anything=anything)


@slip("a generator used twice gives the same twice. Is it used itself, or its seed?")
def seed_of_the_generator(given):
    if given.generator is not None:
        given.generator = torch.Generator().manual_seed(given.generator.initial_seed())
    return given.hidden()


@slip("the seed of the generator goes into torch's own. Is the generator itself used, and is torch's left alone?")
def torch_seeded(given):
    if given.generator is not None:
        torch.default_generator.manual_seed(given.generator.initial_seed())
    given.generator = None
    return given.hidden()


@slip("torch's own generator gets a new seed. Who else draws from it?")
def torch_seeded_by_a_draw(given):
    if given.generator is not None:
        draw = torch.randint(2**60, (1,), generator=given.generator)
        torch.default_generator.manual_seed(int(draw))
    given.generator = None
    return given.hidden()


@slip("without a generator every call hides the same tokens. Does it make one of a fixed seed?")
def fixed_seed(given):
    given.generator = given.generator or torch.Generator().manual_seed(0)
    return given.hidden()


@slip("without a generator it draws from one that nobody can seed. Which one does None mean?")
def another_generator(given):
    if given.generator is None:
        given.generator = torch.Generator()
        given.generator.seed()
    return given.hidden()


@slip("it fails without a generator. What does None mean?")
def generator_required(given):
    given.generator.get_state()
    return given.hidden()


@slip("the same seed is set on every call, whatever generator is given. Who decides about the seed?")
def seeded_on_every_call(given):
    given.generator = torch.Generator().manual_seed(42)
    return given.hidden()
