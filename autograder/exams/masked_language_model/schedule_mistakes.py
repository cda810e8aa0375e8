"""Wrong variants of warmup_linear and parameter_groups."""

import math

from torch import nn

from autograder.exams.masked_language_model.steps import groups_of, train_step


def wrong_schedule(hint):
    return train_step.wrong(hint, function="warmup_linear")


def wrong_groups(hint):
    return train_step.wrong(hint, function="parameter_groups")


@wrong_schedule("the share stays at 1 after the warm-up. Where should it be at `total`?")
def no_fall(step, warmup, total):
    return min(1.0, step / warmup) if warmup else 1.0


@wrong_schedule("there is no warm-up. Where does the share begin?")
def no_rise(step, warmup, total):
    return max(0.0, (total - step) / total)


@wrong_schedule("after `total` it falls below 0, and training would climb. What is the least it may be?")
def below_zero(step, warmup, total):
    return step / warmup if step < warmup else (total - step) / (total - warmup)


@wrong_schedule("after `total` it comes back up. What should it be from there on?")
def up_again(step, warmup, total):
    return step / warmup if step < warmup else abs(total - step) / (total - warmup)


@wrong_schedule("without warm-up it divides by 0. What should the share be at step 0 then?")
def divides_by_zero(step, warmup, total):
    return max(0.0, min(step / warmup, (total - step) / (total - warmup)))


@wrong_schedule("without warm-up it begins at 0. What does the docstring say for a warmup of 0?")
def begins_at_zero(step, warmup, total):
    if step == 0:
        return 0.0
    return step / warmup if step < warmup else max(0.0, (total - step) / (total - warmup))


@wrong_schedule("it is one step ahead on its way up. How many steps are done at step 0?")
def one_step_ahead(step, warmup, total):
    return min(1.0, (step + 1) / warmup) if step < warmup else max(0.0, (total - step) / (total - warmup))


@wrong_schedule("it falls from `total` on the whole way, and jumps down after the warm-up. How long is the way down?")
def falls_from_the_start(step, warmup, total):
    return step / warmup if step < warmup else max(0.0, (total - step) / total)


@wrong_schedule("the way down is taken for `total` steps long, and never ends. Where does it begin, and where end?")
def too_slow(step, warmup, total):
    return step / warmup if step < warmup else max(0.0, 1 - (step - warmup) / total)


@wrong_schedule("the line down is turned round: it rises. Which numbers belong to `warmup`, and which to `total`?")
def rises_again(step, warmup, total):
    if step < warmup:
        return step / warmup
    return (step - warmup) / (total - warmup) if step < total else 0.0


@wrong_schedule("it falls along a cosine. Which line does the name of the function promise?")
def cosine(step, warmup, total):
    if step < warmup:
        return step / warmup
    return (1 + math.cos(math.pi * min(1.0, (step - warmup) / (total - warmup)))) / 2


@wrong_schedule("this is the schedule of the first Transformer, with a root. Which line does the name promise?")
def inverse_root(step, warmup, total):
    return step / warmup if step < warmup else (max(warmup, 1) / max(step, 1)) ** 0.5


