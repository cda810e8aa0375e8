"""What notebook 05 needs around the learner's work: a body, its pre-training, tasks with their limits, a loop.

Nothing in here solves an exercise of notebook 05: the heads, what learns, the scores and the tags are the learner's.
"""

from attention_course.environment import being_graded
from attention_course.tuning.body import Body, LentBody, a_body, initialise
from attention_course.tuning.fit import fit, labelled_steps, logits_of
from attention_course.tuning.pretraining import PreTraining, pretrain
from attention_course.tuning.tasks import (
    TOPICS,
    Sentences,
    agreement_task,
    bag_of_words,
    encoded,
    logistic,
    topic_posterior,
    topic_task,
)
from attention_course.tuning.watch import LiveLoss, counted

__all__ = [
    "TOPICS",
    "Body",
    "LentBody",
    "LiveLoss",
    "PreTraining",
    "Sentences",
    "a_body",
    "agreement_task",
    "bag_of_words",
    "being_graded",
    "counted",
    "encoded",
    "fit",
    "initialise",
    "labelled_steps",
    "logistic",
    "logits_of",
    "pretrain",
    "topic_posterior",
    "topic_task",
]
