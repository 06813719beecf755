"""What the REST API takes and gives; handlers check with these, and OpenAPI is made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

Status = Literal["pending", "running", "completed", "failed"]
FailureReason = Literal[
    "error", "cancelled", "timeout", "crashed", "out_of_memory", "bad_video", "missing_input"
]
JobSort = Literal[
    "-created_at",
    "created_at",
    "-updated_at",
    "updated_at",
    "name",
    "-name",
    "status",
    "-status",
]

#: Numbers of frames and offsets fit every database's integer.
MAX_INT = 2**31 - 1

Count = Annotated[int, Field(ge=0, le=MAX_INT)]
Positive = Annotated[int, Field(ge=1, le=MAX_INT)]
Seconds = Annotated[float, Field(allow_inf_nan=False)]


class Request(BaseModel):
    """Something that a client sends: unknown keys are mistakes."""

    #: Which parameters of a query string may stand in it several times.
    SEVERAL: ClassVar[frozenset[str]] = frozenset()

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Response(BaseModel):
    """Something that the server answers."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


# ── requests ────────────────────────────────────────────────────────────────────────────────────


class SentFunction(Request):
    """A function sent by value."""

    code: str = Field(description="The function, pickled by cloudpickle, in base64.")
    python: str = Field(
        max_length=8, description="Major and minor version of the Python that pickled it."
    )


class VideoReference(Request):
    """A video that the server can already read, by one of three."""

    path: str | None = Field(
        None, min_length=1, max_length=4096, description="A file under the server's root."
    )
    upload_id: str | None = Field(
        None, min_length=1, max_length=64, description="A finished resumable upload."
    )
    job_id: str | None = Field(
        None, min_length=1, max_length=64, description="A job, whose video is meant."
    )


class LookOptions(Request):
    """Which pipeline looks at which frames."""

    pipeline_id: str = Field(min_length=1, max_length=64, description="Which pipeline runs.")
    frame_stride: Positive | None = Field(
        None, description="Look at every n-th frame, in place of the pipeline's own sampling."
    )
    max_frames: Positive | None = Field(None, description="Stop after so many sampled frames.")
    params: dict[str, dict[str, Any]] | None = Field(
        None, description="Parameters by step id, laid over those of the pipeline."
    )


class SubmitOptions(LookOptions):
    """What is done with a video."""

    name: str | None = Field(None, max_length=200, description="A few words to find the job by.")
    functions: dict[str, SentFunction] | None = Field(
        None,
        max_length=32,
        description="Functions by name, each a step after those of the pipeline; with the "
        "pipeline_id `functions` they are all that is run. They run in isolated processes.",
    )


class SubmitReference(VideoReference, SubmitOptions):
    """A submit of a video that the server can already read."""


class EstimateRequest(VideoReference, LookOptions):
    """A submit that is only thought of."""


class SubmitUpload(SubmitOptions):
    """A submit with the video in the body, as ``multipart/form-data``; fields in any order."""

    file: Annotated[
        bytes, WithJsonSchema({"type": "string", "contentMediaType": "application/octet-stream"})
    ]


class JobsQuery(Request):
    """Which jobs, in which order."""

    SEVERAL = frozenset({"status"})

    status: Annotated[list[Status] | None, Field(description="May be given several times.")] = None
    pipeline_id: str | None = Field(None, max_length=64)
    q: str | None = Field(
        None, max_length=200, description="Part of the job's or the video's name, any case."
    )
    sort: JobSort = "-created_at"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(
        None, max_length=1000, description="`next_cursor` of the page before."
    )


class FrameRange(Request):
    """Which frames: those with time in [from_time, to_time), then offset and limit."""

    step: str | None = Field(None, max_length=64, description="One step's id; all of them if not.")
    from_time: Seconds | None = Field(None, description="Seconds, included.")
    to_time: Seconds | None = Field(None, description="Seconds, excluded.")
    offset: Count = Field(0, description="How many frames to leave out.")
    limit: Count | None = Field(None, description="How many frames at most.")


class PtsRange(Request):
    """Which entries of the frame index."""

    offset: Count = 0
    limit: Count | None = None


class TimelineQuery(Request):
    """Which stretch of the video, in how many pieces; all of it unless told."""

    bins: Annotated[int, Field(ge=1, le=2000)] = 600
    from_time: Seconds | None = Field(None, description="Seconds, included.")
    to_time: Seconds | None = Field(None, description="Seconds, excluded.")


