"""Measure the tables of notebook 06: which translator manages which length, what attention aligns, what a beam finds.

    python benchmarks/translation.py run --kinds additive dot --seeds 0 1     one JSON line a training, added to a file
    python benchmarks/translation.py truth                                     the searches of the true distribution
    python benchmarks/translation.py report                                    the tables, from the file

Needs the course's development install (it takes the reference answers). One thread; seconds are CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import time
from pathlib import Path

import numpy as np
import torch

from attention_course.translation import data, learning, models, truth
from attention_course.translation.grammar import Grammar
from autograder.exam.reference import reference_namespace

RESULTS = Path(__file__).parent / "results"
STEPS = {"none": 2000, "additive": 1000, "dot": 1000, "transformer": 1500, "lazy": 800}
RATES = {"transformer": 2e-3}
NAMES = {
    "none": "LSTM, no attention",
    "additive": "LSTM + additive attention",
    "dot": "LSTM + dot attention",
    "transformer": "Transformer, 2 + 2 layers",
}
THREE = ((11, 15), (16, 20))
WIDTHS = (1, 2, 3, 5, 10)


def build(kind: str, answers: dict, material: data.Material):
    """A model with its first numbers."""
    sizes = len(material.source), len(material.target)
    if kind == "none":
        return models.without_attention(*sizes)
    if kind == "additive":
        return models.with_own_parts(answers["Encoder"], answers["AttentionDecoder"], *sizes)
    if kind == "transformer":
        return models.Transformer(*sizes, answers["DecoderBlock"])
    return models.with_dots(*sizes)


def alignment_errors(model, material: data.Material, answers: dict) -> dict[str, float]:
    """The alignment error rate over all tests of trained lengths: read when the word is written, and one step late."""
    pairs = [pair for group, pairs in material.tests.items() if group[1] <= data.LONGEST for pair in pairs]
    maps = learning.attention_maps(model, material, pairs, answers["teacher_forcing"])
    if not maps:
        return {}
    found = {}
    for name, late in (("aer", 0), ("aer_late", 1)):
        predicted = [answers["alignment"](m[late : late + len(p.target)]) for m, p in zip(maps, pairs, strict=True)]
        mine, sure = (
            {(number, *link) for number, links in enumerate(side) for link in links}
            for side in (predicted, [pair.links for pair in pairs])
        )
        found[name] = answers["alignment_error_rate"](mine, sure)
    return found


def one(kind: str, seed: int, answers: dict) -> dict:
    """Train and test one model."""
    material = data.material()
    torch.manual_seed(seed)
    model = build(kind, answers, material)
    curve = learning.train(
        model,
        material,
        STEPS[kind],
        answers["teacher_forcing"],
        answers["sequence_loss"],
        rate=RATES.get(kind, 3e-3),
        seed=seed,
        check=[pair for group in data.LENGTHS[:4] for pair in material.tests[group][:25]],
    )
    three = data.by_length(Grammar(), material.train, 100, 7, THREE, clauses=3)
    joined = [
        sum(word in truth.JOINING.values() for word in words)
        for words in learning.translate(
            model, [p for ps in three.values() for p in ps], material.source, material.target
        )
    ]
    return {
        "kind": kind,
        "seed": seed,
        "steps": STEPS[kind],
        "parameters": sum(p.numel() for p in model.parameters()),
        "seconds": curve.seconds,
        "curve": curve.exact,
        "exact": {f"{a}-{b}": share for (a, b), share in learning.exact_by_length(model, material).items()},
        "three": {f"{a}-{b}": float(np.mean(learning.exact(model, material, ps))) for (a, b), ps in three.items()},
        "one_joining_word": float(np.mean([count == 1 for count in joined])),
        **alignment_errors(model, material, answers),
    }


def lazy(seed: int, answers: dict) -> dict:
    """Train on the lazy translator's work, and search with every width, with and without dividing by the length."""
    material = truth.lazy_material()
    torch.manual_seed(seed)
    model = models.with_dots(len(material.source), len(material.target))
    options = {"seed": seed}
    curve = learning.train(
        model, material, STEPS["lazy"], answers["teacher_forcing"], answers["sequence_loss"], **options
    )
    rows = []
    for name, cases in zip(("whole", "cut"), truth.lazy_cases(40), strict=True):
        for width, penalty in [*((width, 0.0) for width in WIDTHS), (5, 1.0)]:
            rows.append({"best": name, **searched(model, cases, material, answers, width, penalty)})
    return {"kind": "lazy", "seed": seed, "steps": STEPS["lazy"], "seconds": curve.seconds, "rows": rows}


def searched(model, cases, material, answers: dict, width: int, penalty: float) -> dict:
    """What a beam of one width finds for known sources; a width of 1 stands for greedy search."""
    valid, best, half, logs = [], [], [], []
    started = time.process_time()
    for known in cases:
        step = learning.Writer(model, known.pair.source, material.source)
        if width == 1:
            ids = answers["greedy_search"](step, data.START, data.END, 50)
        else:
            ids, _ = answers["beam_search"](step, data.START, data.END, width, 50, penalty)[0]
        words = tuple(material.target.read(ids))
        valid.append(words in known.targets)
        best.append(words == known.best)
        half.append(words in {truth.first_clause(target) for target in known.targets})
        prefix = [data.START, *ids, data.END]
        logs.append(sum(step(prefix[:place])[prefix[place]] for place in range(1, len(prefix))))
    shares = {"valid": valid, "best_whole": best, "stops_early": half, "log_probability": logs}
    spent = (time.process_time() - started) / len(cases)
    return {"width": width, "penalty": penalty, "ms": 1000 * spent, **{k: float(np.mean(v)) for k, v in shares.items()}}


