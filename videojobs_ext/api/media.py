"""The media types that the API speaks."""

from __future__ import annotations

JSON = "application/json"
ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
MULTIPART = "multipart/form-data"
YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/plain")

#: What a browser may show by itself; anything else is a download. SVG and HTML can hold scripts.
INLINE = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", JSON})


def shown_inline(media_type: str) -> bool:
    """Tell whether a file of this type is media, which a browser may show."""
    return media_type in INLINE or media_type.startswith(("video/", "audio/"))
