"""The side panel in Notebook 7."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.server import TOKEN, RunningServer, wait_for


def test_the_panel_opens_from_the_view_menu_and_lists_jobs(
    notebook_server: RunningServer, context: BrowserContext, bikes: Path
) -> None:
    with notebook_server.client() as client, bikes.open("rb") as file:
        answer = client.post(
            "submit",
            data={"pipeline_id": "scene_cuts", "name": "In the tree"},
            files={"file": (bikes.name, file)},
        )
        job_id = answer.raise_for_status().json()["job_id"]
        wait_for(client, job_id)
    page = context.new_page()
    page.goto(f"{notebook_server.url}tree?token={TOKEN}")
    page.get_by_role("menuitem", name="View", exact=True).click()
    page.locator(".lm-Menu-item", has_text="Video Jobs").first.click()
    row = page.locator(f'.jp-videojobs-row[data-job="{job_id}"]')
    expect(row).to_contain_text("In the tree")
    expect(row).to_have_attribute("data-status", "completed")
