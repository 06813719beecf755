"""Which of the formats on offer a client would like best (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from videojobs_ext.api.errors import RequestRefused


def negotiate(accept: str, offered: Sequence[str]) -> str:
    """Return the media type to answer with; the first on offer where the client doesn't mind.

    Raises RequestRefused (406) when none will do.
    """
    wanted = _wanted(accept or "*/*")
    best = max(offered, key=lambda media_type: _quality(media_type, wanted))
    if _quality(best, wanted) <= 0:
        raise RequestRefused(
            HTTPStatus.NOT_ACCEPTABLE,
            "not_acceptable",
            f"This comes as {', '.join(offered)}.",
            field="Accept",
        )
    return best


def _wanted(accept: str) -> dict[str, float]:
    wanted: dict[str, float] = {}
    for entry in accept.split(","):
        media_range, *parameters = (part.strip() for part in entry.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        wanted[media_range.lower()] = quality
    return wanted


def _quality(media_type: str, wanted: dict[str, float]) -> float:
    kind = media_type.partition("/")[0]
    # The most specific range decides.
    for media_range in (media_type, f"{kind}/*", "*/*"):
        if media_range in wanted:
            return wanted[media_range]
    return 0.0
