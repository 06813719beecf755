"""What storage is: files under relative names ("keys"), each of which appears whole or not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO


def check_key(key: str) -> str:
    """Return the key when it is a plain relative POSIX name; raises ValueError when it isn't.

    A name that only looks relative ("..", "a//b", "./a", a backslash, a NUL) is refused as well,
    so that one file has one key and no key leads out of the storage. Names that begin with a dot
    are the storage's own.
    """
    parts = key.split("/")
    if "\0" in key or "\\" in key or any(not part or part.startswith(".") for part in parts):
        raise ValueError(f"{key!r} is no storage key: it must be a relative name like 'a/b.txt'.")
    return key


class StorageService(ABC):
    """Files by key; every method may be called from any thread, and blocks.

    Writes go to a temporary name first, then take their place in one act: a reader sees the old
    file or the new one. They raise StorageFull when there is no room. Reads raise
    FileNotFoundError. A bad key raises ValueError.
    """

    @abstractmethod
    def put(self, local: Path, key: str) -> None:
        """Move a local file into the storage; it is durable when this returns."""

    @abstractmethod
    def write_bytes(self, key: str, data: bytes) -> None:
        """Write a small file; it is durable when this returns."""

    @abstractmethod
    def open(self, key: str) -> BinaryIO:
        """Open a file for reading."""

    def read_bytes(self, key: str) -> bytes:
        """Return a small file's content."""
        with self.open(key) as file:
            return file.read()

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Tell whether there is a file of this key."""

    @abstractmethod
    def size(self, key: str) -> int:
        """Return a file's size in bytes."""

    @abstractmethod
    def list(self, prefix: str = "") -> list[str]:
        """Return the keys of all files below a folder, sorted; none for a folder that isn't."""

    @abstractmethod
    def copy(self, source: str, target: str) -> None:
        """Make the same content known under a second key, as a hard link where that is possible."""

    def copy_all(self, targets: Mapping[str, str]) -> None:
        """Copy many files, each to the key that it is mapped to."""
        for source, target in targets.items():
            self.copy(source, target)

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete a file; none of this key is no error."""

    @abstractmethod
    def delete_tree(self, prefix: str) -> None:
        """Delete a folder with all that is in it; none of this name is no error."""

    @abstractmethod
    def local_path(self, key: str) -> Path:
        """Return a local file with this content, which other processes may read, not change."""

    @abstractmethod
    def scratch(self, name: str) -> Path:
        """Return a local folder for temporary files, made when it isn't there.

        From there ``put`` is a rename where the storage is local.
        """

    @abstractmethod
    def free_bytes(self) -> int | None:
        """Return how much room is left, in bytes; None where that is not known."""

    @abstractmethod
    def url(self, key: str) -> str:
        """Return the URL of a file, as fsspec understands it."""


def temporary_name(name: str, token: str) -> str:
    """Return the name under which a file is written before it takes its place."""
    return f".{PurePosixPath(name).name}.{token}.tmp"
