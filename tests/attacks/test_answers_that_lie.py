"""Answers that are no answers: objects that say they equal whatever is expected, replies that no kernel would send."""

import pytest
from hostile_target import nothing_gained

pytestmark = pytest.mark.slow

LYING_OBJECTS = {
    "equals everything": """
class Everything:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    def __hash__(self): return 0

def first(x): return Everything()
""",
    "reads as whatever the caller expects": """
import sys

class Chameleon:
    def __array__(self, dtype=None, copy=None):
        frame = sys._getframe()
        while frame:
            for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
                if isinstance(value, list) and len(value) == 2 and isinstance(value[0], float):
                    return np.array(value)
            frame = frame.f_back
        return np.zeros(2)

def first(x): return Chameleon()
""",
    "an array that is close to everything": """
class Close(np.ndarray):
    def __eq__(self, other): return np.True_
    def __array_ufunc__(self, *args, **kwargs): return np.True_
    def __array_function__(self, *args, **kwargs): return True

def first(x): return np.zeros(np.shape(x)).view(Close)
""",
    "a tensor that is close to everything": """
import torch

class Close(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None): return True

def first(x): return torch.zeros(2).as_subclass(Close)
""",
    "a number that equals every number": """
class Number(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __abs__(self): return 0.0
    __hash__ = None

def first(x): return Number(0) if np.ndim(x) == 0 else [Number(0), Number(0)]
""",
    "a whole number that indexes as another": """
class Whole(int):
    def __index__(self): return 0
    def __eq__(self, other): return True
    __hash__ = None

def first(x): return Whole(7)
""",
    "a list that is longer than it says": """
class List(list):
    def __len__(self): return 2
    def __eq__(self, other): return True
    def __iter__(self): return iter([1.0] * 2)
    __hash__ = None

def first(x): return List()
""",
    "a class in the place of a function": """
class first:
    def __new__(cls, x): return object.__new__(cls)
    def __eq__(self, other): return True
    __hash__ = None
""",
    "an object that pretends to be a function": """
class First:
    def __call__(self, x): return x
    def __eq__(self, other): return True
    def __getattr__(self, name): return lambda *args, **kwargs: True
    __hash__ = None

first = First()
""",
    "pickles itself into a command": """
class Payload:
    def __reduce__(self):
        import os
        return os.system, ("echo pwned > /tmp/pwned",)

def first(x): return Payload()
""",
    "an object array of commands": """
class Payload:
    def __eq__(self, other): return True
    def __float__(self): return 0.0

def first(x): return np.array([Payload(), Payload()], dtype=object)
""",
}


@pytest.mark.parametrize("text", LYING_OBJECTS.values(), ids=LYING_OBJECTS)
def test_an_object_that_lies_is_plain_data_or_nothing(attack, text):
    nothing_gained(attack(f"import numpy as np\n{text}"))


ODD_REPLIES = {
    "a gigabyte": "def first(x): return bytes(1 << 30)",
    "an array of a gigabyte": "import numpy as np\ndef first(x): return np.zeros(1 << 27)",
    "an array larger than its bytes": "import numpy as np\ndef first(x): return np.broadcast_to(0.0, (1 << 40,))",
    "nested a million deep": """
def first(x):
    y = []
    for _ in range(10**6):
        y = [y]
    return y
""",
    "holds itself": "def first(x):\n    y = {}\n    y['y'] = y\n    return y",
    "a set of ten million": "def first(x): return set(range(10**7))",
    "a number of a million digits": "def first(x): return 10**1_000_000",
    "calls itself for ever": "def first(x): return first(x)",
    "an endless list": """
class Endless(list):
    def __iter__(self):
        while True:
            yield 1

def first(x): return Endless()
""",
    "an endless mapping": """
import itertools
from collections.abc import Mapping

class Endless(Mapping):
    def __len__(self): return 1
    def __getitem__(self, key): return key
    def __iter__(self): return itertools.count()

def first(x): return Endless()
""",
    "not a number": "def first(x): return float('nan')",
    "the wrong shape": "import numpy as np\ndef first(x): return np.zeros((2, 1))",
    "a generator": "def first(x):\n    yield 1",
    "a coroutine": "async def first(x):\n    return 1",
    "half a character": "def first(x): return chr(0xD800)",
}


