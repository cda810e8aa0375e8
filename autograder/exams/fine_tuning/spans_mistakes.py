"""Wrong variants of spans and span_scores."""

from functools import partial

from autograder.exams.fine_tuning.spans import read, spans

wrong, wrong_scores = partial(spans.wrong, function="spans"), partial(spans.wrong, function="span_scores")


def walk(tags, opens, goes_on):
    """Spans of words side by side: `opens(tag, label)` and `goes_on(tag, label)` ask about the label open before."""
    found, start, label = set(), None, None
    for place, tag in enumerate([*tags, "O"]):
        if start is not None and not goes_on(tag, label):
            found.add((label, start, place))
            start = label = None
        if start is None and opens(tag, label):
            start, label = place, tag[2:]
    return found


def begins(tag, label):
    return tag.startswith("B-")


def inside(tag, label):
    return tag == f"I-{label}"


@wrong("an I- opens a span of its own. What does strict IOB2 say of an I- without its B-?")
def lenient(tags):
    return walk(tags, lambda tag, label: tag != "O", inside)


@wrong("an I- at the start of the sentence opens a span. What does strict IOB2 say of it?")
def lenient_at_the_start(tags):
    return read(["B" + tag[1:] if place == 0 and tag[0] == "I" else tag for place, tag in enumerate(tags)])


@wrong("an I- of another label opens a new span. To what does it belong?")
def another_label_opens(tags):
    found, start, label = set(), None, None
    for place, tag in enumerate([*tags, "O"]):
        change = start is not None and tag != f"I-{label}"
        if change:
            found.add((label, start, place))
            start = None
        if tag[0] == "B" or (change and tag[0] == "I"):
            start, label = place, tag[2:]
    return found


@wrong("an I- of another label carries the span on. Which I- do?")
def any_inside_goes_on(tags):
    return walk(tags, begins, lambda tag, label: tag.startswith("I-"))


@wrong("spans of one label side by side are one. What does a B- say?")
def neighbours_merged(tags):
    return walk(tags, begins, lambda tag, label: tag[2:] == label and tag != "O")


@wrong("the end is the last word of the span. Which place does the docstring name?")
def end_inclusive(tags):
    return {(label, start, end - 1) for label, start, end in read(tags)}


@wrong("a span that reaches the end of the sentence is lost. What closes it?")
def lost_at_the_end(tags):
    return {span for span in read(tags) if span[2] < len(tags)}


@wrong("the label keeps its B-. Which part of the tag is the label?")
def mark_kept(tags):
    return {(f"B-{label}", start, end) for label, start, end in read(tags)}


@wrong("the label ends at its first dash. How often may the tag be cut?")
def cut_at_each_dash(tags):
    return {(label.split("-")[0], start, end) for label, start, end in read(tags)}


@wrong("the parts of a span come in another order. What stands first in the docstring?")
def label_last(tags):
    return {(start, end, label) for label, start, end in read(tags)}


@wrong("length stands in the place of the end. Which two places does the docstring name?")
def length_in_place_of_the_end(tags):
    return {(label, start, end - start) for label, start, end in read(tags)}


@wrong("each word of a span is a span of its own. How far does one go?")
def word_by_word(tags):
    return {(label, place, place + 1) for label, start, end in read(tags) for place in range(start, end)}


@wrong("only the first word of a span is in it. What do the I- behind it do?")
def first_words(tags):
    return {(label, start, start + 1) for label, start, end in read(tags)}


@wrong("a span goes on behind a gap. What ends it?")
def gaps_bridged(tags):
    found, last = set(), None
    for label, start, end in sorted(read(tags), key=lambda span: span[1]):
        last = end
        place = end
        while place < len(tags) and tags[place][0] != "B":
            last = place + 1 if tags[place] == f"I-{label}" else last
            place += 1
        found.add((label, start, last))
    return found


@wrong("a span with an I- of another label behind it is dropped. What becomes of the words before it?")
def broken_spans_dropped(tags):
    return {span for span in read(tags) if span[2] == len(tags) or tags[span[2]][0] != "I"}


@wrong("runs of O are spans too. What is a span?")
def outside_counts(tags):
    found, start = read(tags), None
    for place, tag in enumerate([*tags, "B-"]):
        if tag == "O" and start is None:
            start = place
        elif tag != "O" and start is not None:
            found.add(("O", start, place))
            start = None
    return found


@wrong("the spans come in a list. What should hold them?")
def in_a_list(tags):
    return sorted(read(tags), key=lambda span: span[1])


@wrong("a sentence without words makes it fail. How many spans are in it?")
def fails_without_words(tags):
    tags[0]
    return read(tags)


def of_pairs(pairs, nothing=0.0):
    """The scores of (true, said) sets."""
    hits = sum(len(true & said) for true, said in pairs)
    true, said = sum(len(t) for t, _ in pairs), sum(len(s) for _, s in pairs)
    values = (hits, said), (hits, true), (2 * hits, said + true)
    return tuple(above / below if below else nothing for above, below in values)


