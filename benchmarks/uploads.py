"""What a large upload costs the notebook server, beside what people would use instead."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.clip import make_clip
from benchmarks.server import MIB, notebook_server, padded

#: Bytes that JupyterLab puts into one request of its upload.
LAB_CHUNK = 1024 * 1024

#: As much in one request as our own client sends.
PIECE = 64 * 1024 * 1024

#: Seconds between two looks at the server's memory.
EVERY = 0.02

#: The least that a streaming tornado handler does with a file: no check, no hash, no sync.
PLAIN = """
import asyncio, sys
from tornado import web

@web.stream_request_body
class Put(web.RequestHandler):
    def prepare(self):
        self.request.connection.set_max_body_size(2**62)
        self.file = open(sys.argv[1], "wb")

    def data_received(self, chunk):
        self.file.write(chunk)

    def put(self):
        self.file.close()

async def main():
    server = web.Application([("/", Put)]).listen(0, "127.0.0.1")
    print(next(iter(server._sockets.values())).getsockname()[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@dataclass(frozen=True)
class Cost:
    """Bytes a second on the way, and by how many bytes the server grew at most."""

    speed: float
    growth: int


def run(folder: Path, *, gigabytes: float, rounds: int, console: Console) -> None:
    """Send a file to a plain handler, by tus in one and in many requests, and as Lab does."""
    clip = make_clip(folder / "bench-10s.mp4", 10)
    with tempfile.TemporaryDirectory() as temporary:
        large = padded(clip, Path(temporary) / "large.mp4", int(gigabytes * 2**30))
        small = padded(clip, Path(temporary) / "small.mp4", 20 * MIB)
        costs: dict[str, list[Cost]] = {}
        for _ in range(rounds):
            for name, cost in _round(large, small, Path(temporary)):
                costs.setdefault(name, []).append(cost)
    table = Table(title=f"An upload of {gigabytes:g} GiB, {rounds} rounds")
    for column in ("how", "MiB/s", "of a plain PUT", "server RSS"):
        table.add_column(column, justify="left" if column == "how" else "right")
    plain = _best(costs["plain PUT"])
    for name, found in costs.items():
        table.add_row(
            name,
            f"{_best(found) / MIB:.0f}",
            f"{_best(found) / plain:.2f}",
            f"+{max(cost.growth for cost in found) / MIB:.1f} MiB",
        )
    console.print(table)
    console.print("targets for tus: 0.60 of a plain PUT, +16 MiB")


def _round(large: Path, small: Path, folder: Path) -> Iterator[tuple[str, Cost]]:
    with _plain(folder / "plain") as (process, client):
        client.put("", content=b"warm").raise_for_status()
        yield "plain PUT", _cost(process, large, lambda: _put(client, large))
    (folder / "root").mkdir(exist_ok=True)
    with notebook_server(folder / "root") as (process, client):
        _tus(client, small, PIECE)  # what is imported and opened once
        yield "tus, one request", _cost(process, large, lambda: _tus(client, large, 2**62))
        yield "tus, 64 MiB each", _cost(process, large, lambda: _tus(client, large, PIECE))
        _lab(client, small)
        yield "JupyterLab's upload", _cost(process, large, lambda: _lab(client, large))


def _put(client: httpx.Client, path: Path) -> None:
    with path.open("rb") as file:
        headers = {"Content-Length": str(path.stat().st_size)}
        client.put("", content=_blocks(file.fileno()), headers=headers).raise_for_status()


def _tus(client: httpx.Client, path: Path, piece: int) -> None:
    size = path.stat().st_size
    tus = {"Tus-Resumable": "1.0.0"}
    begun = client.post("v1/video/uploads", headers={**tus, "Upload-Length": str(size)})
    url = f"v1/video/uploads/{begun.raise_for_status().json()['upload_id']}"
    with path.open("rb", buffering=0) as file:
        for offset in range(0, size, piece):
            length = min(piece, size - offset)
            client.patch(
                url,
                content=_blocks(file.fileno(), length),
                headers=tus
                | {
                    "Content-Type": "application/offset+octet-stream",
                    "Content-Length": str(length),
                    "Upload-Offset": str(offset),
                },
            ).raise_for_status()
    client.delete(url, headers=tus).raise_for_status()


def _lab(client: httpx.Client, path: Path) -> None:
    """Send a file as JupyterLab's file browser does: one JSON with base64 for each chunk."""
    size = path.stat().st_size
    with path.open("rb") as file:
        number = 0
        while block := file.read(LAB_CHUNK):
            number += 1
            body = {
                "type": "file",
                "format": "base64",
                "name": "lab.mp4",
                "chunk": -1 if file.tell() == size else number,
                "content": base64.b64encode(block).decode(),
            }
            client.put("api/contents/lab.mp4", json=body).raise_for_status()
    client.delete("api/contents/lab.mp4").raise_for_status()


def _blocks(descriptor: int, length: int = 2**62) -> Iterator[bytes]:
    while length and (block := os.read(descriptor, min(MIB, length))):
        yield block
        length -= len(block)


def _cost(process: psutil.Process, path: Path, send: Callable[[], None]) -> Cost:
    before = most = process.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(EVERY):
            most = max(most, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    try:
        send()
    finally:
        taken = time.perf_counter() - began
        done.set()
        watcher.join()
    return Cost(path.stat().st_size / taken, most - before)


def _best(costs: list[Cost]) -> float:
    return max(cost.speed for cost in costs)


@contextmanager
def _plain(target: Path) -> Iterator[tuple[psutil.Process, httpx.Client]]:
    command = [sys.executable, "-c", PLAIN, str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/", timeout=300) as client:
                yield psutil.Process(process.pid), client
        finally:
            process.terminate()
            process.wait(20)
            target.unlink(missing_ok=True)