def true_searches(answers: dict, count: int = 100) -> list[dict]:
    """What a beam finds in the true distribution itself."""
    _, vocabulary = data.vocabularies()
    cases = truth.trapping(count)
    rows = []
    for width in WIDTHS:
        hits, below = [], []
        for known in cases:
            step = truth.step_of(known.targets, vocabulary)
            ids, _ = answers["beam_search"](step, data.START, data.END, width, 60)[0]
            share = known.targets[tuple(vocabulary.read(ids))]
            top = max(known.targets.values())
            hits.append(share > 0.999 * top)
            below.append(math.log(share / top))
        rows.append({"width": width, "best": float(np.mean(hits)), "below": float(np.mean(below))})
    return rows


def spread(values: list[float], digits: int = 2) -> str:
    """A mean, and how far the seeds lie apart."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=1):.{digits}f}"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def report(file: Path) -> str:
    """The tables of all that was measured."""
    runs = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    by_kind = {kind: [run for run in runs if run["kind"] == kind] for kind in [*NAMES, "lazy", "truth"]}
    parts = []
    kinds = [kind for kind in NAMES if by_kind[kind]]
    lengths = list(by_kind[kinds[0]][0]["exact"])
    rows = []
    for kind in kinds:
        some = by_kind[kind]
        shares = [spread([run["exact"][length] for run in some]) for length in lengths]
        seconds = f"{np.mean([run['seconds'] for run in some]):.0f}"
        rows.append([NAMES[kind], str(some[0]["parameters"]), str(some[0]["steps"]), seconds, str(len(some)), *shares])
    header = ["model", "parameters", "steps", "CPU s", "seeds", *(f"{length} words" for length in lengths)]
    parts.append("## Exact translations by source length (trained up to 20 words)\n\n" + table(header, rows))
    rows = []
    for kind in kinds:
        some = by_kind[kind]
        three = [spread([run["three"][length] for run in some]) for length in some[0]["three"]]
        rates = [spread([run[name] for run in some], 3) if name in some[0] else "-" for name in ("aer", "aer_late")]
        rows.append([NAMES[kind], *three, spread([run["one_joining_word"] for run in some]), *rates])
    header = ["model", "3 clauses, 11-15 words", "3 clauses, 16-20 words", "of these one joining word only"]
    header += ["alignment error rate", "read one step late"]
    parts.append("## A new structure, and the alignment\n\n" + table(header, rows))
    for run in by_kind["truth"]:
        rows = [[str(r["width"]), f"{r['best']:.2f}", f"{r['below']:.2f}"] for r in run["rows"]]
        header = ["beam", "finds the best", "log-probability below it"]
        parts.append("## Searching the true distribution, 100 sources with 2 or 3 choices\n\n" + table(header, rows))
    if by_kind["lazy"]:
        parts.append(_lazy_table(by_kind["lazy"]))
    return "\n\n".join(parts) + "\n"


def _lazy_table(runs: list[dict]) -> str:
    """What a beam finds in a model of the lazy translator, over all seeds."""
    rows = []
    for same in zip(*(run["rows"] for run in runs), strict=True):
        shares = [spread([r[name] for r in same]) for name in ("valid", "best_whole", "stops_early", "log_probability")]
        milliseconds = f"{np.mean([r['ms'] for r in same]):.0f}"
        rows.append([same[0]["best"], str(same[0]["width"]), f"{same[0]['penalty']:g}", *shares, milliseconds])
    header = ["truly best", "beam", "length penalty", "valid", "best whole one", "stops after clause 1"]
    seconds, seeds = np.mean([run["seconds"] for run in runs]), len(runs)
    title = f"## The lazy translator, {runs[0]['steps']} steps in {seconds:.0f} CPU s, {seeds} seeds\n\n"
    return title + table([*header, "model's log-probability", "CPU ms"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "truth", "report"))
    parser.add_argument("--kinds", nargs="+", default=[*NAMES, "lazy"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--file", type=Path, default=RESULTS / "translation-2026-11-28.jsonl")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.what == "report":
        print(f"Python {platform.python_version()}, torch {torch.__version__}, one thread\n")
        print(report(arguments.file))
        return
    answers = reference_namespace("06_sequence_to_sequence")
    if arguments.what == "truth":
        _write(arguments.file, {"kind": "truth", "rows": true_searches(answers)})
        return
    for seed in arguments.seeds:
        for kind in arguments.kinds:
            _write(arguments.file, lazy(seed, answers) if kind == "lazy" else one(kind, seed, answers))


def _write(file: Path, result: dict) -> None:
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(result) + "\n")
    print(result["kind"], "is done", flush=True)


if __name__ == "__main__":
    main()
