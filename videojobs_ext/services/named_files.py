"""Files that a pipeline's parameters name, held to the folders that the server may read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from videojobs_ext.pipelines.errors import PipelineError
from videojobs_ext.pipelines.spec import Pipeline
from videojobs_ext.worker.inputs import PathRefused

#: The format by which a parameter's JSON Schema says that it names a file.
FILE_PATH = "file-path"


def confine_files(
    pipeline: Pipeline, parameters: Mapping[str, Any], confine: Callable[[str], Path]
) -> Pipeline:
    """Return the pipeline with the real path of each file that its steps name.

    ``parameters`` is the JSON Schema of the planned pipeline, whose defaults are the values set.
    ``confine`` returns the real path of an allowed regular file or raises PathRefused. Raises
    PipelineError that names the field.
    """
    steps = []
    for number, use in enumerate(pipeline.steps):
        fields = parameters["properties"][use.id].get("properties", {})
        real = {}
        for name, field in fields.items():
            if field.get("format") == FILE_PATH and field["default"] is not None:
                try:
                    real[name] = str(confine(field["default"]))
                except PathRefused as refusal:
                    raise PipelineError(
                        str(refusal), source="parameters", field=f"steps.{number}.with.{name}"
                    ) from None
        steps.append(use.model_copy(update={"with_": {**use.with_, **real}}) if real else use)
    return pipeline.model_copy(update={"steps": tuple(steps)})
