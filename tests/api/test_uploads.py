"""Resumable uploads over HTTP: tus 1.0 word by word, against a real server process."""

import base64
import hashlib
import json
import os
import signal
import socket
import time
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.api import videos
from tests.disks import small_file_system
from tests.server import TOKEN, wait_for

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}
LIMIT = 20 * 2**20


@pytest.fixture(scope="module")
def server(start_server):
    return start_server(f"--VideoJobs.max_upload_bytes={LIMIT}")


@pytest.fixture(scope="module")
def client(server):
    with server.client() as client:
        yield client
    assert "Traceback" not in server.log()


@pytest.fixture(scope="module")
def video():
    return large_video(20_000)


def large_video(size):
    """A video with so many random bytes behind it, in a box that players pass over."""
    video = videos.video(frames=10)
    return video + (size + 8).to_bytes(4, "big") + b"free" + os.urandom(size)


def begin(client, length, **metadata):
    said = ",".join(
        f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in metadata.items()
    )
    said = said.rstrip()
    headers = {**TUS, "Upload-Length": str(length)} | ({"Upload-Metadata": said} if said else {})
    return client.post("uploads", headers=headers)


def begun(client, length, **metadata):
    return begin(client, length, **metadata).raise_for_status().json()["upload_id"]


def send(client, upload_id, offset, content, **headers):
    return client.patch(
        f"uploads/{upload_id}",
        content=content,
        headers={**PIECE, "Upload-Offset": str(offset)} | headers,
    )


def offset(client, upload_id):
    return int(
        client.head(f"uploads/{upload_id}", headers=TUS).raise_for_status().headers["Upload-Offset"]
    )


def uploaded(client, content, **metadata):
    upload_id = begun(client, len(content), **metadata)
    assert send(client, upload_id, 0, content).status_code == 204
    return upload_id


def submit(client, upload_id, **options):
    return client.post("submit", json={"upload_id": upload_id, "pipeline_id": "motion", **options})


def refusal(response):
    body = response.json()
    assert set(body) <= {"message", "reason", "field"}
    assert body["message"]
    return response.status_code, body["reason"], body.get("field")


def files(server, folder=".scratch/resumable"):
    return sorted(path.name for path in (server.data_dir / "files" / folder).glob("*"))


def checksum(content, algorithm="sha1"):
    digest = hashlib.new(algorithm, content).digest()
    return {"Upload-Checksum": f"{algorithm} {base64.b64encode(digest).decode()}"}


def wait_until(true, limit=20.0):
    deadline = time.monotonic() + limit
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# ── the protocol ────────────────────────────────────────────────────────────────────────────────


