"""Published BERTs to compare with: a small one with random numbers, and bert-base-uncased where a network is there.

Both need the `transformers` library, which the course does not install for learners. What is missing is said in one
line, and the cell goes on.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import torch

PUBLISHED = "google-bert/bert-base-uncased"
SECONDS = 4.0  # how long to wait for an answer from the network before doing without


def small_random_model(**sizes: int) -> Any | None:
    """A transformers.BertForPreTraining in eval mode, all its parameters random; None if there is no such library.

    Args:
        sizes: of its configuration, such as hidden_size.
    """
    transformers = _library()
    if transformers is None:
        return None
    model = transformers.BertForPreTraining(transformers.BertConfig(**sizes)).eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(0.2 * torch.randn(parameter.shape, generator=generator) + name.endswith("LayerNorm.weight"))
    return model


def bert_base(download: bool) -> tuple[Mapping[str, torch.Tensor], dict[str, int]] | None:
    """The state dict and the vocabulary of bert-base-uncased, or None and one line that says why.

    It is loaded from this machine if it is here already, else from the network (about 440 MB, once).

    Args:
        download: whether the network may be asked.
    """
    transformers = _library()
    if transformers is None:
        return None
    from huggingface_hub import constants, try_to_load_from_cache

    here = isinstance(try_to_load_from_cache(PUBLISHED, "vocab.txt"), str)
    if not here and not download:
        return _skip("it is not on this machine, and nothing is to be downloaded")
    if not here and (constants.HF_HUB_OFFLINE or not _answers(constants.ENDPOINT)):
        return _skip("there is no network")
    try:
        model = transformers.BertForPreTraining.from_pretrained(PUBLISHED, local_files_only=here)
        vocabulary = transformers.BertTokenizer.from_pretrained(PUBLISHED, local_files_only=here).get_vocab()
    except (OSError, ValueError) as error:
        return _skip(str(error).splitlines()[0])
    return model.state_dict(), vocabulary


def _skip(reason: str) -> Any | None:
    print(f"{PUBLISHED} was skipped: {reason}. It costs no points.")
    return None


def _library() -> Any | None:
    try:
        import transformers
        from huggingface_hub.utils import disable_progress_bars
    except ImportError:
        print("Skipped: the library transformers is not installed. It costs no points.")
        return None
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()  # it writes to stderr
    disable_progress_bars()
    return transformers


def _answers(endpoint: str) -> bool:
    """Whether a server can be reached within seconds; in a thread, since looking up a name knows no time limit."""
    parts = urlsplit(endpoint)
    reached: list[bool] = []

    def knock() -> None:
        try:
            socket.create_connection((parts.hostname or "", parts.port or 443), timeout=SECONDS).close()
        except OSError:
            return
        reached.append(True)

    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    thread.join(SECONDS)
    return bool(reached)
