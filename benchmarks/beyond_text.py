"""Measure the tables of notebook 08: kernel regression, pooling, digits, maps, listeners, long sequences, the needle.

    python benchmarks/beyond_text.py run --parts digits maps --seeds 0 1 2     a JSON line each, added to a file
    python benchmarks/beyond_text.py report                                     the tables, from the file

Needs the course's development install (it takes the reference answers). One thread; seconds are CPU seconds. What a GPU
does is measured by python -m attention_course.beyond_text.gpu.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from attention_course.beyond_text import curves, digits, learning, listening, long, looking, sets, shop
from autograder.exam.reference import reference_namespace

RESULTS = Path(__file__).parent / "results" / "beyond-text-2026-11-28.jsonl"
BANDWIDTHS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0)
SIZES = (5, 10, 30, 100, 300)
LENGTHS = (256, 512, 1024, 2048, 4096)
HAYSTACKS = (4, 8, 16, 32, 64, 128, 256, 1024, 4096)


def kernel(answers: dict, seed: int, draws: int = 20) -> dict[str, Any]:
    """Mean squared errors by bandwidth over many draws, and what a gradient finds."""
    estimate, grid = answers["nadaraya_watson"], curves.grid()
    truth, rows = curves.true_curve(grid), {}
    for count in (50, 200):
        others = ~torch.eye(count, dtype=torch.bool)
        sums: dict[str, list[list[float]]] = {"own": [], "loo": [], "true": []}
        for draw in range(draws):
            keys, values = curves.noisy_points(count, 1000 * seed + draw)
            asked = {"own": (keys, values, None), "loo": (keys, values, others), "true": (grid, truth, None)}
            for name, (places, wanted, mask) in asked.items():
                errors = [curves.mean_square(estimate(places, keys, values, h, mask), wanted) for h in BANDWIDTHS]
                sums[name].append(errors)
        rows[str(count)] = {name: np.mean(values, axis=0).tolist() for name, values in sums.items()}
    return {"errors": rows}


def pooling(answers: dict, seed: int) -> dict[str, Any]:
    """Right answers by the size of the set, for three ways of pooling."""
    found = {}
    for how in ("mean", "max", "attention"):
        model, seconds = sets.trained_pooling(how, 800, seed)
        found[how] = {"right": [sets.accuracy(model, size) for size in SIZES], "seconds": seconds}
    return found


def reading(answers: dict, seed: int) -> dict[str, Any]:
    """Digits: the vision Transformer with and without positions and in another order, a CNN, the nearest neighbour."""
    images, order = digits.digits(), digits.other_order()
    moved, steps = digits.reordered(images, order), 960
    build = partial(answers["VisionTransformer"], 8, 2, 1, 32, 4, 2, 10)
    learn = partial(learning.learn_images, count=steps, rate=3e-3, seed=seed)
    right = partial(learning.accuracy, classes=images.test_classes)
    model, curve = learn(build, images)
    found = {"vision Transformer": (right(model, images=images.test), curve.seconds)}
    found["its test patches in another order"] = (right(model, images=moved.test), 0.0)
    with looking.positions_in_order(model, order):
        found["and their positions with them"] = (right(model, images=moved.test), 0.0)
    seen = answers["attention_rollout"](looking.attention_weights(model, images.test))[:, 0, 1:]
    agree = looking.same_first(seen, looking.cost_of_hiding(model, images.test, images.test_classes))
    for name, given, prepare in (
        ("trained without positions", images, looking.without_positions),
        ("trained in another order", moved, lambda model: None),
    ):
        model, curve = learn(build, given, prepare=prepare)
        found[name] = (right(model, images=given.test), curve.seconds)
    model, curve = learn(digits.small_cnn, images)
    found["small CNN"] = (right(model, images=images.test), curve.seconds)
    found["nearest neighbour"] = (digits.nearest_neighbour(images), 0.0)
    found["nearest neighbour, file's order"] = (digits.nearest_neighbour(digits.digits(None)), 0.0)
    return {"accuracy": found, "map agrees": agree}


def maps(answers: dict, seed: int) -> dict[str, Any]:
    """Marked patches: how often rollout, and the last layer alone, have their largest entry where it matters."""
    images, places = digits.marked_images()
    build = partial(answers["VisionTransformer"], 8, 2, 1, 32, 4, 2, 3)
    model, curve = learning.learn_images(build, images, 300, rate=3e-3, seed=seed)
    weights = looking.attention_weights(model, images.test)
    seen, last = answers["attention_rollout"](weights)[:, 0, 1:], weights[-1].mean(dim=1)[:, 0, 1:]
    costs = looking.cost_of_hiding(model, images.test, images.test_classes)
    hit = {name: float((table.argmax(dim=1) == places).float().mean()) for name, table in (
        ("rollout", seen), ("last layer alone", last), ("cost of hiding", costs))}  # fmt: skip
    right = learning.accuracy(model, images.test, images.test_classes)
    return {"marked": hit, "agree": looking.same_first(seen, costs), "right": right, "seconds": curve.seconds}


def listeners(answers: dict, seed: int) -> dict[str, Any]:
    """The ladder of recommenders, sampled and full; leaks; where the heads look."""
    users = shop.Listeners()
    heard, _ = users.sessions(20_000, 1)
    tests, _ = users.sessions(2000, 2)
    best, _ = users.bayes(tests)
    wanted, known = listening.questions(tests), listening.already_heard(tests)
    build = partial(answers["NextItem"], shop.SONGS, 48, 4, 1, shop.LENGTH)
    model, curve = listening.train_next_item(build, heard, 1200, seed=seed)
    few = listening.sampled_negatives(wanted, 20, seed)
    place_of, hits, gain = (answers[name] for name in ("ranks", "hit_rate", "ndcg"))
    rows = {}
    for name, scores in (listening.rivals(heard, tests, best) | {"attention": listening.scored(model, tests)}).items():
        found = place_of(scores, wanted)
        rows[name] = [hits(found, 1), hits(found, 10), gain(found, 5)]
        rows[name] += [gain(place_of(scores, wanted, out), 5) for out in (few, known)]
    heads = listening.by_distance(model, tests[:500])[0]
    loss = listening.lost_against(best, model, tests)
    return {"rows": rows, "heads": heads.tolist(), "loss": loss, "seconds": curve.seconds}


def costs(answers: dict, seed: int) -> dict[str, Any]:
    """Time, memory and error by length."""
    by_state = partial(answers["linear_attention"], causal=True)
    methods = {
        "as defined": long.full,
        "in chunks (exact)": long.chunked,
        "PyTorch's (exact)": long.library,
        "window of 128": partial(answers["window_attention"], window=128),
        "linear, elu + 1": partial(by_state, features=long.elu_features),
        "linear, 64 random features": partial(by_state, features=long.random_features(64, seed=seed)),
        "linear, 256 random features": partial(by_state, features=long.random_features(256, seed=seed)),
    }
    found = long.costs(methods, LENGTHS)
    return {name: [[cost.seconds, cost.bytes, cost.error] for cost in row] for name, row in found.items()}


def needle(answers: dict, seed: int) -> dict[str, Any]:
    """How often each way finds the needle, by the number of pairs."""

    def windowed(keys, values, questions, window):
        query = torch.zeros(len(questions), *keys.shape)
        query[:, -1] = questions * 30 * math.sqrt(keys.shape[-1])
        shape = (len(questions), *keys.shape)
        return answers["window_attention"](query, keys.expand(shape), values.expand(shape), window)[:, -1]

    ways: dict[str, Callable] = {
        "exact softmax": lambda k, v, q: F.scaled_dot_product_attention(q, k, v, scale=30.0),
        "window of 256": partial(windowed, window=256),
        "window of 64": partial(windowed, window=64),
        "state: plain sum": long.outer_products,
        "state: delta rule": long.delta_rule,
        "state: linear, elu + 1": lambda k, v, q: answers["linear_attention"](q, k, v, lambda x: F.elu(3 * x) + 1),
    }
    return {name: [long.found(way, pairs, 200, seed) for pairs in HAYSTACKS] for name, way in ways.items()}


PARTS = {f.__name__: f for f in (kernel, pooling, reading, maps, listeners, costs, needle)}


def spread(values: Any, digits_: int = 3) -> str:
    """A mean, and how far the seeds lie apart."""
    values = list(values)
    mean = f"{np.mean(values):.{digits_}f}"
    return mean if len(values) == 1 or np.ptp(values) == 0 else f"{mean} ± {np.std(values, ddof=1):.{digits_}f}"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def report(file: Path) -> str:
    """The tables of all that was measured."""
    runs = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    by_part = {part: [run for run in runs if run["part"] == part] for part in PARTS}
    written = [_WRITERS[part](some) for part, some in by_part.items() if some]
    return "\n\n".join(written) + "\n"


def _title(text: str, some: list[dict]) -> str:
    return f"## {text} ({len(some)} seed{'s' if len(some) > 1 else ''})\n\n"


def _write_kernel(some: list[dict]) -> str:
    names = {"own": "at its own points", "loo": "no point sees itself", "true": "to the true curve"}
    rows = [
        [
            f"{count} points, {title}",
            *(spread(run["errors"][count][key][i] for run in some) for i in range(len(BANDWIDTHS))),
        ]
        for count in some[0]["errors"]
        for key, title in names.items()
    ]
    header = ["mean squared error, 20 draws a seed", *(f"h {h:g}" for h in BANDWIDTHS)]
    return _title("Kernel regression by bandwidth", some) + table(header, rows)


def _write_pooling(some: list[dict]) -> str:
    rows = [
        [how, *(spread(run[how]["right"][i] for run in some) for i in range(len(SIZES))),
         spread((run[how]["seconds"] for run in some), 1)]
        for how in ("mean", "max", "attention")
    ]  # fmt: skip
    header = ["pooling (trained on 3 to 11)", *(f"{size} elements" for size in SIZES), "CPU s"]
    return _title("Sets with one marked element", some) + table(header, rows)


def _write_reading(some: list[dict]) -> str:
    names = list(some[0]["accuracy"])
    rows = [
        [name, spread(run["accuracy"][name][0] for run in some), spread((run["accuracy"][name][1] for run in some), 1)]
        for name in names
    ]
    agree = spread(run["map agrees"] for run in some)
    words = (
        f"\n\nRollout's largest patch is the one that costs most to hide in {agree} of the test pictures (chance .063)."
    )
    return _title("Digits: 1200 to learn, 597 to test", some) + table(["model", "right", "CPU s"], rows) + words


def _write_maps(some: list[dict]) -> str:
    rows = [[name, spread(run["marked"][name] for run in some)] for name in some[0]["marked"]]
    rows.append(["rollout and cost of hiding have the same first", spread(run["agree"] for run in some)])
    rows.append(["pictures classified rightly", spread(run["right"] for run in some)])
    rows.append(["CPU s", spread((run["seconds"] for run in some), 1)])
    return _title("Marked patches: largest entry on the marked one", some) + table(["", "share"], rows)


def _write_listeners(some: list[dict]) -> str:
    header = ["", "hit@1", "hit@10", "NDCG@5", "NDCG@5 among 20 drawn", "NDCG@5, songs heard out of the race"]
    rows = [[name, *(spread(run["rows"][name][i] for run in some) for i in range(5))] for name in some[0]["rows"]]
    loss = " of ".join(spread(run["loss"][i] for run in some) for i in (0, 1))
    backs = [", ".join(f"{row[2]:.2f}" for row in run["heads"]) for run in some]
    words = (
        f"\n\nLoss {loss} nats possible; {spread((run['seconds'] for run in some), 1)} CPU s. "
        f"Weight of the four heads on the song three back, by seed: {'; '.join(backs)}."
    )
    return (
        _title("Listeners: 20 000 sessions to learn, 2000 to test, places 5 to 19", some) + table(header, rows) + words
    )


def _write_costs(some: list[dict]) -> str:
    rows = []
    for name in [key for key in some[0] if key not in ("part", "seed")]:
        middle = np.median([run[name] for run in some], axis=0)
        cells = [f"{1e3 * seconds:.1f} ms, {size / 1e6:.1f} MB, {error:.1g}" for seconds, size, error in middle]
        powers = [long.exponent(LENGTHS[1:], middle[1:, column]) for column in (0, 1)]
        rows.append([name, *cells, *(f"{power:.2f}" for power in powers)])
    header = ["CPU time, peak memory, relative error", *(str(length) for length in LENGTHS), "time ~ t^", "memory ~ t^"]
    return _title("Causal attention, one head, depth 32, medians; exponents from 512 on", some) + table(header, rows)


def _write_needle(some: list[dict]) -> str:
    names = [key for key in some[0] if key not in ("part", "seed")]
    rows = [[name, *(spread((run[name][i] for run in some), 2) for i in range(len(HAYSTACKS)))] for name in names]
    return _title("The needle, 200 questions a seed", some) + table(["found, by pairs", *map(str, HAYSTACKS)], rows)


_WRITERS = {
    "kernel": _write_kernel, "pooling": _write_pooling, "reading": _write_reading, "maps": _write_maps,
    "listeners": _write_listeners, "costs": _write_costs, "needle": _write_needle,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "report"))
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--file", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.what == "report":
        print(f"Python {platform.python_version()}, torch {torch.__version__}, one thread\n")
        print(report(arguments.file))
        return
    answers = reference_namespace("08_beyond_text")
    for seed in arguments.seeds:
        for part in arguments.parts:
            result = {"part": part, "seed": seed, **PARTS[part](answers, seed)}
            with arguments.file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(result) + "\n")
            print(part, seed, "is done", flush=True)


if __name__ == "__main__":
    main()
