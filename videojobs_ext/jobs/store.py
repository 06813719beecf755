"""The store: every change of a job's status, each one transaction, and every question about jobs.

Nobody else speaks SQL. What a method returns is committed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeAlias, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Select,
    String,
    Update,
    and_,
    case,
    delete,
    false,
    func,
    insert,
    inspect,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from videojobs_ext.jobs.cursor import Cursor
from videojobs_ext.jobs.database import Database, RowMoved
from videojobs_ext.jobs.errors import JobExists, LostLease, UnknownJob, WrongStatus
from videojobs_ext.jobs.migrate import migrate
from videojobs_ext.jobs.model import TERMINAL, FailureReason, Job, JobStatus, utc_now

#: How each sort's key is computed, and its type in Python; "-" before the name turns it round.
_SORTS: dict[str, tuple[ColumnElement[Any], type[str | int | datetime]]] = {
    "created_at": (cast("ColumnElement[Any]", Job.created_at), datetime),
    "updated_at": (cast("ColumnElement[Any]", Job.updated_at), datetime),
    "name": (func.lower(Job.name), str),
    "status": (
        case({status: place for place, status in enumerate(JobStatus)}, value=Job.status),
        int,
    ),
}

#: Every value that ``sort`` may have.
SORTS = tuple(f"{sign}{name}" for name in _SORTS for sign in ("", "-"))

#: The order in which jobs are run; the later keys matter to jobs requeued in one act.
_FIFO = (Job.queued_at, Job.created_at, Job.job_id)

#: What a job loses when it leaves its worker.
_RELEASED: dict[str, Any] = {
    "worker_id": None,
    "lease_expires_at": None,
    "stage": None,
    "cancel_requested": False,
}


#: The store has a method called ``list``, which hides the type in its signatures.
JobIds: TypeAlias = list[UUID]


@dataclass(frozen=True)
class JobFilter:
    """Which jobs to list; None asks for nothing."""

    status: set[JobStatus] | frozenset[JobStatus] | None = None
    pipeline_id: str | None = None
    #: A part of the job's or the video's name, in upper or lower case.
    q: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class JobPage:
    """Some jobs, and the cursor of the next page; None at the end."""

    jobs: list[Job]
    next_cursor: str | None


@dataclass(frozen=True)
class Recovered:
    """What became of jobs whose worker was gone: back in the queue, or failed for good."""

    requeued: list[UUID]
    failed: list[UUID]


class JobStore:
    """The jobs in one database; after ``open`` every method may be called from any thread.

    Every method raises DatabaseUnavailable when the database can't be reached, and UnknownJob for
    an id that no job has, unless it says otherwise. A worker's methods raise LostLease when the
    job is no longer the worker's.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    @property
    def exclusive(self) -> bool:
        """Whether no other process can use the database: it is a DuckDB file."""
        return self._database.exclusive

    def open(self) -> None:
        """Connect, and lock a DuckDB file for life; raises DatabaseLocked."""
        self._database.open()

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to a revision, up or down; "base" drops them with all jobs."""
        migrate(self._database, revision)

    def checkpoint(self) -> None:
        """Fold the log into the file, when idle, so that the next start is quick."""
        self._database.checkpoint()

    def close(self) -> None:
        """Close the database and let the next process in."""
        self._database.close()

    # Questions ------------------------------------------------------------------------------

    def get(self, job_id: UUID) -> Job:
        """Return a job."""
        return self._database.read(lambda session: _get(session, job_id))

    def list(
        self,
        wanted: JobFilter | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        cursor: str | None = None,
    ) -> JobPage:
        """Return a page of jobs; raises ValueError for a bad sort, limit or cursor.

        Jobs that come in while someone turns the pages neither repeat nor hide others.
        """
        statement = _page(wanted or JobFilter(), sort, limit, cursor)
        rows = self._database.read(lambda session: session.execute(statement).all())
        jobs = [row[0] for row in rows[:limit]]
        if len(rows) <= limit:
            return JobPage(jobs, None)
        last, key = rows[limit - 1]
        return JobPage(jobs, Cursor(sort, key, last.job_id).encode())

    def counts(self) -> dict[JobStatus, int]:
        """Return how many jobs have each status."""
        statement = select(Job.status, func.count()).group_by(Job.status)
        rows = self._database.read(lambda session: session.execute(statement).all())
        return dict.fromkeys(JobStatus, 0) | dict(rows)

    def queued(self) -> JobIds:
        """Return the pending jobs, the next one first: by arrival, interrupted ones at the end."""
        statement = select(Job.job_id).where(Job.status == JobStatus.PENDING).order_by(*_FIFO)
        return self._database.read(lambda session: list(session.scalars(statement)))

    def queue_position(self, job_id: UUID) -> int | None:
        """Return how many jobs wait before a pending one, 0 for the next; None for any other."""

        def work(session: Session) -> int | None:
            job = _get(session, job_id)
            if job.status != JobStatus.PENDING:
                return None
            ahead = select(func.count()).where(
                Job.status == JobStatus.PENDING,
                _before(_FIFO, (job.queued_at, job.created_at, job.job_id)),
            )
            return session.scalar(ahead) or 0

        return self._database.read(work)

    def completed_like(self, pipeline: str, sha256: str, limit: int = 5) -> JobIds:
        """Return the newest completed jobs with this frozen pipeline over this video."""
        statement = (
            select(Job.job_id)
            .where(
                Job.status == JobStatus.COMPLETED,
                Job.pipeline == pipeline,
                Job.input_sha256 == sha256,
            )
            .order_by(Job.finished_at.desc())
            .limit(limit)
        )
        return self._database.read(lambda session: list(session.scalars(statement).all()))

    def inputs_in_use(self, input_path: str) -> int:
        """Return how many jobs need this video."""
        statement = select(func.count()).where(Job.input_path == input_path)
        return self._database.read(lambda session: session.scalar(statement) or 0)

    # A user's changes -----------------------------------------------------------------------

    def create(self, job: Job) -> Job:
        """Keep a new job, and return it once nothing can lose it.

        Raises JobExists, or ValueError for text that no database keeps.
        """
        _check(job)

        # Not session.add: after a failed commit an object passes for saved, and a second try would
        # commit nothing and succeed.
        columns = inspect(Job).columns
        statement = insert(Job).values({column.key: getattr(job, column.key) for column in columns})

        def work(session: Session) -> Job:
            session.execute(statement)
            return job

        try:
            return self._database.write(work)
        except IntegrityError:
            self.get(job.job_id)
            raise JobExists(job.job_id) from None

    def request_cancel(self, job_id: UUID) -> Job:
        """End a pending job now; ask the worker of a running one to end it. Else WrongStatus."""

        def work(session: Session) -> Job:
            pending = Job.status == JobStatus.PENDING
            running = Job.status == JobStatus.RUNNING
            ended = _failed(FailureReason.CANCELLED, "Cancelled by its user before it began.")
            if not _change(session, job_id, ended, pending) and not _change(
                session, job_id, {"cancel_requested": True}, running
            ):
                _refuse(session, job_id, JobStatus.PENDING, JobStatus.RUNNING)
            return _get(session, job_id)

        return self._database.write(work)

    def retry(self, job_id: UUID) -> Job:
        """Put a failed job back into the queue, with all its attempts; else WrongStatus."""
        fresh: dict[str, Any] = {
            "attempt": 0,
            "error_message": None,
            "failure_reason": None,
            "finished_at": None,
            "warnings": [],
        }

        def work(session: Session) -> Job:
            failed = Job.status == JobStatus.FAILED
            if not _change(session, job_id, _queued_again() | fresh, failed):
                _refuse(session, job_id, JobStatus.FAILED)
            return _get(session, job_id)

        return self._database.write(work)

    def delete(self, job_id: UUID) -> None:
        """Forget a job; WrongStatus while it runs."""
        statuses = (JobStatus.PENDING, *(status for status in JobStatus if status in TERMINAL))
        statement = delete(Job).where(Job.job_id == job_id, Job.status.in_(statuses))

        def work(session: Session) -> None:
            if _rows(session, statement) == 0:
                _refuse(session, job_id, *statuses)

        self._database.write(work)

    # A worker's changes ---------------------------------------------------------------------

    def claim(self, job_id: UUID, worker_id: str, lease: timedelta) -> Job | None:
        """Take a pending job; None when another worker was faster or it is gone."""

        def work(session: Session) -> Job | None:
            pending = Job.status == JobStatus.PENDING
            if not _change(session, job_id, _claimed(worker_id, lease), pending):
                return None
            return _get(session, job_id)

        return self._database.write(work)

    def claim_next(self, worker_id: str, lease: timedelta) -> Job | None:
        """Take the pending job that is next in the queue; None when there is none."""
        pending = Job.status == JobStatus.PENDING
        first = select(Job.job_id).where(pending).order_by(*_FIFO).limit(1)
        if self._database.dialect == "postgresql":
            first = first.with_for_update(skip_locked=True)

        def work(session: Session) -> Job | None:
            job_id = session.scalar(first)
            if job_id is None:
                return None
            if not _change(session, job_id, _claimed(worker_id, lease), pending):
                raise RowMoved
            return _get(session, job_id)

        return self._database.write(work)

    def progress(
        self,
        job_id: UUID,
        worker_id: str,
        *,
        frames_done: int,
        frames_total: int | None,
        chunks_done: int,
        chunks_total: int | None,
        stage: str | None,
        fps: float | None,
        lease: timedelta,
    ) -> bool:
        """Write how far a job is and renew its lease; tells whether the user wants it to end."""

        def work(session: Session) -> bool:
            values = {
                "frames_done": frames_done,
                "frames_total": frames_total,
                "chunks_done": chunks_done,
                "chunks_total": chunks_total,
                "stage": stage,
                "fps": fps,
                "lease_expires_at": utc_now() + lease,
            }
            _change_held(session, job_id, worker_id, values)
            return bool(session.scalar(select(Job.cancel_requested).where(Job.job_id == job_id)))

        return self._database.write(work)

    def set_input(self, job_id: UUID, worker_id: str, sha256: str) -> None:
        """Write the hash of the video's bytes."""
        self._database.write(
            lambda session: _change_held(session, job_id, worker_id, {"input_sha256": sha256})
        )

    def complete(
        self, job_id: UUID, worker_id: str, output_path: str, warnings: Sequence[str] = ()
    ) -> Job:
        """End a job whose results are all in place."""
        values = _RELEASED | {
            "status": JobStatus.COMPLETED,
            "output_path": output_path,
            "warnings": [_keepable(warning) for warning in warnings],
            "finished_at": utc_now(),
        }

        def work(session: Session) -> Job:
            _change_held(session, job_id, worker_id, values)
            return _get(session, job_id)

        return self._database.write(work)

    def fail(
        self,
        job_id: UUID,
        worker_id: str | None,
        reason: FailureReason,
        message: str,
        warnings: Sequence[str] = (),
    ) -> Job:
        """End a job without complete results.

        Without a worker any job that hasn't ended yet is meant, and WrongStatus is raised for one
        that has.
        """
        values = _failed(reason, message) | {"warnings": [_keepable(text) for text in warnings]}

        def work(session: Session) -> Job:
            if worker_id is not None:
                _change_held(session, job_id, worker_id, values)
            elif not _change(session, job_id, values, Job.status.not_in(TERMINAL)):
                _refuse(session, job_id, JobStatus.PENDING, JobStatus.RUNNING)
            return _get(session, job_id)

        return self._database.write(work)

    def hand_back(self, job_id: UUID, worker_id: str) -> Job:
        """Put a job that a stopping worker holds back into the queue; this was no attempt.

        A job that its user wants to end doesn't wait for the next worker: it ends cancelled.
        """

        def work(session: Session) -> Job:
            held = and_(Job.status == JobStatus.RUNNING, Job.worker_id == worker_id)
            cancelled = _failed(FailureReason.CANCELLED, "Cancelled by its user.")
            if not _change(session, job_id, cancelled, held, Job.cancel_requested.is_(True)):
                waiting = _queued_again() | {"attempt": Job.attempt - 1}
                _change_held(session, job_id, worker_id, waiting)
            return _get(session, job_id)

        return self._database.write(work)

    def recover(
        self, alive: Callable[[str], bool], max_attempts: int, *, only_expired: bool
    ) -> Recovered:
        """Take back running jobs whose worker is gone, as ``alive`` says of its id.

        They go to the end of the queue in the order of their arrival; those with no attempt left
        fail as crashed, those that their user cancelled as cancelled. ``only_expired`` leaves out
        jobs whose lease still runs: needed where ``alive`` can't see every worker.
        """
        now = utc_now()
        running = select(Job).where(Job.status == JobStatus.RUNNING).order_by(*_FIFO)
        if only_expired:
            lease = Job.lease_expires_at
            running = running.where(or_(lease.is_(None), lease <= now))
        jobs = self._database.read(lambda session: session.scalars(running).all())
        gone = [job for job in jobs if job.worker_id is None or not alive(job.worker_id)]

        def work(session: Session) -> Recovered:
            requeued: list[UUID] = []
            failed: list[UUID] = []
            for job in gone:
                unchanged = and_(
                    Job.status == JobStatus.RUNNING,
                    Job.worker_id == job.worker_id,
                    Job.attempt == job.attempt,
                    Job.lease_expires_at == job.lease_expires_at,
                )
                values = _after_crash(job, max_attempts, now)
                if _change(session, job.job_id, values, unchanged):
                    requeue = values["status"] == JobStatus.PENDING
                    (requeued if requeue else failed).append(job.job_id)
            return Recovered(requeued, failed)

        return self._database.write(work) if gone else Recovered([], [])


