"""``run``: a file, its pipeline, its rows, without a server."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Run

#: The first frames of the shots of bikes.mp4, as its makers cut it.
CUTS = [30, 76, 137, 187, 242]


def test_the_cuts_are_printed_with_their_times_and_written_as_csv(
    run: Run, clip: Path, tmp_path: Path
) -> None:
    said = run("run", clip, "--pipeline", "scene_cuts", "-o", "out/cuts.csv")
    assert said.returncode == 0, said.stderr
    assert "5 cuts" in said.stdout
    assert "0:01.200" in said.stdout  # frame 30 at 25 fps
    with (tmp_path / "out" / "cuts.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] == "cut"]
    assert [int(row["frame_index"]) for row in rows] == CUTS


def test_json_goes_to_stdout_alone(run: Run, clip: Path) -> None:
    said = run("run", clip, "--pipeline", "scene_cuts", "--format", "json")
    assert said.returncode == 0, said.stderr
    results = json.loads(said.stdout)["results"]
    assert [frame["frame_index"] for frame in results if "cuts" in frame["result"]] == CUTS


def test_a_format_that_has_nothing_to_hold_is_refused_with_the_reason(run: Run, clip: Path) -> None:
    said = run("run", clip, "--pipeline", "scene_cuts", "-o", "boxes.coco.json")
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    subtitles = run("run", clip, "--pipeline", "scene_cuts", "--format", "srt").stdout
    assert "00:00:09,680 --> 00:00:10,000" in subtitles


def test_sampling_parquet_and_artifacts(run: Run, clip: Path, tmp_path: Path) -> None:
    said = run(
        "run", clip, "-p", "motion", "--every", 10, "--max-frames", 5,
        "-o", "rows.parquet", "--artifacts", "found",
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    frames = pq.read_table(tmp_path / "rows.parquet")["frame_index"].unique().to_pylist()
    assert set(frames) <= {0, 10, 20, 30, 40}
    assert (tmp_path / "found" / "contact_sheet.jpg").read_bytes().startswith(b"\xff\xd8")


def test_a_second_run_is_answered_from_the_cache_which_is_all_that_is_left(
    run: Run, clip: Path, tmp_path: Path
) -> None:
    first = run("run", clip, "-p", "motion", "-o", "a.parquet")
    again = run("run", clip, "-p", "motion", "-o", "b.parquet")
    anew = run("run", clip, "-p", "motion", "-o", "c.parquet", "--no-cache")
    assert "known from before" not in first.stderr
    assert "known from before" in again.stderr
    assert "known from before" not in anew.stderr
    a, b, c = (pq.read_table(tmp_path / f"{name}.parquet") for name in "abc")
    assert a.equals(b)
    assert a.equals(c)
    files = tmp_path / "data" / "videojobs" / "files"
    left = {path.relative_to(files).parts[0] for path in files.rglob("*") if path.is_file()}
    assert left == {"cache"}


def test_settings_come_from_jupyters_configuration_files(
    run: Run, clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "jupyter_server_config.py").write_text(
        f"c.VideoJobs.data_dir = {str(tmp_path / 'elsewhere')!r}\nc.VideoJobs.max_pixels = 100\n"
    )
    refused = run("run", clip)
    assert refused.returncode == 1
    assert "up to 100 pixels" in refused.stderr
    said = run("run", clip, "-p", "motion", "--VideoJobs.max_pixels=0")
    assert said.returncode == 0, said.stderr
    assert (tmp_path / "elsewhere" / "files" / "cache").is_dir()


@pytest.mark.parametrize("content", [None, b"", b"no video at all, only words" * 99])
def test_what_is_no_video_exits_with_1_and_says_why(
    run: Run, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "x.mp4"
    if content is not None:
        path.write_bytes(content)
    said = run("run", path)
    assert said.returncode == 1
    assert said.stderr.startswith("videojobs: ")
    assert "Traceback" not in said.stderr
