"""Visible checks of notebook 07, one function per exercise."""
