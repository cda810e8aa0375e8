"""All that nbgrader does to a gradebook within a transaction is kept, or nothing of it."""

import pytest
from nbgrader.api import Gradebook, MissingEntry

from autograder.class_run.gradebook import SharedGradebook


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'gradebook.db'}"


@pytest.fixture
def shared(url):
    shared = SharedGradebook(url, "attention")
    yield shared
    shared.close()


def students(url):
    with Gradebook(url, "attention") as gradebook:
        return sorted(student.id for student in gradebook.students)


def test_what_several_gradebooks_did_is_kept_together(shared, url):
    with shared.transaction() as gradebook:
        gradebook.add_student("ada")
        with Gradebook(url) as another:
            another.add_student("bela")
        with Gradebook(url, "attention") as third:
            assert len(third.students) == 2
    assert students(url) == ["ada", "bela"]


def test_after_an_error_nothing_is_kept_although_nbgrader_committed(shared, url):
    def interrupted():
        with shared.transaction(), Gradebook(url) as gradebook:
            gradebook.add_student("ada")
            gradebook.db.commit()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert students(url) == []


def test_another_gradebook_is_opened_as_ever(shared, tmp_path):
    other = f"sqlite:///{tmp_path / 'other.db'}"
    with shared.transaction(), Gradebook(other, "attention") as gradebook:
        gradebook.add_student("chidi")
    assert students(other) == ["chidi"]


def test_nbgraders_class_is_itself_again(shared, url):
    before = dict(vars(Gradebook))
    with shared.transaction():
        assert vars(Gradebook) != before
    assert vars(Gradebook) == before


@pytest.fixture
def released(url):
    """A gradebook with a released notebook of one cell that is worth two points."""
    with Gradebook(url, "attention") as gradebook:
        gradebook.add_assignment("01")
        gradebook.add_notebook("01", "01")
        gradebook.add_grade_cell("check", "01", "01", max_score=2, cell_type="code")
        gradebook.add_source_cell("check", "01", "01", cell_type="code", source="exam()", locked=True)


def test_a_released_cell_is_looked_up_once_for_all_submissions(released, shared, url):
    found = []
    for _ in range(2):
        with shared.transaction(), Gradebook(url) as gradebook:
            found.append(
                (gradebook.find_source_cell("check", "01", "01"), gradebook.find_graded_cell("check", "01", "01"))
            )
    assert found[0] == found[1]
    source, graded = found[1]
    assert (source.cell_type, source.locked, source.source) == ("code", True, "exam()")
    assert graded.max_score == 2


def test_a_cell_that_is_missing_is_missing_each_time(released, shared, url):
    for _ in range(2):
        with shared.transaction() as gradebook, pytest.raises(MissingEntry):
            gradebook.find_source_cell("another", "01", "01")


def test_the_cells_of_another_gradebook_are_its_own(released, shared, url, tmp_path):
    other = f"sqlite:///{tmp_path / 'other.db'}"
    with shared.transaction() as gradebook:
        gradebook.find_source_cell("check", "01", "01")
        with Gradebook(other, "attention") as another, pytest.raises(MissingEntry):
            another.find_source_cell("check", "01", "01")


def test_a_change_made_elsewhere_is_seen_in_the_next_transaction(shared, url):
    with shared.transaction() as gradebook:
        gradebook.add_student("ada", first_name="Ada")
    with Gradebook(url, "attention") as gradebook:
        gradebook.update_or_create_student("ada", first_name="Augusta")
    with shared.transaction() as gradebook:
        assert gradebook.find_student("ada").first_name == "Augusta"
