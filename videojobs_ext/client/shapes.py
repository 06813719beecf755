"""The JSON that the server sends, as types.  They are plain dicts at run time."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

#: Statuses after which a job does not change any more.
TERMINAL = frozenset({"completed", "failed"})


class JobStatus(TypedDict):
    """One job. Times are ISO 8601 in UTC, ``fraction`` and ``progress`` run from 0 to 1."""

    job_id: str
    status: str
    progress: float
    created_at: str
    updated_at: str
    name: str
    pipeline_id: str
    input_name: str
    frames_done: int
    frames_total: int | None
    fraction: float | None
    fps: float | None
    eta_seconds: float | None
    queue_position: int | None
    stage: str | None
    failure_reason: str | None
    error_message: str | None
    attempt: int
    warnings: list[str]
    started_at: str | None
    finished_at: str | None
    chunks_done: int
    chunks_total: int | None
    cancel_requested: bool
    owner: str


class FrameResult(TypedDict):
    """What the steps said about one frame: ``result`` maps step id to its observations."""

    frame_index: int
    time: float
    result: dict[str, list[dict[str, Any]]]


class PipelineInfo(TypedDict):
    """A pipeline that jobs can name, with the JSON Schema of each step's parameters."""

    id: str
    title: str
    description: str
    built_in: bool
    parameters: dict[str, Any]
    steps: list[dict[str, Any]]
    outputs: dict[str, Any]
    sampling: dict[str, Any]
    source: str
    problem: NotRequired[str | None]


class StepInfo(TypedDict):
    """A step that pipelines can use; ``installed`` says whether its extra is there."""

    name: str
    title: str
    kind: str
    description: str
    schema: dict[str, Any]
    extra: str | None
    installed: bool


class ArtifactInfo(TypedDict):
    """A file that a job made besides its rows; ``size`` in bytes."""

    name: str
    size: int
    media_type: str
    url: str
