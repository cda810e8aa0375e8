"""KeyValueCache(): the cases, the right variants."""

import torch

from attention_course.probes import generators as probe
from autograder.exam.exercise import Case, Exercise
from autograder.exams.generation.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal


def held(chunks):
    """[keys, values, length, bytes] after each chunk."""
    steps = []
    for count in range(1, len(chunks) + 1):
        keys, values = (torch.cat(parts, dim=2) for parts in zip(*chunks[:count], strict=True))
        steps.append([keys, values, keys.shape[2], 2 * keys.numel() * keys.element_size()])
    return steps


def cases(rng):
    def chunks(b, h, d, *sizes, dtype=torch.float32):
        return [[normal(rng, b, h, n, d, dtype=dtype) for _ in range(2)] for n in sizes]

    def fill(concept, given):
        steps = held(given)
        expected = [[0, 0], steps, [step[:2] for step in steps]]
        return Case(concept, (given,), expected=expected, use=probe.filled)

    yield fill("an empty cache and its first tokens", chunks(2, 3, 4, 5))
    yield fill("one token after another", chunks(2, 3, 4, 1, 1, 1))
    yield fill("a text and then one token after another", chunks(1, 2, 6, 4, 1, 1))
    yield fill("pieces of several tokens", chunks(3, 2, 4, 2, 5, 1, 3))
    yield fill("as many texts, heads, tokens and numbers", chunks(4, 4, 4, 4, 4))
    yield fill("a single text, head and number", chunks(1, 1, 1, 2, 1))
    yield fill("half precision", chunks(2, 1, 4, 3, 2, dtype=torch.bfloat16))
    yield fill("float64", chunks(1, 2, 4, 1, 2, dtype=torch.float64))
    turned = [[part.transpose(1, 2).contiguous().transpose(1, 2) for part in pair] for pair in chunks(2, 3, 4, 3, 2)]
    yield fill("views with strides", turned)
    first, second = chunks(2, 2, 4, 3, 1), chunks(1, 3, 2, 1, 4)
    ends = [held(given)[-1] for given in (first, second)]
    expected = [[end[:2] for end in ends], [end[2:] for end in ends]]
    yield Case("two caches side by side", (first, second), expected=expected, use=probe.side_by_side)


KeyValueCache = Exercise(
    NOTEBOOK,
    "KeyValueCache",
    cases,
    survivors={
        "KeyValueCache.append: dim=-2 -> dim=2": "of four axes the last but one is 2",
        "KeyValueCache.append: dim=-2 -> dim=2 #2": "of four axes the last but one is 2",
        "KeyValueCache.length: self.keys.shape[-2] -> self.keys.shape[2]": "of four axes the last but one is 2",
        "KeyValueCache.nbytes: (self.keys, self.values) -> (self.values, self.keys)": "either may be counted first",
    },
)


@KeyValueCache.right
class in_small_steps:
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self):
        self.keys, self.values = None, None

    def joined(self, old, new):
        return new if old is None else torch.cat([old, new], dim=2)

    def append(self, key, value):
        self.keys, self.values = self.joined(self.keys, key), self.joined(self.values, value)
        return self.keys, self.values

    @property
    def length(self):
        return 0 if self.keys is None else self.keys.size(2)

    @property
    def nbytes(self):
        return sum(part.nbytes for part in (self.keys, self.values) if part is not None)


@KeyValueCache.right
class with_lists_of_chunks:
    def __init__(self):
        self.chunks = []

    def append(self, key, value):
        self.chunks.append((key, value))
        return tuple(torch.cat(parts, dim=-2) for parts in zip(*self.chunks, strict=True))

    @property
    def length(self):
        return sum(key.shape[-2] for key, _ in self.chunks)

    @property
    def nbytes(self):
        return sum(part.numel() * part.element_size() for chunk in self.chunks for part in chunk)


@KeyValueCache.right
class with_room_to_grow:
    """A buffer of twice the size whenever it is full; what was returned are views of places that are written once."""

    def __init__(self):
        self.buffers, self._length = [], 0

    def append(self, key, value):
        b, h, n, d = key.shape
        if not self.buffers or self._length + n > self.buffers[0].shape[2]:
            bigger = [key.new_empty(b, h, 2 * (self._length + n), d) for _ in range(2)]
            for new, old in zip(bigger, self.buffers, strict=False):
                new[:, :, : self._length] = old[:, :, : self._length]
            self.buffers = bigger
        for buffer, part in zip(self.buffers, (key, value), strict=True):
            buffer[:, :, self._length : self._length + n] = part
        self._length += n
        return [buffer[:, :, : self._length] for buffer in self.buffers]

    @property
    def length(self):
        return self._length

    @property
    def nbytes(self):
        return sum(buffer[:, :, : self._length].numel() * buffer.element_size() for buffer in self.buffers)


@KeyValueCache.right
class with_one_tensor_of_pairs:
    def __init__(self):
        self.pairs = torch.empty(0)
        self.length = 0

    def append(self, key, value):
        new = torch.stack([key, value])
        self.pairs = torch.cat([self.pairs, new], dim=3) if self.length else new
        self.length += key.shape[2]
        return self.pairs[0], self.pairs[1]

    @property
    def nbytes(self):
        return self.pairs.nbytes
