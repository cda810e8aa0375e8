"""Notebook 05's experiments, measured: labels against accuracy for five readers, rates, names, rare classes, seeds.

    python benchmarks/fine_tuning.py --out benchmarks/results/fine-tuning-DATE

writes .csv and .md. One thread, processor seconds; the model is the reference's of notebooks 04 and 05. Everything is
seeded; each number is a mean over label sets with its standard deviation.
"""

from __future__ import annotations

import csv
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from attention_course import tuning
from attention_course.language.named_grammar import MEN, TAGS, TOWNS, WOMEN
from attention_course.language.named_language import NamedLanguage
from attention_course.language.small_language import SmallLanguage
from attention_course.tuning import naming
from attention_course.tuning.body import initialise
from attention_course.tuning.pretraining import LENGTH
from autograder.exam.reference import reference_namespace

WORK = reference_namespace("05_fine_tuning")
BERT = reference_namespace("04_masked_language_model")
SMALL, NAMED = SmallLanguage(), NamedLanguage()
SETS, NAME_SETS = 3, 10
"""Label sets. Names that no label shows are few, and their recall differs much from set to set: ten for these."""
TUNED, FROZEN = 1e-3, 1e-2
SCRATCH_RATES = (3e-4, 1e-3, 3e-3)
MIDDLE = 128
"""Labels with which the rate of the model from scratch is chosen, on a validation set; it is used with all other
numbers too."""
VALIDATION = 1000
"""Sentences of the validation set, apart from labels and test: more than anybody with 128 labels would keep back."""
SECRET = {*WOMEN[5:], *MEN[5:], *TOWNS[5:]}
"""Names that no label shows."""

Row = dict[str, object]


def body(vocab_size: int, max_position_embeddings: int) -> torch.nn.Module:
    """The reference's own body of notebook 04, in the sizes of notebook 05."""
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 256}
    config = BERT["BertConfig"](
        vocab_size=vocab_size, max_position_embeddings=max_position_embeddings, hidden_dropout_prob=0.0, **sizes
    )
    return BERT["BertModel"](config)


def classifier(kind: str, classes: int, weights: dict, seed: int) -> torch.nn.Module:
    """A fresh head on the pre-trained body, or on a fresh one for `scratch`."""
    torch.manual_seed(seed)
    fresh = initialise(body(len(NAMED.tokens), LENGTH), 100 + seed)
    if kind != "scratch":
        fresh.load_state_dict(weights)
    model = WORK["SequenceClassifier"](fresh, classes, dropout=0.0)
    WORK["set_trainable"](model, "head" if kind == "frozen" else "all")
    return model


def accuracy(kind: str, train: dict, test: dict, classes: int, weights: dict, rate: float, seed: int) -> float:
    model = classifier(kind, classes, weights, seed)
    tuning.fit(model, train, tuning.labelled_steps(len(train["labels"])), rate, seed)
    return float((tuning.logits_of(model, test).argmax(1) == test["labels"]).float().mean())


def row(task: str, count: int, reader: str, values: list[float], seconds: float, note: str = "") -> Row:
    print(f"{task:10} {count:5} {reader:22} {np.mean(values):.3f} +- {np.std(values):.3f} {note}", flush=True)
    return {
        "task": task, "labels": count, "reader": reader, "mean": round(float(np.mean(values)), 4),
        "sd": round(float(np.std(values)), 4), "sets": len(values), "cpu_seconds": round(seconds / len(values), 1),
        "note": note,
    }  # fmt: skip


def measured(call: Callable[[int], float], sets: int = SETS) -> tuple[list[float], float]:
    started = time.process_time()
    return [call(number) for number in range(sets)], time.process_time() - started


