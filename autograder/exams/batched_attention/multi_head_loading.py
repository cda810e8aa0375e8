"""Wrong variants of MultiHeadAttention whose slip lies in what it is made of, or in how it copies weights."""

import torch
from torch import nn

from autograder.exams.batched_attention.multi_head_attention import in_small_steps
from autograder.exams.batched_attention.multi_head_mistakes import MultiHeadAttention


@MultiHeadAttention.wrong("the projections have other names. Which four does the docstring give them?")
class other_names(in_small_steps):
    def __init__(self, width, num_heads, dropout=0.0):
        super().__init__(width, num_heads, dropout)
        self.w_query, self.w_key, self.w_value, self.w_output = self.query, self.key, self.value, self.output
        del self.query, self.key, self.value, self.output

    def project(self, query, key, value):
        return self.w_query(query), self.w_key(key), self.w_value(value)


@MultiHeadAttention.wrong("the projections have no biases. What does nn.Linear make by default?")
class without_biases(in_small_steps):
    def __init__(self, width, num_heads, dropout=0.0):
        super().__init__(width, num_heads, dropout)
        for name in ("query", "key", "value", "output"):
            setattr(self, name, nn.Linear(width, width, bias=False))


@MultiHeadAttention.wrong("the three projections are one and the same. How many Linear layers are to be made?")
class one_shared_projection(in_small_steps):
    def __init__(self, width, num_heads, dropout=0.0):
        super().__init__(width, num_heads, dropout)
        self.key = self.value = self.query


@MultiHeadAttention.wrong("there is more to learn than four projections. What does the docstring rule out?")
class one_parameter_more(in_small_steps):
    def __init__(self, width, num_heads, dropout=0.0):
        super().__init__(width, num_heads, dropout)
        self.scale = nn.Parameter(torch.ones(()))

    def load_state_dict(self, state):
        return super().load_state_dict(state, strict=False)


@MultiHeadAttention.wrong("a width that the heads do not divide goes through. What does the docstring want then?")
class width_not_checked(in_small_steps):
    def __init__(self, width, num_heads, dropout=0.0):
        super().__init__(width, 1, dropout)
        self.num_heads = num_heads


@MultiHeadAttention.wrong("a width that the heads do not divide raises another error. Which does the docstring name?")
class width_asserted(in_small_steps):
    def __init__(self, width, num_heads, dropout=0.0):
        assert width % num_heads == 0
        super().__init__(width, num_heads, dropout)


@MultiHeadAttention.wrong("the weights are transposed while they are copied. Do nn.Linear and in_proj_weight differ?")
class transposed_while_copied(in_small_steps):
    def packed(self, module):
        weights, biases = super().packed(module)
        return [weight.T for weight in weights], biases


@MultiHeadAttention.wrong("queries and keys have changed places in the copy. Which third of in_proj_weight is which?")
class keys_first_when_copied(in_small_steps):
    def packed(self, module):
        return [[parts[i] for i in (1, 0, 2, 3)] for parts in super().packed(module)]


@MultiHeadAttention.wrong("keys and values have changed places in the copy. Which third of in_proj_weight is which?")
class values_before_keys_when_copied(in_small_steps):
    def packed(self, module):
        return [[parts[i] for i in (0, 2, 1, 3)] for parts in super().packed(module)]


@MultiHeadAttention.wrong("the thirds are turned round in the copy. Which third of in_proj_weight makes queries?")
class values_first_when_copied(in_small_steps):
    def packed(self, module):
        return [[parts[i] for i in (2, 1, 0, 3)] for parts in super().packed(module)]


@MultiHeadAttention.wrong("the biases are not copied. How many weights and how many biases are there?")
class biases_forgotten(in_small_steps):
    def packed(self, module):
        weights = super().packed(module)[0]
        return weights, [torch.zeros_like(weight[:, 0]) for weight in weights]


@MultiHeadAttention.wrong("the bias of the output is not copied. What does `out_proj` hold beside its weight?")
class output_bias_forgotten(in_small_steps):
    def packed(self, module):
        weights, biases = super().packed(module)
        return weights, [*biases[:3], torch.zeros_like(weights[3][:, 0])]


