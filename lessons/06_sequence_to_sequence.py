# %% [markdown]
# # 06 Sequence to sequence
#
# A draft.

# %% given imports
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attention_course import own_work
from attention_course import translation as tr
from attention_course.checks import sequence_to_sequence as checks
from attention_course.figures import canvas, web_font
from attention_course.figures import sequence_to_sequence as figures
from attention_course.translation.lent import MultiHeadAttention


# %% exercise lstm_step
def lstm_step(x, state, w_input, w_hidden, bias):
    """Take one step of an LSTM: read an input, renew what is remembered.

    Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; the gates stand in
    PyTorch's order. With gates = x @ w_input + hidden @ w_hidden + bias, cut into four blocks of u
    columns, input, forget, candidate, output:

        new cell = sigmoid(forget) * cell + sigmoid(input) * tanh(candidate)
        new hidden = sigmoid(output) * tanh(new cell)

    Args:
        x: (b, e) tensor, what is read in this step.
        state: (hidden, cell), each (b, u).
        w_input: (e, 4u), w_hidden: (u, 4u), bias: (4u): one for all gates.

    Returns:
        (hidden, cell) after the step, each (b, u). Nothing that was given is changed.
    """
    # BEGIN SOLUTION
    hidden, cell = state
    gates = x @ w_input + hidden @ w_hidden + bias
    enter, forget, candidate, leave = gates.chunk(4, dim=-1)
    cell = torch.sigmoid(forget) * cell + torch.sigmoid(enter) * torch.tanh(candidate)
    return torch.sigmoid(leave) * torch.tanh(cell), cell
    # END SOLUTION


# %% check lstm_step points=3
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.lstm_step(lstm_step)
# END HIDDEN TESTS
checks.lstm_step(lstm_step)


# %% exercise Encoder
class Encoder(nn.Module):
    """Read a batch of sentences in both directions with an LSTM.

    Bahdanau et al. 2014, section 3.2 (with an LSTM in place of their GRU).

    Args:
        vocabulary_size: how many words there are.
        width: the numbers in a word's vector.
        hidden: u, the numbers in the state of each direction.

    Its parts have the names
        embedding: an nn.Embedding of these sizes;
        lstm: an nn.LSTM of one layer from width to hidden, bidirectional, batch first, with biases.
    There are no other parameters. What numbers they start with is free.
    """

    def __init__(self, vocabulary_size, width, hidden):
        # BEGIN SOLUTION
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.lstm = nn.LSTM(width, hidden, bidirectional=True, batch_first=True)
        # END SOLUTION

    def forward(self, input_ids, lengths):
        """Read the sentences; what stands behind the end of a sentence has no influence at all.

        Args:
            input_ids: (b, t) int64. Behind its length a row holds any ids of the vocabulary.
            lengths: (b,) int64 on the CPU, from 1 to t, in any order; all may be shorter than t.

        Returns:
            (states, last). states: (b, t, 2u), at each word what the LSTM has read up to there, the
            forward direction in the first half, the backward direction in the second; zeros behind
            the end of a sentence. last: (b, 2u), where each direction ends: forward's state at the
            last real word, backward's at the first word. Each row is what it would be alone.
        """
        # BEGIN SOLUTION
        vectors = self.embedding(input_ids)
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        states, (last, _) = self.lstm(packed)
        total = input_ids.shape[1]
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=total)
        return states, torch.cat([last[0], last[1]], dim=-1)
        # END SOLUTION


# %% check Encoder points=3
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.Encoder(Encoder)
# END HIDDEN TESTS
checks.Encoder(Encoder)


