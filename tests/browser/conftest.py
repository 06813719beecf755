"""A real browser, and pages of real JupyterLab and Notebook servers in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.server import TOKEN, RunningServer

CHROMIUM = "/usr/bin/chromium"
REPOSITORY = Path(__file__).parents[2]
AXE = REPOSITORY / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
#: The pictures of the docs.
PICTURES = REPOSITORY / "docs" / "pictures"

#: Chromium has no business with the world outside.
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: Milliseconds. Two cores are shared with the server, its kernels and its jobs.
PATIENCE = 60_000

LAB = (
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=None",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, and give it the time that pages take."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("browser")
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """Keep pytest-jupyter's event loop away: Playwright runs its own in this thread."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """Leave nothing to pytest-jupyter: these servers are processes."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium, headless; without it, tests skip here and fail in CI.

    It ends with this package: as long as it lives, Playwright's event loop runs in this thread, and
    the tests of others could start none.
    """
    if not Path(CHROMIUM).exists() and "CI" not in os.environ:
        pytest.skip(f"needs {CHROMIUM}: apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, args=ARGUMENTS
        )
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a browser profile of its own, as wide as a laptop's screen."""
    made = browser.new_context(viewport={"width": 1400, "height": 900})
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture(scope="module")
def lab_server(start_server: Callable[..., RunningServer]) -> RunningServer:
    """A JupyterLab server that the tests of a module share."""
    return start_server(*LAB, application="jupyterlab")


@pytest.fixture(scope="module")
def notebook_server(start_server: Callable[..., RunningServer]) -> RunningServer:
    """A Notebook 7 server that the tests of a module share."""
    return start_server(*LAB[1:], application="notebook")


@pytest.fixture
def lab(lab_server: RunningServer, context: BrowserContext) -> Page:
    """Return JupyterLab, started, in a workspace of its own; errors of the page fail the test."""
    return open_lab(lab_server, context)


def open_lab(server: RunningServer, context: BrowserContext, workspace: str = "") -> Page:
    """Open JupyterLab, logged in, and return once its shell stands."""
    page = context.new_page()
    path = f"lab/workspaces/{workspace}" if workspace else "lab"
    reset = "" if workspace else "&reset"
    page.goto(f"{server.url}{path}?token={TOKEN}{reset}")
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate("window.jupyterapp.restored")
    return page


class VideoRequests(list[str]):
    """What a page asks of videojobs, as method and path below ``v1/video/``, in order."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        base, found, path = request.url.partition("/v1/video/")
        if found and base:
            self.append(f"{request.method} {path}")


def serious_violations(page: Page, selector: str) -> list[str]:
    """Return what axe-core finds serious or critical in a part of a page."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("selector => axe.run(selector, {resultTypes: ['violations']})", selector)
    return [
        f"{violation['id']}: {violation['help']}: {node['html']}"
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


@pytest.fixture
def take_picture() -> Callable[..., None]:
    """A function that keeps a picture of a page for the docs, where VIDEOJOBS_PICTURES=1 asks."""

    def take(page: Page, name: str, **clip: float) -> None:
        if os.environ.get("VIDEOJOBS_PICTURES") == "1":
            # Lab's question whether one wants news is no part of ours.
            page.add_style_tag(content=".Toastify { display: none }")
            page.screenshot(path=PICTURES / f"{name}.png", clip=clip or None)

    return take
