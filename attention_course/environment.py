"""Where a notebook runs: Python, the packages, the device that PyTorch would use, and whether nbgrader runs it."""

from __future__ import annotations

import os
import platform
import warnings
from importlib import metadata

PACKAGES = ("numpy", "scipy", "matplotlib", "torch", "nbgrader")


def report() -> None:
    """Print one line for each fact."""
    for name, fact in facts().items():
        print(f"{name:12} {fact}")


def facts() -> dict[str, str]:
    """The versions and the device, in words; something that is missing is a fact too."""
    versions = {name: _version(name) for name in PACKAGES}
    return {"Python": f"{platform.python_version()} on {platform.system()}"} | versions | {"device": device()}


def device() -> str:
    """Say plainly whether there is a GPU. Never fails: without a working torch the answer is a sentence too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an old driver warns; the sentence below says what follows from it
            import torch

            if torch.cuda.is_available():
                return f"GPU: {torch.cuda.get_device_name()}. Notebooks 03 and later will use it."
            if torch.backends.mps.is_available():
                return "Apple GPU (mps). Notebooks 03 and later will use it."
    except ImportError:
        return "PyTorch is not installed. Notebooks 00 to 02 run without it; later ones need it."
    except Exception as error:  # a broken installation can raise anything, and this report must come through
        return f"PyTorch does not start ({type(error).__name__}: {error}). Notebooks 00 to 02 run without it."
    return "CPU, no GPU found. Everything required in this course runs on a CPU."


def being_graded() -> bool:
    """Whether nbgrader runs this notebook, to grade it or because somebody pressed Validate."""
    return os.environ.get("NBGRADER_EXECUTION") in ("autograde", "validate")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
