"""Measure the tables of notebook 07: word vectors, a model against the exact entropy, samples, a cache, induction.

    python benchmarks/generation.py run --parts vectors model induction cache --seeds 0 1 2   one JSON line a part
    python benchmarks/generation.py report                                                    the tables, from the file

Needs the course's development install (it takes the reference answers). One thread; seconds are CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import torch

from attention_course import generation as gen
from autograder.exam.reference import reference_namespace

RESULTS = Path(__file__).parent / "results"
TEXTS, WORDS = 500, 30
COUNTED, TRAINED = (1, 2, 5, 10), (1, 2, 5)
STEPS = {"skip-gram": 1500, "model": 1800, "induction": 800}
KINDS = (("rotary", 2), ("ALiBi", 2), ("learned", 2), ("none", 2), ("rotary", 1))
HALVES = (10, 20, 30, 40, 60)


def rules(answers: dict) -> dict[str, Callable]:
    """The rules of the notebook's table, made of the reference answers."""
    made = {"greedy": partial(answers["with_temperature"], temperature=0)}
    made |= {f"temperature {t:g}": partial(answers["with_temperature"], temperature=t) for t in (0.5, 0.8, 1, 1.3, 2)}
    made |= {f"top-k {k}": partial(answers["top_k"], k=k) for k in (3, 10, 40)}
    return made | {f"top-p {p:g}": partial(answers["top_p"], p=p) for p in (0.8, 0.95, 0.99)}


def vectors(seed: int, answers: dict) -> dict:
    """Purity and analogies of counted vectors and of trained ones; the seed draws the documents as well."""
    documents, rows = gen.documents(5000, seed=100 + seed), []
    for window in COUNTED:
        started = time.process_time()
        table = gen.from_counts(documents, window)
        rows.append({"name": f"PPMI + SVD, window {window}", **_vectors(table, answers, time.process_time() - started)})
    for window in TRAINED:
        table, curve = gen.skip_gram(documents, window, answers["skip_gram_loss"], STEPS["skip-gram"], seed=seed)
        rows.append({"name": f"skip-gram, window {window}", **_vectors(table, answers, curve.seconds)})
    return {"rows": rows}


def _vectors(table: np.ndarray, answers: dict, seconds: float) -> dict:
    asked = {
        name: gen.analogies_right(table, pairs, answers["analogy"]) for name, pairs in gen.pairs_of_forms().items()
    }
    purity = {"class": gen.purity(table, gen.grammar_classes()), "topic": gen.purity(table, gen.topics())}
    return {"seconds": seconds, **purity, **asked}


def model(seed: int, answers: dict) -> dict:
    """Train a DecoderModel; its loss beside the best possible one, and every rule beside the truth."""
    material = gen.material()
    best = gen.limit(material.held_out)
    config = answers["DecoderConfig"](vocab_size=len(material.tokens))
    decoder = gen.initialise(answers["DecoderModel"](config), seed)
    curve = gen.train(decoder, material, STEPS["model"], answers["next_token_loss"], seed=seed)
    words, logits = gen.word_shares(material.train), gen.logits_of(decoder, material.held_out)
    table = []
    for name, rule in rules(answers).items():
        ids = answers["generate"](decoder, gen.beginnings(TEXTS), WORDS, gen.drawing(rule, seed))
        compared = gen.compare(rule, logits, best.distributions)
        table.append({"rule": name, **asdict(gen.judge(ids, words)), **asdict(compared)})
    itself = gen.judge(gen.language_itself(TEXTS, WORDS), words)
    table.append(
        {"rule": "the language itself", **asdict(itself), "possible": 1, "lost": 0, "divergence": 0, "distance": 0}
    )
    return {
        "seconds": curve.seconds,
        "looks": curve.looks,
        "parameters": sum(p.numel() for p in decoder.parameters()),
        "best": best.loss,
        "entropy": best.entropy,
        "lines": gen.lines(material.train, material.held_out, len(material.tokens)),
        "rules": table,
    }


def induction(seed: int, answers: dict) -> dict:
    """Train each kind of positions on sequences that repeat; when the head forms, and how far it carries."""
    rows = []
    for positions, layers in KINDS:
        run = gen.InductionRun("", layers, positions, answers["induction_score"], answers["rotate"], seed=seed)
        curve = run.train(STEPS["induction"])
        formed = [step for step, _, loss, *_ in curve.looks if loss < 1]
        rows.append(
            {
                "positions": positions,
                "layers": layers,
                "seconds": curve.seconds,
                "formed": formed[0] if formed else None,
                "last": curve.looks[-1],
                "right": {str(half): share for half, share in run.right_by_length(HALVES).items()},
            }
        )
    return {"rows": rows}


def cache(seed: int, answers: dict) -> dict:
    """The time of a new token with a cache and without, and what grouped queries save."""
    sizes = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 8, "intermediate_size": 320}
    found = {}
    for kept in (8, 4, 2, 1):
        config = answers["DecoderConfig"](vocab_size=234, num_key_value_heads=kept, **sizes)
        decoder = gen.initialise(answers["DecoderModel"](config), seed).eval()
        lengths = (64, 128, 256, 512, 1024) if kept == 8 else (1024,)
        costs = [asdict(cost) for cost in gen.costs(decoder, answers["KeyValueCache"], lengths, repeats=2)]
        found[str(kept)] = {"costs": costs, "parameters": sum(p.numel() for p in decoder.parameters())}
    return {"kept": found}


PARTS = {"vectors": vectors, "model": model, "induction": induction, "cache": cache}


