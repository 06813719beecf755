"""The status that tus adds to those of HTTP."""

from __future__ import annotations

from enum import IntEnum


class TusStatus(IntEnum):
    """As ``HTTPStatus``, with the one that it doesn't have."""

    CHECKSUM_MISMATCH = 460

    @property
    def phrase(self) -> str:
        """Return the words beside the number."""
        return "Checksum Mismatch"
