"""What the side panel says where there is nothing to list."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import LAB, open_lab, serious_violations
from tests.server import RunningServer


def test_a_server_without_the_extension_is_told_of_with_what_to_do(
    start_server: Callable[..., RunningServer], context: BrowserContext
) -> None:
    without = "--ServerApp.jpserver_extensions={'videojobs_ext': False}"
    page = open_lab(start_server(*LAB, without, application="jupyterlab"), context)
    page.evaluate("window.jupyterapp.commands.execute('videojobs:show-panel')")
    notice = page.locator(".jp-videojobs-alert")
    expect(notice).to_contain_text("This Jupyter server runs without videojobs.")
    expect(notice).to_contain_text("Install videojobs_ext")
    assert serious_violations(page, ".jp-videojobs-panel") == []


def test_an_empty_panel_tells_how_to_begin(lab: Page, take_picture: Callable[..., None]) -> None:
    lab.evaluate("window.jupyterapp.commands.execute('videojobs:show-panel')")
    expect(lab.get_by_text("No video jobs yet")).to_be_visible()
    expect(lab.get_by_text("Drop a video from your desktop here.")).to_be_visible()
    assert serious_violations(lab, ".jp-videojobs-panel") == []
    take_picture(lab, "lab-empty", x=0, y=0, width=700, height=520)
    lab.get_by_role("button", name="Analyze a video").last.click()
    expect(lab.locator(".jp-Dialog")).to_be_visible()
