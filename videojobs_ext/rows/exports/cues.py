"""Times of cues: how WebVTT and SubRip write them."""

from __future__ import annotations


def cue_times(begin: float, end: float, point: str) -> str:
    """Return ``HH:MM:SS.mmm --> HH:MM:SS.mmm`` for times in seconds.

    ``point`` stands before the milliseconds: a full stop in WebVTT, a comma in SubRip. Cues can't
    begin before 0, and last a millisecond at least.
    """
    first = max(round(begin * 1000), 0)
    last = max(round(end * 1000), first + 1)
    return f"{_clock(first, point)} --> {_clock(last, point)}"


def _clock(milliseconds: int, point: str) -> str:
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{milliseconds:03d}"
