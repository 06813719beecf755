"""An upload whose bytes are all here, on its way to becoming a job's input."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from videojobs_ext.services.upload_record import UploadFolder, UploadRecord
from videojobs_ext.services.upload_writer import LiveUpload, read_head
from videojobs_ext.storage.layout import input_key
from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.probe import extension_for, sniff_container

#: Bytes read at once where an upload is hashed again.
_BLOCK = 1024 * 1024


class FinishedUpload:
    """An upload whose bytes are all here, held by one submit; see ``UploadService.submitting``."""

    def __init__(self, folder: UploadFolder, record: UploadRecord, live: LiveUpload) -> None:
        self._folder = folder
        self._record = record
        self._live = live
        self._part = folder.part(record.upload_id)

    @property
    def filename(self) -> str:
        """Return the file's name as its user knows it."""
        return self._record.filename

    @property
    def path(self) -> Path | None:
        """Return where the bytes lie, or None where they have become an input already."""
        return self._part if self._part.exists() else None

    def job_of(self, submit: str) -> UUID | None:
        """Return the job that was made, or was about to be made, of a submit."""
        job_id = self._record.jobs.get(submit)
        return None if job_id is None else UUID(job_id)

    def identify(self) -> tuple[str, str]:
        """Return the input key and the SHA-256 in hex; bytes not hashed so far are read again."""
        record = self._record
        if record.input_key is not None and record.sha256 is not None:
            return record.input_key, record.sha256
        sha256 = record.sha256 or self._hash()
        container = sniff_container(read_head(self._part))
        if container is None:
            raise BadVideo("The file is not a video.")
        return input_key(sha256, extension_for(container)), sha256

    def remember(self, key: str, sha256: str, submit: str, job_id: UUID) -> None:
        """Note durably what is about to become of the upload, before it does."""
        jobs = {**self._record.jobs, submit: str(job_id)}
        self._record = replace(self._record, sha256=sha256, input_key=key, jobs=jobs)
        self._folder.save(self._record)

    def _hash(self) -> str:
        live = self._live
        if live.hashed > self._record.length:
            live.hash, live.hashed = hashlib.sha256(), 0
        with self._part.open("rb") as file:
            file.seek(live.hashed)
            while block := file.read(_BLOCK):
                live.hash.update(block)
                live.hashed += len(block)
        return live.hash.hexdigest()
