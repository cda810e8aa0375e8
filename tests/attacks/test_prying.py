"""A submission that looks for the tests, the answers, the seed and other people's work, and for ways to change them."""

import os
import signal
import socket
import subprocess
import sys
import threading

import pytest
from hostile_target import WRONG, isolated, nothing_gained

pytestmark = pytest.mark.slow

LATER = "get_ipython().events.register('post_run_cell', lambda result: look())"
FOUND = """
import builtins

def mark(): return "".join(("xyz", "zy"))  # not folded into a constant that would be found itself

def look():
    try:
        found = search()
    except BaseException as error:
        found = type(error)
    builtins.print(repr(found)[:3000])
"""
SEARCHES = {
    "the text of every cell": "def search(): return get_ipython().user_ns.get('_ih'), get_ipython().user_ns.get('Out')",
    "what hooks get to see": """
seen = []
get_ipython().events.register("pre_run_cell", lambda info: seen.append(info.raw_cell))
get_ipython().input_transformers_cleanup.append(lambda lines: (seen.append(lines), lines)[1])
def search(): return seen
""",
    "the history": "def search(): return list(get_ipython().history_manager.get_range(raw=True))",
    "every line of source that is cached": """
import linecache
def search(): return [line for entry in linecache.cache.values() if entry and len(entry) > 2 for line in entry[2]
                      if mark() in line or "".join(("8128", "11909")) in line]
""",
    "every object": """
import gc
def search(): return [o for o in gc.get_objects() if isinstance(o, (dict, list, tuple)) and mark() in repr(o)[:2000]]
""",
    "every frame": """
import sys
def search():
    found, frame = [], sys._getframe()
    while frame:
        found += [(name, value) for name, value in {**frame.f_globals, **frame.f_locals}.items()
                  if isinstance(value, str) and (mark() in value or "".join(("HIDDEN", " TESTS")) in value)]
        frame = frame.f_back
    return found
""",
    "its own memory": """
def search():
    found = []
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            if "[heap]" in line:
                start, end = (int(x, 16) for x in line.split()[0].split("-"))
                memory.seek(start)
                heap = memory.read(end - start)
                at = heap.find(b"".join((b"CODE", b"WORD = ")))
                found.append(heap[at:at + 200] if at >= 0 else b"")
    return found
""",
    "whoever calls its function": """
import sys
trail = []
def first(x):
    frame = sys._getframe()
    while frame:
        trail.append((frame.f_code.co_name, [v for v in frame.f_locals.values() if isinstance(v, (int, float, str))]))
        frame = frame.f_back
    sys.settrace(lambda f, event, arg: (trail.append((event, repr(arg)[:50])), None)[1])
    return 0
def search(): return trail
""",
}


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_nothing_of_the_exam_is_in_the_kernel(attack, search):
    wrong = "" if "def first" in search else WRONG
    nothing_gained(attack(f"{FOUND}{search}\n{LATER}{wrong}"))


@pytest.fixture
def printed(attack):
    """printed(text) -> what the cell prints; the submission gains nothing."""

    def run(text):
        graded = attack(text + WRONG)
        nothing_gained(graded)
        cell = next(c for c in graded.notebook.cells if c.source.startswith(text[:20]))
        return "".join(o.get("text", "") for o in cell.outputs)

    return run


