"""What is drawn belongs to the picture that is shown: both read back from the page's pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.viewers import (
    PIPELINE,
    TRUTH,
    WITHOUT_FIRST_CALL,
    WITHOUT_VIDEO_FRAME,
    mount,
    teach_reading,
)
from tests.clips import ClipFactory, cut_by_edit_list, made_up_times
from tests.server import RunningServer, wait_for

WIDTH, HEIGHT, FRAMES = 320, 192, 120
#: The square comes back to where it was after so many frames.
PERIOD = (WIDTH - HEIGHT // 6) // 4

VARIABLE = {"pts": made_up_times(FRAMES), "time_base": Fraction(1, 1000)}
VP9 = {"name": "clip.webm", "codec": "libvpx-vp9", "bframes": 0}

#: Clips, and how many seeks are tried in each.
KINDS: dict[str, tuple[dict[str, Any], int]] = {
    "constant rate": ({}, 60),
    "variable rate": (VARIABLE, 60),
    "four B-frames": ({"bframes": 4, "gop": 40, "rate": Fraction(30000, 1001)}, 20),
    "late start": ({"pts": [50 + n for n in range(FRAMES)]}, 20),
    "turned": ({"rotation": 90}, 20),
    "no edit list": ({"muxer": {"use_editlist": "0"}}, 20),
    "variable VP9": ({**VP9, **VARIABLE}, 20),
    "cut by an edit list": ({}, 20),
    "copy of MPEG-4": ({"codec": "mpeg4", "bframes": 0, **VARIABLE}, 20),
    "copy of a transport stream": ({"name": "clip.ts"}, 20),
}

_SEEK = """async wanted => {
    const next = () => new Promise(requestAnimationFrame);
    const seen = [];
    for (const [frame, time] of wanted) {
        window.viewer.seek(time);
        const end = performance.now() + 8000;
        let back = window.readBack();
        while ((back.frame !== frame || back.box === null) && performance.now() < end) {
            await next();
            back = window.readBack();
        }
        seen.push([frame, back.frame, back.number, back.box]);
    }
    return seen;
}"""

_PLAY = """async rate => {
    const video = document.querySelector('video');
    const next = () => new Promise(requestAnimationFrame);
    video.playbackRate = rate;
    document.querySelector('[aria-label=Play]').click();
    const seen = [];
    while (!video.ended) {
        await next();
        const back = window.readBack();
        if (back.box !== null) seen.push([back.frame, back.number, back.box]);
    }
    return seen;
}"""


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    """A server with the step that knows the truth."""
    server = start_server()
    steps = server.data_dir / "steps"
    steps.mkdir(parents=True, exist_ok=True)
    (steps / "truth.py").write_text(TRUTH)
    with server.client() as client:
        headers = {"Content-Type": "application/yaml"}
        client.put("pipelines/truth", content=PIPELINE, headers=headers).raise_for_status()
    return server


def analyzed(client: httpx.Client, source: Path) -> tuple[str, list[float], list[int]]:
    """Run the truth over a clip; return the job, the frames' times and the numbers in them."""
    with source.open("rb") as file:
        answer = client.post(
            "submit", data={"pipeline_id": "truth"}, files={"file": (source.name, file)}
        )
    job_id = answer.raise_for_status().json()["job_id"]
    assert wait_for(client, job_id)["status"] == "completed"
    times = client.get(f"jobs/{job_id}/frames").json()["time"]
    results = client.get(f"results/{job_id}").json()["results"]
    numbers = [int(frame["result"]["truth"][1]["value"]) for frame in results]
    assert len(times) == len(numbers)
    return job_id, times, numbers


def opened(context: BrowserContext, server: RunningServer, job_id: str, script: str = "") -> Page:
    page = mount(context, server, job_id, script=script)
    teach_reading(page, WIDTH, HEIGHT)
    page.locator(".jp-videojobs-viewer").focus()
    page.keyboard.press("l")
    page.wait_for_function("window.readBack().box !== null")
    return page


