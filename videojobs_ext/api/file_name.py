"""The name of a file as a client says it."""

from __future__ import annotations

#: Letters of a file name that are kept; its end, which has the extension.
MAX_NAME = 200


def plain_name(filename: str) -> str:
    """Return a client's file name without its folders and without what can't be shown."""
    name = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in name if letter.isprintable())[-MAX_NAME:] or "video"
