"""What users get wrong, each with its status and a message that says what; none of it is a 500."""

import contextlib
import http.client
import json
import os
import socket
import time

import pytest

from tests.api import videos
from tests.disks import small_file_system
from tests.server import TOKEN, wait_for


@pytest.fixture(scope="module")
def server(start_server):
    """A server with limits that a small file can be over."""
    return start_server("--VideoJobs.max_upload_bytes=300000", "--VideoJobs.max_duration=10")


@pytest.fixture(scope="module")
def client(server):
    with server.client() as client:
        yield client
    assert "Traceback" not in server.log()


@pytest.fixture(autouse=True)
def nothing_is_left(server):
    """Whatever was refused leaves no bytes behind."""
    yield
    assert leftovers(server) == []


def leftovers(server):
    uploads = server.data_dir / "files" / ".scratch" / "uploads"
    return [path.name for path in uploads.glob("*")]


def submit(client, content, filename="a.mp4", **fields):
    return client.post(
        "submit",
        data={"pipeline_id": "motion", **fields},
        files={"file": (filename, content)},
    )


def refusal(response):
    body = response.json()
    assert set(body) <= {"message", "reason", "field"}
    assert body["message"]
    return response.status_code, body["reason"], body.get("field"), body["message"]


# ── files ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"%PDF-1.7 this is a report, not a film" * 300, "not a video", id="no video"),
        pytest.param(b"\x00" * 10_000, "not a video", id="zeros"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"x", "not a video", id="one byte"),
        pytest.param(videos.audio_only(), "no video", id="audio only"),
        pytest.param(videos.without_frames(), "frame", id="zero frames"),
        pytest.param(videos.video()[:600], "", id="truncated in its header"),
        pytest.param(videos.video()[:32] + os.urandom(5000), "", id="a head and then noise"),
    ],
)
def test_what_is_no_video_is_400(client, content, said):
    status, reason, field, message = refusal(submit(client, content))
    assert (status, reason, field) == (400, "bad_video", "file")
    assert said in message


def test_the_right_extension_does_not_make_a_video(client):
    status, reason, _, _ = refusal(submit(client, b"MZ" + b"\x90" * 9000, "film.mp4"))
    assert (status, reason) == (400, "bad_video")


@pytest.mark.parametrize("filename", ["film.txt", "film", "фильм.AVI", "../../../etc/a b\r\n.mp4"])
def test_the_wrong_extension_does_not_unmake_one(client, filename):
    submitted = submit(client, videos.video(), filename, max_frames="1")
    assert submitted.status_code == 201
    status = wait_for(client, submitted.json()["job_id"])
    assert status["status"] == "completed"
    assert "/" not in status["input_name"]


@pytest.mark.parametrize(
    ("container", "codec"),
    [("matroska", "libx264"), ("avi", "mpeg4"), ("mpegts", "libx264"), ("webm", "libvpx")],
)
def test_other_containers_are_videos_as_well(client, container, codec):
    submitted = submit(client, videos.video(container, codec))
    assert submitted.status_code == 201
    status = wait_for(client, submitted.json()["job_id"])
    assert (status["status"], status["frames_done"]) == ("completed", 50)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(videos.bit_flipped(videos.video("matroska")), id="bit-flipped"),
        pytest.param(videos.video("matroska")[:-1500], id="truncated"),
    ],
)
def test_a_damaged_video_is_refused_or_says_what_is_missing(client, content):
    submitted = submit(client, content)
    if submitted.status_code == 201:
        status = wait_for(client, submitted.json()["job_id"])
        if status["status"] == "completed":
            assert status["warnings"]
        else:
            assert status["failure_reason"] == "bad_video"
            assert status["error_message"]
    else:
        assert refusal(submitted)[:3] == (400, "bad_video", "file")


def test_huge_dimensions_in_the_header_are_refused_without_making_room_for_them(client):
    status, reason, _, _ = refusal(submit(client, videos.with_huge_pictures(), "a.avi"))
    assert (status, reason) in {(400, "bad_video"), (413, "over_limit")}


def test_pictures_over_the_largest_size_are_413(start_server):
    server = start_server("--VideoJobs.max_pixels=2000")
    with server.client() as client:
        status, reason, _, message = refusal(submit(client, videos.video()))
    assert (status, reason) == (413, "over_limit")
    assert "64 x 48" in message


def test_a_video_over_the_longest_duration_is_413(client):
    status, reason, _, message = refusal(submit(client, videos.video(frames=300)))
    assert (status, reason) == (413, "over_limit")
    assert "10" in message


