"""Figures of the notebooks, one module or package each, on top of `canvas`: the style, and showing with alt text."""

FIGURES_VARIABLE = "ATTENTION_COURSE_FIGURES"
"""The environment variable that, set to "none", says that nobody would look at the course's figures."""
