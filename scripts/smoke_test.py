"""Checks a running server against the contract of submit, status and results.

    python scripts/smoke_test.py --url http://127.0.0.1:8888/ --token …

The address and the token may also stand in VIDEOJOBS_URL and VIDEOJOBS_TOKEN. It makes a clip of
its own, submits it, and removes its jobs at the end. Every point is one line; exits with 0 when all
hold, 1 when one does not, 2 when there is no server to check.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from checks import Checks
from made_clip import CUTS, FRAMES, RATE, write_clip

PROGRESS = {"pending": 0.0, "running": 0.5, "completed": 1.0, "failed": 1.0}

#: Seconds that the job of a clip of four seconds may wait and run.
_PATIENCE = 120.0


class Smoke:
    """One server, and the jobs that were made on it."""

    def __init__(self, server: httpx.Client, checks: Checks, clip: Path) -> None:
        self.server = server
        self.checks = checks
        self.clip = clip
        self.jobs: list[str] = []

    def submit(self, content: bytes, name: str = "clip.mp4", **fields: str) -> httpx.Response:
        """Send a file with form fields."""
        answer = self.server.post("submit", data=fields, files={"file": (name, content)})
        if answer.status_code == 201:
            self.jobs.append(answer.json()["job_id"])
        return answer

    def refused(self, point: str, answer: httpx.Response, *statuses: int) -> None:
        """Check that a mistake is answered with its status, a message and a reason."""
        body = _object(answer)
        said = bool(body.get("message")) and bool(body.get("reason"))
        found = f"{answer.status_code} {answer.text[:200]}"
        self.checks.that(point, answer.status_code in statuses and said, found)

    def check_submit(self) -> str:
        """Check POST submit, and return the job that was made."""
        clip = self.clip.read_bytes()
        answer = self.submit(clip, pipeline_id="scene_cuts", name="smoke test")
        self.checks.must("a clip is taken with 201", answer.status_code == 201, answer.text)
        job_id = str(answer.json().get("job_id"))
        self.checks.must("the answer holds the job_id, a UUID", _is_uuid(job_id), answer.text)
        location = answer.headers.get("Location", "")
        self.checks.that("Location leads to the job", job_id in location, answer.headers)

        self.refused("no video: 400", self.submit(b"not a video", pipeline_id="motion"), 400)
        self.refused("an empty file: 400", self.submit(b"", pipeline_id="motion"), 400)
        head = clip[:64] + b"\0" * 4096
        self.refused(
            "a video's first bytes alone: 400", self.submit(head, pipeline_id="motion"), 400
        )
        named = self.submit(clip, "clip.txt", pipeline_id="motion", max_frames="1")
        self.checks.that("content counts, not the name", named.status_code == 201, named.text)
        self.refused("no pipeline_id: 400", self.submit(clip), 400)
        self.refused("an unknown pipeline: 404", self.submit(clip, pipeline_id="no_such"), 404)
        for field, value in {"frame_stride": "0", "max_frames": "many", "params": "{"}.items():
            answer = self.submit(clip, pipeline_id="motion", **{field: value})
            self.refused(f"{field}={value}: 400", answer, 400)
        for path in ("../../etc/passwd", "/etc/passwd", "http://127.0.0.1/a.mp4"):
            answer = self.server.post("submit", json={"path": path, "pipeline_id": "motion"})
            self.refused(f"the path {path} is refused", answer, 400, 403, 404)
        return job_id

    def check_status(self, job_id: str) -> None:
        """Check GET status from the submit to the end of the job."""
        seen: list[str] = []
        deadline = time.monotonic() + _PATIENCE
        fits = True
        body: Mapping[str, Any] = {}
        while time.monotonic() < deadline and (not seen or seen[-1] in {"pending", "running"}):
            answer = self.server.get(f"status/{job_id}")
            body = _object(answer)
            if "status" not in body:
                self.checks.must("the status is there: 200", False, answer.text)
            fits = fits and body.get("progress") == PROGRESS.get(body.get("status", ""))
            seen += [body["status"]] if seen[-1:] != [body["status"]] else []
            time.sleep(0.02)
        self.checks.that("progress is 0.0, 0.5 or 1.0 by status", fits, body)
        order = [status for status in PROGRESS if status in seen]
        self.checks.that("no status comes back", seen == order, seen)
        self.checks.must("the job completes", seen[-1:] == ["completed"], body)
        self.checks.that("the answer names its job", body.get("job_id") == job_id, body)
        created, updated = _moment(body.get("created_at")), _moment(body.get("updated_at"))
        timed = created is not None and updated is not None and created <= updated
        self.checks.that("created_at and updated_at are moments in order", timed, body)
        done = (body.get("frames_done"), body.get("frames_total"))
        self.checks.that("all frames are counted", done == (FRAMES, FRAMES), done)
        self.refused("an unknown job: 404", self.server.get(f"status/{uuid4()}"), 404)
        self.refused("an id that is none: 404", self.server.get("status/no-id"), 404)

    def check_results(self, job_id: str) -> None:
        """Check GET results of a completed job."""
        answer = self.server.get(f"results/{job_id}")
        self.checks.must("results are there: 200", answer.status_code == 200, answer.text)
        body = answer.json()
        self.checks.that("the answer names its job", body.get("job_id") == job_id)
        timed = None not in (_moment(body.get("created_at")), _moment(body.get("updated_at")))
        self.checks.that("created_at and updated_at are moments", timed, body.get("created_at"))
        frames: list[dict[str, Any]] = body.get("results", [])
        whole = all(set(frame) >= {"frame_index", "time", "result"} for frame in frames)
        self.checks.must("each result has frame_index, time and result", whole and bool(frames))
        numbers = [frame["frame_index"] for frame in frames]
        rising = numbers == sorted(set(numbers)) and numbers[0] >= 0 and numbers[-1] < FRAMES
        self.checks.that("frame_index rises within the video", rising, numbers)
        exact = all(abs(frame["time"] - frame["frame_index"] / RATE) < 1e-6 for frame in frames)
        self.checks.that("time is the frame's own", exact)
        cuts = [frame["frame_index"] for frame in frames if _has_cut(frame["result"])]
        self.checks.that(f"the cuts are on frames {CUTS}, exactly", cuts == list(CUTS), cuts)

        page = self._page(job_id, offset=1, limit=2)
        self.checks.that("offset and limit choose frames", page == numbers[1:3], page)
        since, until = 1.0, 2.0
        page = self._page(job_id, from_time=since, to_time=until)
        within = [number for number in numbers if since <= number / RATE < until]
        self.checks.that("from_time and to_time choose frames", page == within, page)
        page = self._page(job_id, step="cuts")
        self.checks.that("step chooses rows", page == list(CUTS), page)
        bad = self.server.get(f"results/{job_id}", params={"limit": "-1"})
        self.refused("limit=-1: 400", bad, 400)
        self.refused("an unknown job: 404", self.server.get(f"results/{uuid4()}"), 404)

    def check_early_results(self) -> None:
        """Check GET results of a job that has only just been submitted."""
        job_id = self.submit(self.clip.read_bytes(), pipeline_id="quicklook").json()["job_id"]
        answer = self.server.get(f"results/{job_id}")
        if answer.status_code == 200:  # a fast server, or one that has seen the clip before
            status = self.server.get(f"status/{job_id}").json()["status"]
            self.checks.that("results before the end: only when completed", status == "completed")
            return
        self.refused("results before the end: 404", answer, 404)
        said = any(status in answer.text for status in PROGRESS)
        self.checks.that("the refusal says the status", said, answer.text)

    def check_strangers(self, job_id: str) -> None:
        """Check that without the token nothing is told."""
        with httpx.Client(base_url=self.server.base_url, timeout=30.0) as stranger:
            for path in ("submit", f"status/{job_id}", f"results/{job_id}"):
                verb = "POST" if path == "submit" else "GET"
                status = stranger.request(verb, path).status_code
                point = f"{verb} {path.partition('/')[0]} without a token is refused"
                self.checks.that(point, status in {401, 403}, status)

    def clean_up(self) -> None:
        """Remove the jobs that were made."""
        deadline = time.monotonic() + _PATIENCE
        for job_id in self.jobs:
            while (answer := self.server.delete(f"jobs/{job_id}")).status_code == 409:
                if time.monotonic() > deadline:
                    break
                time.sleep(0.1)
            gone = self.server.get(f"status/{job_id}").status_code
            self.checks.that("a job can be removed: 204", answer.status_code == 204, answer.text)
            self.checks.that("and is unknown then: 404", gone == 404, gone)

    def _page(self, job_id: str, **query: float | str) -> list[int]:
        answer = self.server.get(f"results/{job_id}", params=query)
        return [frame["frame_index"] for frame in _object(answer).get("results", [])]


def run(smoke: Smoke) -> None:
    """Check everything, in the order of a job's life."""
    job_id = ""
    with smoke.checks.of("POST /v1/video/submit"):
        job_id = smoke.check_submit()
    if job_id:
        with smoke.checks.of("GET /v1/video/status/{job_id}"):
            smoke.check_status(job_id)
        with smoke.checks.of("GET /v1/video/results/{job_id}"):
            smoke.check_results(job_id)
            smoke.check_early_results()
        with smoke.checks.of("who may ask"):
            smoke.check_strangers(job_id)
    with smoke.checks.of("afterwards"):
        smoke.clean_up()


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _has_cut(result: Mapping[str, Iterable[Mapping[str, Any]]]) -> bool:
    return any(row.get("label") == "cut" for rows in result.values() for row in rows)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _moment(text: object) -> datetime | None:
    """Return a moment that says its time zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def main() -> int:
    """Check the server that is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default=os.environ.get("VIDEOJOBS_URL"), help="the server's base")
    parser.add_argument("--token", default=os.environ.get("VIDEOJOBS_TOKEN", ""))
    asked = parser.parse_args()
    if not asked.url:
        parser.error("which server? --url, or VIDEOJOBS_URL")
    checks = Checks()
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(
            base_url=f"{asked.url.rstrip('/')}/v1/video/",
            headers={"Authorization": f"token {asked.token}"},
            timeout=60.0,
        ) as server,
    ):
        clip = Path(folder) / "clip.mp4"
        write_clip(clip)
        try:
            server.get("health")
        except httpx.TransportError as error:
            sys.stderr.write(f"{asked.url} does not answer: {error}\n")
            return 2
        run(Smoke(server, checks, clip))
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
