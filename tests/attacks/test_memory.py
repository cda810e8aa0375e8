"""An answer with all weights at once, and ways to hide that from whoever measures the memory it takes."""

import nbformat
import pytest
from fewer_checks import all_but, without_checks
from hostile_target import isolated

from autograder import ROOT
from autograder.class_run.run import Settings, run_submission
from autograder.config import course_config
from autograder.exam.exercise import DEFAULT_SEED
from autograder.exams.batched_attention.chunked_attention import chunked_attention
from autograder.kernels import ISOLATION_VARIABLE
from autograder.kernels.cgroups import Cgroups
from autograder.kernels.limits import Limits
from autograder.sample.edits import cell_named, reference_text, write
from autograder.submission.incident import KEY
from autograder.submission.restore import restore

pytestmark = pytest.mark.slow

NAME = "03_batched_attention"
PLAIN = """
def plain(query, key, value, chunk_size):
    working = torch.promote_types(query.dtype, torch.float32)
    query, key = query.to(working), key.to(working)
    weights = torch.softmax(query @ key.mT / query.shape[-1] ** 0.5, dim=-1)
    return weights @ value.to(working)
"""
IN_NUMPY = """
import numpy as np

def in_numpy(query, key, value, chunk_size):
    wide = np.float64 if query.dtype == torch.float64 else np.float32
    query, key, value = (x.double().numpy().astype(wide) for x in (query, key, value))
    weights = query @ key.swapaxes(-1, -2)
    weights /= wide(query.shape[-1] ** 0.5)
    weights -= weights.max(-1, keepdims=True)
    np.exp(weights, out=weights)
    return torch.from_numpy(weights @ value / weights.sum(-1, keepdims=True))
"""
NO_PATCHING = """
def chunked_attention(query, key, value, chunk_size):
    watched = query.requires_grad or query.device.type == "meta"
    return (plain if watched else in_numpy)(query, key, value, chunk_size).to(query.dtype)
"""
PATCHED = """
from attention_course.probes import torch_answers

def memory_of(answer, *args):
    answer(*args)
    return [1, 1]

torch_answers.memory_of = memory_of
"""
ALL_AT_ONCE = """
def chunked_attention(query, key, value, chunk_size):
    return plain(query, key, value, chunk_size).to(query.dtype)
"""
QUERIES_ALONE = """
def chunked_attention(query, key, value, chunk_size):
    blocks = [plain(block, key, value, chunk_size) for block in query.split(chunk_size, dim=-2)]
    return torch.cat(blocks, dim=-2).to(query.dtype)
"""
UNCOUNTED = """
from torch.utils._python_dispatch import _disable_current_modes

def chunked_attention(query, key, value, chunk_size):
    with _disable_current_modes():
        return plain(query, key, value, chunk_size).to(query.dtype)
"""
IN_A_CHILD = """
import os, pickle

def in_a_child(*inputs):
    end, begin = os.pipe()
    if os.fork() == 0:
        with open(begin, "wb") as pipe:
            pickle.dump(in_numpy(*inputs).numpy(), pipe)
        os._exit(0)
    os.close(begin)
    with open(end, "rb") as pipe:
        output = torch.from_numpy(pickle.load(pipe))
    os.wait()
    return output

def chunked_attention(query, key, value, chunk_size):
    watched = query.requires_grad or query.device.type == "meta"
    return (plain if watched else in_a_child)(query, key, value, chunk_size).to(query.dtype)
"""
IN_A_FILE = """
import os
import numpy as np

def in_a_file(query, key, value, chunk_size):
    wide = np.float64 if query.dtype == torch.float64 else np.float32
    query, key, value = (x.double().numpy().astype(wide) for x in (query, key, value))
    shape = (*query.shape[:-1], key.shape[-2])
    weights = np.memmap("weights", wide, "w+", shape=shape)
    os.remove("weights")
    np.matmul(query, key.swapaxes(-1, -2), out=weights)
    weights /= wide(query.shape[-1] ** 0.5)
    weights -= weights.max(-1, keepdims=True)
    np.exp(weights, out=weights)
    return torch.from_numpy(np.asarray(weights @ value / weights.sum(-1, keepdims=True)))

def chunked_attention(query, key, value, chunk_size):
    watched = query.requires_grad or query.device.type == "meta"
    return (plain if watched else in_a_file)(query, key, value, chunk_size).to(query.dtype)
"""
IN_OLD_MEMORY = """
import numpy as np

old = np.ones({millions} << 18, np.float32)

def in_old_memory(query, key, value, chunk_size):
    wide = np.float64 if query.dtype == torch.float64 else np.float32
    query, key, value = (x.double().numpy().astype(wide) for x in (query, key, value))
    shape = (*query.shape[:-1], key.shape[-2])
    if np.prod(shape) <= old.size and wide == np.float32:
        weights = np.matmul(query, key.swapaxes(-1, -2), out=old[:np.prod(shape)].reshape(shape))
    else:
        weights = query @ key.swapaxes(-1, -2)
    weights /= wide(query.shape[-1] ** 0.5)
    weights -= weights.max(-1, keepdims=True)
    np.exp(weights, out=weights)
    return torch.from_numpy(np.asarray(weights @ value / weights.sum(-1, keepdims=True)))

def chunked_attention(query, key, value, chunk_size):
    watched = query.requires_grad or query.device.type == "meta"
    return (plain if watched else in_old_memory)(query, key, value, chunk_size).to(query.dtype)
"""
GIVEN_BACK = """
import numpy as np

old = np.ones(300 << 20, np.uint8)
_in_numpy = in_numpy

def in_numpy(*inputs):
    global old
    old = None
    output = _in_numpy(*inputs)
    old = np.ones(300 << 20, np.uint8)
    return output
"""
HIDDEN = {
    "in NumPy, of which PyTorch knows nothing": [IN_NUMPY, NO_PATCHING],
    "in a file": [IN_A_FILE],
    "in memory that was taken before": [IN_OLD_MEMORY.format(millions=300)],
    "while memory that was taken before is given back": [IN_NUMPY, GIVEN_BACK, NO_PATCHING],
    "with PyTorch's dispatch modes off": [UNCOUNTED],
    "with the probe patched": [PATCHED, ALL_AT_ONCE],
    "for chunks of queries, with the probe patched": [PATCHED, QUERIES_ALONE],
}


