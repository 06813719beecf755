"""The submit dialog in JupyterLab: from a file to a job with just these settings."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import serious_violations
from tests.server import RunningServer, wait_for


@pytest.fixture(scope="module")
def client(lab_server: RunningServer) -> Iterator[httpx.Client]:
    with lab_server.client() as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def clip(lab_server: RunningServer, bikes: Path) -> Path:
    """A video in the server's folder."""
    return Path(shutil.copy(bikes, lab_server.root_dir / "street.mp4"))


@pytest.fixture
def settled(lab: Page) -> Page:
    """JupyterLab whose file browser shows the video."""
    lab.evaluate("window.jupyterapp.commands.execute('filebrowser:activate')")
    lab.wait_for_selector(".jp-DirListing-item[title*='street.mp4']")
    # What Lab still opens would close a menu that is open by then.
    lab.wait_for_selector(".jp-LauncherCard")
    lab.wait_for_selector("#jupyterlab-splash", state="detached")
    return lab


def open_dialog(page: Page, arguments: str) -> Locator:
    page.evaluate(f"void window.jupyterapp.commands.execute('videojobs:submit', {arguments})")
    return dialog_of(page)


def dialog_of(page: Page) -> Locator:
    dialog = page.locator(".jp-Dialog", has_text="Analyze Video")
    expect(dialog).to_be_visible()
    return dialog


def jobs(client: httpx.Client) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("jobs").raise_for_status().json()["jobs"]
    return found


def test_a_file_of_the_browser_becomes_a_job_with_what_was_entered(
    settled: Page, client: httpx.Client, take_picture: Callable[..., None]
) -> None:
    settled.locator(".jp-DirListing-item[title*='street.mp4']").click(button="right")
    settled.locator(".lm-Menu-item", has_text="Analyze Video").click()
    dialog = dialog_of(settled)
    expect(dialog.get_by_label("Video", exact=True)).to_have_value("street.mp4")
    dialog.get_by_label("Pipeline").select_option("motion")
    dialog.get_by_label("Threshold").fill("22")
    dialog.get_by_text("Frames and name").click()
    dialog.get_by_label("Every n-th frame").fill("2")
    dialog.get_by_label("Name").fill("Every second frame")
    expect(dialog.get_by_role("status")).to_contain_text("125 of 250 frames")
    take_picture(settled, "lab-submit")
    with settled.expect_response("**/v1/video/submit") as answered:
        dialog.get_by_role("button", name="Analyze").click()
    assert answered.value.ok, (answered.value.text(), answered.value.request.post_data)
    expect(dialog).to_have_count(0)

    job = answered.value.json()
    settings = client.get(f"jobs/{job['job_id']}/settings").raise_for_status().json()
    assert settings["params"] == {"motion": {"threshold": 22}}
    assert (settings["pipeline_id"], settings["frame_stride"]) == ("motion", 2)
    assert settings["name"] == "Every second frame"
    assert settings["path"] == "street.mp4"
    done = wait_for(client, str(job["job_id"]))
    assert (done["status"], done["frames_total"]) == ("completed", 125)


def test_what_the_server_refuses_stands_beside_its_field(
    settled: Page, client: httpx.Client
) -> None:
    before = len(jobs(client))
    dialog = open_dialog(settled, "{path: 'nowhere.mp4', pipelineId: 'motion'}")
    dialog.get_by_role("button", name="Analyze").click()
    expect(dialog.get_by_role("alert")).to_contain_text("nowhere.mp4")
    dialog.get_by_label("Video", exact=True).fill("street.mp4")
    dialog.get_by_label("Threshold").fill("1000")
    expect(dialog.get_by_role("alert")).to_contain_text("1 … 255")
    dialog.get_by_role("button", name="Analyze").click()
    expect(dialog.get_by_role("alert")).to_contain_text("1 … 255")
    settled.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert len(jobs(client)) == before


def test_a_job_is_run_again_with_other_settings(settled: Page, client: httpx.Client) -> None:
    body = {"path": "street.mp4", "pipeline_id": "motion", "params": {"motion": {"threshold": 30}}}
    first = client.post("submit", json=body).raise_for_status().json()["job_id"]
    wait_for(client, first)
    dialog = open_dialog(settled, f"{{jobId: '{first}'}}")
    expect(dialog).to_contain_text("street.mp4")
    expect(dialog.get_by_label("Threshold")).to_have_value("30")
    dialog.get_by_label("Threshold").fill("31")
    with settled.expect_response("**/v1/video/submit") as answered:
        settled.keyboard.press("Enter")
    again = answered.value.json()["job_id"]
    settings = client.get(f"jobs/{again}/settings").raise_for_status().json()
    assert settings["params"] == {"motion": {"threshold": 31}}


def test_the_launcher_has_a_card_that_asks_for_a_file(settled: Page) -> None:
    settled.locator(".jp-LauncherCard", has_text="Video Job").click()
    chooser = settled.locator(".jp-Dialog", has_text="Videos to Analyze")
    chooser.locator(".jp-DirListing-item[title*='street.mp4']").click()
    chooser.get_by_role("button", name="Select").click()
    expect(dialog_of(settled).get_by_label("Video", exact=True)).to_have_value("street.mp4")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious_in_the_dialog(settled: Page, theme: str) -> None:
    settled.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
    )
    settled.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")
    expect(open_dialog(settled, "{path: 'street.mp4', pipelineId: 'motion'}")).to_be_visible()
    assert serious_violations(settled, ".jp-Dialog-content") == []
