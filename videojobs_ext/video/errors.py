"""What can be wrong with a video file, in words for the one who sent it."""

from __future__ import annotations

from typing import Literal


class BadVideo(Exception):
    """The file can't be read as a video; the text says what is wrong and what to do."""


class VideoTooLarge(BadVideo):
    """The video is over a limit of this server; ``limit`` names the limit."""

    def __init__(self, message: str, limit: Literal["max_pixels", "max_duration"]) -> None:
        super().__init__(message)
        self.limit = limit

    def __reduce__(self) -> tuple[type[VideoTooLarge], tuple[str, str]]:
        """Let the refusal come home from the child process in which the video was looked at."""
        return VideoTooLarge, (str(self), self.limit)
