"""The same scores wherever submissions are run, and a lost worker costs nothing but time."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from distributed import Client, LocalCluster
from small_class import ASSIGNMENT, RIGHT, WRONG, grades

from autograder import ROOT
from autograder.class_run import run
from autograder.class_run.autograde import autograde
from autograder.class_run.pool import LostError, Task, _compare_versions, open_pool
from autograder.class_run.run import Settings
from autograder.course import GradingError

pytestmark = pytest.mark.slow  # worker processes, kernels


@pytest.fixture(scope="module")
def two():
    """Two worker processes of this machine."""
    with open_pool(2) as pool:
        yield pool


def ends_its_worker_once(notebook, assignment, seed, settings):
    """Stands for a run whose worker is killed the first time."""
    mark = settings.source.decode()
    if b"return 7" in notebook and not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return notebook


def ends_every_worker(notebook, assignment, seed, settings):
    if b"return 7" in notebook:
        os.kill(os.getpid(), signal.SIGKILL)
    return notebook


def results(pool, monkeypatch, stub, source=b""):
    monkeypatch.setattr("autograder.class_run.pool.run_submission", stub)
    texts = {"ada": RIGHT, "bela": WRONG, "chidi": RIGHT, "dunja": RIGHT}
    tasks = (Task(student, text.encode(), 1) for student, text in texts.items())
    return dict(pool.run(tasks, ASSIGNMENT, Settings(source)))


def test_a_lost_workers_submission_is_run_once_more(two, monkeypatch, tmp_path):
    found = results(two, monkeypatch, ends_its_worker_once, str(tmp_path / "mark").encode())
    assert found == dict.fromkeys(["ada", "chidi", "dunja"], RIGHT.encode()) | {"bela": WRONG.encode()}


def test_a_submission_that_ends_two_workers_is_named_and_harms_no_other(two, monkeypatch):
    found = results(two, monkeypatch, ends_every_worker)
    assert isinstance(found.pop("bela"), LostError)
    assert found == dict.fromkeys(["ada", "chidi", "dunja"], RIGHT.encode())


def test_one_and_two_workers_give_the_same_gradebook(two, three):
    assert autograde(three, ASSIGNMENT) == []
    one = grades(three.database)
    assert autograde(three, ASSIGNMENT, force=True, pool=two) == []
    assert grades(three.database) == one
    assert [row[3] for row in one] == [2, 3, 0, 3, 2, 3]


def test_a_worker_killed_while_the_class_is_graded_changes_nothing(two, three):
    pid = next(iter(two.client.run(os.getpid).values()))
    killer = threading.Timer(0.5, os.kill, [pid, signal.SIGKILL])
    killer.start()
    assert autograde(three, ASSIGNMENT, pool=two) == []
    killer.join()
    assert [row[3] for row in grades(three.database)] == [2, 3, 0, 3, 2, 3]


def test_an_existing_cluster_is_used_by_its_address(three):
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster:
        assert autograde(three, ASSIGNMENT, scheduler=cluster.scheduler_address) == []
        with Client(cluster, set_as_default=False) as client:  # it is still there
            assert client.nthreads()
    assert [row[3] for row in grades(three.database)] == [2, 3, 0, 3, 2, 3]


def test_no_scheduler_is_said_in_a_sentence(three, monkeypatch):
    monkeypatch.setattr("autograder.class_run.pool.PATIENCE", 0.5)
    with pytest.raises(GradingError, match="no Dask scheduler answers at tcp:"):
        autograde(three, ASSIGNMENT, scheduler="tcp://127.0.0.1:9")


def test_other_packages_on_a_worker_are_refused(two, monkeypatch):
    monkeypatch.setattr(run, "PACKAGES", ("numpy", "pip"))  # here, not in the workers
    with pytest.raises(GradingError, match=r"has pip missing, this machine .*; install the same requirements"):
        _compare_versions(two.client)


HOSTILE = """
import os, sys
os.setgid(12345); os.setuid(12345)
for name in ("gilknocker", "lz4", "cupy", "rmm", "distributed_hook"):
    os.makedirs(sys.argv[1] + "/dask-scratch-space", exist_ok=True)
    os.chmod(sys.argv[1] + "/dask-scratch-space", 0o777)
    with open(sys.argv[1] + f"/dask-scratch-space/{name}.py", "w") as file:
        file.write("open(%r, 'a').write('taken'); raise ImportError" % (sys.argv[1] + "/proof"))
"""
GRADE = """
import os, sys, tempfile
from autograder.class_run.pool import open_pool
if __name__ == "__main__":
    before = list(sys.path)
    with open_pool(2) as pool:
        inside = sys.path + sum(pool.client.run(lambda: __import__("sys").path).values(), [])
        import dask
        folder = dask.config.get("temporary-directory")
        own = os.stat(folder)
    print(any(path.startswith(os.environ["TMPDIR"] + "/dask") for path in inside))
    print(oct(own.st_mode & 0o777), own.st_uid == os.geteuid(), os.path.exists(folder), sys.path == before)
"""


def test_what_another_user_has_put_into_the_folder_for_temporary_files_is_not_used():
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        os.chmod(place, 0o1777)
        subprocess.run([sys.executable, "-S", "-c", HOSTILE, place], check=True)
        assert os.path.exists(f"{place}/dask-scratch-space/gilknocker.py")
        script = Path(place, "grade_here.py")
        script.write_text(GRADE)
        environment = {**os.environ, "TMPDIR": place, "PYTHONPATH": str(ROOT)}
        environment.pop("ATTENTION_COURSE_KERNELS", None)
        done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=180)
        assert done.stdout.split() == ["False", "0o700", "True", "False", "True"], done.stderr
        assert not os.path.exists(f"{place}/proof")
        assert [path for path in os.listdir(place) if path.startswith(("grading-", "ak-"))] == []
