"""What is lent is right, earns nothing, and lets a stuck learner go on."""

import pytest

from attention_course.checks import CheckError, attention_from_scratch, beyond_text, generation, worked_example
from attention_course.lending import DECODER, FUNCTIONS, VALUES, lend
from autograder.exam.reference import reference
from autograder.exams import attention_from_scratch as exams_1
from autograder.exams import beyond_text as exams_8
from autograder.exams import generation as exams_7
from autograder.exams import worked_example as exams_2

FIRST, SECOND, EIGHTH = "01_attention_from_scratch", "02_worked_example", "08_beyond_text"
NAMES_OF = {
    "masks": ("causal_mask", "padding_mask"),
    "heads": ("split_heads", "merge_heads"),
    "patches": ("patches", "unpatch"),
}
EARLIER = {"weights": ("scores",), "output": ("weights",), "scaled_weights": ("scores", "weights")}
EXERCISES = [
    *((attention_from_scratch, FIRST, exercise) for exercise in exams_1.EXERCISES),
    *((worked_example, SECOND, exercise) for exercise in exams_2.EXERCISES),
    (beyond_text, EIGHTH, exams_8.patches),
]
CASES = [pytest.param(*case, id=f"{case[1][:2]}-{case[2].name}") for case in EXERCISES]


def names_of(exercise):
    return NAMES_OF.get(exercise.name, (exercise.name,))


@pytest.mark.parametrize(("checks", "notebook", "exercise"), CASES)
def test_the_right_version_passes_and_the_lent_one_is_refused(checks, notebook, exercise, capsys):
    check = getattr(checks, exercise.name)
    earlier = [reference(notebook, name) for name in EARLIER.get(exercise.name, ())]
    plain = [FUNCTIONS[name] if name in FUNCTIONS else VALUES[name]() for name in names_of(exercise)]
    check(*plain, *earlier)
    lent = [lend(name) for name in names_of(exercise)]
    assert "no points" in capsys.readouterr().out
    with pytest.raises(CheckError, match="is lent: it earns no points"):
        check(*lent, *earlier)
    with pytest.raises(CheckError, match="is lent"):
        check(lent[0], *plain[1:], *earlier)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("checks", "notebook", "exercise"), CASES)
def test_it_passes_the_exam(checks, notebook, exercise, seed):
    names, given = names_of(exercise), exercise.nothing_given
    answers = {name: FUNCTIONS[name] if name in FUNCTIONS else VALUES[name]() for name in names}
    if exercise.value:
        given = [reference(notebook, name) for name in EARLIER.get(exercise.name, ())][: len(given)]
    answer = answers if exercise.functions else answers[exercise.name]
    assert exercise.judge(answer, *given, seed=seed).message == ""


def test_what_is_calculated_from_a_lent_value_is_one_s_own():
    scores = lend("scores")
    weights = reference(SECOND, "softmax")(scores, axis=-1)
    worked_example.weights(weights, scores)


def test_what_is_not_there_is_said():
    with pytest.raises(ValueError, match="there are softmax"):
        lend("soft_max")


PIECES = [
    pytest.param(exercise, names, id=exercise.name)
    for exercise in exams_7.EXERCISES
    if set(names := exercise.functions or (exercise.name,)) <= set(DECODER)
]


@pytest.mark.parametrize(("exercise", "names"), PIECES)
def test_a_piece_of_the_decoder_is_right_and_earns_nothing(exercise, names):
    check, lent = getattr(generation, exercise.name), [lend(name) for name in names]
    beside = [lend("KeyValueCache")] if exercise.name in ("CausalSelfAttention", "DecoderModel") else []
    for seed in range(2):
        answer = dict(zip(names, lent, strict=True)) if exercise.functions else lent[0]
        assert exercise.judge(answer, *beside, seed=seed).message == ""
    with pytest.raises(CheckError, match=f"{exercise.name} is lent: it earns no points"):
        check(*lent, *beside)


def test_one_s_own_attention_may_be_checked_with_a_lent_cache(capsys):
    own = reference("07_generation", "CausalSelfAttention")
    generation.CausalSelfAttention(own, lend("KeyValueCache"))
    assert "4 points" in capsys.readouterr().out


def test_what_is_derived_from_a_lent_class_is_lent():
    class Own(lend("KeyValueCache")):
        pass

    with pytest.raises(CheckError, match="is lent"):
        generation.KeyValueCache(Own)
