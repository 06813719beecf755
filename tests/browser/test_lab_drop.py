"""Videos that are dropped onto the side panel."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.server import RunningServer

#: Milliseconds in which an upload and a job end, on a busy machine.
SOON = 60_000


@pytest.fixture
def panel(lab: Page) -> Page:
    lab.evaluate("window.jupyterapp.commands.execute('videojobs:show-panel')")
    lab.wait_for_selector(".jp-videojobs-panel")
    return lab


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    """Drop files onto the panel, as from the desktop."""
    named = [[name, base64.b64encode(content).decode()] for name, content in files]
    page.evaluate(
        """files => {
            const dataTransfer = new DataTransfer();
            for (const [name, content] of files) {
                const bytes = Uint8Array.from(atob(content), sign => sign.charCodeAt(0));
                dataTransfer.items.add(new File([bytes], name));
            }
            const panel = document.querySelector('.jp-videojobs-panel');
            for (const type of ['dragenter', 'dragover', 'drop']) {
                const options = { dataTransfer, bubbles: true, cancelable: true };
                panel.dispatchEvent(new DragEvent(type, options));
            }
        }""",
        named,
    )


def dialog(page: Page) -> Locator:
    return page.locator(".jp-Dialog", has_text="Analyze Video")


def test_a_video_of_the_desktop_is_sent_and_becomes_a_job(panel: Page, bikes: Path) -> None:
    drop(panel, ("dropped.mp4", bikes.read_bytes()))
    dialog(panel).wait_for(timeout=SOON)
    expect(dialog(panel)).to_contain_text("dropped.mp4")
    dialog(panel).get_by_role("button", name="Analyze", exact=True).click()
    row = panel.locator(".jp-videojobs-row", has_text="dropped.mp4").first
    expect(row).to_have_attribute("data-status", "completed", timeout=SOON)
    expect(panel.locator(".jp-videojobs-upload")).to_have_count(0)


def test_an_upload_whose_dialog_was_closed_waits_for_its_pipeline(panel: Page, bikes: Path) -> None:
    # Other bytes than in other tests: the same ones are on the server already.
    drop(panel, ("later.mp4", bikes.read_bytes() + b"\0" * 7))
    dialog(panel).wait_for(timeout=SOON)
    dialog(panel).get_by_role("button", name="Cancel").click()
    upload = panel.locator(".jp-videojobs-upload", has_text="later.mp4")
    expect(upload).to_contain_text("On the server")
    upload.get_by_role("button", name="Analyze").click()
    expect(dialog(panel)).to_contain_text("later.mp4")
    dialog(panel).get_by_role("button", name="Cancel").click()
    upload.get_by_role("button", name="Remove the upload of later.mp4").click()
    expect(upload).to_have_count(0)


def test_what_is_no_video_is_refused_with_a_reason(panel: Page) -> None:
    drop(panel, ("notes.mp4", b"no video, however it is called" * 1000))
    upload = panel.locator(".jp-videojobs-upload", has_text="notes.mp4")
    expect(upload).to_have_attribute("data-state", "failed", timeout=SOON)
    expect(upload.get_by_role("alert")).not_to_have_text("")
    expect(dialog(panel)).to_have_count(0)


def test_a_file_of_the_server_is_dragged_from_the_file_browser(
    panel: Page, lab_server: RunningServer, bikes: Path
) -> None:
    shutil.copy(bikes, lab_server.root_dir / "on server.mp4")
    panel.evaluate(
        """async paths => {
            const panel = document.querySelector('.jp-videojobs-panel');
            const mimeData = {
                hasData: type => type === 'application/x-jupyter-icontents',
                getData: () => paths
            };
            for (const type of ['lm-dragenter', 'lm-dragover', 'lm-drop']) {
                const event = new Event(type, { bubbles: true, cancelable: true });
                panel.dispatchEvent(Object.assign(event, { mimeData }));
            }
        }""",
        ["on server.mp4"],
    )
    dialog(panel).wait_for()
    expect(dialog(panel).get_by_role("textbox").first).to_have_value("on server.mp4")
