"""The headers of tus 1.0, the protocol of resumable uploads, read and written.

Source: https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

from videojobs_ext.api.errors import RequestRefused

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,checksum,expiration"

#: The type of a piece of a file.
OFFSET_STREAM = "application/offset+octet-stream"

#: Checksums that a piece may come with; the services know how they are computed.
CHECKSUMS = ("sha1", "sha256")

#: Letters of Upload-Metadata; a file name, a type and a few words fit.
MAX_METADATA = 8192

#: A number of bytes that every file system and every client can count.
_MOST = 2**53

#: Headers of tus that a page of another origin may send, and those that it may read.
SENT = (
    "Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, Upload-Checksum, "
    "X-HTTP-Method-Override"
)
READ = (
    "Location, Tus-Resumable, Tus-Version, Upload-Expires, Upload-Length, Upload-Metadata, "
    "Upload-Offset"
)


def check_version(headers: Mapping[str, str]) -> None:
    """Raise RequestRefused unless the client speaks our version."""
    if headers.get("Tus-Resumable") != VERSION:
        raise RequestRefused(
            HTTPStatus.PRECONDITION_FAILED,
            "tus_version",
            f"This is a resumable upload: send the header Tus-Resumable: {VERSION}.",
            field="Tus-Resumable",
        )


def length(headers: Mapping[str, str]) -> int:
    """Return how long the whole file is said to be, in bytes."""
    if "Upload-Defer-Length" in headers:
        raise _bad(
            "Upload-Defer-Length",
            "The length of the file must be known from the start: send Upload-Length.",
        )
    if "Upload-Concat" in headers:
        raise _bad("Upload-Concat", "Uploads can't be put together: send the file as one.")
    return _number(headers, "Upload-Length")


def offset(headers: Mapping[str, str]) -> int:
    """Return at which byte of the file a piece is said to begin."""
    return _number(headers, "Upload-Offset")


def check_type(headers: Mapping[str, str]) -> None:
    """Raise RequestRefused unless the body is said to be a piece of a file."""
    media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != OFFSET_STREAM:
        raise RequestRefused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            f"Send the bytes as {OFFSET_STREAM}.",
            field="Content-Type",
        )


def checksum(headers: Mapping[str, str]) -> tuple[str, bytes] | None:
    """Return algorithm and digest of a piece, or None where it comes without."""
    text = headers.get("Upload-Checksum")
    if text is None:
        return None
    algorithm, _, encoded = text.partition(" ")
    if algorithm not in CHECKSUMS:
        raise _bad(
            "Upload-Checksum",
            f"The checksum {algorithm!r} is not known here; {' and '.join(CHECKSUMS)} are.",
        )
    digest = _decoded("Upload-Checksum", encoded)
    if not digest:
        raise _bad("Upload-Checksum", "Upload-Checksum has no checksum.")
    return algorithm, digest


def metadata(text: str) -> dict[str, str]:
    """Return what ``Upload-Metadata`` says, key by key; a key without a value has an empty one."""
    if not text.isascii():
        raise _bad("Upload-Metadata", "Upload-Metadata has letters besides those of ASCII.")
    if len(text) > MAX_METADATA:
        raise _bad("Upload-Metadata", f"Upload-Metadata is longer than {MAX_METADATA} letters.")
    found: dict[str, str] = {}
    for pair in filter(None, (one.strip() for one in text.split(","))):
        key, _, value = pair.partition(" ")
        found[key] = _decoded("Upload-Metadata", value).decode("utf-8", "replace")
    return found


def expires(moment: datetime) -> str:
    """Return a moment in UTC as ``Upload-Expires`` says it."""
    return format_datetime(moment, usegmt=True)


def _number(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 16 and int(text) <= _MOST):
        what = "is missing" if not text else "must be a whole number of bytes"
        raise _bad(name, f"{name} {what}.")
    return int(text)


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise _bad(name, f"{name} is not in base64.") from None


def _bad(name: str, message: str) -> RequestRefused:
    return RequestRefused(HTTPStatus.BAD_REQUEST, "bad_header", message, field=name)
