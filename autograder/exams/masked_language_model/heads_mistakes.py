"""Wrong variants of the class BertForPreTraining."""

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exams.masked_language_model.heads import heads_in_small_steps
from autograder.exams.masked_language_model.models import BertForPreTraining


def wrong(hint):
    return BertForPreTraining.wrong(hint, function="BertForPreTraining")


@wrong("the decoder has a table of its own. What does tied mean?")
class untied(heads_in_small_steps):
    def __init__(self, config):
        super().__init__(config)
        self.decoder = nn.Linear(config.hidden_size, config.vocab_size, bias=False)

    def table(self):
        return self.decoder.weight


@wrong("the decoder is a copy of the table, made at the start. Do the two stay equal in training?")
class copied_at_the_start(heads_in_small_steps):
    def __init__(self, config):
        super().__init__(config)
        self.decoder = nn.Parameter(self.bert.embeddings.word.weight.detach().clone())

    def table(self):
        return self.decoder


@wrong("table and decoder are two parameters that share their numbers. Is `.data` the parameter itself?")
class only_data_shared(heads_in_small_steps):
    def __init__(self, config):
        super().__init__(config)
        self.decoder = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.decoder.weight.data = self.bert.embeddings.word.weight.data

    def table(self):
        return self.decoder.weight


@wrong("what the decoder learns does not reach the table. Is there a detach or a .data on the way?")
class table_detached(heads_in_small_steps):
    def table(self):
        return super().table().detach()


@wrong("the positions' table decodes. Which table has a row for each token of the vocabulary?")
class table_of_positions(heads_in_small_steps):
    def table(self):
        return self.bert.embeddings.position.weight[: self.bias.shape[0]]

    def decode(self, hidden):
        logits = hidden @ self.table().T
        return F.pad(logits, (0, self.bias.shape[0] - logits.shape[-1])) + self.bias


@wrong("the bias of the decoder is not added. What is `self.bias` for?")
class without_bias(heads_in_small_steps):
    def decode(self, hidden):
        return F.linear(hidden, self.table())


@wrong("the bias starts at random. Which numbers does the docstring name?")
class random_bias(heads_in_small_steps):
    def bias_of(self, config):
        return nn.Parameter(torch.randn(config.vocab_size))


@wrong("the bias cannot be learned. What makes a parameter of a tensor?")
class bias_not_learned(heads_in_small_steps):
    def bias_of(self, config):
        return nn.Parameter(torch.zeros(config.vocab_size), requires_grad=False)


@wrong("the bias has a number for each of the m columns. To what is it added?")
class bias_of_the_width(heads_in_small_steps):
    def bias_of(self, config):
        return nn.Parameter(torch.zeros(config.hidden_size))

    def decode(self, hidden):
        return F.linear(hidden + self.bias, self.table())


@wrong("there is no gelu in the head. What stands between transform and norm?")
class without_gelu(heads_in_small_steps):
    def activate(self, x):
        return x


@wrong("the head has ReLU. Which activation does the formula name?")
class relu(heads_in_small_steps):
    def activate(self, x):
        return F.relu(x)


@wrong("the head has tanh. Which activation does the formula name?")
class tanh(heads_in_small_steps):
    def activate(self, x):
        return torch.tanh(x)


@wrong("the head has the tanh approximation of GELU. Which one does the docstring name?")
class approximate_gelu_in_the_head(heads_in_small_steps):
    def activate(self, x):
        return F.gelu(x, approximate="tanh")


@wrong("the norm comes before gelu. In which order does the formula have them?")
class norm_before_gelu(heads_in_small_steps):
    def hidden(self, states):
        return self.activate(self.transform_norm(self.transform(states)))


@wrong("the head has no norm. What does transform_norm do?")
class without_norm(heads_in_small_steps):
    def hidden(self, states):
        return self.activate(self.transform(states))


@wrong("the states are decoded as they are. What do transform, gelu and transform_norm do to them first?")
class without_transform(heads_in_small_steps):
    def hidden(self, states):
        return states


