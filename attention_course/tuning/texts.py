"""Real English that every machine of this course has: paragraphs of the Python manual, docstrings by package."""

from __future__ import annotations

import importlib.util
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from attention_course.language.machine_english import PACKAGES, docstrings, prose


def python_manual(limit: int = 300) -> list[tuple[str, str]]:
    """(topic, paragraph) of the reference that comes with Python, short topics first; [] where it is cut out."""
    try:
        from pydoc_data.topics import topics
    except ImportError:  # some distributions leave it out
        return []
    ordered = sorted(topics, key=lambda name: (len(topics[name]), name))
    return list(islice(((name, text) for name in ordered for text in prose(topics[name])), limit))


def docstrings_by_package(each: int, generator: np.random.Generator) -> tuple[list[str], Tensor]:
    """First paragraphs of docstrings, shuffled, and the number of the package each comes from.

    The files are parsed, never imported.
    """
    texts: list[tuple[str, int]] = []
    for number, package in enumerate(PACKAGES):
        found = importlib.util.find_spec(package)
        if found is None or not found.submodule_search_locations:
            continue
        folder = Path(found.submodule_search_locations[0])
        firsts = (next(iter(prose(text)), "") for text in docstrings(folder))
        many = list(dict.fromkeys(text for text in islice(firsts, 12 * each) if text))
        chosen = generator.permutation(len(many))[:each]
        texts += [(many[place], number) for place in chosen]
    order = generator.permutation(len(texts))
    return [texts[place][0] for place in order], torch.tensor([texts[place][1] for place in order])


def bags(tokens: Tensor, mask: Tensor) -> Tensor:
    """(n, s) 1 for each piece that occurs in a text."""
    present = torch.zeros(len(tokens), int(tokens.max()) + 1)
    present.scatter_(1, tokens, mask.float())
    return present[:, present.sum(0) > 0]
