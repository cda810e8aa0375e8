"""English of this machine is prose and stays the same; its vocabulary is repeatable and writes every word."""

import itertools
import re
import subprocess
import sys

import pytest

from attention_course.language import machine_english
from attention_course.language.machine_english import english_on_this_machine, prose
from attention_course.language.own_text import TextError, split_words
from attention_course.language.vocabulary import SPECIAL_TOKENS
from attention_course.language.wordpieces import train_vocabulary


@pytest.fixture(scope="module")
def documents():
    return english_on_this_machine(1500)


@pytest.fixture(scope="module")
def sentences(documents):
    return [sentence for document in documents for sentence in document]


def test_documents_can_make_pairs_and_the_limit_holds(documents, sentences):
    assert all(len(document) > 1 for document in documents)
    assert 1500 <= len(sentences) < 1700


def test_the_order_is_fixed(documents):
    assert english_on_this_machine(1500) == documents


def test_sentences_are_prose(sentences):
    for sentence in sentences:
        assert 4 <= len(sentence.split()) <= 40
        assert not re.search(r"[`_=<>{}\\]|>>>", sentence)
    assert sum(" the " in sentence for sentence in sentences) > 0.4 * len(sentences)


def test_packages_are_read_when_the_standard_library_is_used_up(monkeypatch):
    monkeypatch.setattr(machine_english, "_reference", lambda: iter(()))
    monkeypatch.setattr(machine_english.sysconfig, "get_path", lambda name: "/nowhere")
    monkeypatch.setattr(machine_english, "PACKAGES", ("no_such_package", "scipy"))
    assert len(english_on_this_machine(20)) >= 2


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Return the :class:`~list.List <x>` of *all* ``things`` that were found [1]_ here.",
         ["Return the list.List of all things that were found here."]),
        ("See the `documentation of it <https://example.org>`_ for more information.",
         ["See the documentation of it for more information."]),
        (">>> code that looks nearly as if it were some prose to read.", []),
        ("- a list item that goes on for quite a while, as prose would.", []),
        ("axis : int, the axis along which things are to be computed.", []),
        ("Parameters\n----------", []),
        ("Too short.", []),
        ("The example below shows how this ought to be done::", []),
    ],
)  # fmt: skip
def test_prose(docstring, expected):
    assert prose(docstring) == expected


def test_files_that_do_not_parse_are_passed_over(tmp_path):
    (tmp_path / "broken.py").write_text("def (:")
    (tmp_path / "latin.py").write_bytes("'''Caf\xe9'''".encode("latin-1"))
    (tmp_path / "fine.py").write_text("'''A docstring.'''\nx = '\\d'")
    assert list(machine_english.docstrings(tmp_path)) == ["A docstring."]


def test_the_vocabulary_starts_with_the_special_tokens(sentences):
    vocabulary = train_vocabulary(sentences, 1000)
    assert tuple(itertools.islice(vocabulary, 5)) == SPECIAL_TOKENS
    assert list(vocabulary.values()) == list(range(len(vocabulary)))
    assert len(vocabulary) == 1000
    assert {"the", "##s", "."} <= vocabulary.keys()


def test_every_letter_of_the_text_can_be_written(sentences):
    vocabulary = train_vocabulary(sentences, 600)
    for word in {word for sentence in sentences for word in split_words(sentence)}:
        assert word[0] in vocabulary
        assert all("##" + letter in vocabulary for letter in word[1:])


def test_the_vocabulary_is_the_same_in_every_process(sentences):
    """The library's trainer alone is not repeatable: its hash tables are seeded anew in each process."""
    program = (
        "import sys; from attention_course.language.wordpieces import train_vocabulary;"
        "print(*train_vocabulary(sys.stdin.read().splitlines(), 700), sep=chr(10))"
    )
    again = subprocess.run(
        [sys.executable, "-c", program], input="\n".join(sentences), capture_output=True, text=True, check=True
    )
    assert again.stdout.splitlines() == list(train_vocabulary(sentences, 700))


def test_no_words_and_too_small_a_size_are_refused():
    with pytest.raises(TextError, match="no words"):
        train_vocabulary([" "])
    with pytest.raises(TextError, match="at least 200 pieces"):
        train_vocabulary(["Some words."], 50)
