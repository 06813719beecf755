"""A pipeline over a file in one piece and in several, as the engine would run it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from videojobs_ext.pipelines.chunk_run import ChunkTask, load_plan, run_chunk
from videojobs_ext.pipelines.sequence_run import run_sequence
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.video.chunks import Chunk
from videojobs_ext.video.index import read_frame_index


def results(pipeline: str, video: Path, folder: Path, borders: Sequence[int] = ()) -> list[Any]:
    """Return the rows of all frames, the video cut before each frame number of ``borders``."""
    folder.mkdir()
    index = read_frame_index(video)
    index.save(folder / "index.parquet")
    edges = [0, *borders, len(index)]
    parts = []
    for number, (first, stop) in enumerate(pairwise(edges)):
        parts.append(folder / f"part-{number}.parquet")
        chunk = Chunk(number, first, stop)
        run_chunk(ChunkTask(pipeline, video, folder / "index.parquet", chunk, parts[-1]))
    plan = load_plan(pipeline)
    for planned in plan.sequence_steps:
        parts += run_sequence(plan, planned, index, parts, folder)
    return [(frame.frame_index, frame.result) for frame in RowsReader(parts).frames()]
