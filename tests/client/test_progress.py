"""What progress bars say, and what an upload and a download do on the way."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from videojobs_ext.client.downloads import offered_name, safe_name, save, target
from videojobs_ext.client.progress import CountingFile, JobBar, clock, describe
from videojobs_ext.client.shapes import JobStatus


def job(**fields: object) -> JobStatus:
    status = {
        "job_id": "0" * 36,
        "status": "running",
        "progress": 0.5,
        "name": "clip",
        "input_name": "clip.mp4",
        "frames_done": 120,
        "frames_total": 500,
        "fps": 411.7,
        "eta_seconds": 65.2,
        "queue_position": None,
        "stage": "analyzing",
        "failure_reason": None,
        "attempt": 1,
        "cancel_requested": False,
    }
    return status | fields  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (job(), "analyzing, 412 fps, 1:05 left"),
        (job(attempt=2, fps=None, eta_seconds=None), "analyzing, attempt 2"),
        (job(cancel_requested=True, fps=None, eta_seconds=None), "cancelling"),
        (job(status="pending", queue_position=0), "waiting, number 1 in the queue"),
        (job(status="pending"), "waiting"),
        (job(status="completed"), "done, 412 fps"),
        (job(status="failed", failure_reason="out_of_memory"), "out_of_memory"),
    ],
)
def test_a_job_is_described_in_a_few_words(status: JobStatus, words: str) -> None:
    assert describe(status) == words


def test_a_bar_shows_frames_and_says_when_the_server_is_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with JobBar("clip") as bar:
        bar.show(job())
        assert "clip  24%" in capsys.readouterr().err
        bar.show_away(7.4)
        shown = capsys.readouterr().err
    assert "120/500 frames" in shown
    assert "the server is away for 7 s" in shown


def test_durations_are_read_like_a_clock() -> None:
    assert [clock(seconds) for seconds in (0, 59.6, 3599, 3661)] == [
        "0:00",
        "1:00",
        "59:59",
        "1:01:01",
    ]


def test_a_counted_file_reports_what_was_read() -> None:
    read: list[int] = []
    file = CountingFile(io.BytesIO(b"0123456789"), read.append)
    assert (file.seek(0, io.SEEK_END), file.seek(0), file.tell()) == (10, 0, 0)
    assert file.read(4) + file.read() + file.read() == b"0123456789"
    assert read == [4, 6, 0]
    assert file.readable()
    assert file.seekable()


def test_a_download_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    kept = tmp_path / "kept.bin"
    kept.write_bytes(b"before")
    with pytest.raises(ConnectionError):
        save(pieces(), kept)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.bin"]
    assert kept.read_bytes() == b"before"
    save([b"a", b"b"], kept)
    assert kept.read_bytes() == b"ab"
    assert kept.stat().st_mode & 0o400


def test_a_download_goes_to_a_file_or_into_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert target(None, "a.csv") == tmp_path / "a.csv"
    assert target(tmp_path, "a/../b.csv") == tmp_path / "a_.._b.csv"
    assert target("new/b.csv", "a.csv") == Path("new/b.csv")
    assert safe_name("..") == "file"
    header = {"Content-Disposition": "attachment; filename*=UTF-8''a%20b%2F%C3%BC.csv"}
    assert offered_name(header) == "a b/ü.csv"
    assert offered_name({}) is None
