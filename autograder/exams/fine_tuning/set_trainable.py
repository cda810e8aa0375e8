"""set_trainable(model, part) -> how many numbers learn: cases, right and wrong variants."""

from attention_course.probes import fine_tuning as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.fine_tuning.earlier import NOTEBOOK

PARTS = ("head", "last", "all")


def learning_parts(layers, part, tied=False):
    """The beginnings of the names of what learns."""
    last = "body.layers.0." if tied else f"body.layers.{layers - 1}."
    return {"head": ["classifier."], "last": ["classifier.", "body.pooler.", last], "all": [""]}[part]


def wanted(layers, steps, *, before=True, tied=False, training=True):
    """The oracle, by names."""
    model = using.LayeredModel(layers, tied)
    sizes = {name: p.numel() for name, p in model.named_parameters()}
    flags, found = dict.fromkeys(sizes, before), []
    for part in steps:
        result = "ValueError"
        if part in PARTS:
            flags = {name: any(map(name.startswith, learning_parts(layers, part, tied))) for name in sizes}
            result = sum(size for name, size in sizes.items() if flags[name])
        found.append([result, flags])
    return [*found, training]


def cases(rng):
    def case(concept, *steps, layers=3, **options):
        return Case(
            concept,
            (list(steps),),
            {"layers": layers, **options},
            expected=wanted(layers, steps, **options),
            use=using.learning,
        )

    yield case("the head", "head")
    yield case("the last layer", "last")
    yield case("the whole model", "all")
    for part in PARTS:
        yield case("a model in which nothing learns before", part, before=False)
    yield case("one part after the other", "head", "all", "last", "head", "last", "all")
    order = [str(part) for part in rng.choice(PARTS, size=6)]
    yield case("parts in any order", *order, layers=int(rng.integers(4, 7)))
    yield case("a single layer", "last", layers=1)
    yield case("two layers", "last", "head", layers=2)
    yield case("layers that are one and the same", "last", "all", "head", tied=True)
    yield case("eval mode", "last", "all", training=False)
    for word in ("body", "", "hea", "Head", "head last", "alles", None):
        yield case("a word that names no part", "last", word, before=False)
    for part in PARTS:
        yield Case("the kind of the result", (part,), expected="int", use=using.kind_of_count)


set_trainable = Exercise(
    NOTEBOOK,
    "set_trainable",
    cases,
    survivors={"set_trainable: module.requires_grad_(True) -> module.requires_grad_()": "True is the default"},
)


@set_trainable.right
def by_names(model, part):
    last = f"body.layers.{len(model.body.layers) - 1}."
    prefixes = {"head": ("classifier.",), "last": ("classifier.", "body.pooler.", last), "all": ("",)}
    if part not in prefixes:
        raise ValueError(part)
    learning = 0
    for parameter in model.parameters():
        parameter.requires_grad = False
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if name.startswith(prefixes[part]):
            parameter.requires_grad = True
    for parameter in model.parameters():
        learning += parameter.numel() * parameter.requires_grad
    return int(learning)


@set_trainable.right
def by_identity(model, part):
    if part == "head":
        modules = [model.classifier]
    elif part == "last":
        modules = [model.body.layers[len(model.body.layers) - 1], model.body.pooler, model.classifier]
    elif part == "all":
        modules = [model.body, model.classifier]
    else:
        raise ValueError("head, last or all")
    chosen = {id(p): p for module in modules for p in module.parameters()}
    for parameter in model.parameters():
        parameter.requires_grad_(id(parameter) in chosen)
    return sum(p.numel() for p in chosen.values())


@set_trainable.right
def step_by_step_down(model, part):
    if part not in ("head", "last", "all"):
        raise ValueError(f"unknown part {part}")
    for parameter in model.parameters():
        parameter.requires_grad = part == "all"
    if part != "all":
        model.classifier.requires_grad_()
    if part == "last":
        model.body.pooler.requires_grad_()
        *_, last = model.body.layers
        last.requires_grad_()
    return len([n for p in model.parameters() if p.requires_grad for n in range(p.numel())])


def choose(model, modules, freeze=True):
    """Freeze everything, let these learn, and count."""
    if freeze:
        model.requires_grad_(False)
    for module in modules:
        module.requires_grad_(True)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def modules_of(model, part):
    body = model.body
    parts = {
        "head": [model.classifier],
        "last": [model.classifier, body.pooler, body.layers[-1]],
        "all": [model],
    }
    if part not in parts:
        raise ValueError(part)
    return parts[part]


@set_trainable.wrong("nothing is frozen, so whatever learned before learns still. What of the other parameters?")
def nothing_frozen(model, part):
    return choose(model, modules_of(model, part), freeze=False)


@set_trainable.wrong("what was frozen stays frozen. What if the part did not learn before?")
def nothing_freed(model, part):
    kept = {id(p) for module in modules_of(model, part) for p in module.parameters()}
    for p in model.parameters():
        if id(p) not in kept:
            p.requires_grad_(False)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


