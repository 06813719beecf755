"""Where a box will be: a Kalman filter with constant velocity, in continuous time."""

from __future__ import annotations

#: Left, top, width, height in pixels.
Box = tuple[float, float, float, float]

#: Standard deviation of a measured centre or side, in units of the box's longer side; as in Deep
#: SORT (Wojke, Bewley, Paulus 2017).
MEASURED = 1 / 20
#: Standard deviation of a new track's velocity: longer sides per second (Deep SORT: 1/16 a frame).
NEW_VELOCITY = 2.0
#: How fast velocity wanders: variance per second. Anything from 0.02 to 0.1 does equally well on
#: the TUD sequences at 25 and at 5 frames a second; Deep SORT's value, 1.05, follows noise.
VELOCITY_RATE = 0.05


class BoxFilter:
    """The box of one track: centre with velocity, and size; after Kalman 1960.

    All four numbers are measured equally well, so one gain serves them, and the covariance is that
    of a position and its velocity: (pp, pv; pv, vv), in units of the box's longer side. The
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

    def predict(self, seconds: float) -> None:
        """Move the box on in time, by its velocity."""
        self._cx += self._vx * seconds
        self._cy += self._vy * seconds
        # F P F' + Q, with Q of a velocity that wanders all the time in between.
        self._pp += 2 * seconds * self._pv + seconds**2 * self._vv + seconds**3 / 3 * VELOCITY_RATE
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
