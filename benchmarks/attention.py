"""Time and peak memory of attention against the number of tokens: plain, in chunks, and PyTorch's own.

    python benchmarks/attention.py                  on the CPU, float32
    python benchmarks/attention.py --device cuda    on a GPU, bfloat16 and float32, FlashAttention included

The plain and the chunked version are the reference answers of notebook 03. Forward step only. Each method is called in
turn at every length, so that a disturbance of the machine hits all alike; the median counts. Writes a table, its
numbers as CSV, and a figure with both axes logarithmic into benchmarks/results/.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import os
import platform
from collections.abc import Callable
from functools import partial
from pathlib import Path

import matplotlib
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from attention_course import measure
from attention_course.figures.batched_attention.plots import cost_figure
from attention_course.figures.canvas import style
from attention_course.measure import Measurement
from autograder.exam.reference import reference_namespace

RESULTS = Path(__file__).parent / "results"
LENGTHS = (128, 256, 512, 1024, 2048, 4096)
HEADS, DEPTH = 4, 64
FIT_FROM = 512
"""Exponents are fitted from this length on: below it fixed costs of a call hide the growth."""

CHUNK = {"cpu": 128, "cuda": 1024}
"""A tile of 128 by 128 stays in a core's cache; a GPU needs larger ones, for every call costs it some microseconds."""

Costs = dict[str, list[Measurement]]


