"""Kernels start, are interrupted, killed, restarted and end as jupyter_client and nbclient expect."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from jupyter_client import AsyncKernelManager, KernelManager
from nbclient import NotebookClient

from autograder.kernels import ADDRESS_VARIABLE, ANSWERS_VARIABLE, KERNEL_NAME, client, provisioner
from autograder.kernels.cgroups import Cgroups
from autograder.kernels.client import OwnServer, server_address
from autograder.kernels.limits import Limits

pytestmark = pytest.mark.slow

ECHO = f"import os, socket; s = socket.socket(fileno=int(os.environ['{ANSWERS_VARIABLE}'])); s.sendall(b'from inside')"


def gone(pid, seconds=10):
    """Whether a process has ended, or does so within some seconds."""
    for _ in range(int(seconds * 50)):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def outside(code):
    """What a script prints that runs in a process of its own, with this process's server."""
    environment = {**os.environ, ADDRESS_VARIABLE: server_address()}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_interrupt_stops_the_cell_and_its_subprocess_and_the_kernel_goes_on(start):
    session = start()
    session.run("import subprocess, time; process = subprocess.Popen(['sleep', '60'])")
    for code in ("while True: pass", "time.sleep(60)"):
        session.interrupt(session.begin(code))
    assert session.run("print(process.wait())") == f"-{signal.SIGINT.value}\n"
    # an interrupted wait may lose the status of what it waited for, so nothing is asked about that
    session.interrupt(session.begin("subprocess.Popen(['sleep', '60']).wait()"))
    assert session.run("print('on')") == "on\n"


def test_a_kernel_that_is_killed_ends_with_all_it_started(start):
    session = start()
    session.run("import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)")
    guard = session.provisioner.pid
    assert session.manager.is_alive()
    started = time.perf_counter()
    session.manager.shutdown_kernel(now=True)
    assert time.perf_counter() - started < 5
    assert gone(guard)
    assert not session.manager.is_alive()


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("import os; os._exit(3)", 3),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("import os; os.abort()", -signal.SIGABRT),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
    ],
)
def test_the_end_of_a_kernel_is_noticed(start, code, exit_code):
    session = start()
    process = session.provisioner.process
    session.client.execute(code)
    for _ in range(500):
        if not session.manager.is_alive():
            break
        time.sleep(0.02)
    assert not session.manager.is_alive()
    assert process.poll() == exit_code


def test_a_restart_gives_a_new_process_new_answers_and_an_empty_state(start):
    session = start()
    session.run("x = 1; open('left', 'w')")
    before = session.provisioner.pid, session.provisioner.answers
    session.client.stop_channels()
    session.manager.restart_kernel(now=True)
    session.connect()
    assert session.run("import os; print('x' in globals(), os.listdir())") == "False ['.ipython']\n"
    assert session.provisioner.pid != before[0]
    assert before[1].fileno() == -1
    session.run(ECHO)
    assert session.provisioner.answers.recv(100) == b"from inside"


def test_a_friendly_shutdown_works_too(start):
    session = start()
    session.manager.shutdown_kernel(now=False)
    assert not session.manager.is_alive()


def test_the_examiner_has_a_line_into_the_kernel(start):
    session = start()
    session.run(ECHO)
    assert session.provisioner.answers.recv(100) == b"from inside"
    session.provisioner.answers.sendall(b"from outside")
    assert session.run("print(s.recv(100))") == "b'from outside'\n"


def test_cpu_seconds_count_work_and_not_sleep(start):
    session = start()
    burn = "import time; end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    before = session.provisioner.cpu_seconds()
    session.run("import time; time.sleep(1)")
    slept = session.provisioner.cpu_seconds()
    session.run(burn)
    burnt = session.provisioner.cpu_seconds()
    session.run(f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {burn!r}])")
    by_a_child = session.provisioner.cpu_seconds()
    assert slept - before < 0.3
    assert 0.4 < burnt - slept < 1
    assert 0.4 < by_a_child - burnt < 1
    session.manager.shutdown_kernel(now=True)


def test_cpu_seconds_of_a_child_that_still_runs_and_of_an_orphan_count(start):
    session = start()
    before = session.provisioner.cpu_seconds()
    session.run("import subprocess; p = subprocess.Popen(['sh', '-c', 'while :; do :; done & while :; do :; done'])")
    end = time.monotonic() + 30
    while session.provisioner.cpu_seconds() - before < 0.5 and time.monotonic() < end:
        time.sleep(0.1)
    assert session.provisioner.cpu_seconds() - before > 0.5
    session.run("p.kill()")


def test_cpu_seconds_of_children_that_nobody_waits_for_count(start, monkeypatch):
    groups = Cgroups(Limits())
    groups.close()
    if not groups:
        pytest.skip("this user may not make control groups here; what the grader sees of such children counts")
    session = start()
    before = session.provisioner.cpu_seconds()
    session.run("""
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for daemon in (False, True, False, True):
    read, write = os.pipe()
    if os.fork() == 0:
        if daemon and os.fork(): os._exit(0)  # the child's child belongs to nobody
        while time.process_time() < 0.3: pass
        os._exit(0)
    os.close(write)
    os.read(read, 1)  # until all have ended
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
""")
    assert 1.1 < session.provisioner.cpu_seconds() - before < 2.5


