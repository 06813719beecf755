"""What an export is, and what it says of its job besides the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from videojobs_ext.rows.reader import RowsReader


class NothingToExport(Exception):
    """The job has no rows of the kind that a format holds."""


@dataclass(frozen=True)
class VideoFacts:
    """What an export says of the video: its file's name, frames, and end in seconds."""

    name: str
    frames: int
    end_time: float


@dataclass(frozen=True)
class ExportContext:
    """The job that an export is of; times are UTC and aware.

    Without ``video``, formats that speak of it say what can be told from the rows.
    """

    job_id: UUID | str
    name: str
    created_at: datetime
    updated_at: datetime
    video: VideoFacts | None = None


class Export(Protocol):
    """A format: the name in URLs, the media type, the extension with its dot, and a writer."""

    @property
    def NAME(self) -> str:  # noqa: N802 — a module's constant
        """The format's name in URLs and on the command line."""
        ...

    @property
    def MEDIA_TYPE(self) -> str:  # noqa: N802
        """The media type of a download."""
        ...

    @property
    def EXTENSION(self) -> str:  # noqa: N802
        """The file name's ending, with its dot."""
        ...

    def write(self, reader: RowsReader, path: Path, context: ExportContext) -> None:
        """Write the rows to ``path`` at constant memory, whole or not at all.

        Raises NothingToExport when the job has no rows of the kind that the format holds.
        """
        ...
