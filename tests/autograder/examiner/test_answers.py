"""An exam that meets an answer in another process sees what it would see in its own."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from attention_course.answering.unpack import Opaque
from attention_course.probes import torch_answers as using
from autograder.exam.exercise import Case, Exercise
from autograder.examiner.answers import look_up
from autograder.examiner.conversation import LostKernelError

FUNCTIONS = """
import numpy as np

def double(x):
    return 2 * x

def spoil(x, *, extra):
    x *= 2
    extra.append(1)
    return x.sum()

def complain(x):
    raise ValueError("secret")

def contiguous(x):
    return [x.flags.c_contiguous, list(x.strides), x.flags.writeable]

class Stack:
    pass

count = 7
"""


def test_a_function_is_called_with_plain_data_and_gives_plain_data(elsewhere):
    double = elsewhere(FUNCTIONS).answer("double")
    assert double(3) == 6
    np.testing.assert_array_equal(double(np.arange(3)), [0, 2, 4])


def test_names_that_are_missing_are_left_out_and_values_come_as_they_are(elsewhere):
    found = elsewhere(FUNCTIONS).answers("count", "nothing", "double")
    assert found["count"] == 7
    assert set(found) == {"count", "double"}


def test_what_a_call_did_to_its_arguments_is_known(elsewhere):
    spoil = elsewhere(FUNCTIONS).answer("spoil")
    x, extra = np.ones(3), []
    outcome = spoil.outcome(None, (x,), {"extra": extra})
    assert outcome.arguments[0].tolist() == [2, 2, 2]
    assert outcome.arguments[1] == {"extra": [1]}
    assert x.tolist() == [1, 1, 1]
    assert spoil(x, extra=extra) == 6
    assert (x.tolist(), extra) == ([2, 2, 2], [1])


def test_an_error_has_its_built_in_name_and_the_learners_line_and_no_message(elsewhere):
    place = elsewhere(FUNCTIONS)
    outcome = place.answer("complain").outcome(None, (1,), {})
    assert (outcome.error, outcome.line) == ("ValueError", "")
    with pytest.raises(ValueError, match=r"^raised by complain$"):
        place.answer("complain")(1)


def test_views_keep_their_strides(elsewhere):
    contiguous = elsewhere(FUNCTIONS).answer("contiguous")
    x = np.arange(24.0).reshape(4, 6)
    for view in (x, x.T, x[::2, ::-1], np.broadcast_to(x[0], (3, 6))):
        assert contiguous(view) == [view.flags.c_contiguous, list(view.strides), view.flags.writeable]


def test_a_class_needs_a_probe(elsewhere):
    stack = elsewhere(FUNCTIONS).answer("Stack")
    with pytest.raises(TypeError, match="Stack is a class"):
        stack()


def test_a_public_probe_runs_where_the_answer_is(elsewhere):
    attend = elsewhere("def attend(q, k): return q * k").answer("attend")
    q, k = torch.ones(2), torch.full((2,), 3.0)
    outcome = Case("gradients", (q, k), {"pull": torch.ones(2)}, use=using.gradients).call(attend)
    assert [g.tolist() for g in outcome.result] == [[3, 3], [1, 1]]


def private_probe(answer, x):
    return answer(x)


def test_a_probe_that_no_kernel_has_is_the_exams_fault(elsewhere):
    double = elsewhere(FUNCTIONS).answer("double")
    with pytest.raises(TypeError, match=r"move it to a module of attention_course\.probes"):
        Case("x", (1,), use=private_probe).call(double)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import os\ndef f(): os._exit(1)", "kernel died"),
        ("import time\ndef f(): time.sleep(60)", "time limit"),
        (
            "import os\nfor fd in range(3, 200):\n"
            "    try: os.write(fd, b'HTTP/1.1 200 OK, and a lot of it')\n    except OSError: pass\ndef f(): pass",
            "no answer",
        ),
    ],
)
def test_a_kernel_that_does_not_answer_has_a_name(elsewhere, text, name):
    with pytest.raises(LostKernelError, match=name):
        elsewhere(text).answer("f", seconds=3)()


def test_what_cannot_be_sent_equals_nothing(elsewhere):
    place = elsewhere("def f(): return (i for i in [1])\nclass C: pass\nx = C()\ny = []\ny.append(y)")
    found = place.answers("f", "x", "y")
    assert isinstance(found["f"](), Opaque)
    assert isinstance(found["x"], Opaque)
    assert isinstance(found["y"], Opaque)


def test_an_exam_judges_an_answer_elsewhere_as_one_that_is_here(elsewhere):
    def cases(rng):
        yield Case("numbers", (rng.normal(size=4),))

    mean = Exercise("none", "mean", cases, reference=lambda x: x.mean())
    mean.wrong("by what is it divided?")(lambda x: x.sum())
    place = elsewhere("def right(x): return x.mean()\ndef wrong(x): return x.sum()\ndef bad(x): x[:] = 0; return 0")
    assert mean.judge(place.answer("right")).passed
    assert mean.judge(place.answer("wrong")).message == "mean: by what is it divided?"
    assert "changes what it was given" in mean.judge(place.answer("bad")).message


def test_what_a_case_uses_beside_the_answer_is_the_learners_there_and_right_here(elsewhere):
    text = "import torch\nclass Layer(torch.nn.Linear): pass\ndef load(model, entries): model.load_state_dict(entries)"
    found = look_up(elsewhere(text).conversation(), ["load", "Layer"], lambda name: torch.nn.Linear)
    beside = (found["Layer"],)
    case = Case("x", (), use=using.described, beside=beside)
    assert deepcopy(case).beside == beside
    assert found["Layer"].here() is torch.nn.Linear
    with pytest.raises(TypeError, match="must be the learner's as well"):
        Case("x", (), use=using.described, beside=(torch.nn.Linear,)).call(found["load"])
