"""The one table of routes: the server's handlers and openapi.json are both made from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from pydantic import BaseModel

from videojobs_ext.api import models
from videojobs_ext.api.base import VideoJobsHandler
from videojobs_ext.api.estimate import EstimateHandler
from videojobs_ext.api.files import (
    ArtifactHandler,
    ArtifactsHandler,
    LogHandler,
    ThumbnailHandler,
    VideoHandler,
)
from videojobs_ext.api.frames import FramesHandler
from videojobs_ext.api.health import HealthHandler
from videojobs_ext.api.job_settings import JobSettingsHandler
from videojobs_ext.api.jobs import CancelHandler, JobHandler, JobsHandler, RetryHandler
from videojobs_ext.api.media import ARROW, JSON, MULTIPART, PARQUET, YAML
from videojobs_ext.api.openapi_handler import OpenApiHandler
from videojobs_ext.api.pipelines import PipelineHandler, PipelinesHandler
from videojobs_ext.api.proxy import ProxyHandler, ProxyVideoHandler
from videojobs_ext.api.results import ExportHandler, ResultsHandler
from videojobs_ext.api.rows import RowsHandler
from videojobs_ext.api.status import StatusHandler
from videojobs_ext.api.steps import StepsHandler
from videojobs_ext.api.submit import SubmitHandler
from videojobs_ext.api.timeline import TimelineHandler
from videojobs_ext.api.tus import OFFSET_STREAM
from videojobs_ext.api.tus_status import TusStatus
from videojobs_ext.api.uploads import UploadHandler, UploadsHandler
from videojobs_ext.api.validate import ValidateHandler

PREFIX = "/v1/video"

#: What comes back: a model for JSON, None for no body, or the media types of a file.
Content = type[BaseModel] | None | tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """One verb of a route. Any may also answer 401/403 (who), 405, 500 and 503 (database)."""

    summary: str
    answers: Mapping[HTTPStatus, Content]
    #: Statuses that carry an ErrorAnswer.
    errors: tuple[HTTPStatus | TusStatus, ...] = ()
    query: type[models.Request] | None = None
    #: Request bodies by media type; a str is text.
    body: Mapping[str, type[BaseModel | str]] = field(default_factory=dict)
    #: Media types besides JSON in which the 200 can come, by Accept.
    also_as: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """One path with its handler and its verbs; parameters of the path stand in braces."""

    path: str
    handler: type[VideoJobsHandler]
    operations: Mapping[str, Operation]

    @property
    def pattern(self) -> str:
        """Return the regular expression under the server's base_url; names may hold slashes."""
        return PREFIX + re.sub(r"\{\w+\}", r"([^/]+)", self.path.replace("{name}", "(.+)"))

    @property
    def parameters(self) -> list[str]:
        """Return the names in braces."""
        return re.findall(r"\{(\w+)\}", self.path)


OK, CREATED, ACCEPTED, GONE = (
    HTTPStatus.OK,
    HTTPStatus.CREATED,
    HTTPStatus.ACCEPTED,
    HTTPStatus.NO_CONTENT,
)
BAD, MISSING, CONFLICT, LARGE, TYPE, FORMAT, FULL = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.NOT_ACCEPTABLE,
    HTTPStatus.INSUFFICIENT_STORAGE,
)
EXPIRED, VERSION, LOCKED = (
    HTTPStatus.GONE,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.LOCKED,
)
RANGES = {HTTPStatus.PARTIAL_CONTENT: ("*/*",), HTTPStatus.NOT_MODIFIED: None}


def _file(summary: str, *media_types: str) -> Operation:
    return Operation(
        summary,
        {OK: media_types, **RANGES},
        (MISSING, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE),
    )


