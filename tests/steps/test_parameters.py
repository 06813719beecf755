"""Every parameter of a built-in step says what it is and within which bounds."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from videojobs_ext.steps.motion import Motion
from videojobs_ext.steps.registry import StepRegistry

BUILT_IN = ("content", "motion", "quality", "scene_cuts")


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_step_is_registered_under_its_own_name(name: str) -> None:
    step = StepRegistry()[name]
    assert step.name == name
    assert step.title
    assert "Limits:" in (step.__doc__ or "")
    assert "Cost:" in (step.__doc__ or "")


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_parameter_has_a_description_and_bounds(name: str) -> None:
    for field in StepRegistry()[name].Params.model_json_schema()["properties"].values():
        assert field["description"].endswith((".", ")."))
        if field["type"] == "boolean":
            continue
        assert {"minimum", "exclusiveMinimum"} & field.keys()
        assert "maximum" in field


@pytest.mark.parametrize(
    "values", [{"threshold": 0}, {"min_area": 2}, {"max_side": 8}, {"treshold": 15}]
)
def test_a_parameter_out_of_bounds_or_misspelt_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Motion.Params.model_validate(values)
