"""The configuration class: ``c.VideoJobs.*`` in a file, ``--VideoJobs.*=`` on a command line."""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir
from traitlets import Bool, Enum, Float, Int, List, TraitError, Unicode, default, validate
from traitlets.config import LoggingConfigurable

from videojobs_ext.services.settings import Settings

GIB = 1024**3


class VideoJobs(LoggingConfigurable):
    """Long video analysis that outlives the notebook."""

    data_dir = Unicode(
        config=True,
        help="Where jobs, uploads, results and the cache are kept. "
        "Default: a folder 'videojobs' in Jupyter's data directory.",
    )
    db_url = Unicode(
        config=True,
        help="The job database, as an SQLAlchemy URL: duckdb:///path (one process only), "
        "sqlite:///path, or postgresql://user@host/name for several servers on one queue. "
        "Default: a DuckDB file in data_dir.",
    )
    storage_url = Unicode(
        config=True,
        help="Where files are kept: a folder, or any fsspec URL such as s3://bucket/prefix. "
        "Default: the folder 'files' in data_dir.",
    )
    engine = Enum(
        ["local"],
        "local",
        config=True,
        help="What runs chunks: 'local' for isolated child processes on this machine.",
    )
    # A static default of 0 would let 0 pass: traitlets only validates what changes a value.
    workers = Int(1, config=True, help="How many chunks run at once. Default: one for each core.")
    chunk_seconds = Float(
        4.0,
        config=True,
        help="About how many seconds of video a chunk holds: the unit of parallel work, progress "
        "and checkpoint. Chunks hold whole groups of pictures, so they may be longer.",
    )
    max_attempts = Int(
        3,
        config=True,
        help="How often a job is started that takes its worker down, and a chunk that takes its "
        "process down, before it is failed as 'crashed'.",
    )
    job_timeout = Float(
        0.0, config=True, help="The longest a job may run, in seconds; 0 for no limit."
    )
    memory_limit_per_process = Int(
        4 * GIB,
        config=True,
        help="The most resident memory that one child process may hold, in bytes; 0 for no limit.",
    )
    max_upload_bytes = Int(
        64 * GIB, config=True, help="The largest upload that is taken, in bytes; 0 for no limit."
    )
    max_unsubmitted_bytes = Int(
        128 * GIB,
        config=True,
        help="The most that one user's resumable uploads may come to, in bytes as announced, that "
        "are unfinished or not submitted as a job; 0 for no limit.",
    )
    upload_retention_hours = Float(
        72.0,
        config=True,
        help="A resumable upload is deleted when nothing was sent of it, and no job made of it, "
        "for so many hours; 0 keeps it for good.",
    )
    max_pixels = Int(
        8192 * 8192,
        config=True,
        help="The largest picture that is decoded, in pixels (width × height); 0 for no limit.",
    )
    max_duration = Float(
        0.0, config=True, help="The longest video that is taken, in seconds; 0 for no limit."
    )
    allowed_roots = List(
        Unicode(),
        config=True,
        help="Folders besides the server's root whose videos may be analyzed in place.",
    )
    retention_days = Float(
        0.0,
        config=True,
        help="Completed and failed jobs are deleted after so many days; 0 keeps them for good.",
    )
    cache_max_bytes = Int(
        10 * GIB,
        config=True,
        help="How large the cache of computed chunks may grow, in bytes; 0 for no limit.",
    )
    start_worker = Bool(
        True,
        config=True,
        help="Whether this server analyzes videos itself. Turn it off where "
        "'jupyter videojobs worker' does (with SQLite or PostgreSQL).",
    )
    keep_server_alive_while_running = Bool(
        True,
        config=True,
        help="Whether a running job, or a resumable upload that is coming in, counts as activity, "
        "so that an idle server isn't culled.",
    )

    @default("data_dir")
    def _default_data_dir(self) -> str:
        return str(Path(jupyter_data_dir()) / "videojobs")

    @default("workers")
    def _default_workers(self) -> int:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2

    @validate("workers", "max_attempts")
    def _at_least_one(self, proposal: dict[str, int]) -> int:
        if proposal["value"] < 1:
            raise TraitError(f"{proposal['trait'].name} must be at least 1")  # type: ignore[attr-defined]
        return proposal["value"]

    @validate(
        "job_timeout",
        "memory_limit_per_process",
        "max_upload_bytes",
        "max_unsubmitted_bytes",
        "upload_retention_hours",
        "max_pixels",
        "max_duration",
        "retention_days",
        "cache_max_bytes",
    )
    def _not_negative(self, proposal: dict[str, float]) -> float:
        if proposal["value"] < 0:
            raise TraitError(f"{proposal['trait'].name} can't be negative; 0 means no limit")  # type: ignore[attr-defined]
        return proposal["value"]

    @validate("chunk_seconds")
    def _positive(self, proposal: dict[str, float]) -> float:
        if proposal["value"] <= 0:
            raise TraitError("chunk_seconds must be greater than 0")
        return proposal["value"]

    def settings(self, root_dir: Path, *, allow_hidden: bool = False) -> Settings:
        """Return the settings for a server (or a command) whose files lie below ``root_dir``."""
        data_dir = Path(self.data_dir).expanduser().resolve()
        return Settings(
            data_dir=data_dir,
            root_dir=root_dir.expanduser().resolve(),
            db_url=self.db_url or f"duckdb:///{data_dir / 'jobs.duckdb'}",
            storage_url=self.storage_url or str(data_dir / "files"),
            engine="local",  # the trait knows no other
            workers=self.workers,
            chunk_seconds=self.chunk_seconds,
            max_attempts=self.max_attempts,
            job_timeout=self.job_timeout or None,
            memory_limit_per_process=self.memory_limit_per_process or None,
            max_upload_bytes=self.max_upload_bytes or None,
            max_unsubmitted_bytes=self.max_unsubmitted_bytes or None,
            upload_retention_hours=self.upload_retention_hours or None,
            max_pixels=self.max_pixels or None,
            max_duration=self.max_duration or None,
            allowed_roots=tuple(Path(root).expanduser().resolve() for root in self.allowed_roots),
            allow_hidden=allow_hidden,
            retention_days=self.retention_days or None,
            cache_max_bytes=self.cache_max_bytes or None,
            start_worker=self.start_worker,
        )
