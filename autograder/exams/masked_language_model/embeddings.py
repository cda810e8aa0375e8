"""BertEmbeddings: the right variants."""

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exam.exercise import Exercise
from autograder.exams.masked_language_model.earlier import NOTEBOOK
from autograder.exams.masked_language_model.embeddings_cases import cases

BertEmbeddings = Exercise(NOTEBOOK, "BertEmbeddings", cases)


@BertEmbeddings.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        super().__init__()
        self.word = nn.Embedding(vocabulary_size, width)
        self.position = nn.Embedding(max_length, width)
        self.segment = nn.Embedding(num_segments, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def words(self, input_ids):
        return self.word(input_ids)

    def places(self, input_ids):
        return torch.arange(input_ids.shape[1], device=input_ids.device)

    def positions(self, input_ids):
        return self.position(self.places(input_ids))

    def segments(self, input_ids, token_type_ids):
        return self.segment(token_type_ids)

    def add(self, input_ids, token_type_ids):
        return self.words(input_ids) + self.positions(input_ids) + self.segments(input_ids, token_type_ids)

    def finish(self, total):
        return self.dropout(self.norm(total))

    def forward(self, input_ids, token_type_ids):
        return self.finish(self.add(input_ids, token_type_ids))


@BertEmbeddings.right
class like_hugging_face(nn.Module):
    """With a buffer of places, and no gradient for token 0."""

    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        super().__init__()
        self.word = nn.Embedding(vocabulary_size, width, padding_idx=0)
        self.position = nn.Embedding(max_length, width)
        self.segment = nn.Embedding(num_segments, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(p=dropout)
        self.register_buffer("position_ids", torch.arange(max_length).expand((1, -1)))

    def forward(self, input_ids, token_type_ids):
        embeddings = self.word(input_ids)
        embeddings = embeddings + self.segment(token_type_ids)
        embeddings = embeddings + self.position(self.position_ids[:, : input_ids.size(1)])
        return self.dropout(self.norm(embeddings))


@BertEmbeddings.right
class rows_of_the_tables(nn.Module):
    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        super().__init__()
        sizes = {"word": vocabulary_size, "position": max_length, "segment": num_segments}
        for name, rows in sizes.items():
            self.add_module(name, nn.Embedding(rows, width))
            nn.init.normal_(getattr(self, name).weight, std=0.02)
        self.norm, self.dropout = nn.LayerNorm([width], 1e-12), nn.Dropout(dropout)

    def forward(self, input_ids, token_type_ids):
        b, t = input_ids.shape
        position = self.position.weight[:t].unsqueeze(0).expand(b, -1, -1)
        total = torch.stack([self.word.weight[input_ids], position, self.segment.weight[token_type_ids]]).sum(dim=0)
        return F.dropout(self.norm(total), self.dropout.p, self.training)


@BertEmbeddings.right
class places_counted_in_the_inputs(nn.Module):
    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        super().__init__()
        self.word, self.position, self.segment = (
            nn.Embedding(rows, width) for rows in (vocabulary_size, max_length, num_segments)
        )
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(dropout, inplace=True)

    def forward(self, input_ids, token_type_ids):
        places = torch.ones_like(input_ids).cumsum(dim=1) - 1
        return self.dropout(
            self.norm(self.word(input_ids).add(self.position(places)).add(self.segment(token_type_ids)))
        )


@BertEmbeddings.right
class products_with_ones_and_zeros(nn.Module):
    def __init__(self, vocabulary_size, width, max_length, num_segments=2, dropout=0.1):
        super().__init__()
        self.word = nn.Embedding(vocabulary_size, width)
        self.position = nn.Embedding(max_length, width)
        self.segment = nn.Embedding(num_segments, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, input_ids, token_type_ids):
        total = self.position(torch.arange(input_ids.shape[-1]).to(input_ids.device))
        for table, ids in ((self.word, input_ids), (self.segment, token_type_ids)):
            total = total + F.one_hot(ids, table.num_embeddings).to(table.weight.dtype) @ table.weight
        normed = F.layer_norm(total, self.norm.normalized_shape, self.norm.weight, self.norm.bias, self.norm.eps)
        return self.dropout(normed)