@wrong("the head's norm has PyTorch's eps. Which one does the docstring give?")
class eps_of_torch_in_the_head(heads_in_small_steps):
    def norm_of(self, config):
        return nn.LayerNorm(config.hidden_size)


@wrong("what is added to the states once more is the head's result. Is there a plus in the formula?")
class residual_head(heads_in_small_steps):
    def hidden(self, states):
        return self.transform_norm(states + self.activate(self.transform(states)))


@wrong("these are probabilities. What is a logit before the softmax?")
class probabilities(heads_in_small_steps):
    def decode(self, hidden):
        return super().decode(hidden).softmax(dim=-1)


@wrong("these are logarithms of probabilities. Which step comes later, in the loss?")
class log_probabilities(heads_in_small_steps):
    def decode(self, hidden):
        return super().decode(hidden).log_softmax(dim=-1)


@wrong("the logits are divided by the root of m. Does the formula?")
class scaled_logits(heads_in_small_steps):
    def decode(self, hidden):
        return F.linear(hidden, self.table()) / hidden.shape[-1] ** 0.5 + self.bias


@wrong("next_sentence sees the state of [CLS]. What does the pooler make of it before?")
class next_from_the_state(heads_in_small_steps):
    def follows(self, states, pooled):
        return self.next_sentence(states[:, 0])


@wrong("next_sentence sees the mean of the states. Which vector does the docstring name?")
class next_from_the_mean(heads_in_small_steps):
    def follows(self, states, pooled):
        return self.next_sentence(states.mean(dim=1))


@wrong("tanh is applied twice to the pooled vector. Where has it been applied already?")
class tanh_twice(heads_in_small_steps):
    def follows(self, states, pooled):
        return self.next_sentence(torch.tanh(pooled))


@wrong("next_sentence_logits have been through a softmax. What is a logit?")
class next_as_probabilities(heads_in_small_steps):
    def follows(self, states, pooled):
        return super().follows(states, pooled).softmax(dim=-1)


@wrong("the two columns have changed places. What does column 0 mean by the docstring?")
class columns_the_other_way(heads_in_small_steps):
    def follows(self, states, pooled):
        return super().follows(states, pooled).flip(-1)


@wrong("next_sentence gives one number. How many columns does the docstring name?")
class one_column(heads_in_small_steps):
    def __init__(self, config):
        super().__init__(config)
        self.next_sentence = nn.Linear(config.hidden_size, 1)


@wrong("the body is told that nothing is padding. What becomes of attention_mask?")
class mask_not_passed_on(heads_in_small_steps):
    def read(self, input_ids, token_type_ids, attention_mask):
        return self.bert(input_ids, token_type_ids, torch.ones_like(attention_mask))


@wrong("the body is told that there is one segment. What becomes of token_type_ids?")
class segments_not_passed_on(heads_in_small_steps):
    def read(self, input_ids, token_type_ids, attention_mask):
        return self.bert(input_ids, torch.zeros_like(token_type_ids), attention_mask)


@wrong("attention_mask and token_type_ids change places on the way to the body. In which order does it take them?")
class arguments_exchanged(heads_in_small_steps):
    def read(self, input_ids, token_type_ids, attention_mask):
        return self.bert(input_ids, attention_mask, token_type_ids)


@wrong("next_sentence_logits come first. In which order does the docstring return the two?")
class logits_in_the_other_order(heads_in_small_steps):
    def forward(self, input_ids, token_type_ids, attention_mask):
        return super().forward(input_ids, token_type_ids, attention_mask)[::-1]


@wrong("only the prediction_logits come back. What are the two results?")
class prediction_alone(heads_in_small_steps):
    def forward(self, input_ids, token_type_ids, attention_mask):
        return super().forward(input_ids, token_type_ids, attention_mask)[0]


@wrong("the body learns nothing: no gradient reaches it. Is there a no_grad or a detach?")
class body_frozen(heads_in_small_steps):
    def read(self, input_ids, token_type_ids, attention_mask):
        with torch.no_grad():
            return super().read(input_ids, token_type_ids, attention_mask)
