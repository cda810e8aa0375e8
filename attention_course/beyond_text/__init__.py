"""Beyond text: curves, sets, pictures, listeners and long sequences; what notebook 08 learns from and measures."""
