"""What has been done of a grading run, on disk, so that a killed run goes on where it stopped.

A row a submission. It waits until a worker has run it; the executed notebook is kept here until it is in the gradebook
and in autograded/; then the row says so. Each step is one durable write, and recording twice what a kill left half
recorded does no harm, so that every submission is run and recorded once, whenever the kill came.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

WAITING, RAN, RECORDED, LOST = "waiting", "ran", "recorded", "lost"
PENDING = (WAITING, RAN)

_TABLES = """
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY, assignment TEXT NOT NULL, exam TEXT NOT NULL, forced INTEGER NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS submission (
    assignment TEXT, student TEXT, run INTEGER NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL, result BLOB,
    PRIMARY KEY (assignment, student)
);
"""


class Ledger:
    """The state of every submission to every assignment of a course. One process at a time writes it."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None)  # every statement is a transaction
        # no write-ahead log: a course directory may lie on a network file system, which it does not work on
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_TABLES)

    def close(self) -> None:
        self._database.close()

    def plan(
        self, assignment: str, exam: str, submissions: Mapping[str, str], graded: set[str], *, force: bool = False
    ) -> list[str]:
        """Enter what is to be done, and return the students whose submission is not recorded yet, in order.

        Args:
            exam: the version of the exam; results of another version are not used.
            submissions: the hash of each student's submission.
            graded: students for whom nbgrader has a graded notebook that is not older than their submission.
            force: grade again what is graded already. A forced run that was killed goes on; it does not start again.
        """
        rows = self._rows(assignment)
        run = self._run(assignment, exam, force)
        wanted = [
            student
            for student, digest in submissions.items()
            if self._is_to_be_entered(rows.get(student), (run, digest), student in graded, force)
        ]
        enter = "INSERT OR REPLACE INTO submission VALUES (?, ?, ?, ?, ?, NULL)"
        with self._transaction():
            for student in wanted:
                self._database.execute(enter, (assignment, student, run, submissions[student], WAITING))
        return sorted(s for s, (_, _, state) in self._rows(assignment).items() if s in submissions and state in PENDING)

    @staticmethod
    def _is_to_be_entered(row: tuple[int, str, str] | None, now: tuple[int, str], graded: bool, force: bool) -> bool:
        """Whether a submission must be done afresh, whatever its row says."""
        if row is None:
            return force or not graded
        run, digest, state = row
        same = (run, digest) == now
        if state in PENDING:
            return not same  # else what is there goes on
        if state == LOST or not graded or digest != now[1]:
            return True
        return force and not same

    def versions(self, assignment: str) -> dict[str, str]:
        """The version of the exam that each recorded result rests on."""
        query = (
            "SELECT student, exam FROM submission JOIN run ON run.id = submission.run "
            "WHERE submission.assignment = ? AND state = ?"
        )
        return dict(self._database.execute(query, (assignment, RECORDED)).fetchall())

    def is_waiting(self, assignment: str, student: str) -> bool:
        """Whether a submission is still to be run."""
        return self._rows(assignment).get(student, (0, "", ""))[2] == WAITING

    def result(self, assignment: str, student: str) -> bytes | None:
        """The executed notebook of a submission that ran and is not recorded."""
        query = "SELECT result FROM submission WHERE assignment = ? AND student = ?"
        row = self._database.execute(query, (assignment, student)).fetchone()
        return row[0] if row else None

    def ran(self, assignment: str, student: str, result: bytes) -> None:
        """Keep the executed notebook until it is recorded."""
        self._set(assignment, student, RAN, result)

    def recorded(self, assignment: str, student: str) -> None:
        """The result is in the gradebook and in autograded/."""
        self._set(assignment, student, RECORDED, None)

    def lost(self, assignment: str, student: str) -> None:
        """No worker survived the submission; the next run tries it again."""
        self._set(assignment, student, LOST, None)

    def finish(self, assignment: str) -> None:
        """Everything that was planned is done: a later forced run is a new one."""
        self._database.execute("UPDATE run SET finished = 1 WHERE assignment = ?", (assignment,))

    def _run(self, assignment: str, exam: str, force: bool) -> int:
        """The number of the run that goes on, or of a new one."""
        query = "SELECT id, forced FROM run WHERE assignment = ? AND exam = ? AND NOT finished ORDER BY id DESC"
        for number, forced in self._database.execute(query, (assignment, exam)):
            if forced or not force:
                return number
        insert = "INSERT INTO run (assignment, exam, forced) VALUES (?, ?, ?)"
        return self._database.execute(insert, (assignment, exam, force)).lastrowid or 0

    def _rows(self, assignment: str) -> dict[str, tuple[int, str, str]]:
        """(run, hash of the submission, state) of each student."""
        query = "SELECT student, run, hash, state FROM submission WHERE assignment = ?"
        return {row[0]: row[1:] for row in self._database.execute(query, (assignment,))}

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _set(self, assignment: str, student: str, state: str, result: bytes | None) -> None:
        update = "UPDATE submission SET state = ?, result = ? WHERE assignment = ? AND student = ?"
        self._database.execute(update, (state, result, assignment, student))