def test_options_tell_what_is_possible(client):
    answer = client.options("uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,termination,checksum,expiration"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert answer.headers["Tus-Max-Size"] == str(LIMIT)


def test_options_tell_a_stranger_nothing_about_this_server(server):
    answer = httpx.options(f"{server.url}v1/video/uploads")
    assert answer.status_code == 204
    assert "Tus-Max-Size" not in answer.headers


def test_creation_tells_where_the_upload_is_under_the_base_url(server, client):
    answer = begin(client, 100, filename="fête.mp4", whatever="x", relativePath="")
    assert answer.status_code == 201
    upload_id = answer.json()["upload_id"]
    assert answer.headers["Location"] == f"/a%40b/v1/video/uploads/{upload_id}"
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert parsedate_to_datetime(answer.headers["Upload-Expires"]).timestamp() > time.time() + 3600
    assert answer.json()["filename"] == "fête.mp4"
    assert answer.json()["metadata"] == {
        "filename": "fête.mp4",
        "whatever": "x",
        "relativePath": "",
    }


def test_head_tells_offset_length_and_metadata_and_is_not_cached(client, video):
    upload_id = begun(client, len(video), filename="a.mp4")
    send(client, upload_id, 0, video[:1500])
    answer = client.head(f"uploads/{upload_id}", headers=TUS)
    assert answer.status_code == 200
    assert answer.headers["Upload-Offset"] == "1500"
    assert answer.headers["Upload-Length"] == str(len(video))
    assert answer.headers["Upload-Metadata"] == "filename YS5tcDQ="
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Upload-Expires" in answer.headers
    assert answer.content == b""


@pytest.mark.parametrize("size", [7, 64, 1000, 10**6])
def test_a_video_in_pieces_of_any_size_becomes_the_input_of_a_job(server, client, video, size):
    video = video[: 100 * size]
    upload_id = begun(client, len(video), filename="in pieces.mp4")
    for start in range(0, len(video), size):
        answer = send(client, upload_id, start, video[start : start + size])
        assert answer.status_code == 204
        assert answer.headers["Upload-Offset"] == str(min(start + size, len(video)))
        assert "Upload-Expires" in answer.headers
    if size < 1000:
        return
    job = submit(client, upload_id).raise_for_status().json()["job_id"]
    status = client.get(f"status/{job}").json()
    assert status["input_name"] == "in pieces.mp4"
    assert f"{hashlib.sha256(video).hexdigest()}.mp4" in files(server, "inputs")
    assert wait_for(client, job)["status"] == "completed"


def test_an_empty_piece_changes_nothing(client, video):
    upload_id = begun(client, len(video))
    answer = send(client, upload_id, 0, b"")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "0")


def test_termination_deletes_the_bytes(server, client, video):
    upload_id = uploaded(client, video)
    assert client.delete(f"uploads/{upload_id}", headers=TUS).status_code == 204
    assert client.head(f"uploads/{upload_id}", headers=TUS).status_code == 404
    assert not [name for name in files(server) if name.startswith(upload_id)]
    assert refusal(client.delete(f"uploads/{upload_id}", headers=TUS))[:2] == (
        404,
        "unknown_upload",
    )


def test_a_post_can_stand_for_a_verb_that_a_proxy_lets_not_through(client, video):
    upload_id = begun(client, len(video))
    headers = {**PIECE, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    answer = client.post(f"uploads/{upload_id}", content=video, headers=headers)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(video)))
    assert client.post(f"uploads/{upload_id}", headers=TUS).status_code == 405


def test_uploads_that_are_no_job_yet_are_listed(client, video):
    first = begun(client, len(video), filename="first.mp4", fingerprint="f1")
    second = uploaded(client, video, filename="second.mp4")
    listed = client.get("uploads").raise_for_status().json()["uploads"]
    assert [upload["upload_id"] for upload in listed[:2]] == [second, first]
    assert [upload["offset"] for upload in listed[:2]] == [len(video), 0]
    assert listed[1]["metadata"]["fingerprint"] == "f1"
    submit(client, second).raise_for_status()
    assert second not in {one["upload_id"] for one in client.get("uploads").json()["uploads"]}


# ── checksums ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_with_its_checksum_is_taken(client, video, algorithm):
    upload_id = begun(client, len(video))
    assert send(client, upload_id, 0, video, **checksum(video, algorithm)).status_code == 204
    assert offset(client, upload_id) == len(video)
    submit(client, upload_id).raise_for_status()


def test_a_piece_with_another_checksum_is_dropped_and_can_be_sent_again(server, client, video):
    upload_id = begun(client, len(video))
    send(client, upload_id, 0, video[:2000]).raise_for_status()
    damaged = bytes(len(video) - 2000)
    answer = send(client, upload_id, 2000, damaged, **checksum(video[2000:]))
    assert refusal(answer) == (460, "checksum_mismatch", None)
    assert answer.reason_phrase == "Checksum Mismatch"
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert offset(client, upload_id) == 2000
    assert send(client, upload_id, 2000, video[2000:], **checksum(video[2000:])).status_code == 204
    submit(client, upload_id).raise_for_status()
    assert f"{hashlib.sha256(video).hexdigest()}.mp4" in files(server, "inputs")


