"""What a learner's code returns may be as large, or as odd, as it likes: the examiner has limits."""

import pytest
import torch

from autograder.examiner import client
from autograder.examiner.conversation import Conversation, LostKernelError
from autograder.exams.masked_language_model.mask_tokens_cases import statistics
from autograder.submission.messages import own_memory


@pytest.mark.parametrize("number", [2**28, 2**40, -1, -(2**40)])
def test_a_token_that_is_none_is_not_counted_up_to(number):
    tokens, special = torch.zeros(40, 50, dtype=torch.int64), torch.zeros(40, 50, dtype=torch.bool)
    before = own_memory()
    with pytest.raises(ValueError, match="not a token"):
        statistics(tokens, special, 20, 3, 1.0, (torch.full_like(tokens, number), tokens))
    assert own_memory() - before < 100 << 20


def test_an_answer_that_does_not_fit_into_memory_is_no_answer(monkeypatch):
    def overflow(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr("attention_course.answering.wire.receive", overflow)
    monkeypatch.setattr("attention_course.answering.wire.send", lambda *args, **kwargs: None)
    with pytest.raises(LostKernelError) as lost:
        Conversation(None, 0).ask("call")
    assert lost.value.name == "no answer"


@pytest.mark.slow
def test_an_examiner_that_ends_costs_nobody_the_grade(small, monkeypatch):
    replies = client.Examiner.reply

    def ended_once(self, seconds):
        monkeypatch.setattr(client.Examiner, "reply", replies)
        raise client.ExaminerError("ended")

    monkeypatch.setattr(client.Examiner, "reply", ended_once)
    small.submit()
    points, incidents, _ = small.graded()
    assert points == [0, 3]
    assert incidents == ["exam broken"]
