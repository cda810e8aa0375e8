"""The decoder of today on a language that is known: word vectors, next words, samples, caches, induction heads.

Nothing in here solves an exercise of notebook 07 but `lent`: the losses, the rules, the model and its cache are the
learner's, handed in.
"""

from attention_course.generation.curve import Curve, steps
from attention_course.generation.english import joined, longest_copy, own_material
from attention_course.generation.induction import InductionRun, repeated
from attention_course.generation.learning import beginnings, drawing, held_out_loss, initialise, logits_of, train
from attention_course.generation.pieces import decoder_or_lent, right_or_lent
from attention_course.generation.samples import (
    chance_distance,
    compare,
    judge,
    language_itself,
    marked,
    total_variation,
    word_shares,
)
from attention_course.generation.text import (
    BEGIN,
    FIRST_WORD,
    Material,
    documents,
    grammar_classes,
    material,
    pairs_of_forms,
    small_language,
    topics,
)
from attention_course.generation.timing import costs
from attention_course.generation.truth import limit, lines, next_words
from attention_course.generation.vectors import (
    analogies_right,
    flat,
    from_counts,
    purity,
    purity_by_chance,
    skip_gram,
    unit,
)

__all__ = [
    "BEGIN",
    "FIRST_WORD",
    "Curve",
    "InductionRun",
    "Material",
    "analogies_right",
    "beginnings",
    "chance_distance",
    "compare",
    "costs",
    "decoder_or_lent",
    "documents",
    "drawing",
    "flat",
    "from_counts",
    "grammar_classes",
    "held_out_loss",
    "initialise",
    "joined",
    "judge",
    "language_itself",
    "limit",
    "lines",
    "logits_of",
    "longest_copy",
    "marked",
    "material",
    "next_words",
    "own_material",
    "pairs_of_forms",
    "purity",
    "purity_by_chance",
    "repeated",
    "right_or_lent",
    "skip_gram",
    "small_language",
    "steps",
    "topics",
    "total_variation",
    "train",
    "unit",
    "word_shares",
]
