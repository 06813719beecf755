"""The results of a completed job: whole, some of their frames, or in another format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from videojobs_ext.api.base import may
from videojobs_ext.api.files import FileHandler
from videojobs_ext.api.media import JSON
from videojobs_ext.api.models import FrameRange

if TYPE_CHECKING:
    from videojobs_ext.services.services import Services


class ResultsHandler(FileHandler):
    """``GET /v1/video/results/{job_id}``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str) -> None:  # type: ignore[override]
        """Send results.json as it lies on the disk, or the frames that were asked for."""
        identifier = self.job_id(job_id)
        asked = self.query(FrameRange)
        if not asked.model_fields_set:
            path = await self.call(self.services.results.results_file, identifier)
            await self.send_file(path, JSON, path.name)
        else:
            pieces = await self.call(results_page, self.services, identifier, asked)
            await self.stream(pieces, JSON)


class ExportHandler(FileHandler):
    """``GET /v1/video/results/{job_id}/{format}``."""

    @may("read")
    async def get(self, job_id: str, format_name: str) -> None:  # type: ignore[override]
        """Send the results in one of the export formats, as a download."""
        path, media_type, filename = await self.call(
            export, self.services, self.job_id(job_id), format_name
        )
        await self.send_file(path, media_type, filename, download=True)


def results_page(services: Services, job_id: UUID, asked: FrameRange) -> Iterator[bytes]:
    """Return a page of results as pieces of JSON; blocks."""
    # Server start stays short: the services are imported in a thread.
    from videojobs_ext.api.encoding import results_to_json  # noqa: PLC0415
    from videojobs_ext.services.results_service import RowFilter  # noqa: PLC0415

    job = services.results.completed(job_id)
    frames = services.results.page(job_id, RowFilter(**asked.model_dump()))
    return results_to_json(job_id, frames, job.created_at, job.updated_at)


def export(services: Services, job_id: UUID, format_name: str) -> tuple[Path, str, str]:
    """Return an export, its media type, and what a download is called; blocks."""
    # Server start stays short: the services are imported in a thread.
    from videojobs_ext.rows.exports import EXPORTS  # noqa: PLC0415

    path = services.results.export(job_id, format_name)
    chosen = EXPORTS[format_name]
    stem = Path(services.jobs.get(job_id).input_name).stem
    return path, chosen.MEDIA_TYPE, f"{stem}{chosen.EXTENSION}"
