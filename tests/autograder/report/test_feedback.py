"""The box with the hint escapes what learners wrote and marks code; no page of a class stops another one."""

from autograder.class_run.autograde import autograde
from autograder.report.feedback import write_feedback
from autograder.report.hide_hidden_tests import verdict_box

NAME = "09_example"


def test_code_is_marked_and_markup_is_text():
    box = verdict_box("softmax: at your line `a < b`, <script>alert(1)</script>.")
    assert "<code>a &lt; b</code>" in box
    assert "<script>" not in box


def test_one_page_that_cannot_be_written_does_not_stop_the_others(small):
    for student in ("ada", "bo", "cy"):
        small.submit(student=student)
    assert autograde(small.course, NAME) == []
    path = small.course.root / "autograded" / "bo" / NAME / f"{NAME}.ipynb"
    path.chmod(0o644)
    path.write_text("{}")
    assert write_feedback(small.course, NAME) == ["bo"]
    written = {student for student in ("ada", "bo", "cy") if (small.course.root / "feedback" / student).exists()}
    assert written == {"ada", "cy"}
