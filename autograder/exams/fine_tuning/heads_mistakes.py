"""Wrong variants of SequenceClassifier and TokenClassifier."""

from functools import partial

import torch

from autograder.exams.fine_tuning.heads import InSmallSteps, OfTokens, heads
from autograder.exams.fine_tuning.heads_slips import (
    AlwaysDropping,
    AnotherDefault,
    ByName,
    Copied,
    Decided,
    DropsAfterwards,
    Exchanged,
    Frozen,
    LogSoftmax,
    MaskIgnored,
    NoBias,
    NoDropout,
    NotGrown,
    OneMore,
    SegmentsIgnored,
    Softmax,
)

wrong_sequence = partial(heads.wrong, function="SequenceClassifier")
wrong_tokens = partial(heads.wrong, function="TokenClassifier")


@wrong_sequence("these are probabilities, and the loss takes a softmax itself. What are logits?")
class sequence_softmax(Softmax, InSmallSteps):
    pass


@wrong_tokens("these are probabilities, and the loss takes a softmax itself. What are logits?")
class tokens_softmax(Softmax, OfTokens):
    pass


@wrong_sequence("these are log-probabilities. What are logits?")
class sequence_log_softmax(LogSoftmax, InSmallSteps):
    pass


@wrong_tokens("these are log-probabilities. What are logits?")
class tokens_log_softmax(LogSoftmax, OfTokens):
    pass


@wrong_sequence("the labels' numbers come back. What should the scores of all of them be for?")
class sequence_decided(Decided, InSmallSteps):
    pass


@wrong_tokens("the labels' numbers come back. What should the scores of all of them be for?")
class tokens_decided(Decided, OfTokens):
    pass


@wrong_sequence("the body is called by the names of its arguments. How does the docstring call it?")
class sequence_by_name(ByName, InSmallSteps):
    pass


@wrong_tokens("the body is called by the names of its arguments. How does the docstring call it?")
class tokens_by_name(ByName, OfTokens):
    pass


@wrong_sequence("the body is told that all tokens are real. What is attention_mask for?")
class sequence_mask_ignored(MaskIgnored, InSmallSteps):
    pass


@wrong_tokens("the body is told that all tokens are real. What is attention_mask for?")
class tokens_mask_ignored(MaskIgnored, OfTokens):
    pass


@wrong_sequence("the body is told that all is one segment. What are token_type_ids for?")
class sequence_segments_ignored(SegmentsIgnored, InSmallSteps):
    pass


@wrong_tokens("the body is told that all is one segment. What are token_type_ids for?")
class tokens_segments_ignored(SegmentsIgnored, OfTokens):
    pass


@wrong_sequence("mask and segments have changed places. In which order does the body take them?")
class sequence_exchanged(Exchanged, InSmallSteps):
    pass


@wrong_tokens("mask and segments have changed places. In which order does the body take them?")
class tokens_exchanged(Exchanged, OfTokens):
    pass


@wrong_sequence("no gradient reaches the body. What do `no_grad` and `detach` do to fine-tuning?")
class sequence_frozen(Frozen, InSmallSteps):
    pass


@wrong_tokens("no gradient reaches the body. What do `no_grad` and `detach` do to fine-tuning?")
class tokens_frozen(Frozen, OfTokens):
    pass


@wrong_sequence("the body is a copy. Which one should be trained?")
class sequence_copied(Copied, InSmallSteps):
    pass


@wrong_tokens("the body is a copy. Which one should be trained?")
class tokens_copied(Copied, OfTokens):
    pass


@wrong_sequence("the classifier's bias does nothing. What does nn.Linear add?")
class sequence_no_bias(NoBias, InSmallSteps):
    pass


@wrong_tokens("the classifier's bias does nothing. What does nn.Linear add?")
class tokens_no_bias(NoBias, OfTokens):
    pass


@wrong_sequence("nothing is dropped in training mode. What is `dropout` for?")
class sequence_no_dropout(NoDropout, InSmallSteps):
    pass


@wrong_tokens("nothing is dropped in training mode. What is `dropout` for?")
class tokens_no_dropout(NoDropout, OfTokens):
    pass


