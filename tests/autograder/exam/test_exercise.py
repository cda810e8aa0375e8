"""An exam judges whatever it is handed, and what it says names a concept or a misconception."""

import linecache
import warnings

import numpy as np
import pytest
import torch

from attention_course.checks import CheckError
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import SEED_VARIABLE, Case, Exercise
from autograder.exam.outcome import AnswerElsewhere, Memory, Outcome
from autograder.exam.verdict import ExamError


def mean_cases(rng):
    yield Case("a few numbers", (rng.normal(size=4),))
    yield Case("a matrix", (rng.normal(size=(2, 3)),), {"axis": 0})


def mean_reference(x, axis=None):
    return np.mean(x, axis=axis)


@pytest.fixture
def mean():
    exercise = Exercise("none", "mean", mean_cases, reference=mean_reference)

    @exercise.wrong("this is the sum. By what is a mean divided?")
    def total(x, axis=None):
        return np.sum(x, axis=axis)

    @exercise.wrong("the axis is ignored. What is it for?")
    def of_everything(x, axis=None):
        return np.mean(x)

    return exercise


def test_a_right_answer_passes(mean):
    verdict = mean.judge(lambda x, axis=None: x.mean(axis))
    assert (verdict.passed, verdict.message, verdict.seed) == (True, "", 2026)


def test_a_known_misconception_gets_its_hint(mean):
    verdict = mean.judge(lambda x, axis=None: x.sum(axis))
    assert (verdict.passed, verdict.misconception) == (False, "total")
    assert verdict.message == "mean: this is the sum. By what is a mean divided?"
    assert mean.judge(lambda x, axis=None: x.mean()).concept == "a matrix"


def test_an_unknown_slip_gets_the_concept(mean):
    verdict = mean.judge(lambda x, axis=None: x.mean(axis) if axis is None else x.mean(axis) + 1)
    assert (verdict.concept, verdict.misconception) == ("a matrix", "")
    assert verdict.message.startswith("mean: not right yet for a matrix. ")


def test_two_misconceptions_that_would_do_the_same_are_none(mean):
    mean.wrong("another hint?")(lambda x, axis=None: np.sum(x, axis=axis))
    assert mean.judge(lambda x, axis=None: x.sum(axis)).misconception == ""


def test_nobody_is_told_a_misconception_who_raises_everywhere(mean):
    @mean.wrong("only two axes?")
    def raises(x, axis=None):
        raise ValueError

    verdict = mean.judge(lambda x, axis=None: undefined)  # noqa: F821
    assert verdict.misconception == ""
    assert "raises NameError" in verdict.message


def counted(answer):
    """The answer, with a list of its calls."""

    def count(*args, **kwargs):
        calls.append(args)
        return answer(*args, **kwargs)

    calls = []
    return count, calls


def test_the_reference_is_called_once_a_case_and_seed():
    reference, calls = counted(mean_reference)
    exercise = Exercise("none", "mean", mean_cases, reference=reference)
    for _ in range(3):
        assert exercise.judge(mean_reference, seed=1).passed
    assert len(calls) == 2
    assert exercise.judge(mean_reference, seed=2).passed
    assert len(calls) == 4


def test_a_failure_in_the_first_case_asks_for_no_more_right_results():
    reference, calls = counted(mean_reference)
    exercise = Exercise("none", "mean", mean_cases, reference=reference)
    assert not exercise.judge(lambda x, axis=None: None, seed=1).passed
    assert len(calls) == 1
    assert exercise.judge(mean_reference, seed=1).passed
    assert len(calls) == 2


def test_right_results_that_rest_on_what_is_given_are_not_remembered():
    def cases(rng, own):
        yield Case("the same", (own,))

    exercise = Exercise("none", "same", cases, reference=lambda x: x)
    assert [list(exercise.right_results(1, (own,))) for own in (3, 4)] == [[3], [4]]


class Hostile:
    def __array__(self, *args, **kwargs):
        raise RuntimeError

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


def prints(x, axis=None):
    print("12345", x)
    return x.mean(axis)


def warns(x, axis=None):
    warnings.warn(f"{x}", stacklevel=1)
    return x.mean(axis)


def changes_its_input(x, axis=None):
    x -= x.mean()
    return np.mean(x, axis=axis)


def unwritten(x, axis=None):
    raise NotImplementedError


def leaves(x, axis=None):
    exit()


def guesses(x, axis=None):
    return np.random.default_rng().normal(size=np.mean(x, axis=axis).shape)


def several_cases(rng):
    """Two functions whose cases bear the same names."""
    for function in ("half", "double"):
        for number in range(3):
            yield Case("a number", (rng.normal(size=(2 + number, 3)),), function=function)


HALF_AND_DOUBLE = {"half": lambda x: x / 2, "double": lambda x: 2 * x}


