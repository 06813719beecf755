"""What every storage does, be it local, an object store or a served folder."""

from __future__ import annotations

import threading
from uuid import UUID, uuid4

import pytest

from videojobs_ext.storage.layout import cache_key, input_key, job_key, part_key
from videojobs_ext.storage.local import LocalStorageService
from videojobs_ext.storage.remote import FsspecStorageService

BAD_KEYS = (
    "",
    "/",
    "/etc/passwd",
    "..",
    "../a",
    "a/../b",
    "a/..",
    "./a",
    "a/./b",
    "a//b",
    "a/",
    "a\0b",
    "a\\..\\b",
    ".scratch/a",
    "a/.hidden",
)


@pytest.fixture(params=["local", "memory", "file"])
def storage(request, tmp_path):
    """An empty storage of each kind."""
    if request.param == "local":
        return LocalStorageService(tmp_path / "data")
    where = f"/{uuid4().hex}/data" if request.param == "memory" else str(tmp_path / "data")
    return FsspecStorageService(f"{request.param}://{where}", tmp_path / "scratch")


@pytest.fixture
def made(tmp_path):
    """Makes a local file."""

    def make(data: bytes = b"frames", name: str = "made.bin"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return make


def test_put_moves_a_file_under_its_key(storage, made):
    local = made(b"abc")
    storage.put(local, "inputs/abc.mp4")
    assert not local.exists()
    assert storage.read_bytes("inputs/abc.mp4") == b"abc"
    assert storage.size("inputs/abc.mp4") == 3
    assert storage.exists("inputs/abc.mp4")


def test_put_from_scratch_leaves_nothing_there(storage):
    made = storage.scratch("jobs/1") / "part.parquet"
    made.write_bytes(b"rows")
    storage.put(made, "jobs/1/rows/part.parquet")
    assert storage.list() == ["jobs/1/rows/part.parquet"]
    assert list(storage.scratch("jobs/1").iterdir()) == []


def test_a_file_is_replaced_as_a_whole(storage, made):
    storage.write_bytes("job.json", b"old and long")
    with storage.open("job.json") as reader:
        storage.write_bytes("job.json", b"new")
        assert reader.read() in {b"old and long", b"new"}
    storage.put(made(b"newest"), "job.json")
    assert storage.read_bytes("job.json") == b"newest"
    assert storage.list() == ["job.json"]


def test_a_reader_can_seek(storage):
    storage.write_bytes("a", bytes(range(100)))
    with storage.open("a") as file:
        file.seek(90)
        assert file.read(5) == bytes(range(90, 95))


def test_list_finds_what_lies_below_a_folder_in_order(storage):
    for key in ("jobs/2/b", "jobs/1/rows/part-2", "jobs/1/rows/part-1", "jobs/10/a", "cache/x"):
        storage.write_bytes(key, b"")
    assert storage.list("jobs/1") == ["jobs/1/rows/part-1", "jobs/1/rows/part-2"]
    assert storage.list() == [
        "cache/x",
        "jobs/1/rows/part-1",
        "jobs/1/rows/part-2",
        "jobs/10/a",
        "jobs/2/b",
    ]
    assert storage.list("nowhere") == []


def test_copy_outlives_its_source(storage):
    storage.write_bytes("cache/a", b"rows")
    storage.copy("cache/a", "jobs/1/a")
    storage.copy("cache/a", "jobs/1/a")
    storage.delete("cache/a")
    assert storage.list() == ["jobs/1/a"]
    assert storage.read_bytes("jobs/1/a") == b"rows"


def test_a_copy_does_not_change_with_its_source(storage):
    storage.write_bytes("a", b"old")
    storage.copy("a", "b")
    storage.write_bytes("a", b"new")
    assert storage.read_bytes("b") == b"old"


def test_delete_is_content_when_there_is_nothing(storage):
    storage.write_bytes("a/b", b"")
    for _ in range(2):
        storage.delete("a/b")
        storage.delete_tree("a")
        assert not storage.exists("a/b")


def test_delete_tree_takes_the_folder_and_no_neighbour(storage):
    for key in ("jobs/1/a", "jobs/1/rows/b", "jobs/10/a"):
        storage.write_bytes(key, b"x")
    storage.delete_tree("jobs/1")
    assert storage.list() == ["jobs/10/a"]


def test_a_folder_is_no_file(storage):
    storage.write_bytes("jobs/1/a", b"")
    assert not storage.exists("jobs/1")


def test_local_path_is_a_file_with_the_content_and_the_suffix(storage):
    storage.write_bytes("inputs/a.mp4", b"video")
    path = storage.local_path("inputs/a.mp4")
    assert path.read_bytes() == b"video"
    assert path.suffix == ".mp4"
    assert storage.local_path("inputs/a.mp4") == path


def test_local_path_follows_a_change(storage):
    storage.write_bytes("results.json", b"old")
    storage.local_path("results.json")
    storage.write_bytes("results.json", b"new")
    path = storage.local_path("results.json")
    assert path.read_bytes() == b"new"
    assert len([item for item in path.parent.iterdir() if item.is_file()]) == 1


def test_local_copies_go_with_the_file(storage):
    for key in ("jobs/1/a", "inputs/b"):
        storage.write_bytes(key, b"x")
    paths = [storage.local_path("jobs/1/a"), storage.local_path("inputs/b")]
    storage.delete_tree("jobs/1")
    storage.delete("inputs/b")
    assert not any(path.exists() for path in paths)


def test_a_file_that_is_not_there_is_not_found(storage):
    for ask in (
        storage.open,
        storage.read_bytes,
        storage.size,
        storage.local_path,
        lambda key: storage.copy(key, "b"),
    ):
        with pytest.raises(FileNotFoundError):
            ask("nowhere/a")
    assert storage.list() == []


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_is_no_plain_relative_name_is_refused(storage, made, key):
    local = made()
    asks = (
        lambda: storage.put(local, key),
        lambda: storage.write_bytes(key, b""),
        lambda: storage.open(key),
        lambda: storage.exists(key),
        lambda: storage.size(key),
        lambda: storage.copy(key, "a"),
        lambda: storage.copy("a", key),
        lambda: storage.delete(key),
        lambda: storage.delete_tree(key),
        lambda: storage.local_path(key),
        lambda: storage.scratch(key),
        lambda: storage.url(key),
    )
    for ask in asks:
        with pytest.raises(ValueError, match="is no storage key"):
            ask()
    assert local.exists()


def test_the_url_is_one_that_fsspec_opens(storage):
    import fsspec

    storage.write_bytes("a/b c.txt", b"text")
    with fsspec.open(storage.url("a/b.txt").replace("b.txt", "b c.txt")) as file:
        assert file.read() == b"text"


def test_readers_see_whole_files_while_others_write(storage):
    contents = [bytes([number]) * 200_000 for number in range(4)]
    storage.write_bytes("a", contents[0])
    done = threading.Event()
    seen = set()

    def read():
        while not done.is_set():
            seen.add(storage.read_bytes("a"))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(5):
        for content in contents:
            storage.write_bytes("a", content)
    done.set()
    reader.join()
    assert seen <= set(contents)


def test_free_bytes_is_known_where_it_can_be(storage):
    free = storage.free_bytes()
    assert free is None or free > 0


def test_the_layout_is_the_contract():
    job_id = UUID("12345678-1234-5678-1234-567812345678")
    assert input_key("ab", ".mp4") == "inputs/ab.mp4"
    assert job_key(job_id) == f"jobs/{job_id}"
    assert job_key(job_id, "artifacts", "a.png") == f"jobs/{job_id}/artifacts/a.png"
    assert part_key(job_id, "part-00001.parquet") == f"jobs/{job_id}/rows/part-00001.parquet"
    assert cache_key("fp", "ab", "0-250") == "cache/fp/ab/0-250.parquet"
    with pytest.raises(ValueError, match="no storage key"):
        job_key(job_id, "artifacts", "../../x")
