"""An error in the learner's own code: the case that was tried, the learner's lines and no others."""

import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient

from attention_course.check_notebook import verdicts
from attention_course.checks import CheckError
from attention_course.checks import attention_from_scratch as checks
from attention_course.checks.report import called
from attention_course.own_work import definitions

MOST_LINES = 12


def told(function, *args, **kwargs) -> list[str]:
    """What IPython prints of an error that `called` let through."""
    with pytest.raises((Exception, KeyboardInterrupt)) as caught:
        called(function, *args, **kwargs)
    return caught.value._render_traceback_()


def turned(query, key):
    return query @ key.T / np.sqrt(key.shape[-1])


def test_the_case_stands_above_the_learner_s_line():
    with pytest.raises(ValueError, match="matmul") as caught:
        checks.attention_scores(turned)
    lines = caught.value._render_traceback_()
    assert lines[0] == "turned stops with a ValueError for query (2, 1, 1), key (2, 2, 1): a batch of two"
    assert lines[2] == "----> return query @ key.T / np.sqrt(key.shape[-1])"
    assert lines[3].startswith("ValueError: matmul")


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "first"),
    [
        (lambda x: 1 / 0, (np.ones((2, 3)),), {}, "your function stops with a ZeroDivisionError for x (2, 3)"),
        (lambda x, mask=None: [][0], (3,), {"mask": None}, "your function stops with an IndexError for x = 3"),
        (lambda x, mask: [][0], (torch.ones(1), np.ones((1, 4), dtype=bool)), {}, "x (1,), mask (1, 4) of bool"),
        (lambda *args, **kwargs: [][0], ([2, 0, 3],), {"axis": 0}, "for = [2, 0, 3], axis = 0"),
        (lambda x: 0, (np.ones(2), 5), {}, "stops with a TypeError for (2,), = 5"),
        (lambda module: module.weight, (torch.nn.ReLU(),), {}, "for module of the class ReLU"),
        (np.linalg.inv, (np.ones(2),), {}, "inv stops with a LinAlgError for a (2,)"),
    ],
)
def test_arguments_are_named_with_their_shapes(function, args, kwargs, first):
    assert first in told(function, *args, **kwargs)[0]


def descend(x):
    return descend(x)


def through_libraries(x):
    return np.apply_along_axis(lambda row: row + "text", 0, x)


@pytest.mark.parametrize("function", [turned, descend, through_libraries, lambda a, b=0: np.dot(a, "x" * 5000)])
def test_few_lines_and_none_of_the_checks_or_of_libraries(function):
    args = (np.ones((2, 3, 4)), np.ones((2, 5, 4))) if function is turned else (np.ones((2, 3)),)
    lines = told(function, *args)
    assert len(lines) <= MOST_LINES
    assert not [line for line in lines if "report.py" in line or " own_errors.py" in line or "in apply_along" in line]
    assert sum(line.startswith("----> ") for line in lines) >= 1


def test_recursion_says_how_many_calls_are_left_out():
    assert any("more calls" in line for line in told(descend, 1))


def test_an_error_keeps_its_class_message_and_cause():
    def answer(x):
        try:
            {}["key"]
        except KeyError as error:
            raise RuntimeError("mine") from error

    with pytest.raises(RuntimeError, match=r"^mine$") as caught:
        called(answer, 1)
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_error_class_with_slots_still_comes_through():
    class Slotted(Exception):
        __slots__ = ()

        def __setattr__(self, name, value):
            raise AttributeError(name)

    def answer():
        raise Slotted

    with pytest.raises((Slotted, AttributeError)):
        called(answer)


def test_pytorch_s_advice_is_told_each_time():
    for _ in range(2):
        lines = told(lambda key: torch.ones(2, 3, 4) @ key.T, torch.ones(2, 3, 4))
        assert any("x.mT" in line for line in lines)
    assert not torch.is_warn_always_enabled()


def test_warnings_of_a_right_answer_stay_quiet(recwarn):
    assert called(lambda x: torch.ones(2, 3, 4).T.shape, 1) == (4, 3, 2)
    assert np.isnan(called(lambda x: x / x, np.zeros(1)))
    assert not recwarn.list


def test_a_library_s_not_implemented_is_no_stub():
    lines = told(lambda x: x & torch.ones(2), torch.ones(2))
    assert "stops with a NotImplementedError" in lines[0]


def test_a_stub_with_words_is_a_stub():
    def softmax(x):
        raise NotImplementedError("todo")

    with pytest.raises(CheckError, match="softmax is still to be written"):
        called(softmax, 1)


def test_an_interrupted_call_shows_where_it_was():
    def waits(x):
        while True:
            raise KeyboardInterrupt

    lines = told(waits, 21)
    assert lines[0] == "waits was interrupted for x = 21"
    assert lines[2] == "----> raise KeyboardInterrupt"


def notebook(path, *cells):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    for number, cell in enumerate(book.cells):
        solution, grade = number == 0, number == len(cells) - 1
        cell.metadata["nbgrader"] = {"solution": solution, "grade": grade, "grade_id": f"check_{number}"}
    nbformat.write(book, path)
    return book


FROM_SCRATCH = "import numpy as np\nfrom attention_course.checks import attention_from_scratch as checks\n"
TURNED = "def attention_scores(query, key):\n    return query @ key.T / np.sqrt(key.shape[-1])"


def ask_by_truth(query, key, value, mask=None):
    if mask:
        return key
    return checks_need(query, key, value)


