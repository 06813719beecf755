"""Large files reach the server whatever happens on the way; other people's clients do it, too."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from tests.server import TOKEN, RunningServer
from videojobs_ext import Client
from videojobs_ext.client import uploads
from videojobs_ext.client.errors import BadRequest, NotFound, ServerUnreachable

MIB = 2**20


@pytest.fixture
def large(clip: Path, tmp_path: Path) -> Path:
    """A video of 40 MiB: a real one, with a box behind it that players pass over."""
    return grown(clip, tmp_path / "large.mp4", 40 * MIB)


def grown(clip: Path, path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.write(clip.read_bytes())
        rest = size - file.tell()
        file.write(struct.pack(">I4s", rest, b"free"))
        file.write(os.urandom(rest - 8))
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def inputs(server: RunningServer) -> list[str]:
    return [path.stem for path in (server.data_dir / "files" / "inputs").glob("*")]


def parts(server: RunningServer) -> list[Path]:
    return list((server.data_dir / "files" / ".scratch" / "resumable").glob("*.part"))


def wait_until(true: Callable[[], object], limit: float = 30.0) -> None:
    deadline = time.monotonic() + limit
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Wire:
    """A proxy on the way to a server, which can be cut after so many bytes, and changes its end."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.cuts: list[int] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._pairs: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for one in self._pairs:
            one.close()

    def _accept(self) -> None:
        pumps = []
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                break
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            self._pairs += [near, far]
            for one, other, counts in ((near, far, True), (far, near, False)):
                pump = threading.Thread(target=self._pump, args=(one, other, counts))
                pump.start()
                pumps.append(pump)
        for one in self._pairs:
            self._hang_up(one)
        for pump in pumps:
            pump.join()

    def _pump(self, one: socket.socket, other: socket.socket, counts: bool) -> None:
        passed = 0
        try:
            while data := one.recv(65536):
                other.sendall(data)
                passed += len(data)
                if counts and self.cuts and passed > self.cuts[0]:
                    self.cuts.pop(0)
                    break
        except OSError:
            pass
        for end in (one, other):
            self._hang_up(end)
        one.close()  # or whoever still writes into it would wait for ever

    @staticmethod
    def _hang_up(one: socket.socket) -> None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def wire(running_server: RunningServer) -> Iterator[Wire]:
    with closing(Wire(running_server.port)) as made:
        yield made


def through(wire: Wire, server: RunningServer) -> Client:
    return Client(server.url.replace(str(server.port), str(wire.port)), TOKEN)


# ── our client ──────────────────────────────────────────────────────────────────────────────────


def test_a_large_file_goes_in_pieces_and_becomes_the_jobs_input(
    client: Client, running_server: RunningServer, large: Path
) -> None:
    job = client.submit(large, "motion", max_frames=1, progress=False)
    status = client.wait(job, progress=False)
    assert status["input_name"] == "large.mp4"
    assert sha256(large) in inputs(running_server)
    assert parts(running_server) == []


def test_connections_that_are_cut_on_the_way_cost_only_what_was_on_them(
    running_server: RunningServer, wire: Wire, large: Path
) -> None:
    wire.cuts = [3 * MIB, 10 * MIB, 7 * MIB]
    with through(wire, running_server) as client:
        client.submit(large, "motion", max_frames=1, progress=False)
    assert wire.cuts == []
    assert sha256(large) in inputs(running_server)


def test_a_server_that_is_killed_and_comes_back_gets_the_rest(
    start_server: Callable[..., RunningServer], large: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = start_server()
    with closing(Wire(server.port)) as wire, through(wire, server) as client:
        jobs: list[str] = []
        # The wire holds on at 20 MiB, until the server is gone.
        sender = threading.Thread(
            target=lambda: jobs.append(client.submit(slowly, "motion", max_frames=1))
        )
        gone = threading.Event()
        slowly = Holding(large, 20 * MIB, gone)
        sender.start()
        slowly.held.wait(60)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        gone.set()
        again = start_server(home=server.home)
        wire.target = again.port
        sender.join(120)
        slowly.close()
    assert len(jobs) == 1
    assert sha256(large) in inputs(again)
    assert "the server is away" in capsys.readouterr().err


class Holding:
    """An open file that is read to a place, and from there on once something has happened."""

    def __init__(self, path: Path, place: int, event: threading.Event) -> None:
        self.name = str(path)
        self.held = threading.Event()
        self._file = path.open("rb")
        self._place = place
        self._event = event

    def read(self, size: int = -1) -> bytes:
        if self._file.tell() >= self._place:
            self.held.set()
            self._event.wait(60)
        return self._file.read(size)

    def seek(self, *place: int) -> int:
        return self._file.seek(*place)

    def tell(self) -> int:
        return self._file.tell()

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()


SUBMIT = """
import sys
from videojobs_ext import Client
with Client(sys.argv[1], sys.argv[2]) as client:
    print(client.submit(sys.argv[3], "motion", max_frames=1, progress=False))
"""


def test_after_the_death_of_the_kernel_the_same_file_goes_on_where_it_stood(
    running_server: RunningServer, wire: Wire, clip: Path, tmp_path: Path
) -> None:
    large = grown(clip, tmp_path / "kernel.mp4", 150 * MIB)
    url = running_server.url.replace(str(running_server.port), str(wire.port))
    kernel = subprocess.Popen([sys.executable, "-c", SUBMIT, url, TOKEN, large])
    wait_until(lambda: parts(running_server) and parts(running_server)[0].stat().st_size > 20 * MIB)
    kernel.kill()
    kernel.wait(10)
    [part] = parts(running_server)
    inode = part.stat().st_ino
    with through(wire, running_server) as client:
        client.submit(large, "motion", max_frames=1, progress=False)
    assert parts(running_server) == []
    video = running_server.data_dir / "files" / "inputs" / f"{sha256(large)}.mp4"
    assert video.stat().st_ino == inode


def test_two_notebooks_that_send_the_same_file_at_once_do_not_disturb_each_other(
    client: Client,
    running_server: RunningServer,
    large: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "_GONE_BY_THEN", 0.0)
    go_on = threading.Event()
    slowly = Holding(large, 20 * MIB, go_on)
    jobs: list[str] = []
    with Client(running_server.url, TOKEN) as other:
        sender = threading.Thread(
            target=lambda: jobs.append(other.submit(slowly, "motion", max_frames=1, progress=False))
        )
        sender.start()
        slowly.held.wait(60)
        jobs.append(client.submit(large, "motion", max_frames=1, progress=False))
        go_on.set()
        sender.join(60)
        slowly.close()
    assert len(set(jobs)) == 2
    assert parts(running_server) == []


def test_a_file_that_changed_is_sent_anew(
    client: Client, running_server: RunningServer, large: Path
) -> None:
    with pytest.raises(BadRequest, match="motoin"):
        client.submit(large, "motion", params={"motoin": {}}, progress=False)
    [part] = parts(running_server)
    with large.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"!")
    os.utime(large, (1, 1))
    client.submit(large, "motion", max_frames=1, progress=False)
    assert sha256(large) in inputs(running_server)
    assert parts(running_server) == [part]
    httpx.delete(
        f"{running_server.url}v1/video/uploads/{part.stem}",
        headers={"Authorization": f"token {TOKEN}", "Tus-Resumable": "1.0.0"},
    ).raise_for_status()


