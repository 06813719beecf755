"""What a job was submitted with, to be edited and submitted again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING
from uuid import UUID

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.models import JobSettingsAnswer

if TYPE_CHECKING:
    from videojobs_ext.services.services import Services


class JobSettingsHandler(VideoJobsHandler):
    """``GET /v1/video/jobs/{job_id}/settings``."""

    @may("read")
    async def get(self, job_id: str) -> None:
        """Answer with the job's settings as a submit takes them."""
        self.answer(await self.call(settings_of, self.services, self.job_id(job_id)))


def settings_of(services: Services, job_id: UUID) -> JobSettingsAnswer:
    """Return what a job was submitted with; blocks."""
    from videojobs_ext.services.job_settings import job_settings  # noqa: PLC0415 - a slow import

    found = job_settings(services.store, services.library, services.settings.root_dir, job_id)
    return JobSettingsAnswer(
        job_id=job_id,
        **{**asdict(found), "params": dict(found.params), "functions": list(found.functions)},
    )