@pytest.mark.skipif(not isolated(), reason="kernels cannot be shut in on this machine")
class TestOutside:
    """What is outside of the kernel: found by no search, changed by no write."""

    def test_the_exams_and_the_references_cannot_be_imported(self, printed):
        said = printed("""
import importlib
for name in ("autograder", "autograder.exams", "autograder.exam.reference", "autograder.sample.classroom", "solutions"):
    try:
        print("got", importlib.import_module(name))
    except ImportError:
        print("no", name)
""")
        assert "got" not in said
        assert said.count("no") == 5

    def test_no_file_of_the_course_is_found(self, printed, target, tmp_path):
        said = printed(f"""
import os
for path in ({str(target.root)!r}, {str(tmp_path)!r}, {str(os.getcwd())!r}):
    print(os.path.exists(os.path.join(path, "solutions")), os.path.exists(os.path.join(path, "lessons")))
for folder, folders, files in os.walk("/"):
    folders[:] = [] if folder.startswith(("/proc", "/sys")) else folders
    for file in files:
        if "site-packages" not in folder and (file.endswith(".ipynb") or file in ("gradebook.db", ".nbgrader.log")):
            print("found", os.path.join(folder, file))
""")
        assert "True" not in said
        assert "08_target" not in said
        assert "gradebook.db" not in said

    def test_neither_the_seed_nor_a_path_is_in_the_environment(self, printed, monkeypatch, target):
        monkeypatch.setenv("GRADEBOOK_PASSWORD", "open sesame")
        said = printed("""
import os, glob
print(dict(os.environ))
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try:
        print(open(path, "rb").read())
    except OSError:
        pass
""")
        for secret in ("sesame", "COURSE_SEED", str(target.root)):
            assert secret not in said

    def test_no_other_process_is_seen_or_reached(self, printed):
        bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
        try:
            said = printed(f"""
import os, signal
print(len([p for p in os.listdir("/proc") if p.isdigit()]), "processes")
for pid in ({bystander.pid}, {os.getpid()}, {os.getppid()}):
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except OSError:
            pass
""")
            assert int(said.split()[0]) < 10
            assert bystander.poll() is None
        finally:
            bystander.send_signal(signal.SIGKILL)
            bystander.wait()

    def test_nothing_outside_is_written(self, printed, target, tmp_path):
        other = tmp_path / "submitted" / "bela"
        other.mkdir(parents=True)
        (other / "work.ipynb").write_text("the work of another")
        before = (target.root / "solutions" / "08_target" / "08_target.ipynb").read_bytes()
        said = printed(f"""
import os, shutil, sqlite3
for path in ({str(other / "work.ipynb")!r}, {str(target.root / "solutions" / "08_target" / "08_target.ipynb")!r},
             {str(target.root / "gradebook.db")!r}, "/etc/passwd", "/usr/lib/x", os.__file__, np.__file__):
    for way in (lambda: open(path, "w").write("mine"), lambda: os.remove(path), lambda: sqlite3.connect(path).execute(
            "create table x (y)"), lambda: os.symlink(path, "here") or open("here", "w").write("mine")):
        try:
            way()
            print("done", path)
        except Exception as error:
            pass
""")
        assert (other / "work.ipynb").read_text() == "the work of another"
        assert (target.root / "solutions" / "08_target" / "08_target.ipynb").read_bytes() == before
        assert not (target.root / "gradebook.db").exists()
        assert "numpy" not in said

    def test_there_is_no_network(self, printed):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0.1)
            port = server.getsockname()[1]
            said = printed(f"""
import socket, urllib.request
for address in (("127.0.0.1", {port}), ("1.1.1.1", 53), ("169.254.169.254", 80)):
    try:
        socket.create_connection(address, timeout=1)
        print("connected", address)
    except OSError as error:
        print("refused")
""")
            with pytest.raises(TimeoutError):
                server.accept()
        assert "connected" not in said

    @pytest.mark.parametrize(
        "bomb",
        [
            "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
            "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(100,)).start()",
            "x = []\nwhile True: x.append(bytearray(1 << 26))",
            "with open('big', 'wb') as file:\n    while True: file.write(bytes(1 << 24))",
            "import itertools\nfor i in itertools.count():\n    open(f'file {i}', 'wb').write(bytes(1 << 20))",
            "import mmap\nx = [mmap.mmap(-1, 1 << 28) for _ in range(1000)]\nfor m in x: m.write(bytes(1 << 28))",
            "import os, signal\nos.kill(-1, signal.SIGKILL)",
            "import os, signal\nos.killpg(0, signal.SIGKILL)",
            "import os, signal\nos.kill(1, signal.SIGKILL)\nos.kill(os.getppid(), signal.SIGSTOP)",
            "import ctypes\nctypes.string_at(0)",
            "import os, subprocess\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)",
            "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        ],
        ids=[
            "forks", "threads", "memory", "one file", "many files", "mapped memory", "kills everybody",
            "kills its group", "kills the first process", "crashes", "leaves a child behind", "cannot be interrupted",
        ],
    )  # fmt: skip
    def test_a_bomb_hurts_nobody_else(self, attack, bomb):
        threads = threading.active_count()
        for when in ("at once", "in the exam"):
            body = bomb.replace("\n", "\n    ")
            text = bomb + WRONG if when == "at once" else f"def first(x):\n    {body}"
            graded = attack(text)
            nothing_gained(graded)
        assert threading.active_count() <= threads + 1