def pairs_of(truth, predicted, change=lambda spans: spans):
    return [(change(read(true)), change(read(said))) for true, said in zip(truth, predicted, strict=True)]


@wrong_scores("words are scored, not spans. What has to be right as a whole?")
def of_words(truth, predicted):
    return of_pairs(
        [
            tuple({(place, tag) for place, tag in enumerate(tags) if tag != "O"} for tags in pair)
            for pair in zip(truth, predicted, strict=True)
        ]
    )


@wrong_scores("this is the share of right tags, O included. What has to be right as a whole?")
def accuracy_of_tags(truth, predicted):
    pairs = [(t, s) for true, said in zip(truth, predicted, strict=True) for t, s in zip(true, said, strict=True)]
    accuracy = sum(t == s for t, s in pairs) / max(len(pairs), 1)
    return accuracy, accuracy, accuracy


@wrong_scores("each sentence has its own scores, and these are averaged. What has to be added up first?")
def mean_of_sentences(truth, predicted):
    rows = [of_pairs([pair]) for pair in pairs_of(truth, predicted)]
    return tuple(sum(column) / len(rows) for column in zip(*rows, strict=True)) if rows else (0.0, 0.0, 0.0)


@wrong_scores("each label has its own scores, and these are averaged. Over what do the counts add up?")
def mean_of_labels(truth, predicted):
    pairs = pairs_of(truth, predicted)
    labels = {span[0] for pair in pairs for some in pair for span in some}
    rows = [
        of_pairs([tuple({s for s in some if s[0] == label} for some in pair) for pair in pairs])
        for label in sorted(labels)
    ]
    return tuple(sum(column) / len(rows) for column in zip(*rows, strict=True)) if rows else (0.0, 0.0, 0.0)


@wrong_scores("equal spans of different sentences are one. What else belongs to a span's place?")
def sentences_mixed(truth, predicted):
    pairs = pairs_of(truth, predicted)
    return of_pairs([tuple(set().union(*column) for column in zip(*pairs, strict=True))] if pairs else [])


@wrong_scores("a sentence's last span goes on into the next one. Where does a sentence end?")
def sentences_joined(truth, predicted):
    return of_pairs([tuple(read([tag for tags in some for tag in tags]) for some in (truth, predicted))])


@wrong_scores("precision and recall have changed places. Which one asks about the spans that were found?")
def exchanged(truth, predicted):
    precision, recall, f1 = of_pairs(pairs_of(truth, predicted))
    return recall, precision, f1


@wrong_scores("a span with the wrong label counts as right. What else has to agree besides its place?")
def label_ignored(truth, predicted):
    return of_pairs(pairs_of(truth, predicted, lambda some: {span[1:] for span in some}))


@wrong_scores("a span counts as right if it begins at the right place. What else has to agree?")
def end_ignored(truth, predicted):
    return of_pairs(pairs_of(truth, predicted, lambda some: {span[:2] for span in some}))


@wrong_scores("a span counts as right if it overlaps one of its label. What has to agree?")
def overlaps_count(truth, predicted):
    pairs = pairs_of(truth, predicted)

    def met(some, others):
        return sum(any(a[0] == b[0] and a[1] < b[2] and b[1] < a[2] for b in others) for a in some)

    found = sum(met(said, true) for true, said in pairs)
    recalled = sum(met(true, said) for true, said in pairs)
    p = found / max(sum(len(said) for _, said in pairs), 1)
    r = recalled / max(sum(len(true) for true, _ in pairs), 1)
    return p, r, 2 * p * r / (p + r) if p + r else 0.0


@wrong_scores("F1 is the arithmetic mean. What does it come to where one of the two is 0?")
def arithmetic_mean(truth, predicted):
    precision, recall, _ = of_pairs(pairs_of(truth, predicted))
    return precision, recall, (precision + recall) / 2


@wrong_scores("0 / 0 is 1. What does the docstring make of it?")
def one_for_nothing(truth, predicted):
    return of_pairs(pairs_of(truth, predicted), nothing=1.0)


@wrong_scores("0 / 0 is NaN. What does the docstring make of it?")
def not_a_number(truth, predicted):
    return of_pairs(pairs_of(truth, predicted), nothing=float("nan"))


@wrong_scores("0 / 0 makes it fail. What does the docstring make of it?")
def fails_for_nothing(truth, predicted):
    hits, true, said = (
        sum(len(some) for some in column)
        for column in zip(*((t & s, t, s) for t, s in pairs_of(truth, predicted)), strict=True)
    )
    return hits / said, hits / true, 2 * hits / (said + true)


@wrong_scores("an I- without its B- opens a span. Which spans does your own `spans` find?")
def lenient_scores(truth, predicted):
    both = [[walk(tags, lambda tag, label: tag != "O", inside) for tags in some] for some in (truth, predicted)]
    return of_pairs(list(zip(*both, strict=True)))
