"""The cache: what was computed once over the same bytes is never computed again."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.clips import Clip
from tests.worker.conftest import MakeServices
from tests.worker.test_job_life import ended, reader
from videojobs_ext.jobs.model import Job, JobStatus
from videojobs_ext.services.services import Services
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.submission import SubmitRequest
from videojobs_ext.worker.chunk_cache import evict

LIGHT = """\
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Params

class LightParams(Params):
    gain: float = 1.0

class Light(FrameStep[LightParams]):
    name = "light"
    Params = LightParams

    def process(self, frame, upstream):
        yield Observation(value=self.params.gain * float(frame.luma(64).mean()), x=0.1, y=1 / 3)
"""

PIPELINE = """\
id: mine
steps:
  - {id: light, uses: light}
  - {id: moves, uses: motion, needs: [light]}
  - {id: change, uses: content}
  - {id: cuts, uses: scene_cuts, needs: [change]}
"""


def run(services: Services, **request: Any) -> Job:
    job = services.submissions.submit_path("clip.mp4", SubmitRequest("mine", **request))
    job = ended(services, job.job_id)
    assert job.status is JobStatus.COMPLETED, job.error_message
    return job


def computed(services: Services, job_id: UUID) -> set[str]:
    """Return the steps that the job had to compute, as its log says."""
    log = services.jobs.log(job_id).read_text()
    return set(re.findall(r"\w+", " ".join(re.findall(r"rows, computed (.*)", log))))


def rows(services: Services, job_id: UUID) -> list[Any]:
    return [(frame.frame_index, frame.result) for frame in reader(services, job_id).frames()]


@pytest.fixture
def services(make_services: MakeServices, settings: Settings) -> Services:
    Clip(frames=200, gop=25, width=320, height=192, cuts=(60, 130)).write(settings.root_dir)
    settings.steps_dir.mkdir(parents=True)
    (settings.steps_dir / "light.py").write_text(LIGHT)
    services = make_services()
    services.library.save("mine", PIPELINE)
    return services


@pytest.mark.parametrize(
    ("params", "again"),
    [
        ({"moves": {"threshold": 40}}, {"moves"}),
        ({"light": {"gain": 2.0}}, {"light", "moves"}),
        ({"cuts": {"min_ratio": 3.0}}, set()),
    ],
)
def test_changing_one_step_computes_that_step_and_what_needs_it_alone(
    params: dict[str, Any], again: set[str], services: Services, settings: Settings
) -> None:
    first = run(services)
    assert computed(services, first.job_id) == {"light", "moves", "change"}
    second = run(services, params=params)
    assert computed(services, second.job_id) == again
    found = rows(services, second.job_id)
    services.jobs.delete(first.job_id)
    services.jobs.delete(second.job_id)
    shutil.rmtree(Path(settings.storage_url) / "cache")
    assert found == rows(services, run(services, params=params).job_id)


def test_a_job_like_a_completed_one_takes_its_files_over(services: Services) -> None:
    first = run(services)
    second = run(services, name="the same once more")
    assert f"job {first.job_id} asked the same" in services.jobs.log(second.job_id).read_text()
    assert rows(services, second.job_id) == rows(services, first.job_id)
    results = [
        json.loads(services.results.results_file(job.job_id).read_text()) for job in (first, second)
    ]
    assert results[0]["results"] == results[1]["results"]
    assert results[1]["job_id"] == str(second.job_id)
    assert services.jobs.thumbnail(second.job_id).read_bytes()
    assert services.jobs.get(second.job_id).frames_done == first.frames_done == first.frames_total
    services.jobs.delete(first.job_id)
    third = run(services)
    assert f"job {second.job_id} asked the same" in services.jobs.log(third.job_id).read_text()


def test_a_job_like_one_whose_files_are_gone_is_computed(
    services: Services, settings: Settings
) -> None:
    first = run(services)
    shutil.rmtree(Path(settings.storage_url) / "cache")
    shutil.rmtree(Path(settings.storage_url) / "jobs" / str(first.job_id))
    assert computed(services, run(services).job_id) == {"light", "moves", "change"}


def test_other_bytes_under_the_same_name_are_computed(
    services: Services, settings: Settings
) -> None:
    run(services)
    Clip(frames=200, gop=25, width=320, height=192, cuts=(90,)).write(settings.root_dir)
    assert computed(services, run(services).job_id) == {"light", "moves", "change"}


def test_the_least_recently_used_chunks_go_first(tmp_path: Path) -> None:
    for number in range(5):
        path = tmp_path / "step" / f"{number}.parquet"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(100))
        # From the newest to the oldest, a minute apart.
        then = time.time() - 60 * number
        os.utime(path, (then, then))
    assert evict(tmp_path, limit=250) == 300
    assert sorted(path.stem for path in tmp_path.rglob("*.parquet")) == ["0", "1"]
    assert evict(tmp_path, limit=250) == 0
