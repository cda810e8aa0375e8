"""mask_tokens(input_ids, special_mask, vocabulary_size, mask_id, probability, generator): the right variants."""

from types import SimpleNamespace

import numpy as np
import torch

from autograder.exam.exercise import Exercise
from autograder.exams.masked_language_model.earlier import NOTEBOOK
from autograder.exams.masked_language_model.mask_tokens_cases import cases

_NEVER = "a random number is exactly this once in millions of draws"

_DRAW = "torch.rand(input_ids.shape, generator=generator, device=input_ids.device)"
_LARGEST = "(chance() * vocabulary_size).long()"

mask_tokens = Exercise(
    NOTEBOOK,
    "mask_tokens",
    cases,
    survivors={
        f"mask_tokens: {_DRAW} -> torch.rand(input_ids.shape, generator=generator)": (
            "a computer that grades on its CPU has no second device with numbers in it"
        ),
        "mask_tokens: chance() < probability -> chance() <= probability": _NEVER,
        "mask_tokens: fate < 0.8 -> fate <= 0.8": _NEVER,
        "mask_tokens: fate >= 0.9 -> fate > 0.9": _NEVER,
        f"mask_tokens: {_LARGEST}.clamp(max=vocabulary_size - 1) -> {_LARGEST}": _NEVER,
        "mask_tokens: vocabulary_size - 1 -> vocabulary_size + 1": _NEVER,
        "mask_tokens: vocabulary_size - 1 -> vocabulary_size": _NEVER,
        "mask_tokens: vocabulary_size - 1 -> vocabulary_size - 0": _NEVER,
    },
)


@mask_tokens.right
def by_bernoulli_and_assignment(input_ids, special_mask, vocabulary_size, mask_id, probability=0.15, generator=None):
    chances = torch.full(input_ids.shape, float(probability))
    chances[special_mask] = 0.0
    selected = torch.bernoulli(chances, generator=generator).bool()
    labels = input_ids.clone()
    labels[~selected] = -100
    corrupted = input_ids.clone()
    masked = torch.bernoulli(torch.full(input_ids.shape, 0.8), generator=generator).bool() & selected
    corrupted[masked] = mask_id
    half = torch.bernoulli(torch.full(input_ids.shape, 0.5), generator=generator).bool()
    replaced = half & selected & ~masked
    corrupted[replaced] = torch.randint(vocabulary_size, (int(replaced.sum()),), generator=generator)
    return corrupted, labels


@mask_tokens.right
def one_number_for_each_token(input_ids, special_mask, vocabulary_size, mask_id, probability=0.15, generator=None):
    number = torch.rand(input_ids.shape, generator=generator, dtype=torch.float64).masked_fill(special_mask, 2.0)
    anything = torch.randint(0, vocabulary_size, input_ids.shape, generator=generator)
    corrupted = torch.where(number < 0.9 * probability, anything, input_ids)
    corrupted = torch.where(number < 0.8 * probability, torch.full_like(input_ids, mask_id), corrupted)
    return corrupted, input_ids.masked_fill(number >= probability, -100)


@mask_tokens.right
def exact_counts(input_ids, special_mask, vocabulary_size, mask_id, probability=0.15, generator=None):
    """An exact share of the tokens that may be selected, and exact shares of the fates."""
    flat, corrupted = input_ids.flatten(), input_ids.flatten().clone()
    free = (~special_mask).flatten().nonzero().squeeze(1)
    order = free[torch.randperm(len(free), generator=generator)]
    chosen = order[: round(probability * len(free))]
    masked, replaced = round(0.8 * len(chosen)), round(0.9 * len(chosen))
    corrupted[chosen[:masked]] = mask_id
    draws = torch.randint(vocabulary_size, (replaced - masked,), generator=generator)
    corrupted[chosen[masked:replaced]] = draws
    labels = torch.full_like(flat, -100)
    labels[chosen] = flat[chosen]
    return corrupted.reshape(input_ids.shape), labels.reshape(input_ids.shape)


