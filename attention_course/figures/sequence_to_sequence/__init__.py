"""Figures of notebook 06."""
