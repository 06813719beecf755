"""Films are rendered in parallel at the end of a job, and stop with it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.clips import ClipFactory
from tests.worker.conftest import MakeServices
from tests.worker.test_job_life import ended
from videojobs_ext.jobs.model import FailureReason, JobStatus
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.submission import SubmitRequest
from videojobs_ext.video.index import read_frame_index

FILMS = """
id: films
steps:
  - {id: content, uses: content}
  - {id: cuts, uses: scene_cuts, needs: [content]}
  - {id: motion, uses: motion}
outputs: {annotated_video: true, timeline: true, clips: {label: cut, before: 1, after: 1, max: 3}}
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_makes_its_films_and_leaves_no_pieces(
    workers: int, make_services: MakeServices, settings: Settings, bikes: Path
) -> None:
    services = make_services(workers=workers)
    services.library.save("films", FILMS)
    shutil.copy(bikes, settings.root_dir / "bikes.mp4")
    job = services.submissions.submit_path("bikes.mp4", SubmitRequest("films"))
    assert ended(services, job.job_id).status is JobStatus.COMPLETED
    made = {artifact.name for artifact in services.jobs.artifacts(job.job_id)}
    clips = [f"clip_{number:03d}_cut.mp4" for number in (1, 2, 3)]
    assert made == {"annotated.mp4", "timeline.png", *clips}
    annotated = read_frame_index(services.jobs.artifact(job.job_id, "annotated.mp4"))
    source = read_frame_index(bikes)
    assert annotated.time.tolist() == source.time.tolist()
    for name in clips:
        clip = read_frame_index(services.jobs.artifact(job.job_id, name))
        assert (len(clip), clip.pts[0]) == (50, 0)
    assert not list(services.storage.scratch(f"jobs/{job.job_id}").iterdir())


def test_cancelling_while_films_are_rendered_ends_the_job_at_once(
    make_services: MakeServices, settings: Settings, clips: ClipFactory
) -> None:
    services = make_services()
    services.library.save("films", FILMS)
    long = clips.make(name="long.mp4", frames=1500, width=960, height=544)
    shutil.copy(long, settings.root_dir / "long.mp4")
    job = services.submissions.submit_path("long.mp4", SubmitRequest("films"))
    deadline = time.monotonic() + 60
    while services.jobs.get(job.job_id).stage != "rendering":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    began = time.monotonic()
    services.jobs.cancel(job.job_id)
    failed = ended(services, job.job_id)
    assert time.monotonic() - began < 2
    assert (failed.status, failed.failure_reason) == (JobStatus.FAILED, FailureReason.CANCELLED)
    assert "annotated.mp4" not in {a.name for a in services.jobs.artifacts(job.job_id)}
