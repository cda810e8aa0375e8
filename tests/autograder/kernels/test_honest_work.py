"""All that an honest notebook may do works inside the sandbox."""

import pytest

pytestmark = pytest.mark.slow


def shown(session, code):
    """The MIME types that a cell displays."""
    found = session.messages(code)
    return [kind for m in found if m["msg_type"] in ("display_data", "execute_result") for kind in m["content"]["data"]]


def test_shell_commands_and_subprocesses(kernel):
    assert "learner" in kernel.run("!id -un; ls -d ~")
    assert kernel.run("import subprocess; print(subprocess.run(['echo', 'hi'], capture_output=True, text=True).stdout)")
    assert kernel.run("import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', 'print(1)']))")
    assert "hello" in kernel.run("%%bash\necho hello")


def test_figures_appear_inline(kernel):
    code = "import matplotlib.pyplot as plt\nplt.plot([0, 1], [1, 0]); plt.title('我 喜欢 吃 苹果')\nplt.show()"
    assert "image/png" in shown(kernel, code)
    assert "image/png" in shown(kernel, "fig, ax = plt.subplots(); ax.imshow([[0, 1]])")


def test_values_and_errors_are_shown(kernel):
    assert shown(kernel, "[1, 2]") == ["text/plain"]
    errors = [m["content"]["ename"] for m in kernel.messages("1 / 0") if m["msg_type"] == "error"]
    assert errors == ["ZeroDivisionError"]


def test_pytorch_trains_and_loads_data_with_workers(kernel):
    kernel.run("""
import torch
from torch.utils.data import DataLoader, TensorDataset
data = TensorDataset(torch.arange(64.).reshape(32, 2), torch.arange(32.))
loader = DataLoader(data, batch_size=8, num_workers=2)
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.AdamW(model.parameters())
for x, y in loader:
    loss = (model(x)[:, 0] - y).square().mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
assert sum(len(y) for _, y in loader) == 32
torch.save(model.state_dict(), "model.pt"); torch.load("model.pt")
""")


def test_torch_threads_run_after_the_fork(kernel):
    kernel.run("import torch; torch.set_num_threads(2); torch.rand(500, 500) @ torch.rand(500, 500)")
    kernel.run("torch.set_num_threads(1)")


def test_multiprocessing_and_threads(kernel):
    kernel.run("""
import multiprocessing, concurrent.futures
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    assert list(pool.map(abs, [-1, -2])) == [1, 2]
queue = multiprocessing.Queue(); queue.put(1); assert queue.get() == 1
""")


def test_a_forked_childs_output_arrives(kernel):
    text = kernel.run("""
import multiprocessing, time
process = multiprocessing.get_context("fork").Process(target=print, args=("from the child",), kwargs={"flush": True})
process.start(); process.join(); time.sleep(0.5)
""")
    assert "from the child" in text


def test_files_modules_and_user_names(kernel):
    kernel.run("""
import getpass, pathlib, tempfile, os, sqlite3, pty
with tempfile.TemporaryDirectory() as folder: assert folder.startswith("/tmp/")
pathlib.Path("mine.py").write_text("x = 1")
import mine
assert (mine.x, getpass.getuser(), pathlib.Path.home()) == (1, "learner", pathlib.Path("/home/learner"))
assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
from attention_course import checks, data, figures
""")


def test_asyncio_and_top_level_await(kernel):
    kernel.run("import asyncio\nawait asyncio.sleep(0)")


def test_random_numbers_differ_between_kernels_and_follow_a_seed(kernel, start):
    other = start()
    code = (
        "import numpy, random, torch; print(numpy.random.rand(), random.random(), numpy.random.default_rng().random())"
    )
    assert not set(kernel.run(code).split()) & set(other.run(code).split())
    seeded = (
        "import numpy, torch; numpy.random.seed(1); torch.manual_seed(1); print(numpy.random.rand(), torch.rand(1))"
    )
    assert kernel.run(seeded) == other.run(seeded)


def test_the_order_of_a_set_is_the_same_in_every_kernel(kernel, start):
    code = "print(list({'softmax', 'mask', 'head', 'query', 'key', 'value'}))"
    assert kernel.run(code) == start().run(code)


def test_what_is_printed_comes_out_in_order_and_from_every_thread_and_child(kernel):
    said = kernel.run("""
import os, threading, time
print("first")
thread = threading.Thread(target=lambda: [print("thread", n, flush=True) for n in range(50)])
thread.start()
thread.join()
if os.fork() == 0:
    print("child", flush=True)
    os._exit(0)
os.wait()
time.sleep(0.3)
print("much " * 20_000)
print("last", end="")
""")
    assert [f"thread {n}" in said for n in range(50)] == [True] * 50
    assert said.startswith("first\nthread 0\n")
    assert said.count("much ") == 20_000
    assert said.endswith("last")
    assert "child" in said


def test_the_profiler_that_measures_memory_says_nothing(kernel):
    code = "from attention_course import measure; import torch; measure.peak_bytes(lambda: torch.ones(1000) + 1)"
    assert [m for m in kernel.messages(code) if m["msg_type"] == "stream"] == []


def test_files_that_are_locked_while_they_are_used(kernel):
    kernel.run("""
import fcntl, os, shelve, sqlite3, subprocess, sys
for path in ("/tmp/table.db", "table.db", "/dev/shm/table.db"):
    with sqlite3.connect(path) as table:
        table.execute("create table words (word)")
        table.execute("insert into words values ('query')")
    other = sqlite3.connect(path)
    assert other.execute("select * from words").fetchall() == [("query",)]
with shelve.open("/tmp/shelf") as shelf: shelf["key"] = [1]
with shelve.open("/tmp/shelf") as shelf: assert shelf["key"] == [1]
with open("/tmp/lock", "w") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    fcntl.lockf(file, fcntl.LOCK_EX)
    fcntl.lockf(file, fcntl.LOCK_UN)
assert subprocess.run(["flock", "/tmp/lock", "true"]).returncode == 0
os.makedirs("/tmp/from"); os.makedirs("/tmp/to"); open("/tmp/from/x", "w").close()
os.rename("/tmp/from/x", "/tmp/to/x")
""")


def test_what_programs_ask_of_the_machine(kernel):
    kernel.run("""
import os, psutil, subprocess
assert psutil.virtual_memory().total > 2**28 and os.cpu_count() >= 1 and psutil.cpu_count() >= 1
assert psutil.Process().memory_info().rss > 2**24 and psutil.Process().num_threads() > 0
child = subprocess.Popen(["sleep", "30"])
assert [one.pid for one in psutil.Process().children()] == [child.pid]
child.kill(); child.wait()
for command in ("free", "cat /proc/cpuinfo", "cat /proc/self/status", "ps aux", "cat <(echo x)"):
    assert subprocess.run(["bash", "-c", command], capture_output=True).returncode == 0 or not os.path.exists("/bin/ps")
""")


def test_a_process_for_each_of_several_numbers_with_locks_between_them(kernel):
    kernel.run("""
import multiprocessing
context = multiprocessing.get_context("fork")
total, lock, barrier = context.Value("i", 0), context.Lock(), context.Barrier(3)
def add():
    barrier.wait(20)
    for _ in range(200):
        with lock: total.value += 1
processes = [context.Process(target=add) for _ in range(3)]
for process in processes: process.start()
for process in processes: process.join()
assert total.value == 600
""")
