"""The side panel over ten thousand jobs: it asks for what is looked at, and scrolls through it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import create_engine, insert

from tests.browser.conftest import LAB, VideoRequests, open_lab
from tests.server import RunningServer
from videojobs_ext.jobs.model import Job, JobStatus, utc_now
from videojobs_ext.jobs.store import JobStore

COUNT = 10_000

#: Of the rows in the page: those on a screen, and some above and below.
A_SCREEN = 40


@pytest.fixture(scope="module")
def server(
    start_server: Callable[..., RunningServer], tmp_path_factory: pytest.TempPathFactory
) -> RunningServer:
    """A server that begins with ten thousand failed jobs, the newest one called Film 0."""
    url = f"sqlite:///{tmp_path_factory.mktemp('many') / 'jobs.db'}"
    fill(url)
    return start_server(*LAB, f"--VideoJobs.db_url={url}", application="jupyterlab")


def fill(url: str) -> None:
    store = JobStore(url)
    store.open()
    store.migrate()
    now = utc_now() - timedelta(days=1)
    store.create(film(COUNT, now - timedelta(seconds=COUNT)))
    store.close()
    # The others follow in one transaction: one by one they would take half a minute.
    columns = [column.key for column in Job.__table__.columns]
    jobs = [film(number, now - timedelta(seconds=number)) for number in range(COUNT)]
    rows = [{name: getattr(job, name) for name in columns} for job in jobs]
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(insert(Job), rows)
    engine.dispose()


def film(number: int, moment: datetime) -> Job:
    return Job(
        status=JobStatus.FAILED,
        pipeline_id="quicklook",
        pipeline="id: quicklook\nsteps: []\n",
        input_path="films/a.mp4",
        input_name="a.mp4",
        name=f"Film {number}",
        error_message="The disk was full.",
        created_at=moment,
        updated_at=moment,
        queued_at=moment,
        finished_at=moment,
    )


@pytest.fixture
def panel(server: RunningServer, context: BrowserContext) -> Page:
    page = open_lab(server, context)
    page.evaluate("window.jupyterapp.commands.execute('videojobs:show-panel')")
    page.wait_for_selector(".jp-videojobs-row")
    return page


def lists(asked: VideoRequests) -> list[dict[str, list[str]]]:
    """Return the queries for stretches of the list."""
    paths = [request.partition(" ")[2] for request in asked]
    queries = [parse_qs(urlsplit(path).query) for path in paths if path.startswith("jobs?")]
    return [query for query in queries if query["sort"] == ["-created_at"]]


def scroll_by(page: Page, pixels: int) -> None:
    page.evaluate(
        "pixels => { document.querySelector('.jp-videojobs-scroller').scrollTop += pixels }", pixels
    )


def test_only_the_beginning_of_the_list_is_asked_for(
    server: RunningServer, context: BrowserContext
) -> None:
    page = open_lab(server, context)
    asked = VideoRequests(page)
    page.evaluate("window.jupyterapp.commands.execute('videojobs:show-panel')")
    expect(page.locator(".jp-videojobs-row").first).to_contain_text("Film 0")
    expect(page.get_by_text("jobs and more")).to_be_visible()
    page.wait_for_timeout(3000)
    assert sum(int(query["limit"][0]) for query in lists(asked)) <= 250
    assert page.locator(".jp-videojobs-row").count() <= A_SCREEN


def test_the_list_grows_while_it_is_scrolled_and_keeps_few_rows_in_the_page(panel: Page) -> None:
    asked = VideoRequests(panel)
    shown = scroll_to(panel, 1000)
    assert shown == list(range(shown[0], shown[-1] + 1))
    assert len(lists(asked)) <= 30
    assert all("cursor" in query for query in lists(asked)[1:])


def test_a_refresh_deep_in_the_list_asks_for_that_stretch_and_moves_nothing(panel: Page) -> None:
    scroll_to(panel, 300)
    scroll_by(panel, -3000)
    panel.wait_for_timeout(500)
    before = panel.evaluate("document.querySelector('.jp-videojobs-scroller').scrollTop")
    shown = numbers(panel)
    asked = VideoRequests(panel)
    with panel.expect_response(re.compile(r"/jobs\?.*sort=-created_at")):
        panel.get_by_role("button", name="Refresh the list").click()
    query = lists(asked)[-1]
    assert "cursor" in query
    assert int(query["limit"][0]) <= 200
    panel.wait_for_timeout(500)
    assert panel.evaluate("document.querySelector('.jp-videojobs-scroller').scrollTop") == before
    assert numbers(panel) == shown


def test_the_last_page_is_reached_by_turning_the_order_round(panel: Page) -> None:
    panel.get_by_role("combobox", name="Order").select_option("created_at")
    expect(panel.locator(".jp-videojobs-row").first).to_contain_text(f"Film {COUNT}")


def test_one_of_ten_thousand_is_found_by_its_name(panel: Page) -> None:
    panel.get_by_role("searchbox").fill("film 7777")
    expect(panel.locator(".jp-videojobs-row")).to_have_count(1)
    expect(panel.locator(".jp-videojobs-row")).to_contain_text("Film 7777")


def scroll_to(page: Page, number: int) -> list[int]:
    """Scroll until a film is in the page, at the end of what is known each time."""
    shown = numbers(page)
    while shown[-1] < number:
        scroll_by(page, 40_000)
        page.wait_for_timeout(50)
        shown = numbers(page)
        assert page.locator(".jp-videojobs-row").count() <= A_SCREEN
    return shown


def numbers(page: Page) -> list[int]:
    """Return the numbers of the films in the page, from above; the focused row may stand apart."""
    told = page.evaluate(
        "[...document.querySelectorAll('.jp-videojobs-row')].filter(row => row.tabIndex < 0)"
        ".map(row => row.querySelector('.jp-videojobs-row-name').textContent)"
    )
    return sorted(int(name.removeprefix("Film ")) for name in told)
