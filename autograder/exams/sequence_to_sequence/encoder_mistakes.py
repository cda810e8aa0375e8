"""Wrong variants of Encoder."""

import torch
from torch import nn

from autograder.exams.sequence_to_sequence.encoder import Encoder, in_small_steps


@Encoder.wrong(
    "the whole rows are read, padding too: the backward direction begins in the padding. "
    "What does pack_padded_sequence leave out?"
)
class padding_is_read(in_small_steps):
    def forward(self, input_ids, lengths):
        states, (hidden, cell) = self.lstm(self.embedding(input_ids))
        return states, self.ends(states, hidden, cell, lengths)


@Encoder.wrong(
    "padding is read, and zeros are put over its states afterwards. Where does the backward direction begin?"
)
class zeros_afterwards(in_small_steps):
    def forward(self, input_ids, lengths):
        states, (hidden, cell) = self.lstm(self.embedding(input_ids))
        real = torch.arange(input_ids.shape[1]) < lengths[:, None]
        return states * real[..., None], self.ends(states, hidden, cell, lengths)


@Encoder.wrong(
    "padding gets vectors of zeros and is read all the same: an LSTM goes on over zeros. How is it left out altogether?"
)
class vectors_of_zeros(in_small_steps):
    def forward(self, input_ids, lengths):
        real = (torch.arange(input_ids.shape[1]) < lengths[:, None])[..., None]
        states, (hidden, cell) = self.lstm(self.embedding(input_ids) * real)
        return states * real, self.ends(states, hidden, cell, lengths)


@Encoder.wrong("`last` is read in the last column. Is that where a short sentence ends?")
class last_column(in_small_steps):
    def ends(self, states, hidden, cell, lengths):
        return states[:, -1]


@Encoder.wrong(
    "both halves of `last` are read at the last real word. Where does the backward direction end its reading?"
)
class both_at_the_last_word(in_small_steps):
    def ends(self, states, hidden, cell, lengths):
        return states[torch.arange(len(states)), lengths - 1]


@Encoder.wrong("both halves of `last` are read at the first word. Where does the forward direction end its reading?")
class both_at_the_first_word(in_small_steps):
    def ends(self, states, hidden, cell, lengths):
        return states[:, 0]


@Encoder.wrong("the halves of `last` have changed places. Which direction comes first?")
class backward_first(in_small_steps):
    def ends(self, states, hidden, cell, lengths):
        return torch.cat([hidden[1], hidden[0]], dim=-1)


@Encoder.wrong("`last` mixes sentences: (2, b, u) was reshaped to (b, 2u). Which axis must come first before that?")
class reshaped_without_a_swap(in_small_steps):
    def ends(self, states, hidden, cell, lengths):
        return hidden.reshape(hidden.shape[1], -1)


@Encoder.wrong("`last` is made of the cells. Which of the two parts of the LSTM's state is asked for?")
class cells_for_hidden(in_small_steps):
    def ends(self, states, hidden, cell, lengths):
        return torch.cat([cell[0], cell[1]], dim=-1)


@Encoder.wrong("`last` is the mean of the states. Where does each direction end?")
class mean_of_the_states(in_small_steps):
    def ends(self, states, hidden, cell, lengths):
        return states.sum(dim=1) / lengths[:, None]


@Encoder.wrong("columns of padding behind all sentences are cut off. What does total_length do?")
class columns_cut(in_small_steps):
    def padded(self, states, t):
        return nn.utils.rnn.pad_packed_sequence(states, batch_first=True)[0]


@Encoder.wrong("the rows come back in the order of their lengths. How do they get back into their places?")
class rows_in_another_order(in_small_steps):
    def forward(self, input_ids, lengths):
        order = lengths.argsort(descending=True, stable=True)
        return super().forward(input_ids[order], lengths[order])


@Encoder.wrong("the lengths are counted from ids that are not 0. Which argument says how long a sentence is?")
class lengths_counted_from_ids(in_small_steps):
    def forward(self, input_ids, lengths):
        return super().forward(input_ids, (input_ids != 0).sum(dim=1).clamp(min=1))


@Encoder.wrong("the longest sentence's length is used for all. What is different in every row?")
class one_length_for_all(in_small_steps):
    def forward(self, input_ids, lengths):
        return super().forward(input_ids, torch.full_like(lengths, int(lengths.max())))


@Encoder.wrong("the halves of the states have changed places. Which direction comes first?")
class states_backward_first(in_small_steps):
    def padded(self, states, t):
        ahead, back = super().padded(states, t).chunk(2, dim=-1)
        return torch.cat([back, ahead], dim=-1)


@Encoder.wrong("there are numbers where zeros should be, behind the end of a sentence. What does padding get?")
class ones_in_the_padding(in_small_steps):
    def padded(self, states, t):
        return nn.utils.rnn.pad_packed_sequence(states, batch_first=True, total_length=t, padding_value=1.0)[0]
