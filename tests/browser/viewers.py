"""The viewer alone on a page of a real server (``jupyter_server``: applications would go on filling
the page with their own), and what its canvas shows, read from the pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page

from tests.server import TOKEN, RunningServer

STATIC = Path(__file__).parents[2] / "videojobs_ext" / "client" / "static"

#: A step whose box stands where the picture's own strip says that the moving square is, whatever
#: number the frame has (see tests/clips.py).
TRUTH = '''\
import numpy as np
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Params


class Truth(FrameStep[Params]):
    """Where the square is, by the number in the strip."""

    name = "truth"

    def process(self, frame, upstream):
        luma = frame.luma()
        block = frame.width // 16
        number = 0
        for bit in range(16):
            middle = bit * block + block // 2
            number = number << 1 | int(luma[14:18, middle - 1 : middle + 2].mean() > 126)
        size = frame.height // 6
        left = 4 * number % (frame.width - size)
        yield Observation("mover", 0.9, None, left, frame.height // 2, size, size)
        yield Observation("number", value=float(number))
'''

PIPELINE = "id: truth\nsteps: [{id: truth, uses: truth}]\n"

_MOUNT = """async ([js, css, baseUrl, options]) => {
    document.head.innerHTML = `<style>:root { color-scheme: light dark } body { margin: 0 }
        #host { height: 100vh }</style>`;
    const style = document.createElement('style');
    style.textContent = css;
    document.head.append(style);
    document.body.innerHTML = '<main id="host"></main>';
    const url = URL.createObjectURL(new Blob([js], { type: 'text/javascript' }));
    const { mountViewer, VideoJobsServer } = await import(url);
    window.heard = { places: [], rows: [] };
    window.viewer = mountViewer(document.getElementById('host'), {
        server: new VideoJobsServer({ baseUrl, token: '' }),
        onPlace: place => window.heard.places.push(place),
        onSelect: row => window.heard.rows.push(row),
        ...options
    });
}"""

#: Reads the number in the strip and the number that the drawn box belongs to; null without a box.
_READ = """([width, height]) => {
    const canvas = document.querySelector('.jp-videojobs-viewer-stage canvas');
    const context = canvas.getContext('2d');
    window.readBack = () => {
        const fit = Math.min(canvas.width / width, canvas.height / height);
        const left = Math.round(canvas.width / 2 - width * fit / 2);
        const top = Math.round(canvas.height / 2 - height * fit / 2);
        const strip = context.getImageData(left, top + Math.round(16 * fit), width * fit, 1).data;
        const block = Math.floor(width / 16);
        let number = 0;
        for (let bit = 0; bit < 16; bit++) {
            const at = Math.round((bit * block + block / 2) * fit) * 4;
            number = number << 1 | (strip[at] + strip[at + 1] + strip[at + 2] > 378 ? 1 : 0);
        }
        const size = Math.floor(height / 6);
        const row = top + Math.round((Math.floor(height / 2) + size * 0.75) * fit);
        const line = context.getImageData(0, row, canvas.width, 1).data;
        const found = [];
        for (let x = 0; x < canvas.width; x++) {
            const off = [179, 222, 105].map((level, n) => Math.abs(line[4 * x + n] - level));
            if (Math.max(...off) < 12) found.push(x);
        }
        // The left line is two pixels wide about its x; the right one ends it.
        const edge = found.length === 0 ? null : (found[0] + 1 - left) / fit;
        const box = edge === null ? null : Math.round(edge / 4);
        return { frame: Number(canvas.dataset.frame), number, box };
    };
}"""


#: A browser as of pages without TLS: pictures can't be had with their times.
WITHOUT_VIDEO_FRAME = "delete window.VideoFrame"

#: A browser that calls back for no picture before the first play, as Chromium does at times.
WITHOUT_FIRST_CALL = """
    const ask = HTMLVideoElement.prototype.requestVideoFrameCallback;
    HTMLVideoElement.prototype.requestVideoFrameCallback = function (call) {
        return ask.call(this, (now, told) => {
            if (this.played.length === 0) this.requestVideoFrameCallback(call);
            else call(now, told);
        });
    };
"""


def mount(
    context: BrowserContext,
    server: RunningServer,
    job_id: str,
    *,
    ready: bool = True,
    script: str = "",
    **options: Any,
) -> Page:
    """Mount a viewer that fills a page; with ``ready`` return once it shows a frame and lanes.

    ``script`` runs before all others of the page, to make a browser of another kind.
    """
    page = context.new_page()
    if script:
        page.add_init_script(script)
    page.goto(f"{server.url}login?token={TOKEN}")
    page.evaluate(
        _MOUNT,
        [
            (STATIC / "viewer.js").read_text(),
            (STATIC / "viewer.css").read_text(),
            urlsplit(server.url).path,
            {"jobId": job_id, **options},
        ],
    )
    if ready:
        page.wait_for_selector(".jp-videojobs-viewer-stage canvas[data-frame]")
        page.wait_for_selector(".jp-videojobs-viewer-lane")
    return page


def teach_reading(page: Page, width: int, height: int) -> None:
    """Give the page ``readBack()`` for a clip of this size."""
    page.evaluate(_READ, [width, height])


def frame_of(page: Page) -> int:
    """Return the number of the frame that is shown."""
    return int(page.locator(".jp-videojobs-viewer-stage canvas").get_attribute("data-frame") or -1)


def wait_for_frame(page: Page, number: int) -> None:
    """Return once a frame is shown."""
    page.wait_for_selector(f".jp-videojobs-viewer-stage canvas[data-frame='{number}']")
