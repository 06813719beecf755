"""Reading pipelines: a good one round-trips, a bad one is told its line, field and nearest name."""

from __future__ import annotations

import json

import pytest

from videojobs_ext.pipelines.errors import PipelineError
from videojobs_ext.pipelines.graph import plan_pipeline
from videojobs_ext.pipelines.library import PipelineLibrary
from videojobs_ext.pipelines.spec import parse_pipeline
from videojobs_ext.steps.base import VideoGeometry
from videojobs_ext.steps.registry import StepRegistry

GOOD = """\
id: mine
title: Mine, äöü
sampling: {every: 5, max_frames: 500}
steps:
  - id: change
    uses: content
  - id: cuts
    uses: scene_cuts
    needs: [change]
outputs: {contact_sheet: true}
"""


@pytest.fixture(scope="module")
def registry() -> StepRegistry:
    return StepRegistry()


def refused(text: str, registry: StepRegistry) -> PipelineError:
    """Return the error that a pipeline meets, wherever it is found."""
    try:
        pipeline = parse_pipeline(text, source="mine.yaml")
        PipelineLibrary().plan(pipeline, text=text, source="mine.yaml")
    except PipelineError as error:
        return error
    raise AssertionError("the pipeline was taken")


def test_a_pipeline_round_trips_through_its_yaml() -> None:
    pipeline = parse_pipeline(GOOD)
    assert parse_pipeline(pipeline.to_yaml()) == pipeline
    assert pipeline.title == "Mine, äöü"
    assert pipeline.steps[1].needs == ("change",)


def test_json_is_read_like_yaml() -> None:
    pipeline = parse_pipeline(GOOD)
    as_json = json.dumps(pipeline.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    assert parse_pipeline(as_json) == pipeline


@pytest.mark.parametrize("pipeline_id", ["motion", "scene_cuts", "quality", "quicklook"])
def test_each_built_in_pipeline_can_be_planned(pipeline_id: str, registry: StepRegistry) -> None:
    plan = plan_pipeline(PipelineLibrary().get(pipeline_id).pipeline, registry)
    assert plan.order
    assert parse_pipeline(plan.pipeline.to_yaml()) == plan.pipeline


@pytest.mark.parametrize(
    ("change", "line", "field", "says"),
    [
        (("uses: content", "uses: contnt"), 6, "steps.0.uses", "Did you mean 'content'?"),
        (("title:", "titel:"), 2, "titel", "Did you mean 'title'?"),
        (("every: 5", "evry: 5"), 3, "sampling.evry", "Did you mean 'every'?"),
        (("every: 5", "every: 0"), 3, "sampling.every", "greater than or equal to 1"),
        (("every: 5", "every: many"), 3, "sampling.every", "integer"),
        (("needs: [change]", "needs: [chnge]"), 9, "steps.1.needs.0", "Did you mean 'change'?"),
        (("needs: [change]", "needs: [cuts]"), 9, "steps.1.needs", "circle: cuts → cuts"),
        (("\n    needs: [change]", ""), 7, "steps.1", "name it in 'needs'"),
        (("id: cuts", "id: change"), 7, "steps.1.id", "two steps are called 'change'"),
        (("id: cuts", "id: 7up"), 7, "steps.1.id", "match pattern"),
        (("contact_sheet: true", "contact_shet: true"), 10, "outputs.contact_shet", "_sheet"),
        (("contact_sheet: true", "contact_sheet: 3"), 10, "outputs.contact_sheet", "boolean"),
        (
            ("contact_sheet: true", "clips: {label: cut, aftr: 1}"),
            10,
            "outputs.clips.aftr",
            "Did you mean 'after'?",
        ),
        (("contact_sheet: true", "clips: {after: 1}"), 10, "outputs.clips.label", "missing key"),
        (("id: mine\n", ""), 1, "id", "missing key"),
    ],
)
def test_a_bad_pipeline_is_told_its_line_field_and_nearest_name(
    change: tuple[str, str], line: int, field: str, says: str, registry: StepRegistry
) -> None:
    error = refused(GOOD.replace(*change), registry)
    assert (error.line, error.field) == (line, field)
    assert says in str(error)
    assert str(error).startswith(f"mine.yaml, line {line}: ")


def test_an_unknown_parameter_is_told_the_step_s_own(registry: StepRegistry) -> None:
    text = GOOD.replace("uses: content", "uses: motion\n    with: {thresold: 3}")
    error = refused(text, registry)
    assert (error.line, error.field) == (7, "steps.0.with.thresold")
    assert "Did you mean 'threshold'?" in str(error)


def test_a_frame_step_can_not_need_a_sequence_step(registry: StepRegistry) -> None:
    text = GOOD + "\n"
    text = text.replace("outputs:", "  - {id: late, uses: motion, needs: [cuts]}\noutputs:")
    assert "runs after all frames" in str(refused(text, registry))


def test_a_circle_of_two_is_named(registry: StepRegistry) -> None:
    text = GOOD.replace("uses: content", "uses: content\n    needs: [cuts]")
    assert "→" in str(refused(text, registry))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("id: [", 1, "expected the node content"),
        ("- a\n- b\n", 1, "mapping"),
        ("", 1, "mapping"),
        ("just words", 1, "mapping"),
        ("id: a\nid: b\n", 2, "stands twice"),
        ("a: &x [1]\nb: *x\n", 2, "aliases"),
        ("id: a\nsteps: !!python/object:os.system [x]\n", 2, "python/object"),
        ("x: " + "[" * 5000, None, ""),
        ("id: " + "a" * 1_100_000, None, "longer than"),
    ],
)
def test_what_is_no_pipeline_is_refused_with_its_line(
    text: str, line: int | None, says: str
) -> None:
    with pytest.raises(PipelineError) as caught:
        parse_pipeline(text)
    if line is not None:
        assert caught.value.line == line
    assert says in str(caught.value)


def test_equal_pipelines_have_equal_fingerprints_and_titles_do_not_count(
    registry: StepRegistry,
) -> None:
    def fingerprint(text: str) -> str:
        plan = plan_pipeline(parse_pipeline(text), registry)
        return plan.fingerprint(VideoGeometry(640, 272))

    assert fingerprint(GOOD) == fingerprint(GOOD.replace("Mine, äöü", "Other"))
    assert fingerprint(GOOD) != fingerprint(GOOD.replace("every: 5", "every: 6"))
    renamed = GOOD.replace("id: change", "id: c2").replace("[change]", "[c2]")
    assert fingerprint(GOOD) != fingerprint(renamed)
