"""What an exam asks of an answer that is a number."""


def kind(answer, *args, **kwargs):
    """What the result is: "float" for a float of Python's, as NumPy's float64 is one, else the name of its type."""
    result = answer(*args, **kwargs)
    return "float" if isinstance(result, float) else type(result).__name__
