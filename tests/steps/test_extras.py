"""Steps whose extra is missing: everything else works, and a pipeline says what to install."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from videojobs_ext.pipelines.graph import plan_pipeline
from videojobs_ext.pipelines.library import PipelineLibrary
from videojobs_ext.pipelines.spec import parse_pipeline
from videojobs_ext.steps.registry import StepRegistry

WITH_EXTRAS = {
    "objects": "detect",
    "people_tracking": "detect",
    "faces": "detect",
    "ocr": "ocr",
    "yolo_ocr": "detect",
    "codes": None,
}

WITHOUT = """\
import json, sys
for name in ("onnxruntime", "rapidocr"):
    sys.modules[name] = None  # importing it raises, as if it were not installed
from videojobs_ext.pipelines.errors import PipelineError
from videojobs_ext.pipelines.graph import plan_pipeline
from videojobs_ext.pipelines.library import PipelineLibrary
from videojobs_ext.steps.registry import StepRegistry

registry = StepRegistry()
library = PipelineLibrary()
said = {}
for pipeline_id in json.loads(sys.argv[1]):
    try:
        plan_pipeline(library.get(pipeline_id).pipeline, registry)
        said[pipeline_id] = None
    except PipelineError as error:
        said[pipeline_id] = str(error)
print(json.dumps(said))
"""


@pytest.mark.parametrize("pipeline_id", WITH_EXTRAS)
def test_a_built_in_pipeline_can_be_planned(pipeline_id: str) -> None:
    plan = plan_pipeline(PipelineLibrary().get(pipeline_id).pipeline, StepRegistry())
    assert plan.pipeline.title
    assert plan.pipeline.description
    assert parse_pipeline(plan.pipeline.to_yaml()) == plan.pipeline


def test_without_its_extra_a_pipeline_is_refused_with_what_to_install() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, json.dumps(list(WITH_EXTRAS))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    for pipeline_id, said in json.loads(ran.stdout).items():
        extra = WITH_EXTRAS[pipeline_id]
        if extra is None:
            assert said is None
        else:
            assert f"pip install 'videojobs_ext[{extra}]'" in said


@pytest.mark.parametrize("name", ["codes", "faces", "objects", "ocr", "people"])
def test_a_step_tells_its_cost_its_limits_and_its_parameters(name: str) -> None:
    step = StepRegistry()[name]
    assert step.name == name
    assert "Cost:" in (step.__doc__ or "")
    assert "Limits:" in (step.__doc__ or "")
    for field in step.Params.model_json_schema()["properties"].values():
        assert field["description"].endswith(".")
