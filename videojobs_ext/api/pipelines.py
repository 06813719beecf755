"""The pipelines that jobs can name: list, show, save, remove."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from jupyter_server.utils import url_path_join

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.errors import RequestRefused
from videojobs_ext.api.media import JSON, YAML
from videojobs_ext.api.models import PipelineAnswer, PipelinesAnswer, PipelineStep

if TYPE_CHECKING:
    from videojobs_ext.pipelines.inspection import PlanSummary
    from videojobs_ext.pipelines.library import Entry, PipelineLibrary
    from videojobs_ext.pipelines.spec import Pipeline
    from videojobs_ext.services.services import Services


class PipelinesHandler(VideoJobsHandler):
    """``GET /v1/video/pipelines``."""

    @may("read")
    async def get(self) -> None:
        """Answer with all pipelines."""
        self.answer(await self.call(list_pipelines, self.services.library))


class PipelineHandler(VideoJobsHandler):
    """``GET``, ``PUT`` and ``DELETE /v1/video/pipelines/{pipeline_id}``."""

    body_limit: ClassVar[int] = 256 * 1024

    async def check_length(self) -> None:
        """Refuse a pipeline in a language that isn't read here."""
        await super().check_length()
        media_type = self.request.headers.get("Content-Type", YAML[0]).partition(";")[0]
        if self.request.method == "PUT" and media_type.strip().lower() not in (JSON, *YAML):
            raise RequestRefused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                f"A pipeline is {JSON} or {YAML[0]}.",
            )

    @may("read")
    async def get(self, pipeline_id: str) -> None:
        """Answer with one pipeline."""
        self.answer(await self.call(show, self.services, pipeline_id))

    @may("write")
    async def put(self, pipeline_id: str) -> None:
        """Save a user's pipeline: 201 where it is new, 200 where it replaces one."""
        text = pipeline_text(self.body)
        if b"functions" in self.body and not await self.allows("execute"):
            raise RequestRefused(
                HTTPStatus.FORBIDDEN, "forbidden", "User is not authorized to save functions."
            )
        entry, new = await self.call(self.services.library.save, pipeline_id, text)
        if new:
            self.set_header(
                "Location", url_path_join(self.base_url, "v1/video/pipelines", pipeline_id)
            )
        answer = await self.call(describe, self.services.library, entry)
        self.answer(answer, HTTPStatus.CREATED if new else HTTPStatus.OK)

    @may("write")
    async def delete(self, pipeline_id: str) -> None:
        """Remove a user's pipeline; jobs keep the one that they were submitted with."""
        await self.call(self.services.library.delete, pipeline_id)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


def pipeline_text(body: bytes | bytearray) -> str:
    """Return a body that is a pipeline; raises RequestRefused."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise RequestRefused(
            HTTPStatus.BAD_REQUEST, "bad_pipeline", "The pipeline is not UTF-8."
        ) from None


def list_pipelines(library: PipelineLibrary) -> PipelinesAnswer:
    """Return all pipelines, also those that can't run here, with the reason; blocks."""
    from videojobs_ext.pipelines.errors import PipelineError, UnknownPipeline  # noqa: PLC0415

    found = []
    for pipeline_id in library:
        try:
            found.append(describe(library, library.get(pipeline_id)))
        except PipelineError as error:
            found.append(_broken(pipeline_id, str(error)))
        except UnknownPipeline:
            continue  # removed meanwhile
    return PipelinesAnswer(pipelines=found)


def show(services: Services, pipeline_id: str) -> PipelineAnswer:
    """Return one pipeline; blocks."""
    return describe(services.library, services.library.get(pipeline_id))


def describe(library: PipelineLibrary, entry: Entry) -> PipelineAnswer:
    """Return a pipeline as the API shows it, with the JSON Schema of its parameters."""
    # Server start stays short: the rooms below are imported in a thread.
    from videojobs_ext.pipelines.errors import PipelineError  # noqa: PLC0415

    plan = None
    problem = None
    try:
        plan = library.plan(entry.pipeline)
    except PipelineError as error:
        problem = str(error)
    return answer_of(entry.pipeline, entry.text, plan, built_in=entry.built_in, problem=problem)


def answer_of(
    pipeline: Pipeline,
    text: str,
    plan: PlanSummary | None,
    *,
    built_in: bool,
    problem: str | None,
) -> PipelineAnswer:
    """Return a pipeline as the API shows it; without a plan its steps go by their names."""
    known = {} if plan is None else {step.id: step for step in plan.steps}
    return PipelineAnswer(
        id=pipeline.id,
        title=pipeline.title,
        description=pipeline.description,
        built_in=built_in,
        parameters={} if plan is None else dict(plan.parameters),
        steps=[
            PipelineStep(
                id=use.id,
                uses=use.uses,
                needs=list(use.needs),
                title=known[use.id].title if use.id in known else use.uses,
                kind=known[use.id].kind if use.id in known else "unknown",
            )
            for use in pipeline.steps
        ],
        outputs=pipeline.outputs.model_dump(mode="json"),
        sampling=pipeline.sampling.model_dump(mode="json"),
        source=text,
        problem=problem,
    )


def _broken(pipeline_id: str, problem: str) -> PipelineAnswer:
    return PipelineAnswer(
        id=pipeline_id,
        title="",
        description="",
        built_in=False,
        parameters={},
        steps=[],
        outputs={},
        sampling={},
        source="",
        problem=problem,
    )
