"""A multipart form that is read as it comes: small fields are kept, the file goes to a sink."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from videojobs_ext.api.errors import RequestRefused

#: Bytes; the longest field is `functions`, whose code a pipeline must hold.
MAX_FIELD_SIZE = 1024 * 1024

#: How many fields a form may have; ours has eight.
MAX_FIELDS = 32


class Sink(Protocol):
    """Where a file's bytes go."""

    def write(self, data: bytes) -> object:
        """Take the next bytes."""


class Form:
    """One form. ``feed`` may block (the sink writes to disk), so it belongs off the event loop.

    ``open_file`` is called with the file's name when the part ``file`` begins; all other parts
    are text and come to lie in ``fields``. Raises RequestRefused for a form that is none, and
    whatever the sink raises.
    """

    def __init__(self, boundary: bytes, open_file: Callable[[str], Sink]) -> None:
        self.fields: dict[str, str] = {}
        self.complete = False
        self._open_file = open_file
        self._file: Sink | None = None
        self._in_file = False
        self._name = ""
        self._value = bytearray()
        self._header = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_text,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._part_data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )

    @classmethod
    def of(cls, content_type: str, open_file: Callable[[str], Sink]) -> Form:
        """Return the form that a Content-Type announces."""
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise _bad_form("The form has no boundary.")
        try:
            return cls(boundary, open_file)
        except FormParserError as error:
            raise _bad_form(str(error)) from None

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _bad_form(str(error)) from None

    def close(self) -> None:
        """Check that the body was a whole form."""
        if not self.complete:
            raise _bad_form("The form ends too early.")

    def _part_begin(self) -> None:
        self._name = ""
        self._in_file = False
        self._disposition = b""
        self._value.clear()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_text(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header.clear()
        self._header_value.clear()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        if not self._name:
            raise _bad_form("A part of the form has no name.")
        if self._name in self.fields or (self._name == "file" and self._file is not None):
            raise _bad_form(f"{self._name} stands in the form twice.", field=self._name)
        if len(self.fields) >= MAX_FIELDS:
            raise _bad_form(f"The form has more than {MAX_FIELDS} fields.")
        if self._name == "file":
            if filename is None:
                raise _bad_form("file is no file: its part has no filename.", field="file")
            self._file = self._open_file(filename.decode("utf-8", "replace"))
            self._in_file = True
        elif filename is not None:
            raise _bad_form(
                f"{self._name} is a file; the video belongs in `file`.", field=self._name
            )

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file and self._file is not None:
            self._file.write(data[start:end])
        elif len(self._value) + end - start > MAX_FIELD_SIZE:
            raise RequestRefused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "over_limit",
                f"{self._name} is longer than {MAX_FIELD_SIZE // 1024} KiB.",
                field=self._name,
            )
        else:
            self._value += data[start:end]

    def _part_end(self) -> None:
        if self._in_file:
            return
        try:
            self.fields[self._name] = self._value.decode("utf-8")
        except UnicodeDecodeError:
            raise _bad_form(f"{self._name} is not UTF-8.", field=self._name) from None

    def _end(self) -> None:
        self.complete = True


def _bad_form(message: str, *, field: str | None = None) -> RequestRefused:
    return RequestRefused(HTTPStatus.BAD_REQUEST, "bad_form", message, field=field)
