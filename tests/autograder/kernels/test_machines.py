"""Other machines than this one: an ordinary user, one that forbids namespaces, one without control groups."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder import ROOT
from autograder.cli import app
from autograder.course import Course, release
from autograder.kernels import ADDRESS_VARIABLE, ISOLATION_VARIABLE, KERNEL_NAME, doctor

NOBODY = 65534
SHORTEST = "00_start_here"
START = f"""
from jupyter_client import KernelManager
manager = KernelManager(kernel_name={KERNEL_NAME!r})
manager.start_kernel()
"""
FORBID_NAMESPACES = """
import pyseccomp
rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
for flag in (0x20000, 0x10000000):
    rules.add_rule(pyseccomp.ERRNO(1), "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag))
rules.load()
"""
ATTACK = """
import os, sys
sys.path.insert(0, "tests/autograder/kernels")
from kernel_session import Session
session = Session()
print(session.run('''
import ctypes, os, socket
print(os.getuid(), len([name for name in os.listdir("/proc") if name.isdigit()]))
def fails(attempt):
    try: attempt()
    except (OSError, MemoryError): return True
print(fails(lambda: open("/etc/x", "w")), fails(lambda: socket.socket()), os.kill(1, 9))
print(ctypes.CDLL(None).unshare(0x10000000), os.path.exists(%r))
pids = []
try:
    while len(pids) < 500:
        pids.append(os.fork())
        if not pids[-1]: os.execvp("sleep", ["sleep", "60"])
except OSError: print("contained", len(pids) < 64)
for pid in pids: os.kill(pid, 9); os.waitpid(pid, 0)
'''))
print(session.provisioner.cpu_seconds() > 0)
session.interrupt(session.begin("while True: pass"))
print(session.run("print('interrupted')"))
session.close()
"""


def run_python(code, prefix=(), **environment):
    inherited = {
        name: value for name, value in os.environ.items() if name not in (ADDRESS_VARIABLE, ISOLATION_VARIABLE)
    }
    command = [*prefix, sys.executable, "-c", code]
    environment = {**inherited, **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, cwd=ROOT)


def as_nobody(folder, user=NOBODY):
    """A command that runs another as an ordinary user, who sees as much of root's home as Python needs."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv"))):
        pytest.skip("only root can become somebody else, with util-linux's unshare and setpriv")
    needed = sorted({sys.base_prefix, sys.prefix, str(ROOT)})
    script = "set -e\n"
    for number, path in enumerate(needed):
        script += f"mkdir -p {folder}/{number}; mount --bind {path} {folder}/{number}\n"
    if any(Path("/root") in Path(path).parents for path in needed):
        script += "mount -t tmpfs -o mode=755 none /root\n"
    for number, path in enumerate(needed):
        script += f"mkdir -p {path}; mount --bind {folder}/{number} {path}\n"
    script += f'cd {ROOT}; exec setpriv --reuid={user} --regid={user} --clear-groups "$@"'
    return ["unshare", "-m", "sh", "-c", script, "sh"]


@pytest.fixture
def open_home():
    """A folder that belongs to nobody's user, in a place that everybody reaches."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    home = folder / "home"
    home.mkdir()
    if os.geteuid() == 0:
        folder.chmod(0o755)
        os.chown(home, NOBODY, NOBODY)
    yield home
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_an_ordinary_user_can_isolate_kernels_as_well(can_isolate, open_home):
    done = run_python(ATTACK % str(ROOT / "solutions"), as_nobody(open_home.parent), HOME=str(open_home))
    expected = f"{NOBODY} 2 True True None -1 False contained True True interrupted"
    assert done.stdout.split() == expected.split(), done.stderr


@pytest.fixture
def course(open_home):
    """make(user, ...) -> a course directory of that user's, with three submissions of the same notebook."""

    def make(user, name):
        root = open_home.parent / name
        source = ROOT / "solutions" / SHORTEST / f"{SHORTEST}.ipynb"
        for folder in ("solutions/", *(f"submitted/{student}/" for student in ("ada", "bela", "chidi"))):
            place = root / folder / SHORTEST
            place.mkdir(parents=True)
            shutil.copy(source, place)
        (root / "home").mkdir()
        release(Course(root), SHORTEST)
        for path in (root, *root.rglob("*")):
            os.chown(path, user, user)
        return root

    return make


def grading(root, user):
    """A process that grades a course directory as a user, with two workers, beside others on this machine."""
    prefix = as_nobody(root.parent, user) if user else []
    command = [*prefix, sys.executable, "-m", "autograder", "grade", SHORTEST, "--workers", "2"]
    environment = {**os.environ, "HOME": str(root / "home"), ISOLATION_VARIABLE: "full"}
    environment.pop(ADDRESS_VARIABLE, None)
    command += ["--course-dir", str(root)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )


def points(root):
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        return [(one.student.id, one.score, one.max_score) for one in gradebook.assignment_submissions(SHORTEST)]


@pytest.mark.slow
def test_root_and_two_ordinary_users_grade_at_the_same_time_and_alike(can_isolate, course):
    as_nobody("/nowhere")  # or skip
    users = {"roots": 0, "one": 12345, "other": 12346}
    roots = {name: course(user, name) for name, user in users.items()}
    running = {name: grading(roots[name], user) for name, user in users.items()}
    said = {name: process.communicate(timeout=400)[0] for name, process in running.items()}
    for name, process in running.items():
        assert process.returncode == 0, said[name]
        marks = points(roots[name])
        assert [student for student, _, _ in marks] == ["ada", "bela", "chidi"]
        assert all(score == most > 0 for _, score, most in marks), said[name]
        owners = {path.stat().st_uid for path in roots[name].rglob("*") if path.is_file()}
        assert owners == {users[name]}


@pytest.mark.slow
def test_an_ordinary_user_who_may_make_no_namespaces_is_told_what_is_missing(installed, open_home):
    code = FORBID_NAMESPACES + "from autograder.cli import app; app(['doctor'])"
    done = run_python(code, as_nobody(open_home.parent, 12345), HOME=str(open_home))
    assert done.returncode == 1, done.stderr
    assert "no   user namespaces for ordinary users: clone into new namespaces: Operation not permitted" in done.stdout
    assert "read docs/security.md before you use --isolation none" in done.stdout


@pytest.mark.slow
def test_where_namespaces_are_forbidden_a_kernel_is_refused_in_a_sentence(installed):
    done = run_python(FORBID_NAMESPACES + START)
    assert done.returncode
    sentence = done.stderr.splitlines()[-1]
    assert "kernels cannot be shut in on this machine: clone into new namespaces: Operation not permitted" in sentence
    assert "--isolation none" in sentence


@pytest.mark.slow
def test_where_namespaces_are_forbidden_isolation_can_be_waived(installed):
    code = FORBID_NAMESPACES + START + "print(manager.is_alive()); manager.shutdown_kernel(now=True)"
    done = run_python(code, **{ISOLATION_VARIABLE: "none"})
    assert done.stdout == "True\n", done.stderr


def test_doctor_says_what_is_missing_and_fails(installed):
    code = FORBID_NAMESPACES + "from autograder.cli import app; app(['doctor'])"
    done = run_python(code)
    assert done.returncode == 1
    assert "no   a namespace of its own: mounts: clone into new namespaces: Operation not permitted" in done.stdout
    assert "isolation: only none is possible on this machine" in done.stdout


def test_doctor_says_that_full_isolation_is_possible(can_isolate):
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert all(line[:3] in ("yes", "   ") for line in lines[:-2])
    assert lines[-2] == "isolation: full is possible on this machine"


def test_a_missing_comfort_is_told_and_does_not_decide():
    findings = [doctor.Finding("network"), doctor.Finding("control groups", "not here", needed=False)]
    assert doctor.possible(findings)
    assert list(doctor.report(findings))[:2] == ["yes  network", "     control groups: not here"]


def test_doctor_knows_other_systems(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    findings = doctor.examine()
    assert not doctor.possible(findings)
    assert "only Linux" in findings[0].problem
