"""Zones: who is in an area and for how long, and who crosses a line in which direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.steps.base import Params, Placed, SequenceStep, Upstream, VideoGeometry
from videojobs_ext.steps.geometry import Line, Point, Polygon, area
from videojobs_ext.steps.track import ALWAYS_MISSED
from videojobs_ext.steps.zone_events import ZoneEvents

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]

#: Where in its box a thing stands: fractions of width and height.
ANCHORS = {"bottom": (0.5, 1.0), "center": (0.5, 0.5), "top": (0.5, 0.0)}


class ZonesParams(Params):
    """Parameters of ``zones``."""

    polygons: dict[Name, Annotated[tuple[Point, ...], Field(min_length=3, max_length=200)]] = Field(
        {}, description="Areas by name: the corners, each [x, y]."
    )
    lines: dict[Name, tuple[Point, Point]] = Field(
        {}, description="Lines by name: [[x, y], [x, y]]; 'in' is from its right hand to its left."
    )
    units: Literal["fraction", "pixels"] = Field(
        "fraction",
        description="What x and y count: fractions (0 to 1) of the upright frame, or its pixels.",
    )
    labels: tuple[str, ...] = Field(
        (), description="The labels of the things that count; none named means all."
    )
    anchor: Literal["bottom", "center", "top"] = Field(
        "bottom", description="The point of a box that must be inside or cross."
    )
    margin: float = Field(
        0.15,
        ge=0,
        le=1,
        description="How far past a border a thing must get, in longer sides of its box.",
    )
    max_gap: float = Field(
        1.2, ge=0, le=60, description="Seconds unseen after which a thing has left."
    )

    @model_validator(mode="after")
    def _check_shapes(self) -> Self:
        if not self.polygons and not self.lines:
            raise ValueError("name at least one polygon or line")
        if both := sorted(self.polygons.keys() & self.lines.keys()):
            raise ValueError(f"{both[0]!r} is the name of a polygon and of a line")
        for name, corners in {**self.polygons, **self.lines}.items():
            if self.units == "fraction" and not all(0 <= c <= 1 for xy in corners for c in xy):
                raise ValueError(f"{name!r} leaves the frame (0 to 1); for pixels: units: pixels")
            if len(set(corners)) == 1 or (name in self.polygons and not area(corners)):
                raise ValueError(f"{name!r} is flat: its points are all the same or on one line")
        return self


@dataclass(slots=True)
class _Side:
    """On which side of one border a thing is, and on which it was last for sure.

    A thing that jitters on the border changes ``positive``; only one that gets a margin away from
    it changes ``sure``, and then it has changed sides on the frame ``since``.
    """

    sure: bool
    positive: bool
    since: FrameRef
    at: Point
    #: Whether it came to this side over the border itself, not past the end of a line.
    across: bool = True


@dataclass(slots=True)
class _Thing:
    """One track: where it was last, on which side of each border, and since when inside."""

    seen: FrameRef
    at: Point
    label: str | None
    sides: dict[str, _Side] = field(default_factory=dict)
    inside: dict[str, FrameRef] = field(default_factory=dict)
    misses: int = 0
    #: The first frame on which it was missed, once it is missed.
    gone: FrameRef | None = None


class Zones(SequenceStep[ZonesParams]):
    """Areas and lines in the picture, and what tracks do there. The rows: docs/steps/zones.md.

    How: of each box one point counts, its bottom centre by default, where a thing stands. It has
    changed sides when it has got ``margin`` away from the border (of an area, or of a line drawn
    on past its ends); then the event is told on the frame since which it has been on the new side
    without a break. So what jitters or stops on the border is no event, and no event comes late.

    Cost: 0.01 ms a frame for each thing and zone. Limits: where ``track`` gives a thing a new
    number, it leaves and enters; a crossing at the very end that doesn't get ``margin`` past the
    line isn't counted.
    """

    name: ClassVar[str] = "zones"
    title: ClassVar[str] = "Zones and lines"
    Params = ZonesParams
    needs_upstream: ClassVar[bool] = True

    def __init__(self, params: ZonesParams) -> None:
        super().__init__(params)
        self._events = ZoneEvents([*params.polygons], [*params.lines])
        self._things: dict[int, _Thing] = {}
        #: How many boxes without a track are in each area on the last frame alone.
        self._passing = dict.fromkeys(params.polygons, 0)
        self._last: FrameRef | None = None

    def begin(self, video: VideoGeometry) -> None:
        """Lay the zones over the frame."""
        self._video = video
        across, down = (video.width, video.height) if self.params.units == "fraction" else (1, 1)

        def placed(points: Sequence[Point]) -> list[Point]:
            return [(x * across, y * down) for x, y in points]

        self._borders: dict[str, Line | Polygon] = {
            name: Polygon(placed(corners), video.width, video.height)
            for name, corners in self.params.polygons.items()
        }
        for name, ends in self.params.lines.items():
            first, second = placed(ends)
            self._borders[name] = Line(first, second)

    def process(self, ref: FrameRef, upstream: Upstream) -> Iterator[Placed]:
        """Yield the events and counts that are sure by now."""
        passing = dict.fromkeys(self.params.polygons, 0)
        for row in (row for said in upstream.values() for row in said):
            at = self._anchor(row)
            if at is None or (self.params.labels and row.label not in self.params.labels):
                continue
            if row.track_id is not None:
                self._move(ref, row, row.track_id, at)
                continue
            for name in passing:
                passing[name] += self._borders[name].distance(at) >= 0
        self._miss(ref)
        for name, count in passing.items():
            if count != self._passing[name] or self._last is None:
                self._events.add(ref, name, count - self._passing[name])
        self._passing, self._last = passing, ref
        yield from self._events.sure(self._first_unsure(ref.frame_index + 1))

    def finish(self) -> Iterator[Placed]:
        """Yield the rest; what is still inside leaves on the last frame; and the totals."""
        if self._last is None:
            return
        for number, thing in self._things.items():
            if thing.gone is not None:
                self._lose(number, thing, thing.gone)
            for name in list(thing.inside):
                self._leave(number, thing, name, self._last, thing.at, "end")
        yield from self._events.sure(self._last.frame_index + 1)
        yield from self._events.totals(self._last)

    def _anchor(self, row: Observation) -> Point | None:
        if row.x is None or row.y is None or row.w is None or row.h is None:
            return None
        across, down = ANCHORS[self.params.anchor]
        x, y = row.x + across * row.w, row.y + down * row.h
        return min(max(x, 0.0), self._video.width), min(max(y, 0.0), self._video.height)

    def _move(self, ref: FrameRef, row: Observation, number: int, at: Point) -> None:
        """Take in where a track is now, and what follows from it."""
        wanted = self.params.margin * max(row.w or 0.0, row.h or 0.0)
        thing = self._things.get(number)
        if thing is None:
            thing = self._things[number] = _Thing(ref, at, row.label)
        for name, border in self._borders.items():
            distance = border.distance(at)
            side = thing.sides.get(name)
            if side is None:
                thing.sides[name] = _Side(distance >= 0, distance >= 0, ref, at)
                if isinstance(border, Polygon) and distance >= 0:
                    self._enter(number, thing, name)
                continue
            if (distance >= 0) != side.positive:
                side.across = isinstance(border, Polygon) or border.crossed(thing.at, at)
                side.positive, side.since, side.at = distance >= 0, ref, at
            # A large thing must be able to be in a small area, too.
            margin = min(wanted, border.depth / 2)
            if side.positive != side.sure and abs(distance) >= margin:
                side.sure = side.positive
                self._change_sides(number, thing, name)
        thing.seen, thing.at, thing.label = ref, at, row.label
        thing.misses, thing.gone = 0, None

    def _change_sides(self, number: int, thing: _Thing, name: str) -> None:
        side = thing.sides[name]
        if name in self.params.polygons:
            if side.sure:
                self._enter(number, thing, name)
            else:
                self._leave(number, thing, name, side.since, side.at, "left")
        elif side.across:
            way = "in" if side.sure else "out"
            row = _row("cross", number, thing, name, side.at, {"direction": way})
            self._events.add(side.since, name, 0, row)

    def _enter(self, number: int, thing: _Thing, name: str) -> None:
        side = thing.sides[name]
        thing.inside[name] = side.since
        self._events.add(side.since, name, 1, _row("enter", number, thing, name, side.at, {}))

    def _leave(
        self, number: int, thing: _Thing, name: str, ref: FrameRef, at: Point, reason: str
    ) -> None:
        dwell = round(ref.time - thing.inside.pop(name).time, 6)
        row = _row("leave", number, thing, name, at, {"reason": reason})
        change = 0 if reason == "end" else -1
        self._events.add(ref, name, change, replace(row, value=dwell))

    def _miss(self, ref: FrameRef) -> None:
        """Note who isn't there, and who has been away for so long that it has left."""
        for number, thing in list(self._things.items()):
            if thing.seen == ref:
                continue
            thing.misses += 1
            thing.gone = thing.gone or ref
            if ref.time - thing.seen.time > self.params.max_gap and thing.misses > ALWAYS_MISSED:
                self._lose(number, thing, thing.gone)
                del self._things[number]

    def _lose(self, number: int, thing: _Thing, gone: FrameRef) -> None:
        for name in list(thing.inside):
            self._leave(number, thing, name, gone, thing.at, "lost")

    def _first_unsure(self, following: int) -> int:
        """Return the first frame on which something may still turn out to have happened."""
        unsure = [following]
        for thing in self._things.values():
            if thing.gone is not None and thing.inside:
                unsure.append(thing.gone.frame_index)
            unsure += (
                side.since.frame_index
                for side in thing.sides.values()
                if side.positive != side.sure
            )
        return min(unsure)


def _row(
    event: str, number: int, thing: _Thing, name: str, at: Point, more: dict[str, str]
) -> Observation:
    where = [round(at[0], 1), round(at[1], 1)]
    attrs = {"at": where, **({} if thing.label is None else {"label": thing.label}), **more}
    return Observation(event, track_id=number, text=name, attrs=attrs)
