"""Where a box will be: a Kalman filter with constant velocity, in continuous time."""

from __future__ import annotations

#: Left, top, width, height in pixels.
Box = tuple[float, float, float, float]

#: Standard deviation of a measured centre or side, and of a new track's velocity per second; how
#: fast a position and a velocity wander, as variance per second. Lengths are in units of the
#: box's longer side. Constants of Deep SORT (Wojke, Bewley, Paulus 2017), 1/20 and 1/160 of the
#: height a frame, turned from 30 frames a second into rates, so that any sampling may come.
MEASURED = 1 / 20
NEW_VELOCITY = 30 / 16
POSITION_RATE = 30 * (1 / 20) ** 2
VELOCITY_RATE = 30 * (30 / 160) ** 2


class BoxFilter:
    """The box of one track: centre with velocity, and size; after Kalman 1960.

    All four numbers are measured equally well, so one gain serves them, and the spread is that of
    a position and its velocity: a symmetric 2 x 2 matrix, in units of the box's longer side. The
    size has no velocity of its own: a box that isn't seen for a while neither swells nor vanishes.
    """

    __slots__ = ("_cx", "_cy", "_h", "_pp", "_pv", "_vv", "_vx", "_vy", "_w")

    def __init__(self, box: Box) -> None:
        x, y, self._w, self._h = box
        self._cx, self._cy = x + self._w / 2, y + self._h / 2
        self._vx = self._vy = 0.0
        self._pp, self._pv, self._vv = MEASURED**2, 0.0, NEW_VELOCITY**2

    @property
    def box(self) -> Box:
        """Return the estimated box."""
        return self._cx - self._w / 2, self._cy - self._h / 2, self._w, self._h

    @property
    def spread(self) -> float:
        """Return the standard deviation of the centre, in units of the box's longer side."""
        return float(self._pp**0.5)

    def predict(self, seconds: float) -> None:
        """Move the box on in time, by its velocity."""
        self._cx += self._vx * seconds
        self._cy += self._vy * seconds
        # F P F' + Q, Q of white noise on the velocity (integrated) and on the position.
        self._pp += (
            2 * seconds * self._pv
            + seconds**2 * self._vv
            + seconds * POSITION_RATE
            + seconds**3 / 3 * VELOCITY_RATE
        )
        self._pv += seconds * self._vv + seconds**2 / 2 * VELOCITY_RATE
        self._vv += seconds * VELOCITY_RATE

    def update(self, box: Box) -> None:
        """Correct the estimate by a measured box."""
        x, y, w, h = box
        total = self._pp + MEASURED**2
        gain, velocity_gain = self._pp / total, self._pv / total
        off_x, off_y = x + w / 2 - self._cx, y + h / 2 - self._cy
        self._cx += gain * off_x
        self._cy += gain * off_y
        self._vx += velocity_gain * off_x
        self._vy += velocity_gain * off_y
        self._w += gain * (w - self._w)
        self._h += gain * (h - self._h)
        self._vv -= velocity_gain * self._pv
        self._pv *= 1 - gain
        self._pp *= 1 - gain
