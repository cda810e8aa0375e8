"""Any UTF-8 file becomes documents; whatever else a learner may bring gets one clear error."""

import pytest

from attention_course.language.own_text import TextError, documents_of, read_text, split_sentences, split_words

TWO_PARAGRAPHS = "A cat sat. It slept.\n\nA dog ran. It barked.\nThen it slept."


def written(tmp_path, content, name="mine.txt"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_paragraphs_become_documents(tmp_path):
    expected = [["A cat sat.", "It slept."], ["A dog ran.", "It barked.", "Then it slept."]]
    assert read_text(written(tmp_path, TWO_PARAGRAPHS)) == expected
    assert read_text(str(written(tmp_path, TWO_PARAGRAPHS.replace("\n", "\r\n")))) == expected


def test_an_invisible_mark_at_the_start_is_dropped(tmp_path):
    assert read_text(written(tmp_path, "\ufeff" + TWO_PARAGRAPHS))[0][0] == "A cat sat."


def test_a_heading_joins_the_next_paragraph():
    assert documents_of("Chapter 1\n\nA cat sat. It slept.")[0] == ["Chapter 1", "A cat sat.", "It slept."]


def test_a_text_without_blank_lines_is_cut(tmp_path):
    documents = read_text(written(tmp_path, "A cat sat. " * 20))
    assert [len(document) for document in documents] == [8, 8, 4]


def test_han_text(tmp_path):
    documents = read_text(written(tmp_path, "我爱你。你吃苹果。\n\n他在吗？他不在！"))
    assert documents == [["我爱你。", "你吃苹果。"], ["他在吗？", "他不在！"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "mine.txt is empty"),
        (" \n\n ", "mine.txt is empty"),
        ("One line.", r"holds 1 sentence in 1 line\. Sentence pairs need at least two paragraphs"),
        ("Two here. In one line.", "holds 2 sentences in 1 line"),
        ("Zo\xeb.\nNext".encode("latin-1"), "not UTF-8: line 1 holds the byte 0xeb"),
        ("Fine.\nZo\xeb.".encode("latin-1"), "line 2 holds the byte 0xeb"),
        (TWO_PARAGRAPHS.encode("utf-16"), "not UTF-8"),
        (TWO_PARAGRAPHS.encode("utf-16-le"), "holds zero bytes"),
    ],
)
def test_errors_say_what_to_do(tmp_path, content, message):
    with pytest.raises(TextError, match=message):
        read_text(written(tmp_path, content))


def test_a_missing_file_names_those_that_are_there(tmp_path):
    written(tmp_path, TWO_PARAGRAPHS)
    with pytest.raises(TextError, match=r"no file .*your\.txt.*Text files in .*: mine\.txt"):
        read_text(tmp_path / "your.txt")
    with pytest.raises(TextError, match=r"The folder .* does not exist either"):
        read_text(tmp_path / "nowhere" / "your.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TextError, match=r"is a folder.*There is no \.txt file"):
        read_text(tmp_path / "empty")


def test_an_unreadable_file(tmp_path, monkeypatch):
    path = written(tmp_path, TWO_PARAGRAPHS)

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    with pytest.raises(TextError, match="cannot be read: Permission denied"):
        read_text(path)


def test_text_errors_are_value_errors():
    assert issubclass(TextError, ValueError)


@pytest.mark.parametrize(
    ("paragraph", "sentences"),
    [
        ("He came. She left!", ["He came.", "She left!"]),
        ("Mr. Lee and J. Smith met at 3.5 p.m. today.", ["Mr. Lee and J. Smith met at 3.5 p.m. today."]),
        ('"Go." "No!" she said.', ['"Go."', '"No!" she said.']),
        ("So do I. You too.", ["So do I.", "You too."]),
        ("What?! Yes... No.", ["What?!", "Yes...", "No."]),
        ("Section 2. 12 men came.", ["Section 2.", "12 men came."]),
        ("no capital. after this", ["no capital. after this"]),
        ("", []),
    ],
)
def test_sentences(paragraph, sentences):
    assert split_sentences(paragraph) == sentences


def test_words():
    assert split_words("The CAFÉ, No. 5_a: 我们!") == [
        "the",
        "cafe",
        ",",
        "no",
        ".",
        "5",
        "_",
        "a",
        ":",
        "我",
        "们",
        "!",
    ]
    assert split_words("[MASK] sat[MASK].") == ["[MASK]", "sat", "[MASK]", "."]
    assert split_words(" ") == []
