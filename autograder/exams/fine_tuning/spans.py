"""spans(tags) and span_scores(truth, predicted): cases, right variants."""

import re
from fractions import Fraction

from attention_course.probes import fine_tuning as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.fine_tuning.earlier import NOTEBOOK

LABELS = ("PER", "LOC", "WORK-OF-ART")


def read(tags):
    """The oracle: for each B- the longest run of its I- behind it."""
    found = set()
    for start, tag in enumerate(tags):
        if tag[:2] == "B-":
            end = start + 1
            while end < len(tags) and tags[end] == "I-" + tag[2:]:
                end += 1
            found.add((tag[2:], start, end))
    return found


def scores(truth, predicted):
    """The oracle of the scores, in exact fractions."""
    true = {(number, *span) for number, tags in enumerate(truth) for span in read(tags)}
    said = {(number, *span) for number, tags in enumerate(predicted) for span in read(tags)}
    hits = len(true & said)
    values = (hits, len(said)), (hits, len(true)), (2 * hits, len(said) + len(true))
    return tuple(float(Fraction(above, below)) if below else 0.0 for above, below in values)


def sentence(rng, length, share=0.6):
    """Tags of which many are not what strict IOB2 would write."""
    inside = [f"{mark}-{label}" for mark in "BI" for label in LABELS]
    return [str(rng.choice(inside)) if rng.random() < share else "O" for _ in range(length)]


def proper(rng, words):
    """Tags as strict IOB2 writes them."""
    tags = []
    while len(tags) < words:
        label, size = str(rng.choice(LABELS)), int(rng.integers(1, 4))
        tags += [f"B-{label}"] + [f"I-{label}"] * (size - 1) if rng.random() < 0.5 else ["O"]
    return tags[:words]


def changed(rng, tags, share):
    """The tags, some of them others."""
    return [str(rng.choice(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])) if rng.random() < share else t for t in tags]


def cases(rng):
    yield from _spans(rng)
    yield from _scores(rng)


def _spans(rng):
    def case(concept, *tags):
        return Case(concept, (list(tags),), expected=read(tags), function="spans")

    yield case("a span of one word", "O", "B-PER", "O")
    yield case("a span of several words", "O", "B-LOC", "I-LOC", "I-LOC", "O", "O")
    yield case("a span at the start", "B-PER", "I-PER", "O")
    yield case("a span at the end", "O", "B-PER", "I-PER")
    yield case("a sentence that is one span", "B-PER", "I-PER", "I-PER")
    yield case("two spans side by side", "B-PER", "I-PER", "B-LOC", "O")
    yield case("two spans of one label side by side", "O", "B-PER", "B-PER", "I-PER")
    yield case("two spans of one label apart", "B-LOC", "O", "O", "B-LOC", "I-LOC")
    yield case("an I- behind O", "O", "I-PER", "O", "B-LOC")
    yield case("an I- at the start", "I-PER", "I-PER", "B-PER")
    yield case("an I- of another label inside of a span", "B-PER", "I-LOC", "I-PER", "O")
    yield case("an I- of another label behind a span", "B-PER", "I-PER", "I-LOC", "I-LOC")
    yield case("a span that is taken up again behind O", "B-PER", "O", "I-PER", "O")
    yield case("a label with dashes", "B-WORK-OF-ART", "I-WORK-OF-ART", "O")
    yield case("labels of which one begins as the other", "B-WORK-OF", "I-WORK-OF-ART", "B-WORK", "I-WORK-OF")
    yield case("labels of one letter", "B-O", "I-O", "B-I", "I-B", "O")
    yield case("a sentence without spans", "O", "O", "O")
    yield case("no words", *())
    yield case("I- alone", "I-LOC", "I-LOC")
    for length in (12, 20, 30, 40):
        yield case("any tags at all", *sentence(rng, length))
    yield case("well-formed tags", *proper(rng, 30))


