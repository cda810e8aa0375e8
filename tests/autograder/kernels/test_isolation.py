"""What a hostile cell meets inside the sandbox. docs/security.md says the same in words; keep both true."""

import os
import sys
from pathlib import Path

import pytest

from attention_course.figures import FIGURES_VARIABLE
from autograder import ROOT
from autograder.kernels import ADDRESS_VARIABLE, client
from autograder.kernels.cgroups import Cgroups
from autograder.kernels.client import OwnServer
from autograder.kernels.limits import MEBIBYTE, Limits

pytestmark = pytest.mark.slow

REFUSED = """
import os
def refused(attempt, *errors):
    try:
        attempt()
    except errors or OSError as error:
        return True
    return False
"""


@pytest.fixture(autouse=True)
def still_alive(kernel):
    """Whatever a test does in there, the kernel must be fit for the next."""
    kernel.run(REFUSED)
    yield
    assert kernel.run("print(6 * 7)") == "42\n"


def test_there_is_no_network(kernel):
    kernel.run("""
import socket, urllib.request
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET, socket.AF_VSOCK):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        assert refused(lambda: socket.socket(family, kind)), family
assert refused(lambda: urllib.request.urlopen("http://127.0.0.1"))
assert [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]] == ["lo"]
a, b = socket.socketpair()
""")


def test_no_process_outside_is_seen_or_reached(kernel):
    seen = kernel.run("import os; print(*sorted(int(n) for n in os.listdir('/proc') if n.isdigit()))")
    assert seen.split()[:2] == ["1", "2"]
    assert len(seen.split()) < 5
    kernel.run(f"""
import signal
for pid in ({os.getpid()}, {os.getppid()}, {client._own._process.pid}, {kernel.provisioner.pid}):
    for signum in (0, signal.SIGTERM, signal.SIGKILL):
        assert refused(lambda: os.kill(pid, signum), ProcessLookupError), pid
""")
    assert client._own.running()


def test_the_guard_cannot_be_killed_or_looked_into(kernel):
    kernel.run("""
import os, signal
for signum in (signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV):
    try: os.kill(1, signum)
    except PermissionError: pass
for name in ("environ", "mem", "maps", "fd", "cwd", "root", "exe"):
    look = os.listdir if name == "fd" else lambda path: open(path, "rb").read(1)
    assert refused(lambda: look(f"/proc/1/{name}")), name
""")


def test_nothing_of_the_grader_is_there(kernel):
    kernel.run("""
import importlib, sys
for name in ("autograder", "autograder.exams", "autograder.kernels", "autograder.exam.reference", "tests"):
    assert name not in sys.modules
    assert refused(lambda: importlib.import_module(name), ImportError), name
import attention_course, attention_course.checks, attention_course.probes
""")
    hidden = [
        ROOT / name for name in ("solutions", "lessons", "autograder", "tests", "notebooks", ".git", "gradebook.db")
    ]
    hidden += [Path(p) for p in ("/var", "/run", "/sys", "/srv", "/opt", "/mnt", "/boot", "/etc/shadow", "/etc/hosts")]
    hidden += [Path.home() / name for name in (".ssh", ".bashrc", ".config", ".cache")] + [client._own.base]
    for path in hidden:
        assert kernel.run(f"print(os.path.lexists({str(path)!r}))") == "False\n", path
    assert kernel.run("print(os.listdir('/home'))") == "['learner']\n"


def test_only_private_folders_can_be_written(kernel):
    places = [
        "/",
        "/usr",
        "/usr/local/bin",
        "/etc",
        "/dev",
        sys.prefix,
        sys.base_prefix,
        str(ROOT / "attention_course"),
    ]
    kernel.run(f"""
for place in {places}:
    assert refused(lambda: open(place + "/mine", "w")), place
    assert refused(lambda: os.mkdir(place + "/mine")), place
assert refused(lambda: open("/etc/passwd", "a"))
assert refused(lambda: open("/proc/sys/kernel/hostname", "w").write("x"))
assert refused(lambda: open("/proc/sysrq-trigger", "w").write("x"))
for place in ("/home/learner", "/tmp", "/dev/shm"):
    open(place + "/mine", "w").write("x")
    os.remove(place + "/mine")
""")


