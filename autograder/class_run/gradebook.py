"""nbgrader's gradebook, one connection for the whole class and one transaction a submission.

nbgrader opens a connection for every step and commits after every cell. Here all steps of a submission share one
transaction: a killed driver leaves all of its grades or none, and a class costs a few commits instead of thousands.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from nbgrader.api import Gradebook
from sqlalchemy import create_engine
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import scoped_session, sessionmaker

_OF_THE_RELEASE = ("find_source_cell", "find_graded_cell")
"""nbgrader's questions about each cell of each submission, whose answers are the same for all of a class."""


class SharedGradebook:
    """Answers every `Gradebook(db_url)` inside a transaction with one session on one connection.

    The cells of a released notebook are looked up once; it must not be released anew meanwhile.

    Args:
        url: the database's URL, nbgrader's `CourseDirectory.db_url`; its tables are created if there are none.
        course_id: nbgrader's name for the course.
    """

    def __init__(self, url: str, course_id: str):
        with Gradebook(url, course_id):
            pass  # creates the tables
        self.url, self.course_id = url, course_id
        self._engine = create_engine(url)
        self._released: dict[tuple[str, ...], Any] = {}

    def close(self) -> None:
        """Give the connection back; the gradebook can be used again."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Gradebook]:
        """Everything that nbgrader does to this gradebook inside is kept at the end, or none of it after an error."""
        with ExitStack() as stack:
            connection = stack.enter_context(self._engine.begin())
            # a session that joins a transaction does not end it: nbgrader's commits become flushes
            session = scoped_session(sessionmaker(bind=connection, expire_on_commit=False, future=True))
            stack.callback(session.remove)
            stack.enter_context(self._in_place_of_gradebooks(session))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore", SAWarning)  # nbgrader 0.9.6 with SQLAlchemy 2.1: autoflush order, harmless
            yield Gradebook(self.url, self.course_id)

    @contextmanager
    def _in_place_of_gradebooks(self, session: Any) -> Iterator[None]:
        """Let nbgrader's class open and close this session; a gradebook elsewhere is opened as ever."""
        opened, closed, courses = Gradebook.__init__, Gradebook.close, set()

        def open_here(book: Any, db_url: str, course_id: str = "default_course", authenticator: Any = None) -> None:
            if db_url != self.url:
                opened(book, db_url, course_id, authenticator)
                return
            book.engine, book.db, book.course_id, book.authenticator = self._engine, session, course_id, authenticator
            if course_id not in courses:
                book.check_course(course_id)
                courses.add(course_id)

        def close_here(book: Any) -> None:
            if book.engine is not self._engine:
                closed(book)

        def once(question: str, ask: Callable[..., Any]) -> Callable[..., Any]:
            def asked(book: Any, cell: str, notebook: str, assignment: str) -> Any:
                if book.engine is not self._engine:
                    return ask(book, cell, notebook, assignment)
                key = question, cell, notebook, assignment
                if key not in self._released:
                    self._released[key] = ask(book, cell, notebook, assignment)
                return self._released[key]

            return asked

        ours: dict[str, Callable[..., Any]] = {"__init__": open_here, "close": close_here}
        ours |= {question: once(question, getattr(Gradebook, question)) for question in _OF_THE_RELEASE}
        theirs = {name: getattr(Gradebook, name) for name in ours}
        try:
            for name, function in ours.items():
                setattr(Gradebook, name, function)
            yield
        finally:
            for name, function in theirs.items():
                setattr(Gradebook, name, function)
