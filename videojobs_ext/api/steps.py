"""The steps that pipelines can use."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.models import StepAnswer, StepsAnswer

if TYPE_CHECKING:
    from videojobs_ext.services.inspector import Inspector


class StepsHandler(VideoJobsHandler):
    """``GET /v1/video/steps``."""

    @may("read")
    async def get(self) -> None:
        """Answer with every step that is known."""
        self.answer(await self.call(list_steps, self.services.inspector))


def list_steps(inspector: Inspector) -> StepsAnswer:
    """Return all steps, also those that won't load, with the reason; blocks."""
    return StepsAnswer(
        steps=[StepAnswer.model_validate(asdict(step)) for step in inspector.steps()]
    )