def test_a_corrected_mistake_does_not_send_the_file_again(
    client: Client, running_server: RunningServer, large: Path
) -> None:
    with pytest.raises(BadRequest, match="motoin"):
        client.submit(large, "motion", params={"motoin": {}}, progress=False)
    [part] = parts(running_server)
    inode = part.stat().st_ino
    client.submit(large, "motion", max_frames=1, progress=False)
    video = running_server.data_dir / "files" / "inputs" / f"{sha256(large)}.mp4"
    assert video.stat().st_ino == inode


def test_an_unknown_pipeline_is_told_before_a_byte_is_sent(
    client: Client, running_server: RunningServer, large: Path
) -> None:
    with pytest.raises(NotFound, match="moton"):
        client.submit(large, "moton", progress=False)
    assert parts(running_server) == []


def test_what_is_no_video_is_told_at_its_beginning(
    client: Client, running_server: RunningServer, tmp_path: Path
) -> None:
    fake = tmp_path / "renamed.mp4"
    fake.write_bytes(os.urandom(40 * MIB))
    with pytest.raises(BadRequest, match="not a video"):
        client.submit(fake, "motion", progress=False)
    assert parts(running_server) == []


def test_a_server_that_stays_away_is_told_after_a_while(
    start_server: Callable[..., RunningServer],
    large: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("videojobs_ext.client.rest.PATIENCE", 1.0)
    server = start_server()
    with Client(server.url, TOKEN) as client:
        server.kill()
        with pytest.raises(ServerUnreachable, match="No answer"):
            client.submit(large, "motion", progress=False)


# ── clients of others ───────────────────────────────────────────────────────────────────────────


def tus(server: RunningServer) -> TusClient:
    headers = {"Authorization": f"token {TOKEN}"}
    return TusClient(f"{server.url}v1/video/uploads", headers=headers)


def submit(server: RunningServer, url: str) -> httpx.Response:
    with server.client() as client:
        upload_id = url.rpartition("/")[2]
        return client.post("submit", json={"upload_id": upload_id, "pipeline_id": "motion"})


@pytest.mark.parametrize("checksum", [False, True])
def test_tuspy_sends_a_file_in_pieces_with_and_without_checksums(
    running_server: RunningServer, large: Path, checksum: bool
) -> None:
    with large.open("rb") as file:
        uploader = tus(running_server).uploader(
            file_stream=file,
            chunk_size=7 * MIB + 1,
            upload_checksum=checksum,
            metadata={"filename": "von tuspy.mp4"},
        )
        uploader.upload()
    submit(running_server, uploader.url).raise_for_status()
    assert sha256(large) in inputs(running_server)


def test_tuspy_goes_on_after_the_server_was_killed(
    start_server: Callable[..., RunningServer], large: Path
) -> None:
    server = start_server()
    with large.open("rb") as file:
        uploader = tus(server).uploader(file_stream=file, chunk_size=4 * MIB)
        for _ in range(3):
            uploader.upload_chunk()
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        with pytest.raises((TusUploadFailed, TusCommunicationError)):
            uploader.upload_chunk()
        again = start_server(home=server.home)
        url = uploader.url.replace(str(server.port), str(again.port))
        resumed = tus(again).uploader(file_stream=file, url=url, chunk_size=9 * MIB)
        assert resumed.offset == 12 * MIB
        resumed.upload()
    submit(again, url).raise_for_status()
    assert sha256(large) in inputs(again)


def test_the_size_that_goes_in_one_request_is_what_the_tests_take_for_small(clip: Path) -> None:
    assert clip.stat().st_size < uploads.SMALL < 40 * MIB < uploads.PIECE < 150 * MIB