# %% exercise AdditiveAttention
class AdditiveAttention(nn.Module):
    """Average the keys, weighted by an additive score: v . tanh(W query + U key).

    Bahdanau et al. 2014, section 3.1 and appendix A.1.2.

    Args:
        query_width: the numbers in a query, key_width: in a key.
        hidden: the numbers inside of the tanh.

    Its parts have the names `query` (an nn.Linear from query_width to hidden), `key` (one from
    key_width to hidden) and `score` (one from hidden to 1), all three without bias. There are no
    other parameters.
    """

    def __init__(self, query_width, key_width, hidden):
        # BEGIN SOLUTION
        super().__init__()
        self.query = nn.Linear(query_width, hidden, bias=False)
        self.key = nn.Linear(key_width, hidden, bias=False)
        self.score = nn.Linear(hidden, 1, bias=False)
        # END SOLUTION

    def forward(self, query, keys, mask):
        """Attend from one query a row to the keys of that row.

        Args:
            query: (b, query_width), keys: (b, k, key_width).
            mask: (b, k) booleans, True where the query MAY attend.

        Returns:
            (context, weights). weights: (b, k), 0 where the mask is False, and each row sums to 1;
            context: (b, key_width), the keys averaged with these weights. A row whose mask is False
            everywhere gets zeros in both. Nothing that was given is changed.
        """
        # BEGIN SOLUTION
        hidden = torch.tanh(self.query(query).unsqueeze(1) + self.key(keys))  # (b, k, hidden)
        scores = self.score(hidden).squeeze(-1)
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = torch.softmax(scores, dim=-1).masked_fill(~mask, 0.0)
        return (weights.unsqueeze(1) @ keys).squeeze(1), weights
        # END SOLUTION


# %% check AdditiveAttention points=3
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.AdditiveAttention(AdditiveAttention)
# END HIDDEN TESTS
checks.AdditiveAttention(AdditiveAttention)


# %% exercise AttentionDecoder
class AttentionDecoder(nn.Module):
    """Write a sentence word by word, looking back at the source before each word.

    The places of Bahdanau et al. 2014, section 3.1. One step, from a token and a state:

        context, weights = attention(hidden, keys, mask)        hidden of the state before
        hidden, cell = cell([embedding(token), context], (hidden, cell))
        logits = output([hidden, context])                      the new hidden, the same context

    where [a, b] puts b behind a.

    Args:
        vocabulary_size: s, how many words there are to write.
        width: the numbers in a word's vector.
        hidden: u, the numbers in the state.
        key_width: the numbers in a key, which is a state of the encoder.

    Its parts have the names
        embedding: an nn.Embedding(vocabulary_size, width);
        attention: an AdditiveAttention(hidden, key_width, hidden);
        cell: an nn.LSTMCell(width + key_width, hidden);
        start: an nn.Linear(key_width, hidden);
        output: an nn.Linear(hidden + key_width, vocabulary_size).
    There are no other parameters.
    """

    def __init__(self, vocabulary_size, width, hidden, key_width):
        # BEGIN SOLUTION
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.attention = AdditiveAttention(hidden, key_width, hidden)
        self.cell = nn.LSTMCell(width + key_width, hidden)
        self.start = nn.Linear(key_width, hidden)
        self.output = nn.Linear(hidden + key_width, vocabulary_size)
        # END SOLUTION

    def begin(self, last):
        """The state before the first step.

        Args:
            last: (b, key_width), where the encoder ended.

        Returns:
            A state that `step` takes; what it is made of is yours to choose. The hidden part begins
            as tanh(start(last)), the cell as zeros.
        """
        # BEGIN SOLUTION
        hidden = torch.tanh(self.start(last))
        return hidden, torch.zeros_like(hidden)
        # END SOLUTION

    def step(self, tokens, state, keys, mask):
        """Take one step.

        Args:
            tokens: (b,) int64, the words written last.
            state: from `begin` or an earlier step. It stays as it was, and all that is remembered is
                in it: several steps may go on from the same state.
            keys: (b, k, key_width), mask: (b, k) booleans, True where a key MAY be attended to.

        Returns:
            (logits, state, weights): (b, s) scores of the next word, before any softmax; the state
            after this step; (b, k) the weights of this step's context, with which the next word is
            written.
        """
        # BEGIN SOLUTION
        hidden, cell = state
        context, weights = self.attention(hidden, keys, mask)
        vectors = torch.cat([self.embedding(tokens), context], dim=-1)
        hidden, cell = self.cell(vectors, (hidden, cell))
        logits = self.output(torch.cat([hidden, context], dim=-1))
        return logits, (hidden, cell), weights
        # END SOLUTION


