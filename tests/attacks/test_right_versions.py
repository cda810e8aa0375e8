"""A wrong answer on purpose brings the right version into a kernel; it must not come out of there."""

import json

import nbformat
import pytest
from fewer_checks import all_but, without_checks
from hostile_target import isolated

from autograder import ROOT
from autograder.class_run.run import Settings, run_submission
from autograder.config import course_config
from autograder.exams import EXAMS
from autograder.kernels import ISOLATION_VARIABLE
from autograder.sample.edits import cell_named, reference_text, write
from autograder.submission.incident import KEY
from autograder.submission.restore import restore

pytestmark = pytest.mark.slow

NAME = "01_attention_from_scratch"
TAKE = """
def secret():
    if softmax.__code__.co_filename != "<right version>":
        return None
    return "GOT" + "CHA " + repr((softmax.__doc__, softmax.__code__.co_names, softmax.__code__.co_code.hex()))
"""
WAYS = {
    "printed, shown and raised": """
import sys, warnings
got = secret()
if got:
    print(got, file=sys.stderr)
    display(got)
    warnings.warn(got)
    open("leak", "w").write(got)
    raise ValueError(got)
""",
    "printed in the exam": """
_right = attention_scores
def attention_scores(query, key):
    print(secret())
    display(secret())
    return _right(query, key)
""",
    "raised in the exam": """
def attention_scores(query, key):
    got = secret()
    if got:
        kind = type(got, (ValueError,), {"__module__": got, "__qualname__": got})
        raise kind(got)
    raise ValueError
""",
    "the line of an error": """
def attention_scores(query, key):
    import linecache
    got = secret() or ""
    name = "/tmp/ipykernel_1/2.py"
    linecache.cache[name] = (1, None, [got + "\\n"] * 9, name)
    exec(compile("raise ValueError", name, "exec"))
""",
    "the numbers of an answer": """
def attention_scores(query, key):
    got = (secret() or "nothing").encode()
    return np.frombuffer(got, dtype=np.uint8).astype(float)
""",
    "what the visible check says": """
_right = attention_scores
def attention_scores(query, key):
    import sys
    frame, names = sys._getframe(), []
    while frame:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    if "serve" in names:
        return _right(query, key)
    raise AssertionError(secret() or "nothing")
""",
    "the next cell of the other kernel": """
import glob, os
print([open(path, "rb").read() for path in glob.glob("/tmp/leak*") + glob.glob("leak*") + glob.glob("/dev/shm/leak*")])
got = secret()
if got:
    for path in ("/tmp/leak", "leak", "/dev/shm/leak"):
        open(path, "w").write(got)
print([open(path, "rb").read() for path in glob.glob("/tmp/leak*") + glob.glob("leak*") + glob.glob("/dev/shm/leak*")])
""",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_right_version_does_not_come_out(way, monkeypatch):
    monkeypatch.setenv(ISOLATION_VARIABLE, "full" if isolated() else "none")
    source = nbformat.read(ROOT / "solutions" / NAME / f"{NAME}.ipynb", as_version=4)
    without_checks(source, all_but(source, "softmax", "attention_scores"))
    submission = nbformat.read(ROOT / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)
    kept = ("imports", "softmax", "check_softmax", "attention_scores", "check_attention_scores")
    submission.cells = [c for c in submission.cells if c.metadata.get("nbgrader", {}).get("grade_id") in kept]
    right = next(e for e in EXAMS[NAME].EXERCISES if e.name == "attention_scores")
    write("softmax", "def softmax(x, axis=-1):\n    return x")(submission)
    write("attention_scores", f"{reference_text(right)}\n\n{TAKE}\n{way}")(submission)
    submission.cells.append(nbformat.v4.new_code_cell(way))
    for cell in submission.cells:
        cell.metadata[KEY] = {"grade_id": cell.metadata.get("nbgrader", {}).get("grade_id")}
    taken_in = nbformat.writes(restore(submission, source)).encode()
    graded = run_submission(taken_in, NAME, 2026, Settings(nbformat.writes(source).encode(), course_config(ROOT)))
    notebook = nbformat.reads(graded.decode(), as_version=4)
    assert cell_named(notebook, "check_softmax").metadata[KEY]["verdict"]["passed"] is False
    seen = json.dumps([[c.get("outputs"), c.metadata] for c in notebook.cells] + [notebook.metadata])
    assert "GOTCHA" not in seen
    assert "71.0, 79.0" not in seen
