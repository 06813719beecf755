"""``migrate`` and ``rebuild``, and what they say where the database is taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Run
from tests.server import RunningServer
from videojobs_ext.cli.database import database_file, shown_url


def test_a_lost_database_is_rebuilt_from_the_jobs_own_records(
    run: Run, start_server: Callable[..., RunningServer], clip: Path
) -> None:
    first = start_server()
    assert run("submit", clip, "-p", "scene_cuts", "--wait", server=first).returncode == 0
    before = run("results", "--json", server=first).stdout
    taken = run("rebuild", f"--VideoJobs.data_dir={first.data_dir}")
    assert taken.returncode == 1
    assert "set VideoJobs.db_url to SQLite" in taken.stderr
    first.stop()
    for file in first.data_dir.glob("jobs.duckdb*"):
        file.unlink()
    said = run("rebuild", f"--VideoJobs.data_dir={first.data_dir}")
    assert said.returncode == 0, said.stderr
    assert "1 jobs are back" in said.stderr
    assert "1 were there" in run("rebuild", f"--VideoJobs.data_dir={first.data_dir}").stderr
    second = start_server(home=first.home)
    assert run("results", "--json", server=second).stdout == before


def test_migrate_makes_the_schema(run: Run, tmp_path: Path) -> None:
    url = f"--VideoJobs.db_url=sqlite:///{tmp_path / 'jobs.sqlite'}"
    assert run("migrate", url).returncode == 0
    assert (tmp_path / "jobs.sqlite").stat().st_size > 0
    assert run("migrate", url).returncode == 0


def test_migrate_goes_to_a_revision_and_back(run: Run, tmp_path: Path) -> None:
    url = f"--VideoJobs.db_url=sqlite:///{tmp_path / 'jobs.sqlite'}"
    for revision in ("0001", "base", "head"):
        said = run("migrate", "--to", revision, url)
        assert said.returncode == 0, said.stderr
        assert f"at revision {revision}" in said.stderr
    said = run("migrate", "--to", "9999", url)
    assert said.returncode == 1
    assert "can't be brought to revision 9999" in said.stderr


def test_a_database_that_can_not_be_reached_is_told(run: Run, tmp_path: Path) -> None:
    said = run("migrate", "--VideoJobs.db_url=postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert said.returncode == 1
    assert "Traceback" not in said.stderr


def test_a_password_is_not_shown_and_a_file_is_told_from_a_server() -> None:
    assert shown_url("postgresql://ada:se:c@r@t@db/x") == "postgresql://ada:***@db/x"
    assert shown_url("postgresql://ada@db:5432/x") == "postgresql://ada@db:5432/x"
    assert shown_url("duckdb:////srv/a:b@c.duckdb") == "duckdb:////srv/a:b@c.duckdb"
    assert database_file("duckdb:////srv/jobs.duckdb") == Path("/srv/jobs.duckdb")
    assert database_file("sqlite:///jobs.sqlite?timeout=9") == Path("jobs.sqlite")
    assert database_file("postgresql://db/x") is None
