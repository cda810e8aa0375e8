"""English to Chinese."""
