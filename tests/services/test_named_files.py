"""A file that a pipeline names must lie in a folder that the server may read."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from videojobs_ext.pipelines.errors import PipelineError
from videojobs_ext.pipelines.inspection import InspectTask, inspect_pipeline
from videojobs_ext.pipelines.spec import Pipeline, parse_pipeline
from videojobs_ext.services.named_files import confine_files
from videojobs_ext.worker.inputs import confine

TEXT = """\
id: mine
steps:
  - {id: content, uses: content}
  - id: detect
    uses: objects
    with: {min_score: 0.4, model: MODEL}
"""


def confined(model: str, root: Path) -> Pipeline:
    pipeline = parse_pipeline(TEXT.replace("MODEL", model))
    parameters = inspect_pipeline(InspectTask(pipeline.to_yaml(), "mine")).parameters
    inside = partial(confine, base=root, roots=(root,), allow_hidden=False)
    return confine_files(pipeline, parameters, inside)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder that may be read, beside one that may not."""
    for folder in ("root/models", "outside"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.onnx").write_bytes(b"x")
    (tmp_path / "root" / ".hidden.onnx").write_bytes(b"x")
    (tmp_path / "root" / "link.onnx").symlink_to(tmp_path / "outside" / "a.onnx")
    return tmp_path / "root"


def test_a_file_under_the_root_is_named_by_its_real_path(root: Path) -> None:
    real = str((root / "models" / "a.onnx").resolve())
    for model in ("models/a.onnx", real):
        pipeline = confined(model, root)
        assert pipeline.steps[1].with_ == {"min_score": 0.4, "model": real}
        assert pipeline.steps[0].with_ == {}


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("../outside/a.onnx", "outside the folders"),
        ("/dev/zero", "outside the folders"),
        ("link.onnx", "outside the folders"),
        (".hidden.onnx", "it is hidden"),
        ("models", "there is no such file"),
        ("models/b.onnx", "there is no such file"),
    ],
)
def test_any_other_file_is_refused_with_its_field(root: Path, model: str, reason: str) -> None:
    with pytest.raises(PipelineError, match=reason) as caught:
        confined(model, root)
    assert caught.value.field == "steps.1.with.model"


def test_a_pipeline_that_names_no_file_stays_as_it_is() -> None:
    pipeline = parse_pipeline("id: a\nsteps: [{id: objects, uses: objects}]\n")
    parameters = inspect_pipeline(InspectTask(pipeline.to_yaml(), "a")).parameters

    def refuse(path: str) -> Path:
        raise AssertionError(path)

    assert confine_files(pipeline, parameters, refuse) == pipeline
