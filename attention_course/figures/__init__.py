"""Figures of the notebooks: one module per notebook on top of `canvas`, which sets the style and shows with alt text."""
