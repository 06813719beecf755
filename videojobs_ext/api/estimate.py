"""What a job would cost, before it is submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.models import DurationAnswer, EstimateAnswer, EstimateRequest
from videojobs_ext.api.video_source import video_source

if TYPE_CHECKING:
    from videojobs_ext.services.services import Services


class EstimateHandler(VideoJobsHandler):
    """``POST /v1/video/estimate``."""

    body_limit: ClassVar[int] = 1024 * 1024

    @may("write")
    async def post(self) -> None:
        """Answer with the frames that a submit of the same would look at, and its time."""
        asked = self.json_body(EstimateRequest)
        self.answer(await self.call(estimate, self.services, asked, self.person))


def estimate(services: Services, asked: EstimateRequest, person: str) -> EstimateAnswer:
    """Return what a submit of the same would cost; blocks."""
    from videojobs_ext.services.submission import SubmitRequest  # noqa: PLC0415 - a slow import

    request = SubmitRequest(
        pipeline_id=asked.pipeline_id,
        frame_stride=asked.frame_stride,
        max_frames=asked.max_frames,
        params=asked.params,
    )
    found = services.estimates.estimate(video_source(asked), request, person)
    counts, took = found.counts, found.duration
    info = counts.info
    return EstimateAnswer(
        input_name=found.name,
        duration=info.duration,
        width=info.width,
        height=info.height,
        fps=None if info.average_rate is None else float(info.average_rate),
        frames=counts.frames,
        frames_sampled=counts.sampled,
        frames_decoded=counts.decoded,
        exact=counts.exact,
        takes=None
        if took is None
        else DurationAnswer(least=took.least, most=took.most, jobs=took.jobs, alike=took.alike),
    )
