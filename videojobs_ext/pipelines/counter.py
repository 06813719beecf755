"""How far each running chunk is: a small file of counters that children write and parents read."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_SLOT = struct.Struct("=q")


class FrameCounter:
    """One 64-bit count of frames for each chunk, shared through a memory-mapped file.

    Each slot has one writer at a time, and an aligned 8-byte store is whole or not at all, so
    there is no lock. The counts are for showing progress; nothing is decided by them.
    """

    def __init__(self, path: Path, slots: int | None = None) -> None:
        """Open the counters at ``path``; with ``slots``, make them anew, all zero."""
        if slots is not None:
            path.write_bytes(bytes(_SLOT.size * max(slots, 1)))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)

    def set(self, slot: int, count: int) -> None:
        """Store how many frames of a chunk are done."""
        _SLOT.pack_into(self._map, slot * _SLOT.size, count)

    def get(self, slot: int) -> int:
        """Return how many frames of a chunk are done."""
        count: int = _SLOT.unpack_from(self._map, slot * _SLOT.size)[0]
        return count

    def close(self) -> None:
        """Unmap the file."""
        self._map.close()