@pytest.mark.parametrize("said", ["crc32 AAAA", "md5 AAAA", "sha1", "sha1 !!", "sha1 ====", ""])
def test_a_checksum_that_is_unknown_or_none_is_400(client, video, said):
    upload_id = begun(client, len(video))
    answer = send(client, upload_id, 0, video, **{"Upload-Checksum": said})
    assert refusal(answer) == (400, "bad_header", "Upload-Checksum")
    assert offset(client, upload_id) == 0


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


def test_another_version_or_none_is_412_and_says_which_is_spoken(client, video):
    upload_id = begun(client, len(video))
    for verb, path in [
        ("POST", "uploads"),
        ("HEAD", f"uploads/{upload_id}"),
        ("PATCH", f"uploads/{upload_id}"),
        ("DELETE", f"uploads/{upload_id}"),
    ]:
        for headers in ({}, {"Tus-Resumable": "0.2.2"}):
            answer = client.request(verb, path, headers=headers)
            assert answer.status_code == 412, verb
            assert answer.headers["Tus-Version"] == "1.0.0"
    assert offset(client, upload_id) == 0


@pytest.mark.parametrize(
    ("headers", "status", "field", "said"),
    [
        ({}, 400, "Upload-Length", "missing"),
        ({"Upload-Length": "-1"}, 400, "Upload-Length", "whole number"),
        ({"Upload-Length": "1.5"}, 400, "Upload-Length", "whole number"),
        ({"Upload-Length": "9" * 30}, 400, "Upload-Length", "whole number"),
        ({"Upload-Length": "0"}, 400, "file", "empty"),
        ({"Upload-Length": str(LIMIT + 1)}, 413, None, str(LIMIT)),
        ({"Upload-Defer-Length": "1"}, 400, "Upload-Defer-Length", "from the start"),
        ({"Upload-Length": "9", "Upload-Concat": "partial"}, 400, "Upload-Concat", "as one"),
        (
            {"Upload-Length": "9", "Upload-Metadata": "filename ***"},
            400,
            "Upload-Metadata",
            "base64",
        ),
        (
            {"Upload-Length": "9", "Upload-Metadata": "a " + "A" * 9000},
            400,
            "Upload-Metadata",
            "longer",
        ),
        (
            {"Upload-Length": "9", "Upload-Metadata": "pipeline_id bm9uZQ=="},
            404,
            "pipeline_id",
            "none",
        ),
    ],
)
def test_a_creation_that_is_wrong_is_refused_by_name(server, client, headers, status, field, said):
    before = files(server)
    answer = client.post("uploads", headers={**TUS, **headers})
    assert refusal(answer)[::2] == (status, field)
    assert said in answer.json()["message"]
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert files(server) == before


def test_a_wrong_offset_is_409_and_says_the_right_one(client, video):
    upload_id = begun(client, len(video))
    send(client, upload_id, 0, video[:1000])
    for wrong in (0, 999, 1001, len(video)):
        answer = send(client, upload_id, wrong, video[:10])
        assert refusal(answer)[:2] == (409, "wrong_offset")
        assert "1000" in answer.json()["message"]
    for none in ("", "x", "-1"):
        assert refusal(send(client, upload_id, none, b"x")) == (400, "bad_header", "Upload-Offset")
    assert offset(client, upload_id) == 1000


def test_a_large_piece_for_the_wrong_offset_still_sees_its_answer(client):
    content = large_video(8 * 2**20)
    upload_id = begun(client, len(content))
    for _ in range(3):
        assert refusal(send(client, upload_id, 5, content[5:]))[:2] == (409, "wrong_offset")


@pytest.mark.parametrize("name", ["0" * 32, "1", "..%2f..%2fjobs", "A" * 32, "x" * 5000])
def test_an_unknown_upload_is_404(client, name):
    assert client.head(f"uploads/{name}", headers=TUS).status_code == 404
    assert refusal(send(client, name, 0, b"x"))[:2] == (404, "unknown_upload")
    assert refusal(client.delete(f"uploads/{name}", headers=TUS))[:2] == (404, "unknown_upload")


