"""A course with an instructor's own assignment, written in nbgrader's way, and a class that hands it in."""

import shutil

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

QUIZ = "08_quiz"

SETTINGS = """\
c = get_config()
c.CourseDirectory.source_directory = "masters"
c.CourseDirectory.release_directory = "handed_out"
c.CourseDirectory.db_url = "sqlite:///" + {root!r} + "/scores/grades.db"
c.Execute.timeout = 20
c.AssignLatePenalties.plugin_class = "late_rules.HalfAPointAnHour"
"""

LATE_RULES = """\
from nbgrader.plugins import BasePlugin


class HalfAPointAnHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return min(score, 0.5 * (total_seconds_late // 3600))
"""

HELPERS = "def total(column):\n    return sum(column)\n"
PRICES = "bread,3\nmilk,2\n"

WARNING = "import warnings\nwarnings.warn('old')\nassert double(1) == 2"
PARTIAL = """\
points = 0
if double(2) == 4:
    points += 1.5
### BEGIN HIDDEN TESTS
if double(-2) == -4:
    points += 1.5
### END HIDDEN TESTS
points"""
HIDDEN = """\
assert double(0) == 0, "zero stays zero"
### BEGIN HIDDEN TESTS
assert double(21) == 42, "the secret number 21"
### END HIDDEN TESTS"""


def marks(name, points=None, grade=False, solution=False, locked=False, task=False):
    given = {"grade_id": name, "grade": grade, "solution": solution, "locked": locked, "task": task}
    return {"nbgrader": {**given, "schema_version": 3, **({} if points is None else {"points": points})}}


def code(name, text, **what):
    return new_code_cell(text, metadata=marks(name, **what))


def words(name, text, **what):
    return new_markdown_cell(text, metadata=marks(name, **what))


def check(name, text, points=2):
    return code(name, text, points=points, grade=True, locked=True)


def source():
    """One cell of each kind that nbgrader knows, and each way in which a test cell can give points."""
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            new_markdown_cell("# Prices"),
            code("tools", "import csv\nimport helpers\nprices = list(csv.reader(open('prices.csv')))", locked=True),
            code(
                "double",
                "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
                solution=True,
            ),
            check("plain", HIDDEN),
            check("partial", PARTIAL, points=3),
            check("printed", "print(1)\nassert double(1) == 2"),
            check("printed_number_alone", "print(double(1) / 2)", points=1),
            check("displayed", "display(0.5)", points=1),
            check("a_word", "'fine'", points=1),
            check("not_a_number", "float('nan') if double(1) == 2 else 0.25", points=1),
            check("negative", "-1", points=1),
            check("warns", WARNING),
            check("truth", "double(1) == 2", points=1),
            code(
                "sum_up",
                "### BEGIN SOLUTION\ncost = helpers.total(int(p) for _, p in prices)\n### END SOLUTION",
                solution=True,
            ),
            check("sum_of_prices", "assert cost == 5"),
            check(
                "any_object",
                "class Odd:\n    def __eq__(self, other): return True\n\n\nassert Odd() == prices",
            ),
            words(
                "essay", "Why?\n\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION", points=4, grade=True, solution=True
            ),
            words(
                "boxed",
                "<div style='color:red' onclick='x()'>Why not?</div>\n\n### BEGIN SOLUTION\nNo.\n### END SOLUTION",
                points=3,
                grade=True,
                solution=True,
            ),
            code("by_hand", "### BEGIN SOLUTION\nplot = 1\n### END SOLUTION", points=2, grade=True, solution=True),
            words(
                "project",
                "Do something.\n\n=== BEGIN MARK SCHEME ===\nLook at the plot.\n=== END MARK SCHEME ===",
                points=5,
                task=True,
                locked=True,
            ),
            new_code_cell("# room for more"),
        ],
    )


