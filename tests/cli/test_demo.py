"""``demo``: the whole way on a real server, and its film."""

from __future__ import annotations

import csv
import itertools
import re
from pathlib import Path

import httpx
import numpy as np

from tests.cli.conftest import Run
from videojobs_ext.demo.film import CUTS, HEIGHT, SHOTS, WIDTH, draw_film


def test_the_film_is_the_same_every_time_and_as_long_as_its_shots() -> None:
    once, again = (list(itertools.islice(draw_film(), 30)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
    assert once[0].shape == (HEIGHT, WIDTH, 3)
    assert sum(shot.frames for shot in SHOTS) == 500
    assert [shot.title for shot in SHOTS if not shot.moves] == ["still life"]


def test_the_demo_finds_every_cut_of_its_film_and_stops_its_server(
    run: Run, tmp_path: Path
) -> None:
    said = run("demo")
    assert said.returncode == 0, said.stderr
    assert f"All {len(CUTS)} cuts found" in said.stdout
    assert "The server is stopped." in said.stderr
    folder = tmp_path / "videojobs-demo"
    assert (folder / "contact_sheet.jpg").read_bytes().startswith(b"\xff\xd8")
    with (folder / "rows.csv").open(newline="") as file:
        cuts = [int(row["frame_index"]) for row in csv.DictReader(file) if row["label"] == "cut"]
    assert tuple(cuts) == CUTS
    found = re.search(r"http://127\.0\.0\.1:\d+/", said.stderr)
    assert found is not None
    try:
        httpx.get(found[0], timeout=2)
    except httpx.ConnectError:
        return
    raise AssertionError("The demo's server still answers.")


def test_the_demo_takes_a_video_of_ones_own_and_can_leave_its_server_running(
    run: Run, clip: Path
) -> None:
    said = run("demo", "--video", clip, "--pipeline", "scene_cuts", "--keep")
    assert said.returncode == 0, said.stderr
    assert "5 cuts" in said.stdout
    found = re.search(r"(http://127\.0\.0\.1:\d+/)\?token=(\w+)", said.stdout)
    assert found is not None
    url, token = found.groups()
    try:
        assert "scene_cuts" in run("list").stdout  # found as the only running server
    finally:
        httpx.post(f"{url}api/shutdown", headers={"Authorization": f"token {token}"})