@pytest.fixture
def several():
    exercise = Exercise("none", "several", several_cases, functions=("half", "double"))
    exercise.reference = HALF_AND_DOUBLE
    return exercise


def test_only_an_answer_that_is_random_is_called_random(several):
    """Several cases bear one name: the case that failed is called once more, and not another."""

    def wrong_for_many(x):
        return 2 * x if len(x) < 4 else x

    for answer in ({"double": wrong_for_many}, {"half": lambda x: x}):
        assert "The sort and the shape of the answer are right" in several.judge(answer).message
    guessing = {"double": lambda x: x + np.random.default_rng().normal(size=x.shape)}
    assert "Two calls with the same arguments" in several.judge(guessing).message


def test_a_shape_may_be_left_to_chance_as_well(several):
    calls = []

    def grows(x):
        calls.append(x)
        return np.concatenate([2 * y for y in calls])

    assert "Two calls with the same arguments" in several.judge({"double": grows}).message


def test_an_answer_that_is_there_is_not_called_unwritten(several):
    """PyTorch raises NotImplementedError where a tensor without numbers is read."""

    def reads(x):
        return 2 * x if len(x) < 4 else torch.ones(2, device="meta").tolist()

    assert several.judge({"double": reads}).message.startswith("double: not right yet for a number. It raises Not")
    namespace: dict = {}
    text = "def stub(x):\n    raise NotImplementedError()  # for more than three\n"
    exec(compile(text, "<cell>", "exec"), namespace)
    lines = text.splitlines(keepends=True)
    linecache.cache["<cell>"] = (len(text), None, lines, "<cell>")
    later = {"double": lambda x: 2 * x if len(x) < 4 else namespace["stub"](x)}
    assert several.judge(later).message == "double is still to be written."
    del linecache.cache["<cell>"]


def test_what_a_probe_returns_is_not_called_the_answer():
    def used(answer, x):
        return [answer(x), "float64"]

    def cases(rng):
        yield Case("a number", (rng.normal(size=3),), expected=[np.zeros(3), "float64"], use=used)

    exercise = Exercise("none", "used", cases, reference=np.zeros_like)
    assert "What comes of it" in exercise.judge(lambda x: x).message
    assert "What comes of it" in exercise.judge(lambda x: x[:2]).message


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (prints, ""),
        (warns, ""),
        (unwritten, "mean is still to be written."),
        (changes_its_input, "mean: not right yet for a few numbers. It changes what it was given"),
        (leaves, "mean: not right yet for a few numbers. It raises SystemExit"),
        (lambda x, axis=None: None, "mean: not right yet for a few numbers. It returns None."),
        (lambda x, axis=None: Hostile(), "mean: not right yet for a few numbers. The answer is not the sort of value"),
        (lambda x, axis=None: "a text", "mean: not right yet for a few numbers. The answer is not the sort of value"),
        (lambda x, axis=None: x, "mean: not right yet for a few numbers. The shape"),
        (lambda x, axis=None: np.nan, "mean: not right yet for a few numbers. There is a NaN"),
        (lambda x, axis=None: 7.0, "mean: not right yet for a few numbers. The sort and the shape of the answer are"),
        (guesses, "mean: not right yet for a few numbers. Two calls with the same arguments give different results."),
        (lambda x: x.mean(), "mean: not right yet for a matrix. It cannot be called the way the docstring says"),
        (lambda: 7, "mean: not right yet for a few numbers. It cannot be called the way the docstring says"),
        (7, "mean: not right yet for a few numbers. It should be a function."),
        (None, "mean: not right yet for a few numbers. It should be a function."),
    ],
)
def test_whatever_is_handed_in_is_judged(mean, answer, sentence, capfd, recwarn):
    verdict = mean.judge(answer)
    assert verdict.passed == (sentence == "")
    assert verdict.message.startswith(sentence)
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_the_line_at_fault_is_the_learners(mean):
    namespace: dict = {}
    exec(compile("def answer(x, axis=None):\n    return 1 / 0\n", "<cell>", "exec"), namespace)
    assert mean.judge(namespace["answer"]).message.endswith("It raises ZeroDivisionError.")


def test_the_graded_line_raises_what_a_cell_shows_as_one_sentence(mean):
    mean(lambda x, axis=None: x.mean(axis))
    with pytest.raises(ExamError, match="this is the sum") as caught:
        mean(lambda x, axis=None: x.sum(axis))
    assert isinstance(caught.value, CheckError)


