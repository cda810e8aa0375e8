"""Visible checks of notebook 05, one function per exercise."""
