"""The panel in a notebook, opened and run as a person would."""

from __future__ import annotations

import nbformat
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import PATIENCE
from tests.server import TOKEN, RunningServer

SHOW = "from videojobs_ext import VideoJobsPanel\npanel = VideoJobsPanel()\npanel"


def open_panel(
    server: RunningServer,
    context: BrowserContext,
    *more: str,
    application: str = "lab",
    show: str = SHOW,
    name: str = "panel.ipynb",
) -> Page:
    """Open a notebook whose first cell shows the panel, and run that; ``more`` cells follow."""
    write_notebook(server, show, *more, name=name)
    page = open_notebook(server, context, application=application, name=name)
    run_cell(page, 0)
    return page


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
