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
from videojobs_ext.artifacts.contact_sheet import write_contact_sheet
from videojobs_ext.artifacts.poster import write_poster
from videojobs_ext.artifacts.thumbnails import write_thumbnails
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer
from videojobs_ext.video.index import read_frame_index
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


def test_a_contact_sheet_shows_the_first_frame_of_each_shot(bikes: Path, tmp_path: Path) -> None:
    cuts = [30, 76, 137, 187, 242]
    path = tmp_path / "contact_sheet.jpg"
    write_contact_sheet(bikes, read_frame_index(bikes), rows_with_cuts(tmp_path, cuts), path)
    page = read_jpeg(path)
    for at, picture in enumerate(frames_of(bikes, [0, *cuts], 320)):
        assert shows(page, (12 + at % 3 * 332, 44 + at // 3 * (136 + 38)), picture)


def test_a_contact_sheet_without_cuts_is_evenly_spaced(bikes: Path, tmp_path: Path) -> None:
    path = tmp_path / "contact_sheet.jpg"
    write_contact_sheet(bikes, read_frame_index(bikes), RowsReader([]), path)
    page = read_jpeg(path)
    assert page.shape == (44 + 4 * (136 + 38), 12 + 5 * 332, 3)
    captions = page[44 + 136 : 44 + 136 + 26, 12:332]
    assert captions.max() > 150  # time and frame number are drawn


def test_a_contact_sheet_of_many_shots_stays_one_page(tmp_path: Path) -> None:
    video = film(tmp_path / "a.mp4", [scene(n) for n in range(60)])
    path = tmp_path / "contact_sheet.jpg"
    reader = rows_with_cuts(tmp_path, range(1, 60))
    write_contact_sheet(video, read_frame_index(video), reader, path)
    page = read_jpeg(path)
    rows = contact_sheet.MOST // 6
    assert page.shape == (44 + rows * (HEIGHT + 38), 12 + 6 * (WIDTH + 12), 3)


def test_a_contact_sheet_of_one_upright_frame_is_a_page(clips: ClipFactory, tmp_path: Path) -> None:
    video = clips.make(frames=1, rotation=90)
    path = tmp_path / "contact_sheet.jpg"
    write_contact_sheet(video, read_frame_index(video), RowsReader([]), path)
    assert read_jpeg(path).shape[1] == 640


def test_a_poster_is_no_black_frame_however_many_there_are(tmp_path: Path) -> None:
    black = np.zeros((HEIGHT, WIDTH), np.uint8)
    frames = [black] * 40 + [scene(1)] * 10 + [black] * 10
    path = tmp_path / "poster.jpg"
    video = film(tmp_path / "a.mp4", frames)
    assert write_poster(video, read_frame_index(video), path)
    poster = read_jpeg(path)
    assert poster.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(poster[:, :, 0].astype(float) - scene(1)).mean() < 5


def test_a_poster_is_at_most_640_pixels(tmp_path: Path) -> None:
    video = film(tmp_path / "a.mp4", [scene(1, 1280, 720)])
    write_poster(video, read_frame_index(video), tmp_path / "poster.jpg")
    assert read_jpeg(tmp_path / "poster.jpg").shape == (360, 640, 3)


def test_thumbnails_cover_the_video_without_gaps(bikes: Path, tmp_path: Path) -> None:
    index = read_frame_index(bikes)
    sprite_path, cues_path = write_thumbnails(bikes, index, tmp_path)
    text = cues_path.read_text(encoding="utf-8")
    assert text.startswith("WEBVTT\n\n")
    found = re.findall(
        r"^(\d\d:\d\d:\d\d\.\d{3}) --> (\S+)\nthumbnails\.jpg#xywh=(\d+),(\d+),(\d+),(\d+)$",
        text,
        re.MULTILINE,
    )
    assert len(found) == 10
    assert found[0][0] == "00:00:00.000"
    assert found[-1][1] == "00:00:10.000"
    assert [begin for begin, *_ in found[1:]] == [end for _, end, *_ in found[:-1]]
    sprite = read_jpeg(sprite_path)
    times = index.time
    for begin, _, x, y, w, h in found:
        assert int(x) + int(w) <= sprite.shape[1]
        assert int(y) + int(h) <= sprite.shape[0]
        number = int(np.argmin(np.abs(times - float(begin[6:]) - 60 * int(begin[3:5]))))
        (picture,) = frames_of(bikes, [number], thumbnails.SIDE)
        assert shows(sprite, (int(x), int(y)), picture)


def test_a_long_video_has_no_more_than_a_hundred_thumbnails(tmp_path: Path) -> None:
    video = film(tmp_path / "a.mp4", (scene(1, 64, 36) for _ in range(25 * 130)))
    _, cues = write_thumbnails(video, read_frame_index(video), tmp_path)
    assert cues.read_text().count("-->") == thumbnails.MOST


def test_what_can_not_be_decoded_is_left_out(clips: ClipFactory, tmp_path: Path) -> None:
    whole = clips.make(name="clip.mkv", frames=120)
    index = read_frame_index(whole)
    cut_off = truncated(whole, tmp_path / "cut_off.mkv", keep=0.5)
    write_contact_sheet(cut_off, index, RowsReader([]), tmp_path / "sheet.jpg")
    assert read_jpeg(tmp_path / "sheet.jpg").shape[0] > 100
    assert write_poster(cut_off, index, tmp_path / "poster.jpg")


@pytest.mark.parametrize("side", ["poster", "thumbnails"])
def test_nothing_is_written_when_nothing_can_be_decoded(
    tmp_path: Path, bikes: Path, side: str
) -> None:
    index = read_frame_index(bikes)
    other = film(tmp_path / "other.mp4", [scene(1)] * 3)
    if side == "poster":
        assert not write_poster(other, index, tmp_path / "poster.jpg")
    else:
        assert write_thumbnails(other, index, tmp_path) == []
    assert list(tmp_path.iterdir()) == [other]
