"""Wrong variants of KeyValueCache."""

import torch

from autograder.exams.generation.key_value_cache import KeyValueCache, in_small_steps


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
