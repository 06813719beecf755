"""The panel of a notebook: choose, submit, watch, look inside; and what it says in trouble."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.browser import panels
from tests.browser.conftest import PATIENCE
from tests.server import BASE_URL, TOKEN, RunningServer

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
AXE = ROOT / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
MB = 1_000_000


@pytest.fixture
def server(lab_server: RunningServer, bikes: Path) -> Iterator[RunningServer]:
    """A Lab server without jobs, with two folders, a video and a text."""
    clips = lab_server.root_dir / "clips"
    clips.mkdir(exist_ok=True)
    shutil.copy(bikes, clips / "bikes.mp4")
    (clips / "notes.txt").write_text("not a video")
    yield lab_server
    with lab_server.client() as client:
        for job in client.get("jobs").json()["jobs"]:
            client.post(f"jobs/{job['job_id']}/cancel")
            client.delete(f"jobs/{job['job_id']}")


def test_a_file_of_the_server_is_chosen_analyzed_with_parameters_and_looked_into(
    server: RunningServer, context: BrowserContext
) -> None:
    page = panels.open_panel(
        server, context, "print(panel.params, panel.client.status(panel.job_id)['status'])"
    )
    panel = panels.panel_of(page)
    panel.get_by_label("Pipeline", exact=True).select_option("objects")
    least = panel.get_by_label("Min score")
    least.fill("7")
    expect(panel.get_by_role("alert")).to_have_text("This must be within 0.01 … 1.")
    panel.get_by_role("radio", name="On the server").click()
    panel.get_by_role("button", name="clips").click()
    files = panel.get_by_role("list", name="Folders and videos")
    expect(files.get_by_role("listitem")).to_have_count(1)
    files.get_by_role("button", name="bikes.mp4").click()
    panel.get_by_role("button", name="Analyze").click()
    expect(panel.get_by_text("Something in the form can’t be so")).to_be_visible()
    least.fill("0.5")
    panel.get_by_role("button", name="Analyze").click()
    expect(panels.job_row(page)).to_be_visible(timeout=PATIENCE)
    panel.get_by_role("button", name="Look into").click()
    counts = panel.get_by_role("list", name="What was found")
    expect(counts).to_contain_text("person", timeout=PATIENCE)
    expect(panel.locator(".jp-videojobs-viewer video")).to_be_attached(timeout=PATIENCE)
    page.wait_for_function("document.querySelector('.jp-videojobs-nb video').readyState >= 2")
    panels.run_cell(page, 1)
    said = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    expect(said).to_have_text("{'objects': {'min_score': 0.5}} completed", timeout=PATIENCE)


def test_what_the_server_refuses_stands_at_its_field_and_a_typed_path_is_judged(
    server: RunningServer, context: BrowserContext
) -> None:
    page = panels.open_panel(
        server, context, "panel.pipeline_id = 'motion'\npanel.params = {'motion': {'max_side': 31}}"
    )
    panel = panels.panel_of(page)
    panels.run_cell(page, 1)
    expect(panel.get_by_label("Pipeline", exact=True)).to_have_value("motion", timeout=PATIENCE)
    expect(panel.get_by_label("Max side")).to_have_value("31")
    panel.get_by_role("radio", name="On the server").click()
    path = panel.get_by_label("Path in the server’s folder")
    path.fill("clips/bikes.mp4")
    path.press("Enter")
    field = panel.locator(".jp-videojobs-nb-field", has=page.get_by_label("Max side"))
    expect(field.get_by_role("alert")).to_contain_text("greater than or equal to 32")
    field.get_by_role("button", name="Reset").click()
    path.fill("clips/notes.txt")
    path.press("Enter")
    expect(panel.get_by_role("alert").last).to_contain_text("not a video")
    path.fill("../../etc/passwd")
    path.press("Enter")
    expect(panel.get_by_role("alert").last).not_to_contain_text("not a video")
    expect(panel.get_by_role("alert").last).to_be_visible()


def test_a_bar_moves_a_job_is_cancelled_retried_deleted_and_the_panel_outlives_its_kernel(
    server: RunningServer, context: BrowserContext, bikes: Path
) -> None:
    page = panels.open_panel(server, context)
    panel = panels.panel_of(page)
    panel.get_by_label("Pipeline", exact=True).select_option("ocr")
    panel.get_by_text("Frames and name").click()
    panel.get_by_label("Every n-th frame").fill("1")
    watch_the_bar(page)
    panels.send(page, bikes)
    page.wait_for_function("window.seen.filter(value => value > 0 && value < 100).length >= 2")
    panel.get_by_role("button", name="Cancel").click()
    expect(panels.job_row(page, "failed")).to_contain_text("Cancelled", timeout=PATIENCE)
    restart_kernels(server)
    panel.get_by_label("Pipeline", exact=True).select_option("motion")
    panels.send(page, bikes)
    expect(panels.job_row(page)).to_contain_text("Motion", timeout=PATIENCE)
    page.reload()
    panels.wait_until_idle(page)
    panels.show_panel(page)
    jobs = panel.get_by_role("list", name="Jobs").locator("[data-job]")
    expect(jobs).to_have_count(2, timeout=PATIENCE)
    panels.job_row(page, "failed").get_by_role("button", name="Retry").click()
    expect(panels.job_row(page, "failed")).to_have_count(0, timeout=PATIENCE)
    panel.get_by_role("button", name="Cancel").click(timeout=PATIENCE)
    failed = panels.job_row(page, "failed")
    failed.get_by_role("button", name="Delete").click(timeout=PATIENCE)
    failed.get_by_role("button", name="Delete it").click()
    expect(jobs).to_have_count(1, timeout=PATIENCE)


def test_a_page_without_a_server_sends_files_through_the_kernel_piece_by_piece(
    server: RunningServer, context: BrowserContext, bikes: Path, tmp_path: Path
) -> None:
    film = panels.padded(bikes, tmp_path / "relayed.mp4", 21 * MB)
    panels.write_notebook(server, panels.SHOW, name="relay.ipynb")
    page = panels.open_notebook(server, context, application="lab", name="relay.ipynb")
    page.evaluate("document.getElementById('jupyter-config-data').remove()")
    asked: list[str] = []

    def note(request: Request) -> None:
        if "nb" in request.url and "v1/video" in request.url:
            asked.append(request.url)

    page.on("request", note)
    panels.show_panel(page)
    panel = panels.panel_of(page)
    panel.get_by_label("Pipeline", exact=True).select_option("motion", timeout=PATIENCE)
    panels.send(page, film)
    expect(panels.job_row(page)).to_contain_text("relayed.mp4", timeout=PATIENCE)
    assert panels.sha256(film) in panels.stored(server)
    panel.get_by_role("button", name="Look into").click()
    expect(panel.get_by_role("list", name="What was found")).to_contain_text("motion")
    panel.get_by_role("radio", name="On the server").click()
    expect(panel.get_by_role("button", name="clips")).to_be_visible(timeout=PATIENCE)
    text = tmp_path / "letter.mp4"
    text.write_text("Dear reader, this is no film.\n" * 1000)
    panel.get_by_role("radio", name="From this computer").click()
    panels.send(page, text)
    expect(panels.upload_row(page).get_by_role("alert")).to_contain_text("not a video")
    assert asked == []


def test_what_was_sent_and_never_submitted_is_analyzed_without_the_file_or_deleted(
    server: RunningServer, context: BrowserContext, bikes: Path
) -> None:
    for name in ("lost.mp4", "old.mp4"):
        send_by_tus(server, name, bikes.read_bytes())
    page = panels.open_panel(server, context)
    panel = panels.panel_of(page)
    panel.get_by_label("Pipeline", exact=True).select_option("motion")
    rows = panel.get_by_role("list", name="Uploads").get_by_role("listitem")
    expect(rows).to_have_count(2, timeout=PATIENCE)
    rows.filter(has_text="old.mp4").get_by_role("button", name="Delete").click()
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name="Analyze").click()
    expect(panels.job_row(page)).to_contain_text("lost.mp4", timeout=PATIENCE)
    expect(rows).to_have_count(0)


def test_trouble_is_said_in_the_panel_and_tried_again(
    server: RunningServer, context: BrowserContext
) -> None:
    nowhere = (
        "from videojobs_ext import Client, VideoJobsPanel\n"
        "panel = VideoJobsPanel(Client('http://127.0.0.1:9/'))\npanel"
    )
    page = panels.open_panel(server, context, show=nowhere)
    panel = panels.panel_of(page)
    expect(panel.get_by_role("alert")).to_contain_text("No answer from", timeout=PATIENCE)
    panel.get_by_role("button", name="Try again").click()
    expect(panel.get_by_role("alert")).to_contain_text("No answer from", timeout=PATIENCE)
    page.close()

    panels.write_notebook(server, panels.SHOW, name="stranger.ipynb")
    page = panels.open_notebook(server, context, application="lab", name="stranger.ipynb")
    page.evaluate(
        """() => {
            const element = document.getElementById('jupyter-config-data');
            const config = JSON.parse(element.textContent);
            element.textContent = JSON.stringify({ ...config, token: 'wrong' });
        }"""
    )
    context.clear_cookies()
    panels.show_panel(page)
    panel = panels.panel_of(page)
    expect(panel.get_by_role("alert")).to_contain_text("Log in again in another tab")
    context.new_page().goto(f"{server.url}lab?token={TOKEN}")
    page.bring_to_front()
    panel.get_by_role("button", name="Try again").click()
    expect(panel.get_by_text("Drop videos here")).to_be_visible(timeout=PATIENCE)


def test_a_dropped_file_is_taken_by_the_panel_not_by_the_notebook(
    server: RunningServer, context: BrowserContext, bikes: Path
) -> None:
    page = panels.open_panel(server, context)
    panel = panels.panel_of(page)
    zone = panel.get_by_role("group", name="Videos of this computer")
    data = page.evaluate_handle(
        """async url => {
            const bytes = await (await fetch(url)).arrayBuffer();
            const data = new DataTransfer();
            data.items.add(new File([bytes], 'dropped.mp4', { type: 'video/mp4' }));
            return data;
        }""",
        f"{BASE_URL}files/clips/bikes.mp4",
    )
    zone.dispatch_event("dragover", {"dataTransfer": data})
    expect(zone).to_have_class("jp-videojobs-nb-drop jp-mod-over")
    zone.dispatch_event("drop", {"dataTransfer": data})
    expect(panels.job_row(page)).to_contain_text("dropped.mp4", timeout=PATIENCE)


def test_it_can_be_read_in_light_and_dark_with_an_upload_a_running_and_a_completed_job(
    server: RunningServer, context: BrowserContext, bikes: Path, tmp_path: Path
) -> None:
    page = panels.open_panel(server, context)
    panel = panels.panel_of(page)
    page.set_viewport_size({"width": 1320, "height": 1000})
    page.add_script_tag(path=AXE)
    panel.get_by_label("Pipeline", exact=True).select_option("objects")
    panels.send(page, Path(shutil.copy(bikes, tmp_path / "street.mp4")))
    expect(panels.job_row(page)).to_be_visible(timeout=PATIENCE)
    panel.get_by_label("Pipeline", exact=True).select_option("ocr")
    panel.get_by_text("Frames and name").click()
    panel.get_by_label("Every n-th frame").fill("1")
    panels.send(page, Path(shutil.copy(bikes, tmp_path / "signs.mp4")))
    expect(panels.job_row(page, "running").get_by_role("progressbar")).to_be_visible()
    panel.get_by_label("Every n-th frame").fill("")
    panel.get_by_text("Frames and name").click()
    panel.get_by_label("Pipeline", exact=True).select_option("motion")
    panels.Network(page, 3 * MB)
    panels.send(page, panels.padded(bikes, tmp_path / "harbour.mp4", 60 * MB))
    panels.wait_for_percent(page, 12)
    for theme, name in (("JupyterLab Light", "panel"), ("JupyterLab Dark", "panel-dark")):
        page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
        )
        light = str(theme.endswith("Light")).lower()
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)
        expect(page.locator("#jupyterlab-splash")).to_have_count(0)
        assert axe(page) == []
        if os.environ.get("VIDEOJOBS_PICTURES") == "1":
            page.add_style_tag(content=".Toastify { display: none }")  # "Jupyter news?"
            panel.screenshot(path=PICTURES / f"{name}.png")
    panel.get_by_role("button", name="Remove harbour.mp4").click()
    expect(panel.get_by_text("harbour.mp4")).to_have_count(0)


def send_by_tus(server: RunningServer, name: str, content: bytes) -> None:
    """Send a file as another page might have done before it was closed."""
    tus = {"Tus-Resumable": "1.0.0"}
    said = f"filename {base64.b64encode(name.encode()).decode()}"
    with server.client() as client:
        client.headers.update(tus)
        made = client.post(
            "uploads", headers={"Upload-Length": str(len(content)), "Upload-Metadata": said}
        )
        client.patch(
            f"uploads/{made.json()['upload_id']}",
            content=content,
            headers={"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"},
        ).raise_for_status()


def axe(page: Page) -> list[str]:
    """What axe-core finds wrong with the panel."""
    return page.evaluate(
        "async () => (await axe.run('.jp-videojobs-nb')).violations"
        ".map(each => `${each.id}: ${each.nodes.map(node => node.html).join(' ')}`)"
    )


def watch_the_bar(page: Page) -> None:
    """Note every value that the bar of a running job takes, in ``window.seen``."""
    page.evaluate(
        """() => {
            window.seen = [];
            new MutationObserver(() => {
                const bar = document.querySelector('[data-state=running] [role=progressbar]');
                const value = bar?.getAttribute('aria-valuenow');
                if (value != null && Number(value) !== window.seen.at(-1)) {
                    window.seen.push(Number(value));
                }
            }).observe(document.querySelector('.jp-videojobs-nb'),
                       { subtree: true, childList: true, attributes: true });
        }"""
    )


def restart_kernels(server: RunningServer) -> None:
    headers = {"Authorization": f"token {TOKEN}"}
    kernels = httpx.get(f"{server.url}api/kernels", headers=headers, timeout=60).json()
    for kernel in kernels:
        url = f"{server.url}api/kernels/{kernel['id']}/restart"
        httpx.post(url, headers=headers, timeout=60).raise_for_status()
