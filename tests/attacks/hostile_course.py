"""A course directory with hostile submissions of every kind, graded; and what a browser would find on its pages."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import nbformat
from hostile_target import HONEST, LESSON, NAME
from injections import MARK, SHORT, attempts
from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from nbgrader.server_extensions.formgrader import handlers

from autograder.authoring.build import build
from autograder.class_run.autograde import autograde
from autograder.course import Course, release
from autograder.report import write_report
from autograder.report.feedback import write_feedback
from autograder.sample.edits import cell_named

PLAIN, HOSTILE, MISNAMED, RAISING = "ada", "mallory", "renamed", "raising"
NAMED = [f"x {SHORT}", '"-alert(1)-"', "<script>alert(1)<!--", 'quo"te', "o'neil & co"]
"""Names of students: the first three are no name that nbgrader's own pages could bear."""


class HostileCourse:
    """Everything of `attempts()`, submitted by one student, and what takes a submission of its own by others.

    Args:
        root: an empty folder.
    """

    def __init__(self, root: Path):
        self.course = Course(root)
        (root / "lessons").mkdir()
        (root / "lessons" / f"{NAME}.py").write_text(LESSON)
        build(root)
        release(self.course, NAME)
        shutil.copy(Path(__file__).parents[2] / "nbgrader_config.py", root)
        for student in (PLAIN, *NAMED):
            self._submit(student)
        self._submit(HOSTILE, _with_attempts)
        self._submit(MISNAMED, file=f"{SHORT}.ipynb")
        self._submit(RAISING, _raising)
        self.failed = autograde(self.course, NAME)
        write_feedback(self.course, NAME)
        self.report = write_report(self.course)

    def _submit(self, student, change=lambda notebook: None, file=f"{NAME}.ipynb"):
        root = self.course.root
        notebook = nbformat.read(root / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)
        for exercise, answer in HONEST.items():
            cell_named(notebook, exercise).source = answer
        change(notebook)
        folder = root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        (folder / file).write_text(json.dumps(notebook))

    @property
    def graded(self):
        return self.course.graded(NAME)

    def notebook(self, student):
        return self.course.root / "autograded" / student / NAME / f"{NAME}.ipynb"

    def feedback(self, student):
        return self.course.root / "feedback" / student / NAME / f"{NAME}.html"

    def submission_ids(self):
        """{student: formgrader's id of the submission}"""
        with Gradebook(self.course.database) as gradebook:
            return {s.student.id: s.id for s in gradebook.notebook_submissions(NAME, NAME)}

    def formgrader(self, student):
        """The page that formgrader makes of a submission, as its handler does it."""
        config = self.course.config
        config.HTMLExporter.template_name = "formgrade"
        config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
        path = self.notebook(student)
        about = {"student": student, "last_name": None, "first_name": None, "base_url": "", "index": 0, "total": 1}
        names = {"assignment_id": NAME, "notebook_id": NAME, "submission_id": "1"}
        place = {"notebook_path": str(path.relative_to(self.course.root))}
        return HTMLExporter(config=config).from_filename(str(path), resources={**about, **names, **place})[0]


def _with_attempts(notebook):
    notebook.cells += [
        a.cell for a in attempts() if all(isinstance(d, dict) for d in a.cell.get("attachments", {}).values())
    ]
    notebook.metadata = {
        "kernelspec": {"name": SHORT, "display_name": SHORT, "language": SHORT},
        "language_info": {"name": SHORT, "pygments_lexer": SHORT},
        "widgets": {"application/vnd.jupyter.widget-state+json": 5},
        "title": f"</title><script>{MARK}=1</script>",
    }


def _raising(notebook):
    text = f"raise type({SHORT!r}, (Exception,), {{}})({SHORT!r})"
    cell_named(notebook, "first").source = f"def first(x):\n    {text}"
    cell_named(notebook, "second").source = text


_POWERFUL = re.compile(
    "script|i?frame|object|embed|applet|form|meta|base|link|audio|video|source|picture|svg|math|template|portal|button|select"
    "|textarea|xmp|plaintext|noscript|marquee|foreignobject|animate|set|dialog"
)
_ACTIVE = re.compile("on.*|srcdoc|srcset|ping|formaction|background|poster|name|data-.*")
_OF_THE_PAGE = re.compile(r"(^|\s)(base_url|MathJax|check_first|score|modal|navbar\S*)")


class _Found(HTMLParser):
    """What on a page can run, load, lead away or cover something."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        said = {name: value or "" for name, value in attrs}
        if _POWERFUL.fullmatch(tag):
            self.found.append((tag, str(attrs)))
        for name, value in said.items():
            if _ACTIVE.fullmatch(name):
                self.found.append((tag, name, value))
            if name in ("src", "href", "xlink:href", "data", "action") and not _is_local(tag, name, value):
                self.found.append((tag, name, value))
            if name == "style" and re.search(r"url|position|\\|z-index", value):
                self.found.append((tag, name, value))
            if name in ("id", "class") and _OF_THE_PAGE.search(value):
                self.found.append((tag, name, value))

    def handle_comment(self, data):
        self.found.append(("comment", data))


def _is_local(tag, name, value):
    if name == "href" and tag == "a":
        return value.startswith("#") or bool(re.match(r"https?://|mailto:", value))
    return bool(re.fullmatch(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=]*", value))


def powers(html):
    """Tags, attributes and addresses in some HTML that a learner's text must not become."""
    reader = _Found()
    reader.feed(html)
    reader.close()
    sheets = re.findall(r"<style[^>]*>(.*?)</style", html, re.DOTALL)
    imports = [("style", text) for sheet in sheets for text in re.findall(r"evil[^;}]*|@import[^;}]*", sheet)]
    return reader.found + imports
