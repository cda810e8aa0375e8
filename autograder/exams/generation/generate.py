"""generate(model, input_ids, new_tokens, choose, use_cache=True): the cases, the right variants, the wrong ones."""

import torch

from attention_course.probes import generators as probe
from autograder.exam.exercise import Case, Exercise
from autograder.exams.generation.earlier import NOTEBOOK, KeyValueCache
from autograder.exams.sequence_to_sequence.inputs import normal, whole


def right(rows, input_ids, new_tokens, use_cache=True, ranks=(0,)):
    """The oracle: [ids, the scores at each choice, how many columns were read before each]."""
    texts, shown = input_ids.tolist(), []
    for step in range(new_tokens):
        scores = torch.stack([rows[number(text) % len(rows)] for text in texts])
        shown.append(scores)
        rank = ranks[step % len(ranks)]
        texts = [[*text, int(row.argsort(descending=True)[rank])] for text, row in zip(texts, scores, strict=True)]
    t = input_ids.shape[1]
    columns = [t if step == 0 else 1 if use_cache else t + step for step in range(new_tokens)]
    return [torch.tensor(texts), shown, columns]


def number(text):
    """What a text is to the table: tokens and their order."""
    total = 0
    for token in text:
        total = (total * 31 + token + 1) % 1_000_003
    return total


def cases(rng):
    def write(concept, b, t, new, *options, s=7, layers=2, ranks=(0,), **named):
        rows, ids = normal(rng, 400, s), whole(rng, s, b, t)
        expected = right(rows, ids, new, (*options, *named.values(), True)[0], ranks)
        kwargs = {"layers": layers, "ranks": ranks, **named}
        return Case(concept, (rows, ids, new, *options), kwargs, expected=expected, use=probe.written)

    yield write("texts without a cache", 2, 4, 5, False)
    yield write("one new token without a cache", 3, 3, 1, use_cache=False)
    yield write("texts with a cache", 2, 4, 5)
    yield write("one new token with a cache", 2, 5, 1, True)
    yield write("a single text", 1, 3, 4, use_cache=True)
    yield write("a beginning of one token", 3, 1, 4)
    yield write("as many texts, tokens and new ones", 4, 4, 4, s=4)
    yield write("a choice that is not always the most probable", 2, 3, 6, ranks=(1, 0, 2))
    yield write("such a choice without a cache", 2, 3, 6, False, ranks=(2, 0, 1))
    yield write("a model of one layer", 2, 3, 3, layers=1)
    yield write("a model of three layers", 2, 2, 4, layers=3)


generate = Exercise(
    NOTEBOOK,
    "generate",
    cases,
    survivors={
        "generate: choose(logits).unsqueeze(-1) -> choose(logits).unsqueeze(1)": "what `choose` returns has one axis",
        "generate: dim=-1 -> dim=1": "ids have two axes: the last is 1",
    },
)


@generate.right
def with_two_loops(model, input_ids, new_tokens, choose, use_cache=True):
    ids = input_ids
    with torch.no_grad():
        if not use_cache:
            for _ in range(new_tokens):
                ids = torch.cat((ids, choose(model(ids)[:, -1, :])[:, None]), dim=1)
            return ids
        caches = [KeyValueCache() for _ in range(len(model.layers))]
        logits = model(input_ids, caches)
        for step in range(new_tokens):
            chosen = choose(logits[:, -1]).view(-1, 1)
            ids = torch.cat((ids, chosen), dim=1)
            if step < new_tokens - 1:
                logits = model(chosen, caches)
    return ids


@generate.right
def into_a_buffer(model, input_ids, new_tokens, choose, use_cache=True):
    b, t = input_ids.shape
    ids = input_ids.new_zeros(b, t + new_tokens)
    ids[:, :t] = input_ids
    caches = [KeyValueCache() for _ in range(model.config.num_hidden_layers)] if use_cache else None
    read = 0
    for end in range(t, t + new_tokens):
        logits = model(ids[:, read:end], caches=caches)
        ids[:, end] = choose(logits[:, -1])
        read = end if use_cache else 0
    return ids


