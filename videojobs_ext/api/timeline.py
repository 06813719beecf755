"""What a job found when, in few numbers: the lanes of a timeline."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING
from uuid import UUID

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.models import TimelineAnswer, TimelineLane, TimelineQuery

if TYPE_CHECKING:
    from videojobs_ext.services.services import Services


class TimelineHandler(VideoJobsHandler):
    """``GET /v1/video/jobs/{job_id}/timeline``."""

    _track_activity = False

    @may("read")
    async def get(self, job_id: str) -> None:
        """Answer with the lanes of the rows so far, also while the job runs."""
        self.answer(
            await self.call(timeline, self.services, self.job_id(job_id), self.query(TimelineQuery))
        )


def timeline(services: Services, job_id: UUID, asked: TimelineQuery) -> TimelineAnswer:
    """Return the lanes of a job; blocks."""
    found = services.results.timeline(job_id, asked.from_time, asked.to_time, asked.bins)
    return TimelineAnswer(
        job_id=job_id,
        from_time=found.from_time,
        to_time=found.to_time,
        bins=asked.bins,
        width=found.width,
        height=found.height,
        lanes=[TimelineLane(**asdict(lane)) for lane in found.lanes],
        lanes_left_out=found.left_out,
    )
