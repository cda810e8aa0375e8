"""Whether one kernel hears what another says by the channels of channels.txt."""

import json
import random
import time
from math import comb, log2
from pathlib import Path

COMMON = """
import ctypes, fcntl, json, mmap, os, select, signal, socket, struct, threading, time
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
TOPICS = os.path.dirname(os.__file__) + "/pydoc_data/topics.py"
held = []

def close_all():
    for number in held: os.close(number)
    held.clear()

def lock(number, kind, command=fcntl.F_SETLK):
    return struct.unpack("hhqqi4x", fcntl.fcntl(number, command, struct.pack("hhqqi4x", kind, 0, 2**40, 8, 0)))

def is_locked(number):
    try: fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError: return 1
    fcntl.flock(number, fcntl.LOCK_UN)
    return 0

def map_file(number, size):
    return libc.mmap(None, ctypes.c_size_t(size), 1, 1, number, ctypes.c_long(0))

def number_in(path, place=0):
    return float(open(path).read().split()[place])

def fill(bit):
    with open("/dev/shm/block", "wb") as file:
        if bit: os.posix_fallocate(file.fileno(), 0, 64 << 20)

def fork_some(bit):
    for pid in held:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    held.clear()
    for _ in range(5 * bit):
        held.append(spawn("sleep", "30"))

def spawn(*command):
    return os.posix_spawnp(command[0], command, os.environ)

def nice_of(user):
    try: return os.getpriority(os.PRIO_USER, user)
    except OSError: return 0

def delta(value, last=[]):
    last.append(value)
    return last[-1] - last[-2] if last[1:] else 0
"""

SEND = """
for number, bit in enumerate({bits}):
    time.sleep(max(0, {start} + number * {slot} - time.monotonic()))
    try: put(bit)
    except Exception as error: print(type(error).__name__, error)
try: put(0)
except Exception: pass
"""

HEAR = """
heard = []
for number in range({count}):
    time.sleep(max(0, {start} + (number + 0.55) * {slot} - time.monotonic()))
    try: heard.append(float(get()))
    except Exception: heard.append(0.0)
print(json.dumps(heard))
"""


def channels():
    """{name: (sender, receiver)}."""
    text = Path(__file__).with_name("channels.txt").read_text(encoding="utf-8")
    found = {}
    for section in text.split("\n## ")[1:]:
        name, _, body = section.partition("\n")
        found[name] = tuple(body.split("\n--\n"))
    return found


def share_of_bits_heard(sender, receiver, channel, count, slot=0.04):
    """Send random bits, one in each slot of seconds; the share that is heard, by the best of several readings."""
    bits = [random.SystemRandom().randrange(2) for _ in range(count)]
    for session, text in zip((sender, receiver), channel, strict=True):
        session.messages(COMMON + text)  # it may fail: refused
    start = time.monotonic() + 0.2
    asked = receiver.client.execute(HEAR.format(count=count, start=start, slot=slot))
    sender.messages(SEND.format(bits=bits, start=start, slot=slot), timeout=60 + count * slot)
    numbers = json.loads(_printed(receiver.client, asked))
    return max(_agreement(bits, [number > level for number in numbers]) for level in _levels(numbers)) / count


def _printed(client, asked):
    """What a cell prints that was sent off before."""
    text = ""
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") == asked:
            text += message["content"].get("text", "")
            if message["content"].get("execution_state") == "idle":
                client.get_shell_msg(timeout=60)
                return text


def _levels(numbers):
    middle = sorted(numbers)[len(numbers) // 2]
    return {middle, middle - 1e-9, (min(numbers) + max(numbers)) / 2}


def _agreement(bits, heard):
    same = sum(bool(bit) == said for bit, said in zip(bits, heard, strict=True))
    return max(same, len(bits) - same)


def chance(share, count):
    """At most how likely so large a share is where nothing is heard: two ends of a binomial, three levels."""
    return min(1, 6 * sum(comb(count, k) for k in range(round(share * count), count + 1)) / 2**count)


def bits_a_second(share, slot=0.04):
    """What a channel carries in which this share of the bits is heard (binary symmetric channel)."""
    lost = 0 if share == 1 else -share * log2(share) - (1 - share) * log2(1 - share)
    return (1 - lost) / slot
