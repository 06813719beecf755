"""Pipelines over a file, in this process, without a server."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from videojobs_ext.pipelines.chunk_run import ChunkTask, run_chunk
from videojobs_ext.pipelines.customize import customize
from videojobs_ext.pipelines.library import PipelineLibrary
from videojobs_ext.pipelines.loading import load_plan
from videojobs_ext.pipelines.sequence_run import run_sequence
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.video.chunks import Chunk
from videojobs_ext.video.index import read_frame_index


class VideoFilePipelineService:
    """Runs pipelines of a library over files, in the calling thread."""

    def __init__(self, library: PipelineLibrary | None = None) -> None:
        self._library = library or PipelineLibrary()

    def run_on_file(
        self,
        path: str | Path,
        pipeline_id: str,
        frame_stride: int = 1,
        max_frames: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return ``[{"frame_index", "result"}]`` for each frame on which a step said something.

        ``frame_stride`` 1 leaves the pipeline's own sampling. Raises UnknownPipeline, BadVideo,
        PipelineError or StepFailed.
        """
        pipeline = customize(
            self._library.get(pipeline_id).pipeline,
            frame_stride=None if frame_stride == 1 else frame_stride,
            max_frames=max_frames,
        )
        plan = load_plan(pipeline.to_yaml())
        with tempfile.TemporaryDirectory(prefix="videojobs-") as temporary:
            folder = Path(temporary)
            index_path = folder / "frames.parquet"
            index = read_frame_index(Path(path))
            index.save(index_path)
            whole = Chunk(number=0, first=0, stop=len(index))
            part = folder / "part-00000.parquet"
            run_chunk(ChunkTask(pipeline.to_yaml(), Path(path), index_path, whole, part))
            parts = [part]
            for planned in plan.sequence_steps:
                parts += run_sequence(plan, planned, index, parts, folder)
            return [
                {"frame_index": frame.frame_index, "result": frame.result}
                for frame in RowsReader(parts).frames()
            ]