def middles(times: list[float]) -> list[float]:
    ends = [*times[1:], 2 * times[-1] - times[-2]]
    return [(begin + end) / 2 for begin, end in zip(times, ends, strict=True)]


def off(number: int, box: int) -> int:
    """Return by how many frames a box is beside its frame, at most half a period."""
    return (box - number + PERIOD // 2) % PERIOD - PERIOD // 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_box_belongs_to_the_frame_that_is_shown(
    kind: str, server: RunningServer, context: BrowserContext, clips: ClipFactory
) -> None:
    how, seeks = KINDS[kind]
    source = clips.make(frames=FRAMES, **how)
    if kind == "cut by an edit list":
        source = cut_by_edit_list(source, clips.path("cut.mp4"), 0.7)
    with server.client() as client:
        job_id, times, numbers = analyzed(client, source)
    page = opened(context, server, job_id)
    random = Random(kind)
    frames = [random.randrange(len(times)) for _ in range(seeks - 4)]
    frames += [0, len(times) - 1, 1, len(times) - 2]
    wanted = [[frame, middles(times)[frame]] for frame in frames]
    seen = page.evaluate(_SEEK, wanted)
    assert Counter(shown - frame for frame, shown, _, _ in seen) == {0: seeks}
    assert Counter(number - numbers[shown] for _, shown, number, _ in seen) == {0: seeks}
    assert Counter(off(number, box) for _, _, number, box in seen) == {0: seeks}


@pytest.mark.parametrize("kind", ["constant rate", "variable rate", "copy of MPEG-4"])
def test_in_play_every_box_belongs_to_the_picture_under_it(
    kind: str, server: RunningServer, context: BrowserContext, clips: ClipFactory
) -> None:
    with server.client() as client:
        job_id, times, numbers = analyzed(client, clips.make(frames=FRAMES, **KINDS[kind][0]))
    page = opened(context, server, job_id)
    seen = page.evaluate(_PLAY, 1 if kind == "constant rate" else 3)
    assert len({frame for frame, _, _ in seen}) > len(times) / 3
    assert Counter(number - numbers[frame] for frame, number, _ in seen) == {0: len(seen)}
    assert Counter(off(number, box) for _, number, box in seen) == {0: len(seen)}


@pytest.mark.parametrize("kind", ["variable rate", "late start"])
def test_pages_without_tls_are_as_exact_when_paused(
    kind: str, server: RunningServer, context: BrowserContext, clips: ClipFactory
) -> None:
    with server.client() as client:
        job_id, times, numbers = analyzed(client, clips.make(frames=FRAMES, **KINDS[kind][0]))
    page = opened(context, server, job_id, WITHOUT_VIDEO_FRAME)
    assert page.evaluate("typeof VideoFrame") == "undefined"
    frames = [0, len(times) - 1, *Random(kind).sample(range(len(times)), 18)]
    seen = page.evaluate(_SEEK, [[frame, middles(times)[frame]] for frame in frames])
    assert Counter(shown - frame for frame, shown, _, _ in seen) == {0: len(frames)}
    assert Counter(number - numbers[shown] for _, shown, number, _ in seen) == {0: len(frames)}
    assert Counter(off(number, box) for _, _, number, box in seen) == {0: len(frames)}


def test_the_first_picture_is_drawn_without_a_call_of_the_browser(
    server: RunningServer, context: BrowserContext, clips: ClipFactory
) -> None:
    # In a copy: it comes when all else has been drawn already.
    how, _ = KINDS["copy of MPEG-4"]
    with server.client() as client:
        job_id, _, numbers = analyzed(client, clips.make(frames=FRAMES, **how))
    page = opened(context, server, job_id, WITHOUT_FIRST_CALL)
    back = page.evaluate("window.readBack()")
    assert (back["frame"], back["number"], off(back["number"], back["box"])) == (0, numbers[0], 0)
