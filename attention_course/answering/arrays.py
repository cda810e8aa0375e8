"""Arrays and tensors as a description and raw little-endian bytes, strides included.

A learner's function must meet the view that the exam made: contiguous, transposed or every second row. So a view with
strides travels as the bytes it spans, and is put together again with the same strides.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

NUMPY = {"|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"}
"""The types of numbers that travel, as NumPy writes them."""

TORCH = {
    "bool": 1, "uint8": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8, "uint16": 2, "uint32": 4, "uint64": 8,
    "float16": 2, "bfloat16": 2, "float32": 4, "float64": 8, "complex64": 8, "complex128": 16,
}  # fmt: skip
"""The types of tensors that travel, and the bytes of one number."""

MOST_DIMENSIONS = 32


class WireError(Exception):
    """A message is not what it should be: too large, cut short, or no plain data."""


def is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")  # nobody has a tensor where torch was not imported
    return torch is not None and isinstance(value, torch.Tensor)


def pack_array(array: np.ndarray) -> tuple[list, bytes]:
    """Describe an array of numbers.

    Returns:
        ([dtype, shape, strides in bytes or None if C-contiguous, offset in bytes, read-only], bytes)

    Raises:
        WireError: its entries are no numbers.
    """
    array = _with_known_dtype(np.asarray(array))
    shape, name = list(array.shape), array.dtype.str
    if array.flags.c_contiguous or array.size == 0:
        return [name, shape, None, 0, not array.flags.writeable], array.tobytes()
    steps = [(n - 1) * s for n, s in zip(array.shape, array.strides, strict=True)]
    offset = -sum(step for step in steps if step < 0)
    span = offset + sum(step for step in steps if step > 0) + array.itemsize
    memory = bytearray(span)
    np.ndarray(array.shape, array.dtype, memory, offset, array.strides)[...] = array
    return [name, shape, list(array.strides), offset, not array.flags.writeable], bytes(memory)


def _with_known_dtype(array: np.ndarray) -> np.ndarray:
    dtype = array.dtype.newbyteorder("<")
    if dtype.str not in NUMPY:
        # long doubles are as long as the machine likes; float64 is what every exam compares
        wide = {"f": np.dtype("<f8"), "c": np.dtype("<c16")}.get(array.dtype.kind)
        if wide is None:
            raise WireError(f"an array of {array.dtype} does not travel")
        dtype = wide
    return array if dtype == array.dtype else array.astype(dtype)


def unpack_array(described: Any, content: bytes | bytearray, *, views: bool) -> np.ndarray:
    """The array of a description.

    Args:
        views: whether strides are allowed. What comes from a learner's kernel is contiguous, or refused.

    Raises:
        WireError: the description does not fit the bytes.
    """
    name, shape, strides, offset, read_only = _fields(described, 5)
    if name not in NUMPY:
        raise WireError("no such type of numbers")
    dtype, shape = np.dtype(name), _sizes(shape)
    memory = content if isinstance(content, bytearray) else bytearray(content)
    if strides is None:
        if math.prod(shape) * dtype.itemsize != len(content) or offset != 0:
            raise WireError("an array's shape does not fit its bytes")
        array: np.ndarray = np.ndarray(shape, dtype, memory)
    elif views:
        array = np.ndarray(shape, dtype, memory, offset, strides)
    else:
        raise WireError("a view came where a whole array should")
    if name == "|b1":
        array.view(np.uint8)[...] = array.view(np.uint8) != 0  # a byte of 2 would be a third truth value
    array.flags.writeable = not read_only
    return array


def pack_tensor(tensor: Any) -> tuple[list, bytes]:
    """Describe a tensor; gradients stay behind, numbers come from whichever device they are on.

    Returns:
        ([dtype, shape, strides in numbers or None if contiguous], bytes)

    Raises:
        WireError: it has no numbers (the meta device), or a layout other than the usual.
    """
    import torch

    tensor = tensor.detach().as_subclass(torch.Tensor)
    name = str(tensor.dtype).removeprefix("torch.")
    if name not in TORCH or tensor.layout != torch.strided or tensor.device.type == "meta":
        raise WireError(f"a tensor of {name} on {tensor.device.type} does not travel")
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    shape = list(tensor.shape)
    if tensor.is_contiguous() or tensor.numel() == 0:
        return [name, shape, None], _tensor_bytes(tensor.contiguous())
    strides = list(tensor.stride())
    span = 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
    return [name, shape, strides], _tensor_bytes(tensor.as_strided((span,), (1,)).contiguous())


def _tensor_bytes(tensor: Any) -> bytes:
    import torch

    return tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def unpack_tensor(described: Any, content: bytes | bytearray, *, views: bool) -> Any:
    """The tensor of a description.

    Raises:
        WireError: the description does not fit the bytes, or strides came where none are allowed.
    """
    name, shape, strides = _fields(described, 3)
    if not isinstance(name, str) or name not in TORCH:
        raise WireError("no such type of tensor")
    shape = _sizes(shape)
    if strides is None and math.prod(shape) * TORCH[name] != len(content):
        raise WireError("a tensor's shape does not fit its bytes")
    if strides is not None and not views:
        raise WireError("a view came where a whole tensor should")
    import torch

    dtype = getattr(torch, name)
    if not content:
        return torch.empty(shape, dtype=dtype)
    numbers = torch.frombuffer(bytearray(content), dtype=torch.uint8)
    numbers = numbers != 0 if dtype == torch.bool else numbers.view(dtype)
    return numbers.view(shape) if strides is None else numbers.as_strided(shape, _sizes(strides))


def _fields(described: Any, count: int) -> list:
    if type(described) is not list or len(described) != count:
        raise WireError("a description has the wrong number of fields")
    return described


def _sizes(sizes: Any) -> tuple[int, ...]:
    if type(sizes) is not list or len(sizes) > MOST_DIMENSIONS:
        raise WireError("a shape is a list of few numbers")
    if not all(type(size) is int and 0 <= size < 1 << 48 for size in sizes):
        raise WireError("a size is a whole number")
    return tuple(sizes)
