"""The server goes away in the middle of a job and comes back; the page says so and goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import LAB, open_lab
from tests.clips import ClipFactory
from tests.server import RunningServer, wait_for

#: Milliseconds until the page must have tried again, on a busy machine.
SOON = 60_000


@pytest.fixture
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(*LAB, application="jupyterlab")


def test_a_killed_server_is_survived_with_a_word_and_the_job_ends_once(
    server: RunningServer,
    start_server: Callable[..., RunningServer],
    context: BrowserContext,
    clips: ClipFactory,
) -> None:
    video = clips.make(frames=3000, width=320, height=240)
    page = open_lab(server, context)
    page.evaluate("window.jupyterapp.commands.execute('videojobs:show-panel')")
    with server.client() as client, video.open("rb") as file:
        answer = client.post(
            "submit",
            data={"pipeline_id": "objects", "name": "Interrupted", "max_frames": "600"},
            files={"file": (video.name, file)},
        )
        job_id = answer.raise_for_status().json()["job_id"]
    row = page.locator(f'.jp-videojobs-row[data-job="{job_id}"]')
    expect(row).to_have_attribute("data-status", "running", timeout=SOON)

    server.kill()
    notice = page.locator(".jp-videojobs-alert")
    expect(notice).to_contain_text("The Jupyter server does not answer.", timeout=SOON)
    expect(notice).to_contain_text("Jobs go on")
    # What was known stays in sight.
    expect(row).to_contain_text("Interrupted")

    again = start_server(*LAB, application="jupyterlab", home=server.home, port=server.port)
    expect(notice).to_have_count(0, timeout=SOON)
    with again.client() as client:
        assert wait_for(client, job_id)["status"] == "completed"
    expect(row).to_have_attribute("data-status", "completed", timeout=SOON)
    expect(page.locator(".Toastify__toast", has_text="“Interrupted” is completed.")).to_have_count(
        1
    )