def flash(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """PyTorch's attention, with FlashAttention or not at all."""
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        return F.scaled_dot_product_attention(query, key, value)


def methods(device: str, dtype: torch.dtype) -> dict[str, Callable[..., Tensor]]:
    """What is compared, by name."""
    lesson = reference_namespace("03_batched_attention")
    chosen = {
        "naive": lesson["scaled_dot_product_attention"],
        "chunked": partial(lesson["chunked_attention"], chunk_size=CHUNK[device]),
        "library": F.scaled_dot_product_attention,
    }
    half_on_gpu = device == "cuda" and dtype != torch.float32
    return chosen | ({"FlashAttention": flash} if half_on_gpu else {})


def inputs(length: int, device: str, dtype: torch.dtype) -> Tensor:
    """Query, key and value of one text: (3, 1, heads, length, depth)."""
    return torch.randn(3, 1, HEADS, length, DEPTH, device=device, dtype=dtype)


def check_agreement(compared: dict[str, Callable[..., Tensor]], device: str, dtype: torch.dtype) -> None:
    """Fast and wrong would be worthless: all methods must give the library's answer."""
    given = inputs(500, device, dtype)
    right = F.scaled_dot_product_attention(*given)
    for method in compared.values():
        torch.testing.assert_close(method(*given), right, atol=1e-5 if dtype == torch.float32 else 2e-2, rtol=0)


def parts(length: int = 2048, repeats: int = 7) -> dict[str, float]:
    """Milliseconds of the plain version's parts on the CPU, with fresh memory and with memory that is there already."""
    query, key, value = inputs(length, "cpu", torch.float32)
    turned = key.transpose(-2, -1)
    scores = query @ turned
    weights, buffer = torch.softmax(scores, dim=-1), torch.empty_like(scores)
    calls: dict[str, Callable[[], object]] = {
        "query @ key": lambda: query @ turned,
        "query @ key, into old memory": lambda: torch.matmul(query, turned, out=buffer),
        "softmax": lambda: torch.softmax(scores, dim=-1),
        "softmax, into old memory": lambda: torch.softmax(scores, dim=-1, out=buffer),
        "weights @ value": lambda: weights @ value,
    }
    return {name: cost.seconds * 1e3 for name, cost in measure.compare(calls, repeats=repeats).items()}


def machine(device: str) -> str:
    """The computer in words."""
    torch_says = f"PyTorch {torch.__version__}, {torch.get_num_threads()} thread(s)"
    if device == "cuda":
        return f"{torch.cuda.get_device_name()}, {torch_says}"
    busy = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, {torch_says}{busy}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def exponents(lengths: tuple[int, ...], costs: Costs) -> dict[str, tuple[float, float]]:
    """For each method the growth exponents of its time and its memory."""
    slope = reference_namespace("03_batched_attention")["growth_exponent"]
    kept = [place for place, length in enumerate(lengths) if length >= FIT_FROM]
    tokens = [lengths[place] for place in kept]
    return {
        name: (
            slope(tokens, [row[place].seconds for place in kept]),
            slope(tokens, [row[place].peak_bytes for place in kept]),
        )
        for name, row in costs.items()
    }


def report(title: str, about: str, lengths: tuple[int, ...], costs: Costs) -> str:
    """The measurements as a Markdown text."""
    lines = [f"# {title}", "", about, "", "| tokens | " + " | ".join(f"{n}, ms | {n}, MB" for n in costs) + " |"]
    lines.append("|---:" * (1 + 2 * len(costs)) + "|")
    for place, length in enumerate(lengths):
        cells = [f"{row[place].seconds * 1e3:.2f} | {row[place].peak_bytes / 1e6:.2f}" for row in costs.values()]
        lines.append(f"| {length} | " + " | ".join(cells) + " |")
    powers = [f"t^{time:.2f} | t^{memory:.2f}" for time, memory in exponents(lengths, costs).values()]
    lines += [f"| from {FIT_FROM} | " + " | ".join(powers) + " |", ""]
    if 2048 in lengths:
        naive, chunked = (costs[name][lengths.index(2048)] for name in ("naive", "chunked"))
        lines.append(
            f"At 2048 tokens the chunked version takes {chunked.seconds / naive.seconds:.2f} times the time of the "
            f"plain one and 1/{naive.peak_bytes / chunked.peak_bytes:.0f} of its peak memory."
        )
    return "\n".join(lines) + "\n"


def write(name: str, text: str, lengths: tuple[int, ...], costs: Costs) -> None:
    """The table, its numbers, and the figure."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    with (RESULTS / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("method", "tokens", "median_seconds", "peak_bytes"))
        for method, row in costs.items():
            table.writerows((method, n, f"{c.seconds:.6f}", c.peak_bytes) for n, c in zip(lengths, row, strict=True))
    seconds = {method: [cost.seconds for cost in row] for method, row in costs.items()}
    memory = {method: [cost.peak_bytes for cost in row] for method, row in costs.items()}
    powers = exponents(lengths, costs)
    figure = cost_figure(lengths, seconds, memory, {method: powers[method] for method in costs})
    with matplotlib.rc_context(style()):
        figure.savefig(RESULTS / f"{name}.png", dpi=110)


def run(device: str, dtype: torch.dtype, lengths: tuple[int, ...], repeats: int, note: str) -> str:
    """Measure, write, and return the report."""
    torch.manual_seed(0)
    where = f"{machine(device)}. {note}".strip()
    compared = methods(device, dtype)
    check_agreement(compared, device, dtype)
    given = partial(inputs, device=device, dtype=dtype)
    costs = measure.against_length(compared, lengths, given, device, repeats=repeats)
    today, kind = datetime.date.today().isoformat(), str(dtype).removeprefix("torch.")
    about = (
        f"{today}. {where}\n\nOne text, {HEADS} heads, depth {DEPTH}, {kind}, forward step, chunks of "
        f"{CHUNK[device]}. Medians of {repeats} calls, taken in turns; the most memory in use at one moment beyond the "
        "inputs. The plain and the chunked version calculate in float32 whatever the inputs are."
    )
    text = report(f"Attention on {device}, {kind}", about, lengths, costs)
    if device == "cpu":
        text += "\nThe parts of the plain version at 2048 tokens, median milliseconds:\n\n| part | ms |\n|---|---:|\n"
        text += "".join(f"| {part} | {ms:.0f} |\n" for part, ms in parts().items())
    name = f"attention-{device}-{today}" if device == "cpu" else f"attention-{device}-{kind}-{today}"
    write(name, text, lengths, costs)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS, help="at least two from 512 on")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--note", default="", help="a sentence for the report, such as what else was running")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.exit(1, "There is no CUDA device on this computer, so nothing was measured.\n")
    dtypes = (torch.float32,) if options.device == "cpu" else (torch.bfloat16, torch.float32)
    for dtype in dtypes:
        print(run(options.device, dtype, tuple(options.lengths), options.repeats, options.note))


if __name__ == "__main__":
    main()
