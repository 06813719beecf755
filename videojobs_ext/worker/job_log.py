"""The log that a job's user can read while it runs and afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path


class JobLog:
    """Appends lines with a UTC time stamp to a local file; a crashed job's next attempt goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str) -> None:
        """Append one entry, which may have several lines."""
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{stamp} {text}\n")
