"""Wrong variants of AttentionDecoder."""

import torch

from autograder.exams.sequence_to_sequence.decoder import AttentionDecoder, in_small_steps


@AttentionDecoder.wrong(
    "the attention is asked with the state after the step. With which state does Bahdanau's decoder look, and why "
    "must it look before it reads?"
)
class looks_after_the_step(in_small_steps):
    def step(self, tokens, state, keys, mask):
        context, _ = self.attend(state, keys, mask)
        new = self.read(tokens, context, state)
        context, weights = self.attend(new, keys, mask)
        return self.say(new[0], context), new, weights


@AttentionDecoder.wrong("the context has no part in the LSTM's input. What stands beside the embedded token?")
class context_not_read(in_small_steps):
    def read(self, tokens, context, state):
        return super().read(tokens, torch.zeros_like(context), state)


@AttentionDecoder.wrong("the context has no part in the logits. What stands beside the new hidden state?")
class context_not_said(in_small_steps):
    def say(self, hidden, context):
        return super().say(hidden, torch.zeros_like(context))


@AttentionDecoder.wrong("the logits are read from the state before the step. Which state knows the token just given?")
class logits_of_the_old_state(in_small_steps):
    def step(self, tokens, state, keys, mask):
        context, weights = self.attend(state, keys, mask)
        return self.say(state[0], context), self.read(tokens, context, state), weights


@AttentionDecoder.wrong("the logits are read from the cell. Which of the two parts of the state is shown?")
class logits_of_the_cell(in_small_steps):
    def step(self, tokens, state, keys, mask):
        context, weights = self.attend(state, keys, mask)
        new = self.read(tokens, context, state)
        return self.say(new[1], context), new, weights


@AttentionDecoder.wrong("the attention is asked with the cell. Which of the two parts of the state is the query?")
class looks_with_the_cell(in_small_steps):
    def attend(self, state, keys, mask):
        return self.attention(state[1], keys, mask)


@AttentionDecoder.wrong("the LSTM gets the context before the embedded token. Which one stands in front in [a, b]?")
class context_in_front(in_small_steps):
    def read(self, tokens, context, state):
        return self.cell(torch.cat([context, self.embedding(tokens)], 1), state)


@AttentionDecoder.wrong("the output layer gets the context before the hidden state. Which one stands in front?")
class context_in_front_of_the_state(in_small_steps):
    def say(self, hidden, context):
        return self.output(torch.cat([context, hidden], 1))


@AttentionDecoder.wrong("the first hidden state has no tanh around it. What does the docstring of begin say?")
class begins_without_tanh(in_small_steps):
    def begin(self, last):
        hidden = self.start(last)
        return hidden, torch.zeros_like(hidden)


@AttentionDecoder.wrong("the cell begins as the hidden state does. What does it begin with?")
class begins_with_a_full_cell(in_small_steps):
    def begin(self, last):
        hidden = torch.tanh(self.start(last))
        return hidden, hidden


@AttentionDecoder.wrong("the decoder begins with zeros, whatever was read. What does `last` hand over?")
class begins_with_nothing(in_small_steps):
    def begin(self, last):
        hidden = torch.zeros_like(self.start(last))
        return hidden, hidden


@AttentionDecoder.wrong("what is given are probabilities or their logarithms. What are logits?")
class log_probabilities(in_small_steps):
    def say(self, hidden, context):
        return super().say(hidden, context).log_softmax(-1)


@AttentionDecoder.wrong("what is given are probabilities. Where is the softmax taken, here or in the loss?")
class probabilities(in_small_steps):
    def say(self, hidden, context):
        return super().say(hidden, context).softmax(-1)


@AttentionDecoder.wrong("the mask is not passed on: the decoder looks at padding. Who needs to know what is real?")
class mask_not_passed_on(in_small_steps):
    def attend(self, state, keys, mask):
        return self.attention(state[0], keys, torch.ones_like(mask))


@AttentionDecoder.wrong("the state does not move: every step goes on from the first one. Which state does step return?")
class state_stands_still(in_small_steps):
    def step(self, tokens, state, keys, mask):
        logits, _, weights = super().step(tokens, state, keys, mask)
        return logits, state, weights


@AttentionDecoder.wrong("the cell is not carried on: it is zeros in every step. What are the two parts of a state?")
class cell_forgotten(in_small_steps):
    def step(self, tokens, state, keys, mask):
        return super().step(tokens, (state[0], torch.zeros_like(state[1])), keys, mask)


@AttentionDecoder.wrong(
    "the state is kept in the module, so a step from an older state goes on from the newest one. What must all that "
    "is remembered be in?"
)
class state_in_the_module(in_small_steps):
    def begin(self, last):
        self.now = super().begin(last)
        return self.now

    def step(self, tokens, state, keys, mask):
        logits, self.now, weights = super().step(tokens, self.now, keys, mask)
        return logits, self.now, weights


@AttentionDecoder.wrong("the state that was given is overwritten. From how many places may a beam go on?")
class state_overwritten(in_small_steps):
    def begin(self, last):
        return list(super().begin(last))

    def step(self, tokens, state, keys, mask):
        logits, new, weights = super().step(tokens, state, keys, mask)
        state[:] = new
        return logits, state, weights


@AttentionDecoder.wrong(
    "the weights given are one step late: those of the step before. With which weights is the next word written?"
)
class weights_one_step_late(in_small_steps):
    def begin(self, last):
        return *super().begin(last), None

    def step(self, tokens, state, keys, mask):
        logits, new, weights = super().step(tokens, state[:2], keys, mask)
        return logits, (*new, weights), weights if state[2] is None else state[2]

    def read(self, tokens, context, state):
        return super().read(tokens, context, tuple(state[:2]))


@AttentionDecoder.wrong(
    "the second result should be the state, the third the weights. In which order are they returned?"
)
class weights_before_the_state(in_small_steps):
    def step(self, tokens, state, keys, mask):
        logits, new, weights = super().step(tokens, state, keys, mask)
        return logits, weights, new


@AttentionDecoder.wrong("the token just written has no part in the step. What is embedded, and where does it go?")
class token_not_read(in_small_steps):
    def read(self, tokens, context, state):
        return super().read(torch.zeros_like(tokens), context, state)


@AttentionDecoder.wrong(
    "the hidden state is not renewed: the old one is said and handed on beside a new cell. What comes out of an LSTM?"
)
class hidden_not_renewed(in_small_steps):
    def step(self, tokens, state, keys, mask):
        context, weights = self.attend(state, keys, mask)
        _, cell = self.read(tokens, context, state)
        return self.say(state[0], context), (state[0], cell), weights


@AttentionDecoder.wrong(
    "the LSTM reads before it looks, with the context of the step before (Luong et al. 2015). Which comes first in the "
    "docstring?"
)
class reads_before_it_looks(in_small_steps):
    def begin(self, last):
        return *super().begin(last), torch.zeros_like(last)

    def step(self, tokens, state, keys, mask):
        new = self.read(tokens, state[2], state[:2])
        context, weights = self.attend(new, keys, mask)
        return self.say(new[0], context), (*new, context), weights


@AttentionDecoder.wrong("the logits get a context that is looked up anew after the step. Which one did the LSTM read?")
class context_looked_up_anew(in_small_steps):
    def step(self, tokens, state, keys, mask):
        context, weights = self.attend(state, keys, mask)
        new = self.read(tokens, context, state)
        return self.say(new[0], self.attend(new, keys, mask)[0]), new, weights
