"""What a submit may change in a pipeline: its sampling and its steps' parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from videojobs_ext.pipelines.errors import PipelineError, did_you_mean
from videojobs_ext.pipelines.graph import Plan
from videojobs_ext.pipelines.spec import FunctionSource, Pipeline, StepUse, explain
from videojobs_ext.steps.function import FUNCTION
from videojobs_ext.video.sampling import Sampling

SOURCE = "parameters"

#: The id under which functions are submitted that need no pipeline besides.
OF_FUNCTIONS = "functions"


def customize(
    pipeline: Pipeline,
    *,
    frame_stride: int | None = None,
    max_frames: int | None = None,
    params: Mapping[str, Any] | None = None,
    functions: Mapping[str, FunctionSource] | None = None,
) -> Pipeline:
    """Return the pipeline with a submit's wishes written into it.

    ``frame_stride`` replaces the pipeline's own ``every``, ``fps`` or ``keyframes``; its time
    ranges stay. ``params`` maps step ids to parameters that are laid over the pipeline's own.
    Each of ``functions`` becomes a step of its name, after those of the pipeline.
    Raises PipelineError; the parameters' values are checked when the pipeline is planned.
    """
    functions = functions or {}
    added = tuple(StepUse(id=name, uses=f"{FUNCTION}{name}") for name in functions)
    return pipeline.model_copy(
        update={
            "sampling": _sampling(pipeline.sampling, frame_stride, max_frames),
            "functions": {**pipeline.functions, **functions},
            "steps": _steps(pipeline, params or {}) + added,
        }
    )


def of_functions(functions: Mapping[str, FunctionSource]) -> Pipeline:
    """Return the pipeline that runs nothing but these functions; raises PipelineError."""
    steps = tuple(StepUse(id=name, uses=f"{FUNCTION}{name}") for name in functions)
    try:
        return Pipeline(id=OF_FUNCTIONS, title="Functions", functions=dict(functions), steps=steps)
    except ValidationError as error:
        raise explain(error, source=SOURCE, model=Pipeline) from None


def parameters_schema(plan: Plan) -> dict[str, Any]:
    """Return the JSON Schema of ``params``: an object with one property for each step."""
    properties = {}
    definitions: dict[str, Any] = {}
    for step in (*plan.chunk_steps, *plan.sequence_steps):
        schema = step.step.Params.model_json_schema()
        definitions.update(schema.pop("$defs", {}))
        set_here = step.params.model_dump(mode="json")
        for name, field in schema.get("properties", {}).items():
            field["default"] = set_here[name]
        schema["title"] = step.step.title
        schema["default"] = {}
        properties[step.id] = schema
    result: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
    if definitions:
        result["$defs"] = definitions
    return result


def _sampling(sampling: Sampling, frame_stride: int | None, max_frames: int | None) -> Sampling:
    content = sampling.model_dump(exclude_unset=True)
    if frame_stride is not None:
        content = {key: content[key] for key in content.keys() - {"fps", "keyframes"}}
        content["every"] = frame_stride
    if max_frames is not None:
        content["max_frames"] = max_frames
    try:
        return Sampling.model_validate(content)
    except ValidationError as error:
        raise explain(error, source=SOURCE, model=Sampling, prefix=("sampling",)) from None


def _steps(pipeline: Pipeline, params: Mapping[str, Any]) -> tuple[Any, ...]:
    ids = [use.id for use in pipeline.steps]
    for step_id, values in params.items():
        if step_id not in ids:
            hint = did_you_mean(step_id, ids)
            raise PipelineError(
                f"the pipeline {pipeline.id!r} has no step {step_id!r}.{hint}",
                source=SOURCE,
                field=step_id,
            )
        if not isinstance(values, Mapping):
            raise PipelineError(
                "the parameters of a step are an object", source=SOURCE, field=step_id
            )
    return tuple(
        use.model_copy(update={"with_": {**use.with_, **params.get(use.id, {})}})
        for use in pipeline.steps
    )
