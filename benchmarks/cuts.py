"""Scene cuts on made clips and on bikes.mp4, ours beside PySceneDetect's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from videojobs_ext.pipelines.service import VideoFilePipelineService


@dataclass(frozen=True)
class Found:
    """How cuts that were found compare with the true ones, frame by frame."""

    right: int
    wrong: int
    missed: int

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall; 1 where there is nothing to find."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0


def compare(true: Iterable[int], found: Iterable[int]) -> Found:
    """Compare frame numbers; a cut is right on its exact frame only."""
    want, got = set(true), set(found)
    return Found(len(want & got), len(got - want), len(want - got))


def together(some: Iterable[Found]) -> Found:
    """Return the sums over several clips."""
    found = list(some)
    return Found(
        sum(one.right for one in found),
        sum(one.wrong for one in found),
        sum(one.missed for one in found),
    )


def ours(path: Path) -> list[int]:
    """Return what the pipeline ``scene_cuts`` finds."""
    frames = VideoFilePipelineService().run_on_file(path, "scene_cuts")
    return [frame["frame_index"] for frame in frames if "cuts" in frame["result"]]


def detect_content(path: Path) -> list[int]:
    """Return what PySceneDetect's detect-content finds with its defaults."""
    from scenedetect import (  # type: ignore[import-untyped]  # noqa: PLC0415 — extra bench
        ContentDetector,
        detect,
    )

    scenes = detect(str(path), ContentDetector())
    return [scene[0].frame_num for scene in scenes[1:]]
