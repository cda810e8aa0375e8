"""KeyValueCache(): the cases, the right variants, the wrong ones."""

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
        return 0 if self.keys is None else self.keys.nbytes + self.values.nbytes


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


@KeyValueCache.wrong("only the new tokens come back. What does attention need besides them?")
class only_the_new(in_small_steps):
    def append(self, key, value):
        super().append(key, value)
        return key, value


@KeyValueCache.wrong("the new tokens take the place of the old ones. What joins two tensors?")
class replaced(in_small_steps):
    def joined(self, old, new):
        return new


@KeyValueCache.wrong("the new tokens are missing from what comes back. Does a token see itself?")
class without_the_new(in_small_steps):
    def append(self, key, value):
        before = self.keys, self.values
        after = super().append(key, value)
        return after if before[0] is None else before


@KeyValueCache.wrong("the first tokens are kept as zeros. What is in the cache before the second call?")
class first_ones_are_zeros(in_small_steps):
    def append(self, key, value):
        if self.keys is None:
            super().append(torch.zeros_like(key), torch.zeros_like(value))
            return key, value
        return super().append(key, value)


@KeyValueCache.wrong("the newest tokens stand in front. Which ones come first?")
class newest_first(in_small_steps):
    def joined(self, old, new):
        return new if old is None else torch.cat([new, old], dim=2)


@KeyValueCache.wrong("it is joined along the heads. Which axis of (b, h, n, d) grows?")
class along_the_heads(in_small_steps):
    def joined(self, old, new):
        return new if old is None else torch.cat([old, new], dim=1)


@KeyValueCache.wrong("it is joined along the texts of the batch. Which axis of (b, h, n, d) grows?")
class along_the_batch(in_small_steps):
    def joined(self, old, new):
        return new if old is None else torch.cat([old, new], dim=0)


@KeyValueCache.wrong("it is joined along the numbers of a head. Which axis of (b, h, n, d) grows?")
class along_the_numbers(in_small_steps):
    def joined(self, old, new):
        return new if old is None else torch.cat([old, new], dim=-1)


@KeyValueCache.wrong("keys come back where the values should. What is joined to what?")
class keys_for_values(in_small_steps):
    def append(self, key, value):
        super().append(key, key)
        return self.keys, self.values


@KeyValueCache.wrong("values and keys have changed places in what comes back. Which come first?")
class values_first(in_small_steps):
    def append(self, key, value):
        keys, values = super().append(key, value)
        return values, keys


@KeyValueCache.wrong("the values are not joined: only the newest come back. What is done with the keys?")
class values_replaced(in_small_steps):
    def append(self, key, value):
        self.keys, self.values = self.joined(self.keys, key), value
        return self.keys, self.values

    @property
    def nbytes(self):
        return 0 if self.keys is None else 2 * self.keys.nbytes


@KeyValueCache.wrong("the tokens are joined twice. How often is `append` to take them in?")
class joined_twice(in_small_steps):
    def append(self, key, value):
        super().append(key, value)
        return super().append(key, value)


@KeyValueCache.wrong("tensors that came back earlier change when more is appended. Does anything write into them?")
class earlier_ones_change(in_small_steps):
    def joined(self, old, new):
        if old is None:
            return new.clone(memory_format=torch.contiguous_format)
        return old.set_(torch.cat([old, new], dim=2))


@KeyValueCache.wrong("`length` counts the calls of append. How many tokens can come in one?")
class counts_calls(in_small_steps):
    calls = 0

    def append(self, key, value):
        self.calls += 1
        return super().append(key, value)

    @property
    def length(self):
        return self.calls


@KeyValueCache.wrong("`length` is the number of new tokens. How many are held?")
class counts_the_new(in_small_steps):
    new = 0

    def append(self, key, value):
        self.new = key.shape[2]
        return super().append(key, value)

    @property
    def length(self):
        return self.new


@KeyValueCache.wrong("`length` counts a piece once more each time it grows. What does the cache hold?")
class counts_twice(in_small_steps):
    counted = 0

    def append(self, key, value):
        keys, values = super().append(key, value)
        self.counted += keys.shape[2]
        return keys, values

    @property
    def length(self):
        return self.counted


@KeyValueCache.wrong("`length` is the number of heads. Which axis of (b, h, n, d) counts tokens?")
class counts_heads(in_small_steps):
    @property
    def length(self):
        return 0 if self.keys is None else self.keys.shape[1]


@KeyValueCache.wrong("`length` is the number of texts. Which axis of (b, h, n, d) counts tokens?")
class counts_texts(in_small_steps):
    @property
    def length(self):
        return 0 if self.keys is None else len(self.keys)


@KeyValueCache.wrong("`length` counts the tokens of all texts together. How long is each of them?")
class counts_all_texts(in_small_steps):
    @property
    def length(self):
        return 0 if self.keys is None else self.keys.shape[0] * self.keys.shape[2]


@KeyValueCache.wrong("`length` is one too few, as if it were the last position. How many tokens are held?")
class last_position(in_small_steps):
    @property
    def length(self):
        return max(super().length - 1, 0)


@KeyValueCache.wrong("`length` and `nbytes` are methods. Which decorator lets one read them without brackets?")
class methods(in_small_steps):
    def length(self):
        return 0 if self.keys is None else self.keys.shape[2]

    def nbytes(self):
        return 0 if self.keys is None else 2 * self.keys.nbytes


@KeyValueCache.wrong("`nbytes` counts the keys alone. What else is held?")
class bytes_of_keys(in_small_steps):
    @property
    def nbytes(self):
        return super().nbytes // 2


@KeyValueCache.wrong("`nbytes` counts entries. How many bytes has one?")
class entries(in_small_steps):
    @property
    def nbytes(self):
        return 0 if self.keys is None else 2 * self.keys.numel()


@KeyValueCache.wrong("`nbytes` takes every entry for four bytes. What does element_size() say?")
class four_bytes_each(in_small_steps):
    @property
    def nbytes(self):
        return 0 if self.keys is None else 8 * self.keys.numel()


@KeyValueCache.wrong("`nbytes` counts the bytes of one token. How many are held?")
class bytes_of_a_token(in_small_steps):
    @property
    def nbytes(self):
        return 0 if self.keys is None else super().nbytes // self.length


@KeyValueCache.wrong("`nbytes` counts room that is not used yet. How many entries are held?")
class bytes_of_the_room(in_small_steps):
    @property
    def nbytes(self):
        return 2 * super().nbytes


@KeyValueCache.wrong("`nbytes` is the size of the Python objects. Where are the numbers of a tensor?")
class size_of_the_object(in_small_steps):
    @property
    def nbytes(self):
        return 0 if self.keys is None else self.keys.__sizeof__() + self.values.__sizeof__()
