"""Two kernels cannot talk to each other, but by what docs/security.md names."""

import pytest
from channels import bits_a_second, chance, channels, share_of_bits_heard

from autograder import ROOT

pytestmark = pytest.mark.slow

OPEN = "open: "
CLOSED = [name for name in channels() if not name.startswith(OPEN)]
PROC = """
import os
found = {}
for folder, folders, files in os.walk("/proc"):
    if folder == "/proc":
        folders[:] = [name for name in folders if not name.isdigit() and name not in ("self", "thread-self", "net")]
    for name in files:
        try: found[folder + "/" + name] = hash(open(os.path.join(folder, name), "rb").read(1 << 20))
        except OSError: pass
"""
WORK = """
import os, time
for number in range(200):
    os.posix_fallocate(os.open(f"/tmp/{number % 20}", os.O_CREAT | os.O_RDWR), 0, 1 << 20)
    if number % 10 == 0: os.waitpid(os.posix_spawnp("true", ["true"], os.environ), 0)
"""


@pytest.fixture(scope="module")
def pair(can_isolate):
    from kernel_session import Session

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ATTENTION_COURSE_ISOLATION", raising=False)
        sessions = Session(), Session()
    yield sessions
    for session in sessions:
        session.close()


@pytest.mark.parametrize("name", CLOSED)
def test_nothing_is_heard(pair, name, full_proof):
    count = 1500 if full_proof else 16
    share = share_of_bits_heard(*pair, channels()[name], count)
    if chance(share, count) < 0.02:  # by chance once in some hundred channels: listen longer
        count = 1500 if full_proof else 250
        share = share_of_bits_heard(*pair, channels()[name], count)
    assert chance(share, count) > 1e-4, f"{bits_a_second(share):.1f} bits a second"


@pytest.mark.parametrize("name", [name for name in channels() if name.startswith(OPEN)])
def test_what_is_heard_is_named_where_instructors_read(name):
    text = " ".join((ROOT / "docs" / "security.md").read_text(encoding="utf-8").split())
    assert name.removeprefix(OPEN) in text


def test_the_instrument_hears_what_there_is_to_hear(pair):
    """Else silence above would mean nothing: the two kernels, and a channel that is surely open."""
    assert chance(share_of_bits_heard(*pair, channels()["open: futexes on files"], 40), 40) < 1e-4


def test_nothing_outside_of_processes_moves_in_proc(pair):
    sender, receiver = pair
    receiver.run(PROC + "before = found")
    sender.run(WORK)
    assert receiver.run(PROC + "print([name for name in found if found[name] != before.get(name)])") == "[]\n"
    assert receiver.run("print(len(found) > 20, any(map(len, open('/proc/meminfo'))))") == "True True\n"


def test_nothing_can_be_written_in_proc(pair):
    for kernel in pair:
        said = kernel.run("""
import os, subprocess, sys
code = '''
for name in ("oom_score_adj", "oom_adj", "comm", "timerslack_ns", "clear_refs", "coredump_filter"):
    try: open("/proc/self/" + name, "w").write("0")
    except OSError: continue
    print(name)
'''
exec(code)
print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout, end="")
print(open("/proc/self/oom_score_adj").read().strip())
""")
        assert said == "1000\n"
