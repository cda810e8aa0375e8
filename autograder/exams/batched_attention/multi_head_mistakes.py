"""Wrong variants of MultiHeadAttention whose slip lies between the tokens and the output."""

import torch
from torch.nn import functional as F

from autograder.exams.batched_attention.earlier import scaled_dot_product_attention
from autograder.exams.batched_attention.multi_head_attention import MultiHeadAttention, in_small_steps


@MultiHeadAttention.wrong("the value projection is dropped. What is `self.value` for?")
class values_unprojected(in_small_steps):
    def project(self, query, key, value):
        return self.query(query), self.key(key), value


@MultiHeadAttention.wrong("keys and values are used as they come. Which projections are left over?")
class keys_and_values_unprojected(in_small_steps):
    def project(self, query, key, value):
        return self.query(query), key, value


@MultiHeadAttention.wrong("query and key projections are added. Which operation compares a query with a key?")
class projections_added(in_small_steps):
    def attend(self, query, key, value, mask):
        ones = torch.ones_like(query), torch.ones_like(key)
        query, key = torch.cat([query, ones[0]], dim=-1), torch.cat([ones[1], key], dim=-1)
        return scaled_dot_product_attention(query * 2**0.5, key, value, mask, self.dropout, self.training)


@MultiHeadAttention.wrong("one projection serves queries and keys. Which four Linear layers are there?")
class keys_projected_as_queries(in_small_steps):
    def project(self, query, key, value):
        return self.query(query), self.query(key), self.value(value)


@MultiHeadAttention.wrong("queries and keys have changed projections. Which Linear is for which?")
class queries_projected_as_keys(in_small_steps):
    def project(self, query, key, value):
        return self.key(query), self.query(key), self.value(value)


@MultiHeadAttention.wrong("the merged heads come out as they are. What is `self.output` for?")
class output_unprojected(in_small_steps):
    def forward(self, query, key=None, value=None, mask=None):
        key = query if key is None else key
        value = key if value is None else value
        heads = [self.split(x) for x in self.project(query, key, value)]
        return self.merge(self.attend(*heads, mask))


@MultiHeadAttention.wrong("the scale takes the width of the model. How long are the vectors that a head multiplies?")
class scaled_by_model_width(in_small_steps):
    def attend(self, query, key, value, mask):
        return super().attend(query / self.num_heads**0.5, key, value, mask)


@MultiHeadAttention.wrong("the scores are scaled twice. What does scaled_dot_product_attention do already?")
class scaled_twice(in_small_steps):
    def attend(self, query, key, value, mask):
        return super().attend(query / query.shape[-1] ** 0.5, key, value, mask)


@MultiHeadAttention.wrong("this is what you get without the scale. Which of your functions has it built in?")
class unscaled(in_small_steps):
    def attend(self, query, key, value, mask):
        return super().attend(query * query.shape[-1] ** 0.5, key, value, mask)


@MultiHeadAttention.wrong(
    "a reshape alone splits the heads and mixes tokens. Which two axes must change places after it?"
)
class split_by_reshape_alone(in_small_steps):
    def split(self, x):
        return x.reshape(x.shape[0], self.num_heads, x.shape[1], -1)

    def merge(self, x):
        return x.reshape(x.shape[0], x.shape[2], -1)


@MultiHeadAttention.wrong("a reshape alone merges the heads and mixes tokens. Which two axes must change places first?")
class merged_by_reshape_alone(in_small_steps):
    def merge(self, x):
        return x.reshape(x.shape[0], x.shape[2], -1)


@MultiHeadAttention.wrong("neighbouring columns go to different heads. Which block of columns belongs to head 0?")
class heads_interleaved(in_small_steps):
    def split(self, x):
        return x.unflatten(-1, (-1, self.num_heads)).permute(0, 3, 1, 2)

    def merge(self, x):
        return x.permute(0, 2, 3, 1).flatten(2)


@MultiHeadAttention.wrong("the columns of the heads come out interleaved. Which axis varies fastest in a row?")
class merged_interleaved(in_small_steps):
    def merge(self, x):
        return x.permute(0, 2, 3, 1).flatten(2)


@MultiHeadAttention.wrong("there is one head, however many are asked for. Where are the columns cut?")
class never_split(in_small_steps):
    def split(self, x):
        return x[:, None]