@generate.right
def a_token_read_too_many(model, input_ids, new_tokens, choose, use_cache=True):
    """Reads what it wrote last as well, to no use and no harm."""
    columns, caches = [input_ids], [KeyValueCache() for _ in model.layers]
    with torch.inference_mode():
        logits = model(input_ids, caches) if use_cache else model(input_ids)
        for _ in range(new_tokens):
            columns.append(choose(logits[:, -1]).unsqueeze(1))
            logits = model(columns[-1], caches) if use_cache else model(torch.cat(columns, 1))
    return torch.cat(columns, dim=1).clone()


@generate.right
def fresh_caches_for_the_whole(model, input_ids, new_tokens, choose, use_cache=True):
    """Without a cache it reads everything into caches that are thrown away."""
    ids, caches, new = input_ids.clone(), None, input_ids
    for _ in range(new_tokens):
        if caches is None or not use_cache:
            caches = [KeyValueCache() for _ in model.layers]
        logits = model(new if use_cache else ids, caches)
        new = choose(logits.select(1, -1)).reshape(-1, 1)
        ids = torch.hstack([ids, new])
    return ids


def caches_for(model, use_cache):
    return [KeyValueCache() for _ in model.layers] if use_cache else None


def joined(ids, new):
    return torch.cat([ids, new], dim=1)


wrong = generate.wrong


@wrong("the beginnings are missing in what comes back. What does the docstring include?")
def beginnings_missing(model, input_ids, new_tokens, choose, use_cache=True):
    return right_way(model, input_ids, new_tokens, choose, use_cache)[:, input_ids.shape[1] :]


def right_way(model, input_ids, new_tokens, choose, use_cache, last=-1):
    ids, caches, unread = input_ids, caches_for(model, use_cache), input_ids
    for _ in range(new_tokens):
        new = choose(model(unread, caches)[:, last])[:, None]
        ids = joined(ids, new)
        unread = new if use_cache else ids
    return ids


@wrong("the first row of the logits is asked. Which row speaks about the token that comes next?")
def first_row(model, input_ids, new_tokens, choose, use_cache=True):
    return right_way(model, input_ids, new_tokens, choose, use_cache, last=0)


@wrong("`choose` is shown the logits of the last token but one. Which row speaks about what comes next?")
def last_row_but_one(model, input_ids, new_tokens, choose, use_cache=True):
    ids, caches, unread = input_ids, caches_for(model, use_cache), input_ids
    for _ in range(new_tokens):
        logits = model(unread, caches)
        new = choose(logits[:, max(logits.shape[1] - 2, 0)])[:, None]
        ids = joined(ids, new)
        unread = new if use_cache else ids
    return ids


@wrong("there is one token more than was asked for. How often does the loop run?")
def one_too_many(model, input_ids, new_tokens, choose, use_cache=True):
    return right_way(model, input_ids, new_tokens + 1, choose, use_cache)


@wrong("there is one token fewer than was asked for. How often does the loop run?")
def one_too_few(model, input_ids, new_tokens, choose, use_cache=True):
    return right_way(model, input_ids, new_tokens - 1, choose, use_cache)


@wrong("`new_tokens` is taken for the length in the end. How many are to be written?")
def length_in_the_end(model, input_ids, new_tokens, choose, use_cache=True):
    return right_way(model, input_ids, max(new_tokens - input_ids.shape[1], 0), choose, use_cache)


@wrong("the new tokens stand in front. On which side does a text go on?")
def written_in_front(model, input_ids, new_tokens, choose, use_cache=True):
    ids, caches, unread = input_ids, caches_for(model, use_cache), input_ids
    for _ in range(new_tokens):
        new = choose(model(unread, caches)[:, -1])[:, None]
        ids = joined(new, ids)
        unread = new if use_cache else ids
    return ids


@wrong("`choose` is not asked: the most probable token is taken. Who chooses?")
def always_the_most_probable(model, input_ids, new_tokens, choose, use_cache=True):
    ids, caches, unread = input_ids, caches_for(model, use_cache), input_ids
    for _ in range(new_tokens):
        logits = model(unread, caches)[:, -1]
        choose(logits)
        new = logits.argmax(-1, keepdim=True)
        ids = joined(ids, new)
        unread = new if use_cache else ids
    return ids


