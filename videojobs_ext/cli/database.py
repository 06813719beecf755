"""``migrate`` and ``rebuild``: bring the job database up to date, or back from the files."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from videojobs_ext.cli.arguments import Subparsers, add_command
from videojobs_ext.cli.configuration import load_settings
from videojobs_ext.cli.console import CommandFailed, ExitCode, complain, notice

if TYPE_CHECKING:
    from videojobs_ext.jobs.model import Job
    from videojobs_ext.jobs.store import JobStore
    from videojobs_ext.services.settings import Settings
    from videojobs_ext.storage.base import StorageService


def add_commands(commands: Subparsers) -> None:
    """Add migrate and rebuild."""
    migrate = add_command(
        commands,
        "migrate",
        _migrate,
        does="bring the job database to the newest schema; a server does so when it starts",
        examples="""\
  jupyter videojobs migrate
  jupyter videojobs migrate --to 0001
  jupyter videojobs migrate --VideoJobs.db_url=postgresql://videojobs@db/videojobs""",
        configurable=True,
    )
    migrate.add_argument(
        "--to",
        metavar="REV",
        default="head",
        help="a revision's id, head, or base, which takes all jobs out (head)",
    )
    add_command(
        commands,
        "rebuild",
        _rebuild,
        does="put jobs that the database does not know back into it, from their job.json files",
        examples="  jupyter videojobs rebuild",
        configurable=True,
    )


def _migrate(arguments: argparse.Namespace) -> int:
    settings = load_settings(arguments.configuration)
    with _open_store(settings) as store:
        store.migrate(arguments.to)
    notice(f"The database is at revision {arguments.to}.")
    return ExitCode.DONE


def _rebuild(arguments: argparse.Namespace) -> int:
    from videojobs_ext.jobs.errors import UnknownJob  # noqa: PLC0415
    from videojobs_ext.services.services import open_storage  # noqa: PLC0415

    settings = load_settings(arguments.configuration)
    storage = open_storage(settings)
    back = known = unreadable = 0
    with _open_store(settings) as store:
        store.migrate()
        for key in storage.list("jobs"):
            if not key.endswith("/job.json"):
                continue
            try:
                job = _read(storage, key)
            except (ValueError, KeyError, TypeError) as error:
                complain(f"{key} can't be read: {error}")
                unreadable += 1
                continue
            try:
                store.get(job.job_id)
                known += 1
            except UnknownJob:
                store.create(job)
                back += 1
    notice(f"{back} jobs are back, {known} were there, {unreadable} can't be read.")
    return ExitCode.FAILED if unreadable else ExitCode.DONE


def _read(storage: StorageService, key: str) -> Job:
    from videojobs_ext.jobs.record import job_from_json  # noqa: PLC0415

    return job_from_json(json.loads(storage.read_bytes(key)))


@contextmanager
def _open_store(settings: Settings) -> Iterator[JobStore]:
    """Open the database; raises CommandFailed with advice where that is not possible."""
    from videojobs_ext.jobs.errors import DatabaseLocked, DatabaseUnavailable  # noqa: PLC0415
    from videojobs_ext.jobs.store import JobStore  # noqa: PLC0415

    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = JobStore(settings.db_url)
    try:
        store.open()
    except (DatabaseLocked, DatabaseUnavailable) as error:
        raise CommandFailed(str(error)) from error
    try:
        yield store
    except DatabaseUnavailable as error:
        raise CommandFailed(str(error)) from error
    finally:
        store.close()


def shown_url(db_url: str) -> str:
    """Return a database's URL without the password that may stand in it."""
    return re.sub(r"^([^/]+//[^:/@]*):.*@", r"\1:***@", db_url)


def database_file(db_url: str) -> Path | None:
    """Return the file of an embedded database; None for a server's."""
    found = re.match(r"(?:duckdb|sqlite)[^:]*:///([^?]+)", db_url)
    return None if found is None else Path(found[1])