@MultiHeadAttention.wrong("heads attend to each other at each token. Which axis should attention run over?")
class heads_behind_tokens(in_small_steps):
    def split(self, x):
        return x.unflatten(-1, (self.num_heads, -1))

    def attend(self, query, key, value, mask):
        return super().attend(query, key, value, None)

    def merge(self, x):
        return x.flatten(2)


@MultiHeadAttention.wrong("examples of the batch attend to each other. Which axes may mix?")
class batch_merged_with_tokens(in_small_steps):
    def attend(self, query, key, value, mask):
        flat = [x.transpose(0, 1).flatten(1, 2)[None] for x in (query, key, value)]
        return super().attend(*flat, None)[0].unflatten(1, (len(query), -1)).transpose(0, 1)


@MultiHeadAttention.wrong("the first axis is taken for the tokens. Where is the batch in (b, t, m)?")
class tokens_first(in_small_steps):
    def forward(self, query, key=None, value=None, mask=None):
        turned = [None if x is None else x.transpose(0, 1) for x in (query, key, value)]
        return super().forward(*turned, mask).transpose(0, 1)


@MultiHeadAttention.wrong("the keys are always made from `query`. What if `key` is given?")
class always_self_attention(in_small_steps):
    def forward(self, query, key=None, value=None, mask=None):
        return super().forward(query, None, None, mask)


@MultiHeadAttention.wrong("the values are always made from the keys' tokens. What if `value` is given?")
class value_ignored(in_small_steps):
    def forward(self, query, key=None, value=None, mask=None):
        return super().forward(query, key, None, mask)


@MultiHeadAttention.wrong("without `value` the values are made from `query`. What does the docstring say?")
class values_from_query(in_small_steps):
    def forward(self, query, key=None, value=None, mask=None):
        return super().forward(query, key, query if value is None else value, mask)


@MultiHeadAttention.wrong("`key` and `value` have to be given. What do they default to?")
class all_three_needed(in_small_steps):
    def forward(self, query, key=None, value=None, mask=None):
        heads = [self.split(x) for x in self.project(query, key, value)]
        return self.output(self.merge(self.attend(*heads, mask)))


@MultiHeadAttention.wrong("the weights come back too. What does the docstring say is returned?")
class weights_returned_too(in_small_steps):
    def forward(self, query, key=None, value=None, mask=None):
        return super().forward(query, key, value, mask), None


@MultiHeadAttention.wrong("the mask has no effect. Where is it to be passed on?")
class mask_ignored(in_small_steps):
    def attend(self, query, key, value, mask):
        return super().attend(query, key, value, None)


@MultiHeadAttention.wrong("the mask works the wrong way round. Does True let a query attend in your function?")
class mask_inverted(in_small_steps):
    def attend(self, query, key, value, mask):
        return super().attend(query, key, value, None if mask is None else ~mask)


@MultiHeadAttention.wrong("the mask gets one axis more. Does (b, 1, q, k) not broadcast to (b, h, q, k) as it is?")
class mask_gets_an_axis(in_small_steps):
    def attend(self, query, key, value, mask):
        return super().attend(query, key, value, None if mask is None else mask.unsqueeze(1))


@MultiHeadAttention.wrong("numbers of the output are dropped. What is the dropout of attention applied to?")
class dropout_on_output(in_small_steps):
    def attend(self, query, key, value, mask):
        return F.dropout(scaled_dot_product_attention(query, key, value, mask), self.dropout, self.training)


@MultiHeadAttention.wrong("dropout acts after eval() too. Which attribute knows the mode of the module?")
class dropout_always_on(in_small_steps):
    def attend(self, query, key, value, mask):
        return scaled_dot_product_attention(query, key, value, mask, self.dropout, True)


@MultiHeadAttention.wrong("nothing is ever dropped. Which arguments of your attention are left at their defaults?")
class dropout_ignored(in_small_steps):
    def attend(self, query, key, value, mask):
        return scaled_dot_product_attention(query, key, value, mask)


@MultiHeadAttention.wrong("without a mask one is made on the CPU, wherever the tokens are. Is one needed at all?")
class mask_made_on_the_cpu(in_small_steps):
    def attend(self, query, key, value, mask):
        mask = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool) if mask is None else mask
        return super().attend(query, key, value, mask)
