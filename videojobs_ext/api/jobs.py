"""The list of jobs, and what can be done to one: delete, cancel, retry."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.errors import RequestRefused
from videojobs_ext.api.models import JobsAnswer, JobsQuery
from videojobs_ext.api.status import status_answer

if TYPE_CHECKING:
    from videojobs_ext.services.services import Services


class JobsHandler(VideoJobsHandler):
    """``GET /v1/video/jobs``."""

    _track_activity = False

    @may("read")
    async def get(self) -> None:
        """Answer with one page of jobs."""
        self.answer(await self.call(list_jobs, self.services, self.query(JobsQuery)))


class JobHandler(VideoJobsHandler):
    """``GET`` and ``DELETE /v1/video/jobs/{job_id}``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str) -> None:
        """Answer with one job, as its status does."""
        view = await self.call(self.services.jobs.status, self.job_id(job_id))
        self.answer(status_answer(view))

    @may("write")
    async def delete(self, job_id: str) -> None:
        """Remove a job that doesn't run, with its files."""
        identifier = self.job_id(job_id)
        await self.call(self.services.jobs.delete, identifier)
        await self.call(self.services.proxies.drop, identifier)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


class CancelHandler(VideoJobsHandler):
    """``POST /v1/video/jobs/{job_id}/cancel``."""

    @may("write")
    async def post(self, job_id: str) -> None:
        """Ask a job to end; a running one does within two seconds."""
        job = await self.call(self.services.jobs.cancel, self.job_id(job_id))
        view = await self.call(self.services.jobs.view, job)
        self.answer(status_answer(view), HTTPStatus.ACCEPTED)


class RetryHandler(VideoJobsHandler):
    """``POST /v1/video/jobs/{job_id}/retry``."""

    @may("write")
    async def post(self, job_id: str) -> None:
        """Queue a failed job again."""
        job = await self.call(self.services.jobs.retry, self.job_id(job_id))
        view = await self.call(self.services.jobs.view, job)
        self.answer(status_answer(view), HTTPStatus.ACCEPTED)


def list_jobs(services: Services, asked: JobsQuery) -> JobsAnswer:
    """Return a page of jobs; blocks."""
    # Server start stays short: the services are imported in a thread.
    from videojobs_ext.jobs.model import JobStatus  # noqa: PLC0415
    from videojobs_ext.jobs.store import JobFilter  # noqa: PLC0415

    chosen = JobFilter(
        status=None if asked.status is None else {JobStatus(word) for word in asked.status},
        pipeline_id=asked.pipeline_id,
        q=asked.q,
    )
    try:
        page = services.jobs.list(chosen, sort=asked.sort, limit=asked.limit, cursor=asked.cursor)
    except ValueError as error:
        raise RequestRefused(
            HTTPStatus.BAD_REQUEST, "bad_request", str(error), field="cursor"
        ) from None
    return JobsAnswer(
        jobs=[status_answer(services.jobs.view(job)) for job in page.jobs],
        next_cursor=page.next_cursor,
    )