def test_the_environment_is_clean(kernel):
    names = set(kernel.run("import os; print(*os.environ)").split())
    assert names <= {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TMPDIR", "MPLCONFIGDIR", "MPLBACKEND"),
        *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
        *("NBGRADER_EXECUTION", "ATTENTION_COURSE_ANSWERS_FD", "KINETO_LOG_LEVEL"),
        *("TERM", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PAGER", "GIT_PAGER"),  # ipykernel's own
    }
    assert kernel.run("print(os.environ['NBGRADER_EXECUTION'], os.getcwd())") == "autograde /home/learner\n"
    assert "sesame" not in kernel.run("print(open('/proc/self/environ').read())")


def test_of_its_clients_environment_it_gets_the_wish_for_figures_alone(start):
    wishes = {FIGURES_VARIABLE: "none", "PYTHONPATH": "/mine", "HOME": "/root"}
    kernel = start(env={**os.environ, **wishes})
    assert kernel.run(f"import os; print(*map(os.environ.get, {list(wishes)}))") == "none None /home/learner\n"


def test_the_machine_has_no_name_and_no_devices(kernel):
    assert kernel.run("import socket; print(socket.gethostname())") == "sandbox\n"
    devices = set(kernel.run("print(*os.listdir('/dev'))").split())
    assert devices == {"null", "zero", "full", "random", "urandom", "shm", "pts", "ptmx", "fd"}


def test_there_are_no_rights_and_no_way_to_get_any(kernel):
    status = dict(
        line.split(":\t", 1)
        for line in kernel.run("print(open('/proc/self/status').read())").splitlines()
        if ":\t" in line
    )
    assert {value for name, value in status.items() if name.startswith("Cap")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert "0" not in status["Uid"].split()
    kernel.run("""
import subprocess
assert refused(lambda: os.setuid(0))
assert subprocess.run(["su", "-c", "id"], capture_output=True).returncode
assert "nosuid" in [line for line in open("/proc/mounts") if line.split()[1] == "/usr"][0]
""")


def test_soft_parts_of_the_linux_kernel_are_out_of_reach(kernel):
    kernel.run("""
import ctypes, errno
import numpy
libc = ctypes.CDLL(None, use_errno=True)
def error_of(function, *arguments):
    result = function(*arguments)
    return ctypes.get_errno() if result == -1 else 0
assert error_of(libc.mount, b"none", b"/tmp", b"tmpfs", 0, None) == errno.EPERM
assert error_of(libc.umount2, b"/usr", 2) == errno.EPERM
for flag in (0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
    assert error_of(libc.unshare, flag) == errno.EPERM
assert error_of(libc.ptrace, 16, 1, 0, 0) == errno.EPERM
assert error_of(libc.personality, 0x40000) == errno.EPERM
assert error_of(libc.shmget, 0, 4096, 0o1600) == errno.EPERM
if os.uname().machine == "x86_64":
    names = {"keyctl": 250, "add_key": 248, "bpf": 321, "userfaultfd": 323, "io_uring_setup": 425, "open_tree": 428,
             "perf_event_open": 298, "process_vm_readv": 310, "pidfd_getfd": 438, "name_to_handle_at": 303}
    for name, number in names.items():
        assert error_of(libc.syscall, number, 0, 0, 0, 0, 0) == errno.EPERM, name
    assert error_of(libc.syscall, 56, 0x10000000 | 17, 0, 0, 0, 0) == errno.EPERM
    assert error_of(libc.syscall, 435, 0, 0) == errno.ENOSYS
""")


def test_no_descriptor_leads_outside(kernel):
    targets = set(
        kernel.run("""
for name in os.listdir("/proc/self/fd"):
    try: print(os.readlink("/proc/self/fd/" + name))
    except OSError: pass
""").split()
    )
    inside = ("pipe:", "socket:", "anon_inode:", "/dev/null", "/proc/2/fd", "/home/learner", "/dev/urandom")
    assert [target for target in targets if not target.startswith(inside)] == []


def test_the_memory_of_the_kernel_holds_no_gradebook_and_no_exam(kernel):
    kernel.run("""
import gc, types
names = {getattr(thing, "__module__", "") or "" for thing in gc.get_objects() if isinstance(thing, types.FunctionType)}
grader = {name for name in names if name.startswith("autograder")}
assert all(name.startswith("autograder.kernels") or name == "autograder" for name in grader), grader
""")


def test_a_fork_bomb_is_contained(kernel):
    text = kernel.run("""
import os, signal, time
started = []
try:
    while len(started) < 1000:
        pid = os.fork()
        if pid == 0:
            time.sleep(60)
            os._exit(0)
        started.append(pid)
except OSError as error:
    print(len(started), error.errno)
for pid in started:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
""")
    assert 0 < int(text.split()[0]) < 64
    assert text.split()[1] == "11"


def test_a_memory_bomb_is_contained(kernel):
    kernel.run("""
import mmap, numpy, os
assert refused(lambda: numpy.ones(2**29), MemoryError)
assert refused(lambda: [bytearray(2**28) for _ in range(100)], MemoryError)
assert refused(lambda: mmap.mmap(-1, 2**33), OSError)
assert refused(lambda: os.memfd_create("x"))
""")


def test_all_processes_together_are_limited_where_there_are_control_groups(start, monkeypatch):
    groups = Cgroups(Limits())
    groups.close()
    if not groups:
        pytest.skip("this user may not make control groups here")
    server = OwnServer(Limits(memory=1000 * MEBIBYTE, scratch=10 * MEBIBYTE))
    monkeypatch.setenv(ADDRESS_VARIABLE, server.address)
    try:
        codes = start().run("""
import os
pids = []
for _ in range(4):
    pids.append(os.fork())
    if not pids[-1]:
        block = bytearray(b"x") * (400 * 2**20)
        import time; time.sleep(3); os._exit(0)
print(*(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids))
""")
    finally:
        server.close()
    assert "-9" in codes.split()


def test_files_are_limited_in_length_number_and_sum(kernel):
    kernel.run("""
import errno
def error_of(attempt):
    try: attempt()
    except OSError as error: return error.errno
with open("/tmp/long", "wb") as file:
    assert error_of(lambda: file.truncate(2**30)) == errno.EFBIG
    assert error_of(lambda: os.posix_fallocate(file.fileno(), 0, 2**30)) == errno.EFBIG
def fill():
    for number in range(10):
        with open(f"/tmp/{number}", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 2**27)
assert error_of(fill) == errno.ENOSPC
def many():
    for number in range(30_000): os.mkdir(f"/dev/shm/{number}")
assert error_of(many) == errno.ENOSPC
import shutil
for place in ("/tmp", "/dev/shm"):
    for entry in os.scandir(place):  # the course may lie in /tmp itself; that part is read-only
        shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else os.remove(entry)
held = []
def hold():
    while len(held) < 5000: held.append(open("/dev/null"))
assert error_of(hold) == errno.EMFILE
held.clear()
""")


def test_two_kernels_do_not_see_each_other(kernel, start):
    other = start()
    other.run("open('/tmp/secret', 'w').write('x'); open('/dev/shm/secret', 'w').write('x')")
    assert kernel.run("print('secret' in os.listdir('/tmp') + os.listdir('/dev/shm'))") == "False\n"
    if os.geteuid() == 0:
        assert kernel.run("print(os.getuid())") != other.run("import os; print(os.getuid())")


def test_what_the_machine_has_once_for_everybody_cannot_be_used_up(kernel):
    kernel.run("""
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def error_of(function, *arguments):
    return ctypes.get_errno() if function(*arguments) == -1 else 0
assert error_of(libc.inotify_init) == errno.EPERM
assert error_of(libc.inotify_init1, 0) == errno.EPERM
libc.mmap.restype = ctypes.c_long
assert error_of(libc.mmap, None, ctypes.c_size_t(2**21), 3, 0x40022, -1, ctypes.c_long(0)) == errno.ENOMEM
if os.uname().machine == "x86_64":
    assert error_of(libc.syscall, 206, 60000, ctypes.byref(ctypes.c_ulong(0))) == errno.EPERM
terminals = []
try:
    while len(terminals) < 100: terminals.extend(os.openpty())
except OSError: pass
assert len(terminals) <= 32
for number in terminals: os.close(number)
""")
