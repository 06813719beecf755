"""Where output goes: findings to stdout, everything said on the way to stderr."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from enum import IntEnum
from functools import cache

from rich.console import Console
from rich.markup import escape
from rich.text import Text


class ExitCode(IntEnum):
    """What a command says to the shell."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NO_SERVER = 3
    INTERRUPTED = 130


class CommandFailed(Exception):
    """The command could not do its work; the message tells the user why and what to do."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code


@cache
def out() -> Console:
    """Return the console for findings, on stdout."""
    return Console(highlight=False)


@cache
def err() -> Console:
    """Return the console for progress, notices and errors, on stderr."""
    return Console(stderr=True, highlight=False)


def complain(message: str) -> None:
    """Say what went wrong."""
    err().print(f"[bold red]videojobs:[/] {escape(message)}", soft_wrap=True)


def notice(message: str) -> None:
    """Say something on the way."""
    err().print(escape(message), soft_wrap=True)


def print_json(value: object) -> None:
    """Print a value as JSON, as it is, for another program to read."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


_STATUS_STYLES = {
    "pending": "yellow",
    "running": "bold cyan",
    "completed": "green",
    "failed": "bold red",
}


def status_text(status: str) -> Text:
    """Return a job's status in its colour."""
    return Text(status, style=_STATUS_STYLES.get(status, ""))


def moment(seconds: float) -> str:
    """Return a time of a video as ``m:ss.mmm`` or ``h:mm:ss.mmm``."""
    milliseconds = round(seconds * 1000)
    rest, thousandths = divmod(milliseconds, 1000)
    minutes, rest = divmod(rest, 60)
    hours, minutes = divmod(minutes, 60)
    short = f"{rest:02}.{thousandths:03}"
    return f"{hours}:{minutes:02}:{short}" if hours else f"{minutes}:{short}"


def ago(stamp: str, now: datetime) -> str:
    """Return how long ago an ISO 8601 time was, in one unit: ``5 min ago``."""
    seconds = max(0.0, (now - datetime.fromisoformat(stamp)).total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
