"""Wrong variants of CausalSelfAttention."""

import torch
from torch import nn

from autograder.exams.generation.attention import CausalSelfAttention, in_small_steps
from autograder.exams.generation.earlier import rotate
from autograder.exams.generation.rotate import neighbours_are_pairs

wrong = CausalSelfAttention.wrong


def goes_on(positions):
    """Whether something was read before; without numbers to look at, nothing was."""
    return positions.device.type != "meta" and int(positions[0]) > 0


@wrong("nothing is hidden: tokens see the future. Which keys may a query not see?")
class no_mask(in_small_steps):
    def seen(self, positions, keys, cache):
        return positions.new_ones(len(positions), keys, dtype=torch.bool)


@wrong("a token does not see itself, and the first sees nothing. Is a key at the query's own position in its future?")
class not_itself(in_small_steps):
    def seen(self, positions, keys, cache):
        return torch.arange(keys, device=positions.device) < positions[:, None]


@wrong("the mask is upside down: tokens see the future and not the past. Which side of the diagonal is hidden?")
class mask_upside_down(in_small_steps):
    def seen(self, positions, keys, cache):
        return torch.arange(keys, device=positions.device) >= positions[:, None]


@wrong("a token sees one place too far ahead. Where does the future begin?")
class one_ahead(in_small_steps):
    def seen(self, positions, keys, cache):
        return torch.arange(keys, device=positions.device) <= positions[:, None] + 1


@wrong(
    "with a cache nothing is hidden. While a prompt is read into it, several tokens come at once: do they see their "
    "own future, and is the cache's length asked for before they go in?"
)
class no_mask_with_a_cache(in_small_steps):
    def seen(self, positions, keys, cache):
        seen = super().seen(positions, keys, cache)
        return seen if cache is None else torch.ones_like(seen)


@wrong(
    "the mask is a square that begins at key 0, whatever is in the cache: new tokens are taken for the first ones. "
    "Which row of the mask belongs to token `cache.length`?"
)
class square_mask(in_small_steps):
    def seen(self, positions, keys, cache):
        return positions.new_ones(len(positions), keys, dtype=torch.bool).tril()


@wrong(
    "new tokens do not look at what is in the cache: it is hidden from them, or what `append` returns is not used. How "
    "many keys are there?"
)
class cache_hidden(in_small_steps):
    def seen(self, positions, keys, cache):
        seen, old = super().seen(positions, keys, cache), keys - len(positions)
        return seen & (torch.arange(keys, device=positions.device) >= old)


@wrong("of several new tokens only the last sees itself: the mask is that of the last query. What does each row need?")
class last_row_for_all(in_small_steps):
    def seen(self, positions, keys, cache):
        seen = super().seen(positions, keys, cache)
        return seen if cache is None or len(positions) == keys else seen[-1:].expand_as(seen)


@wrong("with a cache the positions begin at 0 again. Where do new tokens stand?")
class positions_from_0(in_small_steps):
    def turn(self, query, key, positions):
        return super().turn(query, key, torch.arange(len(positions), device=positions.device))


@wrong("positions count from where the cache ends after the append. When do you ask for its length?")
class length_after_the_append(in_small_steps):
    def turn(self, query, key, positions):
        return super().turn(query, key, positions + len(positions) * goes_on(positions))


@wrong("with a cache the positions go on one place too late. Which position has the first new token?")
class one_place_too_late(in_small_steps):
    def turn(self, query, key, positions):
        return super().turn(query, key, positions + goes_on(positions))


@wrong("with a cache all new tokens get one position. Several may come at once: which has each?")
class one_position_for_all(in_small_steps):
    def turn(self, query, key, positions):
        first = positions[:1].expand_as(positions)
        return super().turn(query, key, first if goes_on(positions) else positions)


@wrong("nothing is turned. What tells the order of the tokens here?")
class not_turned(in_small_steps):
    def turn(self, query, key, positions):
        return query, key


@wrong("the keys are not turned. Their dot product shall depend on the distance: which two are turned?")
class keys_not_turned(in_small_steps):
    def turn(self, query, key, positions):
        return rotate(query, positions), key


@wrong("the queries are not turned. Their dot product shall depend on the distance: which two are turned?")
class queries_not_turned(in_small_steps):
    def turn(self, query, key, positions):
        return query, rotate(key, positions)


@wrong("the values are turned as well. Which two enter a dot product?")
class values_turned(in_small_steps):
    def remember(self, cache, key, value):
        start = self.start(cache)
        return super().remember(
            cache, key, rotate(value, torch.arange(start, start + value.shape[2], device=value.device))
        )


@wrong("keys are turned before the cache and, with all others, after it again. How often is a key turned?")
class turned_twice(in_small_steps):
    def remember(self, cache, key, value):
        key, value = super().remember(cache, key, value)
        return (key if cache is None else rotate(key, torch.arange(key.shape[2]))), value


@wrong("neighbours make pairs. Which two numbers does your rotate turn together?")
class neighbours_turned(in_small_steps):
    def turn(self, query, key, positions):
        return tuple(neighbours_are_pairs(part, positions) for part in (query, key))