def _get(session: Session, job_id: UUID) -> Job:
    job = session.get(Job, job_id)
    if job is None:
        raise UnknownJob(job_id)
    return job


def _rows(session: Session, statement: Update | Delete) -> int:
    # Objects in the session are read after a change, never before: nothing to synchronize.
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount


def _change(
    session: Session, job_id: UUID, values: Mapping[str, Any], *conditions: ColumnElement[bool]
) -> bool:
    """Change one job if the conditions hold, and tell whether they did: the one who sees 1 won."""
    statement = update(Job).where(Job.job_id == job_id, *conditions)
    # DuckDB sees a conflict only where two transactions write the same column: here is one.
    return _rows(session, statement.values({**values, "updated_at": utc_now()})) == 1


def _change_held(session: Session, job_id: UUID, worker_id: str, values: Mapping[str, Any]) -> None:
    """Change a job that this worker holds, or raise LostLease."""
    running = Job.status == JobStatus.RUNNING
    if not _change(session, job_id, values, running, Job.worker_id == worker_id):
        raise LostLease(job_id, worker_id)


def _refuse(session: Session, job_id: UUID, *wanted: JobStatus) -> NoReturn:
    """Say why a change found no row: no such job, or the wrong status."""
    status = _get(session, job_id).status
    if status in wanted:
        raise RowMoved
    raise WrongStatus(status, wanted)


