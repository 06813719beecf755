"""Looks at a video before it is taken, in a child process: a hostile file can't hurt the server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from videojobs_ext.engines.errors import ChildDied, EngineError
from videojobs_ext.engines.local import LocalEngine
from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.probe import VideoInfo, probe

#: No sound file's header takes longer to read, in seconds.
PROBE_TIMEOUT = 30.0


@dataclass(frozen=True)
class ProbeTask:
    """Which file to look at, and what is too large."""

    path: Path
    max_pixels: int | None
    max_duration: float | None


class Prober:
    """Runs ``video.probe`` in one warm child of its own, so that it never waits for a chunk."""

    def __init__(
        self,
        *,
        max_pixels: int | None,
        max_duration: float | None,
        memory_limit: int | None,
    ) -> None:
        self._max_pixels = max_pixels
        self._max_duration = max_duration
        self._engine = LocalEngine(1, memory_limit=memory_limit)

    def probe(self, path: Path) -> VideoInfo:
        """Return what the file is; raises BadVideo (VideoTooLarge) in the file's own words."""
        task = ProbeTask(path, self._max_pixels, self._max_duration)
        try:
            return self._engine.submit(run_probe, task, timeout=PROBE_TIMEOUT).result()
        except ChildDied:
            raise BadVideo(
                "Reading the file crashed the decoder: it is damaged, or made to do harm."
            ) from None
        except EngineError as error:
            raise BadVideo(f"The file can't be read as a video: {error}") from None

    def stop(self) -> None:
        """End the child."""
        self._engine.stop()


def run_probe(task: ProbeTask) -> VideoInfo:
    """Probe one file; runs in the child."""
    return probe(task.path, max_pixels=task.max_pixels, max_duration=task.max_duration)
