"""A submission runs to its end whatever its cells do, and each broken cell costs its own exercise."""

import pytest

from autograder import course
from autograder.sample.edits import cell_named, scratch_cell
from autograder.submission.incident import KEY

pytestmark = pytest.mark.slow  # a kernel each

ENDLESS = "def first():\n    while True: pass"
UNSTOPPABLE = """\
def first():
    while True:
        try:
            while True: pass
        except BaseException:
            pass"""


def verdict(notebook, name):
    return cell_named(notebook, name).metadata[KEY]["verdict"]


def text_of(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def test_right_answers_score_full_and_leave_no_incident(small):
    small.submit()
    points, incidents, notebook = small.graded()
    assert (points, incidents) == ([2, 3], [])
    assert verdict(notebook, "check_first")["passed"] is True


@pytest.mark.parametrize(
    ("first", "lost", "incidents"),
    [
        ("def first(): return 7", True, []),
        ("def first(): raise NotImplementedError()", True, []),
        ("def first(:", True, ["does not run", "name missing"]),
        ("def erste(): return 1", True, ["name missing"]),
        (ENDLESS, True, ["time limit"]),
        (UNSTOPPABLE, True, ["time limit"]),
        ("def first(): return 1\nwhile True: pass", False, ["time limit"]),
        ("def first(): return 1\nexit()", True, ["kernel died", "name missing"]),
        ("def first(): return 1\nimport sys\nsys.exit(0)", False, ["does not run"]),
        ("import os\nos._exit(1)", True, ["kernel died", "name missing"]),
        ("def first():\n    import os\n    os._exit(1)", True, ["kernel died"]),
        ("def first(): return 1\ninput()", False, ["asks for input", "does not run"]),
        ("def first(): return int(input())", True, ["asks for input"]),
        ("def first():\n    import warnings\n    warnings.warn('x')\n    return 1", False, ["wrote to stderr"]),
        ("def first(): return 1\nfor i in range(20000): print('x' * 100)", False, ["too much output"]),
        ("def first(): return 1\nprint('x' * 30_000_000)", False, ["too much output"]),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_a_broken_cell_costs_its_own_exercise_and_gets_a_name(small, first, lost, incidents):
    small.submit(first=first)
    points, names, notebook = small.graded()
    assert points == [0 if lost else 2, 3]
    assert names == incidents
    assert bool(verdict(notebook, "check_first")["passed"]) is not lost
    assert ("Notes from the grader" in notebook.cells[0].source) is bool(incidents)


def test_output_is_kept_up_to_a_limit(small):
    small.submit(scratch_cell("first", "for i in range(20000): print('x' * 100)"))
    _, _, notebook = small.graded()
    assert max(len(text_of(c)) for c in notebook.cells if c.cell_type == "code") < 110_000


@pytest.mark.parametrize("wanted", [False, True])
def test_the_courses_figures_are_drawn_on_demand_and_the_learners_own_always(small, wanted, monkeypatch):
    given = "from attention_course.figures import start_here\nstart_here.life_of_an_answer()"
    own = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    small.submit(scratch_cell("first", given), scratch_cell("first", own), first="def first(): return 7")
    config = course.course_config(small.course.root)
    config.ExecuteAndExamine.figures = wanted
    monkeypatch.setattr(course, "course_config", lambda root: config)
    _, _, notebook = small.graded()
    found = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    pictures = [o for o in found if "<img alt=" in o.get("data", {}).get("text/html", "")]
    lines = [o for o in found if "figure, not drawn here: From the exercise cell" in o.get("text", "")]
    assert (len(pictures), len(lines)) == ((1, 0) if wanted else (0, 1))
    assert len([o for o in found if "image/png" in o.get("data", {})]) == 1


def test_a_bare_number_in_a_graded_cell_is_no_partial_credit(small):
    # nbgrader reads a final nan as full marks; nothing that a display hook prints may count
    hook = "get_ipython().events.register('post_run_cell', lambda result: display(float('nan')))"
    small.submit(first=f"{hook}\ndef first(): return 7")
    points, _, _ = small.graded()
    assert points == [0, 3]


def test_after_a_dead_kernel_the_state_of_the_earlier_cells_is_there(small):
    small.submit(
        first="def first(): return 1\nx = 40",
        second="def second(): return x - 38",
    )
    points, _, _ = small.graded()
    assert points == [2, 3]


def test_a_kernel_that_dies_between_is_brought_back_with_its_state(small):
    small.submit(
        scratch_cell("first", "import os\nos._exit(1)"),
        first="def first(): return 1\nx = 40",
        second="def second(): return x - 38",
    )
    points, incidents, _ = small.graded()
    assert (points, incidents) == ([2, 3], ["kernel died"])


def test_too_many_dead_kernels_end_the_run_with_zero_for_the_rest(small):
    small.submit(*[scratch_cell("first", "import os\nos._exit(1)")] * 10)
    points, incidents, _ = small.graded()
    assert points == [0, 0]
    assert set(incidents) == {"kernel died"}


def test_the_feedback_says_nothing_of_hidden_tests(small):
    from autograder.report.feedback import write_feedback

    small.submit(first="def first(): return 7")
    small.graded()
    write_feedback(small.course, "09_example")
    page = (small.course.root / "feedback" / "ada" / "09_example" / "09_example.html").read_text()
    assert "HIDDEN" not in page
    assert "first() == 1" not in page
    assert "first raises AssertionError" in page


def test_grading_again_without_force_changes_nothing_and_with_force_gives_the_same(small):
    from autograder.class_run.autograde import autograde

    small.submit(first="def first(): return 7")
    before = small.graded()
    path = small.course.root / "autograded" / "ada" / "09_example" / "09_example.ipynb"
    stamp = path.stat().st_mtime_ns
    assert small.graded()[0] == before[0]
    assert path.stat().st_mtime_ns == stamp
    autograde(small.course, "09_example", force=True)
    assert path.stat().st_mtime_ns > stamp
    assert small.graded()[0] == before[0]


def test_a_manual_grade_stays(small):
    from nbgrader.api import Gradebook

    from autograder.class_run.autograde import autograde

    small.submit(first="def first(): return 7")
    small.graded()
    with Gradebook(small.course.database) as gradebook:
        gradebook.find_grade("check_first", "09_example", "09_example", "ada").manual_score = 1.5
        gradebook.db.commit()
    autograde(small.course, "09_example", force=True)
    assert small.graded()[0] == [1.5, 3]


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader 0.9.6 with SQLAlchemy 2.1
def test_formgraders_button_gives_the_same_scores(small):
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI

    small.submit(first="def first(:")
    answer = NbGraderAPI(config=small.course.config).autograde("09_example", "ada")
    assert answer["success"], answer
    with Gradebook(small.course.database) as gradebook:
        points = {g.name: g.score for g in gradebook.find_submission("09_example", "ada").notebooks[0].grades}
    assert points == {"check_first": 0, "check_second": 3}


def test_a_display_that_changes_shows_its_last_state(small):
    changing = """
handle = display("begun", display_id=True)
for number in range(3):
    handle.update(f"state {number}")
display("after")
handle.update("done")
"""
    small.submit(scratch_cell("first", changing))
    points, incidents, notebook = small.graded()
    assert (points, incidents) == ([2, 3], [])
    shown = [o.data["text/plain"] for cell in notebook.cells for o in cell.get("outputs", []) if "data" in o]
    assert shown == ["'done'", "'after'"]
