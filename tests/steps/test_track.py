"""Tracks: a thing keeps its number, whatever the sampling, and noise gets none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.tracking import NOISES, SEEDS, SEQUENCES, noised, ours, score, true_boxes
from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.steps.kalman import BoxFilter
from videojobs_ext.steps.overlap import iou
from videojobs_ext.steps.track import Track, TrackParams


def box(
    x: float, y: float = 100, *, label: str = "person", score: float | None = 0.9
) -> Observation:
    return Observation(label=label, score=score, x=x, y=y, w=40, h=80)


def follow(
    frames: Sequence[Sequence[Observation]], times: NDArray[np.float64] | None = None, **params: Any
) -> list[list[Observation]]:
    """Return the rows that ``track`` tells about each frame, at 25 frames a second by default."""
    step = Track(TrackParams(**params))
    clock = np.arange(len(frames)) / 25 if times is None else np.array(times)
    placed = []
    for number, rows in enumerate(frames):
        placed += step.process(FrameRef(number, number, float(clock[number])), {"detect": rows})
    placed += step.finish()
    order = [ref.frame_index for ref, _ in placed]
    assert order == sorted(order)
    told: list[list[Observation]] = [[] for _ in frames]
    for ref, row in placed:
        told[ref.frame_index].append(row)
    return told


def ids(told: Sequence[Sequence[Observation]]) -> list[list[int | None]]:
    return [[row.track_id for row in rows] for rows in told]


def test_a_moving_thing_keeps_its_number_from_its_first_frame_on() -> None:
    assert ids(follow([[box(5 * n)] for n in range(10)])) == [[1]] * 10


def test_rows_are_the_detections_as_they_came() -> None:
    told = follow([[box(5 * n, score=0.6 + n / 100)] for n in range(5)])
    for n, (row,) in enumerate(told):
        assert row == Observation("person", 0.6 + n / 100, 1, 5 * n, 100, 40, 80)


def test_numbers_count_in_the_order_of_first_appearance() -> None:
    # The second thing is sure sooner than the first, which is missed once.
    frames = [[box(0)], [box(300)], [box(0), box(300)], [box(300)], *[[box(0), box(300)]] * 3]
    assert ids(follow(frames))[:3] == [[1], [2], [1, 2]]


def test_a_thing_seen_too_seldom_gets_no_number() -> None:
    frames = [[box(300)], [], [box(0)], [box(0)], [], [], *[[box(100)]] * 3]
    assert ids(follow(frames)) == [[], [], [], [], [], [], [1], [1], [1]]
    assert ids(follow(frames[2:4], confirm=2)) == [[1], [1]]
    assert ids(follow([[box(0)]], confirm=1)) == [[1]]


def test_a_thing_hidden_for_a_second_keeps_its_number() -> None:
    walk = [[box(4 * n)] for n in range(80)]
    walk[20:45] = [[]] * 25
    told = ids(follow(walk))
    assert told[:20] == [[1]] * 20
    assert told[20:45] == [[]] * 25
    assert told[45:] == [[1]] * 35


def test_a_thing_hidden_for_longer_than_max_gap_is_a_new_one() -> None:
    walk = [[box(2 * n)] for n in range(60)]
    walk[20:40] = [[]] * 20
    assert ids(follow(walk, max_gap=0.5))[40:] == [[2]] * 20
    assert ids(follow(walk, max_gap=1.0))[40:] == [[1]] * 20


def test_low_scores_carry_a_track_on_but_begin_none() -> None:
    weak = [[box(3 * n, score=0.3)] for n in range(10)]
    assert ids(follow(weak)) == [[]] * 10
    strong = [[box(3 * n)] for n in range(5)]
    mixed = strong + weak[5:]
    assert ids(follow(mixed)) == [[1]] * 10
    assert ids(follow(mixed, low_score=0.4)) == [[1]] * 5 + [[]] * 5


def test_a_detection_without_a_score_counts_as_certain() -> None:
    assert ids(follow([[box(0, score=None)]] * 4, high_score=1.0)) == [[1]] * 4


def test_things_of_different_labels_are_never_one() -> None:
    frames = [[box(0, label="car"), box(3, label="person")] for _ in range(5)]
    told = follow(frames)
    assert ids(told) == [[1, 2]] * 5
    assert all([row.label for row in rows] == ["car", "person"] for rows in told)
    swapped = [[box(0, label="car")]] * 5 + [[box(0, label="bus")]] * 5
    assert ids(follow(swapped)) == [[1]] * 5 + [[2]] * 5


def test_two_that_pass_each_other_keep_their_numbers() -> None:
    frames = [[box(6 * n), box(300 - 6 * n, 110)] for n in range(51)]
    assert ids(follow(frames)) == [[1, 2]] * 51


def test_the_order_of_a_frames_detections_does_not_matter() -> None:
    things = [[box(6 * n), box(300 - 6 * n, 110), box(150, 3 * n)] for n in range(51)]
    want = [sorted((row.track_id, row.x) for row in rows) for rows in follow(things)]
    for order in permutations(range(3)):
        mixed = [things[0], *([rows[k] for k in order] for rows in things[1:])]
        got = [sorted((row.track_id, row.x) for row in rows) for rows in follow(mixed)]
        assert got == want


def test_uneven_times_are_taken_as_they_are() -> None:
    gaps = np.random.default_rng(3).choice([0.02, 0.04, 0.1, 0.4], 60)
    times = np.cumsum(gaps)
    # 60 pixels a second: over the longest gap, boxes of 40 pixels width still overlap.
    frames = [[box(60 * t), box(6000 - 60 * t)] for t in times]
    assert ids(follow(frames, times)) == [[1, 2]] * 60


def test_sparse_sampling_keeps_numbers() -> None:
    times = np.arange(20) / 5
    frames = [[box(110 * t), box(600 - 100 * t, 105)] for t in times]
    assert ids(follow(frames, times)) == [[1, 2]] * 20


def test_sampling_sparser_than_max_gap_allows_some_missed_frames() -> None:
    frames: list[list[Observation]] = [[box(10)] for _ in range(12)]
    frames[6:8] = [[], []]
    assert ids(follow(frames, np.arange(12) * 2.0))[8:] == [[1]] * 4


def test_boxes_of_several_steps_are_followed_together() -> None:
    step = Track(TrackParams())
    placed = []
    for n in range(4):
        upstream: Mapping[str, Sequence[Observation]] = {
            "detect": [box(0)],
            "faces": [box(200, label="face"), Observation(value=3.0)],
        }
        placed += step.process(FrameRef(n, n, n / 25), upstream)
    assert [(row.label, row.track_id) for _, row in placed[:2]] == [("person", 1), ("face", 2)]


def test_a_cut_ends_all_tracks() -> None:
    frames = [[box(0)] for _ in range(8)]
    frames[4] = [Observation(label="cut", value=0.5), box(0)]
    assert ids(follow(frames)) == [[1]] * 4 + [[2]] * 4


def test_nothing_comes_of_nothing() -> None:
    assert follow([]) == []
    assert follow([[], [], []]) == [[], [], []]


def test_the_filter_learns_speed_and_keeps_it_unseen() -> None:
    seen = BoxFilter((0, 0, 40, 80))
    for n in range(1, 26):
        seen.predict(0.04)
        seen.update((4 * n, 2 * n, 40, 80))
    seen.predict(0.5)
    assert seen.box == pytest.approx((150, 75, 40, 80), abs=2)


def test_iou_is_what_two_boxes_share() -> None:
    got = iou([(0, 0, 10, 10), (0, 0, 0, 0)], [(0, 0, 10, 10), (5, 0, 10, 10), (20, 20, 5, 5)])
    assert got[0] == pytest.approx([1, 1 / 3, 0])
    assert got[1] == pytest.approx([0, 0, 0])


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_true_boxes_of_the_tud_sequences_are_followed_without_a_fault(sequence: str) -> None:
    truth = true_boxes(sequence)
    got = score(truth, ours(truth))
    assert (got.mota, got.idf1, got.switches) == (1, 1, 0)


#: ByteTrack's best mean MOTA and IDF1 over the seeds, trackers 2.6.1; from docs/accuracy.md.
PEER = {"TUD-Campus": (0.738, 0.766), "TUD-Stadtmitte": (0.794, 0.737)}


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_noised_boxes_are_followed_better_than_by_byte_track(sequence: str) -> None:
    truth = true_boxes(sequence)
    (medium,) = [noise for noise in NOISES if noise.name == "medium"]
    scores = [score(truth, ours(noised(truth, medium, seed), low_score=0)) for seed in SEEDS]
    mota, idf1 = PEER[sequence]
    assert np.mean([one.mota for one in scores]) > mota
    assert np.mean([one.idf1 for one in scores]) > idf1
