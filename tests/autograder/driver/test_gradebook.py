"""All that nbgrader does to a gradebook within a transaction is kept, or nothing of it."""

import pytest
from nbgrader.api import Gradebook

from autograder.driver.gradebook import SharedGradebook


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
    before = Gradebook.__init__, Gradebook.close
    with shared.transaction():
        assert Gradebook.__init__ is not before[0]
    assert (Gradebook.__init__, Gradebook.close) == before


def test_a_change_made_elsewhere_is_seen_in_the_next_transaction(shared, url):
    with shared.transaction() as gradebook:
        gradebook.add_student("ada", first_name="Ada")
    with Gradebook(url, "attention") as gradebook:
        gradebook.update_or_create_student("ada", first_name="Augusta")
    with shared.transaction() as gradebook:
        assert gradebook.find_student("ada").first_name == "Augusta"
