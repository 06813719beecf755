"""VideoJobViewer in a cell: kernel and page follow one another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.viewers import wait_for_frame
from tests.server import TOKEN, RunningServer, wait_for

CELLS = [
    'from videojobs_ext import VideoJobViewer\n\nviewer = VideoJobViewer("{job}")\nviewer',
    "viewer.seek(5.72)",
    "print(viewer.frame, viewer.time)",
]


@pytest.fixture(scope="module")
def job(notebook_server: RunningServer, bikes: Path) -> str:
    """Traffic, tracked."""
    with notebook_server.client() as client, bikes.open("rb") as file:
        answer = client.post(
            "submit",
            data={"pipeline_id": "line_counting", "name": "Bikes at the crossing"},
            files={"file": ("bikes.mp4", file)},
        )
        job_id = str(answer.raise_for_status().json()["job_id"])
        assert wait_for(client, job_id, limit=120)["status"] == "completed"
    return job_id


def write_notebook(folder: Path, cells: list[str]) -> str:
    """Write a notebook and return its name."""
    content = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / "viewer.ipynb").write_text(json.dumps(content))
    return "viewer.ipynb"


def run_cell(page: Page, number: int) -> None:
    """Run a cell as people do."""
    page.locator(".jp-CodeCell").nth(number).locator(".jp-InputArea-editor").click()
    page.keyboard.press("Shift+Enter")


def test_a_cell_shows_the_viewer_and_kernel_and_page_follow_one_another(
    notebook_server: RunningServer,
    context: BrowserContext,
    job: str,
    take_picture: Callable[..., None],
) -> None:
    cells = [cell.replace("{job}", job) for cell in CELLS]
    name = write_notebook(notebook_server.root_dir, cells)
    page = context.new_page()
    page.goto(f"{notebook_server.url}notebooks/{name}?token={TOKEN}")
    page.locator(".jp-CodeCell").first.wait_for()
    run_cell(page, 0)
    page.wait_for_selector(".jp-videojobs-viewer-lane")
    page.wait_for_selector(".jp-videojobs-viewer-stage canvas[data-frame]")
    run_cell(page, 1)
    wait_for_frame(page, 143)
    page.wait_for_selector("tr.jp-mod-current")
    page.locator(".jp-CodeCell").first.scroll_into_view_if_needed()
    page.locator(".jp-videojobs-viewer").hover()
    take_picture(page, "viewer-notebook")
    page.locator(".jp-videojobs-viewer").focus()
    page.keyboard.press(".")
    wait_for_frame(page, 144)
    page.keyboard.press("m")  # the notebook's own key for a Markdown cell
    run_cell(page, 2)
    expect(page.locator(".jp-CodeCell").nth(2).locator(".jp-OutputArea-output")).to_have_text(
        "144 5.76\n"
    )
