"""Opening the database: who may, what is said when it can't be, and a log that is broken."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.disks import small_file_system
from videojobs_ext.jobs.errors import DatabaseLocked, DatabaseUnavailable
from videojobs_ext.jobs.model import JobStatus
from videojobs_ext.jobs.store import JobStore


def process(what: str, url: str, argument: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.process", what, url, argument],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def duckdb(tmp_path) -> Path:
    return tmp_path / "jobs.duckdb"


def open_store(path: Path) -> JobStore:
    store = JobStore(f"duckdb:///{path}")
    store.open()
    store.migrate()
    return store


def test_folders_on_the_way_are_made(store, db_url):
    assert store.queued() == []


def test_duckdb_alone_is_for_one_process(store, db_url):
    assert store.exclusive == db_url.startswith("duckdb")


def test_a_second_process_is_told_who_holds_the_file_and_what_to_do(duckdb):
    child = process("hold", f"duckdb:///{duckdb}")
    try:
        assert child.stdout.readline() == "open\n"
        with pytest.raises(DatabaseLocked, match=rf"in use by process {child.pid}\b") as caught:
            JobStore(f"duckdb:///{duckdb}").open()
        assert caught.value.holder == child.pid
        assert "SQLite" in str(caught.value)
        assert "PostgreSQL" in str(caught.value)
    finally:
        child.communicate()
    open_store(duckdb).close()


def test_a_second_store_in_this_process_is_refused_and_takes_no_lock_away(duckdb):
    first = open_store(duckdb)
    for _ in range(2):
        with pytest.raises(DatabaseLocked, match=f"process {os.getpid()}"):
            JobStore(f"duckdb:///{duckdb}").open()
    child = process("hold", f"duckdb:///{duckdb}")
    child.communicate()
    assert child.returncode != 0
    assert first.queued() == []
    first.close()
    open_store(duckdb).close()


def test_a_file_that_another_program_has_open_is_locked(duckdb):
    open_store(duckdb).close()
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", code, duckdb],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        other.stdout.readline()
        with pytest.raises(DatabaseLocked) as caught:
            JobStore(f"duckdb:///{duckdb}").open()
        assert caught.value.holder == other.pid
    finally:
        other.communicate("\n")
    open_store(duckdb).close()


def test_a_lock_file_that_names_nobody_still_locks(duckdb):
    first = open_store(duckdb)
    duckdb.with_name("jobs.duckdb.lock").write_text("")
    with pytest.raises(DatabaseLocked, match="another process") as caught:
        JobStore(f"duckdb:///{duckdb}").open()
    assert caught.value.holder is None
    first.close()


def test_a_lock_file_from_a_dead_process_does_not_lock(duckdb):
    duckdb.with_name("jobs.duckdb.lock").write_text("1\n")
    open_store(duckdb).close()


def test_open_may_be_called_twice(store, new_job):
    store.open()
    store.create(new_job())
    assert len(store.queued()) == 1


def test_close_may_be_called_twice_and_ends_use(store, db_url):
    store.close()
    store.close()
    with pytest.raises(DatabaseUnavailable, match="not open"):
        store.queued()
    store.open()
    assert store.queued() == []


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("jobs.db", "no database URL"),
        ("mysql://host/jobs", "'mysql' are not known"),
        ("postgresql+asyncpg://host/jobs", "not known"),
        ("duckdb://", "lose its jobs"),
        ("duckdb:///:memory:", "lose its jobs"),
        ("sqlite://", "lose its jobs"),
    ],
)
def test_a_url_that_can_not_work_is_refused_with_examples(url, text):
    with pytest.raises(DatabaseUnavailable, match=text) as caught:
        JobStore(url)
    assert "sqlite:////data/jobs.sqlite" in str(caught.value)


def test_a_server_that_does_not_answer_is_unavailable_and_no_password_is_told(tmp_path):
    store = JobStore(f"postgresql://ann:secret@/jobs?host={tmp_path}")
    with pytest.raises(DatabaseUnavailable, match="No such file") as caught:
        store.open()
    assert "secret" not in str(caught.value)


def test_postgres_is_another_spelling_of_postgresql(tmp_path):
    with pytest.raises(DatabaseUnavailable, match="No such file"):
        JobStore(f"postgres://ann@/jobs?host={tmp_path}").open()


def test_a_missing_driver_names_the_extra():
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from videojobs_ext.jobs.store import JobStore\n"
        "JobStore('postgresql://ann:secret@host/jobs').open()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert "DatabaseUnavailable" in last
    assert "pip install 'videojobs_ext[postgres]'" in last
    assert "secret" not in last


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_file_that_is_no_database_is_unavailable(tmp_path, kind):
    path = tmp_path / "jobs"
    path.write_bytes(b"no database at all, " * 1000)
    with pytest.raises(DatabaseUnavailable, match="jobs"):
        JobStore(f"{kind}:///{path}").open()
    assert path.read_bytes().startswith(b"no database")


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_folder_that_can_not_be_made_is_unavailable(tmp_path, kind):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DatabaseUnavailable, match="can't be used"):
        JobStore(f"{kind}:///{tmp_path}/file/jobs").open()


def test_tables_that_are_not_there_are_not_a_lost_database(tmp_path):
    store = JobStore(f"sqlite:///{tmp_path / 'jobs'}")
    store.open()
    with pytest.raises(DatabaseUnavailable, match="no such table"):
        store.queued()
    store.close()


def killed_with_log(duckdb: Path) -> list[str]:
    """Leave a database whose jobs are in its log, as a killed process does; return their ids."""
    child = process("create", f"duckdb:///{duckdb}")
    ids = [child.stdout.readline().strip() for _ in range(10)]
    child.kill()
    child.communicate()
    return ids


def test_a_broken_log_is_cut_off_and_kept_aside(duckdb, caplog):
    ids = killed_with_log(duckdb)
    wal = duckdb.with_name("jobs.duckdb.wal")
    content = bytearray(wal.read_bytes())
    content[len(content) // 2] ^= 0xFF
    wal.write_bytes(content)
    before = duckdb.read_bytes()

    store = open_store(duckdb)
    saved = [str(job_id) for job_id in store.queued()] + [
        str(job.job_id) for job in store.list(limit=1000).jobs
    ]
    assert ids[0] in saved
    assert ids[-1] not in saved
    store.close()
    aside = {path.name.partition(".broken-")[0]: path for path in duckdb.parent.glob("*.broken-*")}
    assert aside["jobs.duckdb"].read_bytes() == before
    assert aside["jobs.duckdb.wal"].read_bytes() == bytes(content)
    (record,) = [record for record in caplog.records if record.levelname == "CRITICAL"]
    assert "jupyter videojobs rebuild" in record.message
    assert str(aside["jobs.duckdb.wal"]) in record.message


def test_a_log_without_a_sound_beginning_is_left_out(duckdb, caplog):
    killed_with_log(duckdb)
    wal = duckdb.with_name("jobs.duckdb.wal")
    content = wal.read_bytes()
    wal.write_bytes(content[:8] + b"\xff" * (len(content) - 8))
    store = open_store(duckdb)
    assert store.list().jobs == []
    store.close()
    assert [record.levelname for record in caplog.records].count("CRITICAL") >= 1
    assert list(duckdb.parent.glob("jobs.duckdb.wal.broken-*"))


def test_a_log_torn_off_by_a_kill_needs_no_salvage(duckdb):
    ids = killed_with_log(duckdb)
    wal = duckdb.with_name("jobs.duckdb.wal")
    wal.write_bytes(wal.read_bytes()[:-7])
    store = open_store(duckdb)
    assert {str(job.job_id) for job in store.list(limit=1000).jobs} >= set(ids[:-1])
    store.close()
    assert not list(duckdb.parent.glob("*.broken-*"))


def test_a_checkpoint_empties_the_log_and_may_be_called_any_time(store, new_job, db_url):
    for _ in range(3):
        store.create(new_job())
    store.checkpoint()
    if store.exclusive:
        wal = Path(db_url.removeprefix("duckdb:///") + ".wal")
        assert not wal.exists() or wal.stat().st_size < 200
    assert len(store.queued()) == 3


def test_the_lock_file_is_not_inherited_by_children(duckdb):
    store = open_store(duckdb)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    store.close()
    open_store(duckdb).close()
    child.communicate(b"\n")


@pytest.fixture
def small_disk(tmp_path):
    with small_file_system(tmp_path / "disk", "6m") as place:
        yield place


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_full_disk_loses_nothing_and_work_goes_on_with_room(small_disk, new_job, kind):
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 2_000_000)
    store = JobStore(f"{kind}:///{small_disk / 'jobs'}")
    store.open()
    store.migrate()
    kept = []

    def fill():
        kept.extend(
            store.create(new_job(pipeline=os.urandom(30_000).hex())).job_id for _ in range(500)
        )

    with pytest.raises(DatabaseUnavailable, match=r"(?i)full|space"):
        fill()
    filler.unlink()
    kept.append(store.create(new_job()).job_id)
    store.close()
    store.open()
    assert {job.job_id for job in store.list(limit=1000).jobs} >= set(kept)
    store.close()


def test_duckdb_comes_back_from_a_checkpoint_that_met_a_full_disk(small_disk, new_job):
    store = JobStore(f"duckdb:///{small_disk / 'jobs'}")
    store.open()
    store.migrate()
    kept = [store.create(new_job(pipeline=os.urandom(30_000).hex())).job_id for _ in range(45)]
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    with pytest.raises(DatabaseUnavailable, match="No space left"):
        store.checkpoint()
    assert store.counts()[JobStatus.PENDING] == 45
    filler.unlink()
    kept.append(store.create(new_job()).job_id)
    store.close()
    store.open()
    assert {job.job_id for job in store.list(limit=100).jobs} == set(kept)
    store.close()
