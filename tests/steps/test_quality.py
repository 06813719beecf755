"""Quality: measures with known answers, and black and frozen pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.steps.films import HEIGHT, WIDTH, film, run, scene, windows_agree
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.quality import Quality, QualityParams


def measures(rows: list[Observation]) -> dict[str, float]:
    return {row.label or "": row.value or 0.0 for row in rows}


def labels(rows: list[Observation]) -> list[str | None]:
    return [row.label for row in rows]


def test_a_grey_picture_has_its_luma_and_no_contrast(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [np.full((HEIGHT, WIDTH), 128, np.uint8)])
    found = measures(run(Quality(QualityParams()), path)[0])
    assert found["brightness"] == pytest.approx(16 + 219 * 128 / 255, abs=1)
    assert found["contrast"] == pytest.approx(0, abs=0.2)
    assert found["sharpness"] == pytest.approx(0, abs=0.2)


def test_half_black_half_white_has_the_contrast_of_half_the_range(tmp_path: Path) -> None:
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    picture[:, WIDTH // 2 :] = 255
    found = measures(run(Quality(QualityParams()), film(tmp_path / "a.mp4", [picture]))[0])
    assert found["brightness"] == pytest.approx((16 + 235) / 2, abs=1)
    assert found["contrast"] == pytest.approx(219 / 2, abs=1)


def test_blur_lowers_sharpness_and_nothing_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sharp = cv2.GaussianBlur(rng.integers(0, 256, (HEIGHT, WIDTH)).astype(np.uint8), (0, 0), 1)
    frames = [sharp, cv2.GaussianBlur(sharp, (0, 0), 1.5), cv2.GaussianBlur(sharp, (0, 0), 3)]
    said = run(
        Quality(QualityParams()),
        film(tmp_path / "a.mp4", [np.asarray(f, np.uint8) for f in frames]),
    )
    found = [measures(rows) for rows in said.values()]
    assert found[0]["sharpness"] > 5 * found[1]["sharpness"] > 25 * found[2]["sharpness"]
    assert found[0]["brightness"] == pytest.approx(found[2]["brightness"], abs=1)


def test_black_is_told_also_with_a_small_light_in_it(tmp_path: Path) -> None:
    black = np.full((HEIGHT, WIDTH), 4, np.uint8)
    lit = black.copy()
    lit[:12, :12] = 255
    half = black.copy()
    half[: HEIGHT // 2] = 255
    said = run(Quality(QualityParams()), film(tmp_path / "a.mp4", [black, lit, half]))
    assert labels(said[0]) == ["brightness", "contrast", "sharpness", "black"]
    assert said[0][3].score == 1.0
    assert "black" in labels(said[1])
    assert "black" not in labels(said[2])


def test_frozen_is_a_frame_like_the_one_before(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [scene(1), scene(2), scene(2), scene(2), scene(3)])
    said = run(Quality(QualityParams(frozen_below=0.6)), path)
    assert [n for n, rows in said.items() if "frozen" in labels(rows)] == [2, 3]
    frozen = next(row for row in said[2] if row.label == "frozen")
    assert frozen.value is not None
    assert frozen.value < 0.6


def test_a_real_film_is_neither_black_nor_frozen(bikes: Path) -> None:
    said = run(Quality(QualityParams()), bikes)
    assert len(said) == 250
    assert all(labels(rows) == ["brightness", "contrast", "sharpness"] for rows in said.values())


def test_a_window_that_begins_later_says_the_same(bikes: Path) -> None:
    assert windows_agree(lambda: Quality(QualityParams()), bikes, 100, 110)
