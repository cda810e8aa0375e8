"""Training for notebook 04: a loop, its data, checkpoints and live curves, around the work of a learner.

Nothing in here solves an exercise: the model, the masking, the loss and the step are the learner's, handed in as a
`Work`. `python -m attention_course.training --help` trains from the command line, also on several processes.
"""

from attention_course.environment import being_graded
from attention_course.training.data import Material
from attention_course.training.loop import Progress, train
from attention_course.training.material import from_documents, own_text, pieces, small_language
from attention_course.training.needs import needs
from attention_course.training.objective import PreTraining
from attention_course.training.recipe import Recipe, budget, initialise
from attention_course.training.run import Curve, Run
from attention_course.training.watch import LiveCurve, TerminalBar
from attention_course.training.work import Work

__all__ = [
    "Curve",
    "LiveCurve",
    "Material",
    "PreTraining",
    "Progress",
    "Recipe",
    "Run",
    "TerminalBar",
    "Work",
    "being_graded",
    "budget",
    "from_documents",
    "initialise",
    "needs",
    "own_text",
    "pieces",
    "small_language",
    "train",
]
