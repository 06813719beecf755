"""Annotation formats, read back with each format's own reader."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import motmetrics
import pytest
import yaml
from defusedxml import ElementTree
from pycocotools.coco import COCO

from videojobs_ext.rows.exports import EXPORTS, ExportContext, NothingToExport, VideoFacts
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer

METADATA = RowsMetadata("1/25", 640, 480, 0, "ab", ("detect", "follow", "read", "cuts"))
CONTEXT = ExportContext(
    "job",
    "my job",
    datetime(2026, 1, 2, tzinfo=UTC),
    datetime(2026, 1, 3, tzinfo=UTC),
    VideoFacts("street.mp4", 100, 4.0),
)
BOX_FORMATS = ("coco", "mot", "yolo", "cvat", "labelstudio")


def ref(number: int) -> FrameRef:
    return FrameRef(number, number, number / 25)


@pytest.fixture
def reader(tmp_path: Path) -> RowsReader:
    """Two people tracked on every fifth frame, one of them with a gap, and a sign with words.

    The people's detections are there too, as a tracking pipeline leaves them.
    """
    parts = []
    for part, frames in enumerate((range(0, 25, 5), range(25, 50, 5))):
        buffer = RowBuffer(METADATA)
        for n in frames:
            here = Observation("person", 0.9, None, 10 + n, 20, 30, 60.5)
            there = Observation("person", 0.5, None, 300, 100 + n, 20, 40)
            buffer.add("detect", ref(n), here)
            buffer.add("detect", ref(n), there)
            buffer.add("detect", ref(n), Observation("sign <&>", 0.4, None, 600, 0, 80, 20))
            buffer.add("follow", ref(n), Observation("person", 0.9, 1, 10 + n, 20, 30, 60.5))
            if n not in (20, 25):
                buffer.add("follow", ref(n), Observation("person", 0.5, 2, 300, 100 + n, 20, 40))
        buffer.add("cuts", ref(frames[0]), Observation("cut"))
        parts.append(tmp_path / f"part-{part}.parquet")
        buffer.write(parts[-1])
    return RowsReader(parts)


def exported(reader: RowsReader, name: str, folder: Path) -> Path:
    path = folder / f"results{EXPORTS[name].EXTENSION}"
    EXPORTS[name].write(reader, path, CONTEXT)
    return path


def test_coco_reads_in_pycocotools(reader: RowsReader, tmp_path: Path) -> None:
    coco = COCO(str(exported(reader, "coco", tmp_path)))
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == ["person", "sign <&>"]
    assert coco.getImgIds() == [n + 1 for n in range(0, 50, 5)]
    (image,) = coco.loadImgs([6])
    assert image | {"time": 0} == {
        "id": 6,
        "video_id": 1,
        "frame_id": 5,
        "file_name": "frame_000005.jpg",
        "time": 0,
        "width": 640,
        "height": 480,
    }
    found = coco.loadAnns(coco.getAnnIds(imgIds=[6]))
    assert [(a["bbox"], a.get("track_id"), a["score"]) for a in found] == [
        ([600, 0, 80, 20], None, 0.4),
        ([15, 20, 30, 60.5], 1, 0.9),
        ([300, 105, 20, 40], 2, 0.5),
    ]
    assert coco.dataset["videos"] == [{"id": 1, "name": "street.mp4", "width": 640, "height": 480}]
    assert len(coco.dataset["annotations"]) == 28
    assert len({a["id"] for a in coco.dataset["annotations"]}) == 28


@pytest.mark.filterwarnings("ignore:Operation with tuple is deprecated")  # motmetrics' own
def test_mot_reads_in_motmetrics_and_counts_from_one(reader: RowsReader, tmp_path: Path) -> None:
    path = exported(reader, "mot", tmp_path)
    assert path.read_text().splitlines()[0] == "1,1,11.00,21.00,30.00,60.50,0.9,-1,-1,-1"
    table = motmetrics.io.loadtxt(path, fmt="mot15-2D")
    assert len(table) == 18
    # The reader takes the 1 off again, since MATLAB counts pixels from 1.
    first = table.loc[(6, 1)]
    assert first[["X", "Y", "Width", "Height"]].tolist() == [15, 20, 30, 60.5]
    assert first["Confidence"] == 0.9
    assert sorted(set(table.index.get_level_values("Id"))) == [1, 2]


def test_mot_of_a_job_without_tracks_is_detections(tmp_path: Path) -> None:
    buffer = RowBuffer(METADATA)
    buffer.add("detect", ref(3), Observation("car", None, None, 1, 2, 3, 4))
    buffer.write(tmp_path / "part.parquet")
    path = exported(RowsReader([tmp_path / "part.parquet"]), "mot", tmp_path)
    assert path.read_text() == "4,-1,2.00,3.00,3.00,4.00,1,-1,-1,-1\n"


def test_yolo_is_fractions_within_the_frame_under_its_classes(
    reader: RowsReader, tmp_path: Path
) -> None:
    with zipfile.ZipFile(exported(reader, "yolo", tmp_path)) as file:
        assert file.testzip() is None
        names = yaml.safe_load(file.read("data.yaml"))["names"]
        assert names == {0: "person", 1: "sign <&>"}
        assert file.read("classes.txt").decode().splitlines() == ["person", "sign <&>"]
        labels = [name for name in file.namelist() if name.startswith("labels/")]
        assert labels == [f"labels/train/frame_{n:06d}.txt" for n in range(0, 50, 5)]
        lines = [line.split() for line in file.read(labels[1]).decode().splitlines()]
    assert [line[0] for line in lines] == ["1", "0", "0"]
    numbers = [[float(word) for word in line[1:]] for line in lines]
    assert numbers[0] == pytest.approx([620 / 640, 10 / 480, 40 / 640, 20 / 480], abs=1e-6)
    assert numbers[1] == pytest.approx([30 / 640, 50.25 / 480, 30 / 640, 60.5 / 480], abs=1e-6)


def test_cvat_has_a_track_a_thing_that_is_outside_where_it_was_not_seen(
    reader: RowsReader, tmp_path: Path
) -> None:
    root = ElementTree.parse(exported(reader, "cvat", tmp_path)).getroot()
    assert root.findtext("version") == "1.1"
    task = root.find("meta/task")
    assert task.findtext("size") == "100"
    assert [name.text for name in task.findall("labels/label/name")] == ["person", "sign <&>"]
    assert task.findtext("original_size/width") == "640"
    tracks = root.findall("track")
    assert [track.get("id") for track in tracks] == [str(n) for n in range(len(tracks))]
    assert [track.get("label") for track in tracks] == ["person"] * 2 + ["sign <&>"] * 10

    def seen(track: object) -> list[tuple[int, str]]:
        return [(int(box.get("frame")), box.get("outside")) for box in track.findall("box")]

    assert seen(tracks[0]) == [(n, "0") for n in range(0, 50, 5)] + [(50, "1")]
    assert seen(tracks[1])[3:7] == [(15, "0"), (20, "1"), (30, "0"), (35, "0")]
    assert seen(tracks[2]) == [(0, "0"), (5, "1")]
    box = tracks[0].findall("box")[1]
    assert (box.get("xtl"), box.get("ybr")) == ("15.00", "80.50")
    assert box.find("attribute[@name='score']").text == "0.9"


def test_cvat_leaves_out_what_xml_can_not_hold(tmp_path: Path) -> None:
    buffer = RowBuffer(METADATA)
    buffer.add("read", ref(0), Observation("text", 1, None, 1, 2, 3, 4, text="a\x00\x1b<b>"))
    buffer.write(tmp_path / "part.parquet")
    path = exported(RowsReader([tmp_path / "part.parquet"]), "cvat", tmp_path)
    root = ElementTree.parse(path).getroot()
    assert root.find(".//box/attribute[@name='text']").text == "a\ufffd\ufffd<b>"


def test_labelstudio_is_a_task_with_a_sequence_a_track(reader: RowsReader, tmp_path: Path) -> None:
    (task,) = json.loads(exported(reader, "labelstudio", tmp_path).read_text(encoding="utf-8"))
    assert task["data"] == {"video": "street.mp4"}
    (prediction,) = task["predictions"]
    regions = prediction["result"]
    assert len({region["id"] for region in regions}) == len(regions) == 12
    assert all(region["type"] == "videorectangle" for region in regions)
    first, second = (region["value"] for region in regions[:2])
    assert first["labels"] == ["person"]
    assert (first["framesCount"], first["duration"]) == (100, 4.0)
    entry = first["sequence"][1]
    assert entry == {
        "frame": 6,
        "time": 0.2,
        "enabled": True,
        "rotation": 0,
        "x": pytest.approx(15 / 6.4, abs=1e-4),
        "y": pytest.approx(20 / 4.8, abs=1e-4),
        "width": pytest.approx(30 / 6.4, abs=1e-4),
        "height": pytest.approx(60.5 / 4.8, abs=1e-4),
    }
    assert [e["frame"] for e in second["sequence"] if not e["enabled"]] == [16, 46]


@pytest.mark.parametrize("name", BOX_FORMATS)
def test_a_job_without_boxes_is_refused_in_words(name: str, tmp_path: Path) -> None:
    buffer = RowBuffer(METADATA)
    buffer.add("cuts", ref(0), Observation("cut", value=0.5))
    buffer.write(tmp_path / "part.parquet")
    for reader in (RowsReader([tmp_path / "part.parquet"]), RowsReader([])):
        with pytest.raises(NothingToExport, match=f"format {name} holds boxes"):
            exported(reader, name, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["part.parquet"]


def test_tracks_of_two_steps_never_share_a_number(tmp_path: Path) -> None:
    buffer = RowBuffer(METADATA)
    buffer.add("follow", ref(0), Observation("person", 1, 1, 1, 2, 3, 4))
    buffer.add("read", ref(0), Observation("text", 1, 1, 5, 6, 7, 8))
    buffer.write(tmp_path / "part.parquet")
    path = exported(RowsReader([tmp_path / "part.parquet"]), "mot", tmp_path)
    assert [line.split(",")[1] for line in path.read_text().splitlines()] == ["1", "2"]