@wrong("it is turned before it is cut into heads, so most heads get slow pairs only. What is d: a head's depth, or m?")
class turned_before_the_heads(in_small_steps):
    def turn(self, query, key, positions):
        return tuple(
            self.split(rotate(part.transpose(1, 2).flatten(2), positions), part.shape[1]) for part in (query, key)
        )


@wrong("the scores are not scaled. By what does the docstring divide?")
class no_scale(in_small_steps):
    def scale(self):
        return 1.0


@wrong("the scores are divided by the root of the width. What is d?")
class scaled_by_the_width(in_small_steps):
    def scale(self):
        return (self.depth * self.heads) ** -0.5


@wrong("the scores are divided by d, not by its root. What does the docstring say?")
class scaled_without_the_root(in_small_steps):
    def scale(self):
        return 1 / self.depth


@wrong("the scores are multiplied by the root of d. What does the docstring say?")
class scaled_up(in_small_steps):
    def scale(self):
        return self.depth**0.5


@wrong(
    "query head i uses key-value head i modulo their number. Which neighbours share one: what do repeat and "
    "repeat_interleave do?"
)
class heads_repeated_in_turn(in_small_steps):
    def share(self, part):
        return part.repeat(1, self.heads // self.kv_heads, 1, 1)


@wrong("all query heads use key-value head 0. How many are there?")
class first_head_for_all(in_small_steps):
    def share(self, part):
        return part[:, :1].expand(-1, self.heads, -1, -1)


@wrong("the groups are counted from the end. Which query heads use key-value head 0?")
class groups_from_the_end(in_small_steps):
    def share(self, part):
        return super().share(part.flip(1))


@wrong("the key-value heads are repeated before they go into the cache, which holds too much. What makes it small?")
class repeated_before_the_cache(in_small_steps):
    def remember(self, cache, key, value):
        key, value = self.share(key), self.share(value)
        return (key, value) if cache is None else cache.append(key, value)


@wrong("nothing goes into the cache. What shall the next call find there?")
class nothing_remembered(in_small_steps):
    def remember(self, cache, key, value):
        return super().remember(None, key, value)

    def seen(self, positions, keys, cache):
        return super().seen(positions - positions[0], keys, cache)


@wrong("the values that come from the cache are not used, or its keys are in their place. What does `append` return?")
class keys_for_values(in_small_steps):
    def remember(self, cache, key, value):
        keys, values = super().remember(cache, key, value)
        return keys, (values if cache is None else keys)


@wrong("the new tokens are appended twice. How often is `append` called?")
class appended_twice(in_small_steps):
    def remember(self, cache, key, value):
        if cache is not None:
            cache.append(key, value)
        return super().remember(cache, key, value)


@wrong("the heads are cut without a swap of axes, so numbers of several tokens mix. Where do a head's numbers stand?")
class cut_without_the_swap(in_small_steps):
    def split(self, x, heads):
        return x.reshape(len(x), heads, x.shape[1], -1)


@wrong("a head takes every h-th number. Do its numbers stand side by side?")
class heads_interleaved(in_small_steps):
    def split(self, x, heads):
        return x.unflatten(-1, (-1, heads)).permute(0, 3, 1, 2)


@wrong("the heads are merged without a swap of axes. Where do a head's numbers stand before `output`?")
class merged_without_the_swap(in_small_steps):
    def merge(self, x):
        return x.reshape(len(x), x.shape[2], -1)


@wrong("the last step, `output`, is missing. How many linear layers are there?")
class without_output(in_small_steps):
    def forward(self, x, cache=None):
        kept, self.output = self.output, nn.Identity()  # type: ignore[assignment]
        try:
            return super().forward(x, cache)
        finally:
            self.output = kept


@wrong("keys and values have changed places. Which of them is compared with the query?")
class keys_and_values_exchanged(in_small_steps):
    def forward(self, x, cache=None):
        self.key, self.value = self.value, self.key
        try:
            return super().forward(x, cache)
        finally:
            self.key, self.value = self.value, self.key


@wrong("the softmax runs over the queries. Along which axis do the keys lie?")
class softmax_over_queries(in_small_steps):
    def weigh(self, scores, seen):
        return scores.masked_fill(~seen, -1e30).softmax(dim=-2)


@wrong("the weights are masked after the softmax, so rows no longer sum to 1. What comes first?")
class masked_after_the_softmax(in_small_steps):
    def weigh(self, scores, seen):
        return scores.softmax(dim=-1) * seen


@wrong("what is hidden gets the score 0, and so still a weight. What is exp(0)?")
class score_of_zero(in_small_steps):
    def weigh(self, scores, seen):
        return (scores * seen).softmax(dim=-1)


@wrong("the Linears have a bias. What does the docstring say about it?")
class with_biases(in_small_steps):
    bias = True


@wrong("keys and values have as many heads as the queries. What makes the cache small?")
class no_groups(in_small_steps):
    def __init__(self, width, num_heads, num_kv_heads):
        super().__init__(width, num_heads, num_heads)
