"""Zones: exact at the frame of crossing, and not fooled by jitter, gaps and the frame's border."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.steps.base import VideoGeometry
from videojobs_ext.steps.geometry import Line, Polygon
from videojobs_ext.steps.zones import Zones, ZonesParams

WIDTH, HEIGHT = 640, 360
MIDDLE: dict[str, Any] = {"lines": {"middle": [[0.5, 0], [0.5, 1]]}}
CENTRE: dict[str, Any] = {"polygons": {"centre": [[0.25, 0], [0.75, 0], [0.75, 1], [0.25, 1]]}}

Told = list[tuple[int, Observation]]


def at(x: float, y: float = 200, number: int | None = 1, label: str = "person") -> Observation:
    """Return a box of 40 x 100 pixels whose bottom centre is (x, y)."""
    return Observation(label, 0.9, number, x - 20, y - 100, 40, 100)


def watch(
    frames: Iterable[Sequence[Observation]],
    params: dict[str, Any],
    rate: float = 25,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Told:
    step = Zones(ZonesParams.model_validate(params))
    step.begin(VideoGeometry(*size))
    placed = []
    for n, rows in enumerate(frames):
        placed += step.process(FrameRef(n, n, n / rate), {"follow": rows})
    placed += step.finish()
    numbers = [ref.frame_index for ref, _ in placed]
    assert numbers == sorted(numbers)
    return [(ref.frame_index, row) for ref, row in placed]


def of(told: Told, *labels: str) -> Told:
    return [(frame, row) for frame, row in told if row.label in labels]


def crossings(told: Told) -> list[tuple[int, str]]:
    return [(frame, (row.attrs or {})["direction"]) for frame, row in of(told, "cross")]


def counts(told: Told) -> list[tuple[int, float | None]]:
    return [(frame, row.value) for frame, row in of(told, "count")]


def test_a_crossing_is_told_on_the_first_frame_beyond_the_line() -> None:
    walk = [[at(200 + 7 * n)] for n in range(40)]
    told = watch(walk, MIDDLE)
    first = next(n for n in range(40) if 200 + 7 * n > 320)
    ((frame, row),) = of(told, "cross")
    assert frame == first
    assert (row.text, row.track_id, row.value) == ("middle", 1, 1)
    where = [200 + 7 * first, 200]
    assert row.attrs == {"direction": "in", "in": 1, "out": 0, "label": "person", "at": where}


def test_both_ways_are_counted_apart_and_in_total() -> None:
    to_and_fro = [*range(201, 442, 8), *range(441, 200, -8), *range(201, 442, 8)]
    told = watch([[at(x), at(640 - x, number=2)] for x in to_and_fro], MIDDLE)
    assert [way for _, way in crossings(told)] == ["in", "out", "out", "in", "in", "out"]
    sums = [((row.attrs or {})["in"], (row.attrs or {})["out"]) for _, row in of(told, "cross")]
    assert sums == [(1, 0), (1, 1), (1, 2), (2, 2), (3, 2), (3, 3)]
    ((frame, total),) = of(told, "total")
    assert frame == len(to_and_fro) - 1
    assert (total.text, total.value, total.attrs) == ("middle", 6, {"in": 3, "out": 3})


def test_in_is_from_the_right_hand_to_the_left_of_who_walks_along_the_line() -> None:
    up = [[at(300, y)] for y in range(340, 100, -10)]
    level = {"lines": {"level": [[0, 0.6], [1, 0.6]]}}
    assert [way for _, way in crossings(watch(up, level))] == ["in"]
    turned = {"lines": {"level": [[1, 0.6], [0, 0.6]]}}
    assert [way for _, way in crossings(watch(up, turned))] == ["out"]


def test_jitter_on_the_line_is_no_crossing() -> None:
    dice = np.random.default_rng(0)
    stands = [[at(320 + x, 200 + y)] for x, y in dice.normal(0, 3, (500, 2))]
    comes = [[at(x)] for x in range(200, 320, 5)]
    assert crossings(watch(comes + stands, MIDDLE)) == []


def test_who_stops_on_the_line_and_turns_back_has_not_crossed() -> None:
    dice = np.random.default_rng(1)
    stands = [[at(320 + x)] for x in dice.normal(0, 2, 100)]
    back = [[at(x)] for x in range(320, 200, -5)]
    comes = [[at(x)] for x in range(200, 320, 5)]
    assert crossings(watch(comes + stands + back, MIDDLE)) == []


def test_who_stops_beyond_the_line_and_goes_on_has_crossed_when_it_came_over() -> None:
    walk = [*range(200, 324, 4), *[325] * 200, *range(325, 400, 4)]
    first = next(n for n, x in enumerate(walk) if x >= 320)
    assert crossings(watch([[at(x)] for x in walk], MIDDLE)) == [(first, "in")]


@pytest.mark.parametrize("seed", range(8))
def test_made_crossings_under_jitter_are_counted_exactly(seed: int) -> None:
    """Many walk to and fro, stop, some on the line; each real change of sides counts once."""
    dice = np.random.default_rng(seed)
    paths, want = [], {"in": 0, "out": 0}
    for _ in range(10):
        # It begins off the line: else its first sight alone would say on which side it is.
        stops = [int(dice.choice([120, 520])), *dice.choice([120, 220, 320, 420, 520], 8).tolist()]
        paths.append([x for a, b in pairwise(stops) for x in _walk(a, b, dice)])
        for one, other in pairwise([stop > 320 for stop in stops if stop != 320]):
            if one != other:
                want["in" if other else "out"] += 1
    frames = [
        [
            at(path[n] + dice.normal(0, 3), 200 + 20 * k, number=k + 1)
            for k, path in enumerate(paths)
            if n < len(path) and dice.random() > 0.1
        ]
        for n in range(max(map(len, paths)))
    ]
    told = watch(frames, MIDDLE)
    ways = [way for _, way in crossings(told)]
    assert {"in": ways.count("in"), "out": ways.count("out")} == want


def _walk(begin: float, end: float, dice: np.random.Generator) -> list[float]:
    steps = max(1, int(abs(end - begin) / dice.uniform(2, 9)))
    return [*np.linspace(begin, end, steps), *[end] * int(dice.integers(5, 40))]


def test_only_the_line_itself_counts_not_what_lies_past_its_ends() -> None:
    short = {"lines": {"gate": [[0.5, 0.5], [0.5, 0.7]]}}
    assert crossings(watch([[at(x, 200)] for x in range(200, 440, 6)], short)) == [(20, "in")]
    assert crossings(watch([[at(x, 300)] for x in range(200, 440, 6)], short)) == []
    around = [(x, 300) for x in range(200, 440, 6)] + [(x, 200) for x in range(440, 200, -6)]
    assert [way for _, way in crossings(watch([[at(x, y)] for x, y in around], short))] == ["out"]


def test_a_crossing_while_unseen_is_told_where_it_is_seen_again() -> None:
    walk = [[at(200 + 6 * n)] for n in range(40)]
    walk[18:25] = [[]] * 7
    assert crossings(watch(walk, MIDDLE)) == [(25, "in")]


def test_entering_and_leaving_are_told_with_the_seconds_inside() -> None:
    walk = [[at(10 * n)] for n in range(60)]
    told = watch(walk, CENTRE)
    (enter,) = of(told, "enter")
    (leave,) = of(told, "leave")
    assert (enter[0], enter[1].text, enter[1].track_id, enter[1].value) == (16, "centre", 1, 1)
    assert leave[0] == 49
    assert leave[1].value == pytest.approx((49 - 16) / 25)
    assert (leave[1].attrs or {})["reason"] == "left"
    assert counts(told) == [(0, 0), (16, 1), (49, 0)]
    ((_, total),) = of(told, "total")
    assert total.value == 1
    assert total.attrs == {"mean_dwell": pytest.approx(33 / 25)}


def test_counts_are_told_where_they_change() -> None:
    frames = [[at(10 * n), at(620 - 10 * n, number=2), at(320, number=3)] for n in range(60)]
    told = watch(frames, CENTRE)
    assert counts(told) == [(0, 1), (14, 2), (16, 3), (47, 2), (49, 1)]


def test_who_disappears_inside_has_left_with_the_first_frame_without_it() -> None:
    frames = [[at(320)] for _ in range(20)] + [[] for _ in range(60)]
    told = watch(frames, CENTRE)
    ((frame, row),) = of(told, "leave")
    assert frame == 20
    assert row.value == pytest.approx(20 / 25)
    assert (row.attrs or {})["reason"] == "lost"
    assert counts(told) == [(0, 1), (20, 0)]


def test_a_gap_inside_is_no_leaving() -> None:
    frames: list[list[Observation]] = [[at(320)] for _ in range(60)]
    frames[20:45] = [[]] * 25
    told = watch(frames, CENTRE)
    assert counts(told) == [(0, 1)]
    assert [frame for frame, _ in of(told, "enter", "leave")] == [0, 59]


def test_events_after_a_gap_wait_for_what_comes_of_it() -> None:
    """One is lost inside, another enters meanwhile: counts are right on every frame."""
    frames = [[at(320), at(5 * n, number=2)] for n in range(25)]
    frames += [[at(5 * n, number=2)] for n in range(25, 80)]
    told = watch(frames, CENTRE)
    assert counts(told) == [(0, 1), (25, 0), (32, 1)]


def test_who_is_still_inside_at_the_end_leaves_on_the_last_frame() -> None:
    told = watch([[at(320)] for _ in range(26)], CENTRE)
    ((frame, row),) = of(told, "leave")
    assert (frame, row.value, (row.attrs or {})["reason"]) == (25, 1.0, "end")
    assert counts(told) == [(0, 1)]


def test_jitter_on_an_areas_border_is_one_entering() -> None:
    dice = np.random.default_rng(0)
    frames = [[at(x)] for x in range(40, 160, 5)]
    frames += [[at(160 + x)] for x in dice.normal(0, 3, 300)]
    frames += [[at(x)] for x in range(160, 320, 5)]
    told = watch(frames, CENTRE)
    assert len(of(told, "enter")) == 1
    assert len(counts(told)) == 2


def test_feet_cut_off_by_the_frame_are_inside_an_area_that_ends_there() -> None:
    told = watch([[at(10 * n, HEIGHT + 30)] for n in range(60)], CENTRE)
    assert counts(told) == [(0, 0), (16, 1), (49, 0)]


def test_a_large_thing_can_be_in_a_small_area() -> None:
    mat = {"polygons": {"mat": [[0.48, 0.5], [0.52, 0.5], [0.52, 0.6], [0.48, 0.6]]}}
    told = watch([[at(2 * n, 198)] for n in range(300)], mat)
    assert [frame for frame, _ in of(told, "enter", "leave")] == [154, 167]


def test_boxes_without_tracks_are_only_counted() -> None:
    frames = [[at(10 * n, number=None)] for n in range(60)]
    told = watch(frames, CENTRE)
    assert counts(told) == [(0, 0), (16, 1), (49, 0)]
    assert of(told, "enter", "leave", "cross") == []


def test_only_the_named_labels_count() -> None:
    frames = [[at(200 + 7 * n, label="dog"), at(200 + 7 * n, number=2)] for n in range(40)]
    told = watch(frames, {**MIDDLE, "labels": ["person"]})
    assert [row.track_id for _, row in of(told, "cross")] == [2]


def test_pixels_and_fractions_say_the_same() -> None:
    frames = [[at(10 * n)] for n in range(60)]
    pixels = {
        "units": "pixels",
        "polygons": {"centre": [[160, 0], [480, 0], [480, 360], [160, 360]]},
        "lines": {"middle": [[320, 0], [320, 360]]},
    }
    assert watch(frames, pixels) == watch(frames, {**CENTRE, **MIDDLE})


def test_fractions_fit_any_size_of_video() -> None:
    small = watch([[at(10 * n)] for n in range(60)], {**CENTRE, "margin": 0})
    large = watch([[at(30 * n)] for n in range(60)], {**CENTRE, "margin": 0}, size=(1920, 1080))
    assert counts(small) == counts(large)


def test_another_anchor_crosses_elsewhere() -> None:
    down = [[at(300, y)] for y in range(60, 340, 10)]
    level = {"lines": {"level": [[0, 0.5], [1, 0.5]]}}
    (bottom,) = crossings(watch(down, level))
    (centre,) = crossings(watch(down, {**level, "anchor": "center"}))
    assert centre[0] - bottom[0] == 5


def test_sparse_sampling_is_exact_at_the_sampled_frame() -> None:
    walk = [[at(200 + 35 * n)] for n in range(8)]
    assert crossings(watch(walk, MIDDLE, rate=1)) == [(4, "in")]


def test_a_video_without_frames_has_no_totals() -> None:
    assert watch([], CENTRE) == []


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({}, "at least one"),
        ({"lines": {"a": [[0, 0], [300, 200]]}}, "units: pixels"),
        ({"lines": {"a": [[0.5, 0.5], [0.5, 0.5]]}}, "flat"),
        ({"polygons": {"a": [[0, 0], [0.5, 0.5], [1, 1]]}}, "flat"),
        ({"polygons": {"a": [[0, 0], [0.5, 0.5]]}}, "at least 3"),
        ({**MIDDLE, "polygons": {"middle": [[0, 0], [1, 0], [1, 1]]}}, "polygon and of a line"),
    ],
)
def test_shapes_that_make_no_sense_are_refused(params: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ZonesParams.model_validate(params)


def test_distances_are_in_pixels_and_signed() -> None:
    assert Line((10, 0), (10, 5)).distance((14, 99)) == 4
    assert Line((10, 5), (10, 0)).distance((14, 99)) == -4
    square = Polygon([(10, 10), (30, 10), (30, 30), (10, 30)], 100, 100)
    assert square.distance((13, 20)) == 3
    assert square.distance((7, 6)) == -5
    corner = Polygon([(0, 0), (30, 0), (30, 30), (0, 30)], 100, 100)
    assert corner.distance((0, 0)) == 30