def _claimed(worker_id: str, lease: timedelta) -> dict[str, Any]:
    now = utc_now()
    return {
        "status": JobStatus.RUNNING,
        "worker_id": worker_id,
        "lease_expires_at": now + lease,
        "started_at": now,
        "attempt": Job.attempt + 1,
    }


def _queued_again(now: datetime | None = None) -> dict[str, Any]:
    return _RELEASED | {
        "status": JobStatus.PENDING,
        "queued_at": now or utc_now(),
        "started_at": None,
    }


def _failed(reason: FailureReason, message: str) -> dict[str, Any]:
    return _RELEASED | {
        "status": JobStatus.FAILED,
        "failure_reason": reason,
        "error_message": _keepable(message),
        "finished_at": utc_now(),
    }


def _after_crash(job: Job, max_attempts: int, now: datetime) -> dict[str, Any]:
    if job.cancel_requested:
        return _failed(FailureReason.CANCELLED, "Cancelled by its user.")
    if job.attempt >= max_attempts:
        return _failed(
            FailureReason.CRASHED,
            f"The job was interrupted in each of its {job.attempt} attempts: its process died, "
            f"perhaps of this very video. Its log has more; retry it to give it new attempts.",
        )
    return _queued_again(now)


def _page(wanted: JobFilter, sort: str, limit: int, cursor: str | None) -> Select[tuple[Job, Any]]:
    if sort not in SORTS:
        raise ValueError(f"Jobs can't be sorted by {sort!r}, only by {', '.join(SORTS)}.")
    if limit < 1:
        raise ValueError(f"A page of {limit} jobs is none: limit must be at least 1.")
    key, kind = _SORTS[sort.removeprefix("-")]
    columns = (key, cast("ColumnElement[Any]", Job.job_id))
    descending = sort.startswith("-")
    statement = select(Job, key).where(*_conditions(wanted))
    if cursor is not None:
        after = Cursor.decode(cursor, sort, kind)
        last = (after.key, after.job_id)
        statement = statement.where(_before(columns, last) if descending else _after(columns, last))
    order = [column.desc() if descending else column.asc() for column in columns]
    return statement.order_by(*order).limit(limit + 1)


