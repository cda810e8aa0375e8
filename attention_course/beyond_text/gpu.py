"""Exact attention on a GPU, as it is defined and as FlashAttention does it: time and memory against the length.

    python -m attention_course.beyond_text.gpu

Both are causal, in bfloat16, with eight heads of 64 numbers. FlashAttention (Dao et al. 2022) is exact too: it goes
tile by tile like notebook 03's chunked attention, inside of one kernel, so that the weights never leave the chip.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from attention_course.beyond_text.long import exponent, full
from attention_course.measure import Measurement, against_length

HEADS, DEPTH = 8, 64
LENGTHS = (512, 1024, 2048, 4096, 8192, 16384)


def flash(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """PyTorch's FlashAttention and no other; on a CPU its counterpart there. (1, heads, t, depth)."""
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        return F.scaled_dot_product_attention(query, key, value, is_causal=True)


METHODS: dict[str, Callable[..., Tensor]] = {"as defined": full, "FlashAttention": flash}


def measured(device: str = "cuda", lengths: Sequence[int] = LENGTHS) -> dict[str, list[Measurement]]:
    """Time and peak memory of both at each length, on a device."""

    def inputs(length: int) -> tuple[Tensor, ...]:
        generator = torch.Generator(device).manual_seed(length)
        shape = (1, HEADS, length, DEPTH)
        return tuple(torch.randn(shape, generator=generator, device=device, dtype=torch.bfloat16) for _ in range(3))

    return against_length(METHODS, lengths, inputs, device)


def report(device: str = "cuda", lengths: Sequence[int] = LENGTHS) -> None:
    """Print a line for each method and length, and how the times grow."""
    for name, costs in measured(device, lengths).items():
        for length, cost in zip(lengths, costs, strict=True):
            print(f"{name:15} {length:6} places {1e3 * cost.seconds:9.2f} ms {cost.peak_bytes / 1e6:9.1f} MB")
        print(f"{name:15} time grows like t^{exponent(lengths, [cost.seconds for cost in costs]):.2f}")


def compare_on_gpu() -> None:
    """The report where there is a CUDA device, else the command for a machine that has one."""
    if torch.cuda.is_available():
        print(torch.cuda.get_device_name())
        report()
    else:
        print("There is no CUDA device here. On a machine with one: python -m attention_course.beyond_text.gpu")


if __name__ == "__main__":
    compare_on_gpu()