# %% check AttentionDecoder points=3
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.AttentionDecoder(AttentionDecoder)
# END HIDDEN TESTS
checks.AttentionDecoder(AttentionDecoder)


# %% exercise teacher_forcing
def teacher_forcing(targets, start_id, end_id, pad_id):
    """Write target sentences as what a decoder gets and what it must answer, one step apart.

    Args:
        targets: a list of at least one list of ids, each without start and end; a list may be empty.
            They stay as they were.
        start_id, end_id, pad_id: any ids.

    Returns:
        (inputs, outputs), both int64 tensors (b, t + 1), t the length of the longest target. A row of
        inputs is start and the target, a row of outputs the target and end; both are filled up with
        pad_id behind. There is no end among the inputs.

    >>> inputs, outputs = teacher_forcing([[7, 8], [9]], start_id=1, end_id=2, pad_id=0)
    >>> inputs.tolist(), outputs.tolist()
    ([[1, 7, 8], [1, 9, 0]], [[7, 8, 2], [9, 2, 0]])
    """
    # BEGIN SOLUTION
    total = 1 + max(map(len, targets))
    inputs, outputs = (torch.full((len(targets), total), pad_id) for _ in range(2))
    for row, target in enumerate(targets):
        inputs[row, : len(target) + 1] = torch.tensor([start_id, *target])
        outputs[row, : len(target) + 1] = torch.tensor([*target, end_id])
    return inputs, outputs
    # END SOLUTION


def sequence_loss(logits, outputs, pad_id):
    """The cross-entropy of a batch of sentences, in nats per token.

    Args:
        logits: (b, t, s) scores before the softmax, any finite numbers.
        outputs: (b, t) int64, the right ids, pad_id where there is none. pad_id may be any number,
            also one that is no id.

    Returns:
        A tensor without axes: the mean over all tokens of the batch that are not pad_id, each with
        the same weight. If there are none it is 0, and the gradient of the logits is zeros.
    """
    # BEGIN SOLUTION
    real = outputs != pad_id
    total = F.cross_entropy(logits[real], outputs[real], reduction="sum")
    return total / real.sum().clamp(min=1)
    # END SOLUTION


# %% check teacher_forcing points=2
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.teacher_forcing(teacher_forcing, sequence_loss)
# END HIDDEN TESTS
checks.teacher_forcing(teacher_forcing, sequence_loss)


