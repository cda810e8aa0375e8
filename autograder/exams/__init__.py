"""The hidden exams: one package per notebook, one module per exercise, each with its wrong and right variants."""
