"""A server that dies between two steps of a submit loses no video, and leaves none behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api import videos
from videojobs_ext.jobs.errors import DatabaseUnavailable
from videojobs_ext.services.errors import UnknownUpload, UploadExpired, WrongOffset
from videojobs_ext.services.services import Services
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.submission import SubmitRequest
from videojobs_ext.services.upload_record import FOLDER

REQUEST = SubmitRequest("motion")


@pytest.fixture(scope="module")
def video() -> bytes:
    return videos.video(frames=5)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = started(tmp_path)
    yield made
    made.stop()


def started(folder: Path) -> Services:
    services = Services(
        Settings(
            data_dir=folder,
            root_dir=folder,
            db_url=f"sqlite:///{folder / 'jobs.sqlite'}",
            storage_url=str(folder / "files"),
            upload_retention_hours=1,
            start_worker=False,
        )
    )
    services.start()
    return services


def uploaded(services: Services, video: bytes) -> str:
    upload_id = services.uploads.create("", len(video), "a.mp4").upload_id
    writer = services.uploads.append(upload_id, "", 0)
    writer.write(video)
    writer.finish()
    return upload_id


def inputs(folder: Path) -> list[str]:
    return [path.name for path in (folder / "files" / "inputs").glob("*")]


class Died(BaseException):
    """What a killed process does: nothing more."""


@pytest.mark.parametrize(("owner", "step"), [("_storage", "put"), ("_store", "create")])
@pytest.mark.parametrize("done", [False, True])
def test_a_submit_can_be_repeated_wherever_the_server_died(
    services: Services,
    tmp_path: Path,
    video: bytes,
    monkeypatch: pytest.MonkeyPatch,
    owner: str,
    step: str,
    done: bool,
) -> None:
    upload_id = uploaded(services, video)
    part = getattr(services.submissions, owner)
    really = getattr(part, step)

    def die(*arguments: object) -> None:
        if done:
            really(*arguments)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(part, step, die)
        with pytest.raises(Died):
            services.submissions.submit_resumable(upload_id, "", REQUEST)
    again = started(tmp_path)
    try:
        job = again.submissions.submit_resumable(upload_id, "", REQUEST)
        assert again.submissions.submit_resumable(upload_id, "", REQUEST).job_id == job.job_id
        assert [one.job_id for one in again.store.list().jobs] == [job.job_id]
        assert again.jobs.video(job.job_id).read_bytes() == video
    finally:
        again.stop()


def test_a_video_of_which_no_job_was_made_is_deleted_when_its_upload_expires(
    services: Services, tmp_path: Path, video: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = uploaded(services, video)

    def away(*arguments: object) -> None:
        raise DatabaseUnavailable("The database is away.")

    with monkeypatch.context() as patch:
        patch.setattr(services.store, "create", away)
        with pytest.raises(DatabaseUnavailable):
            services.submissions.submit_resumable(upload_id, "", REQUEST)
    assert len(inputs(tmp_path)) == 1
    expire(services, upload_id)
    services.uploads.drop_expired()
    assert inputs(tmp_path) == []
    with pytest.raises(UnknownUpload):
        services.uploads.view(upload_id, "")


def test_a_video_with_a_job_outlives_its_upload(
    services: Services, tmp_path: Path, video: bytes
) -> None:
    upload_id = uploaded(services, video)
    job = services.submissions.submit_resumable(upload_id, "", REQUEST)
    expire(services, upload_id)
    services.uploads.drop_expired()
    assert services.jobs.video(job.job_id).read_bytes() == video
    assert list(services.storage.scratch(FOLDER).iterdir()) == []


def test_an_upload_in_use_does_not_expire(services: Services, video: bytes) -> None:
    upload_id = services.uploads.create("", len(video), "a.mp4").upload_id
    writer = services.uploads.append(upload_id, "", 0)
    expire(services, upload_id)
    services.uploads.drop_expired()
    writer.write(video)
    writer.finish()
    assert services.uploads.view(upload_id, "").offset == len(video)


def test_a_start_deletes_what_expired_while_nothing_ran(
    services: Services, tmp_path: Path, video: bytes
) -> None:
    upload_id = uploaded(services, video)
    expire(services, upload_id)
    started(tmp_path).stop()
    assert not (services.storage.scratch(FOLDER) / f"{upload_id}.part").exists()


def test_strays_of_a_killed_server_are_deleted_and_new_files_are_not(services: Services) -> None:
    folder = services.storage.scratch(FOLDER)
    for name, age in {"old.part": 90_000, "old.json.tmp": 90_000, "new.part": 10}.items():
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (time.time() - age,) * 2)
    services.uploads.drop_expired()
    assert [path.name for path in folder.iterdir()] == ["new.part"]


def test_a_second_server_on_the_same_folder_does_not_write_between(
    services: Services, tmp_path: Path, video: bytes
) -> None:
    upload_id = services.uploads.create("", len(video), "a.mp4").upload_id
    first = services.uploads.append(upload_id, "", 0)
    first.write(video[:100])
    other = started(tmp_path)
    try:
        with pytest.raises(Exception, match="just now"):
            other.uploads.append(upload_id, "", 100)
        first.suspend()
        second = other.uploads.append(upload_id, "", 100)
        second.write(video[100:])
        second.finish()
        with pytest.raises(WrongOffset):
            services.uploads.append(upload_id, "", 100)
        job = services.submissions.submit_resumable(upload_id, "", REQUEST)
        assert services.jobs.video(job.job_id).read_bytes() == video
    finally:
        other.stop()


def test_an_expired_upload_is_told_apart_from_an_unknown_one(
    services: Services, video: bytes
) -> None:
    upload_id = uploaded(services, video)
    expire(services, upload_id)
    services.uploads.drop_expired()
    with pytest.raises(UploadExpired):
        services.uploads.view(upload_id, "")
    assert services.uploads.unsubmitted("") == []


def expire(services: Services, upload_id: str) -> None:
    for path in services.storage.scratch(FOLDER).glob(f"{upload_id}.*"):
        os.utime(path, (time.time() - 3700,) * 2)
