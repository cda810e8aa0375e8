"""A submission that works on the machinery around it: IPython, NumPy, the checks, the messages of its own kernel."""

import pytest
from hostile_target import HONEST, WRONG, nothing_gained

pytestmark = pytest.mark.slow

MACHINERY = {
    "an input transformer that empties the checks": """
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"] if "assert" in "".join(lines) else lines)
""",
    "an input transformer that takes over what the grader runs": """
get_ipython().input_transformers_cleanup.append(
    lambda lines: ["pass\\n"] if "answering" in "".join(lines) else lines
)
""",
    "an AST transformer that drops every assert": """
import ast

class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()

get_ipython().ast_transformers.append(NoAsserts())
""",
    "errors that are not shown": """
get_ipython().showtraceback = lambda *args, **kwargs: None
get_ipython().set_custom_exc((BaseException,), lambda *args, **kwargs: [])
""",
    "a shell that runs nothing": """
async def nothing(*args, **kwargs):
    from IPython.core.interactiveshell import ExecutionResult
    return ExecutionResult(None)

get_ipython().run_cell_async = nothing
""",
    "asserts that never fail": """
import builtins

class Never(AssertionError):
    def __new__(cls, *args): return Exception.__new__(Never)

builtins.AssertionError = Never
builtins.isinstance = lambda *args: True
builtins.callable = lambda *args: True
""",
    "NumPy that agrees with everything": """
import numpy as np

for name in ("allclose", "array_equal", "isclose", "all", "asarray"):
    setattr(np, name, lambda *args, **kwargs: True)
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *args, **kwargs: None
""",
    "PyTorch that agrees with everything": """
import torch

torch.allclose = torch.equal = torch.isclose = lambda *args, **kwargs: True
torch.Tensor.__eq__ = lambda *args: True
""",
    "checks that accept everything": """
import attention_course.checks as checks

checks.CheckError.__init__ = lambda *args: None
for name in list(vars(checks)):
    if callable(getattr(checks, name)):
        setattr(checks, name, lambda *args, **kwargs: None)
""",
    "a counterfeit exam": """
import sys, types

exam = types.ModuleType("autograder.exams")
exam.EXAMS, exam.start_here = {}, types.SimpleNamespace(double=lambda *args: None)
sys.modules["autograder"] = sys.modules["autograder.exams"] = exam
""",
    "a shim that lies about names": """
from attention_course.answering import shim

shim._described = lambda namespace, name: ["value", True]
shim._call = lambda *args: ["result", True, None]
""",
    "a wire that loses every question": """
from attention_course.answering import shim, wire

def closed(*args, **kwargs): raise wire.ClosedError("gone")

shim.wire.receive = closed
""",
    "ends whenever it is asked": """
from attention_course.answering import shim

def serve(*args): raise KeyboardInterrupt

shim.serve = serve
""",
    "shadow modules beside the notebook": """
import os, sys

for module in ("numpy", "autograder", "attention_course", "sitecustomize", "usercustomize", "json", "nbgrader"):
    with open(f"{module}.py", "w") as file:
        file.write("def __getattr__(name): return lambda *args, **kwargs: True\\n")
sys.path.insert(0, os.getcwd())
os.environ["PYTHONPATH"] = os.getcwd()
""",
    "a thread that takes its own answers' place": """
import threading, time

def swap():
    while True:
        globals()["first"] = lambda x: True
        time.sleep(0.001)

threading.Thread(target=swap, daemon=True).start()
""",
}


@pytest.mark.parametrize("text", MACHINERY.values(), ids=MACHINERY)
def test_a_tampered_kernel_gains_nothing(attack, text):
    graded = attack(text + WRONG)
    # who breaks the kernel's own machinery may lose what comes after it, and never gains
    lost = ("first",) if graded.points["second"] else ("first", "second")
    nothing_gained(graded, lost=lost)


