"""Storage behind any fsspec URL: an object store, a server, or another machine's folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast
from uuid import uuid4

from fsspec.core import url_to_fs

from videojobs_ext.storage.base import StorageService, check_key, temporary_name
from videojobs_ext.storage.errors import storage_errors

#: Stores in which an upload appears under its name only once it is whole; they can't rename.
_WHOLE_UPLOADS = frozenset(
    {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "memory"}
)

#: The folder of local copies, below the scratch folder.
_FETCHED = "fetched"


class FsspecStorageService(StorageService):
    """Files below an fsspec URL, with a local folder for temporary files and local copies.

    ``scratch`` belongs to this machine alone. How durable a file is, its store decides. Local
    copies made by ``local_path`` stay until the file is deleted or changes.
    """

    def __init__(self, url: str, scratch: Path) -> None:
        # Another server may write at any time, so no listing is remembered.
        self._fs, root = url_to_fs(url, use_listings_cache=False)
        self._root = root.rstrip("/")
        protocol = self._fs.protocol  # one name, or several
        self._renames = _WHOLE_UPLOADS.isdisjoint(
            {protocol} if isinstance(protocol, str) else protocol
        )
        scratch.mkdir(parents=True, exist_ok=True)
        self._scratch = scratch.resolve()

    def put(self, local: Path, key: str) -> None:
        """Upload a file, then delete it here."""
        self._place(key, lambda target: self._fs.put_file(str(local), target))
        local.unlink()

    def write_bytes(self, key: str, data: bytes) -> None:
        """Write a small file."""
        self._place(key, lambda target: self._fs.pipe_file(target, data))

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading; it is read in pieces as it is asked for."""
        return cast("BinaryIO", self._fs.open(self._path(key), "rb"))

    def exists(self, key: str) -> bool:
        """Tell whether there is a file of this key."""
        return bool(self._fs.isfile(self._path(key)))

    def size(self, key: str) -> int:
        """Return a file's size in bytes."""
        return int(self._fs.size(self._path(key)))

    def list(self, prefix: str = "") -> list[str]:
        """Return the keys of all files below a folder, sorted; none for a folder that isn't."""
        folder = self._path(prefix) if prefix else self._root
        keys = (path.removeprefix(f"{self._root}/") for path in self._fs.find(folder))
        return sorted(key for key in keys if not PurePosixPath(key).name.startswith("."))

    def copy(self, source: str, target: str) -> None:
        """Copy a file to a second key; object stores do so without sending it to us."""
        origin = self._path(source)
        self._place(target, lambda place: self._fs.cp_file(origin, place))

    def delete(self, key: str) -> None:
        """Delete a file and its local copies; none of this key is no error."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(self._path(key))
        shutil.rmtree(self._copies(key), ignore_errors=True)

    def delete_tree(self, prefix: str) -> None:
        """Delete a folder with all that is in it, and the local copies of that."""
        with suppress(FileNotFoundError):
            self._fs.rm(self._path(prefix), recursive=True)
        shutil.rmtree(self._copies(prefix), ignore_errors=True)

    def local_path(self, key: str) -> Path:
        """Return a local copy, fetched unless one of the same state of the file is there."""
        path = self._path(key)
        state = str(self._fs.ukey(path))[:32]
        folder = self._copies(key)
        copy = folder / f"{state}{PurePosixPath(key).suffix}"
        if copy.is_file():
            return copy
        with storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / temporary_name(copy.name, uuid4().hex[:12])
            try:
                self._fs.get_file(path, str(temporary))
                temporary.replace(copy)
            finally:
                temporary.unlink(missing_ok=True)
        for older in folder.iterdir():
            if older.is_file() and older != copy and not older.name.startswith("."):
                older.unlink(missing_ok=True)  # a reader that has it open keeps it
        return copy

    def scratch(self, name: str) -> Path:
        """Return a local folder for temporary files."""
        folder = self._scratch / "work" / check_key(name)
        with storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def free_bytes(self) -> None:
        """Return None: a store doesn't say."""
        return

    def url(self, key: str) -> str:
        """Return the file's URL in its store."""
        return str(self._fs.unstrip_protocol(self._path(key)))

    def _path(self, key: str) -> str:
        return f"{self._root}/{check_key(key)}"

    def _copies(self, key: str) -> Path:
        return self._scratch / _FETCHED / check_key(key)

    def _place(self, key: str, write: Callable[[str], object]) -> None:
        """Let ``write`` make the file under the key, whole or not at all."""
        target = self._path(key)
        with storage_errors():
            if not self._renames:
                write(target)
                return
            folder = target.rpartition("/")[0]
            temporary = f"{folder}/{temporary_name(target, uuid4().hex[:12])}"
            self._fs.makedirs(folder, exist_ok=True)
            try:
                write(temporary)
                self._fs.mv(temporary, target)
            except BaseException:
                with suppress(FileNotFoundError):
                    self._fs.rm_file(temporary)
                raise