# ── answers ─────────────────────────────────────────────────────────────────────────────────────


class ErrorAnswer(Response):
    """Why a request was refused, and what to do about it."""

    message: str = Field(description="For people.")
    reason: str = Field(description="For programs: one of a few fixed words.")
    field: Annotated[str | None, Field(description="The part of the request that it is about.")] = (
        None
    )


class Submitted(Response):
    """The job is on disk and will run."""

    job_id: UUID


class JobStatusAnswer(Response):
    """Where a job stands."""

    job_id: UUID
    status: Status
    progress: float = Field(
        json_schema_extra={"enum": [0.0, 0.5, 1.0]},
        description="Coarse by contract: pending 0.0, running 0.5, completed and failed 1.0.",
    )
    created_at: datetime
    updated_at: datetime
    name: str
    pipeline_id: str
    input_name: str
    frames_done: int
    frames_total: int | None
    fraction: float | None = Field(description="frames_done of frames_total, 0 to 1.")
    fps: float | None
    eta_seconds: float | None
    queue_position: int | None = Field(description="0 is next; null unless pending.")
    stage: str | None
    failure_reason: FailureReason | None
    error_message: str | None
    attempt: int
    warnings: list[str]
    started_at: datetime | None
    finished_at: datetime | None
    chunks_done: int
    chunks_total: int | None
    cancel_requested: bool
    owner: str


class JobSettingsAnswer(Response):
    """What a job was submitted with."""

    job_id: UUID
    pipeline_id: str
    frame_stride: int | None
    max_frames: int | None
    params: dict[str, Any]
    name: str = Field(description="Empty where its user gave none.")
    input_name: str
    path: str | None = Field(description="Of a video that lies on the server; null for an upload.")
    functions: list[str] = Field(description="The names of steps that were sent by value.")


class DurationAnswer(Response):
    """How long a job may take, in seconds, going by earlier ones of its pipeline."""

    least: float
    most: float
    jobs: int = Field(description="How many earlier jobs say so.")
    alike: bool = Field(
        description="Whether they had the same steps, parameters and rhythm of sampling."
    )


class EstimateAnswer(Response):
    """What a job would look at, and how long that may take; null for what nobody knows."""

    input_name: str
    duration: float | None = Field(description="Of the video, in seconds.")
    width: int
    height: int
    fps: float | None = Field(description="Frames a second, on average.")
    frames: int | None = Field(description="Of the whole video.")
    frames_sampled: int | None = Field(description="How many of them the steps are shown.")
    frames_decoded: int | None = Field(description="How many must be decoded for that, at most.")
    exact: bool = Field(description="False where the numbers follow from the file's header alone.")
    takes: DurationAnswer | None = Field(description="Null where no earlier job tells.")


class JobsAnswer(Response):
    """One page of jobs."""

    jobs: list[JobStatusAnswer]
    next_cursor: str | None = Field(description="For the next page; null on the last one.")


class FrameResult(Response):
    """What the steps said about one frame."""

    frame_index: int
    time: float
    pts: int | None = None
    result: dict[str, list[dict[str, Any]]] = Field(description="Observations by step id.")


class ResultsAnswer(Response):
    """A completed job's results, in order of frames."""

    job_id: UUID
    results: list[FrameResult]
    created_at: datetime
    updated_at: datetime


class RowsAnswer(Response):
    """The rows that a job has so far; a column without a value is left out of its row."""

    job_id: UUID
    rows: list[dict[str, Any]]


class TimelineLane(Response):
    """The rows of one step with one label; the lists of ``bins`` and beside it are as long."""

    step: str
    label: str | None
    rows: int
    boxes: int = Field(description="How many of the rows have a box.")
    frames: int = Field(description="On how many frames they stand.")
    tracks: int = Field(description="How many tracks they have.")
    bins: list[int] = Field(description="The numbers of the bins that have rows.")
    count: list[int]
    score: list[float | None] | None = Field(description="The highest of each bin.")
    value: list[float | None] | None = Field(description="The mean of each bin.")
    marks: list[float] | None = Field(
        description="The times of all rows, in seconds, where they have no boxes and are few."
    )


