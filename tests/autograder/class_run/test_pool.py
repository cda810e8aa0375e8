"""The same scores wherever submissions are run, and a lost worker costs nothing but time."""

import os
import signal
import threading

import pytest
from distributed import Client, LocalCluster
from small_class import ASSIGNMENT, RIGHT, WRONG, grades

from autograder.class_run import run
from autograder.class_run.autograde import autograde
from autograder.class_run.pool import LostError, _compare_versions, open_pool
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
    tasks = ((student, text.encode(), 1) for student, text in texts.items())
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
