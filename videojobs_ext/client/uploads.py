"""Send a large file in a way that survives cut connections, restarts of the server and of us.

Speaks tus 1.0: the server says how much of the file it has, and we go on from there.
"""

from __future__ import annotations

import hashlib
import io
import os
import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from videojobs_ext.client.connection import Connection
from videojobs_ext.client.errors import (
    NotFound,
    ServerRefused,
    ServerTrouble,
    ServerUnreachable,
    VideoJobsError,
    WrongStatus,
)

if TYPE_CHECKING:
    from tqdm.std import tqdm

T = TypeVar("T")

#: A file of up to so many bytes goes in one request: it is sent again as quickly as resumed.
SMALL = 8 * 1024 * 1024

#: Bytes in one request; proxies in front of a server often take no more than 100 MB.
PIECE = 64 * 1024 * 1024

_BLOCK = 1024 * 1024

#: Seconds between two attempts at a server that is away.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0

#: Seconds after which a sender who is dead, but whose connection isn't, has given way.
_GONE_BY_THEN = 8.0

_TUS = {"Tus-Resumable": "1.0.0"}


class FileSender:
    """Sends one file and makes a job of it.

    ``connection`` returns the connection of the moment, and ``find_again`` looks for a server that
    has come back at another address. A server that is away may be so for ``patience`` seconds
    without taking a byte; then its error is raised, and sending the same file again goes on from
    where it stood. ``bar`` shows how much is there, and for how long the server is away.
    """

    def __init__(
        self,
        connection: Callable[[], Connection],
        find_again: Callable[[], None],
        *,
        patience: float,
        bar: tqdm[Any],
    ) -> None:
        self._connection = connection
        self._find_again = find_again
        self._patience = patience
        self._bar = bar
        self._away_since: float | None = None
        self._pause = _FIRST_PAUSE

    def submit(self, file: BinaryIO, size: int, name: str, request: Mapping[str, Any]) -> str:
        """Send ``size`` bytes of a file from where it stands, submit it, and return the job_id."""
        start = file.tell()
        said = {"filename": name, "pipeline_id": str(request["pipeline_id"])}
        identity = fingerprint(file, start)
        if identity is not None:
            said["fingerprint"] = identity
        upload_id, offset = self._patiently(lambda: self._begin(size, said))
        while offset < size:
            file.seek(start + offset)
            try:
                offset = self._send(upload_id, file, offset, size)
                self._is_back()
            except NotFound as error:
                # Expired, deleted, or the server has come back without its files.
                if error.reason not in ("unknown_upload", "upload_expired"):
                    raise
                upload_id, offset = self._patiently(lambda: self._create(size, said))
            except (ServerUnreachable, ServerRefused) as error:
                self._wait(error)
                stood, offset = offset, self._patiently(partial(self._offset, upload_id))
                if offset > stood:
                    self._is_back()
            self._at(offset)
        # Asked again after a cut connection, the server answers the same job.
        return self._patiently(
            lambda: str(
                self._connection()
                .request("POST", "submit", json={"upload_id": upload_id, **request})
                .json()["job_id"]
            )
        )

    def _begin(self, size: int, said: Mapping[str, str]) -> tuple[str, int]:
        """Find what was sent of this file before, or begin anew."""
        if "fingerprint" in said:
            for upload in self._connection().get("uploads")["uploads"]:
                same = upload["metadata"].get("fingerprint") == said["fingerprint"]
                if same and upload["length"] == size:
                    offset = self._take_over(upload["upload_id"])
                    if offset is not None:
                        self._at(offset)
                        return upload["upload_id"], offset
        return self._create(size, said)

    def _create(self, size: int, said: Mapping[str, str]) -> tuple[str, int]:
        metadata = ",".join(
            f"{key} {b64encode(text.encode()).decode()}" for key, text in said.items()
        )
        answer = self._connection().request(
            "POST",
            "uploads",
            headers={**_TUS, "Upload-Length": str(size), "Upload-Metadata": metadata},
        )
        return str(answer.json()["upload_id"]), 0

    def _take_over(self, upload_id: str) -> int | None:
        """Return where an upload stands; None where another notebook goes on sending it."""
        until = time.monotonic() + _GONE_BY_THEN
        while True:
            offset = self._offset(upload_id)
            try:
                self._patch(upload_id, offset, 0, b"")
            except ServerRefused as error:
                if error.status not in (404, 409, 410, 423):
                    raise
                if error.status in (404, 410) or time.monotonic() >= until:
                    return None
            else:
                return offset
            time.sleep(_FIRST_PAUSE)

    def _send(self, upload_id: str, file: BinaryIO, offset: int, size: int) -> int:
        length = min(PIECE, size - offset)
        self._patch(upload_id, offset, length, self._blocks(file, offset, length))
        return offset + length

    def _patch(
        self, upload_id: str, offset: int, length: int, content: bytes | Iterator[bytes]
    ) -> None:
        self._connection().request(
            "PATCH",
            f"uploads/{upload_id}",
            content=content,
            headers={
                **_TUS,
                "Content-Type": "application/offset+octet-stream",
                "Content-Length": str(length),
                "Upload-Offset": str(offset),
            },
        )

    def _offset(self, upload_id: str) -> int:
        answer = self._connection().ask("HEAD", f"uploads/{upload_id}", headers=_TUS)
        if answer.status_code in (404, 410):  # without a body that would say more
            return 0  # the next piece is refused, with a reason
        self._connection().check(answer)
        return int(answer.headers["Upload-Offset"])

    def _blocks(self, file: BinaryIO, offset: int, length: int) -> Iterator[bytes]:
        end = offset + length
        while offset < end:
            block = file.read(min(_BLOCK, end - offset))
            if not block:
                raise VideoJobsError("The file has become shorter while it was sent.")
            yield block
            offset += len(block)
            self._at(offset)

    # ── patience ────────────────────────────────────────────────────────────────────────────────

    def _at(self, offset: int) -> None:
        self._bar.update(offset - self._bar.n)

    def _patiently(self, ask: Callable[[], T]) -> T:
        while True:
            try:
                answer = ask()
            except (ServerUnreachable, ServerRefused) as error:
                self._wait(error)
            else:
                return answer

    def _wait(self, error: VideoJobsError) -> None:
        """Wait a little before the next attempt; raises the error where there shall be none."""
        if not _passes(error):
            raise error
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
        if now - self._away_since >= self._patience:
            raise error
        away = now - self._away_since
        self._bar.set_postfix_str(f"the server is away for {away:.0f} s, trying again")
        time.sleep(self._pause)
        self._pause = min(self._pause * 1.5, _LONGEST_PAUSE)
        self._find_again()

    def _is_back(self) -> None:
        if self._away_since is not None:
            self._away_since = None
            self._pause = _FIRST_PAUSE
            self._bar.set_postfix_str("")


def fingerprint(file: BinaryIO, start: int) -> str | None:
    """Return what tells a file of this machine from others, as long as it doesn't change."""
    try:
        state = os.fstat(file.fileno())
    except (OSError, io.UnsupportedOperation):
        return None
    parts = (uuid.getnode(), state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, start)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _passes(error: VideoJobsError) -> bool:
    """Tell whether it may be gone at the next attempt."""
    if isinstance(error, WrongStatus):
        return error.reason == "wrong_offset"
    if isinstance(error, ServerTrouble):
        return error.status in (423, 503)
    return isinstance(error, ServerUnreachable)
