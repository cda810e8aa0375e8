"""The page: what it says, that it is closed off against what comes from submissions, and its edge cases."""

from datetime import datetime, timedelta

import pytest

from autograder.report import page as module
from autograder.report import words
from autograder.report.page import render
from autograder.report.records import Late


@pytest.fixture
def small_class(result, event):
    """Four students, two exercises, one of everything."""
    results = [
        *(result("ana", "softmax", 2, 2), result("ana", "heads", 0, 1, concept="not written")),
        result("bo", "softmax", 0, 2, concept="a view", misconception="axis_ignored", message="softmax: ..."),
        result("bo", "heads", 1, 1),
        *(result("cy", "softmax", 1, 2, manual=True, concept="float32 input"), result("cy", "heads", 1, 1)),
        result("di", "softmax", 0, 2, concept="name missing"),
        result("di", "heads", 0, 1, concept="name missing"),
    ]
    events = [event("di", "not a notebook", "", "it is not JSON"), event("bo", "time limit", "heads", "too long")]
    return results, events


def test_page_of_a_small_class(small_class, page):
    hints = {("01_a", "softmax", "axis_ignored"): "you always normalise the last axis."}
    found = page(render(*small_class, {"01_a": ["ana", "bo", "cy", "di", "ed"]}, hints).html)
    for words_of_the_page in (
        "4 students, 4 graded submissions, 1 assignment",
        "Mean 1.25, median 1.5, lowest 0, highest 2 of 3 points.",
        "Handed in, not graded yet: ed.",
        "1 file could not be read as a notebook.",
        "axis ignored you always normalise the last axis. bo",
        "1 wrong answer matches no known misconception",
        "a view (1)",
        "n marks an exercise that was not written, m one of 1 grade given by hand",
        "corrected item-rest correlation",
        "n = 3: too few for a pattern",
        "di not a notebook it is not JSON",
        "bo time limit heads too long",
        "1 time limit a cell ran too long",
    ):
        assert words_of_the_page in found.text


def test_who_was_late_is_shown_with_what_it_cost(small_class, page):
    due = datetime(2026, 11, 21)
    late = [
        Late("01_a", "bo", due, due + timedelta(minutes=30), 1, 0),
        Late("01_a", "ana", due, due + timedelta(days=2, hours=7), 2, 2.5),
    ]
    text = page(render(*small_class, late=late).html).text
    assert "ana 2 days 7 h 2026-11-23 07:00 2 2.5 0 bo 30 min 2026-11-21 00:30 1 0 1" in text
    assert "due at 2026-11-21 00:00 UTC" in text
    assert "Handed in late" not in page(render(*small_class).html).text


def test_every_figure_and_table_comes_with_help_and_alt_text(small_class, page):
    html = render(*small_class).html
    found = page(html)
    images = found.all("img")
    assert len(images) == 4
    assert all(len(image["alt"]) > 40 and image["src"].startswith("data:image/png;base64,") for image in images)
    assert html.count("How to read it") == len(images) + len(found.all("table")) - 1  # the two tables of verdicts share
    assert found.all("script") == found.all("link") == []


def test_nothing_is_loaded_from_elsewhere(small_class, page):
    html = render(*small_class).html
    links = [a["href"] for a in page(html).all("a")]
    assert all(link.startswith("#") or link.endswith(".csv") for link in links)
    assert "http:" not in html
    assert "https:" not in html
    assert "url(" not in html


@pytest.mark.parametrize("field", ["student", "exercise", "assignment", "concept", "misconception", "message"])
def test_what_comes_from_submissions_is_escaped(field, page):
    from autograder.report.records import Event, Result

    attack = '<script>alert("x")</script>\'"&'
    given = {"assignment": "01_a", "student": "ana", "exercise": "softmax", "concept": "c", field: attack}
    results = [Result(points=0, maximum=1, manual=False, **{**given, "student": given["student"] + i}) for i in "abc"]
    shared = {key: given.get(key, "m") for key in ("assignment", "student", "message")}
    event = Event(incident="time limit", cell=attack, **shared)
    report = render(results, [event], {given["assignment"]: [attack]}, {("01_a", "softmax", attack): attack})
    assert "<script" not in report.html
    assert page(report.html).all("script") == []
    assert attack in page(report.html).text