@pytest.mark.parametrize("kind", ["", "video/mp4", "application/octet-stream"])
def test_another_kind_of_body_is_415(client, video, kind):
    upload_id = begun(client, len(video))
    answer = send(client, upload_id, 0, video, **{"Content-Type": kind})
    assert refusal(answer) == (415, "unsupported_media_type", "Content-Type")


def test_more_bytes_than_announced_are_refused_and_dropped(client, video):
    upload_id = begun(client, len(video) - 10)
    assert refusal(send(client, upload_id, 0, video))[:2] == (413, "over_limit")
    send(client, upload_id, 0, video[:2000]).raise_for_status()
    # Without a Content-Length it only shows while they come.
    answer = send(client, upload_id, 2000, iter([video[2000:5000], video[5000:]]))
    assert refusal(answer)[:2] == (413, "over_limit")
    assert offset(client, upload_id) == 2000
    assert send(client, upload_id, 2000, iter([video[2000:-10]])).status_code == 204


def test_what_is_no_video_is_told_with_its_first_bytes_and_gone(server, client):
    content = b"GIF89a" + bytes(4 * 2**20)
    upload_id = begun(client, len(content), filename="a.mp4")
    answer = send(client, upload_id, 0, content)
    assert refusal(answer) == (400, "bad_video", "file")
    assert "not a video" in answer.json()["message"]
    assert client.head(f"uploads/{upload_id}", headers=TUS).status_code == 404
    assert not [name for name in files(server) if name.startswith(upload_id)]


def test_a_short_file_that_is_no_video_is_told_at_its_end(client):
    upload_id = begun(client, 20)
    assert send(client, upload_id, 0, b"0123456789").status_code == 204
    assert refusal(send(client, upload_id, 10, b"0123456789"))[:2] == (400, "bad_video")


def test_what_was_refused_before_the_end_leaves_the_server_ready_for_the_next(client, video):
    for _ in range(20):
        upload_id = begun(client, len(video))
        assert send(client, upload_id, 1, video).status_code == 409
        assert client.delete(f"uploads/{upload_id}", headers=TUS).status_code == 204


# ── submitting ──────────────────────────────────────────────────────────────────────────────────


def test_an_unfinished_upload_is_409_and_says_how_much_is_missing(client, video):
    upload_id = begun(client, len(video))
    send(client, upload_id, 0, video[:1000])
    answer = submit(client, upload_id)
    assert refusal(answer) == (409, "upload_unfinished", "upload_id")
    assert str(len(video) - 1000) in answer.json()["message"]
    assert refusal(submit(client, "0" * 32)) == (404, "unknown_upload", "upload_id")


def test_the_file_moves_to_the_inputs_and_is_not_copied(server, client):
    content = large_video(2**20)
    upload_id = uploaded(client, content)
    inode = (server.data_dir / "files/.scratch/resumable" / f"{upload_id}.part").stat().st_ino
    submit(client, upload_id).raise_for_status()
    name = f"{hashlib.sha256(content).hexdigest()}.mp4"
    assert (server.data_dir / "files" / "inputs" / name).stat().st_ino == inode
    assert f"{upload_id}.part" not in files(server)


def test_the_same_submit_again_answers_the_same_job(client):
    upload_id = uploaded(client, large_video(1000))
    answers = [submit(client, upload_id, max_frames=3) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["job_id"] for answer in answers}) == 1
    assert offset(client, upload_id) > 0


def test_another_submit_of_the_same_upload_is_another_job_of_the_same_video(client):
    upload_id = uploaded(client, large_video(1001))
    first = submit(client, upload_id).json()["job_id"]
    second = submit(client, upload_id, pipeline_id="quality").raise_for_status().json()["job_id"]
    assert first != second
    for job in (first, second):
        assert wait_for(client, job)["status"] == "completed"
        assert client.delete(f"jobs/{job}").status_code == 204
    answer = submit(client, upload_id, pipeline_id="scene_cuts")
    assert refusal(answer) == (410, "upload_expired", "upload_id")
    assert "deleted with its job" in answer.json()["message"]


