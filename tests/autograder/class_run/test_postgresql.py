"""The gradebook in PostgreSQL, through nbgrader's own db_url: a server of Debian's packages on a private socket."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from rich.console import Console
from small_class import ASSIGNMENT, grades, score

from autograder import course
from autograder.class_run.autograde import autograde
from autograder.class_run.verify import verify_course
from autograder.course import release

pytestmark = pytest.mark.slow

SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """URL of a database on a server of our own, which knows no network."""
    pytest.importorskip("psycopg", reason="the driver for PostgreSQL is not installed: pip install psycopg[binary]")
    if not SERVERS:
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    binaries, place = SERVERS[-1].parent, tmp_path_factory.mktemp("postgresql")
    user = _unprivileged(place)

    def as_user(*command):
        subprocess.run([str(part) for part in command], check=True, user=user, cwd=place, capture_output=True)

    data, settings = place / "data", f"-k {place} -c listen_addresses='' -c fsync=off"
    as_user(binaries / "initdb", "-D", data, "-U", "course", "--auth=trust")
    as_user(binaries / "pg_ctl", "-D", data, "-o", settings, "-l", place / "log", "-w", "start")
    yield f"postgresql+psycopg://course@/postgres?host={place}"
    as_user(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _unprivileged(place):
    """A user that may run a server (root may not), as owner of `place`; None for ourselves."""
    if os.getuid() != 0:
        return None
    user = next((u for u in ("postgres", "nobody") if u in {entry.pw_name for entry in pwd.getpwall()}), None)
    if user is None:
        pytest.skip("a PostgreSQL server does not run as root, and there is no user postgres or nobody here")
    shutil.chown(place, user)
    for folder in place.parents:  # pytest makes them for their owner alone
        if folder.owner() == "root" and folder.is_relative_to("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o111)
    return user


@pytest.fixture
def in_postgresql(three, server, monkeypatch, without_kernels):
    """The three submissions, with a gradebook on the server."""
    configure = course.course_config

    def configured(root):
        config = configure(root)
        config.CourseDirectory.db_url = server
        return config

    monkeypatch.setattr(course, "course_config", configured)
    (three.root / "gradebook.db").unlink()
    release(three, ASSIGNMENT)
    return three


def test_a_class_is_graded_verified_and_graded_again(in_postgresql):
    course = in_postgresql
    assert course.database.startswith("postgresql")
    assert autograde(course, ASSIGNMENT) == []
    assert [score(course, student) for student in ("ada", "bela", "chidi")] == [5, 3, 5]
    assert verify_course(course, ASSIGNMENT, "", None, Console()) == 0
    with Gradebook(course.database) as gradebook:
        gradebook.find_grade("check_first", ASSIGNMENT, ASSIGNMENT, "bela").manual_score = 1.5
        gradebook.db.commit()
    assert autograde(course, ASSIGNMENT, force=True) == []
    assert score(course, "bela") == 4.5
    assert not (course.root / "gradebook.db").exists()
    others = [row[3:] for row in grades(course.database) if row[0] != "bela"]
    assert others == [(2, None, False), (3, None, False)] * 2
