"""Where a job stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.models import JobStatusAnswer

if TYPE_CHECKING:
    from videojobs_ext.services.job_service import JobStatusView


class StatusHandler(VideoJobsHandler):
    """``GET /v1/video/status/{job_id}``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str) -> None:
        """Answer with one job."""
        view = await self.call(self.services.jobs.status, self.job_id(job_id))
        self.answer(status_answer(view))


def status_answer(view: JobStatusView) -> JobStatusAnswer:
    """Return a job as the API shows it, alone and in lists."""
    return JobStatusAnswer.model_validate(
        {
            name: getattr(view if hasattr(view, name) else view.job, name)
            for name in JobStatusAnswer.model_fields
        }
    )