ROUTES: tuple[Route, ...] = (
    Route(
        "/submit",
        SubmitHandler,
        {
            "POST": Operation(
                "Submit a video",
                {CREATED: models.Submitted},
                (BAD, MISSING, CONFLICT, EXPIRED, LARGE, TYPE, FULL),
                body={MULTIPART: models.SubmitUpload, JSON: models.SubmitReference},
            )
        },
    ),
    Route(
        "/estimate",
        EstimateHandler,
        {
            "POST": Operation(
                "What a submit would cost",
                {OK: models.EstimateAnswer},
                (BAD, MISSING, CONFLICT, EXPIRED, LARGE),
                body={JSON: models.EstimateRequest},
            )
        },
    ),
    Route(
        "/uploads",
        UploadsHandler,
        {
            "GET": Operation("List uploads that are no job yet", {OK: models.UploadsAnswer}),
            "POST": Operation(
                "Begin a resumable upload (tus 1.0)",
                {CREATED: models.Upload},
                (BAD, MISSING, VERSION, LARGE, FULL),
            ),
        },
    ),
    Route(
        "/uploads/{upload_id}",
        UploadHandler,
        {
            "HEAD": Operation(
                "Where a resumable upload stands, in headers",
                {OK: None},
                (MISSING, EXPIRED, VERSION),
            ),
            "PATCH": Operation(
                "Go on with a resumable upload",
                {GONE: None},
                (
                    BAD,
                    MISSING,
                    CONFLICT,
                    EXPIRED,
                    VERSION,
                    LARGE,
                    TYPE,
                    LOCKED,
                    TusStatus.CHECKSUM_MISMATCH,
                    FULL,
                ),
                body={OFFSET_STREAM: str},
            ),
            "DELETE": Operation(
                "Forget a resumable upload", {GONE: None}, (MISSING, EXPIRED, VERSION)
            ),
        },
    ),
    Route(
        "/status/{job_id}",
        StatusHandler,
        {"GET": Operation("Where a job stands", {OK: models.JobStatusAnswer}, (MISSING,))},
    ),
    Route(
        "/results/{job_id}",
        ResultsHandler,
        {
            "GET": Operation(
                "A completed job's results",
                {OK: models.ResultsAnswer, **RANGES},
                (BAD, MISSING, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE),
                query=models.FrameRange,
            )
        },
    ),
    Route(
        "/results/{job_id}/{format}",
        ExportHandler,
        {
            "GET": Operation(
                "A completed job's results in another format",
                {OK: ("*/*",), **RANGES},
                (MISSING, CONFLICT, FORMAT, FULL, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE),
            )
        },
    ),
    Route(
        "/jobs",
        JobsHandler,
        {"GET": Operation("List jobs", {OK: models.JobsAnswer}, (BAD,), query=models.JobsQuery)},
    ),
    Route(
        "/jobs/{job_id}",
        JobHandler,
        {
            "GET": Operation("One job, as its status", {OK: models.JobStatusAnswer}, (MISSING,)),
            "DELETE": Operation("Delete a job that doesn't run", {GONE: None}, (MISSING, CONFLICT)),
        },
    ),
    Route(
        "/jobs/{job_id}/cancel",
        CancelHandler,
        {
            "POST": Operation(
                "Cancel a job", {ACCEPTED: models.JobStatusAnswer}, (MISSING, CONFLICT)
            )
        },
    ),
    Route(
        "/jobs/{job_id}/retry",
        RetryHandler,
        {
            "POST": Operation(
                "Queue a failed job again",
                {ACCEPTED: models.JobStatusAnswer},
                (MISSING, CONFLICT),
            )
        },
    ),
    Route(
        "/jobs/{job_id}/settings",
        JobSettingsHandler,
        {
            "GET": Operation(
                "What a job was submitted with", {OK: models.JobSettingsAnswer}, (MISSING,)
            )
        },
    ),
    Route(
        "/jobs/{job_id}/rows",
        RowsHandler,
        {
            "GET": Operation(
                "The rows so far",
                {OK: models.RowsAnswer},
                (BAD, MISSING, FORMAT),
                query=models.FrameRange,
                also_as=(ARROW, PARQUET),
            )
        },
    ),
    Route(
        "/jobs/{job_id}/frames",
        FramesHandler,
        {
            "GET": Operation(
                "The frame index",
                {OK: models.FramesAnswer},
                (BAD, MISSING, FORMAT),
                query=models.PtsRange,
                also_as=(PARQUET, ARROW),
            )
        },
    ),
    Route(
        "/jobs/{job_id}/timeline",
        TimelineHandler,
        {
            "GET": Operation(
                "What was found when, in few numbers",
                {OK: models.TimelineAnswer},
                (BAD, MISSING),
                query=models.TimelineQuery,
            )
        },
    ),
    Route(
        "/jobs/{job_id}/proxy",
        ProxyHandler,
        {
            "GET": Operation("How far the playable copy is", {OK: models.ProxyAnswer}, (MISSING,)),
            "POST": Operation(
                "Make a copy that browsers play", {ACCEPTED: models.ProxyAnswer}, (MISSING, FULL)
            ),
            "DELETE": Operation("Stop or remove the copy", {GONE: None}, (MISSING,)),
        },
    ),
    Route(
        "/jobs/{job_id}/proxy/video",
        ProxyVideoHandler,
        {"GET": _file("The playable copy", "video/mp4")},
    ),
    Route("/jobs/{job_id}/video", VideoHandler, {"GET": _file("The video", "video/*")}),
    Route("/jobs/{job_id}/thumbnail", ThumbnailHandler, {"GET": _file("The poster", "image/jpeg")}),
    Route("/jobs/{job_id}/log", LogHandler, {"GET": _file("The log", "text/plain")}),
    Route(
        "/jobs/{job_id}/artifacts",
        ArtifactsHandler,
        {"GET": Operation("List artifacts", {OK: models.ArtifactsAnswer}, (MISSING,))},
    ),
    Route(
        "/jobs/{job_id}/artifacts/{name}",
        ArtifactHandler,
        {"GET": _file("One artifact", "*/*")},
    ),
    Route(
        "/pipelines",
        PipelinesHandler,
        {"GET": Operation("List pipelines", {OK: models.PipelinesAnswer})},
    ),
    Route(
        "/pipelines/{pipeline_id}",
        PipelineHandler,
        {
            "GET": Operation("One pipeline", {OK: models.PipelineAnswer}, (BAD, MISSING)),
            "PUT": Operation(
                "Save a pipeline",
                {OK: models.PipelineAnswer, CREATED: models.PipelineAnswer},
                (BAD, CONFLICT, LARGE, TYPE, FULL),
                body=dict.fromkeys((*YAML, JSON), str),
            ),
            "DELETE": Operation("Remove a pipeline", {GONE: None}, (MISSING, CONFLICT)),
        },
    ),
    Route(
        "/validate",
        ValidateHandler,
        {
            "POST": Operation(
                "Check a pipeline without saving it",
                {OK: models.ValidateAnswer},
                (BAD, LARGE),
                body=dict.fromkeys((*YAML, JSON), str),
            )
        },
    ),
    Route("/steps", StepsHandler, {"GET": Operation("List steps", {OK: models.StepsAnswer})}),
    Route(
        "/health",
        HealthHandler,
        {
            "GET": Operation(
                "Whether jobs will be run",
                {OK: models.HealthAnswer, HTTPStatus.SERVICE_UNAVAILABLE: models.HealthAnswer},
            )
        },
    ),
    Route("/openapi.json", OpenApiHandler, {"GET": Operation("This document", {OK: (JSON,)})}),
)


def handlers() -> list[tuple[str, type[VideoJobsHandler]]]:
    """Return the table as a Jupyter server takes it."""
    return [(route.pattern, route.handler) for route in ROUTES]
