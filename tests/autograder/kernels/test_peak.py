"""What a call needs of memory, seen from outside the process that it runs in."""

import os
import time

import numpy as np
import pytest

from autograder.examiner.answers import look_up
from autograder.examiner.conversation import Conversation
from autograder.exams.batched_attention.chunked_attention import chunked_attention, large_cases
from autograder.kernels import peak
from autograder.sample.edits import reference_text, variant_text
from autograder.submission.examination import SERVE

pytestmark = pytest.mark.slow

MEBIBYTE = 2**20
GIVEN = "import math\nimport numpy as np\nimport torch\nfrom torch.nn import functional as F"
REFERENCE = reference_text(chunked_attention)
WAYS = {
    "NumPy": "held = np.ones(size, dtype=np.uint8); del held",
    "PyTorch": "held = torch.ones(size, dtype=torch.uint8); del held",
    "Python's own strings": "held = b'x' * size; del held",
    "a mapping": "held = mmap.mmap(-1, size); held.write(b'x' * size); held.close()",
}


def grown(kernel, seen, cell):
    """By how many bytes a kernel grows for a cell."""
    kernel.run("import mmap, numpy as np, torch; np.ones(9), torch.ones(9)")
    before = seen.restart()
    kernel.run(f"size = {100 * MEBIBYTE}\n{cell}")
    return seen.bytes() - before


@pytest.fixture(params=["shut in, in a group", "shut in, without a group", "open"])
def seen(request, monkeypatch):
    """A kernel, and its peak as it can be told there."""
    session = request.getfixturevalue("open_kernel" if request.param == "open" else "kernel")
    pid, group = session.provisioner.pid, session.provisioner.process.group_peak
    if request.param == "shut in, in a group" and not group:
        pytest.skip("no control groups can be made here")
    group = group if request.param == "shut in, in a group" else ""
    found = peak.of_kernel(pid, group, guarded=request.param != "open")
    yield session, found
    found.close()


@pytest.mark.parametrize("way", WAYS)
def test_whatever_takes_memory_is_seen_although_it_is_given_back(seen, way):
    assert 99 * MEBIBYTE < grown(*seen, WAYS[way]) < 230 * MEBIBYTE


def test_what_was_taken_earlier_is_not_counted(seen):
    kernel, found = seen
    grown(kernel, found, WAYS["NumPy"])
    assert grown(kernel, found, "1 + 1") < 8 * MEBIBYTE


def test_a_process_that_ended_is_not_taken_for_a_small_one(start):
    session = start()
    found = peak.of_kernel(session.provisioner.pid, "", guarded=True)
    session.manager.shutdown_kernel(now=True)
    with pytest.raises(ProcessLookupError):
        found.restart()
    found.close()


def test_nothing_is_told_where_nothing_can_be_read(tmp_path):
    assert peak.of_kernel(2**22 + 1, str(tmp_path / "memory.peak"), guarded=False) is None
    assert peak.of_kernel(2**22 + 1, "", guarded=True) is None


def test_a_group_whose_peak_cannot_be_reset_is_passed_over(tmp_path):
    file = tmp_path / "memory.peak"
    file.write_text("123\n")
    file.chmod(0o444)
    if os.geteuid() == 0:
        file = tmp_path  # root may write to any file, but to no folder
    found = peak.of_kernel(os.getpid(), str(file), guarded=False)
    assert len(found.descriptors) == 2
    found.close()


NUMPY_ALONE = """
_right = chunked_attention

def chunked_attention(query, key, value, chunk_size):
    if len(query[0, 0]) < 64 or query.requires_grad:
        return _right(query, key, value, chunk_size)
    {body}
    return torch.from_numpy(output / weights.sum(-1, keepdims=True))
"""
ALL_AT_ONCE = """weights = query.numpy() @ key.numpy().swapaxes(-1, -2)
    weights /= 2 ** 0.5
    weights -= weights.max(-1, keepdims=True)
    np.exp(weights, out=weights)
    output = weights @ value.numpy()"""


def largest(answer):
    """What the largest case takes that the kernel gives reason for."""
    (case,) = large_cases(np.random.default_rng(0))
    memory = case.call(answer).memory
    while larger := case.enlarged(memory.held):
        case = larger
        memory = case.call(answer).memory
    return memory


def examined(session, text):
    """The verdict on a chunked_attention, and the bytes that its largest case takes, seen from outside."""
    session.run(text)
    provisioner = session.provisioner
    serving = session.client.execute(SERVE)
    conversation = Conversation(provisioner.answers, time.monotonic() + 60, (), provisioner.peak)
    answer = look_up(conversation, ["chunked_attention"])["chunked_attention"]
    try:
        verdict = chunked_attention.judge(answer)
        return verdict, largest(answer).grown
    finally:
        conversation.say_it_is_over()
        while session.client.get_shell_msg(timeout=30)["parent_header"]["msg_id"] != serving:
            pass


@pytest.mark.parametrize("place", ["kernel", "open_kernel"])
@pytest.mark.parametrize("right", chunked_attention.right_variants, ids=lambda right: right.__name__)
def test_right_answers_stay_far_below_the_limit(right, place, request):
    text = variant_text(chunked_attention, right)
    verdict, grown = examined(request.getfixturevalue(place), f"{GIVEN}\n\n{text}")
    assert verdict.passed, verdict
    print(grown)
    assert grown < 24 * MEBIBYTE


@pytest.mark.parametrize("place", ["kernel", "open_kernel"])
def test_all_weights_at_once_are_far_above_it(place, request):
    text = NUMPY_ALONE.format(body=ALL_AT_ONCE)
    verdict, grown = examined(request.getfixturevalue(place), f"{GIVEN}\n\n{REFERENCE}\n\n{text}")
    assert not verdict.passed
    assert verdict.message.endswith("on the way it takes more memory than the docstring allows.")
    assert grown > 60 * MEBIBYTE
