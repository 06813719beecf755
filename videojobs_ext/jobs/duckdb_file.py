"""The DuckDB file on disk: the lock that keeps other processes out, and what a broken log needs."""

from __future__ import annotations

import fcntl
import logging
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from videojobs_ext.jobs.errors import DatabaseLocked

_log = logging.getLogger("videojobs")

#: DuckDB 1.5's words for where the log stops making sense.
_DAMAGED_ENTRY = re.compile(r"entry at byte position (\d+)")


class FileLock:
    """An exclusive lock beside the database file, held for life; the owner's id stands in it.

    DuckDB's own lock is not enough: opening and closing the database file in the same process,
    as a copy or a hash would, drops it. The lock file stays when the lock is released, because
    deleting it could take it from under the next owner. The kernel releases it when we die.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(f"{database.name}.lock")
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock now; raises DatabaseLocked, or OSError where files can't be locked."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            if not isinstance(error, BlockingIOError):
                raise
            raise DatabaseLocked(
                str(self._database), int(holder) if holder.isdigit() else None
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next process in; harmless when the lock isn't held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def salvage(database: Path, complaint: str) -> bool:
    """Cut the write-ahead log off where DuckDB's complaint says that it is damaged.

    Commits before that entry stay; where no entry is named, the whole log goes and the database
    opens as of its last checkpoint. Database and log are copied aside first. Called while nobody
    has the file open. Returns False when there is no log that could be at fault.
    """
    wal = database.with_name(f"{database.name}.wal")
    if not wal.exists():
        return False
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    copies = [path.with_name(f"{path.name}.broken-{stamp}") for path in (database, wal)]
    shutil.copy2(database, copies[0])
    shutil.copy2(wal, copies[1])
    damaged = _DAMAGED_ENTRY.search(complaint)
    end = int(damaged[1]) if damaged else 0
    if 0 < end < wal.stat().st_size:
        os.truncate(wal, end)
        kept = f"its first {end} bytes"
    else:
        wal.unlink()
        kept = "none of it"
    _log.critical(
        "The log of the job database %s can't be replayed (%s). It opens with %s, so some of the "
        "last changes may be missing. Database and log are kept as %s and %s; "
        "'jupyter videojobs rebuild' brings jobs back from the storage.",
        database,
        complaint,
        kept,
        *copies,
    )
    return True