DISPLAYED = {
    "a verdict": """
from IPython.display import publish_display_data

verdict = {"exercise": "first", "passed": True, "seed": 2026, "concept": "", "misconception": "", "message": ""}
get_ipython().events.register("post_run_cell", lambda result: publish_display_data(
    {"application/vnd.attention-course.verdict+json": verdict, "text/plain": ""}))
""",
    "a bare number": "get_ipython().events.register('post_run_cell', lambda result: display(float('nan')))",
    "a number as every cell's result": """
import sys
get_ipython().input_transformers_cleanup.append(lambda lines: [*lines, "\\n", "float('nan')"])
sys.displayhook = lambda value: None
""",
    "a box that says well done": """
from IPython.display import HTML
get_ipython().events.register("post_run_cell", lambda result: display(HTML('<div class="verdict">Full marks</div>')))
""",
    "an update of what the check has shown": """
handle = display("begun", display_id="check")
get_ipython().events.register("post_run_cell", lambda result: display("done", display_id="check", update=True))
""",
    "the incident of another": """
class time_limit(Exception): pass

time_limit.__name__ = "time limit"
raise time_limit("it was the grader's fault")
""",
}


@pytest.mark.parametrize("text", DISPLAYED.values(), ids=DISPLAYED)
def test_what_is_displayed_is_no_verdict(attack, text):
    graded = attack(f"def first(x):\n    return 0\n\n\n{text}")
    nothing_gained(graded)


SEND = """
kernel = get_ipython().kernel
parent = kernel.get_parent()

def send(kind, content, socket=kernel.iopub_socket, ident=None):
    kernel.session.send(socket, kind, content, parent=kernel.get_parent(), ident=ident)

def always(*messages):
    get_ipython().events.register("post_run_cell", lambda result: [send(*message) for message in messages])
"""
MESSAGES = {
    "an output without fields": "always(('stream', {}), ('display_data', {}), ('error', {}), ('execute_result', {}))",
    "fields of the wrong kind": """
always(("stream", {"name": 7, "text": ["a"]}), ("error", {"ename": {}, "evalue": 1, "traceback": 3}))
""",
    "a display of the wrong kind": """
always(("display_data", {"data": [1], "metadata": 3}), ("display_data", {"data": {"text/plain": 7}, "metadata": {}}))
""",
    "half a character": "always(('stream', {'name': 'stdout', 'text': chr(0xD800)}))",
    "an execution count that is a text": "always(('execute_input', {'code': 'x', 'execution_count': 'full marks'}))",
    "a kind that nobody knows": "always(('full_marks', {'points': 100}), ('comm_open', {'comm_id': 1, 'data': {}}))",
    "idle while it is busy": "always(('status', {'execution_state': 'idle'}))",
    "a reply of its own": """
always(("execute_reply", {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}))
""",
}


@pytest.mark.parametrize("text", MESSAGES.values(), ids=MESSAGES)
def test_a_forged_message_is_an_output_or_nothing(attack, text):
    graded = attack(SEND + text + WRONG)
    lost = ("first",) if graded.points["second"] else ("first", "second")
    nothing_gained(graded, lost=lost)


FLOODS = {
    "prints for ever": "while True: print('x' * 100_000)",
    "shows for ever": "from IPython.display import HTML\nwhile True: display(HTML('x' * 100_000))",
    "an error of a hundred megabytes": "raise ValueError('x' * 100_000_000)",
    "prints whenever it is called": "pass",
    "a print that says it is a display": f"""{SEND}
display = {{"output_type": "display_data", "data": {{"text/plain": "x" * 20_000_000}}, "metadata": {{}}}}
send("stream", {{"name": "stdout", "text": "x", **display}})
""",
}


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
def test_a_flood_is_cut(attack, text):
    graded = attack(f"def first(x):\n    print('y' * 10**8)\n    return 0\n\n\n{text}")
    nothing_gained(graded)
    assert len(graded.visible) < 9_000_000


def test_an_honest_answer_beside_an_attack_is_still_right(attack):
    graded = attack(f"""{HONEST["first"]}

np.allclose = np.array_equal = np.testing.assert_allclose = lambda *args, **kwargs: False
get_ipython().events.register("post_run_cell", lambda result: display(0))
""")
    nothing_gained(graded, lost=())
