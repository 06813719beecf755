"""One database under three dialects: opening it, and transactions that outlive a conflict."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import duckdb
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from videojobs_ext.jobs.duckdb_file import FileLock, salvage
from videojobs_ext.jobs.errors import DatabaseLocked, DatabaseUnavailable

T = TypeVar("T")

#: How long a transaction is tried again after conflicts with others, in seconds.
RETRY_FOR = 15.0

#: How long SQLite waits for another process's transaction, in seconds.
SQLITE_PATIENCE = 15.0

#: How long PostgreSQL may take to answer the door, in seconds.
POSTGRES_PATIENCE = 10

#: The longest pause between two tries of a transaction, in seconds.
_LONGEST_PAUSE = 0.25

#: One small database beside a decoder: little memory, one thread, and nothing fetched or read.
_DUCKDB_CONFIG = {
    "threads": 1,
    "memory_limit": "512MB",
    "checkpoint_threshold": "4MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,
}

#: Serialization failure and deadlock: PostgreSQL asks for the whole transaction again.
_POSTGRES_CONFLICTS = frozenset({"40001", "40P01"})

#: SQLITE_BUSY and SQLITE_LOCKED, the low byte of an extended code.
_SQLITE_CONFLICTS = frozenset({5, 6})

#: Errors about what was said, not about the database's health.
_CALLERS_ERRORS = (IntegrityError, ProgrammingError, DataError, NotSupportedError)

_ADVICE = (
    "Write it like duckdb:////data/jobs.duckdb, sqlite:////data/jobs.sqlite or "
    "postgresql://user:password@host/name."
)


class RowMoved(Exception):
    """Raised inside a transaction that lost a race and wants to be tried again."""


class Database:
    """An engine and its transactions; after ``open`` every method may be called from any thread."""

    def __init__(self, url: str) -> None:
        self.url = _parse(url)
        self.dialect = self.url.get_backend_name()
        self._shown = self.url.render_as_string(hide_password=True)
        self._engine: Engine | None = None
        self._lock: FileLock | None = None

    @property
    def exclusive(self) -> bool:
        """Whether this process is the only one that can use the database."""
        return self.dialect == "duckdb"

    def open(self) -> None:
        """Connect, unless that is done; raises DatabaseLocked or DatabaseUnavailable."""
        if self._engine is not None:
            return
        path = self._path()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            if self.exclusive and path is not None:
                self._lock = FileLock(path)
                self._lock.acquire()
        except OSError as error:
            self.close()
            raise DatabaseUnavailable(f"{path} can't be used: {error.strerror}.") from error
        try:
            self._connect(path)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close all connections, then let the next process in; harmless when closed already."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def read(self, work: Callable[[Session], T]) -> T:
        """Return what ``work`` reads in one transaction; objects come out detached and whole."""
        return self._transact(self._opened(), work)

    def write(self, work: Callable[[Session], T]) -> T:
        """Return what ``work`` returns once its changes are committed; conflicts are retried.

        ``work`` may run several times. Raises DatabaseUnavailable when the conflicts don't end.
        """
        return self._transact(self._opened().execution_options(videojobs_writes=True), work)

    def write_schema(self, work: Callable[[Connection], None]) -> None:
        """Let ``work`` change tables on one connection, in one transaction, once."""
        engine = self._opened().execution_options(videojobs_writes=True)
        try:
            with engine.begin() as connection:
                work(connection)
        except DBAPIError as error:
            raise self._unavailable(error) from error

    def checkpoint(self) -> None:
        """Fold DuckDB's log into its file; others do so by themselves. Busy is no error."""
        if not self.exclusive:
            return
        engine = self._opened().execution_options(isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("CHECKPOINT")
        except DBAPIError as error:
            if "other write transactions active" not in str(error.orig):
                raise self._unavailable(error) from error

    def _transact(self, engine: Engine, work: Callable[[Session], T]) -> T:
        deadline = time.monotonic() + RETRY_FOR
        pause = 0.002
        while True:
            try:
                with Session(engine, expire_on_commit=False) as session:
                    result = work(session)
                    session.commit()
            except RowMoved:
                reason = "other processes change the same job"
            except _CALLERS_ERRORS:
                raise
            except (DBAPIError, PoolTimeout) as error:
                if not _is_conflict(error):
                    raise self._unavailable(error) from error
                reason = "other transactions hold it"
            else:
                return result
            if time.monotonic() > deadline:
                raise DatabaseUnavailable(f"{self._shown} stays busy: {reason}.")
            # Jitter: two that met once must not meet again.
            time.sleep(random.uniform(0, pause))  # noqa: S311 - spreads load, guards nothing
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _connect(self, path: Path | None) -> None:
        self._engine = _create_engine(self.url, self._shown)
        while True:
            try:
                self._engine.connect().close()
            except DBAPIError as error:
                self._engine.dispose()
                # Each salvage leaves less of the log, so this comes to an end.
                if not (path and _is_broken_log(error) and salvage(path, str(error.orig))):
                    raise self._unavailable(error) from error
            else:
                return

    def _opened(self) -> Engine:
        if self._engine is None:
            raise DatabaseUnavailable(f"{self._shown} is not open.")
        return self._engine

    def _path(self) -> Path | None:
        return None if self.dialect == "postgresql" else Path(str(self.url.database))

    def _unavailable(self, error: SQLAlchemyError) -> DatabaseUnavailable:
        origin = getattr(error, "orig", None) or error
        if isinstance(origin, duckdb.FatalException) and self._engine is not None:
            # DuckDB refuses everything until the file is opened anew, which the next call does.
            self._engine.dispose()
        if "Conflicting lock is held" in str(origin):
            return DatabaseLocked(str(self.url.database), _holder(str(origin)))
        text = str(origin).strip() or type(origin).__name__
        return DatabaseUnavailable(f"The job database {self._shown} can't be used: {text}")


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnavailable(f"VideoJobs.db_url is no database URL. {_ADVICE}") from None
    match parsed.drivername:
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case "postgresql+psycopg":
            return parsed
        case "duckdb" | "sqlite":
            if parsed.database in {None, "", ":memory:"}:
                raise DatabaseUnavailable(
                    f"A database in memory would lose its jobs: name a file. {_ADVICE}"
                )
            return parsed.set(database=str(Path(str(parsed.database)).expanduser().resolve()))
    raise DatabaseUnavailable(f"Databases of kind {parsed.drivername!r} are not known. {_ADVICE}")


def _create_engine(url: URL, shown: str) -> Engine:
    backend = url.get_backend_name()
    arguments: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 4, "max_overflow": 28}
    match backend:
        case "duckdb":
            arguments["connect_args"] = {"config": _DUCKDB_CONFIG}
        case "sqlite":
            arguments["connect_args"] = {"timeout": SQLITE_PATIENCE, "check_same_thread": False}
        case _:
            arguments["connect_args"] = {"connect_timeout": POSTGRES_PATIENCE}
            arguments["pool_pre_ping"] = True
    try:
        engine = create_engine(url, **arguments)
    except (ImportError, NoSuchModuleError) as error:
        extra = "[postgres]" if backend == "postgresql" else ""
        raise DatabaseUnavailable(
            f"The driver for {shown} is not installed: pip install 'videojobs_ext{extra}'."
        ) from error
    if backend == "duckdb":
        event.listen(engine, "connect", _prepare_duckdb)
    elif backend == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_duckdb(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's own
    connection.execute("SET TimeZone='UTC'")


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's own
    connection.isolation_level = None  # transactions begin where we say, also before DDL
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    # SQLite's own knows no letters beyond ASCII.
    connection.create_function("lower", 1, _lower, deterministic=True)


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes then can't wait for another writer: it fails.
    writes = connection.get_execution_options().get("videojobs_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is_conflict(error: SQLAlchemyError) -> bool:
    origin = getattr(error, "orig", None)
    return (
        # DuckDB raises the same class for a commit that met a full disk.
        (isinstance(origin, duckdb.TransactionException) and "conflict" in str(origin).lower())
        or getattr(origin, "sqlite_errorcode", 0) & 0xFF in _SQLITE_CONFLICTS
        or getattr(origin, "sqlstate", None) in _POSTGRES_CONFLICTS
    )


def _is_broken_log(error: DBAPIError) -> bool:
    return "replaying WAL" in str(error.orig)


def _holder(text: str) -> int | None:
    """Return the process that DuckDB's own message names: "… is held in … (PID 123)"."""
    digits = text.partition("(PID ")[2].partition(")")[0]
    return int(digits) if digits.isdigit() else None