def sentences(task: str, make: Callable, classes: int, weights: dict, counts: tuple[int, ...]) -> Iterator[Row]:
    """One task, all readers, growing numbers of labels."""
    raw, sets, validation = material(make, counts)
    test = tuning.encoded(NAMED, raw)
    best = 1.0
    if task == "topic":
        said = tuning.topic_posterior(SMALL, [words for words, _ in raw]).argmax(1)
        best = float((said == test["labels"].numpy()).mean())
    yield row(task, 0, "perfect reader", [best], 0.0)
    rate, tried = chosen_rate(sets[MIDDLE], validation, classes, weights)
    yield from (row(task, MIDDLE, "scratch, validation", *found, note=f"rate {one:g}") for one, found in tried.items())
    for count, parts in sets.items():
        for kind, fastest in (("fine-tuned", TUNED), ("frozen", FROZEN), ("scratch", rate)):
            call = lambda n, k=kind, r=fastest, p=parts: accuracy(k, p[n], test, classes, weights, r, n)  # noqa: E731
            yield row(task, count, kind, *measured(call), note=f"rate {fastest:g}")
        bag = [
            float((tuning.bag_of_words(s, test, classes, len(NAMED.tokens)) == test["labels"]).float().mean())
            for s in parts
        ]
        yield row(task, count, "bag of words", bag, 0.0)


def material(make: Callable, counts: tuple[int, ...]) -> tuple[list, dict[int, list[dict]], dict]:
    """1000 test sentences, the label sets of each size, and a validation set."""
    rng = np.random.default_rng(10)
    raw, pool, validation = make(1000, rng), make(SETS * max(counts), rng), make(VALIDATION, rng)
    sets = {count: [tuning.encoded(NAMED, pool[n * count : (n + 1) * count]) for n in range(SETS)] for count in counts}
    return raw, sets, tuning.encoded(NAMED, validation)


def to_the_end(task: str, make: Callable, classes: int, weights: dict, counts: tuple[int, ...]) -> Iterator[Row]:
    """Frozen pooled vectors again, standardised, with a head that is trained until nothing changes any more."""
    raw, sets, _ = material(make, counts)
    test = tuning.encoded(NAMED, raw)
    frozen = body(len(NAMED.tokens), LENGTH)
    frozen.load_state_dict(weights)
    seen = pooled(frozen, test)
    for count, parts in sets.items():
        call = lambda n, p=parts: standardised(pooled(frozen, p[n]), p[n]["labels"], seen, test["labels"], classes)  # noqa: E731
        yield row(task, count, "frozen, logistic", *measured(call), note="L2 penalty 1")


def pooled(frozen: torch.nn.Module, data: dict) -> torch.Tensor:
    """(n, m) the pooled vectors of a body that learns nothing."""
    with torch.no_grad():
        return frozen.eval()(*(data[name] for name in ("input_ids", "token_type_ids", "attention_mask")))[1]


def standardised(
    train: torch.Tensor, labels: torch.Tensor, test: torch.Tensor, truth: torch.Tensor, classes: int
) -> float:
    """The accuracy of a logistic regression on features of mean 0 and spread 1 in the training set."""
    mean, spread = train.mean(dim=0), train.std(dim=0)
    said = tuning.logistic((train - mean) / spread, labels, (test - mean) / spread, classes)
    return float((said == truth).float().mean())


def chosen_rate(sets: list[dict], validation: dict, classes: int, weights: dict) -> tuple[float, dict]:
    """The rate with which the model from scratch is best on the validation set, and what each rate gave there."""
    tried = {
        rate: measured(lambda n, r=rate: accuracy("scratch", sets[n], validation, classes, weights, r, n))
        for rate in SCRATCH_RATES
    }
    return max(tried, key=lambda rate: np.mean(tried[rate][0])), tried


def rates(weights: dict) -> Iterator[Row]:
    """Which rate fine-tuning wants, and what happens beside it."""
    rng = np.random.default_rng(11)
    make = lambda count: tuning.encoded(NAMED, tuning.agreement_task(SMALL, count, rng))  # noqa: E731
    test, sets = make(600), [make(128) for _ in range(SETS)]
    for rate in (1e-4, 3e-4, 3e-3, 1e-2):
        values = measured(lambda n, r=rate: accuracy("fine-tuned", sets[n], test, 2, weights, r, n))
        yield row("rates", 128, f"fine-tuned, {rate:g}", *values)


