"""The rows that a job has so far, also while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.media import ARROW, JSON, PARQUET
from videojobs_ext.api.models import FrameRange
from videojobs_ext.api.negotiation import negotiate

if TYPE_CHECKING:
    from videojobs_ext.services.services import Services


class RowsHandler(VideoJobsHandler):
    """``GET /v1/video/jobs/{job_id}/rows``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str) -> None:
        """Stream rows as Arrow, Parquet or JSON."""
        media_type = negotiate(self.request.headers.get("Accept", ""), (ARROW, PARQUET, JSON))
        pieces = await self.call(
            rows, self.services, self.job_id(job_id), self.query(FrameRange), media_type
        )
        await self.stream(pieces, media_type)


def rows(services: Services, job_id: UUID, asked: FrameRange, media_type: str) -> Iterator[bytes]:
    """Return rows as pieces of the chosen format; blocks."""
    # Server start stays short: the services are imported in a thread.
    from videojobs_ext.api.encoding import encode_batches, rows_to_json  # noqa: PLC0415
    from videojobs_ext.rows.schema import SCHEMA  # noqa: PLC0415
    from videojobs_ext.services.results_service import RowFilter  # noqa: PLC0415

    batches = services.results.rows(job_id, RowFilter(**asked.model_dump()))
    if media_type == JSON:
        return rows_to_json(job_id, batches)
    return encode_batches(batches, SCHEMA, media_type)