def spread(values: list[float], digits: int = 2) -> str:
    """A mean, and the standard deviation over the seeds."""
    if not np.isfinite(values).all():
        return "inf"
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=1):.{digits}f}"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _seeds(runs: list) -> str:
    return f"{len(runs)} seed{'s' * (len(runs) > 1)}"


def _over_seeds(runs: list[list[dict]], names: list[str], keys: dict[str, int]) -> list[list[str]]:
    """Rows that stand at the same place in several runs, as means with their spread."""
    rows = []
    for same in zip(*runs, strict=True):
        title = " ".join(str(same[0][name]) for name in names)
        rows.append([title, *(spread([row[key] for row in same], digits) for key, digits in keys.items())])
    return rows


def report(file: Path) -> str:
    """The tables of all that was measured."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    parts = {name: [line for line in lines if line["part"] == name] for name in PARTS}
    writers = {"vectors": _vector_table, "model": _model_tables, "induction": _induction_table, "cache": _cache_tables}
    return "\n\n".join(writers[name](runs) for name, runs in parts.items() if runs) + "\n"


def _vector_table(runs: list[dict]) -> str:
    keys = {"class": 2, "topic": 2, **dict.fromkeys(gen.pairs_of_forms(), 2), "seconds": 1}
    rows = _over_seeds([run["rows"] for run in runs], ["name"], keys)
    chance = [f"{gen.purity_by_chance(labels):.2f}" for labels in (gen.grammar_classes(), gen.topics())]
    header = ["vectors", "same class", "same topic", *gen.pairs_of_forms(), "CPU s"]
    title = f"## Word vectors, 5000 documents, {len(runs)} draws of them"
    return f"{title}\n\n{table(header, [['chance', *chance, '', '', '', '', ''], *rows])}"


def _model_tables(runs: list[dict]) -> str:
    first = runs[0]
    rows = [
        [str(run["seed"]), f"{run['seconds']:.0f}", *(f"{look[1]:.3f}" for look in run["looks"][3:])] for run in runs
    ]
    steps = [f"step {look[0]}" for look in first["looks"][3:]]
    known = ", ".join(f"{name} {loss:.3f}" for name, loss in first["lines"].items())
    title = (
        f"## A DecoderModel of {first['parameters']} numbers against the exact entropy\n\nHeld-out loss, nats a word. "
        f"Best possible on the same text {first['best']:.3f}, entropy {first['entropy']:.3f}; {known}."
    )
    one = f"{title}\n\n{table(['seed', 'CPU s', *steps], rows)}"
    keys = {
        "grammatical": 3, "possible": 4, "lost": 3, "divergence": 3, "distance": 3, "word_distance": 3, "surprise": 2,
        "distinct": 3,
    }  # fmt: skip
    header = ["rule", f"grammatical texts of {WORDS} words", "mass on possible words", "true mass cut off"]
    header += ["KL(truth, rule)", "distance to the true next word", "distance of word counts", "surprise", "distinct"]
    body = table(header, _over_seeds([run["rules"] for run in runs], ["rule"], keys))
    two = f"## Rules against the truth, {TEXTS} texts each, {_seeds(runs)}\n\n{body}"
    return f"{one}\n\n{two}"


def _induction_table(runs: list[dict]) -> str:
    rows = []
    for same in zip(*(run["rows"] for run in runs), strict=True):
        formed = ", ".join("never" if row["formed"] is None else str(row["formed"]) for row in same)
        last = [spread([row["last"][place] for row in same], 2) for place in (2, 3)]
        right = [spread([row["right"][str(half)] for row in same], 2) for half in HALVES]
        name = f"{same[0]['positions']}, {same[0]['layers']} layer{'s' * (same[0]['layers'] > 1)}"
        rows.append([name, f"{np.mean([row['seconds'] for row in same]):.0f}", formed, *last, *right])
    header = ["positions", "CPU s", "loss below 1 at step (each seed)", "loss, second half", "induction score"]
    title = f"## Induction heads, {STEPS['induction']} steps with 10 to 24 repeated tokens, {_seeds(runs)}"
    return f"{title}\n\n{table(header + [f'right, {half} repeated' for half in HALVES], rows)}"


def _cache_tables(runs: list[dict]) -> str:
    kept = runs[0]["kept"]
    rows = [
        [
            str(cost["length"]), f"{cost['without']:.1f}", f"{cost['cached']:.1f}",
            f"{cost['without'] / cost['cached']:.1f}", "yes" if cost["same"] else "no", f"{cost['difference']:.0e}",
            f"{cost['nbytes'] / 1024:.0f}",
        ]
        for cost in kept["8"]["costs"]
    ]  # fmt: skip
    header = ["tokens before", "CPU ms a token without", "with a cache", "ratio", "same tokens"]
    one = table([*header, "largest difference of a logit", "KiB in the cache"], rows)
    rows = [
        [name, str(row["parameters"]), f"{row['costs'][-1]['nbytes'] / 1024:.0f}", f"{row['costs'][-1]['cached']:.1f}"]
        for name, row in kept.items()
    ]
    two = table(["key-value heads of 8", "parameters", "KiB after 1024 tokens", "CPU ms a token with a cache"], rows)
    return f"## The cache: 4 layers, width 128, 8 heads, float32\n\n{one}\n\n{two}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "report"))
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--file", type=Path, default=RESULTS / "generation-2026-11-28.jsonl")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.what == "report":
        print(f"Python {platform.python_version()}, torch {torch.__version__}, one thread\n")
        print(report(arguments.file))
        return
    answers = reference_namespace("07_generation")
    for seed in arguments.seeds:
        for part in arguments.parts:
            found = {"part": part, "seed": seed, **PARTS[part](seed, answers)}
            with arguments.file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(found) + "\n")
            print(part, seed, "is done", flush=True)


if __name__ == "__main__":
    main()
