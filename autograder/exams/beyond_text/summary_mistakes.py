"""Wrong variants of hit_rate and of ndcg; those of leave_last_out and ranks are registered before."""

import math

import torch

from autograder.exams.beyond_text.fair_evaluation_mistakes import fair_evaluation


@fair_evaluation.wrong("a rank of k is no hit. How many ranks are there up to k?", function="hit_rate")
def below_k(ranks, k):
    return (ranks < k).double().mean().item()


@fair_evaluation.wrong(
    "a rank of k + 1 is a hit, as if ranks began at 0. Which rank has the best?", function="hit_rate"
)
def up_to_one_more(ranks, k):
    return (ranks <= k + 1).double().mean().item()


@fair_evaluation.wrong("hits are counted, not their share. What lies between 0 and 1?", function="hit_rate")
def number_of_hits(ranks, k):
    return float((ranks <= k).sum())


@fair_evaluation.wrong("the share of misses comes out. Is a small rank good or bad?", function="hit_rate")
def misses(ranks, k):
    return (ranks > k).double().mean().item()


@fair_evaluation.wrong(
    "hits are divided by k, which is precision at k. Of how many questions is it the share?", function="hit_rate"
)
def divided_by_k(ranks, k):
    return (ranks <= k).double().sum().item() / k


@fair_evaluation.wrong("only rank k itself is a hit. Which ranks are among the first k?", function="hit_rate")
def rank_k_alone(ranks, k):
    return (ranks == k).double().mean().item()


@fair_evaluation.wrong("it is a mean over hits of 1 / rank. What is a hit worth?", function="hit_rate")
def reciprocal(ranks, k):
    return torch.where(ranks <= k, 1 / ranks.double(), 0.0).mean().item()


@fair_evaluation.wrong("one number comes for each rank. Of what is it the mean?", function="hit_rate")
def a_hit_for_each(ranks, k):
    return (ranks <= k).double()


@fair_evaluation.wrong("a percentage comes out. What lies between 0 and 1?", function="hit_rate")
def hit_percentage(ranks, k):
    return 100 * (ranks <= k).double().mean().item()


@fair_evaluation.wrong("it is 1 as soon as one target is a hit. How large a share are they?", function="hit_rate")
def any_hit(ranks, k):
    return float((ranks <= k).any())


def gains(ranks, k, of):
    return torch.where(ranks <= k, of(ranks.double()), 0.0).mean().item()


@fair_evaluation.wrong("the logarithm is the natural one. What is the gain of rank 1?", function="ndcg")
def natural_logarithm(ranks, k):
    return gains(ranks, k, lambda rank: 1 / torch.log(1 + rank))


@fair_evaluation.wrong("the logarithm has the base 10. What is the gain of rank 1?", function="ndcg")
def logarithm_of_ten(ranks, k):
    return gains(ranks, k, lambda rank: 1 / torch.log10(1 + rank))


@fair_evaluation.wrong("1 is missing in the logarithm, so rank 1 gains 1 / 0. What should it gain?", function="ndcg")
def one_is_missing(ranks, k):
    return gains(ranks, k, lambda rank: 1 / torch.log2(rank))


@fair_evaluation.wrong("2 stands where 1 should, as if ranks began at 0. What should rank 1 gain?", function="ndcg")
def two_for_one(ranks, k):
    return gains(ranks, k, lambda rank: 1 / torch.log2(2 + rank))


@fair_evaluation.wrong(
    "the gain is 1 / rank, which is the reciprocal rank. What is discounted by what?", function="ndcg"
)
def reciprocal_rank(ranks, k):
    return gains(ranks, k, lambda rank: 1 / rank)


@fair_evaluation.wrong("the gain is the logarithm, not one over it. Which rank gains most?", function="ndcg")
def logarithm_itself(ranks, k):
    return gains(ranks, k, lambda rank: torch.log2(1 + rank))


@fair_evaluation.wrong("ranks beyond k gain too. What are they worth?", function="ndcg")
def no_end(ranks, k):
    return (1 / torch.log2(1 + ranks.double())).mean().item()


@fair_evaluation.wrong("a rank of k gains nothing. How many ranks are there up to k?", function="ndcg")
def gains_below_k(ranks, k):
    return gains(ranks, k - 1, lambda rank: 1 / torch.log2(1 + rank))


@fair_evaluation.wrong("a rank of k + 1 gains too, as if ranks began at 0. Which rank has the best?", function="ndcg")
def gains_up_to_one_more(ranks, k):
    return gains(ranks, k + 1, lambda rank: 1 / torch.log2(1 + rank))


@fair_evaluation.wrong(
    "the best possible gain is taken for that of k right items. How many are there, and what is the gain of rank 1?",
    function="ndcg",
)
def ideal_of_k(ranks, k):
    ideal = sum(1 / math.log2(1 + rank) for rank in range(1, k + 1))
    return gains(ranks, k, lambda rank: 1 / torch.log2(1 + rank)) / ideal


@fair_evaluation.wrong("the mean is taken over the hits alone. What does a miss count?", function="ndcg")
def mean_of_hits(ranks, k):
    hits = ranks[ranks <= k].double()
    return (1 / torch.log2(1 + hits)).mean().item() if len(hits) else 0.0


@fair_evaluation.wrong("the gains are summed, not averaged. What lies between 0 and 1?", function="ndcg")
def sum_of_gains(ranks, k):
    return gains(ranks, k, lambda rank: 1 / torch.log2(1 + rank)) * len(ranks)


@fair_evaluation.wrong("all hits gain the same, as in hit_rate. Which rank gains most?", function="ndcg")
def all_hits_the_same(ranks, k):
    return (ranks <= k).double().mean().item()