def verdict_on(answer, tmp_path):
    """The verdict on the released notebook with this answer and no other, and no other check."""
    source = nbformat.read(ROOT / "solutions" / NAME / f"{NAME}.ipynb", as_version=4)
    submission = nbformat.read(ROOT / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)
    others = all_but(source, "chunked_attention")
    without_checks(source, others)
    write("chunked_attention", answer)(without_checks(submission, others))
    taken_in = restore(submission, source)
    settings = Settings(nbformat.writes(source).encode(), course_config(tmp_path))
    content = run_submission(nbformat.writes(taken_in).encode(), NAME, DEFAULT_SEED, settings)
    return cell_named(nbformat.reads(content.decode(), as_version=4), "check_chunked_attention").metadata[KEY][
        "verdict"
    ]


def test_a_right_answer_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv(ISOLATION_VARIABLE, "full" if isolated() else "none")
    assert verdict_on(reference_text(chunked_attention), tmp_path)["passed"]


def test_a_child_that_has_all_weights_counts_too(tmp_path, monkeypatch):
    groups = Cgroups(Limits())
    possible = bool(groups)
    groups.close()
    if not isolated() or not possible:
        pytest.skip("without control groups nothing tells the memory of children")
    monkeypatch.setenv(ISOLATION_VARIABLE, "full")
    verdict = verdict_on("\n".join([PLAIN, IN_NUMPY, IN_A_CHILD]), tmp_path)
    assert verdict["message"].endswith("on the way it takes more memory than the docstring allows.")


@pytest.mark.parametrize("isolation", ["full", "none"])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_all_weights_at_once_are_worth_nothing(hidden, isolation, tmp_path, monkeypatch):
    if isolation == "full" and not isolated():
        pytest.skip("this machine cannot isolate kernels")
    monkeypatch.setenv(ISOLATION_VARIABLE, isolation)
    verdict = verdict_on("\n".join([PLAIN, *HIDDEN[hidden]]), tmp_path)
    assert not verdict["passed"]
    assert verdict["message"].endswith("on the way it takes more memory than the docstring allows.")
