"""Uploads through the panel: browser to server, whatever happens on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import panels
from tests.browser.conftest import LAB, PATIENCE
from tests.disks import small_file_system
from tests.server import TOKEN, RunningServer

MB = 1_000_000


@pytest.fixture(scope="module")
def film(bikes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real, playable video of 300 MB."""
    return panels.padded(bikes, tmp_path_factory.mktemp("films") / "film.mp4", 300 * MB)


@pytest.fixture(scope="module")
def short(bikes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real video of 40 MB."""
    return panels.padded(bikes, tmp_path_factory.mktemp("films") / "short.mp4", 40 * MB)


@pytest.mark.parametrize("application", ["lab", "notebook"])
def test_300_mb_go_from_the_browser_to_the_server_while_the_kernel_is_busy(
    request: pytest.FixtureRequest, context: BrowserContext, film: Path, application: str
) -> None:
    server: RunningServer = request.getfixturevalue(f"{application}_server")
    page = panels.open_panel(
        server, context, "import time\ntime.sleep(600)", application=application
    )
    panel = panels.panel_of(page)
    panels.run_cell(page, 1)
    busy = page.locator(".jp-Notebook-ExecutionIndicator[data-status='busy']")
    expect(busy).to_be_visible(timeout=PATIENCE)
    panel.get_by_label("Pipeline", exact=True).select_option("scene_cuts")
    panel.get_by_text("Frames and name").click()
    panel.get_by_label("Frames at most").fill("100")
    panels.send(page, film)
    expect(panels.job_row(page)).to_contain_text(film.name, timeout=PATIENCE)
    expect(busy).to_be_visible()
    with server.client() as client:
        (job,) = client.get("jobs", params={"q": film.name}).json()["jobs"]
    assert (job["pipeline_id"], job["frames_total"]) == ("scene_cuts", 100)
    assert panels.sha256(film) in panels.stored(server)


def test_it_goes_on_after_the_network_was_cut_and_the_server_killed(
    start_server: Callable[..., RunningServer], context: BrowserContext, film: Path
) -> None:
    server = start_server(*LAB, application="jupyterlab")
    page = panels.open_panel(server, context)
    network = panels.Network(page, 40 * MB)
    panels.send(page, film)
    panels.wait_for_percent(page, 15)
    network.cut()
    row = panels.upload_row(page)
    expect(row).to_contain_text("There is no network", timeout=PATIENCE)
    network.restore()
    panels.wait_for_percent(page, 40)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(10)
    expect(row).to_contain_text("The server is away, trying again", timeout=PATIENCE)
    again = start_server(*LAB, application="jupyterlab", home=server.home, port=server.port)
    expect(panels.job_row(page)).to_be_visible(timeout=PATIENCE)
    assert panels.stored(again) == {panels.sha256(film)}
    assert "expired" not in page.locator("body").inner_text()


def test_two_tabs_resume_one_paused_upload_and_it_becomes_one_job(
    lab_server: RunningServer, context: BrowserContext, short: Path
) -> None:
    before = jobs(lab_server)
    first = panels.open_panel(lab_server, context, name="first.ipynb")
    panels.Network(first, 4 * MB)
    panels.send(first, short)
    panels.wait_for_percent(first, 20)
    first.get_by_role("button", name="Pause short.mp4").click()
    expect(panels.upload_row(first)).to_contain_text("Paused at")
    (upload,) = uploads(lab_server)
    assert 0 < upload["offset"] < upload["length"]
    second = panels.open_panel(lab_server, context, name="second.ipynb")
    expect(panels.panel_of(second)).to_contain_text("drop the same file here", timeout=PATIENCE)
    panels.Network(second, 4 * MB)
    panels.send(second, short)
    panels.wait_for_percent(second, 40)
    first.get_by_role("button", name="Resume short.mp4").click()
    expect(panels.upload_row(first)).to_contain_text("Another page is sending", timeout=PATIENCE)
    for page in (first, second):
        page.bring_to_front()
        expect(panels.panel_of(page).get_by_role("list", name="Uploads")).to_have_count(
            0, timeout=PATIENCE
        )
    assert jobs(lab_server) == before + 1
    assert uploads(lab_server) == []
    assert panels.sha256(short) in panels.stored(lab_server)


def test_running_the_cell_again_stops_no_upload_and_the_new_panel_knows_the_job(
    lab_server: RunningServer, context: BrowserContext, bikes: Path, tmp_path: Path
) -> None:
    film = panels.padded(bikes, tmp_path / "again.mp4", 30 * MB)
    page = panels.open_panel(lab_server, context, "print(len(panel.submitted), panel.job_id)")
    network = panels.Network(page, 4 * MB)
    panels.send(page, film)
    panels.wait_for_percent(page, 20)
    panels.run_cell(page, 0)
    expect(page.locator(".jp-CodeCell").first.locator(".jp-InputPrompt")).to_have_text("[2]:")
    panels.wait_for_percent(page, 40)
    network.restore()
    expect(panels.job_row(page)).to_contain_text("again.mp4", timeout=PATIENCE)
    job_id = panels.job_row(page).get_attribute("data-job")
    panels.run_cell(page, 1)
    said = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    expect(said).to_have_text(f"1 {job_id}", timeout=PATIENCE)
    assert panels.sha256(film) in panels.stored(lab_server)


def test_an_upload_that_has_expired_meanwhile_begins_anew_and_says_so(
    lab_server: RunningServer, context: BrowserContext, bikes: Path, tmp_path: Path
) -> None:
    film = panels.padded(bikes, tmp_path / "late.mp4", 30 * MB)
    page = panels.open_panel(lab_server, context)
    network = panels.Network(page, 4 * MB)
    panels.send(page, film)
    panels.wait_for_percent(page, 20)
    page.get_by_role("button", name="Pause late.mp4").click()
    (upload,) = uploads(lab_server)
    for path in lab_server.data_dir.rglob(f"{upload['upload_id']}*"):
        os.utime(path, (0, 0))
    network.restore()
    page.get_by_role("button", name="Resume late.mp4").click()
    expect(panels.upload_row(page)).to_contain_text("has expired on the server", timeout=PATIENCE)
    expect(panels.job_row(page)).to_contain_text("late.mp4", timeout=PATIENCE)
    assert panels.sha256(film) in panels.stored(lab_server)


def test_what_is_no_video_is_refused_in_the_server_s_words_and_leaves_nothing(
    lab_server: RunningServer, context: BrowserContext, tmp_path: Path
) -> None:
    text = tmp_path / "letter.mp4"
    text.write_text("Dear reader, this is no film.\n" * 1_000_000)
    page = panels.open_panel(lab_server, context)
    panels.send(page, text)
    row = panels.upload_row(page)
    expect(row.get_by_role("alert")).to_contain_text("not a video", timeout=PATIENCE)
    expect(row.get_by_role("button", name="Resume")).to_have_count(0)
    row.get_by_role("button", name="Remove letter.mp4").click()
    expect(panels.panel_of(page).get_by_text("letter.mp4")).to_have_count(0)
    assert uploads(lab_server) == []


def test_an_expired_login_says_what_to_do_and_the_upload_goes_on_after_it(
    lab_server: RunningServer, context: BrowserContext, bikes: Path, tmp_path: Path
) -> None:
    film = panels.padded(bikes, tmp_path / "patient.mp4", 30 * MB)
    panels.write_notebook(lab_server, panels.SHOW, name="login.ipynb")
    page = panels.open_notebook(lab_server, context, application="lab", name="login.ipynb")
    set_token_of_page(page, "")
    panels.show_panel(page)
    panels.Network(page, 4 * MB)
    panels.send(page, film)
    panels.wait_for_percent(page, 20)
    page.get_by_role("button", name="Pause patient.mp4").click()
    context.clear_cookies()
    page.get_by_role("button", name="Resume patient.mp4").click()
    expect(panels.upload_row(page).get_by_role("alert")).to_contain_text(
        "log in again in another tab", timeout=PATIENCE
    )
    context.new_page().goto(f"{lab_server.url}lab?token={TOKEN}")
    page.bring_to_front()
    page.get_by_role("button", name="Resume patient.mp4").click()
    expect(panels.job_row(page)).to_contain_text("patient.mp4", timeout=PATIENCE)
    assert panels.sha256(film) in panels.stored(lab_server)


def test_a_full_disk_is_said_before_the_first_byte_and_the_upload_can_be_resumed(
    start_server: Callable[..., RunningServer],
    context: BrowserContext,
    short: Path,
    tmp_path: Path,
) -> None:
    with small_file_system(tmp_path / "small", "64m") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(30 * MB))
        server = start_server(*LAB, application="jupyterlab", data_dir=disk / "data")
        try:
            page = panels.open_panel(server, context)
            panels.send(page, short)
            row = panels.upload_row(page)
            expect(row.get_by_role("alert")).to_contain_text("disk", timeout=PATIENCE)
            ballast.unlink()
            row.get_by_role("button", name="Resume short.mp4").click()
            expect(panels.job_row(page)).to_be_visible(timeout=PATIENCE)
        finally:
            server.stop()


def uploads(server: RunningServer) -> list[dict[str, object]]:
    with server.client() as client:
        return client.get("uploads").raise_for_status().json()["uploads"]


def jobs(server: RunningServer) -> int:
    with server.client() as client:
        return len(client.get("jobs").raise_for_status().json()["jobs"])


def set_token_of_page(page: Page, token: str) -> None:
    """Let widgets find another token in the page's configuration; empty: the cookie must do."""
    page.evaluate(
        """token => {
            const element = document.getElementById('jupyter-config-data');
            const config = JSON.parse(element.textContent);
            element.textContent = JSON.stringify({ ...config, token });
        }""",
        token,
    )