def rare(weights: dict) -> Iterator[Row]:
    """One sentence in ten is wrong: accuracy beside precision, recall and F1 of the rare class."""
    rng = np.random.default_rng(12)
    make = lambda count: tuning.encoded(NAMED, tuning.agreement_task(SMALL, count, rng, wrong=0.1))  # noqa: E731
    test, sets = make(1000), [make(256) for _ in range(SETS)]
    for kind in ("fine-tuned", "scratch"):
        started = time.process_time()
        scores = [rare_scores(kind, train, test, weights, number) for number, train in enumerate(sets)]
        seconds = time.process_time() - started
        for name, values in zip(("accuracy", "precision", "recall", "F1"), zip(*scores, strict=True), strict=True):
            yield row("10 %", 256, f"{kind}, {name}", list(values), seconds)
    yield row("10 %", 256, 'always "right", accuracy', [float((test["labels"] == 0).float().mean())], 0.0)


def rare_scores(kind: str, train: dict, test: dict, weights: dict, seed: int) -> tuple[float, ...]:
    """Accuracy; precision, recall and F1 of the rare class."""
    model = classifier(kind, 2, weights, seed)
    tuning.fit(model, train, 200, TUNED, seed)
    said = tuning.logits_of(model, test).argmax(1)
    right = float((said == test["labels"]).float().mean())
    return right, *(float(x[1]) for x in WORK["precision_recall_f1"](test["labels"], said, 2, average=None))


def names(weights: dict) -> Iterator[Row]:
    """Tags of names: all readers, in tokens, spans, ambiguous names and names that no label shows."""
    rng = np.random.default_rng(13)
    test = NAMED.with_shared_names(300, rng)
    pool = [p for p in NAMED.with_shared_names(4000, rng) if not SECRET & {w for s in p for w, _ in s}]
    truth, batch = naming.tags_of(test), naming.tagged(NAMED, test, WORK["align_labels"])

    beside_others = [(one[0], other[1]) for one, other in zip(test, test[1:] + test[:1], strict=True)]

    def scored(count: int, reader: str, all_said: list[list[list[str]]], seconds: float) -> Iterator[Row]:
        known = lambda word: word in SECRET  # noqa: E731
        measures: dict[str, Callable] = {
            "token accuracy": lambda said: naming.token_accuracy(truth, said),
            "span F1": lambda said: WORK["span_scores"](truth, said)[2],
            "recall, ambiguous": lambda said: naming.recall_where(test, said, WORK["spans"], naming.is_ambiguous),
            "recall, no label": lambda said: naming.recall_where(test, said, WORK["spans"], known),
        }
        for name, measure in measures.items():
            yield row("names", count, f"{reader}: {name}", [measure(said) for said in all_said], seconds)

    for together in (True, False):
        reader = "perfect, both sentences" if together else "perfect, each alone"
        yield from scored(0, reader, [naming.exact_tags(NAMED, test, together)], 0.0)
    first = [["O" if tag.startswith("I-") else tag for tag in tags] for tags in truth]
    yield from scored(0, "only first words right", [first], 0.0)
    yield from scored(0, "always O", [[["O"] * len(tags) for tags in truth]], 0.0)
    for count in (16, 64):
        part = [pool[n * count : (n + 1) * count] for n in range(NAME_SETS)]
        yield from scored(count, "word list", [naming.word_list(some, test) for some in part], 0.0)
        for kind in ("scratch", "fine-tuned"):
            started = time.process_time()
            said, allowed, foreign = [], [], []
            for number, some in enumerate(part):
                model = tagger(kind, some, weights, number)
                logs = naming.per_word(test, tuning.logits_of(model, batch).log_softmax(-1))
                said.append([[TAGS[k] for k in table.argmax(1).tolist()] for table in logs])
                allowed.append([WORK["best_tags"](table, list(TAGS)) for table in logs])
                foreign.append(ambiguous_found(model, beside_others))
            seconds = time.process_time() - started
            yield from scored(count, kind, said, seconds)
            if kind == "fine-tuned":
                yield row("names", count, f"{kind}: recall, ambiguous, foreign", foreign, seconds)
            f1 = [WORK["span_scores"](truth, tags)[2] for tags in allowed]
            yield row("names", count, f"{kind}: span F1, Viterbi", f1, seconds)


def ambiguous_found(model: torch.nn.Module, pairs: list) -> float:
    """The share of the ambiguous names that a tagger finds in these pairs."""
    logits = tuning.logits_of(model, naming.tagged(NAMED, pairs, WORK["align_labels"]))
    said = [[TAGS[k] for k in table.argmax(1).tolist()] for table in naming.per_word(pairs, logits)]
    return naming.recall_where(pairs, said, WORK["spans"], naming.is_ambiguous)


