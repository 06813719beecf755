"""Skimming: fewer frames are decoded, and what is found is what a look at every frame finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av import VideoFrame

from benchmarks.cut_clips import Shot, flashed, pan, still
from tests.steps.chunked import results
from videojobs_ext.pipelines.chunk_run import ChunkTask, run_chunk
from videojobs_ext.pipelines.counter import FrameCounter
from videojobs_ext.pipelines.loading import load_plan
from videojobs_ext.pipelines.service import VideoFilePipelineService
from videojobs_ext.rows.schema import RowsMetadata
from videojobs_ext.steps.base import VideoGeometry
from videojobs_ext.video.chunks import Chunk
from videojobs_ext.video.index import read_frame_index
from videojobs_ext.video.reader import FrameReader
from videojobs_ext.video.writer import H264Writer

SKIMMED = "id: it\nsteps: [{id: content, uses: content, with: {floor: 0.011}}]\n"
WHOLE = "id: it\nsteps: [{id: content, uses: content}]\n"
BESIDE = f"{SKIMMED[:-2]}, {{id: motion, uses: motion}}]\n"


def film(path: Path, shots: list[Shot], gop: int = 40) -> Path:
    with H264Writer(path, 320, 180, gop=gop) as writer:
        for shot in shots:
            for picture in shot:
                writer.write(picture)
    return path


def film_without_keyframes_at_cuts(path: Path, shots: list[Shot], bframes: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.options = {"bf": str(bframes), "g": "150", "sc_threshold": "0"}
        for picture in (picture for shot in shots for picture in shot):
            container.mux(stream.encode(VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def keyframes(path: Path) -> list[int]:
    return [number for number in np.flatnonzero(read_frame_index(path).keyframe).tolist() if number]


@pytest.fixture
def calm_and_restless(tmp_path: Path) -> Path:
    """A film of which the half is calm, with cuts at keyframes and elsewhere, and a flash."""
    shots = [still(1, 90), still(2, 50), flashed(still(2, 60), 20, [0.9, 0.9]), pan(3, 50, 9)]
    return film(tmp_path / "film.mp4", [*shots, still(4, 7), still(5, 80)])


def test_rows_are_those_of_a_look_at_every_frame(calm_and_restless: Path, tmp_path: Path) -> None:
    whole = dict(results(WHOLE, calm_and_restless, tmp_path / "whole"))
    skimmed = dict(results(SKIMMED, calm_and_restless, tmp_path / "skimmed"))
    assert len(whole) == 337
    assert 20 < len(skimmed) < 250
    assert {90, 90 + 5, 250, 257} <= skimmed.keys()
    assert all(whole[number] == said for number, said in skimmed.items())
    # What is left out changes by less than the floor.
    left_out = [whole[number]["content"][0]["value"] for number in whole.keys() - skimmed.keys()]
    assert max(left_out) < 0.011


def test_rows_do_not_depend_on_where_the_film_is_cut(
    calm_and_restless: Path, tmp_path: Path
) -> None:
    borders = keyframes(calm_and_restless)
    assert len(borders) > 5
    once = results(SKIMMED, calm_and_restless, tmp_path / "once")
    assert results(SKIMMED, calm_and_restless, tmp_path / "often", borders) == once
    for number, border in enumerate(borders):
        assert results(SKIMMED, calm_and_restless, tmp_path / f"{number}", [border]) == once


@pytest.mark.parametrize("bframes", [0, 2, 8])
def test_cuts_far_from_keyframes_are_found(bframes: int, tmp_path: Path) -> None:
    shots = [still(1, 70), pan(2, 61, 1), still(3, 91), still(4, 78)]
    path = film_without_keyframes_at_cuts(tmp_path / "film.mp4", shots, bframes)
    assert keyframes(path) == [150]
    service = VideoFilePipelineService()
    found = [row for row in service.run_on_file(path, "scene_cuts") if "cuts" in row["result"]]
    assert [row["frame_index"] for row in found] == [70, 131, 222]


def test_half_of_a_calm_film_is_not_decoded(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", [still(1, 120), still(2, 120)], gop=120)
    index = read_frame_index(path)
    with FrameReader(path, index) as reader:
        wanted = np.arange(len(index))
        seen = [frame.number for frame in reader.read(wanted, optional=wanted)]
        assert len(seen) == reader.packets_decoded < 140
        assert not set(seen) & reader.unreferenced
        assert len(seen) + len(reader.unreferenced) == 240
        assert reader.damage == []


def test_beside_other_steps_every_frame_is_looked_at(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", [still(1, 60)])
    rows: list[Any] = results(BESIDE, path, tmp_path / "rows")
    assert [number for number, said in rows if "content" in said] == list(range(60))
    assert load_plan(SKIMMED).skimming is not None
    assert load_plan(BESIDE).skimming is None
    assert load_plan(WHOLE).skimming is None
    assert load_plan(f"sampling: {{every: 2}}\n{SKIMMED}").skimming is None
    video = VideoGeometry(320, 192)
    plans = [load_plan(pipeline) for pipeline in (SKIMMED, BESIDE)]
    ids = [plan.step_fingerprints(video)["content"] for plan in plans]
    assert ids[0] != ids[1]


def test_damage_is_told_and_the_cut_beside_it_found(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", [still(1, 80), still(2, 80)], gop=40)
    index = read_frame_index(path)
    index.save(tmp_path / "index.parquet")
    content = bytearray(path.read_bytes())
    key = int(np.flatnonzero(index.entries.order == index.decode_order[40])[0])
    at = int(index.entries.pos[key])
    content[at + 40 : at + 400] = bytes(360)
    path.write_bytes(content)
    found = []
    for pipeline in (WHOLE, SKIMMED):
        part = tmp_path / "part.parquet"
        chunk = Chunk(0, 0, 160)
        run_chunk(ChunkTask(pipeline, path, tmp_path / "index.parquet", chunk, part))
        found.append(RowsMetadata.read(part).damage)
    assert found[0] == found[1] != ()


def test_a_skimmed_chunk_tells_how_far_it_is(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", [still(1, 100)], gop=100)
    index = tmp_path / "index.parquet"
    read_frame_index(path).save(index)
    counter = FrameCounter(tmp_path / "counter", slots=1)
    task = ChunkTask(
        SKIMMED, path, index, Chunk(0, 0, 100), tmp_path / "part", tmp_path / "counter"
    )
    run_chunk(task)
    assert 90 < counter.get(0) <= 100
    counter.close()
