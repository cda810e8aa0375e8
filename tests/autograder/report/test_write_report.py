"""The report of a course with a real gradebook, made without grading anything."""

import nbformat
import pytest
from nbgrader.api import Gradebook
from sqlalchemy import Engine, event

from autograder.course import Course
from autograder.report import known_hints, write_report
from autograder.report.records import read_records
from autograder.submission.incident import KEY, Incident
from autograder.submission.incident import report as report_incident

NAME = "01_attention_from_scratch"


def enter_grades(course):
    """A gradebook with one exercise and two students; bo's 0 was changed to 1 by hand."""
    with Gradebook(course.database) as gradebook:
        gradebook.add_assignment(NAME)
        gradebook.add_notebook(NAME, NAME)
        gradebook.add_grade_cell("check_softmax", NAME, NAME, max_score=2, cell_type="code")
        gradebook.add_source_cell("check_softmax", NAME, NAME, cell_type="code", source="", locked=True)
        for student, auto, manual in (("ana", 2, None), ("bo", 0, 1)):
            gradebook.add_student(student)
            gradebook.add_submission(NAME, student)
            grade = gradebook.find_grade("check_softmax", NAME, NAME, student)
            grade.auto_score, grade.manual_score = auto, manual
        gradebook.db.commit()


def leave_notebook(course, student, verdict):
    """The autograded notebook of a student: one check cell with its verdict, one incident."""
    check = nbformat.v4.new_code_cell("", metadata={KEY: {"verdict": verdict}})
    check.metadata["nbgrader"] = {"grade_id": "check_softmax"}
    notebook = nbformat.v4.new_notebook(cells=[check])
    report_incident(notebook, Incident("time limit", "softmax", "the cell ran too long."))
    folder = course.root / "autograded" / student / NAME
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{NAME}.ipynb")


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader 0.9.6: autoflush order, harmless
def test_report_of_a_gradebook(tmp_path):
    course = Course(tmp_path)
    enter_grades(course)
    misconception = "axis_ignored"
    leave_notebook(course, "bo", {"concept": "the axis argument", "misconception": misconception, "message": "..."})
    index = write_report(course)
    assert index == tmp_path / "report" / "index.html"
    names = [
        "exercises.csv",
        "incidents.csv",
        "index.html",
        "late.csv",
        "misconceptions.csv",
        "results.csv",
        "students.csv",
    ]
    assert sorted(path.name for path in index.parent.iterdir()) == names
    page = index.read_text(encoding="utf-8")
    assert known_hints()[NAME, "softmax", misconception].split(" is ")[0] in page.replace("&#39;", "'")
    line = f"{NAME},bo,softmax,1.0,2.0,1,misconception recognised,the axis argument,{misconception},..."
    assert (
        ",".join(f'"{cell}"' for cell in line.split(","))
        in (index.parent / "results.csv").read_text(encoding="utf-8").splitlines()
    )
    assert "the cell ran too long." in page
    assert write_report(course).read_text(encoding="utf-8") == page  # over an earlier one


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_a_larger_class_takes_no_more_queries(tmp_path):
    course, queries = Course(tmp_path), []
    enter_grades(course)

    def note(connection, cursor, statement, *more):
        queries.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        read_records(course)
        of_two, queries[:] = len(queries), []
        with Gradebook(course.database) as gradebook:
            for number in range(20):
                gradebook.add_student(f"s{number}")
                gradebook.add_submission(NAME, f"s{number}")
        queries.clear()
        results, _ = read_records(course)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(results) == 22
    assert len(queries) == of_two
    assert len([statement for statement in queries if statement.startswith("SELECT grade.")]) == 1