# ── fields ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "status", "field", "said"),
    [
        ({"pipeline_id": ""}, 400, "pipeline_id", "missing"),
        ({"pipeline_id": "moton"}, 404, "pipeline_id", "'motion'"),
        ({"pipeline_id": "x" * 100}, 404, "pipeline_id", "no pipeline"),
        ({"pipeline_id": "../motion"}, 404, "pipeline_id", "no pipeline"),
        ({"frame_stride": "0"}, 400, "frame_stride", "1"),
        ({"frame_stride": "-2"}, 400, "frame_stride", "1"),
        ({"frame_stride": "two"}, 400, "frame_stride", "integer"),
        ({"frame_stride": "1.5"}, 400, "frame_stride", "integer"),
        ({"frame_stride": "9" * 30}, 400, "frame_stride", ""),
        ({"max_frames": "0"}, 400, "max_frames", "1"),
        ({"max_frames": "NaN"}, 400, "max_frames", "integer"),
        ({"params": "{"}, 400, "params", "JSON"),
        ({"params": "[1]"}, 400, "params", "dictionary"),
        ({"params": "[" * 100_000}, 400, "params", ""),
        ({"params": '{"motion": {"no_such": 1}}'}, 400, None, "no_such"),
        ({"params": '{"no_such": {}}'}, 400, "no_such", "no_such"),
        ({"name": "x" * 300}, 400, "name", "200"),
        ({"colour": "red"}, 400, "colour", "known"),
        ({"path": "a.mp4"}, 400, "file", "one of"),
        ({"upload_id": "1"}, 400, "file", "one of"),
    ],
)
def test_a_bad_field_is_refused_by_name(client, fields, status, field, said):
    refused = refusal(submit(client, videos.video(), **fields))
    assert refused[0] == status
    assert field is None or refused[2] == field
    assert said in refused[3]


def test_a_form_without_a_pipeline_is_400(client):
    refused = client.post("submit", files={"file": ("a.mp4", videos.video())})
    assert refusal(refused)[:3] == (400, "bad_request", "pipeline_id")


def test_a_form_without_a_video_is_400(client):
    refused = client.post("submit", files={"pipeline_id": (None, "motion")})
    assert refusal(refused)[:3] == (400, "one_video", "file")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b"[]", 400, None),
        (b"null", 400, None),
        (b'{"path": "a.mp4"}', 400, "pipeline_id"),
        (b'{"pipeline_id": "motion"}', 400, "file"),
        (b'{"pipeline_id": 1, "path": "a.mp4"}', 400, "pipeline_id"),
        (b'{"pipeline_id": "motion", "path": "a.mp4", "frame_stride": "5"}', 400, "frame_stride"),
        (b'{"pipeline_id": "motion", "path": "a.mp4", "frame_stride": true}', 400, "frame_stride"),
        (b'{"pipeline_id": "motion", "path": "a.mp4", "frame_stride": 1e999}', 400, "frame_stride"),
        (b'{"pipeline_id": "motion", "path": "a.mp4", "upload_id": "1"}', 400, "file"),
        (b'{"pipeline_id": "motion", "upload_id": "1"}', 404, "upload_id"),
        (b'{"pipeline_id": "motion", "path": "a\\u0000.mp4"}', 400, "path"),
        (b'{"pipeline_id": "motion", "path": "\\ud800.mp4"}', 400, "path"),
        (b'{"pipeline_id": "motion", "path": "a.mp4", "name": "\\ud800"}', 400, "name"),
        (b'{"pipeline_id": "motion", "path": "a.mp4", "x": 1}', 400, "x"),
        (b"[" * 100_000, 400, None),
        (b"\xff\xfe", 400, None),
    ],
)
def test_bad_json_is_400(client, body, status, field):
    refused = client.post("submit", content=body, headers={"Content-Type": "application/json"})
    assert refusal(refused)[0] == status
    assert refusal(refused)[2] == field


@pytest.mark.parametrize("content_type", [None, "text/plain", "video/mp4", "multipart/mixed"])
def test_another_kind_of_body_is_415(client, content_type):
    headers = {} if content_type is None else {"Content-Type": content_type}
    refused = client.post("submit", content=b"x", headers=headers)
    assert refusal(refused)[:2] == (415, "unsupported_media_type")


def test_a_form_that_is_none_is_400(client):
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        refused = client.post("submit", content=b"x", headers={"Content-Type": content_type})
        assert refusal(refused)[:2] == (400, "bad_form")


# ── paths ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def files(server):
    """A root with a video in it, a secret beside it, and ways that seem to lead there."""
    root, outside = server.root_dir, server.home / "outside"
    outside.mkdir()
    for path in (root / "a.mp4", root / ".hidden.mp4", outside / "secret.mp4", root / "img_01.png"):
        path.write_bytes(videos.video())
    (root / ".folder").mkdir()
    (root / ".folder" / "a.mp4").write_bytes(videos.video())
    (root / "link.mp4").symlink_to(outside / "secret.mp4")
    (root / "linked").symlink_to(outside)
    (root / "loop.mp4").symlink_to(root / "loop.mp4")
    (root / "notes.mp4").write_text("not a film")
    (root / "nothing.mp4").touch()
    os.mkfifo(root / "pipe.mp4")
    return root


