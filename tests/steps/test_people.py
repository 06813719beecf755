"""People: the persons of ``objects``, under a step and a pipeline of their own."""

from __future__ import annotations

from pathlib import Path

from tests.steps.films import run
from videojobs_ext.pipelines.service import VideoFilePipelineService
from videojobs_ext.steps.detection import DetectionParams
from videojobs_ext.steps.objects import Objects, ObjectsParams
from videojobs_ext.steps.people import People


def test_people_are_the_persons_of_objects(bikes: Path) -> None:
    numbers = [40, 80, 120, 220]
    objects = run(Objects(ObjectsParams()), bikes, numbers)
    people = run(People(DetectionParams()), bikes, numbers)
    for number in numbers:
        assert people[number] == [row for row in objects[number] if row.label == "person"]
    assert len(people[120]) >= 3


def test_tracked_people_keep_their_number_until_the_cut(bikes: Path) -> None:
    # The cyclist in the middle of the shot that ends before frame 137.
    frames = VideoFilePipelineService().run_on_file(bikes, "people_tracking", max_frames=142)
    cyclist = {
        row["track_id"]
        for frame in frames
        if 100 <= frame["frame_index"] < 137
        for row in frame["result"].get("track", ())
        if row["h"] > 200 and 320 < row["x"] < 380
    }
    assert len(cyclist) == 1
    later = {
        row["track_id"]
        for frame in frames
        if frame["frame_index"] >= 137
        for row in frame["result"].get("track", ())
    }
    assert not cyclist & later