@set_trainable.wrong("it counts tensors. How many numbers are in them?")
def counts_tensors(model, part):
    choose(model, modules_of(model, part))
    return sum(p.requires_grad for p in model.parameters())


@set_trainable.wrong("it counts all numbers of the model. Which ones learn?")
def counts_all(model, part):
    choose(model, modules_of(model, part))
    return sum(p.numel() for p in model.parameters())


@set_trainable.wrong("it counts what is frozen. Which numbers learn?")
def counts_frozen(model, part):
    choose(model, modules_of(model, part))
    return sum(p.numel() for p in model.parameters() if not p.requires_grad)


@set_trainable.wrong("a share comes back. How many numbers learn?")
def share(model, part):
    return choose(model, modules_of(model, part)) / sum(p.numel() for p in model.parameters())


@set_trainable.wrong("the count is a tensor. What makes an int of it?")
def count_in_a_tensor(model, part):
    import torch

    return torch.tensor(choose(model, modules_of(model, part)))


@set_trainable.wrong('"last" leaves the pooler frozen. Which three things does it name?')
def last_without_pooler(model, part):
    modules = modules_of(model, part)
    return choose(model, [module for module in modules if module is not model.body.pooler])


@set_trainable.wrong('"last" leaves the head frozen. Which three things does it name?')
def last_without_head(model, part):
    modules = modules_of(model, part)
    return choose(model, modules[1:] if part == "last" else modules)


@set_trainable.wrong('"last" is the head and the pooler alone. Which layer is missing?')
def last_without_layer(model, part):
    modules = modules_of(model, part)
    return choose(model, modules[:2] if part == "last" else modules)


@set_trainable.wrong('"last" lets the first layer learn. Which one is next to the head?')
def first_layer(model, part):
    modules = modules_of(model, part)
    return choose(model, [*modules[:2], model.body.layers[0]] if part == "last" else modules)


@set_trainable.wrong('"last" lets all layers learn. Which one is meant?')
def all_layers(model, part):
    modules = modules_of(model, part)
    return choose(model, [*modules[:2], model.body.layers] if part == "last" else modules)


@set_trainable.wrong('"last" is always the second layer. How many are there?')
def second_layer(model, part):
    modules = modules_of(model, part)
    layer = model.body.layers[min(1, len(model.body.layers) - 1)]
    return choose(model, [*modules[:2], layer] if part == "last" else modules)


@set_trainable.wrong('"head" lets the pooler learn too. What is the head alone?')
def pooler_in_the_head(model, part):
    modules = modules_of(model, part)
    return choose(model, [model.classifier, model.body.pooler] if part == "head" else modules)


@set_trainable.wrong('"all" leaves the embeddings frozen. What does it name?')
def all_but_embeddings(model, part):
    modules = modules_of(model, part)
    body = model.body
    return choose(model, [body.layers, body.pooler, model.classifier] if part == "all" else modules)


@set_trainable.wrong('"all" is the body without the head. What does it name?')
def body_alone(model, part):
    return choose(model, [model.body] if part == "all" else modules_of(model, part))


@set_trainable.wrong(
    "`module.requires_grad = True` does nothing to its numbers. Whose `requires_grad` does PyTorch look at?"
)
def set_on_modules(model, part):
    modules = modules_of(model, part)
    for module in model.modules():
        module.requires_grad = False
    for module in modules:
        module.requires_grad = True
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


@set_trainable.wrong("frozen parts are put into eval mode. What does that have to do with learning?")
def frozen_by_eval(model, part):
    count = choose(model, modules_of(model, part))
    model.eval()
    return count


@set_trainable.wrong("a word that names no part is taken for the whole model. What does the docstring ask for?")
def anything_is_all(model, part):
    return choose(model, modules_of(model, part if part in PARTS else "all"))


@set_trainable.wrong("a word that names no part freezes everything before it raises. What may have changed then?")
def freezes_and_raises(model, part):
    model.requires_grad_(False)
    return choose(model, modules_of(model, part))


@set_trainable.wrong("a word that names no part raises something else. Which error does the docstring name?")
def key_error(model, part):
    return choose(model, {name: modules_of(model, name) for name in PARTS}[part])


@set_trainable.wrong("a part of a word passes for the whole. What does `in` ask of a string?")
def part_of_a_word(model, part):
    if part is None or part not in "head last all":
        raise ValueError
    return choose(model, modules_of(model, part if part in PARTS else "head"))


@set_trainable.wrong("a layer that is used several times counts several times. How many numbers are there to learn?")
def tied_layers_counted_each(model, part):
    choose(model, modules_of(model, part))
    return sum(p.numel() for _, p in model.named_parameters(remove_duplicate=False) if p.requires_grad)