@mask_tokens.right
def exact_share_and_chance_fates(input_ids, special_mask, vocabulary_size, mask_id, probability=0.15, generator=None):
    scores = torch.rand(input_ids.shape, generator=generator).masked_fill(special_mask, -1.0)
    count = int(probability * int((special_mask == 0).sum()) + 0.5)
    selected = torch.zeros(input_ids.numel(), dtype=torch.bool)
    selected[scores.reshape(-1).topk(count).indices] = True
    selected = selected.reshape(input_ids.shape)
    fate = torch.multinomial(torch.tensor([8.0, 1.0, 1.0]), max(1, count), replacement=True, generator=generator)
    fates = torch.full(input_ids.shape, 2)
    fates[selected] = fate[:count]
    anything = torch.randint(vocabulary_size, input_ids.shape, generator=generator)
    corrupted = fates.eq(0) * mask_id + fates.eq(1) * anything + fates.eq(2) * input_ids
    return corrupted, torch.where(selected, input_ids, torch.tensor(-100))


@mask_tokens.right
def an_exact_share_of_each_text(input_ids, special_mask, vocabulary_size, mask_id, probability=0.15, generator=None):
    texts, special = input_ids.reshape(-1, input_ids.shape[-1]), special_mask.reshape(-1, input_ids.shape[-1])
    corrupted, labels = texts.clone(), torch.full_like(texts, -100)
    for row in range(len(texts)):
        places = torch.nonzero(~special[row])[:, 0]
        number = round(len(places) * probability)
        places = places[torch.randperm(len(places), generator=generator)[:number]]
        labels[row, places] = texts[row, places]
        fate = torch.rand(number, generator=generator)
        corrupted[row, places[fate < 0.8]] = mask_id
        last = places[fate > 0.9]
        corrupted[row, last] = torch.randint(vocabulary_size, last.shape, generator=generator)
    return corrupted.view(input_ids.shape), labels.view(input_ids.shape)


@mask_tokens.right
def token_by_token(input_ids, special_mask, vocabulary_size, mask_id, probability=0.15, generator=None):
    count = input_ids.numel()
    whether, fate, which = torch.rand(3, count, generator=generator, dtype=torch.float64).tolist()
    seen, labels = [], []
    tokens, special = input_ids.flatten().tolist(), special_mask.flatten().tolist()
    for place, token in enumerate(tokens):
        if special[place] or whether[place] >= probability:
            seen.append(token)
            labels.append(-100)
            continue
        labels.append(token)
        if fate[place] < 0.8:
            seen.append(mask_id)
        elif fate[place] < 0.9:
            seen.append(int(which[place] * vocabulary_size))
        else:
            seen.append(token)
    return tuple(torch.tensor(numbers).reshape(input_ids.shape) for numbers in (seen, labels))


@mask_tokens.right
def by_numpy_from_a_seed_of_the_generator(
    input_ids, special_mask, vocabulary_size, mask_id, probability=0.15, generator=None
):
    seed = torch.randint(2**62, (1,), generator=generator).item()
    rng = np.random.default_rng(seed)
    tokens = input_ids.numpy()
    selected = (rng.random(tokens.shape) < probability) & ~special_mask.numpy()
    fate = rng.choice(3, size=tokens.shape, p=[0.1, 0.1, 0.8])
    corrupted = np.select(
        [selected & (fate == 2), selected & (fate == 1)],
        [np.full_like(tokens, mask_id), rng.integers(vocabulary_size, size=tokens.shape)],
        tokens,
    )
    return torch.from_numpy(corrupted), torch.from_numpy(np.where(selected, tokens, -100))


@mask_tokens.right
def by_the_transformers_library(input_ids, special_mask, vocabulary_size, mask_id, probability=0.15, generator=None):
    from transformers import DataCollatorForLanguageModeling

    class Tokens:
        mask_token = "[MASK]"

        def __len__(self):
            return vocabulary_size

        def convert_tokens_to_ids(self, token):
            return mask_id

    settings = {"mlm_probability": probability, "mask_replace_prob": 0.8, "random_replace_prob": 0.1}
    collator = SimpleNamespace(tokenizer=Tokens(), generator=generator, whole_word_mask=False, **settings)
    return DataCollatorForLanguageModeling.torch_mask_tokens(collator, input_ids.clone(), special_mask)
