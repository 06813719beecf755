"""Contact sheet, poster and thumbnails of real and made films."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import ClipFactory, truncated
from tests.steps.films import HEIGHT, WIDTH, film, scene
from videojobs_ext.artifacts import contact_sheet, thumbnails
from videojobs_ext.artifacts.contact_sheet import ContactSheet
from videojobs_ext.artifacts.poster import Poster
from videojobs_ext.artifacts.stills import write_stills
from videojobs_ext.artifacts.thumbnails import Thumbnails
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer
from videojobs_ext.video.index import FrameIndex, read_frame_index
from videojobs_ext.video.reader import FrameReader


def rows_with_cuts(folder: Path, cuts: Iterable[int]) -> RowsReader:
    buffer = RowBuffer(RowsMetadata("1/25", 640, 272, 0, "", ("motion", "cuts")))
    for n in cuts:
        buffer.add("cuts", FrameRef(n, n, n / 25), Observation("cut"))
        buffer.add("motion", FrameRef(n + 1, n + 1, n / 25), Observation("region"))
    buffer.write(folder / "part.parquet")
    return RowsReader([folder / "part.parquet"])


def read_jpeg(path: Path) -> np.ndarray:
    assert path.read_bytes()[:3] == b"\xff\xd8\xff"
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture


def frames_of(path: Path, numbers: Iterable[int], side: int) -> list[np.ndarray]:
    index = read_frame_index(path)
    with FrameReader(path, index) as reader:
        return [frame.bgr(side).astype(float) for frame in reader.read(np.array(list(numbers)))]


def shows(page: np.ndarray, at: tuple[int, int], picture: np.ndarray) -> bool:
    """Tell whether a page shows a picture at x, y, but for JPEG's losses."""
    x, y = at
    height, width = picture.shape[:2]
    return bool(np.abs(page[y : y + height, x : x + width] - picture).mean() < 6)


def sheet(video: Path, index: FrameIndex, reader: RowsReader, folder: Path) -> np.ndarray:
    (path,) = write_stills(video, index, [ContactSheet(index, reader)], folder)
    return read_jpeg(path)