@pytest.mark.parametrize(
    "path",
    [
        "no/such.mp4",
        "../outside/secret.mp4",
        "linked/secret.mp4",
        "link.mp4",
        "loop.mp4",
        ".hidden.mp4",
        ".folder/a.mp4",
        "/etc/passwd",
        "~/a.mp4",
        ".",
        "",
        " ",
        "pipe.mp4",
        "/dev/zero",
        "img_%02d.png",
        "http://127.0.0.1:1/a.mp4",
        "file:///etc/passwd",
        "concat:a.mp4|a.mp4",
        "x" * 5000,
        "x/" * 2000,
    ],
)
def test_a_path_that_must_not_be_read_is_400(client, files, path):
    refused = client.post("submit", json={"path": path, "pipeline_id": "motion"})
    status, reason, field, _ = refusal(refused)
    assert (status, field) == (400, "path")
    assert reason in {"path_refused", "bad_request"}


def test_an_absolute_path_outside_is_refused_whether_or_not_it_exists(client, files):
    said = []
    for path in ("/etc/passwd", "/etc/no-such-file"):
        refused = client.post("submit", json={"path": path, "pipeline_id": "motion"})
        said.append(refusal(refused)[3].replace(path, "…"))
    assert said[0] == said[1]


@pytest.mark.parametrize(("path", "said"), [("notes.mp4", "not a video"), ("nothing.mp4", "empty")])
def test_a_path_to_what_is_no_video_is_400(client, files, path, said):
    refused = client.post("submit", json={"path": path, "pipeline_id": "motion"})
    assert refusal(refused)[:2] == (400, "bad_video")
    assert said in refusal(refused)[3]


def test_a_path_that_may_be_read_is_taken(client, files):
    submitted = client.post("submit", json={"path": "a.mp4", "pipeline_id": "motion"})
    assert submitted.status_code == 201


# ── size, connection, disk ──────────────────────────────────────────────────────────────────────


def test_a_body_that_says_that_it_is_too_large_is_413_before_it_is_read(server, client):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("POST", f"{server.url}v1/video/submit".partition(str(server.port))[2])
    connection.putheader("Authorization", f"token {TOKEN}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(10**12))
    connection.endheaders()
    with contextlib.closing(connection):
        answer = connection.getresponse()
        assert answer.status == 413
        assert json.loads(answer.read())["reason"] == "over_limit"


def test_a_body_that_does_not_say_how_large_it_is_is_413_at_the_limit(client):
    def form():
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
        yield videos.video()
        for _ in range(64):
            yield b"\x00" * 65536

    refused = client.post(
        "submit",
        content=form(),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert refusal(refused)[:2] == (413, "over_limit")


def test_json_over_its_limit_is_413(client):
    for body in (b" " * 2_000_000, iter([b" " * 700_000] * 3)):
        refused = client.post("submit", content=body, headers={"Content-Type": "application/json"})
        assert refusal(refused)[:2] == (413, "over_limit")


def begin_upload(server, first, *, length):
    """Send the head of an upload and its first bytes, and leave it there."""
    head = (
        f"POST {server.url.partition(str(server.port))[2]}v1/video/submit HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\nAuthorization: token {TOKEN}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n\r\n"
    )
    part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    connection.sendall((head + part).encode() + first)
    return connection


def test_no_video_is_told_as_soon_as_its_first_bytes_have_come(server, client):
    with begin_upload(server, b"GIF89a" + bytes(2**20), length=250_000 + 2**20) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_a_connection_that_is_cut_leaves_no_file(start_server):
    server = start_server()
    with begin_upload(server, videos.video() + bytes(2**21), length=2**23):
        wait_until(lambda: leftovers(server) != [])
    wait_until(lambda: leftovers(server) == [])
    with server.client() as client:
        assert client.get("jobs").json()["jobs"] == []


def test_a_server_that_stops_in_mid_upload_leaves_no_file(start_server):
    server = start_server()
    with begin_upload(server, videos.video() + bytes(2**21), length=2**23):
        wait_until(lambda: leftovers(server) != [])
        assert server.stop() < 5.0
    assert leftovers(server) == []
    assert "Traceback" not in server.log()


def wait_until(true, limit=10.0):
    deadline = time.monotonic() + limit
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of its own, of 8 MB."""
    with small_file_system(tmp_path / "disk", "8m") as folder:
        yield folder


def test_a_full_disk_is_507_and_the_server_lives_on(start_server, small_disk):
    server = start_server(f"--VideoJobs.storage_url={small_disk / 'files'}")
    with server.client() as client:
        refused = submit(client, videos.video() + bytes(16 * 2**20))
        status, reason, _, message = refusal(refused)
        assert (status, reason) == (507, "storage_full")
        assert "Delete" in message
        assert list((small_disk / "files" / ".scratch" / "uploads").iterdir()) == []
        assert client.get("health").json()["status"] == "ok"
        submitted = submit(client, videos.video())
        assert submitted.status_code == 201
        assert wait_for(client, submitted.json()["job_id"])["status"] == "completed"
    assert "Traceback" not in server.log()