def test_a_refused_submit_keeps_the_upload(client, video):
    upload_id = uploaded(client, video)
    assert submit(client, upload_id, pipeline_id="none").status_code == 404
    assert submit(client, upload_id, params={"motoin": {}}).status_code == 400
    assert offset(client, upload_id) == len(video)
    assert submit(client, upload_id).status_code == 201


def test_a_video_without_a_picture_is_refused_when_it_is_submitted(client):
    upload_id = uploaded(client, videos.audio_only())
    assert refusal(submit(client, upload_id))[:2] == (400, "bad_video")


def test_a_submitted_upload_takes_no_more_bytes_and_forgetting_it_keeps_the_video(client):
    content = large_video(1002)
    upload_id = uploaded(client, content)
    job = submit(client, upload_id).json()["job_id"]
    assert refusal(send(client, upload_id, len(content), b""))[:2] == (409, "wrong_offset")
    assert client.delete(f"uploads/{upload_id}", headers=TUS).status_code == 204
    assert client.get(f"jobs/{job}/video").content == content
    assert refusal(submit(client, upload_id))[:2] == (404, "unknown_upload")


# ── one sender at a time ────────────────────────────────────────────────────────────────────────


def open_piece(server, upload_id, start, content, length, **headers):
    """Begin to send a piece, and leave it open after its first bytes."""
    lines = {**PIECE, "Upload-Offset": start, "Content-Length": length, **headers}
    path = f"{server.url.partition(str(server.port))[2]}v1/video/uploads/{upload_id}"
    head = (
        f"PATCH {path} HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\nAuthorization: token {TOKEN}\r\n"
        + "".join(f"{name}: {text}\r\n" for name, text in lines.items())
        + "\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection.sendall(head.encode() + content)
    return connection


def test_a_second_sender_is_423_while_one_sends(server, client):
    content = large_video(4 * 2**20)
    upload_id = begun(client, len(content))
    with open_piece(server, upload_id, 0, content[: 2**20], len(content)) as first:
        wait_until(lambda: offset(client, upload_id) > 0)
        here = offset(client, upload_id)
        answer = send(client, upload_id, here, content[here:])
        assert refusal(answer)[:2] == (423, "upload_busy")
        assert "another page or program" in answer.json()["message"]
        assert refusal(submit(client, upload_id))[:2] == (409, "upload_unfinished")
        first.sendall(content[2**20 :])
        assert first.recv(65536).startswith(b"HTTP/1.1 204 ")
    submit(client, upload_id).raise_for_status()
    assert f"{hashlib.sha256(content).hexdigest()}.mp4" in files(server, "inputs")


def test_a_sender_who_fell_silent_gives_way(server, client):
    content = large_video(2**20)
    upload_id = begun(client, len(content))
    with open_piece(server, upload_id, 0, content[:600_000], len(content)) as silent:
        wait_until(lambda: offset(client, upload_id) > 0)

        def taken_over():
            here = offset(client, upload_id)
            return send(client, upload_id, here, content[here:]).status_code == 204

        wait_until(taken_over)
        silent.sendall(content[600_000:])
        assert silent.recv(65536).startswith(b"HTTP/1.1 423 ")
    submit(client, upload_id).raise_for_status()
    assert f"{hashlib.sha256(content).hexdigest()}.mp4" in files(server, "inputs")


def test_a_cut_connection_keeps_what_came(server, client):
    content = large_video(5 * 2**20)
    upload_id = begun(client, len(content))
    here = 0
    for stop in (700_000, 1_500_001, 3_000_000):
        with open_piece(server, upload_id, here, content[here:stop], len(content) - here):
            pass
        wait_until(lambda stop=stop: offset(client, upload_id) == stop)
        here = stop
    assert send(client, upload_id, here, content[here:]).status_code == 204
    submit(client, upload_id).raise_for_status()
    assert f"{hashlib.sha256(content).hexdigest()}.mp4" in files(server, "inputs")


def test_a_cut_connection_drops_bytes_whose_checksum_can_not_be_compared(server, client):
    content = large_video(3 * 2**20)
    upload_id = begun(client, len(content))
    send(client, upload_id, 0, content[:5000]).raise_for_status()
    part = server.data_dir / "files/.scratch/resumable" / f"{upload_id}.part"
    said = checksum(content[5000:])
    with open_piece(server, upload_id, 5000, content[5000 : 2**21], len(content) - 5000, **said):
        wait_until(lambda: part.stat().st_size > 2**20)
        assert offset(client, upload_id) == 5000
    wait_until(lambda: part.stat().st_size == 5000)
    assert send(client, upload_id, 5000, content[5000:], **said).status_code == 204
    assert not [name for name in files(server) if name.endswith(".unverified")]


def test_an_upload_that_is_forgotten_while_it_is_sent_ends(server, client):
    content = large_video(2**20)
    upload_id = begun(client, len(content))
    with open_piece(server, upload_id, 0, content[:600_000], len(content)) as sender:
        wait_until(lambda: offset(client, upload_id) > 0)
        assert client.delete(f"uploads/{upload_id}", headers=TUS).status_code == 204
        sender.sendall(content[600_000:])
        assert sender.recv(65536).startswith(b"HTTP/1.1 404 ")
    assert not [name for name in files(server) if name.startswith(upload_id)]


# ── the server dies, stops, fills up ────────────────────────────────────────────────────────────


def kill(server):
    """Kill the server and the children of its, without a word."""
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(10)


def test_after_kill_9_the_offset_is_true_and_the_upload_goes_on(start_server):
    server = start_server()
    content = large_video(6 * 2**20)
    with server.client() as client:
        upload_id = begun(client, len(content), filename="killed.mp4")
        send(client, upload_id, 0, content[:1000]).raise_for_status()
        rest = len(content) - 1000
        with open_piece(server, upload_id, 1000, content[1000 : 3 * 2**20], rest):
            wait_until(lambda: offset(client, upload_id) > 2**20)
            told = offset(client, upload_id)
            kill(server)
    server = start_server(home=server.home)
    with server.client() as client:
        here = offset(client, upload_id)
        assert told <= here <= 3 * 2**20
        assert send(client, upload_id, here, content[here:]).status_code == 204
        job = submit(client, upload_id).raise_for_status().json()["job_id"]
        assert client.get(f"jobs/{job}/video").content == content
        assert f"{hashlib.sha256(content).hexdigest()}.mp4" in files(server, "inputs")


def test_after_kill_9_bytes_are_dropped_whose_checksum_nobody_compared(start_server):
    server = start_server()
    content = large_video(3 * 2**20)
    with server.client() as client:
        upload_id = begun(client, len(content))
        send(client, upload_id, 0, content[:2000]).raise_for_status()
        part = server.data_dir / "files/.scratch/resumable" / f"{upload_id}.part"
        rest = len(content) - 2000
        said = checksum(content[2000:])
        with open_piece(server, upload_id, 2000, content[2000 : 2**21], rest, **said):
            wait_until(lambda: part.stat().st_size > 2**20)
            kill(server)
    server = start_server(home=server.home)
    with server.client() as client:
        assert offset(client, upload_id) == 2000
        assert send(client, upload_id, 2000, content[2000:]).status_code == 204
        submit(client, upload_id).raise_for_status()


def test_a_server_that_stops_in_mid_upload_keeps_what_came(start_server):
    server = start_server()
    content = large_video(4 * 2**20)
    with server.client() as client:
        upload_id = begun(client, len(content))
        with open_piece(server, upload_id, 0, content[: 3 * 2**20], len(content)):
            wait_until(lambda: offset(client, upload_id) > 2**20)
            told = offset(client, upload_id)
            assert server.stop() < 5.0
    assert "Traceback" not in server.log()
    server = start_server(home=server.home)
    with server.client() as client:
        here = offset(client, upload_id)
        assert here >= told
        assert send(client, upload_id, here, content[here:]).status_code == 204
        submit(client, upload_id).raise_for_status()


@pytest.fixture
def small_disk(tmp_path):
    with small_file_system(tmp_path / "disk", "8m") as folder:
        yield folder


def test_a_full_disk_is_507_and_keeps_what_came(start_server, small_disk):
    server = start_server(f"--VideoJobs.storage_url={small_disk / 'files'}")
    with server.client() as client:
        answer = begin(client, 16 * 2**20)
        assert refusal(answer)[:2] == (507, "storage_full")
        assert str(16 * 2**20) in answer.json()["message"]
        content = large_video(5 * 2**20)
        upload_id = begun(client, len(content))
        send(client, upload_id, 0, content[:1000]).raise_for_status()
        filler = small_disk / "filler"
        filler.write_bytes(bytes(5 * 2**20))
        answer = send(client, upload_id, 1000, content[1000:])
        assert refusal(answer)[:2] == (507, "storage_full")
        here = offset(client, upload_id)
        assert 1000 <= here < len(content)
        filler.unlink()
        assert send(client, upload_id, here, content[here:]).status_code == 204
        job = submit(client, upload_id).raise_for_status().json()["job_id"]
        assert client.get(f"jobs/{job}/video").content == content
    assert "Traceback" not in server.log()


def test_a_users_unfinished_uploads_have_a_limit(start_server):
    server = start_server("--VideoJobs.max_unsubmitted_bytes=100000")
    with server.client() as client:
        first = begun(client, 60_000)
        answer = begin(client, 60_000)
        assert refusal(answer)[:2] == (413, "over_limit")
        assert "max_unsubmitted_bytes" in answer.json()["message"]
        client.delete(f"uploads/{first}", headers=TUS).raise_for_status()
        assert begin(client, 60_000).status_code == 201


def test_an_upload_left_alone_expires(start_server, video):
    server = start_server("--VideoJobs.upload_retention_hours=1")
    with server.client() as client:
        kept = begun(client, len(video))
        upload_id = uploaded(client, video)
        for ending in ("part", "json"):
            path = server.data_dir / "files/.scratch/resumable" / f"{upload_id}.{ending}"
            os.utime(path, (time.time() - 3700, time.time() - 3700))
        assert client.head(f"uploads/{upload_id}", headers=TUS).status_code == 410
        assert refusal(send(client, upload_id, 0, b""))[:2] == (410, "upload_expired")
        assert refusal(submit(client, upload_id)) == (410, "upload_expired", "upload_id")
        assert server.stop() < 5.0
    server = start_server("--VideoJobs.upload_retention_hours=1", home=server.home)
    with server.client() as client:
        client.get("health")
        wait_until(lambda: f"{upload_id}.part" not in files(server))
        assert refusal(submit(client, upload_id)) == (410, "upload_expired", "upload_id")
        assert offset(client, kept) == 0
        record = server.data_dir / "files/.scratch/resumable" / f"{upload_id}.json"
        os.utime(record, (time.time() - 3700, time.time() - 3700))
        begun(client, 10)  # makes room first
        assert refusal(submit(client, upload_id))[:2] == (404, "unknown_upload")


def test_what_the_api_says_of_checksums_is_what_the_service_can():
    from videojobs_ext.api import tus
    from videojobs_ext.services import upload_writer

    assert set(tus.CHECKSUMS) == set(upload_writer.CHECKSUMS)


def test_the_record_of_an_upload_says_what_it_needs(server, client, video):
    upload_id = uploaded(client, video, filename="a.mp4")
    path = server.data_dir / "files/.scratch/resumable" / f"{upload_id}.json"
    assert json.loads(path.read_text())["sha256"] == hashlib.sha256(video).hexdigest()
