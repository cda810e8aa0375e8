"""Released cells that only show something are not run to grade, and nobody gets other points for that."""

import nbformat
import pytest

from autograder import ROOT
from autograder.authoring.lesson import read_lesson
from autograder.class_run.receipt import points
from autograder.class_run.run import Settings, run_submission
from autograder.config import course_config
from autograder.exams import EXAMS
from autograder.sample.classroom import Classwork
from autograder.submission.demonstrations import NOTE, not_needed
from autograder.submission.incident import incidents
from autograder.submission.intake import read_content
from autograder.submission.restore import restore

LESSON = """\
# %% given tools
numbers = [1, 2, 3]

# %%
shown = sum(numbers)
print(shown)

# %%
scale = 2

# %% exercise first
def first():
    # BEGIN SOLUTION
    return 1
    # END SOLUTION

# %% check first points=2
# BEGIN HIDDEN TESTS
assert first() == 1
# END HIDDEN TESTS
assert first() < 9

# %%
print(first() * scale, numbers)
"""


@pytest.fixture
def source(tmp_path):
    return read_lesson(LESSON, tmp_path / "09_example.py")


def left_out(source, *more, answer="def first():\n    return 1", change=lambda notebook: None):
    """The texts of the cells that are not run, of a submission with more cells of the learner's at its end."""
    notebook = nbformat.v4.reads(nbformat.writes(source))
    next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")).source = answer
    notebook.cells += [nbformat.v4.new_code_cell(text) for text in more]
    change(notebook)
    submission = restore(read_content(nbformat.writes(notebook).encode()), source)
    return [cell.source.splitlines()[0] for cell in not_needed(submission, source)]


SHOWN, SCALE, LAST = "shown = sum(numbers)", "scale = 2", "print(first() * scale, numbers)"


def test_what_nothing_rests_on_is_left_out(source):
    assert left_out(source) == [SHOWN, SCALE, LAST]


def test_what_an_answer_rests_on_is_run(source):
    assert left_out(source, answer="def first():\n    return scale / 2") == [SHOWN]  # LAST is handed it


def test_what_a_cell_of_the_learners_rests_on_is_run(source):
    assert left_out(source, "print(shown)") == [SCALE, LAST]


def test_a_cell_that_the_learner_has_changed_is_run_and_what_it_rests_on(source):
    def change(notebook):
        notebook.cells[-1].source += "\nprint(scale)"

    assert left_out(source, change=change) == [SHOWN]


LOOKS = """

# %%
total = sum(globals()["numbers"])

# %%
print(total)
"""


@pytest.mark.parametrize(("answer", "left"), [("1", 5), ("scale / 2", 3), ("total - 5", 0)])
def test_a_released_cell_that_looks_names_up_rests_on_all_of_them_and_changes_none(tmp_path, answer, left):
    source = read_lesson(LESSON + LOOKS, tmp_path / "09_example.py")
    assert len(left_out(source, answer=f"def first():\n    return {answer}")) == left


@pytest.mark.parametrize("text", ["globals()", "%who", "exec('print(shown)')", "!ls", "import sys"])
def test_who_may_reach_any_name_has_all_of_them_run(source, text):
    assert left_out(source, text) == []


@pytest.mark.parametrize("text", ["1+" * 5000 + "1", "print(" * 400, "x = '\\0'"])
def test_a_text_that_cannot_be_read_is_no_reason_to_leave_more_out(source, text):
    assert set(left_out(source, text)) <= {SHOWN, SCALE, LAST}


def test_a_notebook_that_the_build_has_not_made_is_run_as_it_is(source):
    source.metadata.pop("attention_course")
    assert left_out(source) == []


def graded(name, notebook, **options):
    config = course_config(ROOT)
    config.ExecuteAndExamine.update(options)
    source = (ROOT / "solutions" / name / f"{name}.ipynb").read_bytes()
    submission = restore(read_content(nbformat.writes(notebook).encode()), nbformat.reads(source.decode(), 4))
    done = run_submission(nbformat.writes(submission).encode(), name, 2026, Settings(source, config))
    return nbformat.reads(done.decode(), as_version=4)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMS)
def test_a_lesson_is_graded_alike_with_all_cells_run(name, full_proof):
    """Without them the sample class is graded, and gets the points and incidents that it was made to get."""
    if not full_proof and list(EXAMS).index(name) > 2:
        pytest.skip("minutes of demonstrations: run by make proof")
    submission = Classwork(name).honest_answers("amara", 0.6)
    notebook = graded(name, submission.notebook, demonstrations=True)
    found = {exercise.removeprefix("check_"): score for exercise, score in points(notebook).items()}
    assert found == submission.expected_points()
    assert {incident.name for incident in incidents(notebook)} == submission.incidents
    assert not [cell for cell in notebook.cells if any(o.get("text") == NOTE for o in cell.get("outputs", []))]
