"""Resumable uploads, as tus 1.0 speaks of them: begin, ask, go on, forget."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.utils import url_path_join
from tornado.ioloop import IOLoop

from videojobs_ext.api import tus
from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.file_name import plain_name
from videojobs_ext.api.models import Upload, UploadsAnswer
from videojobs_ext.api.passing import PassingHandler
from videojobs_ext.api.submit import OF_FUNCTIONS
from videojobs_ext.api.tus_status import TusStatus

if TYPE_CHECKING:
    from videojobs_ext.services.upload_writer import UploadWriter
    from videojobs_ext.services.uploads import UploadService, UploadView


class TusHandler(VideoJobsHandler):
    """What every answer about uploads has."""

    def set_default_headers(self) -> None:
        """Say the version, and keep caches from telling an old offset."""
        super().set_default_headers()
        self.set_header("Tus-Resumable", tus.VERSION)
        self.set_header("Cache-Control", "no-store")
        self.set_header("Access-Control-Expose-Headers", tus.READ)

    async def check_length(self) -> None:
        """Refuse other versions before anything is read."""
        if self.request.method != "GET":
            tus.check_version(self.request.headers)
        await super().check_length()

    @allow_unauthenticated
    def options(self, *args: str, **kwargs: str) -> None:
        """Tell what is possible here; the largest size only to whom the server knows."""
        super().options(*args, **kwargs)
        allowed = self._headers.get("Access-Control-Allow-Headers", "")
        self.set_header("Access-Control-Allow-Headers", f"{allowed}, {tus.SENT}")
        self.set_header("Tus-Version", tus.VERSION)
        self.set_header("Tus-Extension", tus.EXTENSIONS)
        self.set_header("Tus-Checksum-Algorithm", ",".join(tus.CHECKSUMS))
        limit = self.extension.configuration.max_upload_bytes
        if self.current_user and limit:
            self.set_header("Tus-Max-Size", limit)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 - tornado's
        """Write the error with what tus wants beside it."""
        if status_code == HTTPStatus.PRECONDITION_FAILED:
            self.set_header("Tus-Version", tus.VERSION)
        if status_code == TusStatus.CHECKSUM_MISMATCH:
            self.set_status(status_code, TusStatus(status_code).phrase)
        super().write_error(status_code, **kwargs)

    @property
    def uploads(self) -> UploadService:
        """Return the service."""
        return self.services.uploads

    def set_expiry(self, view: UploadView) -> None:
        """Say until when what has come is kept."""
        if view.expires_at is not None:
            self.set_header("Upload-Expires", tus.expires(view.expires_at))


class UploadsHandler(TusHandler):
    """``GET`` and ``POST /v1/video/uploads``."""

    @may("read")
    async def get(self) -> None:
        """List this user's uploads that are no job yet."""
        views = await self.call(self.uploads.unsubmitted, self.person)
        self.answer(UploadsAnswer(uploads=[_answer(view) for view in views]))

    @may("write")
    async def post(self) -> None:
        """Begin an upload; a ``pipeline_id`` in its metadata is looked up before its bytes come."""
        length = tus.length(self.request.headers)
        text = self.request.headers.get("Upload-Metadata", "")
        said = tus.metadata(text)
        pipeline_id = said.get("pipeline_id")
        if pipeline_id and pipeline_id != OF_FUNCTIONS:
            await self.call(self.services.library.get, pipeline_id)
        filename = plain_name(said.get("filename") or said.get("name") or "")
        view = await self.call(self.uploads.create, self.person, length, filename, text)
        self.set_header(
            "Location", url_path_join(self.base_url, "v1/video/uploads", view.upload_id)
        )
        self.set_expiry(view)
        self.answer(_answer(view), HTTPStatus.CREATED)


class UploadHandler(TusHandler, PassingHandler):
    """``HEAD``, ``PATCH`` and ``DELETE /v1/video/uploads/{upload_id}``."""

    def initialize(self, name: str, **kwargs: object) -> None:
        """Begin without a writer."""
        super().initialize(name, **kwargs)
        self._writer: UploadWriter | None = None

    async def prepare(self) -> None:  # type: ignore[override]
        """Let a POST stand for another verb: some proxies let no PATCH and no DELETE through."""
        verb = self.request.headers.get("X-HTTP-Method-Override", "").upper()
        if self.request.method == "POST" and verb in self.verbs():
            self.request.method = verb
        await super().prepare()

    async def check_length(self) -> None:
        """Open the upload for the bytes that are to come, before the first of them is read."""
        if self.request.method != "PATCH":
            await super().check_length()
            return
        try:
            await self._open()
        except Exception as error:
            if self.content_length == 0 or "Expect" in self.request.headers:
                raise  # nobody is speaking: tornado's own way to answer will do
            await self.refuse(error)

    async def _open(self) -> None:
        # Server start stays short: the services are imported in a thread.
        from videojobs_ext.services.upload_writer import Checksum  # noqa: PLC0415

        headers = self.request.headers
        tus.check_version(headers)
        tus.check_type(headers)
        checksum = tus.checksum(headers)
        self._writer = await self.call(
            self.uploads.append,
            self.path_args[0],
            self.person,
            tus.offset(headers),
            size=self.content_length if "Content-Length" in headers else None,
            checksum=None if checksum is None else Checksum(*checksum),
        )
        if self.refused:  # the client has gone in the meantime
            await self.let_go()

    async def data_received(self, chunk: bytes) -> None:
        """Note that the sender is alive, then take what has come."""
        if self._writer is not None:
            self._writer.touch()
        await super().data_received(chunk)

    async def take(self, batch: bytes) -> None:
        """Write to the disk."""
        if self._writer is not None:
            await self.call(self._writer.write, batch)

    async def let_go(self) -> None:
        """Keep what has come."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await self.call(_keep, writer, bytes(self.body))

    def on_finish(self) -> None:
        """Let go of the upload when the verb was refused; what it hadn't taken is dropped."""
        if self._writer is not None:
            self.body.clear()
            IOLoop.current().add_callback(self.let_go)
        super().on_finish()

    @may("read")
    async def head(self, upload_id: str) -> None:
        """Tell where the upload stands."""
        view = await self.call(self.uploads.view, upload_id, self.person)
        self.set_header("Upload-Offset", view.offset)
        self.set_header("Upload-Length", view.length)
        if view.metadata:
            self.set_header("Upload-Metadata", view.metadata)
        self.set_expiry(view)
        self.finish()

    @may("write")
    async def patch(self, upload_id: str) -> None:
        """Take bytes to the upload's end; 204 once they are on the disk."""
        if not self.refused:
            await self.pass_on()
        writer, self._writer = self._writer, None
        if self.refused or writer is None:
            self.end_refused()
            return
        await self.call(writer.finish)
        view = await self.call(self.uploads.view, upload_id, self.person)
        self.set_header("Upload-Offset", view.offset)
        self.set_expiry(view)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()

    @may("write")
    async def delete(self, upload_id: str) -> None:
        """Forget the upload and its bytes."""
        await self.call(self.uploads.delete, upload_id, self.person)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


def _keep(writer: UploadWriter, rest: bytes) -> None:
    """Bring to the disk what came before the sender was gone; nobody is there to be told more."""
    if rest:
        with suppress(Exception):
            writer.write(rest)
    with suppress(Exception):
        writer.suspend()


def _answer(view: UploadView) -> Upload:
    return Upload(
        upload_id=view.upload_id,
        filename=view.filename,
        length=view.length,
        offset=view.offset,
        metadata=tus.metadata(view.metadata),
        created_at=view.created_at,
        expires_at=view.expires_at,
    )
