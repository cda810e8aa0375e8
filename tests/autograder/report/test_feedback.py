"""The box with the hint escapes what learners wrote and marks code."""

from autograder.report.hide_hidden_tests import verdict_box


def test_code_is_marked_and_markup_is_text():
    box = verdict_box("softmax: at your line `a < b`, <script>alert(1)</script>.")
    assert "<code>a &lt; b</code>" in box
    assert "<script>" not in box
