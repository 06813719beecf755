"""Track: the same thing keeps the same number from frame to frame."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import lap
import numpy as np
from pydantic import Field

from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.steps.base import Params, Placed, SequenceStep, Upstream
from videojobs_ext.steps.kalman import Box, BoxFilter
from videojobs_ext.steps.overlap import iou

#: However sparse the sampling, a track may be missed on so many frames in a row and live on.
ALWAYS_MISSED = 2
#: And a tentative one on so many, and no more.
TENTATIVE_MISSED = 1


class TrackParams(Params):
    """Parameters of ``track``."""

    high_score: float = Field(
        0.5, ge=0, le=1, description="Detections from here on are matched first and begin tracks."
    )
    low_score: float = Field(
        0.1, ge=0, le=1, description="Detections below are ignored; between, they only go on."
    )
    min_iou: float = Field(
        0.2, gt=0, le=1, description="Least overlap of a detection with where a track should be."
    )
    confirm: int = Field(
        3, ge=1, le=100, description="Detections that make a track; fewer are taken for noise."
    )
    max_gap: float = Field(
        1.2, ge=0, le=60, description="Seconds that a track may be unseen and go on."
    )


@dataclass(slots=True, eq=False)
class _Track:
    """One thing: tentative until it has been seen often enough, then confirmed, at last dead."""

    label: str | None
    filter: BoxFilter
    seen: FrameRef
    hits: int = 1
    misses: int = 0
    confirmed: bool = False
    dead: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Detection:
    row: Observation
    box: Box
    score: float


class Track(SequenceStep[TrackParams]):
    """Kalman filter and assignment, in ByteTrack's manner (Zhang et al. 2022), for each label.

    Rows: each detection that belongs to a track, as it came (label, score, box), with a
    ``track_id``. Ids count from 1 in order of first appearance. A track's first frames are told,
    too: they are held back until it is sure. A row labelled ``cut`` without a box ends all tracks.

    How: each track's box is predicted for the frame's own time, so sampling may be sparse or
    uneven. Detections of high score are matched with all tracks first, so that the sum of IoU is
    greatest, then those of low score with the tracks that are left; what is left of the high ones
    begins new tracks. Unlike ByteTrack, low scores carry lost and tentative tracks on, too: on
    noised boxes that finds more and switches less (docs/accuracy.md).

    Cost: 0.1 ms a frame with 8 things, 0.2 with 30. Limits: it knows no looks, so two things that
    meet and turn back may change their numbers, and sampling so sparse that a thing's boxes on
    two frames don't overlap begins a new track each time.
    """

    name: ClassVar[str] = "track"
    title: ClassVar[str] = "Tracks"
    Params = TrackParams
    needs_upstream: ClassVar[bool] = True

    def __init__(self, params: TrackParams) -> None:
        super().__init__(params)
        self._tracks: list[_Track] = []
        self._time: float | None = None
        #: Frames in order whose rows may still belong to tentative tracks.
        self._held: deque[tuple[FrameRef, list[tuple[_Track, Observation]]]] = deque()
        self._ids = 0

    def process(self, ref: FrameRef, upstream: Upstream) -> Iterator[Placed]:
        """Yield the rows of all frames that are sure by now."""
        rows = [row for said in upstream.values() for row in said]
        if any(row.label == "cut" and row.x is None for row in rows):
            self._bury(self._tracks)
        self._predict(ref)
        found = [d for row in rows if (d := _detection(row)) and d.score >= self.params.low_score]
        owner = self._associate(found)
        for detection, track in owner.items():
            self._hit(track, ref, detection)
        self._miss(ref)
        owner |= self._begin(ref, [d for d in found if d not in owner])
        self._held.append((ref, [(owner[d], d.row) for d in found if d in owner]))
        yield from self._sure()

    def finish(self) -> Iterator[Placed]:
        """Yield what was held back; tracks that are still tentative come to nothing."""
        self._bury(track for track in self._tracks if not track.confirmed)
        yield from self._sure()

    def _predict(self, ref: FrameRef) -> None:
        seconds = 0.0 if self._time is None else ref.time - self._time
        self._time = ref.time
        for track in self._tracks:
            track.filter.predict(seconds)

    def _associate(self, found: Sequence[_Detection]) -> dict[_Detection, _Track]:
        high = [d for d in found if d.score >= self.params.high_score]
        low = [d for d in found if d.score < self.params.high_score]
        owner = self._match(self._tracks, high)
        taken = set(owner.values())
        return owner | self._match([t for t in self._tracks if t not in taken], low)

    def _match(
        self, tracks: Sequence[_Track], detections: Sequence[_Detection]
    ) -> dict[_Detection, _Track]:
        if not tracks or not detections:
            return {}
        overlap = iou([track.filter.box for track in tracks], [d.box for d in detections])
        labels = {label: n for n, label in enumerate({track.label for track in tracks})}
        of_tracks = np.array([labels[track.label] for track in tracks])
        of_detections = np.array([labels.get(d.row.label, -1) for d in detections])
        overlap[of_tracks[:, None] != of_detections] = 0
        _, partner, _ = lap.lapjv(1 - overlap, extend_cost=True, cost_limit=1 - self.params.min_iou)
        return {detections[n]: track for track, n in zip(tracks, partner, strict=True) if n >= 0}

    def _hit(self, track: _Track, ref: FrameRef, detection: _Detection) -> None:
        track.filter.update(detection.box)
        track.seen, track.misses = ref, 0
        track.hits += 1
        track.confirmed = track.confirmed or track.hits >= self.params.confirm

    def _miss(self, ref: FrameRef) -> None:
        for track in self._tracks:
            if track.seen == ref:
                continue
            track.misses += 1
            late = not track.confirmed or ref.time - track.seen.time > self.params.max_gap
            limit = ALWAYS_MISSED if track.confirmed else TENTATIVE_MISSED
            track.dead = late and track.misses > limit
        self._bury(track for track in self._tracks if track.dead)

    def _begin(self, ref: FrameRef, left: Sequence[_Detection]) -> dict[_Detection, _Track]:
        confirmed = self.params.confirm == 1
        born = {
            d: _Track(d.row.label, BoxFilter(d.box), ref, confirmed=confirmed)
            for d in left
            if d.score >= self.params.high_score
        }
        self._tracks += born.values()
        return born

    def _bury(self, tracks: Iterable[_Track]) -> None:
        for track in list(tracks):
            track.dead = True
        self._tracks = [track for track in self._tracks if not track.dead]

    def _sure(self) -> Iterator[Placed]:
        while self._held and all(track.confirmed or track.dead for track, _ in self._held[0][1]):
            ref, rows = self._held.popleft()
            for track, row in rows:
                if track.confirmed:
                    if track.id is None:
                        self._ids += 1
                        track.id = self._ids
                    yield ref, replace(row, track_id=track.id)


def _detection(row: Observation) -> _Detection | None:
    if row.x is None or row.y is None or row.w is None or row.h is None:
        return None
    score = 1.0 if row.score is None else row.score
    return _Detection(row, (row.x, row.y, row.w, row.h), score)
