"""The learner's own pieces where they are right, else ones that are lent; a line says which."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from attention_course.generation import lent

RTOL, ATOL = 1e-4, 1e-5


def right_or_lent(**answers: Any) -> Any:
    """Each answer if it does what it should in a short trial, else the course's own; one line says which.

    Args:
        answers: by the name of the exercise's function, such as `top_p=top_p`.

    Returns:
        the answer itself where one is given, a list in the same order where there are several.
    """
    reasons = {name: _reason(name, answer) for name, answer in answers.items()}
    _say_whose({name: answers[name] for name, reason in reasons.items() if reason is None})
    for name, reason in reasons.items():
        if reason is not None:
            print(f"lent by the course: {name}, because yours {reason}")
    chosen = [answer if reasons[name] is None else getattr(lent, name) for name, answer in answers.items()]
    return chosen[0] if len(chosen) == 1 else chosen


def decoder_or_lent(model: Any, cache: Any, load: Callable[..., Any], config: Any) -> tuple[Any, Any]:
    """The learner's DecoderModel and KeyValueCache if they agree with a Llama, else lent ones; one line says which.

    Args:
        model, cache, load: DecoderModel, KeyValueCache and load_llama_weights.
        config: any configuration of the exercise's kind; its sizes are replaced by small ones for the trial.

    Returns:
        (DecoderModel, KeyValueCache), to be used together.
    """
    reason = _attempt(lambda: _decoder_trial(model, cache, load, config))
    if reason is None:
        _say_whose({"DecoderModel": model, "KeyValueCache": cache})
        return model, cache
    print(f"lent by the course: DecoderModel and KeyValueCache, because yours {reason}")
    return lent.DecoderModel, lent.KeyValueCache


def _say_whose(right: dict[str, Any]) -> None:
    """One line for what the learner wrote, one for what was borrowed with `lend`."""
    borrowed = [name for name, answer in right.items() if getattr(answer, "lent", False)]
    own = [name for name in right if name not in borrowed]
    for whose, names in (("yours", own), ("borrowed with lend", borrowed)):
        if names:
            print(f"{whose}: {', '.join(names)}")


def _reason(name: str, answer: Any) -> str | None:
    return _attempt(lambda: _same(TRIALS[name](answer), TRIALS[name](getattr(lent, name))))


def _attempt(trial: Callable[[], str | None]) -> str | None:
    """What the trial says, or the kind of error with which it stops."""
    try:
        with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            warnings.simplefilter("ignore")
            torch.manual_seed(0)
            return trial()
    except NotImplementedError:
        return "is still to be written"
    except Exception as error:  # whatever an unfinished answer does
        return f"stops with {type(error).__name__}"


def _same(mine: list[Any], theirs: list[Any]) -> str | None:
    pairs = zip(mine, theirs, strict=True)
    if all(torch.allclose(torch.as_tensor(a).double(), torch.as_tensor(b).double(), RTOL, ATOL) for a, b in pairs):
        return None
    return "does not give the right numbers yet"


def _drawn(*shape: int, seed: int = 3) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _skip_gram_trial(loss_of: Any) -> list[Any]:
    center, context, negatives = _drawn(4, 3).requires_grad_(), _drawn(4, 3, seed=4), _drawn(4, 2, 3, seed=5)
    loss = loss_of(center, context, negatives)
    return [loss.detach(), *torch.autograd.grad(loss, center)]


def _next_token_trial(loss_of: Any) -> list[Any]:
    logits, ids = _drawn(2, 5, 7).requires_grad_(), torch.tensor([[1, 2, 3, 4, 5], [6, 5, 4, 0, 0]])
    loss = loss_of(logits, ids, ids != 0)
    return [loss.detach(), *torch.autograd.grad(loss, logits), loss_of(logits.detach(), ids)]


class _Successor:
    """Stands for a model: the next id is always one more; it notes what it was given."""

    layers: tuple[()] = ()

    def __call__(self, ids: Tensor, caches: Any = None) -> Tensor:
        return torch.nn.functional.one_hot((ids + 1) % 11, 11).float()


def _generate_trial(generate: Any) -> list[Any]:
    prompt = torch.tensor([[1, 2], [4, 9]])
    return [generate(_Successor(), prompt, 5, lambda logits: logits.argmax(-1), use_cache=way) for way in (True, False)]


def _norm_trial(norm: Any) -> list[Any]:
    big = torch.tensor([300.0, 400.0])
    return [norm(2)(big), norm(2)(big.half()), norm(6, eps=0.5)(_drawn(2, 3, 6))]


def _cache_trial(kind: Any) -> list[Any]:
    cache, tokens = kind(), _drawn(2, 1, 2, 5, 4)
    told = [cache.length, cache.nbytes]
    for n in ([0, 1, 2], [3], [4]):
        keys, values = cache.append(*tokens[..., n, :])
    return [*told, keys, values, cache.length, cache.nbytes]


def _attention_trial(kind: Any) -> list[Any]:
    """A text at once and in pieces, with numbers that do not depend on what it begins with."""
    attention, text, cache = kind(16, 4, 2), _drawn(1, 7, 16), lent.KeyValueCache()
    for seed, part in enumerate((attention.query, attention.key, attention.value, attention.output)):
        part.weight.data.copy_(_drawn(*part.weight.shape, seed=seed) / 4)
    return [attention(text), *(attention(piece, cache) for piece in text.split([3, 1, 3], dim=1))]


def _decoder_trial(model: Any, cache: Any, load: Callable[..., Any], config: Any) -> str | None:
    sizes = {
        "vocab_size": 17, "hidden_size": 16, "intermediate_size": 20, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": False,
    }  # fmt: skip
    small = dataclasses.replace(config, **sizes)
    theirs, own = lent.DecoderModel(small).eval(), model(small).eval()
    load(own, theirs.state_dict())
    ids = torch.randint(17, (2, 9))
    caches = [cache() for _ in own.layers]
    with torch.no_grad():
        expected, whole = theirs(ids), own(ids)
        parts = torch.cat([own(part, caches) for part in (ids[:, :5], ids[:, 5:6], ids[:, 6:])], dim=1)
    if _same([whole], [expected]):
        return "does not give the numbers of a Llama yet"
    if _same([parts], [expected]):
        return "gives other numbers with caches than without"
    if [one.length for one in caches] != [9, 9] or [one.nbytes for one in caches] != [1152, 1152]:
        return "has caches that do not tell their length or size"
    return None if own(ids).requires_grad else "lets no gradient through"


TRIALS: dict[str, Callable[[Any], list[Any]]] = {
    "skip_gram_loss": _skip_gram_trial,
    "most_similar": lambda near: [near(_drawn(3), _drawn(6, 3, seed=4), 3, (1,))],
    "analogy": lambda ask: [ask(0, 1, 2, _drawn(7, 3), 3)],
    "next_token_loss": _next_token_trial,
    "with_temperature": lambda rule: [rule(_drawn(2, 5), t).softmax(dim=-1) for t in (0, 0.5, 2.0)],
    "top_k": lambda rule: [rule(_drawn(2, 5), k).softmax(dim=-1) for k in (1, 3, 9)],
    "top_p": lambda rule: [rule(_drawn(2, 5), p).softmax(dim=-1) for p in (0.1, 0.7, 1.0)],
    "RMSNorm": _norm_trial,
    "KeyValueCache": _cache_trial,
    "CausalSelfAttention": _attention_trial,
    "rotate": lambda turn: [turn(_drawn(2, 3, 4, 6), torch.arange(2, 6))],
    "generate": _generate_trial,
    "induction_score": lambda score: [score(_drawn(2, 3, 8, 8).softmax(dim=-1), 4)],
}