def checks_need(query, key, value):
    weights = np.array([[0.25, 0.75]])
    return weights @ value, weights


def pack(x):
    """Rows with their lengths, as if the words stood along the first axis."""
    return torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor([1, 4, 2]), enforce_sorted=False)


def test_a_mask_asked_for_its_truth_is_told_what_to_ask():
    with pytest.raises(ValueError, match="ambiguous") as caught:
        checks.attention(ask_by_truth)
    assert "`is not None`" in " ".join(caught.value._render_traceback_()[-2:])


ROWS = torch.ones(3, 4, 4)


def encoder_layer():
    return torch.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, norm_first=True).requires_grad_(False)


@pytest.mark.parametrize(
    ("answer", "arguments", "advice"),
    [
        (lambda x, m: x if m else 0, (1, torch.ones(2)), "is not None"),
        (lambda x: x[:, np.newaxis], ([2, 0, 3],), "np.asarray"),
        (lambda x: x.max(axis=-1), ([2, 0, 3],), "np.asarray"),
        (lambda x: x[np.array([0, 1])], ([2, 0, 3],), "np.asarray"),
        (lambda x: x - x, ([2, 0, 3],), "np.asarray"),
        (lambda x: [r for r in x if r > 0], (np.ones((2, 3)),), "where one number was meant"),
        (lambda x: x[None], ([2, 0, 3],), "Which index was None"),
        (lambda x: x[len(x) / 3], ([2, 0, 3],), "divides to one"),
        (lambda x: x["PER"], ([2, 0, 3],), "by the number of a place"),
        (lambda x: x[np.arange(2), np.arange(3)], (np.ones((3, 3)),), "cut or filtered"),
        (lambda x: x[np.ones(2, dtype=bool)], (np.ones(3),), "cut or filtered"),
        (lambda x: x[torch.ones(2, dtype=torch.bool)], (torch.ones(3),), "cut or filtered"),
        (lambda x: x[torch.arange(2), torch.arange(3)], (torch.ones(3, 3),), "cut or filtered"),
        (lambda x: {[0, 1]}, (1,), "a tuple such as"),
        (lambda x: x + np.ones((3, 1, 2)), (np.ones((3, 4)),), "an axis missing"),
        (lambda x: x + torch.ones(3, 1, 2), (torch.ones(3, 4),), "an axis missing"),
        (lambda x: x @ np.ones((3, 4)), (np.ones((3, 4)),), "the last but one of b"),
        (lambda x: x @ torch.ones(3, 4), (torch.ones(3, 4),), "the last but one of b"),
        (lambda x: torch.rand(2) < x & torch.ones(2, dtype=torch.bool), (torch.rand(2),), "brackets"),
        (lambda x: np.ones(2) < x & np.ones(2, dtype=bool), (np.ones(2),), "brackets"),
        (lambda x: torch.nn.LSTM(2, 2)(pack(x)), (torch.ones(3, 5, 2),), "batch_first"),
        (lambda x: encoder_layer().eval()(x, src_mask=ROWS < 0), (ROWS,), "(b * h, t, t)"),
        (lambda x: encoder_layer()(x, src_mask=ROWS < 0), (ROWS,), "(b * h, t, t)"),
    ],
)
def test_words_of_libraries_are_explained(answer, arguments, advice):
    unquoted = [line for line in told(answer, *arguments)[-2:] if "lambda" not in line]  # the case names its advice
    assert advice in " ".join(unquoted)


@pytest.mark.parametrize(
    "answer", [lambda x: x[None], lambda x: x["PER"], lambda x: x[0.5], lambda x: x.add(1), lambda x: x.items()]
)
def test_an_array_is_no_advice_where_it_does_not_help(answer):
    assert "np.asarray" not in " ".join(told(answer, [2, 0, 3]))


def test_an_error_in_place_is_explained():
    def answer(x):
        y = x.exp()
        y[0] = 1
        return y.sum().backward()

    assert "a new tensor" in " ".join(told(answer, torch.ones(2, requires_grad=True))[-2:])


@pytest.mark.slow
def test_in_a_notebook_and_on_the_command_line(tmp_path):
    path = tmp_path / "notebook.ipynb"
    book = notebook(path, FROM_SCRATCH + TURNED, "checks.attention_scores(attention_scores)")
    NotebookClient(book, allow_errors=True).execute()
    (error,) = [output for output in book.cells[1].outputs if output.output_type == "error"]
    assert error.ename == "ValueError"
    assert error.evalue.startswith("matmul")
    assert len(error.traceback) <= MOST_LINES
    assert error.traceback[1] == "  Cell In[1], line 4, in attention_scores"
    (verdict,) = verdicts(path)
    assert verdict.problem.splitlines()[0].startswith("attention_scores stops with a ValueError for query (2, 1, 1)")
    assert "----> return query @ key.T" in verdict.problem
    assert len(verdict.problem.splitlines()) <= MOST_LINES


def test_a_function_of_another_notebook_shows_its_source(tmp_path):
    path = tmp_path / "01_attention_from_scratch.ipynb"
    notebook(path, "%matplotlib inline\n\n\ndef twice(x):\n    return x + 'text'", "1")
    lines = told(definitions(path)["twice"], 3)
    assert lines[1:3] == [
        "  notebook 01_attention_from_scratch, cell 1, line 5, in twice",
        "----> return x + 'text'",
    ]
