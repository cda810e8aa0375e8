"""Figures of the notebooks, one module or package each, on top of `canvas`: the style, and showing with alt text."""
