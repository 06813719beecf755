"""The frame index of a job's video: which frame is shown when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.media import ARROW, JSON, PARQUET
from videojobs_ext.api.models import FramesAnswer, PtsRange
from videojobs_ext.api.negotiation import negotiate

if TYPE_CHECKING:
    from videojobs_ext.services.services import Services


class FramesHandler(VideoJobsHandler):
    """``GET /v1/video/jobs/{job_id}/frames``."""

    @may("read")
    async def get(self, job_id: str) -> None:
        """Answer with the pts table, as JSON, Parquet or Arrow."""
        media_type = negotiate(self.request.headers.get("Accept", ""), (JSON, PARQUET, ARROW))
        pieces = await self.call(
            frames, self.services, self.job_id(job_id), self.query(PtsRange), media_type
        )
        await self.stream(pieces, media_type)


def frames(services: Services, job_id: UUID, asked: PtsRange, media_type: str) -> Iterator[bytes]:
    """Return the frame index as pieces of the chosen format; blocks."""
    # Server start stays short: the services are imported in a thread.
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    from videojobs_ext.api.encoding import encode_batches  # noqa: PLC0415

    index = services.jobs.frames(job_id)
    stop = len(index) if asked.limit is None else asked.offset + asked.limit
    chosen = slice(asked.offset, stop)
    if media_type == JSON:
        answer = FramesAnswer(
            time_base=str(index.time_base),
            count=len(index),
            pts=index.pts[chosen].tolist(),
            time=index.time[chosen].tolist(),
            keyframe=(np.flatnonzero(index.keyframe[chosen]) + asked.offset).tolist(),
        )
        return iter([answer.model_dump_json().encode()])
    table = pa.table(
        {
            "frame_index": pa.array(np.arange(len(index))[chosen]),
            "pts": pa.array(index.pts[chosen]),
            "time": pa.array(index.time[chosen]),
            "duration": pa.array(index.duration[chosen]),
            "keyframe": pa.array(index.keyframe[chosen]),
        },
        metadata={"time_base": str(index.time_base)},
    )
    return encode_batches(table.to_batches(), table.schema, media_type)
