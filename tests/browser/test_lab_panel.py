"""The side panel in JupyterLab: jobs come, go on, end, and are acted on."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import VideoRequests, open_lab, serious_violations
from tests.clips import ClipFactory
from tests.server import RunningServer, wait_for

#: Counted over the module.
scores = itertools.count()

#: Milliseconds in which a page must see what happened on the server, on a busy machine.
SOON = 30_000


@pytest.fixture(scope="module")
def client(lab_server: RunningServer) -> Iterator[httpx.Client]:
    with lab_server.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def completed(client: httpx.Client, bikes: Path) -> str:
    """A completed job that the tests of the module look at and leave alone."""
    job_id = submit(client, bikes, "quicklook", name="Bikes")
    assert wait_for(client, job_id)["status"] == "completed"
    return job_id


@pytest.fixture(scope="module")
def long_video(clips: ClipFactory) -> Path:
    """A video that takes long to look at: it is still running when a test acts on it."""
    return clips.make(frames=3000, width=320, height=240)


@pytest.fixture
def begin_long(client: httpx.Client, long_video: Path) -> Iterator[Callable[[str], str]]:
    """A function that submits a job by a name; what still runs after the test is cancelled."""
    begun: list[str] = []

    def begin(name: str) -> str:
        # A score of its own: what an earlier test has had computed would answer at once.
        score = {"objects": {"min_score": round(0.3 + next(scores) / 1000, 3)}}
        begun.append(submit(client, long_video, "objects", name=name, params=json.dumps(score)))
        return begun[-1]

    yield begin
    for job_id in begun:
        client.post(f"jobs/{job_id}/cancel")
        wait_for(client, job_id)


@pytest.fixture
def panel(lab: Page) -> Page:
    """JupyterLab with the panel open."""
    return show_panel(lab)


def show_panel(page: Page) -> Page:
    page.evaluate("window.jupyterapp.commands.execute('videojobs:show-panel')")
    page.wait_for_selector(".jp-videojobs-panel")
    return page


def submit(client: httpx.Client, video: Path, pipeline: str, **options: object) -> str:
    data = {"pipeline_id": pipeline, **{key: str(value) for key, value in options.items()}}
    answer = client.post("submit", files={"file": (video.name, video.read_bytes())}, data=data)
    return str(answer.raise_for_status().json()["job_id"])


def row(page: Page, job_id: str) -> Locator:
    return page.locator(f'.jp-videojobs-row[data-job="{job_id}"]')


def expect_status(page: Page, job_id: str, status: str) -> None:
    expect(row(page, job_id)).to_have_attribute("data-status", status, timeout=SOON)


def test_a_job_is_followed_from_the_submit_to_viewer_and_export(
    panel: Page, client: httpx.Client, long_video: Path, take_picture: Callable[..., None]
) -> None:
    job_id = submit(client, long_video, "objects", name="Cars and people", max_frames=1200)
    bar = row(panel, job_id).get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]"), timeout=SOON)
    expect(row(panel, job_id)).to_contain_text(re.compile(r"\d+/1,?200"))
    expect(panel.locator(".jp-videojobs-status")).to_contain_text("1 running")
    take_picture(panel, "lab-progress", x=0, y=0, width=700, height=460)
    expect_status(panel, job_id, "completed")

    notification = panel.locator(".Toastify__toast", has_text="“Cars and people” is completed.")
    notification.get_by_role("button", name="Open").click()
    panel.wait_for_selector(".jp-videojobs-viewer-content video")
    expect(
        panel.locator(".lm-TabBar-tab.lm-mod-current", has_text="Cars and people")
    ).to_be_visible()

    row(panel, job_id).click(button="right")
    panel.get_by_text("Download Results").hover()
    with panel.expect_download() as download:
        panel.locator(".lm-Menu-item", has_text="CSV").click()
    assert download.value.suggested_filename == f"{long_video.stem}.csv"
    assert Path(download.value.path()).read_text().startswith('"step","frame_index"')


def test_the_menu_of_downloads_has_every_format_of_the_server(panel: Page, completed: str) -> None:
    from videojobs_ext.rows.exports import EXPORTS

    row(panel, completed).click()
    panel.get_by_role("button", name="Download").click()
    panel.wait_for_selector(".lm-Menu-item[data-command='videojobs:download']")
    enum = panel.evaluate(
        "window.jupyterapp.commands.describedBy('videojobs:download')"
        ".then(told => told.args.properties.format.enum)"
    )
    assert enum == list(EXPORTS)
    assert panel.locator(".lm-Menu-item[data-command='videojobs:download']").count() == len(enum)


def test_a_running_job_is_cancelled_and_retried(
    panel: Page, client: httpx.Client, begin_long: Callable[[str], str]
) -> None:
    job_id = begin_long("Stopped")
    expect_status(panel, job_id, "running")
    row(panel, job_id).hover()
    row(panel, job_id).get_by_role("button", name="Cancel").click()
    expect_status(panel, job_id, "failed")
    expect(row(panel, job_id)).to_contain_text("Cancelled")
    assert client.get(f"status/{job_id}").json()["failure_reason"] == "cancelled"

    row(panel, job_id).click()
    details = panel.get_by_role("region", name="Details")
    expect(details).to_contain_text("Retry goes on from the last finished part.")
    details.get_by_role("button", name="Retry").click()
    expect_status(panel, job_id, "running")
    assert client.get(f"status/{job_id}").json()["status"] == "running"


def test_several_jobs_are_deleted_at_once_after_a_question(
    panel: Page, client: httpx.Client, bikes: Path, completed: str
) -> None:
    jobs = [submit(client, bikes, "scene_cuts", name=f"Cuts {n}") for n in range(3)]
    for job_id in jobs:
        expect_status(panel, job_id, "completed")
    row(panel, jobs[2]).click()
    row(panel, jobs[0]).click(modifiers=["Shift"])
    bar = panel.get_by_role("toolbar", name="Selected jobs")
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Delete").click()
    dialog = panel.locator(".jp-Dialog", has_text="Delete 3 jobs?")
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog).to_have_count(0)
    assert client.get(f"status/{jobs[0]}").status_code == 200

    bar.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    for job_id in jobs:
        expect(row(panel, job_id)).to_have_count(0, timeout=SOON)
        assert client.get(f"status/{job_id}").status_code == 404
    expect(row(panel, completed)).to_have_count(1)


def test_the_log_grows_while_the_job_runs(
    panel: Page, client: httpx.Client, begin_long: Callable[[str], str]
) -> None:
    job_id = begin_long("Long film")
    expect_status(panel, job_id, "running")
    row(panel, job_id).click()
    panel.get_by_role("button", name="Log", exact=True).click()
    log = panel.get_by_role("log")
    expect(log).to_contain_text("chunk", timeout=SOON)
    expect(panel.locator(".jp-videojobs-log-state")).to_contain_text("Following the log")
    client.post(f"jobs/{job_id}/cancel").raise_for_status()
    expect(panel.locator(".jp-videojobs-log-state")).to_contain_text("ended", timeout=SOON)
    text = client.get(f"jobs/{job_id}/log").text
    assert log.inner_text().strip() == text.strip()


def test_running_jobs_stand_among_the_running_sessions_and_are_shut_down_there(
    panel: Page, client: httpx.Client, begin_long: Callable[[str], str]
) -> None:
    job_id = begin_long("Among sessions")
    expect_status(panel, job_id, "running")
    panel.evaluate("window.jupyterapp.commands.execute('running:show-panel')")
    item = panel.locator(".jp-RunningSessions-item", has_text="Among sessions")
    expect(item).to_contain_text("%")
    item.hover()
    item.locator(".jp-RunningSessions-itemShutdown").click()
    assert wait_for(client, job_id)["failure_reason"] == "cancelled"
    # The panel is hidden, and yet the job's end is seen.
    expect(item).to_have_count(0, timeout=SOON)


def test_a_reload_restores_panel_filter_and_viewer(
    lab_server: RunningServer, context: BrowserContext, completed: str
) -> None:
    page = show_panel(open_lab(lab_server, context, workspace="restored"))
    page.get_by_role("combobox", name="Status").select_option("completed")
    row(page, completed).dblclick()
    page.wait_for_selector(".jp-videojobs-viewer-content video")
    page.wait_for_function(
        "document.querySelector('.jp-videojobs-viewer-content video').readyState > 0"
    )
    page.evaluate("document.querySelector('.jp-videojobs-viewer-content video').currentTime = 4")
    with page.expect_response(
        lambda answer: "/api/workspaces/restored" in answer.url and answer.request.method == "PUT"
    ):
        pass
    page.evaluate("window.jupyterapp.restored")
    page.wait_for_timeout(1500)  # the state is saved in the background, in several requests
    page.reload()
    page.wait_for_selector(".jp-videojobs-viewer-content video")
    expect(page.locator(".jp-videojobs-panel")).to_be_visible()
    expect(page.get_by_role("combobox", name="Status")).to_have_value("completed")
    expect(row(page, completed)).to_be_visible()
    expect(page.locator(".lm-TabBar-tab", has_text="Bikes").first).to_be_visible()
    page.wait_for_function(
        "document.querySelector('.jp-videojobs-viewer-content video').currentTime > 3.9"
    )


def test_two_tabs_agree_and_one_of_them_tells(
    lab_server: RunningServer, context: BrowserContext, client: httpx.Client, bikes: Path
) -> None:
    one = show_panel(open_lab(lab_server, context, workspace="one"))
    other = show_panel(open_lab(lab_server, context, workspace="other"))
    job_id = submit(client, bikes, "motion", name="Seen twice")
    for page in (one, other):
        expect_status(page, job_id, "completed")
    toasts = [
        page.locator(".Toastify__toast", has_text="“Seen twice” is completed.")
        for page in (one, other)
    ]
    for _ in range(SOON // 200):
        if toasts[0].count() + toasts[1].count() > 0:
            break
        one.wait_for_timeout(200)
    assert toasts[0].count() + toasts[1].count() == 1

    row(one, job_id).click()
    one.keyboard.press("Delete")
    one.locator(".jp-Dialog").get_by_role("button", name="Delete").click()
    expect(row(one, job_id)).to_have_count(0)
    expect(row(other, job_id)).to_have_count(0, timeout=SOON)


def test_everything_goes_by_keyboard(
    panel: Page, client: httpx.Client, bikes: Path, completed: str
) -> None:
    first = submit(client, bikes, "scene_cuts", name="By keyboard")
    expect_status(panel, first, "completed")
    panel.evaluate("window.jupyterapp.commands.execute('videojobs:show-panel')")
    expect(row(panel, first)).to_be_focused()
    panel.keyboard.press("Space")
    expect(row(panel, first)).to_have_attribute("aria-selected", "true")
    panel.keyboard.press("Shift+ArrowDown")
    expect(panel.locator('[role="row"][aria-selected="true"]')).to_have_count(2)
    panel.keyboard.press("Escape")
    expect(panel.locator('[role="row"][aria-selected="true"]')).to_have_count(0)

    panel.keyboard.press("Home")
    expect(row(panel, first)).to_be_focused()
    panel.keyboard.press("Delete")
    dialog = panel.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Delete the job “By keyboard”?")
    dialog.get_by_role("button", name="Delete").focus()
    panel.keyboard.press("Enter")
    expect(row(panel, first)).to_have_count(0)
    focused = panel.locator('[role="row"]:focus')
    expect(focused).to_have_count(1)

    while focused.get_attribute("data-job") != completed:
        panel.keyboard.press("ArrowDown")
    panel.keyboard.press("Shift+F10")
    panel.wait_for_selector(".lm-Menu-item[data-command='videojobs:copy-id']")
    panel.keyboard.press("Escape")
    row(panel, completed).focus()
    panel.keyboard.press("Enter")
    panel.wait_for_selector(".jp-videojobs-viewer-content video")


def test_search_and_filters_ask_the_server(
    panel: Page, client: httpx.Client, completed: str
) -> None:
    expect(row(panel, completed)).to_be_visible()
    asked = VideoRequests(panel)
    panel.get_by_role("searchbox").fill("no such name")
    expect(panel.get_by_text("No job is like that.")).to_be_visible()
    assert any("q=no%20such%20name" in request for request in asked)
    panel.get_by_role("searchbox").fill("BIKES")
    expect(row(panel, completed)).to_be_visible()
    panel.get_by_role("combobox", name="Pipeline").select_option("ocr")
    expect(panel.get_by_text("No job is like that.")).to_be_visible()
    panel.get_by_role("button", name="Show all").first.click()
    expect(row(panel, completed)).to_be_visible()
    expect(panel.get_by_role("searchbox")).to_have_value("")


def test_a_hidden_panel_asks_nothing_and_an_idle_one_little(panel: Page, completed: str) -> None:
    expect(row(panel, completed)).to_be_visible()
    panel.wait_for_timeout(9000)  # what earlier tests stirred up has settled
    asked = VideoRequests(panel)
    panel.wait_for_timeout(15_500)
    assert 1 <= len(asked) <= 4, asked

    panel.evaluate("window.jupyterapp.commands.execute('filebrowser:activate')")
    panel.wait_for_selector(".jp-videojobs-panel", state="hidden")
    asked.clear()
    panel.wait_for_timeout(11_000)
    assert asked == []

    show_panel(panel)
    panel.wait_for_function("document.querySelector('.jp-videojobs-row') !== null")
    panel.wait_for_timeout(500)
    assert asked


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious_in_panel_and_viewer(
    panel: Page, completed: str, theme: str, take_picture: Callable[..., None]
) -> None:
    panel.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
    )
    panel.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")
    row(panel, completed).dblclick()
    panel.wait_for_selector(".jp-videojobs-viewer-content video")
    expect(panel.get_by_role("region", name="Details")).to_be_visible()
    assert serious_violations(panel, ".jp-videojobs-panel") == []
    assert serious_violations(panel, ".jp-videojobs-viewer-content") == []
    take_picture(panel, "lab" if theme.endswith("Light") else "lab-dark")
