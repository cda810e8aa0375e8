"""An instructor's settings hold in our commands as they do in nbgrader's."""

import subprocess
import sys

import pytest

from autograder import config
from autograder.config import ConfigError
from autograder.course import Course
from autograder.sample.demo import fresh_course


@pytest.fixture
def jupyter(tmp_path, monkeypatch):
    """The folder of a user's Jupyter configuration."""
    folder = tmp_path / "jupyter"
    folder.mkdir()
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "course"
    folder.mkdir()
    return Course(folder)


def write(folder, *lines):
    (folder / "nbgrader_config.py").write_text("\n".join(["c = get_config()", *lines]) + "\n")


def test_without_files_the_courses_own_settings_hold(course, jupyter):
    assert {part: settings for part, settings in course.config.items() if settings} == config.course_config(course.root)


def test_the_course_directory_overrides_the_user_and_the_user_the_course(course, jupyter):
    write(jupyter, "c.Execute.timeout = 50", "c.Execute.iopub_timeout = 51")
    write(course.root, "c.Execute.timeout = 60")
    assert course.config.Execute.timeout == 60
    assert course.config.Execute.iopub_timeout == 51
    assert course.config.Execute.shutdown_kernel == "immediate"


def test_the_gradebook_is_where_the_configuration_says(course, jupyter):
    write(course.root, "c.CourseDirectory.db_url = 'sqlite:////elsewhere/grades.db'")
    assert course.database == "sqlite:////elsewhere/grades.db"


def test_old_names_of_settings_still_hold(course, jupyter):
    write(course.root, "c.NbGrader.db_url = 'sqlite:////elsewhere/grades.db'")
    assert course.database == "sqlite:////elsewhere/grades.db"


def test_folders_may_have_other_names(course, jupyter):
    write(course.root, "c.CourseDirectory.submitted_directory = 'in'", "c.CourseDirectory.source_directory = 'masters'")
    for folder in ("in/ada/08_quiz", "masters/08_quiz"):
        (course.root / folder).mkdir(parents=True)
    (course.root / "masters" / "08_quiz" / "08_quiz.ipynb").touch()
    assert course.assignments() == ["08_quiz"]
    assert course.students("08_quiz") == ["ada"]


def test_the_course_directory_is_the_one_that_was_named(course, jupyter, tmp_path):
    write(jupyter, f"c.CourseDirectory.root = {str(tmp_path / 'other')!r}")
    assert course.config.CourseDirectory.root == str(course.root)


def test_the_folder_somebody_stands_in_is_not_the_course_directory(course, jupyter, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    write(tmp_path / "here", "c.Execute.timeout = 70")
    monkeypatch.chdir(tmp_path / "here")
    assert course.config.Execute.timeout == 30


@pytest.mark.parametrize(("line", "reason"), [("1 / 0", "ZeroDivisionError"), ("def", "SyntaxError")])
def test_a_file_that_cannot_be_read_is_named(course, jupyter, line, reason):
    write(course.root, line)
    with pytest.raises(ConfigError, match=f"nbgrader_config.py cannot be read: {reason}"):
        course.config


def test_every_command_that_needs_a_course_says_what_is_wrong_with_its_configuration(course, jupyter):
    write(course.root, "1 / 0")
    for command in (["grade", "x"], ["feedback", "x"], ["report"], ["verify", "x"]):
        done = subprocess.run(
            [sys.executable, "-m", "autograder", *command, "--course-dir", str(course.root)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "ZeroDivisionError" in done.stdout
        assert "Traceback" not in done.stdout + done.stderr


def test_the_demo_never_meets_the_gradebook_of_an_instructor(jupyter, tmp_path):
    write(jupyter, "c.CourseDirectory.db_url = 'sqlite:////elsewhere/grades.db'")
    demo = fresh_course(tmp_path / "demo")
    assert demo.database == f"sqlite:///{tmp_path}/demo/gradebook.db"


def test_a_module_beside_the_configuration_can_be_named_in_it(course, jupyter, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    (course.root / "late_rules_of_this_test.py").write_text("WORD = 'late'")
    write(course.root)
    course.config
    import late_rules_of_this_test

    assert late_rules_of_this_test.WORD == "late"
