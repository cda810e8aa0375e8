"""The learner's own functions and classes, gathered for training: from a notebook's namespace or from its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from attention_course.own_work import definitions


@dataclass(frozen=True)
class Work:
    """What notebook 04 asks a learner to write, as far as training needs it; the names are those of the exercises."""

    encode_pair: Callable[..., dict[str, list[int]]]
    make_sentence_pairs: Callable[..., list[tuple[Any, Any, bool]]]
    mask_tokens: Callable[..., tuple[Any, Any]]
    BertConfig: Callable[..., Any]
    BertForPreTraining: Callable[..., Any]
    masked_lm_loss: Callable[..., Any]
    warmup_linear: Callable[..., float]
    parameter_groups: Callable[..., list[dict[str, Any]]]
    train_step: Callable[..., dict[str, float]]

    @classmethod
    def of(cls, namespace: Mapping[str, Any], where: str = "this notebook") -> Work:
        """Take the functions out of a namespace, such as a notebook's `globals()`.

        Raises:
            LookupError: some are not there; the message names them.
        """
        names = [field.name for field in fields(cls)]
        missing = [name for name in names if name not in namespace]
        if missing:
            raise LookupError(
                f"{where} does not define {', '.join(missing)}. Were the cells run, and without an error?"
            )
        return cls(**{name: namespace[name] for name in names})

    @classmethod
    def from_notebook(cls, path: str | Path) -> Work:
        """Run the definitions in a notebook's given and exercise cells, and take the functions from there.

        Raises:
            LookupError: there is no such file, or it does not define all that is needed.
        """
        path = Path(path)
        if not path.is_file():
            raise LookupError(f"there is no notebook {path}")
        return cls.of(definitions(path), where=str(path))