def make(root, assignment=QUIZ):
    """A course directory with the assignment's source and an instructor's configuration."""
    folder = root / "masters" / assignment
    folder.mkdir(parents=True)
    (root / "scores").mkdir()
    nbformat.write(source(), folder / f"{assignment}.ipynb")
    (folder / "helpers.py").write_text(HELPERS)
    (folder / "data").mkdir()
    (folder / "prices.csv").write_text(PRICES)
    (folder / "data" / "more.txt").write_text("7")
    (root / "late_rules.py").write_text(LATE_RULES)
    (root / "nbgrader_config.py").write_text(SETTINGS.format(root=str(root)))
    return root


RIGHT = {
    "double": "def double(x):\n    return x + x",
    "sum_up": "cost = sum(int(p) for _, p in prices)\nassert open('data/more.txt').read() == '7'",
    "essay": "Because <b>so</b>.\n\n<script>alert(1)</script>",
    "boxed": "Because of <i>that</i>",
    "by_hand": "plot = 3",
}
CLASS = {
    "ada": (RIGHT, "2026-11-20 12:00:00 UTC", {}),
    "bela": ({**RIGHT, "double": "def double(x):\n    return abs(2 * x)"}, "2026-11-22 15:30:00 UTC", {}),
    "chidi": ({"double": "def double(x):\n    return 7", "essay": "?"}, "2026-11-21 11:59:00 +0100", {}),
    "dunja": ({}, "2026-11-21 00:00:01 UTC", {}),
    "emre": (
        {**RIGHT, "double": "import mine\ndouble = mine.double", "sum_up": "cost = int(open('cost.txt').read())"},
        "2026-11-20 12:00:00 UTC",
        {"mine.py": "def double(x): return x * 2", "cost.txt": "5", "helpers.py": "raise SystemExit"},
    ),
    "fatou": ({**RIGHT, "double": "def double(x):\n    raise NotImplementedError()"}, "2026-11-20 12:00:00 UTC", {}),
}
"""{student: (answers by grade_id, time of submission, further files)}"""


def hand_in(root, assignment=QUIZ):
    """Have the class hand in the released notebook."""
    for student, (answers, time, files) in CLASS.items():
        folder = root / "submitted" / student / assignment
        shutil.copytree(root / "handed_out" / assignment, folder)
        notebook = nbformat.read(folder / f"{assignment}.ipynb", as_version=4)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = answers.get(name, cell.source)
        if student == "ada":
            notebook.cells.append(new_code_cell("extra = 1\nextra"))
        nbformat.write(notebook, folder / f"{assignment}.ipynb")
        (folder / "timestamp.txt").write_text(time)
        for name, text in files.items():
            (folder / name).write_text(text)


def scores(url):
    """All that a gradebook says of a class's points."""
    with Gradebook(url) as gradebook:
        return {
            (submission.student.id, "whole"): (
                submission.score,
                submission.max_score,
                submission.late_submission_penalty,
                submission.total_seconds_late,
                submission.needs_manual_grade,
            )
            for assignment in gradebook.assignments
            for submission in assignment.submissions
        } | {
            (submission.student.id, grade.name): (
                grade.auto_score,
                grade.manual_score,
                grade.extra_credit,
                grade.score,
                grade.max_score,
                grade.needs_manual_grade,
            )
            for assignment in gradebook.assignments
            for submission in assignment.submissions
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def comments(url):
    """What nbgrader itself says of answers."""
    with Gradebook(url) as gradebook:
        return {
            (submission.student.id, comment.name): comment.auto_comment
            for assignment in gradebook.assignments
            for submission in assignment.submissions
            for notebook in submission.notebooks
            for comment in notebook.comments
        }


def grade_by_hand(url, assignment=QUIZ):
    """What a person enters in formgrader."""
    with Gradebook(url) as gradebook:
        for student, name, manual, extra in [
            ("ada", "essay", 3.5, None),
            ("ada", "project", 4, 1),
            ("bela", "partial", 2.25, None),
            ("chidi", "boxed", 1, 0.5),
        ]:
            grade = gradebook.find_grade(name, assignment, assignment, student)
            grade.manual_score, grade.extra_credit = manual, extra
        gradebook.db.commit()
