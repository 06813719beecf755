"""The local storage and the disk below it: other file systems, links, and no room left."""

from __future__ import annotations

import errno
import resource
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.disks import small_file_system
from videojobs_ext.storage.errors import StorageFull, storage_errors
from videojobs_ext.storage.local import LocalStorageService
from videojobs_ext.storage.remote import FsspecStorageService


@pytest.fixture
def storage(tmp_path):
    return LocalStorageService(tmp_path / "data")


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A file system of its own with 256 KiB."""
    with small_file_system(tmp_path / "disk", "256k") as place:
        yield place


@pytest.fixture
def small_files() -> Iterator[int]:
    """No file of this process may grow beyond this many bytes."""
    size = 100_000
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    yield size
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_put_from_the_same_file_system_is_a_rename(storage, tmp_path):
    local = tmp_path / "a"
    local.write_bytes(b"x")
    inode = local.stat().st_ino
    storage.put(local, "a")
    assert storage.local_path("a").stat().st_ino == inode


def test_put_from_another_file_system_is_a_whole_copy(tmp_path, small_disk):
    storage = LocalStorageService(small_disk)
    local = tmp_path / "a"
    local.write_bytes(b"x" * 10_000)
    storage.put(local, "inputs/a")
    assert storage.read_bytes("inputs/a") == b"x" * 10_000
    assert not local.exists()
    assert files_below(small_disk) == [small_disk / "inputs/a"]


def test_put_onto_a_full_disk_changes_nothing(tmp_path, small_disk):
    storage = LocalStorageService(small_disk)
    storage.write_bytes("a", b"old")
    local = tmp_path / "a"
    local.write_bytes(b"x" * 1_000_000)
    with pytest.raises(StorageFull, match="no room left"):
        storage.put(local, "a")
    assert local.stat().st_size == 1_000_000
    assert storage.read_bytes("a") == b"old"
    assert files_below(small_disk) == [small_disk / "a"]
    assert storage.free_bytes() > 100_000


def test_write_onto_a_full_disk_changes_nothing(small_disk):
    storage = LocalStorageService(small_disk)
    with pytest.raises(StorageFull):
        storage.write_bytes("job.json", b"x" * 1_000_000)
    assert storage.list() == []
    storage.write_bytes("job.json", b"{}")


def test_a_local_copy_on_a_full_disk_is_refused_whole(tmp_path, small_disk):
    storage = FsspecStorageService(f"file://{tmp_path / 'far'}", small_disk)
    storage.write_bytes("a", b"x" * 1_000_000)
    with pytest.raises(StorageFull):
        storage.local_path("a")
    assert files_below(small_disk) == []


def test_a_file_beyond_the_limit_is_storage_full(storage, small_files):
    with pytest.raises(StorageFull):
        storage.write_bytes("big", b"x" * (small_files + 1))
    storage.write_bytes("small", b"x" * small_files)
    assert storage.list() == ["small"]


def test_a_remote_file_beyond_the_limit_leaves_nothing(tmp_path, small_files):
    storage = FsspecStorageService(f"file://{tmp_path / 'far'}", tmp_path / "scratch")
    with pytest.raises(StorageFull):
        storage.write_bytes("big", b"x" * (small_files + 1))
    assert files_below(tmp_path / "far") == []


def test_other_errors_of_the_system_stay_what_they_are():
    with pytest.raises(PermissionError), storage_errors():
        raise PermissionError(errno.EACCES, "no")


def test_copy_is_a_hard_link(storage):
    storage.write_bytes("a", b"rows")
    storage.copy("a", "b")
    assert storage.local_path("a").samefile(storage.local_path("b"))


def test_copy_across_file_systems_is_a_copy(tmp_path, small_disk):
    root = tmp_path / "data"
    root.mkdir()
    (root / "cache").symlink_to(small_disk)
    storage = LocalStorageService(root)
    storage.write_bytes("cache/a", b"rows")
    storage.copy("cache/a", "jobs/a")
    assert storage.read_bytes("jobs/a") == b"rows"
    assert not storage.local_path("cache/a").samefile(storage.local_path("jobs/a"))


def test_leftovers_of_a_crash_are_no_files(storage):
    storage.write_bytes("jobs/1/a", b"x")
    (storage.root / "jobs/1/.a.0123.tmp").write_bytes(b"half")
    assert storage.list("jobs/1") == ["jobs/1/a"]
    storage.delete_tree("jobs/1")
    assert files_below(storage.root) == []


def test_scratch_lies_on_the_same_file_system(storage):
    assert storage.scratch("uploads").stat().st_dev == storage.root.stat().st_dev


def test_the_root_may_be_reached_through_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    storage = LocalStorageService(tmp_path / "link")
    storage.write_bytes("a/b", b"")
    assert storage.list() == ["a/b"]
    shutil.rmtree(tmp_path / "real")
