"""What happens in zones, put in order: events kept until they are sure, counts and totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.steps.base import Placed


@dataclass(slots=True, order=True)
class _Event:
    """A row, or only a change of how many are inside; ordered by frame, zone, and as it came."""

    frame_index: int
    zone: int
    serial: int
    ref: FrameRef = field(compare=False)
    change: int = field(compare=False)
    row: Observation | None = field(compare=False)


@dataclass(slots=True)
class _Totals:
    """Sums over the video so far; ``dwell`` in seconds, of those that have left."""

    count: int = 0
    told: int | None = None
    entered: int = 0
    left: int = 0
    dwell: float = 0.0
    crossed: dict[str, int] = field(default_factory=lambda: {"in": 0, "out": 0})


class ZoneEvents:
    """Takes events in the order in which they are found, gives rows in the order of frames."""

    def __init__(self, areas: Sequence[str], lines: Sequence[str]) -> None:
        self._areas = len(areas)
        self._names = [*areas, *lines]
        self._totals = [_Totals() for _ in self._names]
        self._events: list[_Event] = []
        self._serial = 0

    def add(self, ref: FrameRef, name: str, change: int, row: Observation | None = None) -> None:
        """Add an event of the zone ``name``, after which so many more (or fewer) are inside."""
        self._serial += 1
        zone = self._names.index(name)
        heappush(self._events, _Event(ref.frame_index, zone, self._serial, ref, change, row))

    def sure(self, stop: int) -> Iterator[Placed]:
        """Yield the events on frames before ``stop``, and each area's count where it changes."""
        while self._events and self._events[0].frame_index < stop:
            event = heappop(self._events)
            totals = self._totals[event.zone]
            totals.count += event.change
            if event.row is not None:
                yield event.ref, _summed(totals, event.row)
            if event.zone < self._areas and not self._more(event) and totals.count != totals.told:
                totals.told = totals.count
                text = self._names[event.zone]
                yield event.ref, Observation("count", value=float(totals.count), text=text)

    def totals(self, ref: FrameRef) -> Iterator[Placed]:
        """Yield one row for each zone: how many entered or crossed in the whole video."""
        for zone, (name, totals) in enumerate(zip(self._names, self._totals, strict=True)):
            if zone < self._areas:
                left = totals.left
                mean = {"mean_dwell": round(totals.dwell / left, 6)} if left else None
                row = Observation("total", value=float(totals.entered), text=name, attrs=mean)
            else:
                value = float(sum(totals.crossed.values()))
                row = Observation("total", value=value, text=name, attrs=dict(totals.crossed))
            yield ref, row

    def _more(self, event: _Event) -> bool:
        """Tell whether the next event is of the same frame and zone."""
        if not self._events:
            return False
        following = self._events[0]
        return (following.frame_index, following.zone) == (event.frame_index, event.zone)


def _summed(totals: _Totals, row: Observation) -> Observation:
    """Add an event to the totals, and the totals to its row where the row tells them."""
    attrs = dict(row.attrs or {})
    if row.label == "leave":
        totals.left += 1
        totals.dwell += row.value or 0.0
        return row
    if row.label == "enter":
        totals.entered += 1
        return replace(row, value=float(totals.entered))
    way = attrs["direction"]
    totals.crossed[way] += 1
    return replace(row, value=float(totals.crossed[way]), attrs={**attrs, **totals.crossed})
