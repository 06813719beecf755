"""The panel in a notebook, opened and run as a person would."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path
from uuid import uuid4

import nbformat
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import PATIENCE
from tests.server import TOKEN, RunningServer

BLOCK = 8 * 1024 * 1024

SHOW = "from videojobs_ext import VideoJobsPanel\npanel = VideoJobsPanel()\npanel"


def open_panel(
    server: RunningServer,
    context: BrowserContext,
    *more: str,
    application: str = "lab",
    show: str = SHOW,
    name: str | None = None,
) -> Page:
    """Open a new notebook whose first cell shows the panel, and run that; ``more`` cells follow."""
    # A notebook of the same name would have the kernel of the test before, which may be busy.
    name = name or f"{uuid4().hex}.ipynb"
    write_notebook(server, show, *more, name=name)
    page = open_notebook(server, context, application=application, name=name)
    show_panel(page)
    return page


def show_panel(page: Page) -> None:
    """Run the first cell; once more where a kernel that has just started didn't hear of it."""
    prompt = page.locator(".jp-CodeCell").first.locator(".jp-InputPrompt")
    for _ in range(4):
        run_cell(page, 0)
        with contextlib.suppress(AssertionError):
            expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=6_000)
            break
    expect(panel_of(page)).to_be_visible(timeout=PATIENCE)


def write_notebook(server: RunningServer, *cells: str, name: str) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
    )
    nbformat.write(notebook, server.root_dir / name)


def open_notebook(
    server: RunningServer, context: BrowserContext, *, application: str, name: str
) -> Page:
    page = context.new_page()
    path = {"lab": f"lab/tree/{name}", "notebook": f"notebooks/{name}"}[application]
    reset = "&reset" if application == "lab" else ""
    page.goto(f"{server.url}{path}?token={TOKEN}{reset}")
    wait_until_idle(page)
    return page


def wait_until_idle(page: Page) -> None:
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")).to_be_visible(
        timeout=PATIENCE
    )


def run_cell(page: Page, number: int) -> None:
    """Run a cell by the keyboard; returns at once."""
    page.locator(".jp-CodeCell").nth(number).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def panel_of(page: Page) -> Locator:
    return page.locator(".jp-videojobs-nb").first


def send(page: Page, *paths: Path) -> None:
    """Choose files of this computer, as in the file chooser."""
    panel_of(page).get_by_label("Files to send").set_input_files([str(path) for path in paths])


def upload_row(page: Page) -> Locator:
    return panel_of(page).get_by_role("list", name="Uploads").get_by_role("listitem").first


def wait_for_percent(page: Page, percent: int) -> None:
    """Wait until so much of the first upload is on its way."""
    bar = upload_row(page).get_by_role("progressbar")
    handle = bar.element_handle(timeout=PATIENCE)
    page.wait_for_function(
        "([bar, percent]) => Number(bar.getAttribute('aria-valuenow')) >= percent",
        arg=[handle, percent],
        timeout=PATIENCE,
    )


def job_row(page: Page, state: str = "completed") -> Locator:
    jobs = panel_of(page).get_by_role("list", name="Jobs")
    return jobs.locator(f"[data-state={state}]").first


class Network:
    """A page's line to the server: how fast it is, and whether there is one."""

    def __init__(self, page: Page, bytes_per_second: float) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Network.enable")
        self._bytes_per_second = bytes_per_second
        self.restore()

    def cut(self) -> None:
        self._emulate(offline=True)

    def restore(self) -> None:
        self._emulate(offline=False)

    def _emulate(self, *, offline: bool) -> None:
        self._session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": offline,
                "latency": 0,
                "downloadThroughput": -1,
                "uploadThroughput": self._bytes_per_second,
            },
        )


def padded(video: Path, to: Path, size: int) -> Path:
    """Copy an MP4 with a `free` box of noise after it: as large as wanted, and still playable."""
    head = video.read_bytes()
    noise = size - len(head) - 8
    with to.open("wb") as file:
        file.write(head + (noise + 8).to_bytes(4, "big") + b"free")
        for start in range(0, noise, BLOCK):
            file.write(os.urandom(min(BLOCK, noise - start)))
    return to


def stored(server: RunningServer) -> set[str]:
    """The SHA-256 of what the server has stored as inputs, hashed again."""
    found = set()
    for path in (server.data_dir / "files" / "inputs").glob("*"):
        with path.open("rb") as file:
            found.add(hashlib.file_digest(file, "sha256").hexdigest())
    return found


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
