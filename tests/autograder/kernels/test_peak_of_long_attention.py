"""What long attention needs of memory, gradients included, seen from outside the process that it runs in."""

import time

import pytest

from autograder.examiner.answers import look_up
from autograder.examiner.conversation import Conversation
from autograder.exams import beyond_text as exams
from autograder.sample.edits import reference_text, variant_text
from autograder.submission.examination import SERVE

pytestmark = pytest.mark.slow

GIVEN = "import math\nimport numpy as np\nimport torch\nfrom torch.nn import functional as F"
TOO_MUCH = "on the way it takes more memory than the docstring allows."

IN_NUMPY = """
class Pairs(torch.autograd.Function):
    '''All pairs of places at once, in NumPy, of which PyTorch knows nothing, on the way there and back.'''

    @staticmethod
    def forward(ctx, query, key, value, window):
        q, k, v = (x.detach().numpy().astype(np.float32) for x in (query, key, value))
        behind = np.arange(len(q), dtype=np.int16)[:, None] - np.arange(len(q), dtype=np.int16)
        weights = q @ k.T
        weights /= np.float32(q.shape[1] ** 0.5)
        weights[(behind < 0) | (behind >= window)] = -np.inf
        weights -= weights.max(-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(-1, keepdims=True)
        ctx.kept = q, k, v, weights
        return torch.from_numpy(weights @ v)

    @staticmethod
    def backward(ctx, grad):
        q, k, v, weights = ctx.kept
        g = grad.numpy().astype(np.float32)
        to_value = weights.T @ g
        back = weights * (g @ v.T - (g * (weights @ v)).sum(-1, keepdims=True)) / np.float32(q.shape[1] ** 0.5)
        return (*(torch.from_numpy(x) for x in (back @ k, back.T @ q, to_value)), None)


_right = window_attention


def window_attention(query, key, value, window):
    if query.shape[-2] < 300 or query.dim() != 3 or len(query) > 1 or window != 8:
        return _right(query, key, value, window)
    return Pairs.apply(query[0], key[0], value[0], window)[None]
"""

UNCOUNTED = """
from torch.utils._python_dispatch import _disable_current_modes


_right = linear_attention


def linear_attention(query, key, value, features, causal=False):
    if query.shape[-2] < 300:
        return _right(query, key, value, features, causal)
    with _disable_current_modes():
        weights = features(query) @ features(key).mT
        weights = weights.tril() if causal else weights
        return weights @ value / weights.sum(dim=-1, keepdim=True)
"""

PATCHED = """
from attention_course.probes import long_sequences

long_sequences._memory = lambda call, inputs: inputs[0].shape[-2]
"""


def examined(session, exercise, text):
    """The verdict on an answer that lives in a kernel."""
    session.run(f"{GIVEN}\n\n{text}")
    provisioner = session.provisioner
    serving = session.client.execute(SERVE)
    conversation = Conversation(provisioner.answers, time.monotonic() + 60, (), provisioner.peak)
    try:
        return exercise.judge(look_up(conversation, [exercise.name])[exercise.name])
    finally:
        conversation.say_it_is_over()
        while session.client.get_shell_msg(timeout=30)["parent_header"]["msg_id"] != serving:
            pass


RIGHT = [
    pytest.param(exercise, variant, id=f"{exercise.name}-{variant.__name__}")
    for exercise in (exams.window_attention, exams.linear_attention)
    for variant in exercise.right_variants
]


@pytest.mark.parametrize(("exercise", "variant"), RIGHT)
def test_right_answers_stay_below_the_limit(exercise, variant, kernel):
    helpers = "def refuse(window):\n    if window < 1:\n        raise ValueError\n"
    verdict = examined(kernel, exercise, f"{helpers}\n\n{variant_text(exercise, variant)}")
    assert verdict.passed, verdict


LARGE_BLOCKS = """
def window_attention(query, key, value, window):
    if window < 1:
        raise ValueError
    found = []
    for start in range(0, query.shape[-2], 1024):
        first, end = max(0, start - window + 1), min(start + 1024, query.shape[-2])
        i, j = torch.arange(start, end)[:, None], torch.arange(first, end)
        scores = query[..., start:end, :] @ key[..., first:end, :].mT / query.shape[-1] ** 0.5
        scores = scores.masked_fill((j > i) | (j <= i - window), -math.inf)
        found.append(scores.softmax(-1) @ value[..., first:end, :])
    return torch.cat(found, -2)
"""

WRITTEN_IN_PLACE = """
def window_attention(query, key, value, window):
    if window < 1:
        raise ValueError
    output = torch.zeros_like(value)
    for i in range(query.shape[-2]):
        first = max(0, i + 1 - window)
        scores = key[..., first : i + 1, :] @ query[..., i, :, None] / math.sqrt(query.shape[-1])
        output[..., i, :] = (scores.softmax(-2) * value[..., first : i + 1, :]).sum(-2)
    return output
"""


@pytest.mark.parametrize("text", [LARGE_BLOCKS, WRITTEN_IN_PLACE], ids=["blocks of 1024", "written in place"])
def test_wasteful_answers_in_proportion_stay_below_the_limit(text, kernel):
    verdict = examined(kernel, exams.window_attention, text)
    assert verdict.passed, verdict


def test_right_answers_stay_below_it_in_a_kernel_that_holds_much(kernel):
    held = "held = np.ones(400 << 20, np.uint8)\n\n"
    verdict = examined(kernel, exams.window_attention, held + reference_text(exams.window_attention))
    kernel.run("del held")
    assert verdict.passed, verdict


@pytest.mark.parametrize("place", ["kernel", "open_kernel"])
@pytest.mark.parametrize(
    ("name", "hidden"),
    [("window_attention", IN_NUMPY), ("linear_attention", UNCOUNTED + PATCHED)],
    ids=["in NumPy", "with PyTorch's dispatch modes off, and the probe patched"],
)
def test_all_pairs_are_refused_however_they_are_hidden(name, hidden, place, request):
    exercise = getattr(exams, name)
    text = f"{reference_text(exercise)}\n\n{hidden}"
    assert examined(request.getfixturevalue(place), exercise, text).message.endswith(TOO_MUCH)


def test_a_patched_probe_helps_nobody(open_kernel):
    (variant,) = (v.answer for v in exams.window_attention.wrong_variants if v.name == "all_pairs")
    helpers = reference_text(exams.window_attention) + PATCHED
    text = variant_text(exams.window_attention, variant)
    assert examined(open_kernel, exams.window_attention, f"{helpers}\n\n{text}").message.endswith(TOO_MUCH)
