"""The three databases that the job store runs on, each one real."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

_BINARIES = ("initdb", "postgres")

#: The server refuses to run as root, so as root it is another, unprivileged user's.
_ACCOUNTS = ("postgres", "nobody")

#: Generous: on a loaded machine a start takes a few seconds.
_PATIENCE = 60.0


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of the maintenance database of a throw-away PostgreSQL server."""
    binaries = _find_binaries()
    if binaries is None:
        missing = "no initdb and postgres found: install the Debian package 'postgresql'"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    # Not pytest's tmp_path: its parents are closed to other users, and a socket's path is short.
    home = Path(tempfile.mkdtemp(prefix="vj-pg-"))
    account = _account()
    if account is not None:
        os.chown(home, account.pw_uid, account.pw_gid)
    try:
        with _running(binaries, home, account):
            yield f"postgresql://postgres@/postgres?host={quote(str(home), safe='')}"
    finally:
        shutil.rmtree(home)


@pytest.fixture(params=["duckdb", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database; each test runs once on every kind."""
    if request.param != "postgresql":
        return f"{request.param}:///{tmp_path / 'database' / f'jobs.{request.param}'}"
    url: str = request.getfixturevalue("postgres_database")
    with psycopg.connect(url, autocommit=True) as connection:
        # Emptying one database takes a tenth of the time of making another.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


@pytest.fixture(scope="session")
def postgres_database(postgres_url: str) -> str:
    """URL of a database beside the maintenance one."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE jobs")
    return postgres_url.replace("/postgres?", "/jobs?")


def _find_binaries() -> dict[str, str] | None:
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name)
    )
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    found = {name: shutil.which(name, path=path) for name in _BINARIES}
    return {name: place for name, place in found.items() if place} if all(found.values()) else None


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in _ACCOUNTS if name in known)


@contextmanager
def _running(
    binaries: dict[str, str], home: Path, account: pwd.struct_passwd | None
) -> Iterator[None]:
    """Run a server on a Unix socket in ``home``, and end it by its own process id."""
    data, log = home / "data", home / "log.txt"
    spawn = partial(
        subprocess.Popen,
        cwd="/",
        user=account and account.pw_uid,
        group=account and account.pw_gid,
        stderr=subprocess.STDOUT,
    )
    initialize = [binaries["initdb"], "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"]
    with log.open("wb") as output:
        done = spawn([*initialize, "-E", "UTF8", "--locale=C.UTF-8"], stdout=output).wait()
        if done != 0:
            pytest.fail(f"initdb failed:\n{log.read_text()}")
        server = spawn([binaries["postgres"], "-D", data, "-k", home, "-h", ""], stdout=output)
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _answers(home):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start:\n{log.read_text()}")
            time.sleep(0.05)  # the server tells nobody when it is ready
        yield
    finally:
        server.send_signal(signal.SIGINT)  # a "fast" shutdown, which cuts connections off
        server.wait(_PATIENCE)


def _answers(home: Path) -> bool:
    try:
        psycopg.connect(host=str(home), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True
