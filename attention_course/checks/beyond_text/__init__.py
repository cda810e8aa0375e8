"""Visible checks of notebook 08, one function per exercise."""
