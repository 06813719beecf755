"""A copy of a job's video for browsers that can't play the video itself."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.files import FileHandler
from videojobs_ext.api.models import ProxyAnswer

if TYPE_CHECKING:
    from videojobs_ext.services.proxies import ProxyView


class ProxyHandler(VideoJobsHandler):
    """``GET``, ``POST`` and ``DELETE /v1/video/jobs/{job_id}/proxy``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str) -> None:
        """Tell whether the copy is there, or how far it is."""
        view = await self.call(self.services.proxies.view, self.job_id(job_id))
        self.answer(proxy_answer(view))

    @may("write")
    async def post(self, job_id: str) -> None:
        """Have the copy made; one that is there or under way stays."""
        view = await self.call(self.services.proxies.make, self.job_id(job_id))
        self.answer(proxy_answer(view), HTTPStatus.ACCEPTED)

    @may("write")
    async def delete(self, job_id: str) -> None:
        """Stop making the copy, or remove it."""
        identifier = self.job_id(job_id)
        await self.call(self.services.jobs.get, identifier)
        await self.call(self.services.proxies.drop, identifier)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


class ProxyVideoHandler(FileHandler):
    """``GET /v1/video/jobs/{job_id}/proxy/video``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str) -> None:  # type: ignore[override]
        """Send the copy."""
        path = await self.call(self.services.proxies.file, self.job_id(job_id))
        await self.send_file(path, "video/mp4", path.name)


def proxy_answer(view: ProxyView) -> ProxyAnswer:
    """Return a view as the API answers it."""
    return ProxyAnswer.model_validate(asdict(view))
