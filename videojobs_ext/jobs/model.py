"""The job: its statuses, the reasons for which it fails, and the row that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, DateTime, Dialect, Double, Enum, String, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column
from sqlalchemy.types import TypeDecorator


class JobStatus(StrEnum):
    """Where a job is in its life; four values, for good."""

    #: Waits in the queue, also after an interruption.
    PENDING = "pending"
    #: A worker holds its lease and computes its chunks.
    RUNNING = "running"
    #: Results are complete (warnings say what the video lacked).
    COMPLETED = "completed"
    #: Ended without complete results; ``failure_reason`` says why.
    FAILED = "failed"


class FailureReason(StrEnum):
    """Why a job failed."""

    #: A step or the pipeline raised.
    ERROR = "error"
    #: Its user cancelled it.
    CANCELLED = "cancelled"
    #: It ran longer than the time limit.
    TIMEOUT = "timeout"
    #: Its process died in every attempt.
    CRASHED = "crashed"
    #: Its process went over the memory limit.
    OUT_OF_MEMORY = "out_of_memory"
    #: The video can't be read.
    BAD_VIDEO = "bad_video"
    #: The video is no longer there.
    MISSING_INPUT = "missing_input"


#: Statuses that a job leaves only by ``retry``.
TERMINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED})

#: The coarse progress of the founding contract, by status.
PROGRESS: Mapping[JobStatus, float] = {
    JobStatus.PENDING: 0.0,
    JobStatus.RUNNING: 0.5,
    JobStatus.COMPLETED: 1.0,
    JobStatus.FAILED: 1.0,
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, timezone-aware in Python on every database.

    SQLite keeps no time zone, and PostgreSQL answers in the session's; both become UTC here.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment as the database keeps it; it must be aware."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment, aware and in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_type(kind: type[StrEnum], name: str) -> Enum:
    """Return the column type for an enum: its values as text, held to them by a CHECK."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def utc_now() -> datetime:
    """Return this moment, aware and in UTC."""
    return datetime.now(UTC)


class Base(MappedAsDataclass, DeclarativeBase):
    """Base of the mapped classes: how Python's types are kept."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        float: Double,
        str: String,
        datetime: UtcDateTime,
        UUID: Uuid,
        dict[str, Any]: JSON,
        list[str]: JSON,
        JobStatus: enum_type(JobStatus, "job_status"),
        FailureReason: enum_type(FailureReason, "job_failure_reason"),
    }


class Job(Base, kw_only=True, eq=False):
    """One video, one pipeline, parameters, and how far they have come.

    The store hands out detached instances: read them, and change jobs through the store alone.
    """

    __tablename__ = "jobs"

    #: Made in Python, so that it is known before anything is committed.
    job_id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    status: Mapped[JobStatus] = mapped_column(default=JobStatus.PENDING)
    pipeline_id: Mapped[str] = mapped_column()
    #: The pipeline's YAML, frozen at submit.
    pipeline: Mapped[str] = mapped_column()
    #: The parameters that came with the submit, as they were given.
    params: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    #: Storage key of the video, or an absolute path where it is analyzed in place.
    input_path: Mapped[str] = mapped_column()
    #: The video's file name as its user knows it.
    input_name: Mapped[str] = mapped_column(default="")
    #: Hash of the video's bytes, once they have been read.
    input_sha256: Mapped[str | None] = mapped_column(default=None)
    #: Storage key of results.json, once completed.
    output_path: Mapped[str | None] = mapped_column(default=None)
    #: What went wrong, for people.
    error_message: Mapped[str | None] = mapped_column(default=None)
    failure_reason: Mapped[FailureReason | None] = mapped_column(default=None)
    #: How often a worker has begun; a clean stop takes its beginning back.
    attempt: Mapped[int] = mapped_column(default=0)
    frames_done: Mapped[int] = mapped_column(default=0)
    #: Sampled frames of the whole video, once it is planned.
    frames_total: Mapped[int | None] = mapped_column(default=None)
    chunks_done: Mapped[int] = mapped_column(default=0)
    chunks_total: Mapped[int | None] = mapped_column(default=None)
    #: What the worker is busy with, in one word.
    stage: Mapped[str | None] = mapped_column(default=None)
    #: Frames a second of late.
    fps: Mapped[float | None] = mapped_column(default=None)
    #: What the results lack: damaged frames, an early end.
    warnings: Mapped[list[str]] = mapped_column(default_factory=list)
    #: Set while running when the user wants it to end; its worker looks with every progress.
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    #: What the user calls the job.
    name: Mapped[str] = mapped_column(default="")
    owner: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default_factory=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default_factory=utc_now)
    #: When it entered the queue last; interrupted and retried jobs enter it anew, at its end.
    queued_at: Mapped[datetime] = mapped_column(default_factory=utc_now)
    #: When the current attempt began.
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    #: The worker that holds the lease, while running.
    worker_id: Mapped[str | None] = mapped_column(default=None)
    #: When the lease ends unless it is renewed.
    lease_expires_at: Mapped[datetime | None] = mapped_column(default=None)