def _scores(rng):
    def case(concept, truth, predicted):
        return Case(concept, (truth, predicted), expected=scores(truth, predicted), function="span_scores")

    def noisy(lengths, share):
        truth = [proper(rng, length) for length in lengths]
        return truth, [changed(rng, tags, share) for tags in truth]

    yield case("several sentences", *noisy([9, 14, 6, 11], 0.2))
    yield case("sentences of very unequal length", *noisy([2, 40, 3, 25], 0.15))
    truth = [["B-PER", "I-PER", "I-PER", "O", "B-LOC"], ["O", "B-LOC"]]
    yield case("spans found in part", truth, [["B-PER", "I-PER", "O", "O", "B-LOC"], ["B-LOC", "B-LOC"]])
    yield case("spans with the wrong label", truth[::-1], [["O", "B-PER"], ["B-LOC", "I-LOC", "I-LOC", "O", "B-LOC"]])
    yield case("spans that begin too early", [["O", "O", "B-PER", "I-PER"]], [["O", "B-PER", "I-PER", "I-PER"]])
    yield case(
        "one sentence with many spans and one with few",
        [["B-PER"] * 6, ["B-LOC", "O"], ["O", "B-LOC"]],
        [["B-PER"] * 5 + ["O"], ["O", "O"], ["O", "B-PER"]],
    )
    yield case("the same span in several sentences", [["B-PER", "O"]] * 3, [["B-PER", "O"], ["B-PER", "O"], ["O", "O"]])
    yield case(
        "a span that goes on in the next sentence by mistake",
        [["O", "B-PER"], ["O", "O"], ["B-PER", "I-PER"]],
        [["O", "B-PER"], ["I-PER", "O"], ["B-PER", "I-PER"]],
    )
    yield case("more found than there are", [["O", "O", "B-LOC"], ["O"]], [["B-PER", "B-LOC", "B-LOC"], ["B-PER"]])
    yield case("predictions that open with I-", [["B-PER", "O"], ["B-LOC"]], [["I-PER", "O"], ["B-LOC"]])
    yield case("every span right", *[[proper(rng, 12), ["B-PER", "O"]]] * 2)
    yield case("nothing found", [["B-PER", "O"], ["O", "B-LOC"]], [["O", "O"], ["O", "O"]])
    yield case("nothing there", [["O", "O"]], [["B-PER", "O"]])
    yield case("nothing there and nothing found", [["O", "O"], ["O"]], [["O", "O"], ["O"]])
    yield case("no sentences", [], [])
    yield case("any tags at all", *[[sentence(rng, 25), sentence(rng, 8)] for _ in range(2)])
    for truth, predicted in (noisy([9, 5], 0.2), ([["O"]], [["O"]])):
        yield Case(
            "the kind of the result", (truth, predicted), expected=["float"] * 3,
            function="span_scores", use=using.kinds_of_members,
        )  # fmt: skip


_ORDER = "the larger of two, in either order"

spans = Exercise(
    NOTEBOOK,
    "spans",
    cases,
    functions=("spans", "span_scores"),
    survivors={
        "spans: [*tags, 'O'] -> [*tags, 'Ox']": "whatever is neither B- nor I- closes the last span",
        "span_scores: max(found + there, 1) -> max(found + there, 2)": "with one span in all there is no hit to divide",
        "span_scores: max(found + there, 1) -> max(1, found + there)": _ORDER,
        "span_scores: max(found, 1) -> max(1, found)": _ORDER,
        "span_scores: max(there, 1) -> max(1, there)": _ORDER,
    },
)


@spans.right(function="spans")
def by_looking_ahead(tags):
    found = set()
    for start in range(len(tags)):
        if not tags[start].startswith("B-"):
            continue
        label, end = tags[start][2:], start + 1
        while end < len(tags) and tags[end] == "I-" + label:
            end += 1
        found.add((label, start, end))
    return found


@spans.right(function="spans")
def one_open_span(tags):
    found, open_span = [], None
    for place, tag in enumerate(tags):
        mark, _, label = tag.partition("-")
        if mark == "I" and open_span is not None and open_span[0] == label:
            open_span[2] = place + 1
            continue
        if open_span is not None:
            found.append(tuple(open_span))
        open_span = [label, place, place + 1] if mark == "B" else None
    if open_span is not None:
        found.append(tuple(open_span))
    return set(found)


@spans.right(function="spans")
def from_the_end(tags):
    found, end, inside = set(), None, None
    for place in range(len(tags) - 1, -1, -1):
        mark, label = tags[place][:1], tags[place][2:]
        if mark == "I":
            if inside != label:
                end, inside = place + 1, label
        else:
            if mark == "B":
                found.add((label, place, end if inside == label else place + 1))
            end = inside = None
    return found


@spans.right(function="spans")
def by_a_regular_expression(tags):
    names = sorted({tag[2:] for tag in tags if tag != "O"})
    text = "".join("." if t == "O" else chr((0x4E00 if t[0] == "B" else 0x8000) + names.index(t[2:])) for t in tags)
    found = set()
    for number, name in enumerate(names):
        for match in re.finditer(chr(0x4E00 + number) + chr(0x8000 + number) + "*", text):
            found.add((name, match.start(), match.end()))
    return found


@spans.right(function="span_scores")
def with_the_number_of_the_sentence(truth, predicted):
    true = {(n, span) for n, tags in enumerate(truth) for span in read(tags)}
    said = {(n, span) for n, tags in enumerate(predicted) for span in read(tags)}
    p = len(true & said) / len(said) if said else 0.0
    r = len(true & said) / len(true) if true else 0.0
    return p, r, (2 * p * r / (p + r) if p + r > 0 else 0.0)


@spans.right(function="span_scores")
def by_counting_mistakes(truth, predicted):
    hits = missed = false = 0
    for true, said in zip(truth, predicted, strict=True):
        true, said = read(true), read(said)
        hits, missed, false = hits + len(true & said), missed + len(true - said), false + len(said - true)
    return [
        x / y if y else 0.0
        for x, y in ((hits, hits + false), (hits, hits + missed), (2 * hits, 2 * hits + missed + false))
    ]


@spans.right(function="span_scores")
def in_one_long_sentence(truth, predicted):
    joined = [[tag for tags in sentences for tag in [*tags, "O"]] for sentences in (truth, predicted)]
    true, said = map(read, joined)
    precision, recall = (len(true & said) / max(len(some), 1) for some in (said, true))
    return precision, recall, 2 * len(true & said) / max(len(true) + len(said), 1)