@wrong_schedule("whole numbers are divided without the rest. Which division keeps it?")
def whole_division(step, warmup, total):
    return float(step // warmup if step < warmup else max(0, (total - step) // (total - warmup)))


@wrong_schedule("it rises up to `total`. Where should it reach 1?")
def rises_all_the_way(step, warmup, total):
    return min(1.0, step / total)


@wrong_schedule("it is 0 one step too early. At which step does the line meet 0?")
def one_step_early(step, warmup, total):
    return step / warmup if step < warmup else max(0.0, (total - 1 - step) / max(1, total - 1 - warmup))


@wrong_groups("all parameters decay. Which ones does the docstring spare?")
def all_decay(model, weight_decay):
    return groups_of(list(model.parameters()), [], weight_decay)


@wrong_groups("the biases decay as well. How do their names end?")
def biases_decay(model, weight_decay):
    norms = {id(p) for part in model.modules() if isinstance(part, nn.LayerNorm) for p in part.parameters()}
    parameters = list(model.parameters())
    decayed = [p for p in parameters if id(p) not in norms]
    return groups_of(decayed, [p for p in parameters if id(p) in norms], weight_decay)


def by_name(model, weight_decay, spared):
    named = list(model.named_parameters())
    return groups_of([p for n, p in named if not spared(n)], [p for n, p in named if spared(n)], weight_decay)


@wrong_groups("the weights of the norms decay. Are they biases?")
def norms_decay(model, weight_decay):
    return by_name(model, weight_decay, lambda name: name.endswith("bias"))


@wrong_groups(
    "the norms are sought under the name LayerNorm, and here they are called otherwise. What are they made of?"
)
def norms_by_hugging_faces_name(model, weight_decay):
    return by_name(model, weight_decay, lambda name: name.endswith("bias") or "LayerNorm.weight" in name)


@wrong_groups("whatever has norm in its name is spared. Is every norm called so, and is everything so called a norm?")
def norms_by_name(model, weight_decay):
    return by_name(model, weight_decay, lambda name: name.endswith("bias") or "norm" in name)


@wrong_groups("whatever has bias anywhere in its name is spared. Where in the name does the docstring want it?")
def bias_anywhere(model, weight_decay):
    norms = {name for name, part in model.named_modules() if isinstance(part, nn.LayerNorm)}
    return by_name(model, weight_decay, lambda name: "bias" in name or name.rpartition(".")[0] in norms)


@wrong_groups("only what is called bias and nothing more is spared. Is in_proj_bias not a bias?")
def bias_alone(model, weight_decay):
    norms = {name for name, part in model.named_modules() if isinstance(part, nn.LayerNorm)}
    return by_name(model, weight_decay, lambda name: name.split(".")[-1] == "bias" or name.rpartition(".")[0] in norms)


@wrong_groups("all parameters of one axis are spared. Is every one of them a bias or of a norm?")
def by_axes(model, weight_decay):
    parameters = list(model.parameters())
    return groups_of([p for p in parameters if p.dim() > 1], [p for p in parameters if p.dim() < 2], weight_decay)


@wrong_groups("embeddings are spared. Does the docstring spare them?")
def embeddings_spared(model, weight_decay):
    kinds = nn.LayerNorm, nn.Embedding
    spared = {id(p) for part in model.modules() if isinstance(part, kinds) for p in part.parameters()}
    spared |= {id(p) for name, p in model.named_parameters() if name.endswith("bias")}
    parameters = list(model.parameters())
    decayed = [p for p in parameters if id(p) not in spared]
    return groups_of(decayed, [p for p in parameters if id(p) in spared], weight_decay)


@wrong_groups("parameters of the module itself, outside of its parts, are lost. What does named_parameters give?")
def parts_only(model, weight_decay):
    decayed, others = [], []
    for part in model.modules():
        kinds = nn.Linear, nn.Embedding, nn.LayerNorm, nn.MultiheadAttention
        for name, parameter in part.named_parameters(recurse=False) if isinstance(part, kinds) else ():
            spared = name.endswith("bias") or isinstance(part, nn.LayerNorm)
            group = others if spared else decayed
            if not any(parameter is other for other in group):
                group.append(parameter)
    return groups_of(decayed, others, weight_decay)


@wrong_groups("a parameter with two uses comes twice. Which option or which set notices that it is the same?")
def twice(model, weight_decay):
    norms = {id(p) for part in model.modules() if isinstance(part, nn.LayerNorm) for p in part.parameters()}
    named = list(model.named_parameters(remove_duplicate=False))
    others = [p for name, p in named if name.endswith("bias") or id(p) in norms]
    decayed = [p for name, p in named if not name.endswith("bias") and id(p) not in norms]
    return groups_of(decayed, others, weight_decay)


@wrong_groups("the groups come in the other order. Which one is the first?")
def other_order(model, weight_decay):
    norms = {name for name, part in model.named_modules() if isinstance(part, nn.LayerNorm)}
    return by_name(model, weight_decay, lambda name: name.endswith("bias") or name.rpartition(".")[0] in norms)[::-1]


@wrong_groups("the decays are exchanged: what should be spared decays. To which group belongs 0.0?")
def decays_exchanged(model, weight_decay):
    decayed, others = other_order(model, weight_decay)[::-1]
    return [{**decayed, "weight_decay": 0.0}, {**others, "weight_decay": weight_decay}]


@wrong_groups("the decay is always 0.01. What is the argument for?")
def fixed_decay(model, weight_decay):
    return other_order(model, 0.01)[::-1]


@wrong_groups("both groups decay. How much should the second?")
def both_decay(model, weight_decay):
    return [{**group, "weight_decay": weight_decay} for group in other_order(model, weight_decay)[::-1]]


@wrong_groups("the spared parameters are left out and would never be trained. In which list do they belong?")
def spared_left_out(model, weight_decay):
    return [other_order(model, weight_decay)[1], {"params": [], "weight_decay": 0.0}]
