"""Motion, tracks and zones together: the same over any chunks, in the upright frame's pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.steps.chunked import results
from tests.steps.films import HEIGHT, WIDTH, film

FRAMES, SIDE, STEP = 60, 60, 4

PIPELINE = """
id: moving_things
steps:
  - {id: motion, uses: motion}
  - {id: track, uses: track, needs: [motion], with: {high_score: 0.3}}
  - id: zones
    uses: zones
    needs: [track]
    with:
      lines: {middle: [[0.5, 0], [0.5, 1]]}
      polygons: {right: [[0.5, 0], [1, 0], [1, 1], [0.5, 1]]}
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A square full of texture that moves to the right, 4 pixels a frame."""
    dice = np.random.default_rng(0)
    thing = np.kron(dice.choice([20, 230], (SIDE // 6, SIDE // 6)), np.ones((6, 6))).astype(
        np.uint8
    )
    pictures = []
    for n in range(FRAMES):
        picture = np.full((HEIGHT, WIDTH), 120, np.uint8)
        picture[80 : 80 + SIDE, STEP * n : STEP * n + SIDE] = thing
        pictures.append(picture)
    return film(tmp_path_factory.mktemp("film") / "a.mp4", pictures)


@pytest.fixture(scope="module")
def whole(path: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return results(PIPELINE, path, tmp_path_factory.mktemp("whole") / "rows")


def test_what_moves_is_one_track_that_crosses_the_middle_once(whole: list[Any]) -> None:
    tracks = [row["track_id"] for _, said in whole for row in said.get("track", [])]
    assert tracks == [1] * (FRAMES - 1)
    crossed = [n for n, said in whole for row in said.get("zones", []) if row["label"] == "cross"]
    # A region of motion covers the thing where it was and where it is.
    middle = next(n for n in range(FRAMES) if STEP * n + (SIDE - STEP) / 2 >= WIDTH / 2)
    assert len(crossed) == 1
    assert abs(crossed[0] - middle) <= 1


@pytest.mark.parametrize("borders", [[7], [20, 21, 45]])
def test_tracks_and_zones_do_not_depend_on_chunks(
    path: Path, tmp_path: Path, whole: list[Any], borders: list[int]
) -> None:
    assert results(PIPELINE, path, tmp_path / "rows", borders) == whole


def test_fractions_are_of_the_videos_own_size(whole: list[Any]) -> None:
    (at,) = [
        row["attrs"]["at"]
        for _, said in whole
        for row in said.get("zones", [])
        if row["label"] == "cross"
    ]
    assert WIDTH / 2 <= at[0] <= WIDTH / 2 + 2 * STEP
