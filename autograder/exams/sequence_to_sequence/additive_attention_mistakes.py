"""Wrong variants of AdditiveAttention."""

import math

import torch

from autograder.exams.sequence_to_sequence.additive_attention import AdditiveAttention, in_small_steps


@AdditiveAttention.wrong("the mask has no effect: padding gets weight. Where does the mask go in?")
class no_mask(in_small_steps):
    def weigh(self, scores, mask):
        return scores.softmax(dim=-1)


@AdditiveAttention.wrong("the mask is read upside down. What does True mean in this course?")
class mask_upside_down(in_small_steps):
    def weigh(self, scores, mask):
        return super().weigh(scores, ~mask)


@AdditiveAttention.wrong("a closed place gets the score 0, and so still a weight. What is exp(0)?")
class score_of_zero(in_small_steps):
    def weigh(self, scores, mask):
        return (scores * mask).softmax(dim=-1)


@AdditiveAttention.wrong(
    "the weights are masked after the softmax, so a row no longer sums to 1. What must come before the sum?"
)
class masked_after_softmax(in_small_steps):
    def weigh(self, scores, mask):
        return scores.softmax(dim=-1) * mask


@AdditiveAttention.wrong("a sentence with nothing open gets equal weights. What should it get?")
class equal_weights_for_nothing(in_small_steps):
    def weigh(self, scores, mask):
        return scores.masked_fill(~mask, -1e30).softmax(dim=-1)


@AdditiveAttention.wrong("a sentence with nothing open gives NaN, from 0 / 0. What is the softmax of a row of -inf?")
class nan_for_nothing(in_small_steps):
    def weigh(self, scores, mask):
        return scores.masked_fill(~mask, -math.inf).softmax(dim=-1)


@AdditiveAttention.wrong(
    "the softmax runs over the batch: sentences compete with each other. Which axis holds the keys?"
)
class softmax_over_the_batch(in_small_steps):
    def weigh(self, scores, mask):
        return scores.masked_fill(~mask, -1e30).softmax(dim=0).masked_fill(~mask, 0.0)


@AdditiveAttention.wrong("there is no softmax, the scores are cut off below 0. What makes a row sum to 1?")
class relu_for_softmax(in_small_steps):
    def weigh(self, scores, mask):
        return scores.relu() * mask


@AdditiveAttention.wrong("each weight is a sigmoid of its score. What makes a row sum to 1?")
class sigmoid_for_softmax(in_small_steps):
    def weigh(self, scores, mask):
        return scores.sigmoid() * mask


@AdditiveAttention.wrong(
    "the tanh is missing. Without it the query adds the same to all scores; what is its effect then?"
)
class without_tanh(in_small_steps):
    def activate(self, x):
        return x


@AdditiveAttention.wrong("there is a ReLU where the formula has a tanh. Which one does Bahdanau's score have?")
class relu_inside(in_small_steps):
    def activate(self, x):
        return x.relu()


@AdditiveAttention.wrong("the tanh is around the score. What does it stand around in the formula?")
class tanh_around_the_score(in_small_steps):
    def scores(self, query, keys):
        return self.score(self.query(query)[:, None] + self.key(keys)).squeeze(-1).tanh()


@AdditiveAttention.wrong("query and keys are multiplied: that is another score. What is additive about this one?")
class a_product_inside(in_small_steps):
    def inside(self, query, keys):
        return torch.tanh(self.query(query)[:, None] * self.key(keys))


@AdditiveAttention.wrong(
    "the keys have no part in the scores, so all weights are alike whatever the source says. "
    "Which two things are added?"
)
class scores_without_the_keys(in_small_steps):
    def inside(self, query, keys):
        return torch.tanh(self.query(query)[:, None].expand(-1, keys.shape[1], -1))


@AdditiveAttention.wrong(
    "the query makes no difference: every word looks at the same places. Is it left out, or outside of the tanh that "
    "the keys go through, where it adds the same to all scores?"
)
class scores_without_the_query(in_small_steps):
    def inside(self, query, keys):
        return torch.tanh(self.key(keys))


@AdditiveAttention.wrong("the scores are divided by the root of a width. Whose formula has that?")
class scaled_scores(in_small_steps):
    def scores(self, query, keys):
        return super().scores(query, keys) / math.sqrt(self.score.in_features)


@AdditiveAttention.wrong("the context is divided by the number of keys once more. What do the weights already sum to?")
class mean_for_sum(in_small_steps):
    def average(self, weights, keys):
        return super().average(weights, keys) / keys.shape[1]


@AdditiveAttention.wrong("the context is the sum of all keys, without their weights. What are the weights for?")
class sum_without_weights(in_small_steps):
    def average(self, weights, keys):
        return keys.sum(dim=1)


@AdditiveAttention.wrong("the context averages the keys after their projection. Which keys does the docstring average?")
class context_of_projected_keys(in_small_steps):
    def average(self, weights, keys):
        return super().average(weights, self.key(keys))


@AdditiveAttention.wrong("the linear layers have biases. What does the docstring say of them?")
class with_biases(in_small_steps):
    bias = True


@AdditiveAttention.wrong("weights and context have changed places. Which one is returned first?")
class weights_first(in_small_steps):
    def forward(self, query, keys, mask):
        return super().forward(query, keys, mask)[::-1]


@AdditiveAttention.wrong("the context is the one key with the largest weight. Is it one key, or an average?")
class hard_choice(in_small_steps):
    def average(self, weights, keys):
        return keys[torch.arange(len(keys)), weights.argmax(dim=-1)]
