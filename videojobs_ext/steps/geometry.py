"""Lines and polygons in the picture: on which side a point lies, and how far away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

#: x (to the right) and y (down), pixels.
Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A piece of a straight line. Walking from ``begin`` to ``end``, its left hand is positive."""

    begin: Point
    end: Point
    #: How far from it a point can get; pixels.
    depth: float = math.inf

    def distance(self, point: Point) -> float:
        """Return the signed distance from the line, drawn on past its ends; pixels."""
        (x, y), (along_x, along_y) = self._from_begin(point), self._along()
        return (along_y * x - along_x * y) / math.hypot(along_x, along_y)

    def crossed(self, before: Point, after: Point) -> bool:
        """Tell whether the way between points on both sides leads through this piece."""
        one, other = self.distance(before), self.distance(after)
        part = one / (one - other)
        where = tuple(a + part * (b - a) for a, b in zip(before, after, strict=True))
        (x, y), (along_x, along_y) = self._from_begin((where[0], where[1])), self._along()
        return 0 <= x * along_x + y * along_y <= along_x**2 + along_y**2

    def _along(self) -> Point:
        return self.end[0] - self.begin[0], self.end[1] - self.begin[1]

    def _from_begin(self, point: Point) -> Point:
        return point[0] - self.begin[0], point[1] - self.begin[1]


class Polygon:
    """A closed shape in a frame of this width and height (pixels); inside is positive.

    Edges along the frame's border are none that anything could come over: they count for what is
    inside, not for the distance.
    """

    def __init__(self, corners: Sequence[Point], width: float, height: float) -> None:
        self._contour = np.array(corners, np.float32)
        edges = zip(corners, [*corners[1:], corners[0]], strict=True)
        self._edges = [edge for edge in edges if not _on_border(*edge, width, height)]
        #: How far inside a point can get at least, in a convex shape; pixels.
        self.depth = area(corners) / cv2.arcLength(self._contour, closed=True)

    def distance(self, point: Point) -> float:
        """Return the signed distance from the nearest edge within the frame; pixels or inf."""
        away = min((_away(point, *edge) for edge in self._edges), default=math.inf)
        return away if cv2.pointPolygonTest(self._contour, point, False) >= 0 else -away


def area(corners: Sequence[Point]) -> float:
    """Return the area that a polygon covers (shoelace formula); 0 for one that is flat."""
    x, y = np.array(corners, np.float64).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _on_border(one: Point, other: Point, width: float, height: float) -> bool:
    (x, y), (also_x, also_y) = one, other
    return (x == also_x and x in (0, width)) or (y == also_y and y in (0, height))


def _away(point: Point, begin: Point, end: Point) -> float:
    x, y = point[0] - begin[0], point[1] - begin[1]
    along_x, along_y = end[0] - begin[0], end[1] - begin[1]
    length = along_x**2 + along_y**2
    part = min(1.0, max(0.0, (x * along_x + y * along_y) / length)) if length else 0.0
    return math.hypot(x - part * along_x, y - part * along_y)
