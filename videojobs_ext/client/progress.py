"""The progress bars that a notebook or a terminal shows while it waits."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

if TYPE_CHECKING:
    from tqdm.std import tqdm

    from videojobs_ext.client.shapes import JobStatus

_BAR_FORMAT = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} frames{postfix}"

#: As long as nobody knows how many frames there are; words follow.
_WAITING_FORMAT = "{desc} |{bar}| "


def bar_class() -> type[tqdm[Any]]:
    """Return the tqdm class that draws in this notebook or terminal.

    ``tqdm.auto`` chooses the same way, but warns in a notebook without ipywidgets; the text bar
    is good there, so it is taken in silence.
    """
    if "ipykernel.zmqshell" in sys.modules and find_spec("ipywidgets") is not None:
        from tqdm.notebook import tqdm_notebook  # noqa: PLC0415

        return tqdm_notebook
    from tqdm.std import tqdm  # noqa: PLC0415

    return tqdm


class JobBar:
    """A bar over one job: its stage, frames, speed, time left, or its place in the queue."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._bar = bar_class()(total=1, desc=name, bar_format=_WAITING_FORMAT, dynamic_ncols=True)

    def show(self, status: JobStatus) -> None:
        """Draw the bar anew after a status has come."""
        counted = status["frames_total"] is not None
        words = describe(status)
        # tqdm puts a comma before a postfix, which is right after a number of frames alone.
        self._bar.bar_format = _BAR_FORMAT if counted else f"{_WAITING_FORMAT}{words}"
        total = status["frames_total"] or 1
        done = total if status["status"] == "completed" else status["frames_done"]
        if total != self._bar.total:
            # In a notebook only reset() tells the widget how long the bar is.
            self._bar.reset(total=total)
        self._bar.n = min(done, total)
        self._bar.set_description_str(self._name, refresh=False)
        self._bar.set_postfix_str(words, refresh=False)
        self._bar.refresh()

    def show_away(self, seconds: float) -> None:
        """Say that the server has not answered for ``seconds``."""
        words = f"the server is away for {seconds:.0f} s, trying again"
        if self._bar.bar_format != _BAR_FORMAT:
            self._bar.bar_format = f"{_WAITING_FORMAT}{words}"
        self._bar.set_postfix_str(words)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._bar.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class CountingFile(io.RawIOBase):
    """A binary file that reports how much of it has been read; httpx streams it piece by piece."""

    def __init__(self, file: BinaryIO, on_read: Callable[[int], object]) -> None:
        self._file = file
        self._on_read = on_read

    def read(self, size: int = -1, /) -> bytes:
        """Read from the file and report the number of bytes."""
        data = self._file.read(size)
        self._on_read(len(data))
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move in the file beneath."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the file beneath."""
        return self._file.tell()

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return whether the file beneath can be sought."""
        return self._file.seekable()


def describe(status: JobStatus) -> str:
    """Return in a few words where a job stands: ``decoding, 412 fps, 0:12 left``."""
    state = status["status"]
    if state == "pending":
        place = status["queue_position"]
        if status["cancel_requested"]:
            return "cancelling"
        return f"waiting, number {place + 1} in the queue" if place is not None else "waiting"
    if state == "failed":
        return status["failure_reason"] or "failed"
    parts = ["done" if state == "completed" else status["stage"] or "running"]
    if status["cancel_requested"] and state == "running":
        parts = ["cancelling"]
    if status["fps"]:
        parts.append(f"{status['fps']:,.0f} fps")
    if state == "running" and status["eta_seconds"] is not None:
        parts.append(f"{clock(status['eta_seconds'])} left")
    if status["attempt"] > 1:
        parts.append(f"attempt {status['attempt']}")
    return ", ".join(parts)


def clock(seconds: float) -> str:
    """Return a duration as ``m:ss`` or ``h:mm:ss``, rounded to the second."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