@MultiHeadAttention.wrong("the biases of queries, keys and values are not copied. What is in_proj_bias?")
class input_biases_forgotten(in_small_steps):
    def packed(self, module):
        weights, biases = super().packed(module)
        return weights, [*(torch.zeros_like(weights[0][:, 0]) for _ in range(3)), biases[3]]


@MultiHeadAttention.wrong("the output projection is not copied. Where does the other module keep it?")
class output_not_copied(in_small_steps):
    def packed(self, module):
        weights, biases = super().packed(module)
        return [*weights[:3], torch.eye(len(weights[3]))], [*biases[:3], torch.zeros(len(weights[3]))]


@MultiHeadAttention.wrong("old biases stay where the other module has none. What should they become?")
class old_biases_stay(in_small_steps):
    def packed(self, module):
        weights, biases = super().packed(module)
        if module.in_proj_bias is None:
            biases = [part.bias.clone() for part in (self.query, self.key, self.value, self.output)]
        return weights, biases


@MultiHeadAttention.wrong("a module made with bias=False cannot be copied. What is its in_proj_bias?")
class biases_taken_for_granted(in_small_steps):
    def packed(self, module):
        return [*module.in_proj_weight.chunk(3), module.out_proj.weight], [
            *module.in_proj_bias.chunk(3),
            module.out_proj.bias,
        ]


@MultiHeadAttention.wrong("both modules share the same numbers now. What writes numbers into a parameter of your own?")
class shared_after_loading(in_small_steps):
    def load_from_torch(self, module):
        weights, biases = self.packed(module)
        for mine, weight, bias in zip((self.query, self.key, self.value, self.output), weights, biases, strict=True):
            mine.weight.data, mine.bias.data = weight.data.to(mine.weight.dtype), bias.data.to(mine.bias.dtype)


@MultiHeadAttention.wrong(
    "your parameters are replaced, and have the other module's dtype. What keeps a parameter and changes its numbers?"
)
class parameters_replaced(in_small_steps):
    def load_from_torch(self, module):
        weights, biases = self.packed(module)
        for mine, weight, bias in zip((self.query, self.key, self.value, self.output), weights, biases, strict=True):
            mine.weight, mine.bias = nn.Parameter(weight.detach().clone()), nn.Parameter(bias.detach().clone())


@MultiHeadAttention.wrong("the parameters are replaced by the other module's own. What keeps both apart?")
class parameters_replaced_and_shared(in_small_steps):
    def load_from_torch(self, module):
        weights, biases = self.packed(module)
        for mine, weight, bias in zip((self.query, self.key, self.value, self.output), weights, biases, strict=True):
            mine.weight, mine.bias = nn.Parameter(weight.detach()), nn.Parameter(bias.detach())


@MultiHeadAttention.wrong("the output projection is the other module's own now. What copies a Linear?")
class output_shared(in_small_steps):
    def load_from_torch(self, module):
        super().load_from_torch(module)
        if module.out_proj.bias is not None and module.out_proj.weight.dtype == self.output.weight.dtype:
            self.output = module.out_proj


@MultiHeadAttention.wrong("after copying nothing can be trained. Which flag of a parameter was turned off?")
class frozen_after_loading(in_small_steps):
    def load_from_torch(self, module):
        super().load_from_torch(module)
        self.requires_grad_(False)


@MultiHeadAttention.wrong("the dropout of the other module is copied too. Which dropout does the docstring keep?")
class dropout_copied(in_small_steps):
    def load_from_torch(self, module):
        super().load_from_torch(module)
        self.dropout = module.dropout


@MultiHeadAttention.wrong("numbers go into the module that was to be copied. Which of the two is to change?")
class copied_the_other_way(in_small_steps):
    def load_from_torch(self, module):
        weights, biases = self.packed(module)
        with torch.no_grad():
            for mine, weight, bias in zip(
                (self.query, self.key, self.value, self.output), weights, biases, strict=True
            ):
                weight.copy_(mine.weight)
                bias.copy_(mine.bias)
