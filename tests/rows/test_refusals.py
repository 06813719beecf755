"""What no row can hold is refused when it is added, not when the part is written."""

from __future__ import annotations

import math
from typing import Any

import pytest

from videojobs_ext.rows.schema import FrameRef, Observation, RowsMetadata, check_observation
from videojobs_ext.rows.writer import RowBuffer

REF = FrameRef(0, 0, 0.0)


@pytest.mark.parametrize("name", ["score", "x", "y", "w", "h", "value"])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_nan_and_infinite_numbers_are_refused(name: str, number: float) -> None:
    with pytest.raises(ValueError, match=name):
        check_observation(Observation(**{name: number}))


@pytest.mark.parametrize("name", ["w", "h"])
def test_negative_sizes_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is negative"):
        check_observation(Observation(**{name: -1.0}))


@pytest.mark.parametrize(
    "fields",
    [
        {"x": 1e39},  # too large for float32
        {"track_id": 2**63},
        {"text": "\ud800"},  # a lone surrogate
        {"attrs": {"a": math.nan}},
        {"attrs": {"a": "\udfff"}},
    ],
)
def test_values_that_no_column_can_hold_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        check_observation(Observation(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"score": "high"},
        {"score": True},
        {"track_id": 1.5},
        {"track_id": True},
        {"label": 3},
        {"text": b"bytes"},
        {"attrs": [1]},
        {"attrs": {"a": {1, 2}}},
    ],
)
def test_values_of_the_wrong_type_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        check_observation(Observation(**fields))


def test_a_row_must_be_an_observation_of_a_known_step() -> None:
    buffer = RowBuffer(RowsMetadata("1/25", 4, 4, 0, "", ("motion",)))
    with pytest.raises(TypeError, match="Observation was wanted, not dict"):
        buffer.add("motion", REF, {"label": "cut"})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no step 'other'"):
        buffer.add("other", REF, Observation())
    assert len(buffer) == 0