def test_the_seed_is_the_recorded_one(mean, monkeypatch):
    seen = []

    def record(x, axis=None):
        seen.append(x.copy())
        return x.mean(axis)

    monkeypatch.setenv(SEED_VARIABLE, "5")
    assert mean.judge(record).seed == 5
    assert mean.judge(record, seed=5).seed == 5
    assert mean.judge(record, seed=6).seed == 6
    first, again, other = seen[0], seen[2], seen[4]
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_case_can_ask_for_an_error():
    exercise = Exercise("none", "root", lambda rng: [Case("a negative number", (-1.0,), raises="ValueError")])
    assert "returns something where" in exercise.judge(lambda x: 0.0).message
    assert exercise.judge(fails_with(KeyError)).message.endswith(
        "It raises KeyError; the docstring asks for ValueError."
    )
    assert exercise.judge(fails_with(ValueError)).passed
    assert exercise.judge(fails_with(np.linalg.LinAlgError)).passed, "a LinAlgError is a ValueError"


def fails_with(error):
    def answer(x):
        raise error

    return answer


def test_a_case_can_say_what_is_right_and_what_else():
    case = Case("a half", (5,), tolerance=Tolerance(0, 0), expected=2, also=(3,))
    exercise = Exercise("none", "rounded", lambda rng: [case])
    assert [exercise.judge(lambda x, n=n: n).passed for n in (1, 2, 3)] == [False, True, True]


def test_a_reference_that_fails_is_our_error_not_the_learners(mean):
    mean.own_reference = fails_with(ValueError)
    with pytest.raises(RuntimeError, match="reference of mean raises ValueError for a few numbers"):
        mean.judge(lambda x, axis=None: 0)


@pytest.fixture
def pair():
    def cases(rng):
        x = float(rng.integers(2, 9))
        yield Case("the double", (x,), function="double")
        yield Case("the half", (x,), function="half")
        yield Case("the half of zero", (0.0,), function="half")

    exercise = Exercise("none", "pair", cases, functions=("double", "half"))
    exercise.reference = {"double": lambda x: 2 * x, "half": lambda x: x / 2}

    @exercise.wrong("this is the square. Is twice x the same as x times x?", function="double")
    def squared(x):
        return x * x

    @exercise.wrong("this is the reciprocal. What should be divided?", function="half")
    def reciprocal(x):
        return 1 / x

    @exercise.right(function="half")
    def multiplied(x):
        return 0.5 * x

    return exercise


def test_variants_of_one_of_several_functions_stand_beside_the_reference(pair):
    assert all(pair.judge(variant).passed for variant in pair.right_variants)
    assert [pair.judge(v.answer).misconception for v in pair.wrong_variants] == ["squared", "reciprocal"]


def test_a_verdict_names_the_function(pair):
    assert pair.judge({"half": lambda x: 1 / x}).message == "half: this is the reciprocal. What should be divided?"
    assert pair.judge({"half": lambda x: x + 1}).message.startswith("half: not right yet for the half.")
    assert pair.judge({"half": unwritten_number}).message == "half is still to be written."
    assert pair.judge({"half": lambda x: x + 1}).exercise == "pair"


def unwritten_number(x):
    raise NotImplementedError


def test_one_function_is_diagnosed_whatever_the_other_does(pair):
    assert pair.judge({"double": lambda x: x * x, "half": lambda x: x + 7}).misconception == "squared"


def test_the_graded_line_takes_the_functions_in_order(pair):
    pair(lambda x: x + x, lambda x: x / 2)
    with pytest.raises(ExamError, match="double: not right yet"):
        pair(lambda x: x / 2, lambda x: x + x)


def test_a_value_is_judged_against_what_follows_from_the_learners_earlier_one():
    def cases(rng, earlier=None):
        yield Case("the double of the earlier value", (3 if earlier is None else earlier,), also=(6,))

    exercise = Exercise("none", "doubled", cases, reference=lambda x: 2 * x, value=True)
    exercise.wrong("this is the square?")(lambda x: x * x)
    assert exercise.nothing_given == (None,)
    assert exercise.judge(6, None).passed
    assert exercise.judge(10, 5).passed, "right from a wrong earlier value"
    assert exercise.judge(6, 5).passed, "right from the right earlier value"
    assert exercise.judge(25, 5).misconception == "<lambda>"
    assert exercise.judge(7, 5).message.startswith("doubled: not right yet for the double of the earlier value.")
    assert exercise.judge(None, 5).message == "doubled is still to be written."


def test_a_case_may_use_a_class():
    class Adder:
        def __init__(self, step):
            self.step = step

        def __call__(self, x):
            return x + self.step

    def make_and_call(adder, step, x):
        return adder(step)(x)

    def cases(rng):
        yield Case("adding", (2, np.arange(3)), use=make_and_call)

    exercise = Exercise("none", "Adder", cases, reference=Adder)
    assert exercise.judge(Adder).passed
    assert not exercise.judge(type("Wrong", (Adder,), {"__call__": lambda self, x: x - self.step})).passed