def test_a_place_that_is_used_again_counts_from_nothing(start):
    first = start()
    first.run("import time\nwhile time.process_time() < 2: pass")
    assert first.provisioner.cpu_seconds() > 1
    first.close()
    assert start().provisioner.cpu_seconds() < 1


def test_the_examiner_is_answered_where_a_cell_has_cleared_the_environment(start):
    session = start()
    session.run("import os; os.environ.clear()")
    session.run("from attention_course.answering import shim; shim._connection().sendall(b'here')")
    assert session.provisioner.answers.recv(100) == b"here"


def test_kernels_in_parallel_from_threads(can_isolate):
    code = f"""
from concurrent.futures import ThreadPoolExecutor
from jupyter_client.manager import start_new_kernel
def one(number):
    manager, kernel = start_new_kernel(kernel_name={KERNEL_NAME!r})
    found = []
    kernel.execute_interactive(f"print({{number}} ** 2, end=' ')", output_hook=found.append, timeout=60)
    kernel.stop_channels()
    manager.shutdown_kernel(now=True)
    return "".join(m["content"]["text"] for m in found if m["msg_type"] == "stream")
with ThreadPoolExecutor(4) as pool:
    print(*pool.map(one, range(8)), sep="")
"""
    assert outside(code) == "0 1 4 9 16 25 36 49 \n"


def test_kernels_in_parallel_in_one_event_loop(can_isolate):
    async def one():
        manager = AsyncKernelManager(kernel_name=KERNEL_NAME)
        await manager.start_kernel()
        alive = await manager.is_alive()
        await manager.shutdown_kernel(now=True)
        manager.context.destroy(linger=0)
        return alive and not await manager.is_alive()

    async def many():
        return await asyncio.gather(*(one() for _ in range(6)))

    assert asyncio.run(many()) == [True] * 6


def test_nbclient_runs_a_notebook_by_the_kernelspecs_name(can_isolate):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import os; print(os.getcwd())")])
    NotebookClient(notebook, kernel_name=KERNEL_NAME).execute()
    assert notebook.cells[0].outputs[0].text == "/home/learner\n"


def test_another_process_shares_the_server_by_its_address(can_isolate):
    code = f"""
from jupyter_client import KernelManager
manager = KernelManager(kernel_name={KERNEL_NAME!r})
manager.start_kernel()
from autograder.kernels import client
assert client._own is None
print(manager.is_alive())
manager.shutdown_kernel(now=True)
"""
    assert outside(code) == "True\n"


def test_a_client_that_is_killed_takes_its_server_and_kernels_along(can_isolate):
    code = f"""
import time
from jupyter_client import KernelManager
manager = KernelManager(kernel_name={KERNEL_NAME!r})
manager.start_kernel()
from autograder.kernels import client
print(client._own._process.pid, manager.provisioner.pid, client._own.base, flush=True)
time.sleep(60)
"""
    environment = {name: value for name, value in os.environ.items() if name != ADDRESS_VARIABLE}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
    with process:
        server, guard, base = process.stdout.readline().split()
        process.kill()
    assert gone(int(server))
    assert gone(int(guard))
    assert not os.path.exists(base)


def test_a_server_that_is_killed_takes_its_kernels_along_and_the_next_kernel_gets_a_new_one(start):
    session = start()
    guard = session.provisioner.pid
    client._own._process.kill()
    assert gone(guard)
    assert not session.manager.is_alive()
    base = client._own.base
    assert start().run("print(1)") == "1\n"
    assert not base.exists()


def test_a_server_outlives_the_thread_that_started_it(can_isolate):
    with ThreadPoolExecutor(1) as pool:
        server = pool.submit(OwnServer, Limits()).result()
    time.sleep(0.5)
    assert server.running()
    server.close()


def test_without_isolation_a_kernel_has_the_graders_rights_and_its_folder(open_kernel, tmp_path):
    assert open_kernel.run("import os; print(os.getuid())") == f"{os.getuid()}\n"
    open_kernel.run("import autograder.exams")
    open_kernel.run(ECHO)
    assert open_kernel.provisioner.answers.recv(100) == b"from inside"
    assert open_kernel.provisioner.cpu_seconds() > 0
    open_kernel.interrupt(open_kernel.begin("while True: pass"))
    assert open_kernel.run("print(os.getcwd())") == f"{os.getcwd()}\n"


def test_without_forking_a_kernel_is_an_ordinary_process(installed, monkeypatch, request):
    monkeypatch.setattr(provisioner, "WARM", False)
    session = request.getfixturevalue("open_kernel")
    session.run(ECHO)
    assert session.provisioner.answers.recv(100) == b"from inside"
    assert session.provisioner.cpu_seconds() > 0


def test_a_kernel_outside_linux_is_refused_unless_isolation_is_waived(installed, monkeypatch):
    monkeypatch.setattr(provisioner, "WARM", False)
    monkeypatch.delenv("ATTENTION_COURSE_ISOLATION", raising=False)
    with pytest.raises(RuntimeError, match=r"only Linux can.*--isolation none"):
        KernelManager(kernel_name=KERNEL_NAME).start_kernel()
