"""Can eight pairs of sentences be learned by heart? A check of seconds that tells right training from wrong.

    python benchmarks/overfit.py              eleven seeds, about five minutes of processor time
    python benchmarks/overfit.py --seeds 3    a look

A small model is trained on one corrupted batch with the reference answers of notebook 04, with right variants of them,
and with wrong ones, most of them out of the exams. What counts is the right masked loss on the right batch afterwards.
A wrong variant is told from right ones if its lowest loss over all seeds is three times their highest. Writes a table
into benchmarks/results/.
"""

from __future__ import annotations

import argparse
import datetime
import math
import os
import platform
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch.nn import functional as F

from attention_course import training
from attention_course.language.small_language import SmallLanguage
from autograder.exam.exercise import Exercise
from autograder.exam.reference import reference_namespace
from autograder.exams import masked_language_model as exam
from autograder.exams.masked_language_model.heads import heads_in_small_steps
from autograder.exams.masked_language_model.models import in_small_steps

RESULTS = Path(__file__).parent / "results"
LESSON = "04_masked_language_model"
ROWS, STEPS, RATE = 8, 80, 5e-3
MARGIN = 3.0
SIZES = {"width": 32, "heads": 4, "hidden": 64, "layers": 2}


@dataclass(frozen=True)
class Trial:
    """A way to do the work, and the losses it came to, one for each seed."""

    name: str
    right: bool
    losses: list[float]
    seconds: float


