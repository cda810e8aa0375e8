"""From records to summaries, with every number worked out by hand."""

import pytest

from autograder.report.summary import (
    BROKEN,
    BY_HAND,
    FULL,
    KNOWN,
    UNKNOWN,
    UNWRITTEN,
    incident_counts,
    outcome,
    students,
    summarise,
)


@pytest.mark.parametrize(
    ("points", "verdict", "expected"),
    [
        (1, {}, FULL),
        (1.5, {}, FULL),
        (1, {"concept": "float32 input", "misconception": "rounds"}, FULL),  # a grade by hand overruled the verdict
        (0, {"concept": "not written"}, UNWRITTEN),
        (0, {"concept": "float32 input", "misconception": "rounds"}, KNOWN),
        (0, {"concept": "float32 input"}, UNKNOWN),
        (0.5, {}, UNKNOWN),
        (0, {"concept": "name missing"}, BROKEN),
        (0, {"concept": "time limit"}, BROKEN),
        (0, {"concept": "raises an error"}, BROKEN),
        (0, {"waiting": True}, BY_HAND),
        (0.5, {"manual": True}, BY_HAND),
        (0.5, {"manual": True, "concept": "float32 input", "misconception": "rounds"}, KNOWN),
        (1, {"manual": True}, FULL),
    ],
)
def test_outcome(result, points, verdict, expected):
    assert outcome(result("ana", "softmax", points, **verdict)) == expected


def test_exercise_by_hand(table):
    # exercise_0: 2 1 0 0 of 2; the others together: 4 4 2 1
    results = table({"ana": [2, 2, 2], "bo": [1, 2, 2], "cy": [0, 0, 2], "di": [0, 1, 0]}, maximum=2)
    (assignment,) = summarise(results, [], {})
    first = assignment.exercises[0]
    assert (first.students, first.mean, first.earned, first.full) == (4, 0.75, 3 / 8, 1)
    assert first.full_range == pytest.approx((0.04559, 0.69936), abs=1e-5)
    # deviations (5, 1, -3, -3) / 4 and (5, 5, -3, -7) / 4: 60 / sqrt(44 * 108)
    assert first.discrimination == pytest.approx(60 / (44 * 108) ** 0.5)
    assert (assignment.maximum, assignment.totals) == (6, [6, 5, 2, 1])


def test_unreadable_file_counts_in_totals_but_says_nothing_about_exercises(table, event):
    results = table({"ana": [1], "bo": [0], "cy": [0]})
    (assignment,) = summarise(results, [event("cy", "not a notebook")], {})
    assert (len(assignment.submissions), assignment.unreadable, assignment.exercises[0].students) == (3, 1, 2)
    assert assignment.exercises[0].mean == 0.5


def test_unreadable_file_graded_by_hand_counts(table, event):
    (assignment,) = summarise(table({"ana": [1], "bo": [1]}), [event("bo", "not a notebook")], {})
    assert assignment.unreadable == 0


def test_misconceptions_count_learners(result):
    verdict = {"concept": "float32 input", "misconception": "rounds"}
    results = [result(name, "softmax", 0, **verdict) for name in ("bo", "ana")]
    results += [
        result("cy", "softmax", 0, concept="float32 input"),
        result("di", "softmax", 0, concept="not written"),
        result("ed", "softmax", 1, manual=True, **verdict),
    ]
    (assignment,) = summarise(results, [], {})
    (known,), (unknown,) = assignment.misconceptions, assignment.unrecognised
    assert (known.misconception, known.learners, known.students) == ("rounds", 2, ("ana", "bo"))
    assert (unknown.concept, unknown.students) == ("float32 input", ("cy",))
    assert assignment.exercises[0].concepts == (("float32 input", 3),)
    assert assignment.exercises[0].counts == {FULL: 1, KNOWN: 2, UNKNOWN: 1, BROKEN: 0, UNWRITTEN: 1, BY_HAND: 0}
    assert assignment.manual == 1


def test_assignment_that_nobody_handed_in_and_one_that_is_not_graded():
    nobody, waiting = summarise([], [], {"02_b": ["ana"], "01_a": []})
    assert (nobody.name, nobody.submissions, nobody.ungraded) == ("01_a", (), ())
    assert (waiting.name, waiting.submissions, waiting.ungraded) == ("02_b", (), ("ana",))


def test_exercise_without_points_has_no_difficulty(result):
    (assignment,) = summarise([result("ana", "bonus", 0, 0)], [], {})
    assert (assignment.exercises[0].earned, assignment.exercises[0].full) == (None, 1)


def test_students_over_the_course(table, event):
    results = table({"ana": [1, 1], "bo": [0, 1]}) + table({"ana": [2]}, 2, "02_b")
    ana, bo = students(summarise(results, [event("bo", "time limit"), event("bo", "kernel died")], {}))
    assert (ana.points, ana.total, ana.incidents) == ({"01_a": 2, "02_b": 2}, 4, 0)
    assert (bo.points, bo.total, bo.incidents) == ({"01_a": 1}, 1, 2)


def test_incidents_count_submissions(event):
    events = [event("ana", "time limit", "first"), event("ana", "time limit", "second"), event("bo", "kernel died")]
    assert incident_counts([*events, event("bo", "time limit")]) == (("time limit", 2), ("kernel died", 1))
