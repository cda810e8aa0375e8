"""Visible checks of notebook 06."""
