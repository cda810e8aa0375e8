"""Wrong variants of PositionalEncoding."""

import torch
from torch import nn

from autograder.exams.batched_attention.positional_encoding import PositionalEncoding, in_small_steps


@PositionalEncoding.wrong("the table is a parameter. What does a module carry along and not learn?")
class a_parameter(in_small_steps):
    def keep(self, table):
        self.table = nn.Parameter(table)


@PositionalEncoding.wrong("the table is a plain attribute and stays behind when the module moves. What follows `.to`?")
class a_plain_attribute(in_small_steps):
    def keep(self, table):
        self.table = table


@PositionalEncoding.wrong("the table is saved with the weights. Which argument of register_buffer leaves it out?")
class saved_with_the_weights(in_small_steps):
    def keep(self, table):
        self.register_buffer("table", table)


@PositionalEncoding.wrong("the buffer has another name. What does the docstring call it?")
class another_name(in_small_steps):
    def keep(self, table):
        self.register_buffer("encoding", table, persistent=False)

    def forward(self, x):
        if x.size(1) > len(self.encoding):
            raise ValueError
        return self.add(x, self.encoding[: x.size(1)])


@PositionalEncoding.wrong("the table has an axis for the batch. Which shape does the docstring give it?")
class an_axis_for_the_batch(in_small_steps):
    def keep(self, table):
        self.register_buffer("table", table[None], persistent=False)

    def forward(self, x):
        if x.size(1) > self.table.size(1):
            raise ValueError
        return self.add(x, self.table[:, : x.size(1)])


@PositionalEncoding.wrong("the table is kept in float64. Which dtype does the docstring ask for?")
class kept_in_float64(in_small_steps):
    def keep(self, table):
        super().keep(table.double())


@PositionalEncoding.wrong("there is one position too many in the table. How many rows does the docstring promise?")
class one_row_too_many(in_small_steps):
    def make(self, width, max_length):
        return super().make(width, max_length + 1)


@PositionalEncoding.wrong("the table is multiplied with the tokens. What does the docstring do with it?")
class multiplied(in_small_steps):
    def add(self, x, rows):
        return x * rows.to(x.dtype)


@PositionalEncoding.wrong("the table alone comes out. What is to be added to what?")
class table_alone(in_small_steps):
    def add(self, x, rows):
        return rows.to(x.dtype).expand(x.shape) + 0 * x.detach()


@PositionalEncoding.wrong("the table is added twice. Is one of two lines a leftover?")
class added_twice(in_small_steps):
    def add(self, x, rows):
        return x + rows.to(x.dtype) + rows.to(x.dtype)


@PositionalEncoding.wrong("the tokens are multiplied by the root of the width. Does the docstring scale anything?")
class tokens_scaled(in_small_steps):
    def add(self, x, rows):
        return x * x.shape[-1] ** 0.5 + rows.to(x.dtype)


@PositionalEncoding.wrong("the first axis is taken for the tokens. Where is the batch in (b, t, m)?")
class a_row_for_each_text(in_small_steps):
    def forward(self, x):
        if x.size(0) > len(self.table):
            raise ValueError
        return self.add(x, self.table[: x.size(0), None])


@PositionalEncoding.wrong("every token gets the same row. Which rows of the table belong to t tokens?")
class the_same_row_for_all(in_small_steps):
    def add(self, x, rows):
        return x + rows[:1].to(x.dtype)


@PositionalEncoding.wrong("the rows are taken from the end of the table. Which row belongs to token 0?")
class rows_from_the_end(in_small_steps):
    def forward(self, x):
        if x.size(1) > len(self.table):
            raise ValueError
        return self.add(x, self.table[-x.size(1) :])


@PositionalEncoding.wrong("the whole table is added, however short the text. Which rows belong to t tokens?")
class the_whole_table(in_small_steps):
    def forward(self, x):
        if x.size(1) > len(self.table):
            raise ValueError
        return self.add(x, self.table)


@PositionalEncoding.wrong("a text that is too long raises no ValueError. Where is its length compared?")
class length_not_checked(in_small_steps):
    def forward(self, x):
        return self.add(x, self.table[: x.size(1)])


@PositionalEncoding.wrong("a text as long as the table is refused. Is the comparison to be `>` or `>=`?")
class one_too_strict(in_small_steps):
    def forward(self, x):
        if x.size(1) >= len(self.table):
            raise ValueError
        return super().forward(x)


@PositionalEncoding.wrong("half precision comes out as float32. Which dtype does the docstring promise?")
class widened(in_small_steps):
    def add(self, x, rows):
        return x + rows


@PositionalEncoding.wrong("float64 comes out as float32. Which dtype does the docstring promise?")
class narrowed(in_small_steps):
    def add(self, x, rows):
        return (x + rows.to(x.dtype)).to(rows.dtype if x.dtype == torch.float64 else x.dtype)


@PositionalEncoding.wrong("x itself is changed. Which kind of addition makes a new tensor?")
class changed_in_place(in_small_steps):
    def add(self, x, rows):
        with torch.no_grad():
            x += rows.to(x.dtype)
        return x


@PositionalEncoding.wrong("no gradient reaches the tokens. Is there a detach or a no_grad?")
class gradients_cut(in_small_steps):
    def add(self, x, rows):
        return x.detach() + rows.to(x.dtype)


@PositionalEncoding.wrong("the sines come first and the cosines after them. How are they ordered in the docstring?")
class halves(in_small_steps):
    def make(self, width, max_length):
        table = super().make(width, max_length)
        return torch.cat([table[:, 0::2], table[:, 1::2]], dim=1)


@PositionalEncoding.wrong("cosines stand in the even columns. Which of the two comes first?")
class cosine_first(in_small_steps):
    def make(self, width, max_length):
        table = super().make(width + width % 2, max_length)
        return table.unflatten(1, (-1, 2)).flip(-1).flatten(1)[:, :width]


@PositionalEncoding.wrong("each column has a frequency of its own. Which columns share one?")
class a_frequency_for_each_column(in_small_steps):
    def make(self, width, max_length):
        columns = torch.arange(width)
        angles = torch.arange(max_length)[:, None] / self.base ** (columns / width)
        return torch.where(columns % 2 == 0, angles.sin(), angles.cos())


@PositionalEncoding.wrong("the exponent is i / width. By how much does it grow from pair to pair?")
class exponent_halved(in_small_steps):
    base = 100.0


@PositionalEncoding.wrong("positions are counted from 1. What is the row of position 0?")
class counted_from_one(in_small_steps):
    first = 1


@PositionalEncoding.wrong("the angles are multiplied by powers of 10000. Do they shrink or grow from pair to pair?")
class angles_grow(in_small_steps):
    base = 1e-4


@PositionalEncoding.wrong("the base is 1000. How many zeros has it in the formula?")
class another_base(in_small_steps):
    base = 1000.0


@PositionalEncoding.wrong("an odd width fails. What does the last pair have then?")
class even_widths_alone(in_small_steps):
    def make(self, width, max_length):
        if width % 2:
            raise RuntimeError
        return super().make(width, max_length)
