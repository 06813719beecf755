"""Magics typed by a person: in JupyterLab and in Notebook 7, below a prefix."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import PATIENCE
from tests.server import TOKEN, RunningServer

CELLS = (
    "%load_ext videojobs_ext",
    "job = %videojob submit clip.mp4 -p scene_cuts --wait",
    "%videojob results --step cuts",
    "%videojobs completed",
    "%%videosql\nSELECT label, count(*) AS n FROM rows WHERE label = 'cut' GROUP BY ALL",
)


@pytest.fixture(params=["lab", "notebook"])
def page(request: pytest.FixtureRequest, context: BrowserContext, bikes: Path) -> Page:
    """A notebook with magics in it, opened and with its kernel idle."""
    server: RunningServer = request.getfixturevalue(f"{request.param}_server")
    shutil.copy(bikes, server.root_dir / "clip.mp4")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
    )
    nbformat.write(notebook, server.root_dir / "magics.ipynb")
    opened = context.new_page()
    path = {"lab": "lab/tree/magics.ipynb", "notebook": "notebooks/magics.ipynb"}[request.param]
    opened.goto(f"{server.url}{path}?token={TOKEN}&reset")
    expect(opened.locator(".jp-CodeCell")).to_have_count(len(CELLS), timeout=PATIENCE)
    expect(opened.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")).to_be_visible(
        timeout=PATIENCE
    )
    return opened


def test_magics_run_from_the_keyboard_and_the_tab_key_completes_them(page: Page) -> None:
    cells = page.locator(".jp-CodeCell")
    for number in range(len(CELLS)):
        cells.nth(number).locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        expect(cells.nth(number).locator(".jp-InputPrompt")).to_have_text(
            f"[{number + 1}]:", timeout=PATIENCE
        )
    expect(output(cells.nth(1))).to_contain_text("250/250 frames, done")
    expect(output(cells.nth(2)).locator("tbody tr")).to_have_count(5)
    expect(output(cells.nth(3)).locator("tbody tr").first).to_contain_text("scene_cuts")
    expect(output(cells.nth(4)).locator("tbody td").last).to_have_text("5")
    last = cells.nth(len(CELLS)).locator(".cm-content")
    last.click()
    page.keyboard.type("%videojob submit clip.mp4 -p line_c")
    page.keyboard.press("Tab")
    offered = page.locator(".jp-Completer-item")
    expect(offered.first).to_contain_text("line_counting", timeout=PATIENCE)
    page.keyboard.press("Enter")
    expect(last).to_contain_text("-p line_counting", timeout=PATIENCE)


def output(cell: Locator) -> Locator:
    """Where a cell shows what it gives."""
    return cell.locator(".jp-OutputArea")
