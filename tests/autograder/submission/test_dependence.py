"""What a cell can rest on is told on the safe side: a way that is there is seen, whatever it looks like."""

import nbformat
import pytest

from autograder import ROOT
from autograder.submission.check_cell import hidden_tests
from autograder.submission.dependence import rests_on
from autograder.submission.examination import cells_above

EXAM = "from autograder.exams import some as exam\n\nexam.attention(attention)"


def cells(*texts, locked=False):
    return [nbformat.v4.new_code_cell(text, metadata={"nbgrader": {"locked": locked}}) for text in texts]


@pytest.mark.parametrize(
    "texts",
    [
        ["def attention(x):\n    return softmax(x)"],
        ["def attention(x):\n    return helper(x)", "def helper(x):\n    return softmax(x)"],
        ["def attention(x):\n    return [softmax(row) for row in x]"],
        ["class Model:\n    def act(self, x):\n        return softmax(x)", "attention = Model().act"],
        ["from functools import partial\nattention = partial(softmax, axis=-1)"],
        ["def attention(x, f=softmax):\n    return f(x)"],
        ["attention = lambda x: x", "if True:\n    old = attention\n    attention = lambda x: softmax(old(x))"],
        ["tools = {}", "tools['f'] = softmax", "def attention(x):\n    return tools['f'](x)"],
        ["class Tools: pass", "Tools.f = softmax", "def attention(x):\n    return Tools.f(x)"],
        ["tools = []", "tools.append(softmax)", "def attention(x):\n    return tools[0](x)"],
        ["def keep(f):\n    tools.append(f)", "tools = []", "keep(softmax)", "attention = tools[0]"],
        ["def choose():\n    global attention\n    attention = softmax", "choose()"],
        ["def attention(x):\n    return globals()['soft' + 'max'](x)"],
        ["def attention(x):\n    return eval('soft' + 'max')(x)"],
        ["import sys\ndef attention(x):\n    return sys.modules['__main__'].softmax(x)"],
        [
            "%%time\ndef attention(x):\n    return softmax(x)",
            "def attention(x):\n    return get_ipython().user_ns['a']",
        ],
        ["value = %timeit -o softmax([1])", "attention = value"],
        ["for attention in [softmax]:\n    pass"],
        ["with open('x') as f:\n    attention = softmax"],
        ["f = softmax", "attention = await f(1)"],
        ["def attention(x):\n    return x", "x = " + "-" * 100_000 + "1"],
        ["import numpy as np", "np.softmax = softmax", "def attention(x):\n    return np.softmax(x)"],
        ["import numpy as np\nnp.softmax = softmax", "def attention(x):\n    return np.softmax(x)"],
    ],
)
def test_a_way_is_seen(texts):
    assert rests_on(cells(*texts), EXAM, {"softmax"})


@pytest.mark.parametrize(
    "texts",
    [
        ["def attention(x):\n    raise NotImplementedError()", "print(softmax([1]))"],
        [
            "def softmax(x):\n    return x",
            "def attention(x):\n    scores = x\n    return scores",
            "scores = softmax([1])",
        ],
        [
            "import numpy as np",
            "np.testing.assert_allclose(softmax([1]), 1)",
            "def attention(x):\n    return np.exp(x)",
        ],
        ["def attention(softmax):\n    return softmax"],
        ["def attention(x):\n    return softmax(x"],  # a syntax error: it never ran
        ["def attention(x):\n    return x", "softmax = " + "(" * 5_000 + ")" * 5_000],
        ["def attention(x):\n    return x", "attention = softmax + '\0'"],
        ["# softmax", "def attention(x):\n    return 'softmax'"],
    ],
)
def test_what_only_stands_there_is_no_way(texts):
    assert not rests_on(cells(*texts), EXAM, {"softmax"})


def test_without_a_changed_meaning_nothing_rests_on_one():
    assert not rests_on(cells("def attention(x):\n    return softmax(x)"), EXAM, set())


def test_checks_are_no_way_and_given_calls_change_nothing():
    given = cells("figures.show(attention, softmax)", locked=True)
    check = nbformat.v4.new_code_cell("attention = softmax", metadata={"nbgrader": {"grade": True, "locked": True}})
    assert not rests_on([*given, check], EXAM, {"softmax"})


def test_the_ways_of_notebook_01():
    name = "01_attention_from_scratch"
    nb = nbformat.read(ROOT / "solutions" / name / f"{name}.ipynb", as_version=4)
    checks = {c.metadata.nbgrader.grade_id: c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade")}
    above = {name: cells_above(nb, cell) for name, cell in checks.items()}
    resting = {n for n, c in checks.items() if rests_on(above[n], hidden_tests(c.source), {"softmax"})}
    expected = {"check_softmax", "check_attention", "check_multi_head_attention", "check_attention_backward"}
    assert resting == expected
