"""Wrong variants of BertEmbeddings."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exams.masked_language_model.embeddings import BertEmbeddings, in_small_steps


@BertEmbeddings.wrong("the segment is not added. How does a token show which sentence it is in?")
class without_segments(in_small_steps):
    def segments(self, input_ids, token_type_ids):
        return torch.zeros_like(self.segment(token_type_ids))


@BertEmbeddings.wrong("every token counts as one of the first sentence. What are token_type_ids for?")
class first_segment_for_all(in_small_steps):
    def segments(self, input_ids, token_type_ids):
        return self.segment(torch.zeros_like(token_type_ids))


@BertEmbeddings.wrong("the position is not added. How could the model tell the order of words?")
class without_positions(in_small_steps):
    def positions(self, input_ids):
        return torch.zeros_like(self.position.weight[: input_ids.shape[1]])


@BertEmbeddings.wrong("the word is not added. What is looked up by input_ids?")
class without_words(in_small_steps):
    def words(self, input_ids):
        return torch.zeros_like(self.word(input_ids))


@BertEmbeddings.wrong("positions count from 1 here. From which number does the docstring count?")
class counted_from_one(in_small_steps):
    def places(self, input_ids):
        return super().places(input_ids) + 1


@BertEmbeddings.wrong("token 0 is passed over when positions are counted. Does the docstring call it padding?")
class token_0_passed_over(in_small_steps):
    def places(self, input_ids):
        return ((input_ids != 0).cumsum(dim=1) - 1).clamp(min=0)


@BertEmbeddings.wrong("positions count from the end. Where is position 0?")
class counted_from_the_end(in_small_steps):
    def places(self, input_ids):
        return super().places(input_ids).flip(0)


@BertEmbeddings.wrong(
    "all tokens of an input have one position, its number in the batch. Which axis is that of tokens?"
)
class number_in_the_batch(in_small_steps):
    def places(self, input_ids):
        return torch.arange(input_ids.shape[0], device=input_ids.device)[:, None]


@BertEmbeddings.wrong("positions go on counting from one input to the next. Where should each input begin?")
class counted_through_the_batch(in_small_steps):
    def places(self, input_ids):
        return torch.arange(input_ids.numel(), device=input_ids.device).reshape(input_ids.shape)


@BertEmbeddings.wrong("the position is looked up by the token's number. By which numbers should it be?")
class position_of_the_number(in_small_steps):
    def places(self, input_ids):
        return input_ids.clamp(max=self.position.num_embeddings - 1)


@BertEmbeddings.wrong("all positions of the table are added, however long the input is. Which rows are needed?")
class whole_table(in_small_steps):
    def positions(self, input_ids):
        return self.position.weight


@BertEmbeddings.wrong("positions are waves here, as in notebook 01. What does BERT do instead?")
class waves(in_small_steps):
    def positions(self, input_ids):
        width = self.word.embedding_dim
        rate = torch.exp(torch.arange(0, width, 2, device=input_ids.device) * (-math.log(10000.0) / width))
        angle = self.places(input_ids)[:, None] * rate
        return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)[:, :width]


@BertEmbeddings.wrong(
    "word vectors are scaled by the root of m, as in the first Transformer. What does the formula say?"
)
class scaled_words(in_small_steps):
    def words(self, input_ids):
        return self.word(input_ids) * math.sqrt(self.word.embedding_dim)


@BertEmbeddings.wrong("each of the three is normalised before the sum. How often does the formula normalise?")
class each_normalised(in_small_steps):
    def add(self, input_ids, token_type_ids):
        parts = self.words(input_ids), self.positions(input_ids), self.segments(input_ids, token_type_ids)
        word, position, segment = (self.norm(part) for part in parts)
        return word + position + segment

    def finish(self, total):
        return self.dropout(total)


@BertEmbeddings.wrong("there is no norm. What does the formula do with the sum?")
class without_norm(in_small_steps):
    def finish(self, total):
        return self.dropout(total)


@BertEmbeddings.wrong("the norm comes before position and segment are added. What is it that gets normalised?")
class words_normalised(in_small_steps):
    def words(self, input_ids):
        return self.norm(self.word(input_ids))

    def finish(self, total):
        return self.dropout(total)


@BertEmbeddings.wrong("the norm's eps is PyTorch's 1e-5. Which one does the docstring give?")
class eps_of_torch(in_small_steps):
    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        super().__init__(vocabulary_size, width, max_length, num_segments, dropout)
        self.norm = nn.LayerNorm(width)


@BertEmbeddings.wrong("some is dropped before the norm. In which order does the formula have the two?")
class dropped_before_the_norm(in_small_steps):
    def finish(self, total):
        return self.norm(self.dropout(total))


@BertEmbeddings.wrong("nothing is ever dropped. Where does `self.dropout` come in?")
class never_dropped(in_small_steps):
    def finish(self, total):
        return self.norm(total)


@BertEmbeddings.wrong("some is dropped in eval mode too. What does F.dropout need to know, and nn.Dropout knows?")
class always_dropped(in_small_steps):
    def finish(self, total):
        return F.dropout(self.norm(total), self.dropout.p)


@BertEmbeddings.wrong("the dropout is always 0.1. What if another one is asked for?")
class dropout_fixed(in_small_steps):
    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        super().__init__(vocabulary_size, width, max_length, num_segments)


@BertEmbeddings.wrong("by default half is dropped, as PyTorch would. Which default does the docstring give?")
class dropout_of_torch(in_small_steps):
    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.5):
        super().__init__(vocabulary_size, width, max_length, num_segments, dropout)


@BertEmbeddings.wrong("the probability is that of keeping here. Which one does nn.Dropout take?")
class probability_of_keeping(in_small_steps):
    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        super().__init__(vocabulary_size, width, max_length, num_segments, 1 - dropout)


@BertEmbeddings.wrong("whole tokens are dropped. Should each number not have a chance of its own?")
class whole_tokens_dropped(in_small_steps):
    def finish(self, total):
        normed = self.norm(total)
        return normed * self.dropout(torch.ones_like(normed[..., :1]))


@BertEmbeddings.wrong("there are always two segments. What is num_segments for?")
class always_two_segments(in_small_steps):
    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        super().__init__(vocabulary_size, width, max_length, 2, dropout)


@BertEmbeddings.wrong("there are as many positions as words. What is max_length for?")
class as_many_positions_as_words(in_small_steps):
    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        super().__init__(vocabulary_size, width, vocabulary_size, num_segments, dropout)


@BertEmbeddings.wrong("the tables are turned round. Does nn.Embedding take the number of rows first, or their width?")
class tables_turned_round(in_small_steps):
    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        super().__init__(vocabulary_size, width, max_length, num_segments, dropout)
        self.word = nn.Embedding(width, vocabulary_size)
        self.position = nn.Embedding(width, max_length)
        self.segment = nn.Embedding(width, num_segments)


@BertEmbeddings.wrong("the parts have other names than the docstring's. What are they called there?")
class other_names(in_small_steps):
    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        nn.Module.__init__(self)
        self.word_embeddings = nn.Embedding(vocabulary_size, width)
        self.position_embeddings = nn.Embedding(max_length, width)
        self.token_type_embeddings = nn.Embedding(num_segments, width)
        self.LayerNorm = nn.LayerNorm(width, eps=1e-12)
        self.drop = nn.Dropout(dropout)

    def forward(self, input_ids, token_type_ids):
        total = self.word_embeddings(input_ids) + self.token_type_embeddings(token_type_ids)
        return self.drop(self.LayerNorm(total + self.position_embeddings(self.places(input_ids))))


@BertEmbeddings.wrong(
    "the positions are made on the CPU, wherever the inputs are. Which argument of arange says where?"
)
class places_on_the_cpu(in_small_steps):
    def places(self, input_ids):
        return torch.arange(input_ids.shape[1])


@BertEmbeddings.wrong("the positions are not learned: no gradient reaches them. Is there a detach or a no_grad?")
class positions_not_learned(in_small_steps):
    def positions(self, input_ids):
        return super().positions(input_ids).detach()


@BertEmbeddings.wrong("the three are averaged. What does the formula do with them?")
class averaged(in_small_steps):
    def add(self, input_ids, token_type_ids):
        return super().add(input_ids, token_type_ids) / 3


@BertEmbeddings.wrong("the norm is taken over the whole input. Whose m numbers belong together?")
class normalised_over_the_input(in_small_steps):
    def finish(self, total):
        normed = F.layer_norm(total, total.shape[1:], eps=1e-12)
        return self.dropout(normed * self.norm.weight + self.norm.bias)
