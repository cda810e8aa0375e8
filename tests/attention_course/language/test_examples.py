"""The examples in the docstrings are true."""

import doctest
from importlib import import_module

import pytest

MODULES = ["lexicon", "vocabulary", "small_language", "agreement", "own_text", "machine_english"]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = import_module(f"attention_course.language.{name}")
    result = doctest.testmod(module, extraglobs={"np": import_module("numpy")})
    assert result.attempted
    assert not result.failed
