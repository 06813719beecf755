"""Migrations: up, down and up again on every database, and in step with the model."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from videojobs_ext.jobs.errors import DatabaseUnavailable
from videojobs_ext.jobs.model import Base, Job
from videojobs_ext.jobs.store import JobStore


@pytest.fixture
def empty(db_url):
    """An open store without tables."""
    store = JobStore(db_url)
    store.open()
    yield store
    store.close()


def tables(store: JobStore) -> set[str]:
    return set(inspect(store._database._opened()).get_table_names())


def test_up_twice_keeps_the_jobs(empty, new_job):
    empty.migrate()
    job_id = empty.create(new_job()).job_id
    empty.migrate()
    empty.migrate("0001")
    assert empty.get(job_id).job_id == job_id


def test_down_drops_the_jobs_and_up_makes_the_table_anew(empty, new_job):
    empty.migrate()
    empty.create(new_job())
    empty.migrate("base")
    assert "jobs" not in tables(empty)
    empty.migrate("base")
    empty.migrate()
    assert empty.list().jobs == []
    empty.create(new_job())
    assert len(empty.queued()) == 1


def test_the_tables_are_there_after_a_new_start(empty, db_url):
    empty.migrate()
    empty.close()
    again = JobStore(db_url)
    again.open()
    assert again.queued() == []
    again.migrate()
    again.close()


def test_the_migrations_make_what_the_model_says(empty):
    empty.migrate()
    engine = empty._database._opened()
    if empty.exclusive:  # Alembic can't compare DuckDB's types
        columns = {
            found["name"]: found["nullable"] for found in inspect(engine).get_columns("jobs")
        }
        assert columns == {own.name: own.nullable for own in Job.__table__.columns}
        return
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    # The indexes are the migrations' own, since the model serves DuckDB as well.
    assert [item for item in found if item[0] != "remove_index"] == []


def test_duckdb_has_no_index_that_a_kill_could_break(empty):
    empty.migrate()
    engine = empty._database._opened()
    if empty.exclusive:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT index_name FROM duckdb_indexes()")).all()
        assert found == []
    else:
        names = {index["name"] for index in inspect(engine).get_indexes("jobs")}
        assert names == {"jobs_queue", "jobs_newest", "jobs_input"}


def test_a_database_of_a_newer_version_is_left_alone(empty, new_job):
    empty.migrate()
    job_id = empty.create(new_job()).job_id
    with empty._database._opened().begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match="newer version"):
        empty.migrate()
    assert empty.get(job_id).job_id == job_id


def test_a_revision_that_there_is_not_is_refused(empty):
    with pytest.raises(DatabaseUnavailable, match="revision nonsense"):
        empty.migrate("nonsense")


def test_several_servers_may_start_at_once(empty, db_url):
    if empty.exclusive:
        pytest.skip("DuckDB serves one process only")
    children = [
        subprocess.Popen([sys.executable, "-m", "tests.jobs.process", "migrate", db_url, ""])
        for _ in range(3)
    ]
    assert [child.wait() for child in children] == [0, 0, 0]
    assert empty.queued() == []


def test_a_migration_that_can_not_work_changes_nothing_and_says_so(empty):
    with empty._database._opened().begin() as connection:
        connection.execute(text("CREATE TABLE jobs (somebody_elses INTEGER)"))
    with pytest.raises(DatabaseUnavailable, match="already exists"):
        empty.migrate()
    with empty._database._opened().connect() as connection:
        assert connection.execute(text("SELECT somebody_elses FROM jobs")).all() == []
