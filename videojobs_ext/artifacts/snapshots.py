"""Snapshots: pictures of keyframes, taken where they are decoded anyway, for the stills to come."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.loop_filter import LoopFilter
from videojobs_ext.video.reader import Frame, FrameReader

Picture = NDArray[np.uint8]

#: Longer side of a snapshot, in pixels: the largest that a still shows.
SIDE: Final = 640

#: Of a video with more keyframes none is taken. Which ones the stills want is known only when all
#: rows are there, and to decode those few then takes little beside a film of that length.
MOST: Final = 64


class SnapshotReader(FrameReader):
    """A FrameReader that keeps a picture of each keyframe that it yields, in ``snapshots``.

    Keyframes are always decoded to the last bit (see ``LoopFilter``), so a snapshot is what a still
    would get from a decoder of its own, too.
    """

    def __init__(self, path: Path, index: FrameIndex, *, loop_filter: LoopFilter) -> None:
        super().__init__(path, index, loop_filter=loop_filter)
        keyframes = np.flatnonzero(index.keyframe).tolist()
        self._taken = frozenset(keyframes if len(keyframes) <= MOST else ())
        self.snapshots: dict[int, Picture] = {}

    def read(
        self, wanted: NDArray[np.int64], optional: NDArray[np.int64] | None = None
    ) -> Generator[Frame, None, None]:
        """Yield what ``FrameReader.read`` does."""
        with closing(super().read(wanted, optional)) as frames:
            for frame in frames:
                if frame.number in self._taken and frame.number not in self.snapshots:
                    self.snapshots[frame.number] = frame.bgr(SIDE)
                yield frame

    def save(self, path: Path) -> None:
        """Write the snapshots, by temporary name and rename; nothing where there are none."""
        if self.snapshots:
            part = path.with_name(f"{path.name}.part")
            with part.open("wb") as file:
                np.savez(
                    file,
                    numbers=np.array(list(self.snapshots)),
                    pictures=np.stack(list(self.snapshots.values())),
                )
            part.replace(path)


def load_snapshots(paths: Iterable[Path]) -> dict[int, Picture]:
    """Return the snapshots by frame number; files that are not there (any more) have none."""
    found: dict[int, Picture] = {}
    for path in paths:
        if path.exists():
            with np.load(path, allow_pickle=False) as saved:
                found.update(zip(saved["numbers"].tolist(), saved["pictures"], strict=True))
    return found
