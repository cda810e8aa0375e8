"""Where submissions are run: in this process, on Dask workers of this machine, or on an existing cluster."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from autograder.class_run.run import Settings, packages, run_submission
from autograder.course import GradingError
from autograder.kernels import ADDRESS_VARIABLE
from autograder.kernels.client import server_address
from autograder.kernels.folders import own_folder
from autograder.kernels.provisioner import WARM

DEADLINE = 3600.0
"""Seconds after which a worker that is still busy with one submission is given up."""

PATIENCE = 20.0
"""Seconds to wait for a scheduler to answer."""

NO_DASHBOARD = "127.0.0.1:0"
"""Dask always starts a web server; on this machine alone and without a page it does no harm."""

_DASK: dict[str, Any] = {
    "distributed.scheduler.allowed-failures": 1,  # a lost worker's submission is tried once more
    "distributed.scheduler.worker-saturation": 1.0,  # so that only the submission that ran is suspected
    "distributed.worker.daemon": False,  # a daemon may have no children; ours have kernels
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # the packages are imported once, and each worker is forked from there
    **({"distributed.worker.multiprocessing-method": "forkserver"} if os.name == "posix" else {}),
}
"""Settings of a cluster of this machine; and Dask's folder, which comes first on its workers' sys.path, is our own."""


class Task(NamedTuple):
    """A submission to be run.

    Args:
        notebook: sanitised.
        seed: of its exams.
        files: what lies beside the notebook, by path, where its cells may use that.
    """

    student: str
    notebook: bytes
    seed: int
    files: Mapping[str, bytes] = MappingProxyType({})


Tasks = Iterator[Task]
Results = Iterator[tuple[str, bytes | Exception]]


class LostError(RuntimeError):
    """Every worker that was given a submission ended."""


class InProcess:
    """One submission after the other, in this process: no start-up, and the same results."""

    def run(self, tasks: Tasks, assignment: str, settings: Settings) -> Results:
        """Run each task; yield (student, executed notebook or what prevented it)."""
        for task in tasks:
            try:
                result: bytes | Exception = run_submission(*_arguments(task, assignment, settings))
            except Exception as error:
                result = error
            yield task.student, result


class DaskPool:
    """Dask workers. A task is taken from the driver only when a worker will soon be free for it.

    Args:
        client: a `distributed.Client`.
    """

    def __init__(self, client: Any):
        self.client = client

    def run(self, tasks: Tasks, assignment: str, settings: Settings) -> Results:
        """As `InProcess.run`, in the order in which the runs end. A lost worker's submission is run once more."""
        from distributed import as_completed

        settings = replace(settings, deadline=DEADLINE)
        running = as_completed(loop=self.client.loop)
        students: dict[str, str] = {}

        def submit_one() -> None:
            for task in tasks:
                future = self.client.submit(run_submission, *_arguments(task, assignment, settings), pure=False)
                students[future.key] = task.student
                running.add(future)
                return

        for _ in range(self._in_flight()):
            submit_one()
        for future in running:
            submit_one()
            yield students.pop(future.key), _result(future)

    def _in_flight(self) -> int:
        """One task for each worker's thread, and one more for each to go on with while the driver is busy."""
        return max(2, 2 * sum(self.client.nthreads().values()))


def _arguments(task: Task, assignment: str, settings: Settings) -> tuple[bytes, str, int, Settings]:
    """Of `run_submission`."""
    return task.notebook, assignment, task.seed, replace(settings, files=dict(task.files))


def _result(future: Any) -> bytes | Exception:
    from distributed import KilledWorker

    try:
        result = future.result()
    except KilledWorker as error:
        return LostError(f"{error.allowed_failures + 1} workers ended while they ran it")
    except Exception as error:
        return error
    finally:
        future.release()
    return result


@contextmanager
def open_pool(workers: int = 0, scheduler: str = "", at_most: int = 10_000) -> Iterator[InProcess | DaskPool]:
    """The workers for a `with` block.

    Args:
        workers: how many processes on this machine; 1 runs in this process, 0 takes as many as there are cores.
        scheduler: address of an existing cluster's scheduler, e.g. "tcp://10.0.0.5:8786"; it decides on the workers,
            and how often a lost worker's submission is run again (`distributed.scheduler.allowed-failures`).
        at_most: more processes than that are of no use: the number of submissions.

    Raises:
        GradingError: no scheduler at that address, or workers with other versions of the packages.
    """
    workers = min(workers or _cores(), at_most)
    if workers <= 1 and not scheduler:
        yield InProcess()
        return
    from distributed import Client

    with ExitStack() as stack:
        own = not scheduler
        if own:
            scheduler = stack.enter_context(_local_cluster(workers))
        try:
            client = stack.enter_context(Client(scheduler, set_as_default=False, timeout=PATIENCE))
            _compare_versions(client)
            if own:
                client.run(gc.freeze)  # what they have imported is there for good; to look for garbage in it takes long
        except OSError as error:
            raise GradingError(f"no Dask scheduler answers at {scheduler} ({type(error).__name__})") from error
        yield DaskPool(client)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _local_cluster(workers: int) -> Iterator[Any]:
    import dask
    from distributed import LocalCluster, Security
    from distributed.utils import get_mp_context

    with own_folder() as folder, _path_as_it_was():
        settings = {**_DASK, "temporary-directory": str(folder)}
        with dask.config.set(settings):
            if os.name == "posix":
                get_mp_context().set_forkserver_preload(["distributed", "autograder.class_run.run"])
            with _interrupts_ignored():
                cluster = LocalCluster(
                    n_workers=workers,
                    env={ADDRESS_VARIABLE: server_address()} if WARM else {},  # one warm process for all of them
                    threads_per_worker=1,
                    memory_limit=0,  # the kernels have limits of their own
                    dashboard_address=NO_DASHBOARD,
                    worker_dashboard_address=NO_DASHBOARD,
                    security=Security.temporary(),  # else anybody on this machine could hand the workers code to run
                    silence_logs=logging.CRITICAL,
                )
            with cluster:
                yield cluster


@contextmanager
def _path_as_it_was() -> Iterator[None]:
    """Take out of sys.path what Dask has put in front of it: a name in /tmp that anybody may take once it is free."""
    before = list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = before


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Processes started inside leave Ctrl-C to the driver, which ends them in order."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _compare_versions(client: Any) -> None:
    """Raise GradingError unless every worker grades with the packages that this process has."""
    ours = packages()
    for address, theirs in client.run(packages).items():
        for name, version in ours.items():
            if theirs.get(name) != version:
                message = f"the worker {address} has {name} {theirs.get(name) or 'missing'}, this machine {version}"
                raise GradingError(f"{message}; install the same requirements.txt on both")
    if not client.nthreads():
        raise GradingError("the scheduler has no workers yet; start some with `dask worker ADDRESS --nthreads 1`")
