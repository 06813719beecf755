"""The steps that pipelines can use."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.models import StepAnswer, StepsAnswer

if TYPE_CHECKING:
    from videojobs_ext.steps.registry import StepRegistry


class StepsHandler(VideoJobsHandler):
    """``GET /v1/video/steps``."""

    @may("read")
    async def get(self) -> None:
        """Answer with every step that is known."""
        self.answer(await self.call(list_steps, self.services.registry))


def list_steps(registry: StepRegistry) -> StepsAnswer:
    """Return all steps, also those that won't load, with the reason; blocks."""
    # Server start stays short: the rooms below are imported in a thread.
    from videojobs_ext.steps.registry import StepUnavailable  # noqa: PLC0415

    found = []
    for name in registry:
        try:
            found.append(_describe(name, registry))
        except StepUnavailable as error:
            found.append(
                StepAnswer(
                    name=name,
                    title=name,
                    kind="unknown",
                    description="",
                    schema_={},
                    extra=None,
                    installed=False,
                    problem=str(error),
                )
            )
    return StepsAnswer(steps=found)


def _describe(name: str, registry: StepRegistry) -> StepAnswer:
    from videojobs_ext.steps.base import kind_of  # noqa: PLC0415
    from videojobs_ext.steps.registry import is_installed  # noqa: PLC0415

    step = registry[name]
    return StepAnswer.model_validate(
        {
            "name": name,
            "title": step.title,
            "kind": kind_of(step),
            "description": inspect.cleandoc(step.__doc__ or ""),
            "schema": step.Params.model_json_schema(),
            "extra": step.extra,
            "installed": is_installed(step),
        }
    )