def test_a_case_may_use_more_of_the_learners_than_the_answer():
    def call_both(answer, other, x):
        return answer(other(x))

    def cases(rng, other=None):
        yield Case("both", (3,), use=call_both, beside=(other or abs,))

    exercise = Exercise("none", "double", cases, reference=lambda x: 2 * x)
    assert exercise.judge(lambda x: x + x).passed
    assert exercise.judge(lambda x: x + x, lambda x: x + 1).passed
    assert not exercise.judge(lambda x: x, lambda x: x + 1).passed


def test_what_a_case_expects_may_be_made_when_it_is_needed():
    made = []

    def cases(rng):
        number = int(rng.integers(9))
        yield Case("twice", (number,), expected=lambda: made.append(number) or 2 * number)

    exercise = Exercise("none", "double", cases, reference=abs)
    assert exercise.judge(lambda x: x + x).passed
    assert len(made) == 1
    assert not exercise.judge(lambda x: x * x + 1).passed


class Measured(AnswerElsewhere):
    """A sum in another process that holds so much, and takes so much for a call, or of which nobody knows."""

    def __init__(self, memory):
        self.memory, self.lengths = memory, []

    def __call__(self):
        raise NotImplementedError

    def outcome(self, use, args, kwargs, beside=(), *, measured=False):
        self.lengths.append(len(args[0]))
        memory = self.memory if measured else None
        return Outcome(float(np.sum(args[0])), [*args, kwargs], memory=memory)


@pytest.fixture
def frugal():
    def large(length):
        def enlarged(held):
            return large(held) if held > length else None

        return Case("long lists", (np.ones(length),), memory=100, enlarged=enlarged)

    def cases(rng):
        yield Case("a short list", (np.ones(2),))
        yield large(10)

    return Exercise("none", "total", cases, reference=np.sum)


def test_an_answer_that_takes_too_much_memory_is_told_so(frugal):
    verdict = frugal.judge(Measured(Memory(held=0, grown=101)))
    assert (verdict.passed, verdict.misconception, verdict.concept) == (False, "", "long lists")
    assert verdict.message == (
        "total: not right yet for long lists. "
        "The answer is right, but on the way it takes more memory than the docstring allows."
    )


@pytest.mark.parametrize("memory", [Memory(held=0, grown=100), Memory(held=0, grown=-5), None])
def test_an_answer_may_take_what_is_allowed_and_what_nobody_measures(frugal, memory):
    assert frugal.judge(Measured(memory)).passed


def test_what_was_held_before_makes_the_case_larger(frugal):
    answer = Measured(Memory(held=30, grown=0))
    assert frugal.judge(answer).passed
    assert answer.lengths == [2, 10, 30]


def filled(load, kind, numbers):
    """A probe: what a box holds after loading."""
    box = kind()
    load(box, numbers)
    return box.take()


class Box:
    def __init__(self):
        self.held = []

    def take(self):
        return self.held


def load(box, numbers):
    box.held = list(numbers)


@pytest.fixture
def boxes():
    """An exercise of a class and of the function that fills it: what is inside of the class is its author's choice."""

    def cases(rng):
        yield Case("an empty box", expected=[], function="Box", use=lambda kind: kind().take())
        numbers = rng.integers(100, size=4).tolist()
        yield Case("a full box", (numbers,), expected=numbers, function="load", together=("Box",), use=filled)

    exercise = Exercise("none", "boxes", cases, functions=("Box", "load"))
    exercise.__dict__["reference"] = {"Box": Box, "load": load}

    @exercise.wrong("they come out in the other order. Which one went in first?", function="Box")
    class Stack(Box):
        def take(self):
            return self.held[::-1]

    @exercise.wrong("one is left out. Where does the loop begin?", function="load")
    def all_but_the_first(box, numbers):
        box.held = list(numbers[1:])

    return exercise


def test_functions_that_belong_together_meet_in_a_case(boxes):
    class Other:
        def __init__(self):
            self.inside = ()

        def take(self):
            return list(self.inside)

    def load_other(box, numbers):
        box.inside = tuple(numbers)

    assert boxes.judge({"Box": Other, "load": load_other}).passed
    assert boxes.judge({"Box": Box, "load": load}).passed


def test_a_misconception_in_either_of_two_that_belong_together_is_named(boxes):
    class Own(Box):
        def take(self):
            return list(reversed(self.held))

    verdict = boxes.judge({"Box": Own, "load": load})
    assert (verdict.concept, verdict.misconception) == ("a full box", "Stack")
    assert verdict.message.startswith("Box: they come out in the other order.")
    verdict = boxes.judge({"Box": Box, "load": lambda box, numbers: load(box, numbers[1:])})
    assert verdict.message == "load: one is left out. Where does the loop begin?"


def test_a_stub_beside_a_written_function_is_the_one_that_is_still_to_be_written(boxes):
    def stub(box, numbers):
        raise NotImplementedError

    assert boxes.judge({"Box": Box, "load": stub}).message == "load is still to be written."