@pytest.mark.parametrize("text", ODD_REPLIES.values(), ids=ODD_REPLIES)
def test_an_odd_reply_is_wrong_and_no_more(attack, text):
    nothing_gained(attack(text))


FORGED_FRAMES = {
    "garbage": "os.write(fd, b'HTTP/1.1 200 OK' * 100)",
    "a pickle": "os.write(fd, pickle.dumps(os.system))",
    "a header of four gigabytes": "os.write(fd, b'ans1' + b'\\xff' * 4)",
    "pieces that never come": "os.write(fd, frame([1, [1 << 26]]))",
    "replies to any number": "[os.write(fd, frame([['list', [n, 'result', 1, None]], []])) for n in range(200)]",
    "a reply that is a dict": "os.write(fd, frame([['dict', [[1, 1]]], []]))",
    "the end of the exam": "os.write(fd, frame([['list', [0, 'over']], []]))",
    "nothing any more": "os.close(fd)",
    "one end for two": "os.dup2(os.open('/dev/zero', os.O_RDWR), fd)",
}
FORGING = """
import json, os, pickle, struct

fd = int(os.environ["ATTENTION_COURSE_ANSWERS_FD"])

def frame(header):
    text = json.dumps(header).encode()
    return struct.pack("<4sI", b"ans1", len(text)) + text

"""


@pytest.mark.parametrize("where", ["before", "during"])
@pytest.mark.parametrize("forged", FORGED_FRAMES.values(), ids=FORGED_FRAMES)
def test_a_forged_message_ends_the_exam_of_its_exercise(attack, forged, where):
    cell = f"{FORGING}{forged}\ndef first(x): return 0" if where == "before" else f"{FORGING}def first(x): {forged}"
    graded = attack(cell)
    # what a cell does outside of its function is done again in a new kernel, to the loss of later exercises
    nothing_gained(graded, lost=("first",) if graded.points["second"] else ("first", "second"))
    assert graded.points["second"] or where == "before"


def test_whoever_serves_in_the_place_of_the_shim_knows_no_more(attack):
    graded = attack(f"""{FORGING}
from attention_course.answering import shim, wire

def serve(namespace, connection=None):
    connection = shim._connection()
    while True:
        number, word, *rest = wire.receive(connection, views=True)
        if word == "over":
            return
        print(number, word, rest)
        said = [[["function", None]]] if word == "look" else ["result", True, None]
        wire.send(connection, wire.pack([number, *said]))

shim.serve = serve
""")
    assert graded.points["first"] == 0
    nothing_gained(graded, lost=("first", "second"))


def test_a_slow_drip_has_an_end(attack):
    graded = attack(f"""{FORGING}
import time

def first(x):
    for byte in frame([["list", [1] * 10_000], []]):
        os.write(fd, bytes([byte]))
        time.sleep(0.5)
""")
    nothing_gained(graded)
    assert graded.incidents & {"time limit", "no answer"}


def test_waiting_for_ever_has_an_end(attack):
    graded = attack("import time\ndef first(x): time.sleep(10**6)")
    nothing_gained(graded)
    assert "time limit" in graded.incidents


def test_an_error_carries_nothing_but_its_kind(attack):
    """A function meets the inputs of hidden tests; neither its errors nor their names may show them."""
    graded = attack("""
def first(x):
    if getattr(x, "size", 1) == 2:
        name = "Input_" + "_".join(str(v).replace(".", "p") for v in x)
        raise type(name, (ValueError,), {})(f"input was {x}")
    return 0
""")
    nothing_gained(graded)
    assert "2p5" not in graded.visible
    assert "2.5" not in graded.visible
