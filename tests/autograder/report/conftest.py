"""Records built by hand, and a reader of the page."""

from html.parser import HTMLParser

import pytest

from autograder.report.records import Event, Result


class Page(HTMLParser):
    """What a browser finds in the page: tags that are closed, their attributes, the text."""

    VOID = ("meta", "img", "br")
    INLINE = ("a", "b", "code", "em", "span", "strong")

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.pieces = [], [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.INLINE:
            self.pieces.append(" ")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.pieces.append(data)

    @property
    def text(self):
        return " ".join("".join(self.pieces).split())

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def page():
    return Page


@pytest.fixture
def result():
    def make(student, exercise, points, maximum=1.0, assignment="01_a", manual=False, **verdict):
        return Result(assignment, student, exercise, points, maximum, manual, **verdict)

    return make


@pytest.fixture
def event():
    def make(student, incident, cell="", message="", assignment="01_a"):
        return Event(assignment, student, incident, cell, message)

    return make


@pytest.fixture
def table(result):
    """Results of a class from a dict of students' points, one exercise per number, each of at most `maximum`."""

    def make(points, maximum=1.0, assignment="01_a"):
        return [
            result(student, f"exercise_{number}", value, maximum, assignment)
            for student, row in points.items()
            for number, value in enumerate(row)
        ]

    return make
