"""Whether a pipeline could be saved and run, and what is wrong with it, line by line."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.errors import RequestRefused
from videojobs_ext.api.models import PipelineProblem, ValidateAnswer
from videojobs_ext.api.pipelines import answer_of, pipeline_text

if TYPE_CHECKING:
    from videojobs_ext.services.services import Services


class ValidateHandler(VideoJobsHandler):
    """``POST /v1/video/validate``."""

    body_limit: ClassVar[int] = 256 * 1024

    @may("write")
    async def post(self) -> None:
        """Answer 200 with all problems, also where the text is no YAML at all."""
        text = pipeline_text(self.body)
        if "functions" in text and not await self.allows("execute"):
            # To check a function is to load it.
            raise RequestRefused(
                HTTPStatus.FORBIDDEN, "forbidden", "User is not authorized to check functions."
            )
        self.answer(await self.call(validate, self.services, text))


def validate(services: Services, text: str) -> ValidateAnswer:
    """Return what is wrong with a pipeline's text; blocks."""
    from videojobs_ext.pipelines.problems import judge, planner  # noqa: PLC0415 - a slow import

    judgement = judge(text, planner(services.inspector.inspect))
    pipeline = judgement.pipeline
    return ValidateAnswer(
        problems=[
            PipelineProblem(
                message=problem.message,
                field=problem.field,
                line=None if problem.span is None else problem.span.line,
                column=None if problem.span is None else problem.span.column,
                end_column=None if problem.span is None else problem.span.end_column,
            )
            for problem in judgement.problems
        ],
        pipeline=None
        if pipeline is None
        else answer_of(
            pipeline,
            text,
            judgement.plan,
            built_in=services.library.is_built_in(pipeline.id),
            problem=judgement.problems[0].message if judgement.problems else None,
        ),
    )
