"""What the notebook server feels of it: latency, memory of an upload, its own responsiveness."""

from __future__ import annotations

import os
import secrets
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from rich.console import Console

from benchmarks.clip import make_clip

MIB = 2**20


def run(folder: Path, *, seconds: float, gigabytes: float, console: Console) -> None:
    """Measure submit → running, the memory of an upload, and GET /api/status beside two jobs."""
    clip = make_clip(folder / f"bench-{seconds:g}s.mp4", seconds)
    with notebook_server(clip.parent) as (process, client):
        idle = _status_times(client, 1000)
        _latency(client, clip, console)
        _upload(client, process, clip, gigabytes, console)
        _responsiveness(client, clip, idle, console)


def _latency(client: httpx.Client, clip: Path, console: Console) -> None:
    taken = []
    for number in range(21):
        began = time.perf_counter()
        job_id = _submit(client, clip)
        while _status(client, job_id) == "pending":
            time.sleep(0.001)
        taken.append(time.perf_counter() - began)
        client.post(f"v1/video/jobs/{job_id}/cancel").raise_for_status()
        while _status(client, job_id) == "running":
            time.sleep(0.01)
        if number == 0:
            console.print(f"submit → running, cold: {1000 * taken.pop():.0f} ms")
    console.print(
        f"submit → running, warm: p50 {1000 * statistics.median(taken):.0f} ms (target 100)"
    )


def _upload(
    client: httpx.Client, process: psutil.Process, clip: Path, gigabytes: float, console: Console
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        large = padded(clip, Path(temporary) / "large.mp4", int(gigabytes * 2**30))
        before = process.memory_info().rss
        most = before
        done = threading.Event()

        def watch() -> None:
            nonlocal most
            while not done.wait(0.02):
                most = max(most, process.memory_info().rss)

        watcher = threading.Thread(target=watch)
        watcher.start()
        began = time.perf_counter()
        with large.open("rb") as file:
            answer = client.post(
                "v1/video/submit",
                data={"pipeline_id": "quality", "max_frames": "1"},
                files={"file": ("large.mp4", file, "video/mp4")},
            )
        taken = time.perf_counter() - began
        done.set()
        watcher.join()
        answer.raise_for_status()
        size = large.stat().st_size
    console.print(
        f"upload of {size / 2**30:.2f} GiB: {size / MIB / taken:.0f} MiB/s, "
        f"server RSS +{(most - before) / MIB:.1f} MiB (target 16)"
    )


def _responsiveness(client: httpx.Client, clip: Path, idle: list[float], console: Console) -> None:
    jobs = [_submit(client, clip, {"quality": {"black_share": 0.97 + n / 1e6}}) for n in range(2)]
    while _status(client, jobs[0]) == "pending":
        time.sleep(0.01)
    busy = _status_times(client, 1000, until=lambda: _status(client, jobs[1]) == "completed")
    ratio = _p99(busy) / _p99(idle)
    console.print(
        f"GET /api/status p99: idle {1000 * _p99(idle):.2f} ms, with two jobs "
        f"{1000 * _p99(busy):.2f} ms, ratio {ratio:.1f} (target 3), {len(busy)} requests"
    )
    for job in jobs:
        client.post(f"v1/video/jobs/{job}/cancel")


def _status_times(client: httpx.Client, most: int, until: object = None) -> list[float]:
    taken = []
    for number in range(most):
        began = time.perf_counter()
        client.get("api/status").raise_for_status()
        taken.append(time.perf_counter() - began)
        time.sleep(0.005)
        if callable(until) and number % 100 == 99 and until():
            break
    return taken


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def _submit(client: httpx.Client, clip: Path, params: object = None) -> str:
    body = {"path": clip.name, "pipeline_id": "quality", "params": params or {}}
    answer = client.post("v1/video/submit", json=body)
    answer.raise_for_status()
    return str(answer.json()["job_id"])


def _status(client: httpx.Client, job_id: str) -> str:
    return str(client.get(f"v1/video/status/{job_id}").json()["status"])


def padded(clip: Path, path: Path, size: int) -> Path:
    """Return the clip grown to a size by a ``free`` box at its end, which players pass over."""
    with path.open("wb") as file:
        file.write(clip.read_bytes())
        rest = size - file.tell()
        file.write(struct.pack(">I4sQ", 1, b"free", rest))
        block = secrets.token_bytes(MIB)
        for _ in range((rest - 16) // MIB):
            file.write(block)
        file.write(bytes((rest - 16) % MIB))
    return path


@contextmanager
def notebook_server(root: Path) -> Iterator[tuple[psutil.Process, httpx.Client]]:
    """A real Jupyter server on a free port, with folders of its own."""
    token = secrets.token_hex(16)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as temporary:
        folders = {
            f"JUPYTER_{kind}_DIR": f"{temporary}/{kind.lower()}"
            for kind in ("CONFIG", "RUNTIME", "DATA")
        }
        command = [sys.executable, "-m", "jupyter_server", "--no-browser", f"--port={port}"]
        command += [f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={token}"]
        command += ["--allow-root"] if os.geteuid() == 0 else []
        with (
            subprocess.Popen(
                command, env=os.environ | folders, stderr=subprocess.DEVNULL
            ) as process,
            httpx.Client(
                base_url=f"http://127.0.0.1:{port}/",
                headers={"Authorization": f"token {token}"},
                timeout=60,
            ) as client,
        ):
            try:
                _until_up(client)
                yield psutil.Process(process.pid), client
            finally:
                process.terminate()
                process.wait(20)


def _until_up(client: httpx.Client) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if client.get("v1/video/health").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("The server didn't come up within 30 seconds.")