def test_a_contact_sheet_shows_the_first_frame_of_each_shot(bikes: Path, tmp_path: Path) -> None:
    cuts = [30, 76, 137, 187, 242]
    index = read_frame_index(bikes)
    reader = rows_with_cuts(tmp_path, cuts)
    page = sheet(bikes, index, reader, tmp_path)
    shown = ContactSheet(index, reader).wanted.tolist()
    assert shown == [0, *cuts]
    for at, picture in enumerate(frames_of(bikes, shown, 320)):
        assert shows(page, (12 + at % 3 * 332, 44 + at // 3 * (136 + 38)), picture)


def test_a_contact_sheet_without_cuts_is_evenly_spaced(bikes: Path, tmp_path: Path) -> None:
    index = read_frame_index(bikes)
    page = sheet(bikes, index, RowsReader([]), tmp_path)
    shown = ContactSheet(index, RowsReader([])).wanted
    assert len(shown) >= 8
    columns = int(np.ceil(np.sqrt(len(shown))))
    for at, picture in enumerate(frames_of(bikes, shown, 320)):
        x, y = 12 + at % columns * 332, 44 + at // columns * (136 + 38)
        assert shows(page, (x, y), picture)
        captions = page[y + 136 : y + 136 + 26, x : x + 320]
        assert captions.max() > 150  # time and frame number are drawn


def test_a_contact_sheet_of_many_shots_stays_one_page(tmp_path: Path) -> None:
    video = film(tmp_path / "a.mp4", [scene(n) for n in range(60)])
    reader = rows_with_cuts(tmp_path, range(1, 60))
    page = sheet(video, read_frame_index(video), reader, tmp_path)
    rows = contact_sheet.MOST // 6
    assert page.shape == (44 + rows * (HEIGHT + 38), 12 + 6 * (WIDTH + 12), 3)


def test_a_contact_sheet_of_one_upright_frame_is_a_page(clips: ClipFactory, tmp_path: Path) -> None:
    video = clips.make(frames=1, rotation=90)
    page = sheet(video, read_frame_index(video), RowsReader([]), tmp_path)
    assert page.shape[1] == 640


def poster(video: Path, folder: Path) -> np.ndarray:
    index = read_frame_index(video)
    (path,) = write_stills(video, index, [Poster(index)], folder)
    return read_jpeg(path)


def test_a_poster_is_no_black_frame_however_many_there_are(tmp_path: Path) -> None:
    black = np.zeros((HEIGHT, WIDTH), np.uint8)
    frames = [black] * 50 + [scene(1)] * 50 + [black] * 10
    picture = poster(film(tmp_path / "a.mp4", frames), tmp_path)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(picture[:, :, 0].astype(float) - scene(1)).mean() < 5


def test_a_poster_is_at_most_640_pixels(tmp_path: Path) -> None:
    picture = poster(film(tmp_path / "a.mp4", [scene(1, 1280, 720)]), tmp_path)
    assert picture.shape == (360, 640, 3)


def test_thumbnails_cover_the_video_without_gaps(bikes: Path, tmp_path: Path) -> None:
    index = read_frame_index(bikes)
    wanted = Thumbnails(index).wanted
    sprite_path, cues_path = write_stills(bikes, index, [Thumbnails(index)], tmp_path)
    text = cues_path.read_text(encoding="utf-8")
    assert text.startswith("WEBVTT\n\n")
    found = re.findall(
        r"^(\d\d:\d\d:\d\d\.\d{3}) --> (\S+)\nthumbnails\.jpg#xywh=(\d+),(\d+),(\d+),(\d+)$",
        text,
        re.MULTILINE,
    )
    assert len(found) == len(wanted) >= 8
    assert found[0][0] == "00:00:00.000"
    assert found[-1][1] == "00:00:10.000"
    assert [begin for begin, *_ in found[1:]] == [end for _, end, *_ in found[:-1]]
    sprite = read_jpeg(sprite_path)
    pictures = frames_of(bikes, wanted, thumbnails.SIDE)
    for (begin, _, x, y, w, h), number, picture in zip(found, wanted, pictures, strict=True):
        assert float(begin[6:]) == pytest.approx(index.time[number], abs=0.0006)
        assert int(x) + int(w) <= sprite.shape[1]
        assert int(y) + int(h) <= sprite.shape[0]
        assert shows(sprite, (int(x), int(y)), picture)


def test_a_long_video_has_no_more_than_a_hundred_thumbnails(tmp_path: Path) -> None:
    video = film(tmp_path / "a.mp4", (scene(1, 64, 36) for _ in range(25 * 230)))
    index = read_frame_index(video)
    _, cues = write_stills(video, index, [Thumbnails(index)], tmp_path)
    assert cues.read_text().count("-->") == thumbnails.MOST
    assert index.keyframe[Thumbnails(index).wanted].all()


def test_all_stills_come_from_one_pass(bikes: Path, tmp_path: Path) -> None:
    index = read_frame_index(bikes)
    stills = [Poster(index), ContactSheet(index, RowsReader([])), Thumbnails(index)]
    paths = write_stills(bikes, index, stills, tmp_path)
    together = {path.name: path.read_bytes() for path in paths}
    assert list(together) == ["poster.jpg", "contact_sheet.jpg", "thumbnails.jpg", "thumbnails.vtt"]
    for still in (Poster(index), ContactSheet(index, RowsReader([])), Thumbnails(index)):
        for path in write_stills(bikes, index, [still], tmp_path):
            assert path.read_bytes() == together[path.name]


def test_what_can_not_be_decoded_is_left_out(clips: ClipFactory, tmp_path: Path) -> None:
    whole = clips.make(name="clip.mkv", frames=120)
    index = read_frame_index(whole)
    cut_off = truncated(whole, tmp_path / "cut_off.mkv", keep=0.5)
    stills = [ContactSheet(index, RowsReader([])), Poster(index)]
    page, _ = write_stills(cut_off, index, stills, tmp_path)
    assert read_jpeg(page).shape[0] > 100


def test_nothing_is_written_when_nothing_can_be_decoded(tmp_path: Path, bikes: Path) -> None:
    index = read_frame_index(bikes)
    other = film(tmp_path / "other.mp4", [scene(1)] * 3)
    assert write_stills(other, index, [Poster(index), Thumbnails(index)], tmp_path) == []
    assert list(tmp_path.iterdir()) == [other]
