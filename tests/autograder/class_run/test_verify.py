"""verify finds whatever was changed after grading, and nothing else."""

import nbformat
import pytest
from nbgrader.api import Gradebook
from rich.console import Console
from small_class import ASSIGNMENT, fake_run

from autograder.class_run.autograde import autograde
from autograder.class_run.verify import verify_course
from autograder.course import GradingError
from autograder.exam.exercise import SEED_VARIABLE

pytestmark = pytest.mark.usefixtures("without_kernels")


@pytest.fixture
def graded(three):
    autograde(three, ASSIGNMENT)
    return three


def found(course, workers=None, student=""):
    """(number of results with a problem, what was printed)"""
    console = Console(record=True, width=300)
    wrong = verify_course(course, ASSIGNMENT, student, workers, console)
    return wrong, console.export_text()


def change_notebook(course, student, change):
    path = course.root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.chmod(0o644)
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def test_an_untouched_class_is_as_it_was_signed(graded):
    assert found(graded) == (0, "3 of 3 results are as they were signed\n")


def test_manual_grades_are_no_business_of_the_receipt(graded):
    with Gradebook(graded.database) as gradebook:
        gradebook.find_grade("check_first", ASSIGNMENT, ASSIGNMENT, "bela").manual_score = 2
        gradebook.db.commit()
    assert found(graded)[0] == 0


def test_a_changed_score_in_the_gradebook_is_found(graded):
    with Gradebook(graded.database) as gradebook:
        gradebook.find_grade("check_first", ASSIGNMENT, ASSIGNMENT, "bela").auto_score = 2
        gradebook.db.commit()
    wrong, text = found(graded)
    assert wrong == 1
    assert "bela: the gradebook says check_first 2.0 (signed: 0)" in text


def test_a_changed_graded_notebook_is_found(graded):
    def remove_errors(notebook):
        for cell in notebook.cells:
            cell.pop("outputs", None)
            if cell.cell_type == "code":
                cell.outputs = []

    change_notebook(graded, "bela", remove_errors)
    wrong, text = found(graded)
    assert wrong == 1
    assert "bela: the graded notebook says check_first 2.0 (signed: 0)" in text


def test_a_changed_receipt_is_found(graded):
    def better(notebook):
        notebook.metadata.attention_course.receipt.points.check_first = 2.0

    change_notebook(graded, "bela", better)
    assert "bela: the receipt was changed" in found(graded)[1]


def test_another_learners_result_is_found(graded):
    place = graded.root / "autograded"
    ada = nbformat.read(place / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    change_notebook(graded, "bela", lambda notebook: notebook.update(ada))
    assert "bela: the receipt is of ada's 09_example" in found(graded)[1]


def test_a_changed_submission_is_found(graded):
    path = graded.root / "submitted" / "bela" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.write_text(path.read_text().replace("return 7", "return 1"))
    wrong, text = found(graded, student="bela")
    assert (wrong, "bela: the submission is not the one that was graded" in text) == (1, True)


def test_grading_again_gives_the_same_and_leaves_no_trace(graded):
    before = set(graded.root.rglob("*"))
    assert found(graded, workers=1)[0] == 0
    assert set(graded.root.rglob("*")) == before


def test_another_outcome_is_named(graded, monkeypatch):
    def other(notebook, *more):
        return fake_run(notebook.replace(b"return 7", b"return 1"), *more)

    monkeypatch.setattr("autograder.class_run.pool.run_submission", other)
    wrong, text = found(graded, workers=1)
    assert wrong == 1
    assert "bela: grading again gives check_first 2.0 (signed: 0)" in text


def test_another_seed_is_said(graded, monkeypatch):
    monkeypatch.setenv(SEED_VARIABLE, "5")
    wrong, text = found(graded)
    assert wrong == 0
    assert text.count("graded with the seed 2026") == 3


def test_grading_again_takes_the_seed_of_the_receipt(graded, monkeypatch):
    seeds = []

    def listening(notebook, assignment, seed, settings):
        seeds.append(seed)
        return fake_run(notebook, assignment, seed, settings)

    monkeypatch.setattr("autograder.class_run.pool.run_submission", listening)
    monkeypatch.delenv(SEED_VARIABLE)  # else than when the class was graded
    assert found(graded, workers=1) == (0, "3 of 3 results are as they were signed\n")
    assert seeds == [2026] * 3


def test_a_forged_receipt_chooses_no_seed(graded, monkeypatch):
    seeds = []

    def listening(notebook, assignment, seed, settings):
        seeds.append(seed)
        return fake_run(notebook, assignment, seed, settings)

    monkeypatch.setattr("autograder.class_run.pool.run_submission", listening)
    change_notebook(graded, "bela", lambda notebook: notebook.metadata.attention_course.receipt.update(seed="seven"))
    assert found(graded, workers=1, student="bela")[0] == 1
    assert seeds == [2026]


def test_what_nbgrader_graded_itself_has_no_receipt(graded):
    change_notebook(graded, "ada", lambda notebook: notebook.metadata.clear())
    assert "ada: has no receipt" in found(graded)[1]


def test_nothing_graded_is_said(three):
    with pytest.raises(GradingError, match="nothing graded in"):
        found(three)
