"""Handwritten digits of 8x8 pixels, and what to compare a Transformer with: a small CNN and the nearest neighbour."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.data import FOLDER

TRAIN = 1200
PATCH, SIDE = 2, 8


@dataclass(frozen=True)
class Images:
    """Images with their classes.

    Attributes:
        train, test: (n, 1, 8, 8) between 0 and 1.
        train_classes, test_classes: (n,) int64.
    """

    train: Tensor
    train_classes: Tensor
    test: Tensor
    test_classes: Tensor


def digits(seed: int | None = 0, train: int = TRAIN) -> Images:
    """The 1797 digits of data/digits.csv.gz, 1200 of them to learn from.

    Args:
        seed: of the order in which they are split. None keeps the file's order, in which the writers stand in groups:
            then most of those who write the test are not in the training.
    """
    rows = np.loadtxt(FOLDER / "digits.csv.gz", delimiter=",", dtype=np.float32)
    order = np.arange(len(rows)) if seed is None else np.random.default_rng(seed).permutation(len(rows))
    pixels = torch.from_numpy(rows[order, :-1] / 16).view(-1, 1, SIDE, SIDE)
    classes = torch.from_numpy(rows[order, -1]).long()
    return Images(pixels[:train], classes[:train], pixels[train:], classes[train:])


def nearest_neighbour(images: Images) -> float:
    """The share of test images whose nearest training image, by the distance of all pixels, is of their class."""
    nearest = torch.cdist(images.test.flatten(1), images.train.flatten(1)).argmin(dim=1)
    return float((images.train_classes[nearest] == images.test_classes).float().mean())


def small_cnn(classes: int = 10) -> nn.Sequential:
    """Two convolutions and a dense layer, 9930 numbers: a model that is built to look at neighbours."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Dropout(0.3), nn.Linear(512, classes),
    )  # fmt: skip


def other_order(seed: int = 5, count: int = (SIDE // PATCH) ** 2) -> Tensor:
    """A fixed other order of the patches."""
    return torch.from_numpy(np.random.default_rng(seed).permutation(count))


def reordered(images: Images, order: Tensor) -> Images:
    """The same images with their patches in another order; order (16,) says which patch stands at each place."""
    return replace(images, train=_moved(images.train, order), test=_moved(images.test, order))


def _moved(pictures: Tensor, order: Tensor) -> Tensor:
    cut = F.unfold(pictures, PATCH, stride=PATCH)[:, :, order]
    return F.fold(cut, (SIDE, SIDE), PATCH, stride=PATCH)


def marked_images(train: int = 4000, test: int = 500) -> tuple[Images, Tensor]:
    """(images of `marked_patches` to learn from and to test with, the places that matter in the test)."""
    (pictures, classes, _), (tests, answers, places) = marked_patches(train, 0), marked_patches(test, 1)
    return Images(pictures, classes, tests, answers), places


def marked_patches(count: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Images of 16 patches in which one alone says the class: the one whose first pixel has ink.

    The class is which of its three other pixels has ink. Every other patch has one such pixel too, drawn for itself,
    and an empty first one.

    Returns:
        (images (count, 1, 8, 8), classes (count,), places (count,) of the patch that matters).
    """
    generator = torch.Generator().manual_seed(seed)
    rows, many = torch.arange(count), (SIDE // PATCH) ** 2
    place = torch.randint(many, (count,), generator=generator)
    kinds = torch.randint(3, (count, many), generator=generator)
    patches = torch.zeros(count, many, PATCH * PATCH)
    patches[rows[:, None], torch.arange(many), 1 + kinds] = 1
    patches[rows, place, 0] = 1
    grid = patches.view(count, SIDE // PATCH, SIDE // PATCH, PATCH, PATCH)
    return grid.transpose(2, 3).reshape(count, 1, SIDE, SIDE), kinds[rows, place], place