def learned_by_heart(work: training.Work, right: training.Work, material: training.Material, seed: int) -> float:
    """The right masked loss on one batch after training on it, in nats; infinite if it is no number."""
    recipe = training.Recipe(seed=seed, **SIZES)
    run = training.Run(work, recipe, material)
    batch = run.sample(ROWS)
    objective = training.PreTraining(run.model, work.masked_lm_loss)
    optimizer = torch.optim.AdamW(work.parameter_groups(run.model, 0.01), lr=RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: work.warmup_linear(step, 10, 2 * STEPS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch notices some of the slips
        for _ in range(STEPS):
            work.train_step(objective, batch, optimizer, schedule)
    question = training.Run(right, recipe, material).sample(ROWS)
    loss = float(right.masked_lm_loss(run.predictions(question)[0], question["labels"]))
    return loss if math.isfinite(loss) else math.inf


def variants(right: training.Work) -> Iterator[tuple[str, bool, training.Work]]:
    """(name, whether it is right, the work) of all that are tried."""
    yield "the reference answers", True, right
    for name in ("with_a_closure",):
        yield f"train_step: {name}", True, replace(right, train_step=_of(exam.train_step, name))
    for name in ("step_by_step",):
        yield f"BertModel: {name}", True, replace(right, BertForPreTraining=_around(_of(exam.BertForPreTraining, name)))
    yield (
        "BertForPreTraining: by_einsum",
        True,
        replace(right, BertForPreTraining=_of(exam.BertForPreTraining, "by_einsum")),
    )
    for name in WRONG_STEPS:
        yield f"train_step: {name}", False, replace(right, train_step=_of(exam.train_step, name))
    for name in WRONG_BODIES:
        yield (
            f"BertModel: {name}",
            False,
            replace(right, BertForPreTraining=_around(_of(exam.BertForPreTraining, name))),
        )
    for name in WRONG_HEADS:
        answer = _of(exam.BertForPreTraining, name)
        yield f"BertForPreTraining: {name}", False, replace(right, BertForPreTraining=answer)
    for name in WRONG_EMBEDDINGS:
        body = type(name, (in_small_steps,), {"embeddings_of": _embeddings(_of(exam.BertEmbeddings, name))})
        yield f"BertEmbeddings: {name}", False, replace(right, BertForPreTraining=_around(body))
    for change in (labels_of_the_others, labels_after_the_change, nothing_hidden):
        yield f"mask_tokens: {change.__name__}", False, replace(right, mask_tokens=change(right.mask_tokens))
    for loss in (of_probabilities, padding_counts, minus_the_probability):
        yield f"masked_lm_loss: {loss.__name__}", False, replace(right, masked_lm_loss=loss)


WRONG_STEPS = "optimizer_forgotten", "uphill", "never_cleared", "scheduler_first"
WRONG_BODIES = (
    "mask_the_wrong_way_round",
    "looks_back_only",
    "not_chained",
    "batch_second",
    "norm_first",
    "without_tanh",
)
WRONG_HEADS = "table_detached", "probabilities", "without_transform", "body_frozen", "untied"
WRONG_EMBEDDINGS = "without_positions", "without_words", "without_norm", "without_segments"


def _of(exercise: Exercise, name: str) -> Callable:
    """A variant out of an exam."""
    found = [*(variant.answer for variant in exercise.wrong_variants), *exercise.right_variants]
    functions = [answer for whole in found for answer in (whole.values() if isinstance(whole, dict) else [whole])]
    return next(answer for answer in functions if answer.__name__ == name)


def _around(body: Callable) -> type:
    """A BertForPreTraining with another body."""
    return type("BertForPreTraining", (heads_in_small_steps,), {"body_of": lambda self, config: body(config)})


def _embeddings(kind: Callable) -> Callable:
    def embeddings_of(self, config):
        sizes = config.vocab_size, config.hidden_size, config.max_position_embeddings
        return kind(*sizes, config.type_vocab_size, config.hidden_dropout_prob)

    return embeddings_of


def labels_of_the_others(mask_tokens: Callable) -> Callable:
    """Labels stand where nothing was selected."""

    def changed(input_ids, special_mask, *args, **kwargs):
        seen, labels = mask_tokens(input_ids, special_mask, *args, **kwargs)
        return seen, torch.where((labels == -100) & ~special_mask, input_ids, -100)

    return changed


def labels_after_the_change(mask_tokens: Callable) -> Callable:
    """Labels hold what the model sees, [MASK], and not what was there."""

    def changed(*args, **kwargs):
        seen, labels = mask_tokens(*args, **kwargs)
        return seen, torch.where(labels == -100, labels, seen)

    return changed


def nothing_hidden(mask_tokens: Callable) -> Callable:
    """The selected tokens stay as they are, and the model sees the answers."""
    return lambda input_ids, *args, **kwargs: (input_ids, mask_tokens(input_ids, *args, **kwargs)[1])


def of_probabilities(logits, labels):
    """The cross-entropy takes a softmax of its own."""
    return F.cross_entropy(logits.softmax(dim=-1).flatten(0, 1), labels.flatten())


def padding_counts(logits, labels):
    """All tokens count: those without a label as [PAD]."""
    return F.cross_entropy(logits.flatten(0, 1), labels.clamp(min=0).flatten())


def minus_the_probability(logits, labels):
    """The logarithm is forgotten."""
    selected = labels != -100
    return -logits[selected].softmax(dim=-1).gather(-1, labels[selected][:, None]).mean()


def tried(seeds: int) -> list[Trial]:
    """All variants with all seeds."""
    right = training.Work.of(reference_namespace(LESSON))
    material = training.small_language(SmallLanguage(), documents=20)
    trials = []
    for name, is_right, work in variants(right):
        start = time.process_time()
        losses = [learned_by_heart(work, right, material, seed) for seed in range(seeds)]
        trials.append(Trial(name, is_right, losses, (time.process_time() - start) / seeds))
        print(f"{name:45} {min(losses):8.4f} to {max(losses):8.4f}  {trials[-1].seconds:.1f} s each", flush=True)
    return trials


def report(trials: list[Trial], seeds: int) -> str:
    """The losses as a Markdown text, and what they separate."""
    highest = max(max(trial.losses) for trial in trials if trial.right)
    wrong = [trial for trial in trials if not trial.right]
    told = [trial for trial in wrong if min(trial.losses) >= MARGIN * highest]
    lowest = min(min(trial.losses) for trial in told)
    seconds = sum(trial.seconds for trial in trials) / len(trials)
    lines = [
        "# Learning eight pairs by heart",
        "",
        f"{datetime.date.today().isoformat()}. {platform.system()}, {os.cpu_count()} cores, PyTorch "
        f"{torch.__version__}, {torch.get_num_threads()} thread(s). {seeds} seeds, {STEPS} steps of {ROWS} pairs, a "
        f"model of width {SIZES['width']}; {seconds:.1f} s of processor time for each training.",
        "",
        f"Right ones end at {highest:.4f} nats or lower, with every seed. {len(told)} of {len(wrong)} wrong ones end "
        f"at {lowest:.4f} or higher, with every seed: {lowest / highest:.0f} times as much. The others learn a batch "
        "by heart as well, some of them by another way: what is wrong with them the exams see, and this check cannot.",
        "",
        "| variant | right | lowest | highest | told from right ones |",
        "|---|---|---:|---:|---|",
    ]
    for trial in trials:
        verdict = "" if trial.right else "yes" if trial in told else "no"
        low, high = min(trial.losses), max(trial.losses)
        lines.append(f"| {trial.name} | {'yes' if trial.right else 'no'} | {low:.4f} | {high:.4f} | {verdict} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=11)
    seeds = parser.parse_args().seeds
    text = report(tried(seeds), seeds)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"overfit-{datetime.date.today().isoformat()}.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
