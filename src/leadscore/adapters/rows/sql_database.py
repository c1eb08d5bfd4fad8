"""A database to be asked one query: found by an environment variable, held to reading, kept short.

No message holds an address, a user or a password: faults of the connection are told in words of our
own, faults of the query in those of the database.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, CursorResult, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from leadscore.domain.errors import InputError
from leadscore.domain.mapping_sql import SqlQuery

_CONNECT_SECONDS = 10
_STEPS = 10_000
"""Steps of SQLite's machine between two looks at the clock."""

_TOLD = {
    "password authentication failed": "the server refuses the user or the password",
    "no password supplied": "the server wants a password",
    "no pg_hba.conf entry": "the server takes no connection from here with this user",
    "does not exist": "the server knows no such user or database",
    "could not translate host": "the server's name is not known",
    "failed to resolve host": "the server's name is not known",
    "connection refused": "no server listens there",
    "timeout": f"the server does not answer within {_CONNECT_SECONDS} seconds",
    "ssl": "no encrypted connection could be agreed on",
    "unable to open database file": "no such file, or it can't be read",
    "not a database": "the file is no SQLite database",
}


@dataclass(frozen=True)
class Database:
    """A database and the query it is asked; each pass asks anew, in a connection of its own.

    `name` is what the query is called in messages.
    """

    engine: Engine
    sql: SqlQuery
    name: str

    def headers(self) -> tuple[str, ...]:
        """Return the names of the columns that the query gives.

        Raises
        ------
        InputError
            See `blocks`.
        """
        with self._answer(1) as (result, _):
            return tuple(result.keys())

    def blocks(self, n_rows: int) -> Iterator[Sequence[Sequence[object]]]:
        """Yield the rows, `n_rows` at a time; no more than that is held.

        Raises
        ------
        InputError
            ``no-connection``, or ``query-failed``: it is wrong, takes too long, or would write.
        """
        with self._answer(n_rows) as (result, clock):
            while True:
                clock.start()
                block = result.fetchmany(n_rows)
                if not block:
                    return
                yield block

    @contextmanager
    def _answer(self, n_rows: int) -> Iterator[tuple[CursorResult[Any], _Clock]]:
        clock = _Clock(self.sql.timeout_s)
        with self._connected() as connection:
            try:
                self._hold_back(connection, clock)
                streaming = {"stream_results": True, "yield_per": n_rows, "no_parameters": True}
                query = self.sql.query
                with closing(
                    connection.exec_driver_sql(query, execution_options=streaming)
                ) as result:
                    yield result, clock
            except DBAPIError as error:
                raise self._failed(error, clock) from None

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connection = self.engine.connect()
        except DBAPIError as error:
            raise self._unreachable(error) from None
        with closing(connection):
            yield connection

    def _hold_back(self, connection: Connection, clock: _Clock) -> None:
        """Forbid writing, and limit the time to think."""
        clock.start()
        if self.engine.dialect.name == "sqlite":
            driver = connection.connection.driver_connection
            if not isinstance(driver, sqlite3.Connection):
                raise TypeError("SQLite is asked by the driver of the standard library")
            driver.execute("PRAGMA query_only = ON")
            driver.set_progress_handler(clock.is_over, _STEPS)
            return
        connection.execution_options(postgresql_readonly=True)
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {self.sql.timeout_s * 1000}")

    def _unreachable(self, error: DBAPIError) -> InputError:
        said = str(error.orig).casefold()
        told = next((words for mark, words in _TOLD.items() if mark in said), "it can't be reached")
        fix = f"check the address in the environment variable {self.sql.url_env}"
        return InputError("no-connection", f"no connection: {told}", file=self.name, fix=fix)

    def _failed(self, error: DBAPIError, clock: _Clock) -> InputError:
        if error.connection_invalidated:
            told, fix = "the database broke the connection off", "run again"
        elif getattr(error.orig, "sqlstate", None) == "57014" or clock.is_over():
            told = f"the database thought for longer than {self.sql.timeout_s} seconds"
            fix = "ask for less, or raise `timeout_s`"
        else:
            told = f"the database refuses the query: {_said(error.orig)}"
            fix = "correct `sql.query` in the mapping"
        return InputError("query-failed", told, file=self.name, fix=fix)


def open_database(sql: SqlQuery, *, name: str) -> Database:
    """Return the database that a mapping's query goes to; no connection is made yet.

    Raises
    ------
    InputError
        ``missing-variable``, ``bad-address`` (no address, or of a database that is not read), or
        ``missing-driver``.
    """
    text = os.environ.get(sql.url_env, "")
    if not text:
        told = f"the environment variable {sql.url_env} is not set"
        fix = f"{sql.url_env}=postgresql://USER:PASSWORD@HOST/DATABASE (or sqlite:///FILE)"
        raise InputError("missing-variable", told, file=name, fix=fix)
    kind, url = _address(text)
    if kind == "sqlite" and url is not None and url.database not in (None, "", ":memory:"):
        return Database(_sqlite(Path(str(url.database))), sql, name)
    if kind not in ("postgresql", "postgres") or url is None:
        told = f"{sql.url_env} holds no address of a PostgreSQL or SQLite database"
        fix = "postgresql://USER:PASSWORD@HOST/DATABASE or sqlite:///FILE; export files from others"
        raise InputError("bad-address", told, file=name, fix=fix)
    try:
        return Database(_postgresql(url), sql, name)
    except ImportError:
        told, fix = "PostgreSQL's driver is not installed", "pip install 'leadscore[postgres]'"
        raise InputError("missing-driver", told, file=name, fix=fix) from None


def _address(text: str) -> tuple[str, URL | None]:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return "", None
    return url.drivername.partition("+")[0], url


def _sqlite(path: Path) -> Engine:
    """Return an engine that opens a file for reading only, so that none is made by mistake."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    return create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, timeout=_CONNECT_SECONDS),
        poolclass=NullPool,
    )


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        connect_args={"connect_timeout": _CONNECT_SECONDS, "application_name": "leadscore"},
    )


def _said(error: BaseException | None) -> str:
    """Return the database's own sentence, without the query and what stands beside it."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    return str(primary or error).splitlines()[0][:200]


class _Clock:
    """Says whether a fetch takes longer than it may; the time between fetches does not count."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.start()

    def start(self) -> None:
        self._end = time.monotonic() + self._seconds

    def is_over(self) -> bool:
        return time.monotonic() > self._end
