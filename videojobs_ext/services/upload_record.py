"""What lies on the disk of a resumable upload: its bytes so far, and a record beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.errors import storage_errors

#: The scratch folder in which resumable uploads lie.
FOLDER = "resumable"

_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class UploadRecord:
    """What is known of an upload besides its bytes; how many have come, its part's size tells."""

    upload_id: str
    #: Who may go on with it; "" where the server has one user.
    owner: str
    #: How many bytes it will have.
    length: int
    filename: str
    #: ``Upload-Metadata`` as the client sent it.
    metadata: str
    #: Seconds since the epoch.
    created_at: float
    #: Once all bytes have come.
    sha256: str | None = None
    #: Where the video lies from its first submit on; written before it is moved there.
    input_key: str | None = None
    #: The job_id by the fingerprint of its submit; written before the job is.
    jobs: dict[str, str] = field(default_factory=dict)


class UploadFolder:
    """The files of all uploads: ``<id>.part``, ``<id>.json`` and, for a while, ``<id>.unverified``.

    ``<id>.unverified`` stands while bytes come whose checksum is still to be compared, and says
    from which offset on they aren't to be trusted.
    """

    def __init__(self, storage: StorageService) -> None:
        self._storage = storage

    @property
    def path(self) -> Path:
        """Return the folder, made when it isn't there."""
        return self._storage.scratch(FOLDER)

    def part(self, upload_id: str) -> Path:
        """Return where the bytes lie."""
        return self.path / f"{upload_id}.part"

    def create(self, record: UploadRecord) -> None:
        """Begin an upload of no bytes."""
        with storage_errors():
            self.part(record.upload_id).touch(exist_ok=False)
        try:
            self.save(record)
        except BaseException:
            self.part(record.upload_id).unlink(missing_ok=True)
            raise

    def load(self, upload_id: str) -> UploadRecord | None:
        """Return an upload's record, or None where there is no upload of that id."""
        if len(upload_id) != 32 or not _HEX.issuperset(upload_id):
            return None
        try:
            return UploadRecord(**json.loads(self._record(upload_id).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def save(self, record: UploadRecord) -> None:
        """Write a record, durably and in one act."""
        target = self._record(record.upload_id)
        self._write(target, json.dumps(asdict(record)))

    def records(self) -> Iterator[UploadRecord]:
        """Yield the records of all uploads."""
        for path in self.path.glob("*.json"):
            record = self.load(path.stem)
            if record is not None:
                yield record

    def touched(self, upload_id: str) -> float:
        """Return when anything of an upload was last written, in seconds since the epoch."""
        times = [0.0]
        for path in (self.part(upload_id), self._record(upload_id)):
            try:
                times.append(path.stat().st_mtime)
            except FileNotFoundError:
                continue
        return max(times)

    def drop_part(self, upload_id: str) -> None:
        """Delete the bytes; the record stays, as if it had just been written."""
        self.part(upload_id).unlink(missing_ok=True)
        self._unverified(upload_id).unlink(missing_ok=True)
        os.utime(self._record(upload_id))

    def remove(self, upload_id: str) -> None:
        """Delete an upload with all that belongs to it."""
        for path in (self.part(upload_id), self._unverified(upload_id), self._record(upload_id)):
            path.unlink(missing_ok=True)

    def strays(self, before: float) -> Iterator[Path]:
        """Yield files that belong to no upload and were last written before a moment."""
        for path in self.path.iterdir():
            try:
                old = path.stat().st_mtime < before
            except FileNotFoundError:
                continue
            if old and not self._record(path.name.partition(".")[0]).exists():
                yield path

    # ── bytes whose checksum is still to come ───────────────────────────────────────────────────

    def distrust(self, upload_id: str, offset: int) -> None:
        """Note durably that bytes from an offset on must not be kept if nobody comes back."""
        self._write(self._unverified(upload_id), str(offset))

    def trusted(self, upload_id: str) -> int | None:
        """Return the offset up to which the bytes can be trusted; None for all of them."""
        try:
            return int(self._unverified(upload_id).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def trust(self, upload_id: str) -> None:
        """Trust all bytes again."""
        self._unverified(upload_id).unlink(missing_ok=True)

    def _record(self, upload_id: str) -> Path:
        return self.path / f"{upload_id}.json"

    def _unverified(self, upload_id: str) -> Path:
        return self.path / f"{upload_id}.unverified"

    def _write(self, target: Path, text: str) -> None:
        temporary = target.with_name(f"{target.name}.tmp")
        with storage_errors():
            try:
                with temporary.open("w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
            sync(target.parent)


def sync(path: Path) -> None:
    """Bring a file's content, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
