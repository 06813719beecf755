"""Scene cuts: exact on real and made films, and not fooled by what only looks like a cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.cut_clips import clips
from tests.steps.films import HEIGHT, WIDTH, Picture, cuts, film, run, scene, windows_agree
from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.steps.content import MEMORY, Content, ContentParams
from videojobs_ext.steps.scene_cuts import SceneCuts, SceneCutsParams
from videojobs_ext.video.loop_filter import LoopFilter

#: Where bikes.mp4 has its first frames of new shots; found by eye, frame by frame.
BIKES = [30, 76, 137, 187, 242]


def noisy(picture: Picture, rng: np.random.Generator, sigma: float = 12) -> Picture:
    noise = rng.normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def panned(seed: int, frames: int, step: int) -> list[Picture]:
    wide = scene(seed, width=WIDTH + frames * step)
    return [wide[:, n * step : n * step + WIDTH] for n in range(frames)]


def test_the_cuts_of_bikes_are_exact(bikes: Path) -> None:
    assert cuts(bikes) == BIKES


@pytest.mark.slow
def test_the_cuts_of_all_made_clips_are_exact(tmp_path: Path) -> None:
    wrong = {
        clip.name: found for clip in clips() if (found := cuts(clip.write(tmp_path))) != clip.cuts
    }
    assert wrong == {}


def test_the_cuts_of_bikes_are_exact_without_the_loop_filter(bikes: Path) -> None:
    assert cuts(bikes, loop_filter=LoopFilter.KEYFRAMES) == BIKES


def test_the_cuts_of_bikes_hold_for_a_range_of_parameters(bikes: Path) -> None:
    assert cuts(bikes, min_ratio=1.8, min_change=0.01) == BIKES
    assert cuts(bikes, min_ratio=2.4, min_change=0.1) == BIKES


def test_cuts_between_still_pictures_are_found(tmp_path: Path) -> None:
    shots = [scene(seed) for seed in range(4) for _ in range(15)]
    assert cuts(film(tmp_path / "a.mp4", shots)) == [15, 30, 45]


def test_cuts_under_noise_are_found_and_noise_is_none(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    shots = [noisy(scene(seed), rng) for seed in range(3) for _ in range(15)]
    assert cuts(film(tmp_path / "a.mp4", shots)) == [15, 30]


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_a_flash_is_no_cut(tmp_path: Path, length: int) -> None:
    frames = [scene(1)] * 20
    frames[8 : 8 + length] = [np.maximum(scene(1), 230)] * length
    assert cuts(film(tmp_path / "a.mp4", frames)) == []


def test_flashes_that_come_again_and_again_are_no_cuts(tmp_path: Path) -> None:
    frames = [scene(1)] * 60
    for at in range(8, 55, 14):
        for n, strength in enumerate((0.8, 0.6)):
            frames[at + n] = (scene(1) * (1 - strength) + 255 * strength).astype(np.uint8)
    assert cuts(film(tmp_path / "a.mp4", frames)) == []


def test_a_flash_that_fades_slowly_is_no_cut(tmp_path: Path) -> None:
    frames = [scene(1)] * 30
    for n, strength in enumerate((1.0, 0.6, 0.35, 0.2, 0.1)):
        lit = scene(1) * (1 - strength) + 250 * strength
        frames[10 + n] = lit.astype(np.uint8)
    assert cuts(film(tmp_path / "a.mp4", frames)) == []


def test_a_cut_some_frames_before_a_flash_is_found(tmp_path: Path) -> None:
    frames = [scene(1)] * 15 + [scene(2)] * 20
    frames[25] = np.full((HEIGHT, WIDTH), 245, np.uint8)
    assert cuts(film(tmp_path / "a.mp4", frames)) == [15]


def test_a_pan_is_no_cut_and_a_cut_within_pans_is_found(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", panned(1, 20, 12) + panned(2, 20, 12))
    assert cuts(path) == [20]


def test_a_pan_that_begins_at_once_is_no_cut(tmp_path: Path) -> None:
    pan = panned(3, 25, 16)
    assert cuts(film(tmp_path / "a.mp4", [pan[0]] * 15 + pan + [pan[-1]] * 15)) == []


def test_stuttering_motion_is_no_cut(tmp_path: Path) -> None:
    stutter = [picture for picture in panned(4, 8, 40) for _ in range(5)]
    assert cuts(film(tmp_path / "a.mp4", stutter)) == []


def test_a_fade_is_no_cut(tmp_path: Path) -> None:
    fade = [(scene(1) * (1 - n / 20)).astype(np.uint8) for n in range(21)]
    assert cuts(film(tmp_path / "a.mp4", [scene(1)] * 10 + fade + fade[::-1])) == []


@pytest.mark.parametrize("at", [1, 2, 18, 19])
def test_a_cut_next_to_the_ends_of_the_film_is_found(tmp_path: Path, at: int) -> None:
    frames = [scene(1)] * at + [scene(2)] * (20 - at)
    assert cuts(film(tmp_path / "a.mp4", frames)) == [at]


def test_shots_longer_than_min_shot_are_told_apart(tmp_path: Path) -> None:
    shots = [scene(seed) for seed in range(4) for _ in range(9)]
    path = film(tmp_path / "a.mp4", shots)
    assert cuts(path) == [9, 18, 27]
    assert len(cuts(path, min_shot=1.0)) < 3


def test_sparse_sampling_finds_the_first_sampled_frame_of_a_shot(tmp_path: Path) -> None:
    shots = [scene(seed) for seed in range(3) for _ in range(62)]
    assert cuts(film(tmp_path / "a.mp4", shots), every=10) == [70, 130]


def test_sparse_sampling_finds_cuts_to_and_fro_between_two_views(tmp_path: Path) -> None:
    shots = [scene(shot % 2) for shot in range(6) for _ in range(15)]
    assert cuts(film(tmp_path / "a.mp4", shots), every=5) == [15, 30, 45, 60, 75]


@pytest.mark.parametrize("at", [20, 23])
def test_sparse_sampling_takes_no_flash_for_a_cut(tmp_path: Path, at: int) -> None:
    frames = [scene(1)] * 60
    frames[at : at + 5] = [np.maximum(scene(1), 230)] * 5
    assert cuts(film(tmp_path / "a.mp4", frames), every=4) == []


@pytest.mark.parametrize("frames", [1, 2])
def test_a_film_of_one_shot_has_no_cut(tmp_path: Path, frames: int) -> None:
    assert cuts(film(tmp_path / "a.mp4", [scene(1)] * frames)) == []


def test_a_cut_says_how_strong_it_is(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [scene(1)] * 10 + [scene(2)] * 10)
    step = SceneCuts(SceneCutsParams())
    placed = []
    for n, rows in run(Content(ContentParams()), path).items():
        placed += step.process(FrameRef(n, n, n / 25), {"content": rows})
    ((ref, cut),) = [*placed, *step.finish()]
    assert ref.frame_index == 10
    expected = np.abs(scene(1).astype(float) - scene(2)).mean() / 255
    assert cut.value == pytest.approx(expected, rel=0.2)
    assert cut.score is not None
    assert cut.score > 0.95


def test_frames_that_content_said_nothing_about_are_passed_over() -> None:
    step = SceneCuts(SceneCutsParams())
    placed = []
    for n in range(20):
        value = 0.4 if n == 11 else 0.0
        rows = [] if n == 10 else [Observation(value=value, score=0.4, attrs={"span": 0.4})]
        placed += step.process(FrameRef(n, n, n / 25), {"content": rows})
    assert [ref.frame_index for ref, _ in [*placed, *step.finish()]] == [11]


def test_nothing_seen_is_nothing_said() -> None:
    assert list(SceneCuts(SceneCutsParams()).finish()) == []


def test_content_looks_back_past_the_previous_frame(tmp_path: Path) -> None:
    frames = [scene(1)] * 8 + [scene(2)] * 2 + [scene(1)] * 8
    said = {
        n: rows[0]
        for n, rows in run(Content(ContentParams()), film(tmp_path / "a.mp4", frames)).items()
    }
    assert said[0] == Observation(value=0.0, score=0.0, attrs={"span": 0.0})
    changed = [n for n, row in said.items() if (row.value or 0) > 0.05]
    assert changed == [8, 10]
    away = [n for n, row in said.items() if (row.score or 0) > 0.05]
    assert away == [8, 9, 8 + MEMORY + 1, 9 + MEMORY + 1]
    longer = [n for n, row in said.items() if (row.attrs or {})["span"] > 0.05]
    assert longer == [8, 9]  # at 8 + SPAN there is nothing any more


def test_content_of_a_window_that_begins_later_is_the_same(bikes: Path) -> None:
    assert windows_agree(lambda: Content(ContentParams()), bikes, 60, 90)


def test_the_last_frames_before_a_stretch_without_rows_are_no_cuts() -> None:
    step = SceneCuts(SceneCutsParams())
    placed = []
    for n in range(60):
        away = n in (13, 14)  # a flash, of whose end nothing is said
        rows = [Observation(value=0.4 if away else 0.0, score=0.4, attrs={"span": 0.4})]
        placed += step.process(FrameRef(n, n, n / 25), {"content": [] if 15 < n < 40 else rows})
    assert [*placed, *step.finish()] == []
