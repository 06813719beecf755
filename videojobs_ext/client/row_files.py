"""The rows of many jobs as files that are fetched when a query first opens them."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from fsspec.spec import AbstractFileSystem

from videojobs_ext.client.errors import NotFound, VideoJobsError
from videojobs_ext.client.shapes import TERMINAL

if TYPE_CHECKING:
    from videojobs_ext.client.shapes import JobStatus

#: Bytes that kept rows may take; the ones that were used longest ago go first.
CACHE_LIMIT = 2 * 2**30

_SCHEME = "videojobs"
_NO_JOB = "none"

#: Saves all rows of a job as a Parquet file.
Fetch = Callable[[str, Path], object]


def cache_folder() -> Path:
    """Return where rows are kept: ``VIDEOJOBS_CACHE_DIR``, or this user's cache folder."""
    if said := os.environ.get("VIDEOJOBS_CACHE_DIR"):
        return Path(said).expanduser()
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "videojobs" / "rows"


class RowFiles(AbstractFileSystem):  # type: ignore[misc]
    """A file system with one Parquet file a job, which DuckDB opens only where it has to.

    Rows of jobs that have ended are kept in ``cache`` by job_id and ``updated_at``; those of a job
    that runs are fetched anew for each query and lie in ``scratch``. DuckDB opens files from
    threads of its own, so that an error can only be kept for the caller, in ``failure``.
    """

    protocol = _SCHEME
    cachable = False

    def __init__(
        self, jobs: Mapping[str, JobStatus], fetch: Fetch, *, scratch: Path, cache: Path
    ) -> None:
        super().__init__()
        self._jobs = jobs
        self._fetch = fetch
        self._scratch = scratch
        self._cache = cache if _usable(cache) else scratch
        self._locks = {job_id: threading.Lock() for job_id in (_NO_JOB, *jobs)}
        self._files: dict[str, Path] = {}
        self._open_files: list[BinaryIO] = []
        self.failure: VideoJobsError | OSError | None = None

    @property
    def urls(self) -> list[str]:
        """One URL a job, with the job_id as a Hive partition; the first has no rows.

        DuckDB takes the columns from that one, which costs no request.
        """
        return [f"{_SCHEME}://rows/job_id={job_id}/rows.parquet" for job_id in self._locks]

    def file(self, job_id: str) -> Path:
        """Return a job's rows on this machine, after fetching them where they are not here yet."""
        with self._locks[job_id]:
            if job_id not in self._files:
                self._files[job_id] = self._find(job_id)
            return self._files[job_id]

    def _find(self, job_id: str) -> Path:
        if job_id == _NO_JOB:
            return self._empty()
        status = self._jobs[job_id]
        ended = status["status"] in TERMINAL
        moment = re.sub(r"\W", "", status["updated_at"])
        path = (self._cache if ended else self._scratch) / f"{job_id}-{moment}.parquet"
        if path.exists():
            with suppress(OSError):
                os.utime(path)
            return path
        try:
            self._fetch(job_id, path)
        except NotFound:
            return self._empty()  # deleted meanwhile
        if path.parent == self._cache:
            _make_room(self._cache, keep=path)
        return path

    def _empty(self) -> Path:
        import pyarrow.parquet as pq  # noqa: PLC0415

        from videojobs_ext.rows.schema import SCHEMA  # noqa: PLC0415

        path = self._scratch / "empty.parquet"
        if not path.exists():
            pq.write_table(SCHEMA.empty_table(), path)
        return path

    def _opened(self, url: str) -> Path:
        found = re.search(r"job_id=([^/]+)/", url)
        if found is None or found[1] not in self._locks:
            raise FileNotFoundError(url)
        try:
            return self.file(found[1])
        except (VideoJobsError, OSError) as error:
            self.failure = self.failure or error
            raise

    def _open(self, path: str, mode: str = "rb", **_options: Any) -> BinaryIO:  # noqa: ANN401
        if mode != "rb":
            raise PermissionError(f"{path} can only be read.")
        file = self._opened(path).open("rb")
        self._open_files.append(file)
        return file

    def close(self) -> None:
        """Close what was opened: DuckDB leaves that to the garbage collector."""
        for file in self._open_files:
            file.close()

    def info(self, path: str, **_options: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the size of a job's file."""
        return {"name": path, "size": self._opened(path).stat().st_size, "type": "file"}

    def glob(self, path: str, **_options: Any) -> list[str]:  # noqa: ANN401
        """Return the one file of that name: nothing is looked for."""
        return [path]

    def modified(self, path: str) -> datetime:
        """Return when a job's file was written."""
        return datetime.fromtimestamp(self._opened(path).stat().st_mtime, UTC)


def _usable(folder: Path) -> bool:
    """Return whether files can be kept there, for this user alone."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _make_room(folder: Path, *, keep: Path) -> None:
    """Delete the files that were used longest ago, until the others fit into the limit."""
    seen = []
    for file in folder.glob("*.parquet"):
        with suppress(OSError):
            state = file.stat()
            seen.append((state.st_mtime, state.st_size, file))
    left = sum(size for _, size, _ in seen)
    for _, size, file in sorted(seen):
        if left <= CACHE_LIMIT:
            return
        if file != keep:
            with suppress(OSError):  # another kernel reads it, or was faster
                file.unlink()
            left -= size
