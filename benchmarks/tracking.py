"""Trackers on the TUD sequences of motmetrics: from true boxes, and from boxes made worse."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import motmetrics
import numpy as np

from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.steps.overlap import iou
from videojobs_ext.steps.track import Track, TrackParams

SEQUENCES = ("TUD-Campus", "TUD-Stadtmitte")
WIDTH, HEIGHT, RATE = 640, 480, 25
SEEDS = range(5)

#: One box: id (0 for a detection), x, y, w, h in pixels, score.
Row = tuple[int, float, float, float, float, float]
#: The boxes of each frame, from frame 0 on, also of those without.
Frames = list[list[Row]]


@dataclass(frozen=True)
class Noise:
    """How boxes are made worse than the truth.

    ``jitter``: standard deviation of centre and size, as a fraction of the height. ``dropped``:
    probability that a box is missing. ``false``: mean number of false boxes a frame.
    """

    name: str
    jitter: float
    dropped: float
    false: float


NOISES = (
    Noise("mild", 0.02, 0.05, 0.5),
    Noise("medium", 0.04, 0.15, 1.0),
    Noise("strong", 0.06, 0.30, 2.0),
)


@dataclass(frozen=True)
class Score:
    """MOTA and IDF1 (1 is best) and the number of identity switches."""

    mota: float
    idf1: float
    switches: float


def true_boxes(sequence: str) -> Frames:
    """Return the ground truth of a sequence of motmetrics."""
    spec = find_spec("motmetrics")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "data" / sequence / "gt.txt"
    rows = np.loadtxt(path, delimiter=",")
    frames: Frames = [[] for _ in range(int(rows[:, 0].max()))]
    for frame, number, x, y, w, h, *_ in rows.tolist():
        frames[int(frame) - 1].append((int(number), x, y, w, h, 1.0))
    return frames


def noised(truth: Frames, noise: Noise, seed: int) -> Frames:
    """Return detections as a detector might have made them, the same for the same seed.

    Scores are normal, 0.75 ± 0.15 for true boxes, less what another person nearer to the camera
    hides, and 0.4 ± 0.15 for false ones, which have the size of true ones, anywhere.
    """
    dice = np.random.default_rng(seed)
    sizes = [(w, h) for frame in truth for _, _, _, w, h, _ in frame]
    return [
        [
            _worse(box, _hidden(box, frame), noise, dice)
            for box in frame
            if dice.random() >= noise.dropped
        ]
        + [_false(sizes, dice) for _ in range(dice.poisson(noise.false))]
        for frame in truth
    ]


def _worse(box: Row, hidden: float, noise: Noise, dice: np.random.Generator) -> Row:
    _, x, y, w, h, _ = box
    dx, dy, dw, dh = dice.normal(0, noise.jitter * h, 4)
    w, h, cx, cy = max(4.0, w + dw / 2), max(8.0, h + dh), x + w / 2 + dx / 2, y + h / 2 + dy
    return 0, cx - w / 2, cy - h / 2, w, h, _score(0.75 - 0.5 * hidden, dice)


def _hidden(box: Row, frame: list[Row]) -> float:
    """Return the fraction of a box that lies behind the one that hides most of it."""
    _, x, y, w, h, _ = box
    most = 0.0
    for _, ox, oy, ow, oh, _ in frame:
        if oy + oh > y + h:
            across = max(0.0, min(x + w, ox + ow) - max(x, ox))
            down = max(0.0, min(y + h, oy + oh) - max(y, oy))
            most = max(most, across * down / (w * h))
    return most


def _false(sizes: list[tuple[float, float]], dice: np.random.Generator) -> Row:
    w, h = sizes[dice.integers(len(sizes))]
    x, y = dice.uniform(0, WIDTH - w / 2), dice.uniform(0, HEIGHT - h / 2)
    return 0, float(x), float(y), w, h, _score(0.4, dice)


def _score(mean: float, dice: np.random.Generator) -> float:
    return float(np.clip(dice.normal(mean, 0.15), 0.05, 0.99))


def ours(detections: Frames, *, rate: float = RATE, **params: float) -> Frames:
    """Return what the step ``track`` makes of detections."""
    step = Track(TrackParams.model_validate(params))
    tracked: Frames = [[] for _ in detections]
    for number, frame in enumerate(detections):
        rows = [Observation("person", s, None, x, y, w, h) for _, x, y, w, h, s in frame]
        _add(tracked, step.process(FrameRef(number, number, number / rate), {"detect": rows}))
    _add(tracked, step.finish())
    return tracked


def _add(tracked: Frames, placed: Iterable[tuple[FrameRef, Observation]]) -> None:
    for ref, row in placed:
        said = (row.track_id, row.x, row.y, row.w, row.h, row.score)
        tracked[ref.frame_index].append(cast("Row", said))


PEER = """
import json, sys
import numpy as np, supervision as sv
from trackers import ByteTrackTracker
job = json.load(sys.stdin)
answer = []
for frames in job["runs"]:
    tracker = ByteTrackTracker(frame_rate=job["rate"], **job["params"])
    tracked = []
    for rows in frames:
        table = np.array(rows, float).reshape(-1, 6)
        boxes = table[:, 1:5].copy()
        boxes[:, 2:] += boxes[:, :2]
        found = tracker.update(sv.Detections(
            xyxy=boxes, confidence=table[:, 5], class_id=np.zeros(len(table), int)))
        tracked.append([
            [int(i), *map(float, (b[0], b[1], b[2] - b[0], b[3] - b[1])), float(c)]
            for i, b, c in zip(found.tracker_id, found.xyxy, found.confidence) if i >= 0])
    answer.append(tracked)
json.dump(answer, sys.stdout)
"""


def byte_track(python: Path, runs: list[Frames], **params: float) -> list[Frames]:
    """Return what ByteTrack of the package ``trackers`` makes of several runs' detections."""
    job = json.dumps({"runs": runs, "rate": RATE, "params": params})
    done = subprocess.run(
        [str(python), "-c", PEER], input=job, capture_output=True, text=True, check=True
    )
    answer: list[Frames] = json.loads(done.stdout)
    return answer


def score(truth: Frames, tracked: Frames) -> Score:
    """Compare tracks with the truth; a box counts as found from IoU 0.5 on."""
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for true_rows, rows in zip(truth, tracked, strict=True):
        # motmetrics 1.4.0 can't compute these under numpy 2 itself.
        distances = 1 - iou([row[1:5] for row in true_rows], [row[1:5] for row in rows])
        distances[distances > 0.5] = np.nan
        accumulator.update([row[0] for row in true_rows], [row[0] for row in rows], distances)
    summary = motmetrics.metrics.create().compute(
        accumulator, metrics=["mota", "idf1", "num_switches"], name="run"
    )
    return Score(*(float(summary[name].iloc[0]) for name in summary.columns))