class TimelineAnswer(Response):
    """What was found when: [from_time, to_time) in equal bins."""

    job_id: UUID
    from_time: float
    to_time: float
    bins: int
    width: int = Field(description="Of the upright frame, in pixels.")
    height: int
    lanes: list[TimelineLane] = Field(description="In order of steps, then of rows.")
    lanes_left_out: int = Field(description="How many more there are, of fewer rows.")


class ProxyAnswer(Response):
    """A copy of the job's video that browsers play: whether it is there, or how far it is."""

    state: Literal["none", "waiting", "running", "ready", "failed"]
    fraction: float | None = Field(None, description="How much of it is made, 0 to 1.")
    size: int | None = Field(None, description="Bytes, once it is ready.")
    message: Annotated[str | None, Field(description="Why it could not be made.")] = None


class FramesAnswer(Response):
    """The frame index of the job's video, in presentation order."""

    time_base: str = Field(description="Seconds per pts unit, as a fraction.")
    count: int = Field(description="Of the whole video, whatever offset and limit say.")
    pts: list[int]
    time: list[float] = Field(description="Seconds.")
    keyframe: list[int] = Field(description="The frame numbers of keyframes among these.")


class Artifact(Response):
    """A file that a job made besides its rows."""

    name: str
    size: int = Field(description="Bytes.")
    media_type: str
    url: str


class ArtifactsAnswer(Response):
    """The files that a job made."""

    artifacts: list[Artifact]


class Upload(Response):
    """A resumable upload; sizes in bytes."""

    upload_id: str
    filename: str
    length: int = Field(description="How long the whole file is.")
    offset: int = Field(description="How much of it is safely here.")
    metadata: dict[str, str] = Field(description="What `Upload-Metadata` said.")
    created_at: datetime
    expires_at: datetime | None = Field(description="Null where uploads are kept for good.")


class UploadsAnswer(Response):
    """The user's uploads that are no job yet, the newest first."""

    uploads: list[Upload]


class PipelineStep(Response):
    """One step of a pipeline."""

    id: str
    uses: str
    needs: list[str]
    title: str
    kind: str


class PipelineAnswer(Response):
    """A pipeline that jobs can name."""

    id: str
    title: str
    description: str
    built_in: bool
    parameters: dict[str, Any] = Field(description="JSON Schema of a submit's `params`.")
    steps: list[PipelineStep]
    outputs: dict[str, Any]
    sampling: dict[str, Any]
    source: str = Field(description="The pipeline as it was written, YAML or JSON.")
    problem: Annotated[str | None, Field(description="Why it can't run now, if it can't.")] = None


class PipelinesAnswer(Response):
    """All pipelines, those built in first."""

    pipelines: list[PipelineAnswer]


class PipelineProblem(Response):
    """Something that keeps a pipeline from running."""

    message: str
    field: str | None = Field(description="A dotted path, such as steps.1.with.min_area.")
    line: int | None = Field(description="From 1; null where it is about all of the text.")
    column: int | None = Field(description="From 1.")
    end_column: int | None = Field(description="On the same line, left out.")


class ValidateAnswer(Response):
    """What is wrong with a pipeline: with no problems it can be saved and run."""

    problems: list[PipelineProblem] = Field(description="In order of their places.")
    pipeline: PipelineAnswer | None = Field(description="Null where it can't be read at all.")


class StepAnswer(Response):
    """A step that pipelines can use."""

    model_config = ConfigDict(
        extra="forbid", defer_build=True, protected_namespaces=(), populate_by_name=True
    )

    name: str
    title: str
    kind: Literal["frame", "window", "sequence", "unknown"]
    description: str
    schema_: dict[str, Any] = Field(alias="schema", description="JSON Schema of its parameters.")
    extra: str | None = Field(description="The extra of this package that it needs.")
    installed: bool
    problem: Annotated[str | None, Field(description="Why it can't be loaded.")] = None


class StepsAnswer(Response):
    """Every step that is known, also those that can't run here."""

    steps: list[StepAnswer]


class WorkerHealth(Response):
    """The thread that takes jobs from the queue."""

    alive: bool
    state: Literal["running", "idle", "dead", "off"]
    processes: int = Field(description="How many chunks run at once.")


class HealthAnswer(Response):
    """Whether jobs will be run."""

    status: Literal["ok", "degraded"]
    worker: WorkerHealth
    queue_length: int
    jobs: dict[Status, int]
    engine: str
    disk_free_bytes: int | None
    versions: dict[str, str]
