"""Which answer an exception is: the one table from domain errors to HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus

from pydantic import ValidationError
from tornado.web import HTTPError

from videojobs_ext.api.models import ErrorAnswer
from videojobs_ext.api.tus_status import TusStatus


class RequestRefused(Exception):
    """A request that is wrong by itself; the API raises it, no room below knows of it."""

    def __init__(
        self, status: HTTPStatus, reason: str, message: str, *, field: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.field = field


class NotReady(Exception):
    """The server has not finished (or not managed) to start its services."""


@cache
def _answers() -> Mapping[type[BaseException], tuple[int, str]]:
    """Return status and reason of each domain error; the nearest class in the MRO counts."""
    # Server start stays short: the rooms below are imported in a thread, and first needed here.
    from videojobs_ext.jobs import errors as jobs  # noqa: PLC0415
    from videojobs_ext.pipelines import errors as pipelines  # noqa: PLC0415
    from videojobs_ext.pipelines.library import BuiltInPipeline  # noqa: PLC0415
    from videojobs_ext.rows.exports import NothingToExport  # noqa: PLC0415
    from videojobs_ext.services import errors as services  # noqa: PLC0415
    from videojobs_ext.storage.errors import StorageFull  # noqa: PLC0415
    from videojobs_ext.video import errors as video  # noqa: PLC0415
    from videojobs_ext.worker.inputs import PathRefused  # noqa: PLC0415

    return {
        video.BadVideo: (HTTPStatus.BAD_REQUEST, "bad_video"),
        video.VideoTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "over_limit"),
        services.LimitExceeded: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "over_limit"),
        services.NotCompleted: (HTTPStatus.NOT_FOUND, "not_completed"),
        services.NotThere: (HTTPStatus.NOT_FOUND, "not_there"),
        services.UnknownUpload: (HTTPStatus.NOT_FOUND, "unknown_upload"),
        services.UploadExpired: (HTTPStatus.GONE, "upload_expired"),
        services.UploadUnfinished: (HTTPStatus.CONFLICT, "upload_unfinished"),
        services.WrongOffset: (HTTPStatus.CONFLICT, "wrong_offset"),
        services.UploadBusy: (HTTPStatus.LOCKED, "upload_busy"),
        services.ChecksumMismatch: (TusStatus.CHECKSUM_MISMATCH, "checksum_mismatch"),
        services.Stopping: (HTTPStatus.SERVICE_UNAVAILABLE, "stopping"),
        services.UnknownFormat: (HTTPStatus.NOT_ACCEPTABLE, "unknown_format"),
        NothingToExport: (HTTPStatus.CONFLICT, "nothing_to_export"),
        PathRefused: (HTTPStatus.BAD_REQUEST, "path_refused"),
        pipelines.PipelineError: (HTTPStatus.BAD_REQUEST, "bad_pipeline"),
        pipelines.UnknownPipeline: (HTTPStatus.NOT_FOUND, "unknown_pipeline"),
        BuiltInPipeline: (HTTPStatus.CONFLICT, "built_in"),
        jobs.UnknownJob: (HTTPStatus.NOT_FOUND, "unknown_job"),
        jobs.WrongStatus: (HTTPStatus.CONFLICT, "wrong_status"),
        jobs.DatabaseLocked: (HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable"),
        jobs.DatabaseUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable"),
        StorageFull: (HTTPStatus.INSUFFICIENT_STORAGE, "storage_full"),
    }


#: The part of a request that an error is about, where the error itself doesn't say.
_FIELDS: Mapping[str, str] = {
    "bad_video": "file",
    "path_refused": "path",
    "unknown_pipeline": "pipeline_id",
    "unknown_format": "format",
    "unknown_upload": "upload_id",
    "upload_expired": "upload_id",
    "upload_unfinished": "upload_id",
}


def answer_for(error: BaseException | None) -> tuple[int, ErrorAnswer] | None:
    """Return the status and body for an error; None where it is no mistake that we know."""
    match error:
        case RequestRefused():
            return error.status, ErrorAnswer(
                message=str(error), reason=error.reason, field=error.field
            )
        case ValidationError():
            return HTTPStatus.BAD_REQUEST, _first_complaint(error)
        case HTTPError():
            known = HTTPStatus(error.status_code)
            return known, ErrorAnswer(
                message=error.log_message or known.phrase,
                reason=known.phrase.lower().replace(" ", "_").replace("-", "_"),
            )
        case NotReady():
            # What the table below imports may be what could not be imported.
            return HTTPStatus.SERVICE_UNAVAILABLE, ErrorAnswer(
                message=str(error), reason="not_ready"
            )
    answers = _answers()
    for kind in type(error).__mro__:
        if error is not None and kind in answers:
            status, reason = answers[kind]
            field = getattr(error, "field", None) or _FIELDS.get(reason)
            return status, ErrorAnswer(message=message_of(error), reason=reason, field=field)
    return None


def message_of(error: BaseException) -> str:
    """Return an exception's text; a KeyError's own ``str`` would put it into quotes."""
    if isinstance(error, KeyError) and type(error).__str__ is KeyError.__str__ and error.args:
        return str(error.args[0])
    return str(error)


def _first_complaint(error: ValidationError) -> ErrorAnswer:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or None
    if first["type"] == "missing":
        message = f"{field} is missing."
    elif first["type"] == "extra_forbidden":
        message = f"{field} is not known here."
    else:
        message = first["msg"] if field is None else f"{field}: {first['msg']}"
    return ErrorAnswer(message=message, reason="bad_request", field=field)
