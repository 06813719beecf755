"""Taking a job: from bytes or a path to a committed row and a place in the queue."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from videojobs_ext.jobs.errors import UnknownJob
from videojobs_ext.jobs.model import Job
from videojobs_ext.jobs.store import JobStore
from videojobs_ext.pipelines.customize import OF_FUNCTIONS, customize, of_functions
from videojobs_ext.pipelines.library import PipelineLibrary
from videojobs_ext.pipelines.spec import FunctionSource, Pipeline
from videojobs_ext.queues.base import QueueService
from videojobs_ext.services.errors import LimitExceeded, NotThere, UploadExpired
from videojobs_ext.services.inspector import Inspector
from videojobs_ext.services.named_files import confine_files
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.uploads import UploadService
from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.errors import StorageFull, storage_errors
from videojobs_ext.storage.layout import input_key
from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.probe import extension_for, sniff_container
from videojobs_ext.worker.inputs import confine, is_in_place
from videojobs_ext.worker.job_record import write_record

#: So many bytes tell by their magic whether a file is a video.
HEAD = 4096


_GONE = "The video of this job was deleted. Submit it anew."


@dataclass(frozen=True)
class SubmitRequest:
    """What to do with a video; None leaves the pipeline's own setting.

    ``functions`` are steps sent by value, after those of the pipeline; with the pipeline_id
    ``functions`` they are all that is run.
    """

    pipeline_id: str
    frame_stride: int | None = None
    max_frames: int | None = None
    params: Mapping[str, Any] | None = None
    name: str | None = None
    owner: str = ""
    functions: Mapping[str, FunctionSource] | None = None

    @property
    def fingerprint(self) -> str:
        """Return what tells whether the same is asked for again, whoever asks."""
        asked = asdict(self)
        del asked["owner"]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class VideoSource:
    """Which video is meant, by one of three: a path, a finished upload, the video of a job."""

    path: str | None = None
    upload_id: str | None = None
    job_id: UUID | None = None


@dataclass(frozen=True)
class LocatedVideo:
    """A video as a file that can be read now, and what its user calls it."""

    path: Path
    name: str


class Upload:
    """A body on its way to the disk, hashed as it comes; owned by one request.

    ``write`` raises BadVideo as soon as the first bytes are no video's, LimitExceeded over the
    size limit and StorageFull when the disk is. Whoever opens an upload ends it with ``abort``
    unless it was submitted.
    """

    def __init__(self, path: Path, filename: str, max_bytes: int | None) -> None:
        self.path = path
        self.filename = filename
        self.size = 0
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self._head = b""
        self._sniffed = False
        self._file = path.open("xb")

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self.size += len(data)
        if self._max_bytes is not None and self.size > self._max_bytes:
            raise LimitExceeded(
                "max_upload_bytes", f"The file is larger than the {self._max_bytes} bytes allowed."
            )
        if not self._sniffed:
            self._head += data[: HEAD - len(self._head)]
            if len(self._head) >= HEAD:
                self._sniff()
        self._hash.update(data)
        with storage_errors():
            self._file.write(data)

    def close(self) -> None:
        """Bring what was written safely to the disk; raises BadVideo for what is no video."""
        if self.size == 0:
            raise BadVideo("The file is empty.")
        self._sniff()
        with storage_errors():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def abort(self) -> None:
        """Forget the upload and its bytes; harmless when it is done already."""
        with contextlib.suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)

    @property
    def sha256(self) -> str:
        """Return the hash of what was written, in hex."""
        return self._hash.hexdigest()

    @property
    def extension(self) -> str:
        """Return the extension that fits the content, with its dot."""
        return extension_for(sniff_container(self._head) or "")

    def _sniff(self) -> None:
        if self._sniffed:
            return
        if sniff_container(self._head) is None:
            raise BadVideo(
                "The file is not a video: its first bytes belong to no known container "
                "(MP4, MOV, MKV, WebM, AVI, MPEG, …)."
            )
        self._sniffed = True


class SubmissionService:
    """Takes jobs; every method may be called from any thread, and blocks."""

    def __init__(
        self,
        settings: Settings,
        store: JobStore,
        queue: QueueService,
        storage: StorageService,
        library: PipelineLibrary,
        inspector: Inspector,
        uploads: UploadService,
        inputs_lock: threading.Lock,
    ) -> None:
        """Take the parts; ``inputs_lock`` is held while inputs gain or lose a job."""
        self._settings = settings
        self._store = store
        self._queue = queue
        self._storage = storage
        self._library = library
        self._inspector = inspector
        self._uploads = uploads
        self._inputs_lock = inputs_lock

    def plan(self, request: SubmitRequest) -> Pipeline:
        """Return the pipeline as the request wants it, checked against the installed steps."""
        functions = request.functions or {}
        if functions and request.pipeline_id == OF_FUNCTIONS:
            pipeline, functions = of_functions(functions), {}
        else:
            pipeline = self._library.get(request.pipeline_id).pipeline
        pipeline = customize(
            pipeline,
            frame_stride=request.frame_stride,
            max_frames=request.max_frames,
            params=request.params,
            functions=functions,
        )
        planned = self._library.plan(pipeline, source="parameters")
        return confine_files(pipeline, planned.parameters, self._confined)

    def open_upload(self, filename: str) -> Upload:
        """Begin to take a file of that name."""
        folder = self._storage.scratch("uploads")
        return Upload(folder / f"{uuid4().hex}.part", filename, self._settings.max_upload_bytes)

    def submit_upload(self, upload: Upload, request: SubmitRequest) -> Job:
        """Make a job of an upload; what it returns survives whatever happens next.

        Raises UnknownPipeline, PipelineError, BadVideo, VideoTooLarge, StorageFull or
        DatabaseUnavailable; the upload is then still the caller's to abort.
        """
        pipeline = self.plan(request)
        upload.close()
        self._inspector.probe(upload.path)
        key = input_key(upload.sha256, upload.extension)

        def place() -> None:
            if self._storage.exists(key):
                upload.abort()
            else:
                self._storage.put(upload.path, key)

        job = self._job(pipeline, request, key, upload.filename, upload.sha256)
        return self._commit(job, place)

    def submit_resumable(self, upload_id: str, uploader: str, request: SubmitRequest) -> Job:
        """Make a job of a finished resumable upload of ``uploader``'s, which moves to the inputs.

        The same submit once more returns the same job, whatever happened in between; another one
        makes another job of the same video. Raises UnknownUpload, UploadExpired or
        UploadUnfinished besides what ``submit_upload`` raises; the upload then stays.
        """
        pipeline = self.plan(request)
        with self._uploads.submitting(upload_id, uploader) as upload:
            made = upload.job_of(request.fingerprint)
            if made is not None:
                with contextlib.suppress(UnknownJob):
                    return self._store.get(made)
            part = upload.path
            if part is not None:
                self._inspector.probe(part)
            key, sha256 = upload.identify()
            job = self._job(pipeline, request, key, upload.filename, sha256)
            # A server that dies from here on finds by this what it has begun.
            upload.remember(key, sha256, request.fingerprint, job.job_id)

            def place() -> None:
                if part is None:
                    if not self._storage.exists(key):
                        raise UploadExpired(
                            "The video of this upload was deleted with its job. Upload it again."
                        )
                elif self._storage.exists(key):
                    part.unlink()
                else:
                    self._storage.put(part, key)

            return self._commit(job, place)

    def submit_path(self, path: str, request: SubmitRequest) -> Job:
        """Make a job of a file under the server's root (or another allowed one), left in place.

        Raises PathRefused besides what ``submit_upload`` raises.
        """
        pipeline = self.plan(request)
        real = self._sniffed(path)
        self._inspector.probe(real)
        return self._commit(self._job(pipeline, request, str(real), real.name, None), None)

    def submit_again(self, job_id: UUID, request: SubmitRequest) -> Job:
        """Make a job of the video of another job; raises UnknownJob or NotThere besides."""
        earlier = self._store.get(job_id)
        if is_in_place(earlier):
            return self.submit_path(earlier.input_path, request)
        pipeline = self.plan(request)
        key, sha256 = earlier.input_path, earlier.input_sha256
        job = self._job(pipeline, request, key, earlier.input_name, sha256)

        def place() -> None:
            if not self._storage.exists(key):
                raise NotThere(_GONE)

        return self._commit(job, place)

    @contextlib.contextmanager
    def looking(self, source: VideoSource, uploader: str) -> Iterator[LocatedVideo]:
        """Hold a video while it is looked at; raises what a submit of it would raise."""
        if source.upload_id is not None:
            with self._uploads.submitting(source.upload_id, uploader) as upload:
                path = upload.path or self._stored(upload.identify()[0])
                yield LocatedVideo(path, upload.filename)
            return
        named = source.path or ""
        if source.job_id is not None:
            earlier = self._store.get(source.job_id)
            if not is_in_place(earlier):
                yield LocatedVideo(self._stored(earlier.input_path), earlier.input_name)
                return
            named = earlier.input_path
        real = self._sniffed(named)
        yield LocatedVideo(real, real.name)

    def _stored(self, key: str) -> Path:
        try:
            return self._storage.local_path(key)
        except FileNotFoundError:
            raise NotThere(_GONE) from None

    def _sniffed(self, path: str) -> Path:
        """Return the real path of an allowed file that begins like a video."""
        real = self._confined(path)
        with real.open("rb") as file:
            head = file.read(HEAD)
        if not head:
            raise BadVideo("The file is empty.")
        if sniff_container(head) is None:
            raise BadVideo(f"{real.name} is not a video: its first bytes belong to no container.")
        return real

    def _confined(self, path: str) -> Path:
        settings = self._settings
        return confine(path, settings.root_dir, settings.roots, allow_hidden=settings.allow_hidden)

    @staticmethod
    def _job(
        pipeline: Pipeline,
        request: SubmitRequest,
        input_path: str,
        input_name: str,
        sha256: str | None,
    ) -> Job:
        return Job(
            job_id=uuid4(),
            pipeline_id=pipeline.id,
            pipeline=pipeline.to_yaml(),
            params=dict(request.params or {}),
            input_path=input_path,
            input_name=input_name,
            input_sha256=sha256,
            name=request.name or default_name(input_name, pipeline),
            owner=request.owner,
        )

    def _commit(self, job: Job, place: Callable[[], None] | None) -> Job:
        """Keep the video, then the record beside it, then the row; only then is the job queued."""
        with self._inputs_lock:
            if place is not None:
                place()
            created = self._store.create(job)
        try:
            write_record(self._storage, created)
        except StorageFull:
            self._store.delete(created.job_id)
            raise
        self._queue.put(created.job_id)
        return created


def default_name(input_name: str, pipeline: Pipeline) -> str:
    """Return what a job is called whose user gave it no name."""
    return f"{input_name} · {pipeline.title or pipeline.id}"