def test_report_is_the_same_every_time(small_class):
    assert render(*small_class) == render(*small_class)


def test_empty_course(page):
    assert "There are no assignments yet." in page(render([], []).html).text


def test_assignments_without_submissions(page):
    text = page(render([], [], {"01_a": [], "02_b": ["ana"]}).html).text
    assert "No submission has been graded yet." in text
    assert "Nobody has handed in this assignment yet." in text
    assert "Handed in, not graded yet: ana. Nothing is graded yet." in text


@pytest.mark.parametrize("points", [0, 1])
@pytest.mark.parametrize(("size", "exercises"), [(1, 1), (1, 3), (2, 3), (3, 1), (3, 3), (50, 2)])
def test_uniform_classes(table, page, size, points, exercises):
    report = render(table({f"student{i:02}": [points] * exercises for i in range(size)}), [])
    text = page(report.html).text
    assert f"n = {size}" in text
    assert "nan" not in text.split()
    expected = "Everybody has full points" if points else "Nobody has a point yet"
    assert (expected in text) == (size > 1)


def test_class_of_unreadable_files(table, event, page):
    events = [event(name, "not a notebook") for name in ("ana", "bo")]
    text = page(render(table({"ana": [0, 0], "bo": [0, 0]}), events).html).text
    assert "2 files could not be read as a notebook. They count" in text


def test_incident_without_results(event, page):
    assert "ana no notebook" in page(render([], [event("ana", "no notebook")]).html).text


def test_students_who_lack_an_exercise(result, page):
    results = [result("ana", "first", 1), result("ana", "second", 1), result("bo", "first", 1)]
    assert "bo 1 – 1" in page(render(results, []).html).text


def test_large_class_is_cut_with_a_line_that_says_so(table, event, page):
    size = module.LONGEST_TABLE + 40
    results = table({f"student{i:03}": [int(i % 3 > 0), int(i % 5 > 0)] for i in range(size)})
    events = [event(f"student{i:03}", "time limit", message="too long") for i in range(size)]
    report = render(results + table({"student000": [1]}, assignment="02_b"), events)
    text = page(report.html).text
    assert "These are the lowest 60 of 100 submissions. All of them are in results.csv" in text
    assert "These are the lowest 60 of 100 students. All of them are in students.csv" in text
    assert "These are the first 60 of 100 verdicts. All of them are in incidents.csv" in text
    assert any("All 100 submissions" in image["alt"] for image in page(report.html).all("img"))
    assert report.csv["students.csv"].count("\n") == 101


def test_findings_name_what_is_wrong_with_an_exam(table, page):
    rows = {f"student{i:02}": [i % 2, i % 2, 1 - i % 2] for i in range(20)}
    rows["student00"] = [0, 1, 1]
    text = page(render(table(rows), []).html).text
    assert "Check the exam of exercise_2: those who did well elsewhere did worse here (discrimination −0.98)." in text


@pytest.mark.parametrize("share", [0, 0.25, 0.5, 0.75, 1, -1, 2])
def test_numbers_in_coloured_cells_can_be_read(share):
    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    background, ink = (part.split(":")[1] for part in module.shade(share).split(";"))
    low, high = sorted([luminance(background), luminance({"#fff": "#ffffff", "#000": "#000000"}[ink])])
    assert (high + 0.05) / (low + 0.05) > 4.5


@pytest.mark.parametrize(
    ("value", "expected"), [(None, "–"), (0, "0 %"), (0.001, "< 1 %"), (0.996, "> 99 %"), (1, "100 %"), (0.5, "50 %")]
)
def test_percent_never_rounds_to_none_or_all(value, expected):
    assert words.percent(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(2, "2"), (20, "20"), (1.5, "1.5"), (-1, "−1"), (0.001, "0"), (100, "100")]
)
def test_number(value, expected):
    assert words.number(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(-0.001, "0.00"), (-0.5, "−0.50"), (1, "1.00"), (None, "–")])
def test_signed(value, expected):
    assert words.signed(value) == expected
