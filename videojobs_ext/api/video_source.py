"""Which video a request means."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from videojobs_ext.api.base import parse_job_id
from videojobs_ext.api.errors import RequestRefused

if TYPE_CHECKING:
    from videojobs_ext.api.models import VideoReference
    from videojobs_ext.services.submission import VideoSource


def video_source(reference: VideoReference) -> VideoSource:
    """Return the one video that a request names; raises RequestRefused for none or several."""
    from videojobs_ext.services.submission import VideoSource  # noqa: PLC0415 - a slow import

    named = (reference.path, reference.upload_id, reference.job_id)
    if sum(name is not None for name in named) != 1:
        raise one_source()
    job_id = None if reference.job_id is None else parse_job_id(reference.job_id, field="job_id")
    return VideoSource(reference.path, reference.upload_id, job_id)


def one_source() -> RequestRefused:
    """Return the refusal of a request that names no video, or several."""
    return RequestRefused(
        HTTPStatus.BAD_REQUEST,
        "one_video",
        "Give the video as one of `file`, `path`, `upload_id` and `job_id`.",
        field="file",
    )