@wrong_sequence("numbers are dropped in eval mode too. What does F.dropout not know?")
class sequence_always_dropping(AlwaysDropping, InSmallSteps):
    pass


@wrong_tokens("numbers are dropped in eval mode too. What does F.dropout not know?")
class tokens_always_dropping(AlwaysDropping, OfTokens):
    pass


@wrong_sequence("logits are dropped. What goes through the dropout, and when?")
class sequence_drops_afterwards(DropsAfterwards, InSmallSteps):
    pass


@wrong_tokens("logits are dropped. What goes through the dropout, and when?")
class tokens_drops_afterwards(DropsAfterwards, OfTokens):
    pass


@wrong_sequence("what is kept does not grow by 1 / (1 - p). What does nn.Dropout do with it?")
class sequence_not_grown(NotGrown, InSmallSteps):
    pass


@wrong_tokens("what is kept does not grow by 1 / (1 - p). What does nn.Dropout do with it?")
class tokens_not_grown(NotGrown, OfTokens):
    pass


@wrong_sequence("the default of `dropout` is another one. Which one does the docstring have?")
class sequence_another_default(AnotherDefault, InSmallSteps):
    pass


@wrong_tokens("the default of `dropout` is another one. Which one does the docstring have?")
class tokens_another_default(AnotherDefault, OfTokens):
    pass


@wrong_sequence("there is a layer more than in the formula. What lies between body and classifier?")
class sequence_one_more(OneMore, InSmallSteps):
    pass


@wrong_tokens("there is a layer more than in the formula. What lies between body and classifier?")
class tokens_one_more(OneMore, OfTokens):
    pass


@wrong_sequence("the head sees the first token's state. What does the pooler make of it?")
class state_of_the_first(InSmallSteps):
    def choose(self, states, pooled):
        return states[:, 0]


@wrong_sequence("the head sees the mean of the states. Which of the body's two results is meant for the whole input?")
class mean_of_states(InSmallSteps):
    def choose(self, states, pooled):
        return states.mean(dim=1)


@wrong_sequence("the head sees the last place, which may be padding. Which of the body's two results is meant?")
class state_of_the_last(InSmallSteps):
    def choose(self, states, pooled):
        return states[:, -1]


@wrong_sequence("`states[0]` is the first input of the batch. Which of the body's two results is meant?")
class first_input(InSmallSteps):
    def choose(self, states, pooled):
        return states[0]


@wrong_sequence("the tanh is taken twice. What has the body done already?")
class tanh_twice(InSmallSteps):
    def choose(self, states, pooled):
        return torch.tanh(pooled)


@wrong_sequence("the pooler is applied twice. What has the body done already?")
class pooled_twice(InSmallSteps):
    def choose(self, states, pooled):
        return torch.tanh(self.body.pooler(pooled))


@wrong_sequence("the pooler's tanh is missing. Which of the body's two results has it?")
class pooled_without_tanh(InSmallSteps):
    def choose(self, states, pooled):
        return self.body.pooler(states[:, 0])


@wrong_sequence("every token gets a label. What is asked for?")
class labels_for_tokens(InSmallSteps):
    def choose(self, states, pooled):
        return states


@wrong_tokens("the whole input gets one label. What is asked for?")
class label_for_the_input(OfTokens):
    def choose(self, states, pooled):
        return pooled


@wrong_tokens("the pooler's tanh goes over every token. What goes into the classifier?")
class every_token_pooled(OfTokens):
    def choose(self, states, pooled):
        return torch.tanh(self.body.pooler(states))


@wrong_tokens("the labels stand before the tokens. Which axis is the last one?")
class labels_before_tokens(OfTokens):
    def finish(self, logits):
        return logits.transpose(1, 2)


@wrong_tokens("the first token is missing. How many labels should there be?")
class without_the_first(OfTokens):
    def choose(self, states, pooled):
        return states[:, 1:]


@wrong_tokens("the input's vector is added to each token. What goes into the classifier?")
class pooled_added(OfTokens):
    def choose(self, states, pooled):
        return states + pooled[:, None]


@wrong_tokens("the softmax goes over the tokens. Was one asked for?")
class softmax_over_tokens(OfTokens):
    def finish(self, logits):
        return torch.softmax(logits, dim=1)