# %% exercise DecoderBlock
class DecoderBlock(nn.Module):
    """One layer of a Transformer decoder: look at yourself, look at the source, think.

    Vaswani et al. 2017, section 3.1, post-norm, with the exact GELU. Three parts, each added to what
    it got and normalised:

        y = norm1(x + dropout(attention over x))
        z = norm2(y + dropout(attention from y to memory))
        output = norm3(z + dropout(contract(dropout(gelu(expand(z))))))

    Args:
        width: m, the numbers per token. num_heads: h.
        hidden: the width between `expand` (m to hidden) and `contract` (hidden to m).
        dropout: the probability of dropping, in training mode only: at the four places above, and
            the weights of both attentions, as PyTorch's layer has it.

    Both attentions are MultiHeadAttention(width, num_heads, dropout) modules of their own.
    """

    def __init__(self, width, num_heads, hidden, dropout=0.0):
        # BEGIN SOLUTION
        super().__init__()
        self.self_attention = MultiHeadAttention(width, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(width, num_heads, dropout)
        self.expand, self.contract = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.dropout = nn.Dropout(dropout)
        # END SOLUTION

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        """Let the written words look at each other and at the source.

        Args:
            x: (b, q, m), the words written so far. memory: (b, k, m), the states of the encoder.
            self_mask: booleans that broadcast to (b, h, q, q), memory_mask: to (b, h, q, k), True
                where a word MAY attend. None hides nothing: the future neither.

        Returns:
            (b, q, m). A word that may attend to nothing gets from that attention the bias of its last
            projection, nothing else.
        """
        # BEGIN SOLUTION
        looked = self.self_attention(x, mask=self_mask)
        y = self.norms[0](x + self.dropout(looked))
        looked = self.cross_attention(y, memory, mask=memory_mask)
        z = self.norms[1](y + self.dropout(looked))
        inside = self.dropout(F.gelu(self.expand(z)))
        return self.norms[2](z + self.dropout(self.contract(inside)))
        # END SOLUTION

    def load_from_torch(self, layer):
        """Copy the numbers of a `torch.nn.TransformerDecoderLayer`, so that both agree in eval mode.

        Numbers are copied into this module's own parameters; nothing is shared, and `layer` stays as
        it is. The eps of each of its three norms is carried over too. Dropout is not copied.

        Args:
            layer: of the same sizes, with activation="gelu" and biases, `batch_first` True or False
                (this class is always batch first).

        Raises:
            ValueError: the layer was made with norm_first=True, which is another function.
        """
        # BEGIN SOLUTION
        if layer.norm_first:
            raise ValueError("a layer with norm_first=True normalises elsewhere")
        self.self_attention.load_from_torch(layer.self_attn)
        self.cross_attention.load_from_torch(layer.multihead_attn)
        self.expand.load_state_dict(layer.linear1.state_dict())
        self.contract.load_state_dict(layer.linear2.state_dict())
        theirs = (layer.norm1, layer.norm2, layer.norm3)
        for mine, other in zip(self.norms, theirs):
            mine.load_state_dict(other.state_dict())
            mine.eps = other.eps
        # END SOLUTION


# %% check DecoderBlock points=4
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.DecoderBlock(DecoderBlock)
# END HIDDEN TESTS
checks.DecoderBlock(DecoderBlock)


# %% exercise search
def greedy_search(step, start_id, end_id, max_length):
    """Write a sentence by taking the most probable id at each place.

    Args:
        step: `step(prefix)` maps a list of ids that begins with start_id to a one-dimensional NumPy
            array: the log-probability of each id as the next one, at most 0, -inf for an impossible
            one. After a possible prefix at least one id is possible.
        max_length: the most new ids, end counted; at least 1.

    Returns:
        A list of ids without start and end. It stops at end_id, or after max_length ids.
    """
    # BEGIN SOLUTION
    ids = []
    while len(ids) < max_length:
        best = int(np.argmax(step([start_id, *ids])))
        if best == end_id:
            break
        ids.append(best)
    return ids
    # END SOLUTION


def beam_search(step, start_id, end_id, width, max_length, length_penalty=0.0):
    """Follow the `width` best beginnings at once, and return the best sentences that were found.

    A hypothesis is a list of new ids. Its log-probability is the sum of theirs, that of end included;
    its score is that sum over n ** length_penalty, where n counts its new ids, end included, start not
    (Wu et al. 2016, section 7, with the simplest of lengths).

    In each round every open hypothesis is tried with end, which finishes it, and with every other id.
    Of these longer open ones the `width` most probable stay open; end does not compete with them, and
    a finished one takes nobody's place. The search ends
      - when `width` are finished and no open one can still beat the worst of the `width` best, however
        it might go on (a longer one can have the better score!), or
      - after max_length rounds; then the open ones count as they are, untried with end.

    Args:
        step, start_id, end_id, max_length: as in greedy_search. It may be called some
            10 * width * max_length times, not more.
        width: how many hypotheses stay open, at least 1.
        length_penalty: at least 0. With 0 the score is the log-probability.

    Returns:
        A list of at most `width` pairs (ids, score), best first: ids a list without start and end,
        score a number. Impossible hypotheses are never among them.
    """

    # BEGIN SOLUTION
    def score(total, length):
        return total / length**length_penalty

    open_ones, finished = [([], 0.0)], []
    for length in range(1, max_length + 1):
        longer = []
        for ids, total in open_ones:
            for new, gain in enumerate(step([start_id, *ids])):
                if new == end_id and gain > -math.inf:
                    finished.append((ids, score(total + gain, length)))
                elif gain > -math.inf:
                    longer.append(([*ids, new], total + gain))
        open_ones = sorted(longer, key=lambda pair: -pair[1])[:width]
        finished = sorted(finished, key=lambda pair: -pair[1])[:width]
        # the best an open one can hope for: to lose nothing more, and to be as long as allowed
        hope = max((score(total, max_length) for _, total in open_ones), default=-math.inf)
        if len(finished) == width and hope <= finished[-1][1]:
            break
    else:
        finished += [(ids, score(total, max_length)) for ids, total in open_ones]
    return sorted(finished, key=lambda pair: -pair[1])[:width]
    # END SOLUTION


# %% check search points=5
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.search(greedy_search, beam_search)
# END HIDDEN TESTS
checks.search(greedy_search, beam_search)


# %% exercise alignment
def alignment(weights):
    """Read an alignment out of attention weights: each target word with the source word it looks at most.

    Args:
        weights: (target, source) numbers, an array or a list of lists, at least one column.

    Returns:
        A set of pairs (target, source) of ints, one for each row: its place and that of its largest
        weight, the first of several.
    """
    # BEGIN SOLUTION
    return {(row, int(np.argmax(line))) for row, line in enumerate(weights)}
    # END SOLUTION


def alignment_error_rate(predicted, sure, possible=None):
    """How wrong an alignment is, against links that a person holds for sure and for possible.

    Och and Ney 2003, section 5: with A predicted, S sure and P possible,

        AER = 1 - (|A and S| + |A and P|) / (|A| + |S|)

    Args:
        predicted, sure: sets of pairs.
        possible: a set of pairs that includes `sure`; None means that only the sure ones are possible.

    Returns:
        A float: 0 for no error. 0 also if `predicted` and `sure` are both empty.
    """
    # BEGIN SOLUTION
    possible = sure if possible is None else possible
    if not predicted and not sure:
        return 0.0
    right = len(predicted & sure) + len(predicted & possible)
    return 1 - right / (len(predicted) + len(sure))
    # END SOLUTION


# %% check alignment points=2
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.alignment(alignment, alignment_error_rate)
# END HIDDEN TESTS
checks.alignment(alignment, alignment_error_rate)


# %% exercise bleu
def bleu(candidates, references, max_n=4):
    """Score translations by the runs of words that they share with a reference: corpus BLEU.

    Papineni et al. 2002, section 2.3. For n = 1 to max_n, the precision p_n is the number of n-grams
    of all candidates together that are found in their references, over the number of n-grams of all
    candidates. An n-gram is found at most as often as it stands in the reference of that sentence
    (clipping). With c and r the words of all candidates and of all references,

        BLEU = brevity penalty * (p_1 * ... * p_N) ** (1 / N),   N = max_n
        brevity penalty = 1 if c >= r, else exp(1 - r / c)

    Args:
        candidates: a list of sentences, each a list of words; a sentence may be empty.
        references: as many, one for each candidate.
        max_n: N, at least 1.

    Returns:
        A float from 0 to 1. There is no smoothing: it is 0 if one of the precisions is 0, or if the
        candidates have no n-gram of one of the lengths at all.
    """

    # BEGIN SOLUTION
    def counted(sentence, n):
        grams = {}
        for place in range(len(sentence) - n + 1):
            gram = tuple(sentence[place : place + n])
            grams[gram] = grams.get(gram, 0) + 1
        return grams

    logs = []
    for n in range(1, max_n + 1):
        found = total = 0
        for candidate, reference in zip(candidates, references):
            mine, theirs = counted(candidate, n), counted(reference, n)
            found += sum(min(count, theirs.get(gram, 0)) for gram, count in mine.items())
            total += sum(mine.values())
        if found == 0:
            return 0.0
        logs.append(math.log(found / total))
    c, r = sum(map(len, candidates)), sum(map(len, references))
    brevity = 1.0 if c >= r else math.exp(1 - r / c)
    return brevity * math.exp(sum(logs) / max_n)
    # END SOLUTION


# %% check bleu points=2
# BEGIN HIDDEN TESTS
from autograder.exams import sequence_to_sequence as exam

exam.bleu(bleu)
# END HIDDEN TESTS
checks.bleu(bleu)
