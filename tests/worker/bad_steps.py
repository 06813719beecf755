"""Steps that do what no step should, installed for a test as a distribution of their own."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Params, Placed, SequenceStep, Upstream
from videojobs_ext.video.reader import Frame


class BadParams(Params):
    """When to misbehave: on one frame, and only while a file is there."""

    frame: int = 30
    only_while: str | None = None


class Bad(FrameStep[BadParams]):
    """Says one thing about each frame until it goes wrong."""

    title: ClassVar[str] = "Bad"
    Params = BadParams

    def process(self, frame: Frame, upstream: Upstream) -> Iterable[Observation]:
        marker = self.params.only_while
        if frame.number == self.params.frame and (marker is None or Path(marker).exists()):
            yield from self.misbehave()
        yield Observation(value=float(frame.number))

    def misbehave(self) -> Iterable[Observation]:
        raise RuntimeError("this step has had enough")


class Raises(Bad):
    name: ClassVar[str] = "raises"


class Hangs(Bad):
    name: ClassVar[str] = "hangs"

    def misbehave(self) -> Iterable[Observation]:
        time.sleep(600)
        return []


class Eats(Bad):
    name: ClassVar[str] = "eats"

    def misbehave(self) -> Iterable[Observation]:
        hoard = []
        while True:
            hoard.append(bytearray(os.urandom(1)) * 2**24)
            time.sleep(0.005)


class Segfaults(Bad):
    name: ClassVar[str] = "segfaults"

    def misbehave(self) -> Iterable[Observation]:
        ctypes.string_at(0)
        return []


class SaysNaN(Bad):
    name: ClassVar[str] = "says_nan"

    def misbehave(self) -> Iterable[Observation]:
        return [Observation(x=float("nan"), y=0, w=1, h=1)]


class SaysRubbish(Bad):
    name: ClassVar[str] = "says_rubbish"

    def misbehave(self) -> Iterable[Observation]:
        return ["rubbish"]  # type: ignore[list-item]


class RaisesLate(SequenceStep[Params]):
    name: ClassVar[str] = "raises_late"
    title: ClassVar[str] = "Raises late"

    def process(self, ref: object, upstream: Upstream) -> Iterable[Placed]:
        if ref.frame_index == 7:  # type: ignore[attr-defined]
            raise KeyError("seven")
        return []
