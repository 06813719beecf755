"""Submit a video: a multipart body that goes to disk as it comes, or a path on the server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_server.utils import url_path_join
from tornado.web import HTTPError

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.errors import NotReady, RequestRefused
from videojobs_ext.api.file_name import plain_name
from videojobs_ext.api.media import JSON, MULTIPART
from videojobs_ext.api.models import SubmitReference, Submitted
from videojobs_ext.api.multipart import Form
from videojobs_ext.api.passing import PassingHandler
from videojobs_ext.api.video_source import one_source, video_source

if TYPE_CHECKING:
    from videojobs_ext.jobs.model import Job
    from videojobs_ext.services.submission import SubmitRequest, Upload

#: What a form may be larger than its file, in bytes.
FORM_OVERHEAD = 2 * 1024 * 1024

#: The pipeline_id of a submit that brings all of its steps as functions.
OF_FUNCTIONS = "functions"


class SubmitHandler(PassingHandler):
    """``POST /v1/video/submit``."""

    body_limit: ClassVar[int] = 1024 * 1024

    def initialize(self, name: str, **kwargs: object) -> None:
        """Begin without a form and without a file."""
        super().initialize(name, **kwargs)
        self._form: Form | None = None
        self._upload: Upload | None = None

    async def check_length(self) -> None:
        """Refuse by type and by length, before the body."""
        content_type = self.request.headers.get("Content-Type", "")
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type == MULTIPART:
            self._form = Form.of(content_type, self._open_upload)
            limit = self.services.settings.max_upload_bytes
            if limit is not None and self.content_length > limit + FORM_OVERHEAD:
                if "Expect" in self.request.headers:
                    # The client waits for a word before it sends the body.
                    raise self.too_large(limit)
                await self.refuse(self.too_large(limit))
        elif media_type == JSON:
            await super().check_length()
        else:
            raise RequestRefused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                f"Send the video as {MULTIPART}, or its path as {JSON}.",
            )

    async def data_received(self, chunk: bytes) -> None:
        """Parse, hash and write the body in a thread; the client waits while a batch is written."""
        if self._form is None:
            await VideoJobsHandler.data_received(self, chunk)
        else:
            await super().data_received(chunk)

    @may("write")
    async def post(self) -> None:
        """Answer 201 once the job is on disk."""
        if not self.refused and self._form is not None:
            await self.pass_on()
        if self.refused:
            self.end_refused()
            return
        job = await (self._submit_path() if self._form is None else self._submit_form(self._form))
        self.set_header(
            "Location", url_path_join(self.base_url, "v1/video/status", str(job.job_id))
        )
        self.answer(Submitted(job_id=job.job_id), HTTPStatus.CREATED)

    async def take(self, batch: bytes) -> None:
        """Parse, hash and write."""
        assert self._form is not None  # noqa: S101 - a JSON body isn't passed on
        try:
            await self.call(self._form.feed, batch)
        except Exception as error:
            if self._upload is not None and self._upload not in self.extension.open_uploads:
                raise NotReady("The server is stopping.") from error
            raise

    async def let_go(self) -> None:
        """Leave nothing of a file that was refused, or whose sender has gone."""
        upload, self._upload = self._upload, None
        if upload is not None:
            self.extension.open_uploads.discard(upload)
            await self.call(upload.abort)

    # ── from a form ─────────────────────────────────────────────────────────────────────────────

    def _open_upload(self, filename: str) -> Upload:
        """Begin to write the file; runs in a thread."""
        filename = plain_name(filename)
        pipeline_id = None if self._form is None else self._form.fields.get("pipeline_id")
        if pipeline_id and pipeline_id != OF_FUNCTIONS:
            # Better told now than after a gigabyte.
            self.services.library.get(pipeline_id)
        self._upload = self.services.submissions.open_upload(filename)
        self.extension.open_uploads.add(self._upload)
        if self.extension.stopping:
            self._upload.abort()
        return self._upload

    async def _submit_form(self, form: Form) -> Job:
        # From here on the file isn't that of a connection which may be cut.
        upload, self._upload = self._upload, None
        if upload is not None:
            self.extension.open_uploads.discard(upload)
        try:
            form.close()
            options = self._options(form.fields)
            await self._check_functions(options)
            if upload is None:
                return await self._submit_reference(options)
            return await self.call(
                self.services.submissions.submit_upload,
                upload,
                self._request(_only_file(options)),
            )
        except BaseException:
            if upload is not None:
                await self.call(upload.abort)
            raise

    @staticmethod
    def _options(texts: Mapping[str, str]) -> SubmitReference:
        fields: dict[str, Any] = {
            # Browsers send an empty text for a field that was left empty.
            name: text
            for name, text in texts.items()
            if text != "" and name != "_xsrf"
        }
        for name in ("params", "functions"):
            if name in fields:
                try:
                    fields[name] = json.loads(fields[name])
                except (ValueError, RecursionError) as error:
                    raise RequestRefused(
                        HTTPStatus.BAD_REQUEST,
                        "bad_json",
                        f"{name} is not JSON: {error}",
                        field=name,
                    ) from None
        return SubmitReference.model_validate(fields)

    # ── from a reference ────────────────────────────────────────────────────────────────────────

    async def _submit_path(self) -> Job:
        options = self.json_body(SubmitReference)
        await self._check_functions(options)
        return await self._submit_reference(options)

    async def _submit_reference(self, options: SubmitReference) -> Job:
        source, request = video_source(options), self._request(options)
        submissions = self.services.submissions
        if source.path is not None:
            return await self.call(submissions.submit_path, source.path, request)
        if source.job_id is not None:
            return await self.call(submissions.submit_again, source.job_id, request)
        return await self.call(
            submissions.submit_resumable, source.upload_id or "", self.person, request
        )

    async def _check_functions(self, options: SubmitReference) -> None:
        """Refuse code from who may submit jobs but not run code."""
        if options.functions and not await self.allows("execute"):
            raise HTTPError(HTTPStatus.FORBIDDEN, "User is not authorized to send functions.")

    def _request(self, options: SubmitReference) -> SubmitRequest:
        # Server start stays short: the services are imported in a thread.
        from videojobs_ext.pipelines.spec import FunctionSource  # noqa: PLC0415
        from videojobs_ext.services.submission import SubmitRequest  # noqa: PLC0415

        functions = {
            name: FunctionSource(code=sent.code, python=sent.python)
            for name, sent in (options.functions or {}).items()
        }

        return SubmitRequest(
            pipeline_id=options.pipeline_id,
            frame_stride=options.frame_stride,
            max_frames=options.max_frames,
            params=options.params,
            name=options.name,
            owner=self.current_user.username,
            functions=functions,
        )


def _only_file(options: SubmitReference) -> SubmitReference:
    if (options.path, options.upload_id, options.job_id) != (None, None, None):
        raise one_source()
    return options
