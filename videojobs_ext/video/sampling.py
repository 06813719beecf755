"""Which frames of a video a pipeline wants."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from videojobs_ext.video.index import FrameIndex


def _forward(span: tuple[float, float]) -> tuple[float, float]:
    if not span[0] < span[1]:
        raise ValueError(f"a range ends after it starts, unlike [{span[0]:g}, {span[1]:g}]")
    return span


#: Seconds from start to end, the end left out.
TimeRange = Annotated[tuple[float, float], AfterValidator(_forward)]


class Sampling(BaseModel):
    """The wish: every n-th frame, so many a second, or keyframes; in these ranges; at most so many.

    ``every``, ``fps`` and ``keyframes`` count over the whole video; ``ranges`` (seconds, end left
    out) then keep a part, and ``max_frames`` the first so many of it. Frozen, unknown keys refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    every: int = Field(1, ge=1, description="Take every n-th frame.")
    fps: float | None = Field(None, gt=0, description="Take so many frames a second.")
    keyframes: bool = Field(False, description="Take the keyframes only; the fastest.")
    ranges: tuple[TimeRange, ...] | None = Field(
        None, description="Take only these parts: [start, end] in seconds."
    )
    max_frames: int | None = Field(None, ge=1, description="Take at most so many frames.")

    @model_validator(mode="after")
    def _one_rhythm(self) -> Sampling:
        if (self.every > 1) + (self.fps is not None) + self.keyframes > 1:
            raise ValueError("every, fps and keyframes exclude each other: give one of them")
        return self

    @property
    def is_sparse(self) -> bool:
        """Whether frames are passed over between others that are wanted."""
        return self.every > 1 or self.fps is not None or self.keyframes

    def select(self, index: FrameIndex) -> NDArray[np.int64]:
        """Return the sorted numbers of the frames that are wanted."""
        wanted = np.zeros(len(index), dtype=bool)
        if self.keyframes:
            wanted[:] = index.keyframe
        elif self.fps is not None:
            wanted[:] = _first_after_each_tick(index, Fraction(self.fps).limit_denominator(10**6))
        else:
            wanted[:: self.every] = True
        if self.ranges is not None:
            inside = np.zeros_like(wanted)
            for start, end in self.ranges:
                inside |= (index.time >= start) & (index.time < end)
            wanted &= inside
        return np.flatnonzero(wanted)[: self.max_frames].astype(np.int64)


def _first_after_each_tick(index: FrameIndex, fps: Fraction) -> NDArray[np.bool_]:
    """Mark the first frame at or after each tick k/fps, counted from the first frame's time."""
    step = index.time_base * fps
    # Python integers: a day of 90 kHz pts times the numerator leaves 64 bits.
    ticks = np.array(
        [
            since * step.numerator // step.denominator
            for since in (index.pts - index.pts[0]).tolist()
        ],
        dtype=np.int64,
    )
    # A frame that passes several ticks at once is taken once.
    return np.diff(ticks, prepend=-1) > 0
