"""Resumable uploads: what has come stays, and whoever sends it goes on from there."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from videojobs_ext.jobs.store import JobStore
from videojobs_ext.services.errors import (
    LimitExceeded,
    Stopping,
    UnknownUpload,
    UploadBusy,
    UploadExpired,
    UploadUnfinished,
    WrongOffset,
)
from videojobs_ext.services.finished_upload import FinishedUpload
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.upload_record import UploadFolder, UploadRecord, sync
from videojobs_ext.services.upload_writer import Checksum, LiveUpload, UploadWriter
from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.errors import StorageFull, storage_errors
from videojobs_ext.video.errors import BadVideo

#: A sender of whom no byte has come for so long gives way to one who wants to go on, in seconds:
#: a connection that broke without a word looks like that.
SILENCE = 5.0

#: Uploads that one user may have begun: each of them costs two files, however small it is.
MOST_UPLOADS = 1000

#: Files of no upload are left alone for so long, in seconds: one may just be coming into being.
STRAY = 24 * 3600.0


@dataclass(frozen=True)
class UploadView:
    """An upload as its user sees it: how many of its bytes are safely here, and until when."""

    upload_id: str
    filename: str
    length: int
    offset: int
    metadata: str
    created_at: datetime
    #: None where uploads are kept for good.
    expires_at: datetime | None


class UploadService:
    """Takes resumable uploads; every method may be called from any thread, and blocks.

    Methods that take an upload_id raise UnknownUpload where there is none of that owner, and
    UploadExpired where there was. What a method says has come is on the disk.
    """

    def __init__(
        self,
        settings: Settings,
        store: JobStore,
        storage: StorageService,
        inputs_lock: threading.Lock,
    ) -> None:
        """Take the parts; ``inputs_lock`` is held while inputs gain or lose a job."""
        self._settings = settings
        self._store = store
        self._storage = storage
        self._inputs_lock = inputs_lock
        self._folder = UploadFolder(storage)
        self._lock = threading.Lock()
        self._lives: dict[str, LiveUpload] = {}
        self._stopping = False

    @property
    def busy(self) -> bool:
        """Tell whether bytes are coming in just now."""
        return any(live.writer is not None for live in list(self._lives.values()))

    def create(self, owner: str, length: int, filename: str, metadata: str = "") -> UploadView:
        """Begin an upload of ``length`` bytes.

        Raises BadVideo for an empty file, LimitExceeded, and StorageFull where there would be no
        room for it.
        """
        self.drop_expired()
        with self._lock:
            self._check_room(owner, length)
            record = UploadRecord(uuid4().hex, owner, length, filename, metadata, time.time())
            self._folder.create(record)
        return self._view(record, 0)

    def view(self, upload_id: str, owner: str) -> UploadView:
        """Return how much of an upload has come."""
        with self._held(upload_id, owner) as (record, live):
            return self._view(record, self._settled(record, live))

    def unsubmitted(self, owner: str) -> list[UploadView]:
        """Return a user's uploads that are no job yet, the newest first."""
        views = []
        for record in self._begun(owner):
            with suppress(UnknownUpload, UploadExpired):
                views.append(self.view(record.upload_id, owner))
        return sorted(views, key=lambda view: view.created_at, reverse=True)

    def append(
        self,
        upload_id: str,
        owner: str,
        offset: int,
        *,
        size: int | None = None,
        checksum: Checksum | None = None,
    ) -> UploadWriter:
        """Begin to take bytes that belong at ``offset``; ``size`` of them, where that is known.

        Raises WrongOffset, LimitExceeded where there would be too many, and UploadBusy while
        somebody else is sending. One who has fallen silent is taken over.
        """
        with self._held(upload_id, owner) as (record, live):
            if self._stopping:
                raise Stopping("The server is stopping.")
            writer = live.writer
            if writer is not None:
                if writer.silent_for < SILENCE:
                    raise _busy()
                writer.suspend(_busy())
            here = self._settled(record, live)
            if offset != here:
                raise WrongOffset(
                    f"The upload goes on at byte {here}, not at {offset}: ask again where it "
                    "stands, and go on from there."
                )
            if size is not None and offset + size > record.length:
                raise LimitExceeded(
                    "upload_length",
                    f"The upload was announced with {record.length} bytes; {offset + size} would "
                    "be too many.",
                )
            if record.input_key is not None:
                raise WrongOffset("The upload is complete, and a job already.")
            live.writer = self._open(record, live, checksum)
            return live.writer

    def delete(self, upload_id: str, owner: str) -> None:
        """Forget an upload and its bytes; a job that was made of it keeps its video."""
        with self._held(upload_id, owner) as (record, live):
            writer = live.writer
            if writer is not None:
                writer.suspend(_unknown(upload_id))
            self._drop_orphan(record)
            self._folder.remove(upload_id)

    @contextmanager
    def submitting(self, upload_id: str, owner: str) -> Iterator[FinishedUpload]:
        """Hold a finished upload while a job is made of it; raises UploadUnfinished."""
        with self._held(upload_id, owner) as (record, live):
            missing = record.length - self._settled(record, live)
            if missing or live.writer is not None:
                raise UploadUnfinished(
                    f"The upload isn't finished: {missing} of {record.length} bytes are missing."
                )
            yield FinishedUpload(self._folder, record, live)

    def drop_expired(self) -> None:
        """Delete the bytes of uploads that were left alone for too long.

        For as long again it is told that they have expired; then they are unknown.
        """
        now = time.time()
        for record in self._folder.records():
            expires_at = self._expires_at(record)
            if expires_at is None or expires_at > now:
                continue
            live = self._live(record.upload_id)
            with live.lock:
                if live.writer is None:
                    self._expire(record)
        for path in self._folder.strays(now - STRAY):
            path.unlink(missing_ok=True)
        with self._lock:
            for upload_id in [one for one in self._lives if self._folder.load(one) is None]:
                del self._lives[upload_id]

    def stop(self) -> None:
        """Let no more bytes in, and bring those that came to the disk."""
        self._stopping = True
        for live in list(self._lives.values()):
            writer = live.writer
            if writer is not None:
                writer.suspend(Stopping("The server is stopping."))

    # ── limits ──────────────────────────────────────────────────────────────────────────────────

    def _check_room(self, owner: str, length: int) -> None:
        if length == 0:
            raise BadVideo("The file is empty.")
        limit = self._settings.max_upload_bytes
        if limit is not None and length > limit:
            raise LimitExceeded(
                "max_upload_bytes", f"The file is larger than the {limit} bytes allowed."
            )
        begun = list(self._begun(owner))
        quota = self._settings.max_unsubmitted_bytes
        if len(begun) >= MOST_UPLOADS or (
            quota is not None and sum(record.length for record in begun) + length > quota
        ):
            raise LimitExceeded(
                "max_unsubmitted_bytes",
                f"{len(begun)} uploads wait to be finished or submitted, and there is no room for "
                "another one of this size. Finish, submit or delete some of them, or raise "
                "c.VideoJobs.max_unsubmitted_bytes.",
            )
        free = shutil.disk_usage(self._folder.path).free
        if length > free:
            raise StorageFull(
                f"The file has {length} bytes and the server's disk {free} left. Delete jobs or "
                "files that are no longer needed, or set VideoJobs.data_dir to a larger disk."
            )

    def _begun(self, owner: str) -> Iterator[UploadRecord]:
        for record in self._folder.records():
            if record.owner == owner and self._folder.part(record.upload_id).exists():
                yield record

    # ── one upload ──────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _held(self, upload_id: str, owner: str) -> Iterator[tuple[UploadRecord, LiveUpload]]:
        """Hold an upload's lock; its record is read under it."""
        self._find(upload_id, owner)
        live = self._live(upload_id)
        with live.lock:
            yield self._find(upload_id, owner), live

    def _find(self, upload_id: str, owner: str) -> UploadRecord:
        record = self._folder.load(upload_id)
        if record is None or record.owner != owner:
            raise _unknown(upload_id)
        expires_at = self._expires_at(record)
        gone = record.input_key is None and not self._folder.part(upload_id).exists()
        if gone or (expires_at is not None and expires_at <= time.time()):
            raise UploadExpired(
                f"Upload {upload_id} has expired: nothing was sent for too long. Begin anew."
            )
        return record

    def _live(self, upload_id: str) -> LiveUpload:
        with self._lock:
            return self._lives.setdefault(upload_id, LiveUpload())

    def _settled(self, record: UploadRecord, live: LiveUpload) -> int:
        """Return the offset that is safely on the disk; the upload's lock is held."""
        part = self._folder.part(record.upload_id)
        writer = live.writer
        kept = None if writer is None else writer.kept
        try:
            sync(part)
            if kept is not None:
                return kept
            trusted = self._folder.trusted(record.upload_id)
            if trusted is not None:
                self._drop_untrusted(part, trusted)
            return part.stat().st_size
        except FileNotFoundError:
            return 0 if record.input_key is None else record.length

    def _drop_untrusted(self, part: Path, trusted: int) -> None:
        """Drop bytes whose checksum nobody compared: the server that took them was killed."""
        descriptor = os.open(part, os.O_WRONLY)
        try:
            _lock_for_writing(descriptor)
            os.ftruncate(descriptor, min(trusted, part.stat().st_size))
            os.fsync(descriptor)
            self._folder.trust(part.stem)
        finally:
            os.close(descriptor)

    def _open(
        self, record: UploadRecord, live: LiveUpload, checksum: Checksum | None
    ) -> UploadWriter:
        with storage_errors():
            descriptor = os.open(
                self._folder.part(record.upload_id), os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            )
        try:
            _lock_for_writing(descriptor)
            writer = UploadWriter(
                self._folder, record, live, descriptor, checksum, may_be_cut=checksum is None
            )
            if checksum is not None:
                self._folder.distrust(record.upload_id, writer.kept)
        except BaseException:
            os.close(descriptor)
            raise
        return writer

    def _view(self, record: UploadRecord, offset: int) -> UploadView:
        expires_at = self._expires_at(record)
        return UploadView(
            record.upload_id,
            record.filename,
            record.length,
            offset,
            record.metadata,
            datetime.fromtimestamp(record.created_at, UTC),
            None if expires_at is None else datetime.fromtimestamp(expires_at, UTC),
        )

    # ── the end ─────────────────────────────────────────────────────────────────────────────────

    def _expires_at(self, record: UploadRecord) -> float | None:
        hours = self._settings.upload_retention_hours
        return None if hours is None else self._folder.touched(record.upload_id) + hours * 3600.0

    def _expire(self, record: UploadRecord) -> None:
        if record.input_key is None and self._folder.part(record.upload_id).exists():
            self._folder.drop_part(record.upload_id)
            return
        self._drop_orphan(record)
        self._folder.remove(record.upload_id)

    def _drop_orphan(self, record: UploadRecord) -> None:
        """Delete an input of which no job was made: the server was killed in between."""
        if record.input_key is not None:
            with self._inputs_lock:
                if self._store.inputs_in_use(record.input_key) == 0:
                    self._storage.delete(record.input_key)


def _lock_for_writing(descriptor: int) -> None:
    """Keep other servers on the same folder from writing; the lock ends with the descriptor."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _busy() from None


def _busy() -> UploadBusy:
    return UploadBusy(
        "This file is being uploaded just now, by another page or program. Stop it there, or wait "
        "until it has ended."
    )


def _unknown(upload_id: str) -> UnknownUpload:
    return UnknownUpload(f"There is no upload {upload_id}.")
