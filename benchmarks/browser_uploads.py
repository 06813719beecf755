"""Uploads from a real page: the panel's, JupyterLab's own, and ipywidgets' FileUpload.

``python -m benchmarks.browser_uploads``, by hand: it needs Debian's chromium, and takes minutes.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.clip import make_clip
from tests.browser import panels
from tests.browser.conftest import ARGUMENTS, CHROMIUM, LAB
from tests.server import RunningServer, start

MIB = 1024 * 1024

#: Milliseconds after which an upload counts as lost.
LOST = 120_000

#: What FileUpload can do at most, and a little more: tornado's websockets take 10 MiB.
FITS, TOO_LARGE = 7 * MIB, 12 * MIB

WIDGET = """
from pathlib import Path
from ipywidgets import FileUpload
upload = FileUpload()
upload.observe(lambda change: Path("came").write_text(str(upload.value[0].size)), "value")
upload
"""


@dataclass(frozen=True)
class Cost:
    """Bytes a second, and by how many bytes the page's process grew at most."""

    speed: float
    growth: int


def main() -> None:
    """Send the same file each way in turn, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary)
        clip = make_clip(folder / "clip.mp4", 10)
        server = start(folder / "server", *LAB, application="jupyterlab")
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, args=ARGUMENTS
        )
        try:
            costs: dict[str, list[Cost]] = {}
            for number in range(options.rounds):
                page = open_page(server, browser.new_page())
                for name, size, way in (
                    ("VideoJobsPanel", options.megabytes * MIB, by_panel),
                    ("JupyterLab's file browser", options.megabytes * MIB, by_lab),
                    ("FileUpload, 7 MiB", FITS, by_widget),
                ):
                    path = panels.padded(clip, folder / f"{number}-{size}.mp4", size)
                    costs.setdefault(name, []).append(measured(page, server, path, way))
                page.close()
            page = open_page(server, browser.new_page())
            path = panels.padded(clip, folder / "too-large.mp4", TOO_LARGE)
            lost = is_lost(lambda: by_widget(page, server, path))
        finally:
            browser.close()
            server.stop()
    console.print(table_of(costs, options.megabytes, options.rounds))
    console.print(f"FileUpload, 12 MiB: {'lost' if lost else 'arrived'}")


def open_page(server: RunningServer, page: Page) -> Page:
    """Return a page with the panel and a FileUpload in it."""
    page.set_default_timeout(LOST)
    name = f"{time.monotonic_ns()}.ipynb"
    panels.write_notebook(server, panels.SHOW, WIDGET, name=name)
    page.goto(f"{server.url}lab/tree/{name}?token={server.token}&reset")
    panels.wait_until_idle(page)
    panels.show_panel(page)
    panels.run_cell(page, 1)
    expect(page.locator(".widget-upload")).to_be_visible(timeout=LOST)
    return page


def by_panel(page: Page, _: RunningServer, path: Path) -> None:
    """Send to the end: on the disk, hashed, looked into, a job."""
    panels.send(page, path)
    row = panels.panel_of(page).locator(f"[data-job] [title^='{path.name}']")
    row.first.wait_for(timeout=LOST)


def by_lab(page: Page, server: RunningServer, path: Path) -> None:
    """Upload with the button of the file browser, and say yes to the warning of large files."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload Files").first.click()
    chooser.value.set_files(str(path))
    page.get_by_role("button", name="Upload", exact=True).last.click()
    arrived = server.root_dir / path.name
    while not (arrived.exists() and arrived.stat().st_size == path.stat().st_size):
        page.wait_for_timeout(20)
    arrived.unlink()


def by_widget(page: Page, server: RunningServer, path: Path) -> None:
    """Upload with FileUpload, until the kernel has it."""
    came = server.root_dir / "came"
    came.unlink(missing_ok=True)
    with page.expect_file_chooser() as chooser:
        page.locator(".widget-upload").click()
    chooser.value.set_files(str(path))
    deadline = time.monotonic() + 30
    while not (came.exists() and came.read_text() == str(path.stat().st_size)):
        if time.monotonic() > deadline:
            raise TimeoutError("The kernel never got it.")
        page.wait_for_timeout(20)


def is_lost(upload: Callable[[], None]) -> bool:
    """Tell whether an upload never arrives."""
    try:
        upload()
    except TimeoutError:
        return True
    return False


def measured(
    page: Page,
    server: RunningServer,
    path: Path,
    way: Callable[[Page, RunningServer, Path], None],
) -> Cost:
    """Upload a file one way, delete it, and return what it cost."""
    size = path.stat().st_size
    with growth() as grown:
        began = time.monotonic()
        way(page, server, path)
        seconds = time.monotonic() - began
    path.unlink()
    return Cost(size / seconds, grown[0])


@contextmanager
def growth() -> Iterator[list[int]]:
    """Watch the largest process that shows a page; the result is its growth in bytes."""
    over = threading.Event()
    grown = [0]
    before = _largest_renderer()

    def watch() -> None:
        while not over.wait(0.05):
            grown[0] = max(grown[0], _largest_renderer() - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield grown
    finally:
        over.set()
        watcher.join()


def _largest_renderer() -> int:
    sizes = [0]
    for process in psutil.Process().children(recursive=True):
        try:
            if "--type=renderer" in process.cmdline():
                sizes.append(process.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return max(sizes)


def table_of(costs: dict[str, list[Cost]], megabytes: int, rounds: int) -> Table:
    """Return the medians, each way beside the first one of the same round."""
    table = Table(title=f"An upload of {megabytes} MiB from a page, {rounds} rounds")
    for column in ("how", "MiB/s", "to the panel", "page's memory"):
        table.add_column(column, justify="left" if column == "how" else "right")
    (ours, *_) = costs.values()
    for name, each in costs.items():
        speed = statistics.median(cost.speed for cost in each)
        # Each round by itself: the machine may have been busy with other things in one of them.
        ratio = statistics.median(
            cost.speed / our.speed for cost, our in zip(each, ours, strict=True)
        )
        grown = max(cost.growth for cost in each)
        table.add_row(name, f"{speed / MIB:.0f}", f"{ratio:.2f}", f"+{grown / MIB:.0f} MiB")
    return table


if __name__ == "__main__":
    main()
