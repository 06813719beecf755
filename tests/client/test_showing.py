"""What a notebook shows of plain data: tables, a summary, in any theme."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from IPython.lib.pretty import pretty

from tests.server import RunningServer
from videojobs_ext import Client
from videojobs_ext.client.errors import BadRequest, NotFound, WrongStatus
from videojobs_ext.client.listing import FrameResults, JobList, size


@pytest.fixture(scope="module")
def done(running_server: RunningServer, bikes: Path) -> str:
    with Client(running_server.url, running_server.token) as client:
        job_id = client.submit(bikes, name="<b>& co", upload=True, progress=False)
        client.wait(job_id, progress=False)
        return job_id


def well_formed(html: str) -> ET.Element:
    """Parse HTML as XML, which is stricter; markup that was not escaped breaks it."""
    return ET.fromstring(f"<div>{html}</div>")


@pytest.mark.parametrize(
    "listed",
    [
        lambda client, job: client.jobs(),
        lambda client, job: client.pipelines(),
        lambda client, job: client.steps(),
        lambda client, job: client.artifacts(job),
        lambda client, job: client.results(job),
    ],
    ids=["jobs", "pipelines", "steps", "artifacts", "results"],
)
def test_lists_are_plain_data_that_show_as_tables(
    client: Client, done: str, listed: Callable[[Client, str], list[dict[str, object]]]
) -> None:
    rows = listed(client, done)
    assert isinstance(rows, list)
    assert json.loads(json.dumps(rows)) == list(rows)
    table = well_formed(rows._repr_html_())  # type: ignore[attr-defined]
    assert len(table.findall(".//tbody/tr")) == min(len(rows), rows.MOST)  # type: ignore[attr-defined]
    assert len(pretty(rows).splitlines()) >= min(len(rows), rows.MOST)  # type: ignore[attr-defined]


def test_a_status_is_a_dict_that_shows_as_a_line(client: Client, done: str) -> None:
    status = client.status(done)
    assert json.loads(json.dumps(status)) == dict(status)
    assert "&lt;b&gt;&amp; co" in status._repr_html_()  # type: ignore[attr-defined]
    assert done[:8] in pretty(status)


def test_an_empty_list_says_so() -> None:
    assert JobList()._repr_html_() == "<em>no jobs</em>"
    assert pretty(FrameResults()) == "no frames"


def test_colours_stand_on_any_background(client: Client, done: str) -> None:
    for html in (client.jobs()._repr_html_(), client.summary(done)._repr_html_()):
        assert "background:#" not in html
        assert "color:black" not in html


def test_a_summary_has_status_counts_artifacts_and_a_picture(client: Client, done: str) -> None:
    summary = client.summary(done)
    html = well_formed(summary._repr_html_().replace('flex:none">', 'flex:none"/>'))
    assert html.find(".//img").get("src", "").startswith("data:image/jpeg;base64,/9j/")  # type: ignore[union-attr]
    links = {link.get("href") for link in html.iter("a")}
    assert any(link and link.startswith(client.url) for link in links)
    counted = {(each.step, each.label): each.rows for each in summary.counts}
    assert counted["cuts", "cut"] == 5
    text = str(summary)
    assert "completed" in text
    assert "contact_sheet.jpg" in text


def test_behind_a_hub_there_are_no_links_that_no_browser_could_open(
    client: Client, done: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = client.summary(done)
    monkeypatch.setenv("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:8888/user/ada/")
    assert "<a " not in summary._repr_html_()
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", "https://hub.example/user/ada/")
    assert 'href="https://hub.example/' in summary._repr_html_()


def test_a_job_without_rows_or_poster_has_a_summary(idle: Client, clip: Path) -> None:
    job_id = idle.submit(clip, "motion", progress=False)
    assert idle.summary(job_id).counts == []
    assert "pending" in str(idle.summary(job_id))
    idle.cancel(job_id)
    assert "failed: cancelled" in str(idle.summary(job_id))


def test_a_pipeline_is_saved_read_replaced_and_removed(client: Client) -> None:
    text = "id: ours\ntitle: {}\nsteps:\n  - id: motion\n    uses: motion\n"
    assert client.save_pipeline("ours", text.format("One"))["title"] == "One"
    assert client.save_pipeline("ours", text.format("Zwei ä"))["title"] == "Zwei ä"
    assert client.pipeline("ours")["source"] == text.format("Zwei ä")
    client.delete_pipeline("ours")
    with pytest.raises(NotFound):
        client.pipeline("ours")
    with pytest.raises(NotFound):
        client.delete_pipeline("ours")
    with pytest.raises(BadRequest, match=r"line 5.*Did you mean 'motion'"):
        client.save_pipeline("ours", text.format("One").replace("uses: motion", "uses: moton"))
    with pytest.raises(WrongStatus, match="comes with videojobs"):
        client.save_pipeline("motion", text)


def test_sizes_are_written_as_people_do() -> None:
    assert [size(n) for n in (999, 1500, 2_000_000, 3_210_000_000)] == [
        "999 B",
        "1.5 kB",
        "2.0 MB",
        "3.2 GB",
    ]
