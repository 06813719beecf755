"""What a pipeline or a step is, in plain values: made where step code may run, read anywhere."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videojobs_ext.pipelines.customize import parameters_schema
from videojobs_ext.pipelines.graph import plan_pipeline
from videojobs_ext.pipelines.loading import registry_of
from videojobs_ext.pipelines.spec import parse_pipeline, source_lines
from videojobs_ext.steps.base import kind_of
from videojobs_ext.steps.registry import StepRegistry, StepUnavailable, is_installed


@dataclass(frozen=True)
class InspectTask:
    """A pipeline (YAML) to check; ``text`` is what a person wrote, so that lines can be named."""

    pipeline: str
    source: str
    text: str | None = None
    steps_dir: Path | None = None


@dataclass(frozen=True)
class StepSummary:
    """One step of a pipeline; ``kind`` is ``frame``, ``window`` or ``sequence``."""

    id: str
    title: str
    kind: str


@dataclass(frozen=True)
class PlanSummary:
    """A pipeline that can run: its steps in order, and the JSON Schema of its parameters."""

    steps: tuple[StepSummary, ...]
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class StepDescription:
    """A step that pipelines can use; ``problem`` says why one can't be loaded."""

    name: str
    title: str
    kind: str
    description: str
    schema: Mapping[str, Any]
    extra: str | None
    installed: bool
    problem: str | None = None


def inspect_pipeline(task: InspectTask) -> PlanSummary:
    """Check a pipeline against the installed steps; raises PipelineError."""
    lines = None if task.text is None else source_lines(task.text)
    plan = plan_pipeline(
        parse_pipeline(task.pipeline, source=task.source),
        registry_of(task.steps_dir),
        source=task.source,
        lines=lines,
    )
    steps = (*plan.chunk_steps, *plan.sequence_steps)
    return PlanSummary(
        tuple(StepSummary(step.id, step.step.title, step.kind) for step in steps),
        parameters_schema(plan),
    )


def describe_steps(steps_dir: Path | None) -> tuple[StepDescription, ...]:
    """Return all steps, also those that won't load, with the reason."""
    registry = registry_of(steps_dir)
    return tuple(_describe(name, registry) for name in registry)


def _describe(name: str, registry: StepRegistry) -> StepDescription:
    try:
        step = registry[name]
    except StepUnavailable as error:
        return StepDescription(name, name, "unknown", "", {}, None, False, str(error))
    return StepDescription(
        name=name,
        title=step.title,
        kind=kind_of(step),
        description=inspect.getdoc(step) or "",
        schema=step.Params.model_json_schema(),
        extra=step.extra,
        installed=is_installed(step),
    )