def tagger(kind: str, pairs: list, weights: dict, seed: int) -> torch.nn.Module:
    torch.manual_seed(seed)
    fresh = initialise(body(len(NAMED.tokens), LENGTH), 200 + seed)
    if kind == "fine-tuned":
        fresh.load_state_dict(weights)
    model = WORK["TokenClassifier"](fresh, len(TAGS), dropout=0.0)
    steps = {16: 100, 64: 150}[len(pairs)]
    tuning.fit(model, naming.tagged(NAMED, pairs, WORK["align_labels"]), steps, 2e-3, seed)
    return model


def main(
    out: Annotated[Path, typer.Option(help="where the results go, without an ending")],
    steps: Annotated[int, typer.Option(help="of pre-training")] = 2000,
    body_file: Annotated[Path | None, typer.Option(help="a body that an earlier run has saved as .pt")] = None,
    only: Annotated[list[str] | None, typer.Option(help="parts to measure, by default all")] = None,
) -> None:
    """Measure everything; a body that had to be trained is saved beside the results."""
    torch.set_num_threads(1)
    saved = body_file or out.with_suffix(".pt")
    if saved.is_file():
        kept = torch.load(saved, weights_only=True)
    else:
        made = tuning.pretrain(body, NAMED, steps, watch=lambda *told: print(*told, flush=True))
        kept = {"weights": made.body.state_dict(), "seconds": made.seconds, "loss": made.losses[-1][1]}
        torch.save(kept, saved)
    weights = kept["weights"]
    agree = lambda count, rng: tuning.agreement_task(SMALL, count, rng)  # noqa: E731
    topic = lambda count, rng: tuning.topic_task(SMALL, count, rng)  # noqa: E731
    parts: dict[str, Callable[[], Iterator[Row]]] = {
        "pre-train": lambda: iter(
            [row("pre-train", 0, "masked loss", [kept["loss"]], kept["seconds"], f"{steps} steps")]
        ),
        "agreement": lambda: sentences("agreement", agree, 2, weights, (32, MIDDLE, 512)),
        "names": lambda: names(weights),
        "10 %": lambda: rare(weights),
        "topic": lambda: sentences("topic", topic, 6, weights, (32, MIDDLE)),
        "logistic": lambda: to_the_end("agreement", agree, 2, weights, (32, MIDDLE, 512)),
        "logistic, topic": lambda: to_the_end("topic", topic, 6, weights, (32, MIDDLE)),
        "rates": lambda: rates(weights),
    }
    for name in only or parts:
        append([*parts[name]()], out)
    describe(out)


def append(rows: list[Row], out: Path) -> None:
    """Add the rows of one part to the .csv, so that parts may be measured apart."""
    file = out.with_suffix(".csv")
    begins = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        if begins:
            writer.writeheader()
        writer.writerows(rows)


def describe(out: Path) -> None:
    """The .csv as a table in .md, with the circumstances above it."""
    with out.with_suffix(".csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    rates = ", ".join(f"{rate:g}" for rate in SCRATCH_RATES)
    lines = [
        "# Fine-tuning: labels against accuracy",
        "",
        f"{time.strftime('%Y-%m-%d')}. {platform.system()}, {os.cpu_count()} cores that did other work too, PyTorch "
        f"{torch.__version__}, one thread, processor seconds.",
        "",
        f"Means over {SETS} label sets, {NAME_SETS} for names, with their standard deviations. Test: 1000 sentences, "
        f"300 pairs for names. The model from scratch has the best of the rates {rates} with {MIDDLE} labels, chosen "
        f"on a validation set of {VALIDATION} sentences that are neither labels nor test. All readers take the same "
        "steps: 100, 141 and 200 for 32, 128 and 512 labels; `frozen, logistic` is trained to the end.",
        "",
        "| task | labels | reader | mean | sd | CPU s | |",
        "|---|---:|---|---:|---:|---:|---|",
    ]
    for one in rows:
        lines.append(
            f"| {one['task']} | {one['labels']} | {one['reader']} | {float(one['mean']):.3f} | {float(one['sd']):.3f} "
            f"| {one['cpu_seconds']} | {one['note']} |"
        )
    out.with_suffix(".md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(typer.run(main))
