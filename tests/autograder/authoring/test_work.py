"""Whoever tries the course types in copies of their own."""

from autograder.authoring.work import make_copies


def released(root, text):
    (root / "notebooks" / "01_a").mkdir(parents=True, exist_ok=True)
    (root / "notebooks" / "01_a" / "01_a.ipynb").write_text(text)


def test_copies_are_made_where_there_are_none_and_nothing_is_overwritten(tmp_path):
    released(tmp_path, "released")
    copy = tmp_path / "work" / "01_a" / "01_a.ipynb"
    assert make_copies(tmp_path) == [copy]
    copy.write_text("my answers")
    released(tmp_path, "released again")
    (tmp_path / "notebooks" / "01_a" / "prices.csv").write_text("1,2")
    assert make_copies(tmp_path) == [copy.with_name("prices.csv")]
    assert copy.read_text() == "my answers"


def test_the_release_is_not_where_people_type(tmp_path):
    released(tmp_path, "released")
    (copy,) = make_copies(tmp_path)
    copy.write_text("my answers")
    assert (tmp_path / "notebooks" / "01_a" / "01_a.ipynb").read_text() == "released"


def test_checkpoints_of_jupyter_are_no_notebooks(tmp_path):
    (tmp_path / "notebooks" / "01_a" / ".ipynb_checkpoints").mkdir(parents=True)
    (tmp_path / "notebooks" / "01_a" / ".ipynb_checkpoints" / "01_a-checkpoint.ipynb").write_text("old")
    assert make_copies(tmp_path) == []
