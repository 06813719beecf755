"""The viewer over an hour of film with half a million boxes: how soon it is there, what it holds.

``python -m benchmarks.viewer``, by hand: it needs Debian's chromium, and takes minutes.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.viewers import mount
from tests.server import RunningServer, start, wait_for
from videojobs_ext.video.writer import H264Writer

RATE = 15
#: Boxes on each frame: 15 a second make 540,000 in an hour.
BOXES = 10
MIB = 1024 * 1024

STEP = f"""\
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Params


class Crowd(FrameStep[Params]):
    \"\"\"Boxes that go to and fro.\"\"\"

    name = "crowd"

    def process(self, frame, upstream):
        for n in range({BOXES}):
            x = (frame.number * (n + 1)) % 280
            label = ("person", "car", "bicycle")[n % 3]
            yield Observation(label, 0.5 + n / 25, n, x, 16 * n, 30, 15)
"""
PIPELINE = "id: crowd\nsteps: [{id: crowd, uses: crowd}]\n"


def main() -> None:
    """Make the film and its job, open the viewer several times, print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        film = Path(temporary) / "film.mp4"
        draw(film, options.minutes * 60 * RATE)
        server = start(Path(temporary) / "server")
        try:
            seen = look(server, analyze(server, film), options.rounds)
        finally:
            server.stop()
    table = Table(title=f"{options.minutes} min, {options.minutes * 60 * RATE * BOXES:,} boxes")
    for column in ("until the first boxes, s", "the page's heap, MiB"):
        table.add_column(column)
    seconds, heap = (statistics.median(each) for each in zip(*seen, strict=True))
    table.add_row(f"{seconds:.2f}", f"{heap / MIB:.0f}")
    Console().print(table)


def draw(film: Path, frames: int) -> None:
    """Write a film in which the picture slowly brightens."""
    with H264Writer(film, 320, 180, rate=Fraction(RATE), gop=4 * RATE) as writer:
        for number in range(frames):
            writer.write(np.full((180, 320, 3), number // 8 % 256, np.uint8))


def analyze(server: RunningServer, film: Path) -> str:
    """Run the step over the film and return the job."""
    steps = server.data_dir / "steps"
    steps.mkdir(parents=True, exist_ok=True)
    (steps / "crowd.py").write_text(STEP)
    with server.client() as client, film.open("rb") as file:
        headers = {"Content-Type": "application/yaml"}
        client.put("pipelines/crowd", content=PIPELINE, headers=headers).raise_for_status()
        answer = client.post(
            "submit", data={"pipeline_id": "crowd"}, files={"file": (film.name, file)}
        )
        job_id = str(answer.raise_for_status().json()["job_id"])
        assert wait_for(client, job_id, limit=900)["status"] == "completed"
    return job_id


def look(server: RunningServer, job_id: str, rounds: int) -> list[tuple[float, int]]:
    """Return seconds until the lanes and the first boxes are drawn, and the heap in bytes."""
    seen = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            chromium_sandbox=False,
            args=[*ARGUMENTS, "--enable-precise-memory-info"],
        )
        for _ in range(rounds):
            context = browser.new_context(viewport={"width": 1400, "height": 900})
            began = time.monotonic()
            page = mount(context, server, job_id, time=1800.0)
            page.wait_for_selector("tr.jp-mod-current")
            seconds = time.monotonic() - began
            heap = int(page.evaluate("performance.memory.usedJSHeapSize"))
            seen.append((seconds, heap))
            context.close()
        browser.close()
    return seen


if __name__ == "__main__":
    main()
