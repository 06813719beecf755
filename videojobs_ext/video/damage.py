"""Which decoded pictures may be trusted, and which frames are lost.

Decoders patch what they can't read and go on; the frames predicted from the patch look sound and
are wrong. So a loss spoils all frames that are decoded after it, up to the next keyframe.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

#: H.264 and HEVC hold back at most 16 frames to reorder them; a frame that is later is lost.
MAX_REORDER: Final = 17

BROKEN: Final = "its data is damaged"
INHERITED: Final = "it is predicted from a damaged frame"
NO_PICTURE: Final = "the decoder made no picture of its data"
ENDS: Final = "the file ends before it"
MOVED: Final = "its keyframe is not where the frame index says"


@dataclass(frozen=True)
class Damage:
    """Wanted frames from ``first`` to ``last`` (frame numbers) that could not be decoded."""

    first: int
    last: int
    reason: str


class TrustGate:
    """Lets pictures out in frame order once all that they may be predicted from is known.

    Packets go by rank, their place in the file. ``number_of`` maps rank to frame number (negative:
    shows nothing), ``entry_of`` frame number to the rank of the keyframe where decoding it starts.
    """

    def __init__(self, number_of: memoryview[int], entry_of: memoryview[int]) -> None:
        self._number_of = number_of
        self._entry_of = entry_of
        #: Packets fed whose picture is neither out of the decoder nor lost, in decode order.
        self._pending: list[int] = []
        #: Packets fed that show nothing, but may be predicted from.
        self._hidden: set[int] = set()
        #: Packets fed that no other picture is predicted from.
        self._harmless: set[int] = set()
        self._held: list[tuple[int, int, VideoFrame]] = []
        self._losses: list[int] = []
        #: Why packets were lost, by rank.
        self.reasons: dict[int, str] = {}

    def expect(self, rank: int, *, harmless: bool) -> None:
        """Note that a packet goes to the decoder; what was not expected is not missed either.

        ``harmless``: no other picture is predicted from it.
        """
        if harmless:
            self._harmless.add(rank)
        if self._number_of[rank] < 0:
            self._hidden.add(rank)
            return
        self._pending.append(rank)
        if len(self._pending) > MAX_REORDER:
            self.lose(self._pending[0], NO_PICTURE)

    def lose(self, rank: int, reason: str) -> None:
        """Note that a packet's picture is not to be had, nor those predicted from it."""
        if rank in self._pending:
            self._pending.remove(rank)
        elif rank in self._hidden:
            self._hidden.remove(rank)
        else:
            return
        self.reasons[rank] = reason
        if rank not in self._harmless:
            insort(self._losses, rank)

    def take(self, picture: VideoFrame) -> None:
        """Take a picture from the decoder; its pts is its packet's rank."""
        rank = picture.pts
        if rank is None:
            return
        if picture.is_corrupt:
            self.lose(rank, BROKEN)
        elif rank in self._pending:
            self._pending.remove(rank)
            self._harmless.discard(rank)
            insort(self._held, (self._number_of[rank], rank, picture))

    def ready(self) -> Iterator[tuple[int, VideoFrame | None]]:
        """Yield (frame number, picture) of those that wait for nothing; None: not to be trusted."""
        while self._held:
            number, rank, picture = self._held[0]
            if any(one < rank or self._number_of[one] < number for one in self._pending):
                return
            del self._held[0]
            yield number, picture if self._is_sound(number, rank) else None

    def close(self) -> None:
        """Note that the decoder has given all that it held."""
        for rank in tuple(self._pending):
            self.lose(rank, NO_PICTURE)

    def _is_sound(self, number: int, rank: int) -> bool:
        if not self._losses:
            return True
        first = bisect_left(self._losses, self._entry_of[number])
        sound = first == bisect_left(self._losses, rank + 1)
        if not sound:
            self.reasons.setdefault(rank, INHERITED)
        return sound
