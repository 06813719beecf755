"""SQL over the rows of many jobs, of which only those are fetched that a query needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.server import RunningServer
from videojobs_ext import Client
from videojobs_ext.client import row_files
from videojobs_ext.client.errors import MissingPackage, QueryRefused, ServerUnreachable

CUTS = [30, 76, 137, 187, 242]


@pytest.fixture(scope="module")
def three(running_server: RunningServer, bikes: Path) -> list[str]:
    """Three completed jobs: cuts, motion, and quality; named after what they look for."""
    with Client(running_server.url, running_server.token) as client:
        made = [
            client.submit(bikes, pipeline, name=pipeline, upload=True, progress=False)
            for pipeline in ("scene_cuts", "motion", "quality")
        ]
        for job_id in made:
            client.wait(job_id, progress=False)
        return made


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("VIDEOJOBS_CACHE_DIR", str(folder))
    return folder


def kept(folder: Path) -> set[str]:
    """The job_ids whose rows were fetched."""
    return {path.name[:36] for path in folder.glob("*.parquet")}


def test_without_job_ids_a_query_sees_all_jobs(client: Client, three: list[str]) -> None:
    found = client.sql(
        "SELECT pipeline_id, count(*) AS n FROM rows JOIN jobs USING (job_id) GROUP BY 1 ORDER BY 1"
    )
    assert found.pipeline_id.tolist() == ["motion", "quality", "scene_cuts"]
    assert (found.n > 0).all()


def test_a_query_over_jobs_alone_fetches_no_rows(
    client: Client, three: list[str], cache: Path
) -> None:
    found = client.sql("SELECT * FROM jobs ORDER BY created_at")
    assert found.job_id.tolist() == three
    assert isinstance(found.created_at.dtype, pd.DatetimeTZDtype)
    assert kept(cache) == set()


@pytest.mark.parametrize(
    "condition",
    [
        "job_id = '{0}'",
        "job_id IN (SELECT job_id FROM jobs WHERE name = 'scene_cuts')",
        "job_id = (SELECT job_id FROM jobs ORDER BY created_at LIMIT 1)",
    ],
)
def test_rows_are_fetched_only_of_jobs_that_a_condition_leaves_over(
    client: Client, three: list[str], cache: Path, condition: str
) -> None:
    found = client.sql(
        f"SELECT frame_index FROM rows WHERE label = 'cut' AND {condition.format(*three)} "
        "ORDER BY frame_index"
    )
    assert found.frame_index.tolist() == CUTS
    assert kept(cache) == {three[0]}


def test_a_join_with_chosen_jobs_fetches_no_others(
    client: Client, three: list[str], cache: Path
) -> None:
    client.sql(
        "SELECT count(*) FROM rows JOIN jobs USING (job_id) WHERE name IN ('motion', 'quality')"
    )
    assert kept(cache) == set(three[1:])


def test_rows_of_an_ended_job_are_fetched_once(
    client: Client, three: list[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    save_rows = client._save_rows

    def counted(job_id: str, to: Path) -> Path:
        fetched.append(job_id)
        return save_rows(job_id, to)

    monkeypatch.setattr(client, "_save_rows", counted)
    first = client.sql("SELECT count(*) AS n FROM rows", *three)
    again = client.sql("SELECT count(*) AS n FROM rows", *three)
    assert first.n[0] == again.n[0] == sum(client.table(job_id).num_rows for job_id in three)
    assert sorted(fetched) == sorted(three)
    assert cache.stat().st_mode & 0o077 == 0


def test_rows_of_a_job_that_has_not_ended_are_not_kept(
    idle: Client, clip: Path, cache: Path
) -> None:
    job_id = idle.submit(clip, "motion", progress=False)
    assert idle.sql("SELECT count(*) AS n FROM rows", job_id).n[0] == 0
    assert kept(cache) == set()


def test_kept_rows_make_room_for_new_ones(
    client: Client, three: list[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sql("SELECT count(*) FROM rows", three[1])
    (old,) = cache.glob("*.parquet")
    os.utime(old, (1, 1))
    monkeypatch.setattr(row_files, "CACHE_LIMIT", 1)
    client.sql("SELECT count(*) FROM rows", three[0])
    assert kept(cache) == {three[0]}


def test_a_cache_that_can_not_be_written_is_done_without(
    client: Client, three: list[str], cache: Path
) -> None:
    cache.write_text("a file where a folder should be")
    assert client.sql("SELECT count(*) AS n FROM rows", three[0]).n[0] > 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT lable FROM rows", 'Did you mean "label"'),
        ("SELECT label FROM row", 'Did you mean "rows"'),
        ("SELEC 1", "syntax error"),
        ("", "There is no query"),
        ("SELECT 1 AS x WHERE x = $limit", r"names \$limit, which has no value"),
    ],
)
def test_a_wrong_query_is_refused_with_the_nearest_name(
    client: Client, three: list[str], query: str, said: str
) -> None:
    with pytest.raises(QueryRefused, match=said):
        client.sql(query, parameters={})


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('{0}')",
        "SELECT * FROM '{0}'",
        "SELECT * FROM read_parquet('videojobs://rows/job_id=x/../rows.parquet')",
        "COPY jobs TO '{0}.out'",
        "ATTACH '{0}.db'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ],
)
def test_a_query_reaches_no_files(
    client: Client, three: list[str], tmp_path: Path, query: str
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(QueryRefused):
        client.sql(query.format(secret), three[0])
    assert {path.name for path in tmp_path.iterdir()} <= {"secret.csv", "cache"}


def test_values_are_given_by_name(client: Client, three: list[str]) -> None:
    found = client.sql(
        "SELECT count(*) AS n FROM rows WHERE label = $what AND time >= $start",
        three[0],
        parameters={"what": "cut", "start": 5.0, "more": object()},
    )
    assert found.n[0] == 3


def test_attrs_are_read_as_json(client: Client, three: list[str]) -> None:
    found = client.sql(
        "SELECT json_valid(attrs) AS valid FROM rows WHERE attrs IS NOT NULL LIMIT 1"
    )
    assert len(found) == 0 or found.valid[0]


@pytest.fixture
def gone(start_server: object, bikes: Path) -> Iterator[tuple[Client, RunningServer]]:
    server: RunningServer = start_server()  # type: ignore[operator]
    with Client(server.url, server.token) as client:
        client.wait(client.submit(bikes, "motion", upload=True, progress=False), progress=False)
        yield client, server


def test_a_server_that_goes_away_in_a_query_is_told_as_such(
    gone: tuple[Client, RunningServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, server = gone
    save_rows = client._save_rows

    def too_late(job_id: str, to: Path) -> Path:
        server.kill()
        return save_rows(job_id, to)

    monkeypatch.setattr(client, "_save_rows", too_late)
    with pytest.raises(ServerUnreachable):
        client.sql("SELECT count(*), min(value) FROM rows")


def test_without_pandas_a_query_says_what_to_install(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videojobs_ext.client.frames.find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match="pip install"):
        client.sql("SELECT 1")


def test_sums_and_dates_come_as_numbers_and_times(client: Client, three: list[str]) -> None:
    found = client.sql(
        "SELECT sum(frame_index) AS total, created_at::DATE AS day FROM rows "
        "JOIN jobs USING (job_id) WHERE name = 'scene_cuts' GROUP BY day"
    )
    assert found.total.dtype == "float64"
    assert found.day.dtype.kind == "M"
