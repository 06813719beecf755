"""The bytes of one request on their way to the end of an upload."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from videojobs_ext.services.errors import ChecksumMismatch, LimitExceeded, UploadBusy
from videojobs_ext.services.upload_record import UploadFolder, UploadRecord
from videojobs_ext.storage.errors import StorageFull, storage_errors
from videojobs_ext.video.container import HEAD_BYTES
from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.probe import sniff_container

if TYPE_CHECKING:
    from hashlib import _Hash

#: Checksums that bytes may come with, by tus's names for them.
CHECKSUMS: Mapping[str, Callable[[], _Hash]] = {
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
}

#: The size is synced as well; what isn't, the times, needn't be.
_sync_data = getattr(os, "fdatasync", os.fsync)

#: So many bytes are pushed to the disk while the next ones come: less to wait for at the end.
_PUSH = 8 * 1024 * 1024


@dataclass(frozen=True)
class Checksum:
    """What the bytes of one request must hash to; ``algorithm`` is one of ``CHECKSUMS``."""

    algorithm: str
    digest: bytes


class LiveUpload:
    """What this process knows of an upload; gone with the process, and found out again then.

    ``lock`` is held while a sender is let in, while the upload is submitted, and while it ends.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.writer: UploadWriter | None = None
        self.hash = hashlib.sha256()
        #: So many bytes are in ``hash``.
        self.hashed = 0
        self.sniffed = False


class UploadWriter:
    """The bytes of one request on their way to the end of an upload.

    Its methods block and may be called from any thread; ``touch`` doesn't block. It ends by
    ``finish``, or by ``suspend``, which keeps what came and is harmless after the end. When
    ``write`` or ``finish`` raises, it has ended by itself.
    """

    def __init__(
        self,
        folder: UploadFolder,
        record: UploadRecord,
        live: LiveUpload,
        descriptor: int,
        checksum: Checksum | None,
        *,
        may_be_cut: bool,
    ) -> None:
        self._folder = folder
        self._record = record
        self._live = live
        self._descriptor = descriptor
        self._begin = self._offset = os.fstat(descriptor).st_size
        #: Up to here the disk was told to write.
        self._pushed = self._begin
        self._checksum = checksum
        self._sum = None if checksum is None else CHECKSUMS[checksum.algorithm]()
        self._may_be_cut = may_be_cut
        self._lock = threading.Lock()
        self._ended = False
        self._why: Exception | None = None
        self._heard = time.monotonic()
        if live.hashed > self._begin:
            live.hash, live.hashed = hashlib.sha256(), 0
        self._hash_before = (live.hash.copy(), live.hashed)

    @property
    def silent_for(self) -> float:
        """Return for how many seconds nothing has come; 0 while bytes are being written."""
        return 0.0 if self._lock.locked() else time.monotonic() - self._heard

    @property
    def kept(self) -> int:
        """Return the offset that would stay if the sender were gone now."""
        return self._offset if self._may_be_cut else self._begin

    def touch(self) -> None:
        """Note that the sender is alive."""
        self._heard = time.monotonic()

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises BadVideo, after which the upload is gone; LimitExceeded for more bytes than were
        announced; StorageFull; and what ``suspend`` was told.
        """
        with self._lock:
            self._check()
            try:
                self._check_length(len(data))
                self._append(data)
                self._sniff()
            except BadVideo:
                self._end()
                self._folder.remove(self._record.upload_id)
                raise
            except BaseException:
                self._keep()
                raise
            self._heard = time.monotonic()

    def finish(self) -> None:
        """Bring all bytes to the disk; raises ChecksumMismatch, BadVideo or StorageFull."""
        self.write(b"")
        with self._lock:
            self._check()
            wrong = self._checksum is not None and not self._matches(self._checksum)
            self._may_be_cut = not wrong
            self._keep()
        if wrong:
            raise ChecksumMismatch(
                "The bytes don't have the checksum in Upload-Checksum: they were damaged on their "
                "way and dropped. Send them again."
            )

    def suspend(self, why: Exception | None = None) -> None:
        """Keep what came, unless it had to come whole; later calls raise ``why``."""
        with self._lock:
            if not self._ended:
                self._why = why
                self._keep()

    def _check(self) -> None:
        if self._ended:
            raise self._why or UploadBusy("The sending of this upload has ended already.")

    def _check_length(self, more: int) -> None:
        if self._offset + more > self._record.length:
            self._may_be_cut = False
            raise LimitExceeded(
                "upload_length",
                f"More bytes came than the {self._record.length} that were announced in "
                "Upload-Length; those of this request were dropped.",
            )

    def _append(self, data: bytes) -> None:
        live = self._live
        view = memoryview(data)
        while view:
            with storage_errors():
                written = os.write(self._descriptor, view)
            if live.hashed == self._offset:
                live.hash.update(view[:written])
                live.hashed += written
            if self._sum is not None:
                self._sum.update(view[:written])
            self._offset += written
            view = view[written:]
        self._push()

    def _push(self) -> None:
        more = self._offset - self._pushed
        if more >= _PUSH and hasattr(os, "posix_fadvise"):
            # Linux begins to write what is said not to be needed any more.
            os.posix_fadvise(self._descriptor, self._pushed, more, os.POSIX_FADV_DONTNEED)
            self._pushed = self._offset

    def _sniff(self) -> None:
        """Raise BadVideo once it is known that this is none."""
        if self._live.sniffed or self._offset < min(HEAD_BYTES, self._record.length):
            return
        if sniff_container(read_head(self._folder.part(self._record.upload_id))) is None:
            raise BadVideo(
                "The file is not a video: its first bytes belong to no known container "
                "(MP4, MOV, MKV, WebM, AVI, MPEG, …)."
            )
        self._live.sniffed = True

    def _matches(self, checksum: Checksum) -> bool:
        return self._sum is not None and hmac.compare_digest(self._sum.digest(), checksum.digest)

    def _keep(self) -> None:
        """Sync what stays, and end."""
        try:
            if not self._may_be_cut:
                os.ftruncate(self._descriptor, self._begin)
                self._offset = self._begin
                self._live.hash, self._live.hashed = self._hash_before
            with storage_errors():
                _sync_data(self._descriptor)
            if self._checksum is not None:
                self._folder.trust(self._record.upload_id)
            if self._offset == self._record.length == self._live.hashed:
                # On a full disk it is only hashed again when it is submitted.
                with suppress(StorageFull):
                    self._folder.save(replace(self._record, sha256=self._live.hash.hexdigest()))
        finally:
            self._end()

    def _end(self) -> None:
        self._ended = True
        os.close(self._descriptor)
        if self._live.writer is self:
            self._live.writer = None


def read_head(path: Path) -> bytes:
    """Return the bytes by which a container is known."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
