"""Notebook 03: under construction."""
