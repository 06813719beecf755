"""Storage in a folder of this machine."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from videojobs_ext.storage.base import StorageService, check_key, temporary_name
from videojobs_ext.storage.errors import storage_errors

#: Where temporary files lie; no key leads there, since none begins with a dot.
SCRATCH = ".scratch"

#: A file system, or a pair of them, that can't do a hard link says one of these.
_NO_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EACCES})


class LocalStorageService(StorageService):
    """Files below ``root``, which is made when it isn't there.

    What was written is on the disk, and so is its name: file and folder are both synced.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()

    def put(self, local: Path, key: str) -> None:
        """Rename a file into place, or copy it there when it lies on another file system."""
        target = self._path(key)
        with storage_errors():
            _make_folders(target.parent)
            _sync(local)
            try:
                local.replace(target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                _place(target, lambda temporary: _copy(local, temporary))
                local.unlink()
            _sync(target.parent)

    def write_bytes(self, key: str, data: bytes) -> None:
        """Write a small file; it is durable when this returns."""
        target = self._path(key)
        with storage_errors():
            _make_folders(target.parent)
            _place(target, lambda temporary: _write(temporary, data))
            _sync(target.parent)

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading."""
        return self._path(key).open("rb")

    def exists(self, key: str) -> bool:
        """Tell whether there is a file of this key."""
        return self._path(key).is_file()

    def size(self, key: str) -> int:
        """Return a file's size in bytes."""
        return self._path(key).stat().st_size

    def list(self, prefix: str = "") -> list[str]:
        """Return the keys of all files below a folder, sorted; none for a folder that isn't."""
        folder = self._path(prefix) if prefix else self.root
        return sorted(
            (Path(parent) / name).relative_to(self.root).as_posix()
            for parent, folders, names in _walk(folder)
            for name in names
            if not name.startswith(".")
        )

    def copy(self, source: str, target: str) -> None:
        """Hard-link a file under a second key, or copy it where the file system can't link."""
        self.copy_all({source: target})

    def copy_all(self, targets: Mapping[str, str]) -> None:
        """Copy many files; each folder's names are synced once, after the last."""
        folders: set[Path] = set()
        with storage_errors():
            for source, target in targets.items():
                origin, place = self._path(source), self._path(target)
                if place.parent not in folders:
                    _make_folders(place.parent)
                    folders.add(place.parent)
                _place(place, partial(_link_or_copy, origin))
            for folder in folders:
                _sync(folder)

    def delete(self, key: str) -> None:
        """Delete a file; none of this key is no error."""
        self._path(key).unlink(missing_ok=True)

    def delete_tree(self, prefix: str) -> None:
        """Delete a folder with all that is in it; none of this name is no error."""
        folder = self._path(prefix)
        if not folder.exists():
            return
        # Out of sight in one act: a stop in the middle leaves no folder with half of its files.
        doomed = self.scratch("deleted") / uuid4().hex
        folder.rename(doomed)
        shutil.rmtree(doomed)

    def local_path(self, key: str) -> Path:
        """Return the file itself; raises FileNotFoundError when there is none."""
        path = self._path(key)
        if not path.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return path

    def scratch(self, name: str) -> Path:
        """Return a folder for temporary files, on the same file system."""
        folder = self.root / SCRATCH / check_key(name)
        with storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def free_bytes(self) -> int:
        """Return how much room is left for this user, in bytes."""
        return shutil.disk_usage(self.root).free

    def url(self, key: str) -> str:
        """Return the file's ``file://`` URL."""
        return self._path(key).as_uri()

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)


def _walk(folder: Path) -> list[tuple[str, list[str], list[str]]]:
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.append((parent, folders, names))
    return found


def _place(target: Path, make: Callable[[Path], None]) -> None:
    """Let ``make`` write a temporary file beside the target, then rename it into place."""
    temporary = target.with_name(temporary_name(target.name, uuid4().hex[:12]))
    try:
        make(temporary)
        temporary.replace(target)
    finally:
        # After a failure; and a rename onto another link of the same file leaves both names.
        temporary.unlink(missing_ok=True)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reader, target.open("xb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())


def _write(target: Path, data: bytes) -> None:
    with target.open("xb") as writer:
        writer.write(data)
        writer.flush()
        os.fsync(writer.fileno())


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it, each one's name safely on the disk."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    """Bring a file's content, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
