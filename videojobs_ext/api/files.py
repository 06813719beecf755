"""Files of a job: its video, artifacts, thumbnail and log, with ranges and without surprises."""

from __future__ import annotations

import mimetypes
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jupyter_server.utils import url_path_join
from tornado.web import RequestHandler, StaticFileHandler

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.media import shown_inline
from videojobs_ext.api.models import Artifact, ArtifactsAnswer, ErrorAnswer

if TYPE_CHECKING:
    from uuid import UUID

    from videojobs_ext.services.services import Services


class FileHandler(VideoJobsHandler, StaticFileHandler):  # type: ignore[misc]
    """A base that sends one file that a service has named; tornado does ranges and conditions."""

    # Decorated verbs stand in the concrete classes; tornado's own would go round them.
    head = RequestHandler._unimplemented_method  # type: ignore[assignment]  # noqa: SLF001

    async def send_file(
        self, path: Path, media_type: str, filename: str, *, download: bool = False
    ) -> None:
        """Send a file, whole or the range that was asked for; all but media is a download."""
        self.root = str(path.parent)
        self._media_type = media_type
        self._filename = filename
        self._download = download or not shown_inline(media_type)
        await StaticFileHandler.get(self, path.name)
        if self.get_status() == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            refusal = ErrorAnswer(message="The file ends before that range.", reason="bad_range")
            self.finish(refusal.model_dump_json(exclude_none=True))

    @property
    def content_security_policy(self) -> str:
        """Confine whatever the file holds."""
        return f"{super().content_security_policy}; sandbox"

    def get_content_type(self) -> str:
        """Return the type that the service gave, never one guessed from content."""
        return self._media_type

    def compute_etag(self) -> str | None:
        """Return a validator that needs no reading: videos are too large to hash."""
        if self.absolute_path is None:
            return None
        status = Path(self.absolute_path).stat()
        return f'"{status.st_mtime_ns:x}-{status.st_size:x}"'

    def set_extra_headers(self, path: str) -> None:
        """Say what is a download, and that a file may change."""
        del path
        self.set_header("Cache-Control", "private, no-cache")
        if self._download:
            name = quote(self._filename)
            self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{name}")


class VideoHandler(FileHandler):
    """``GET /v1/video/jobs/{job_id}/video``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str) -> None:  # type: ignore[override]
        """Send the video that the job analyzes."""
        identifier = self.job_id(job_id)
        job = await self.call(self.services.jobs.get, identifier)
        path = await self.call(self.services.jobs.video, identifier)
        await self.send_file(path, _video_type(path), job.input_name)


class ArtifactsHandler(VideoJobsHandler):
    """``GET /v1/video/jobs/{job_id}/artifacts``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str) -> None:
        """Answer with the files that the job made."""
        self.answer(
            await self.call(list_artifacts, self.services, self.job_id(job_id), self.base_url)
        )


class ArtifactHandler(FileHandler):
    """``GET /v1/video/jobs/{job_id}/artifacts/{name}``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str, name: str) -> None:  # type: ignore[override]
        """Send one file that the job made."""
        path = await self.call(self.services.jobs.artifact, self.job_id(job_id), name)
        await self.send_file(path, _type_of(name), name.rpartition("/")[2])


class ThumbnailHandler(FileHandler):
    """``GET /v1/video/jobs/{job_id}/thumbnail``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str) -> None:  # type: ignore[override]
        """Send the poster."""
        path = await self.call(self.services.jobs.thumbnail, self.job_id(job_id))
        await self.send_file(path, "image/jpeg", path.name)


class LogHandler(FileHandler):
    """``GET /v1/video/jobs/{job_id}/log``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str) -> None:  # type: ignore[override]
        """Send the job's log, also while it grows."""
        identifier = self.job_id(job_id)
        path = await self.call(self.services.jobs.log, identifier)
        await self.send_file(path, "text/plain; charset=utf-8", f"{identifier}.txt")


def list_artifacts(services: Services, job_id: UUID, base_url: str) -> ArtifactsAnswer:
    """Return the files of a job with their addresses; blocks."""
    folder = url_path_join(base_url, "v1/video/jobs", str(job_id), "artifacts")
    return ArtifactsAnswer(
        artifacts=[
            Artifact(
                name=artifact.name,
                size=artifact.size,
                media_type=artifact.media_type,
                url=f"{folder}/{quote(artifact.name)}",
            )
            for artifact in services.jobs.artifacts(job_id)
        ]
    )


def _type_of(name: str) -> str:
    # Server start stays short: the services are imported in a thread.
    from videojobs_ext.services.job_service import media_type  # noqa: PLC0415

    return media_type(name)


def _video_type(path: Path) -> str:
    """Return a video type; a file that was analyzed in place may have any extension."""
    guessed = mimetypes.guess_type(path.name)[0] or ""
    return guessed if guessed.startswith("video/") else "application/octet-stream"
