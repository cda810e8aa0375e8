"""The name of notebook 04."""

NOTEBOOK = "04_masked_language_model"
