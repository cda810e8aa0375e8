"""The tests of a notebook that is still a draft (lessons/drafts/) wait until its lesson is built."""

from autograder import ROOT

TESTS_OF = {
    "03_batched_attention": [
        "attention_course/test_checks_batched_attention.py",
        "attention_course/test_figures_batched_attention.py",
        "autograder/exams/test_batched_attention.py",
    ],
    "04_masked_language_model": [
        "attention_course/test_checks_masked_language_model.py",
        "attention_course/test_figures_masked_language_model.py",
        "attention_course/test_looking_inside.py",
        "attention_course/training/test_training_loop.py",
        "attention_course/training/test_training_script.py",
    ],
}

collect_ignore = []
for name, tests in TESTS_OF.items():
    if not (ROOT / "solutions" / name).exists():
        collect_ignore += tests