def _conditions(wanted: JobFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(Job.status.in_(wanted.status))
    if wanted.pipeline_id is not None:
        conditions.append(Job.pipeline_id == wanted.pipeline_id)
    if wanted.owner is not None:
        conditions.append(Job.owner == wanted.owner)
    if wanted.q:
        part = wanted.q.lower()
        conditions.append(
            or_(
                func.lower(Job.name).contains(part, autoescape=True),
                func.lower(Job.input_name).contains(part, autoescape=True),
            )
        )
    texts = (wanted.q, wanted.pipeline_id, wanted.owner)
    if any(text is not None and not _is_keepable(text) for text in texts):
        return [false()]  # no job can have such a text, and a database would refuse to look for it
    return conditions


def _before(columns: Sequence[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Return whether a row stands before these values, comparing column after column."""
    first, last = columns[0], values[0]
    if len(columns) == 1:
        return cast("ColumnElement[bool]", first < last)
    return or_(first < last, and_(first == last, _before(columns[1:], values[1:])))


def _after(columns: Sequence[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Return whether a row stands after these values, comparing column after column."""
    first, last = columns[0], values[0]
    if len(columns) == 1:
        return cast("ColumnElement[bool]", first > last)
    return or_(first > last, and_(first == last, _after(columns[1:], values[1:])))


def _check(job: Job) -> None:
    """Raise ValueError for what some database could not keep as it is."""
    for column in inspect(Job).columns:
        value = getattr(job, column.key)
        if isinstance(column.type, String) and value is not None and not _is_keepable(value):
            raise ValueError(f"{column.key} holds characters that no database keeps: {value!r}")
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError(f"{column.key} has no time zone: {value}")
    try:
        json.dumps([job.params, job.warnings], allow_nan=False)
    except TypeError as error:
        raise ValueError(f"params must be plain JSON: {error}") from error


def _is_keepable(text: str) -> bool:
    return _keepable(text) == text


def _keepable(text: str) -> str:
    """Return the text without what PostgreSQL (NUL) or UTF-8 (half a pair) has no place for."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
