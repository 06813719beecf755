"""Stills are the same, whether their pictures were taken on the way or are decoded for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.clips import ClipFactory
from tests.video.kinds import KINDS, make
from videojobs_ext.artifacts.contact_sheet import ContactSheet
from videojobs_ext.artifacts.poster import Poster
from videojobs_ext.artifacts.snapshots import MOST, SnapshotReader, load_snapshots
from videojobs_ext.artifacts.stills import write_stills
from videojobs_ext.artifacts.thumbnails import Thumbnails
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.video.chunks import plan_chunks
from videojobs_ext.video.index import FrameIndex, read_frame_index
from videojobs_ext.video.loop_filter import LoopFilter


def read_in_chunks(
    path: Path, index: FrameIndex, loop_filter: LoopFilter, folder: Path
) -> list[Path]:
    """Return the files that the chunks leave when all frames are read."""
    saved = []
    for chunk in plan_chunks(index, 0.4):
        saved.append(folder / f"{chunk.number}.npz")
        with SnapshotReader(path, index, loop_filter=loop_filter) as reader:
            assert [f.number for f in reader.read(np.arange(chunk.first, chunk.stop))]
            reader.save(saved[-1])
    return saved


@pytest.mark.parametrize("loop_filter", LoopFilter)
@pytest.mark.parametrize("kind", KINDS)
def test_a_keyframe_is_the_same_picture_however_little_is_filtered(
    kind: str, loop_filter: LoopFilter, clips: ClipFactory, tmp_path: Path
) -> None:
    path = make(clips, kind)
    index = read_frame_index(path)
    taken = load_snapshots(read_in_chunks(path, index, loop_filter, tmp_path))
    plain = load_snapshots(read_in_chunks(path, index, LoopFilter.ALL, tmp_path))
    assert sorted(taken) == sorted(plain) == np.flatnonzero(index.keyframe).tolist()
    for number, picture in taken.items():
        np.testing.assert_array_equal(picture, plain[number])


def test_stills_do_not_depend_on_what_was_taken_on_the_way(bikes: Path, tmp_path: Path) -> None:
    index = read_frame_index(bikes)

    def stills(paths: list[Path], threads: int) -> dict[str, bytes]:
        made = [Poster(index), ContactSheet(index, RowsReader([])), Thumbnails(index)]
        snapshots = load_snapshots(paths)
        files = write_stills(bikes, index, made, tmp_path, snapshots=snapshots, threads=threads)
        return {path.name: path.read_bytes() for path in files}

    taken = read_in_chunks(bikes, index, LoopFilter.KEYFRAMES, tmp_path)
    assert len(load_snapshots(taken)) > 1
    decoded = stills([], 1)
    assert stills(taken, 1) == decoded
    assert stills(taken[:1], 3) == decoded
    assert stills([tmp_path / "gone.npz"], 2) == decoded


def test_of_a_video_with_many_keyframes_no_snapshots_are_taken(
    clips: ClipFactory, tmp_path: Path
) -> None:
    path = clips.make(frames=MOST + 1, gop=1, bframes=0)
    index = read_frame_index(path)
    with SnapshotReader(path, index, loop_filter=LoopFilter.ALL) as reader:
        assert len(list(reader.read(np.arange(len(index))))) == MOST + 1
        reader.save(tmp_path / "none.npz")
    assert load_snapshots([tmp_path / "none.npz"]) == {}