@wrong("`choose` is shown probabilities. What does the docstring give it?")
def probabilities_shown(model, input_ids, new_tokens, choose, use_cache=True):
    return right_way(model, input_ids, new_tokens, lambda logits: choose(logits.softmax(-1)), use_cache)


@wrong("`choose` is called for each text by itself. How often is it called for a new token?")
def called_for_each_text(model, input_ids, new_tokens, choose, use_cache=True):
    def one_by_one(logits):
        return torch.cat([choose(row[None]) for row in logits])

    return right_way(model, input_ids, new_tokens, one_by_one, use_cache)


@wrong("`choose` is called twice for each token, and a choice by chance would differ. How often is it called?")
def called_twice(model, input_ids, new_tokens, choose, use_cache=True):
    def twice(logits):
        choose(logits)
        return choose(logits)

    return right_way(model, input_ids, new_tokens, twice, use_cache)


@wrong("with the cache everything is read again each time: the cache holds it twice. What is new to the model?")
def all_read_into_the_cache(model, input_ids, new_tokens, choose, use_cache=True):
    ids, caches = input_ids, caches_for(model, use_cache)
    for _ in range(new_tokens):
        ids = joined(ids, choose(model(ids, caches)[:, -1])[:, None])
    return ids


@wrong("the caches are made anew for each token, so the model has only the last one to go by. When are they made?")
def caches_made_anew(model, input_ids, new_tokens, choose, use_cache=True):
    ids, unread = input_ids, input_ids
    for _ in range(new_tokens):
        new = choose(model(unread, caches_for(model, use_cache))[:, -1])[:, None]
        ids = joined(ids, new)
        unread = new if use_cache else ids
    return ids


@wrong("with the cache the beginning is never read whole, only its last token. What does the first call read?")
def beginning_not_read(model, input_ids, new_tokens, choose, use_cache=True):
    ids, caches = input_ids, caches_for(model, use_cache)
    for _ in range(new_tokens):
        ids = joined(ids, choose(model(ids[:, -1:] if use_cache else ids, caches)[:, -1])[:, None])
    return ids


@wrong("all layers get one and the same cache. How many caches does the docstring want?")
def one_cache_for_all(model, input_ids, new_tokens, choose, use_cache=True):
    ids, unread = input_ids, input_ids
    caches = [KeyValueCache()] * len(model.layers) if use_cache else None
    for _ in range(new_tokens):
        new = choose(model(unread, caches)[:, -1])[:, None]
        ids = joined(ids, new)
        unread = new if use_cache else ids
    return ids


@wrong("the cache is never used, whatever `use_cache` says. How much does each call have to read with it?")
def never_cached(model, input_ids, new_tokens, choose, use_cache=True):
    return right_way(model, input_ids, new_tokens, choose, False)


@wrong("the cache is always used, whatever `use_cache` says. What does each call read without it?")
def always_cached(model, input_ids, new_tokens, choose, use_cache=True):
    return right_way(model, input_ids, new_tokens, choose, True)


@wrong("without the cache, too, only the newest token is read, which says nothing about the text. What remembers it?")
def newest_alone_without_a_cache(model, input_ids, new_tokens, choose, use_cache=True):
    ids, caches, unread = input_ids, caches_for(model, use_cache), input_ids
    for _ in range(new_tokens):
        unread = choose(model(unread, caches)[:, -1])[:, None]
        ids = joined(ids, unread)
    return ids


@wrong("a second token of the beginning is read again with each step: two columns, where one is new. What is unread?")
def last_two_read(model, input_ids, new_tokens, choose, use_cache=True):
    ids, caches, unread = input_ids, caches_for(model, use_cache), input_ids
    for _ in range(new_tokens):
        ids = joined(ids, choose(model(unread, caches)[:, -1])[:, None])
        unread = ids[:, -2:] if use_cache else ids
    return ids


@wrong("all texts go on with what was chosen for the first. For how many does `choose` return a token?")
def first_text_for_all(model, input_ids, new_tokens, choose, use_cache=True):
    return right_way(model, input_ids, new_tokens, lambda logits: choose(logits)[:1].expand(len(logits)), use_cache)
