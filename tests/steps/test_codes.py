"""Codes: QR and bar codes are read on every frame, wherever they lie."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.steps.chunked import results
from tests.steps.films import Picture, film, run, scene
from tests.steps.turned import turned
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.codes import Codes, CodesParams

WIDTH, HEIGHT = 640, 360
URL = "https://example.org/clip/ä?n="
EAN = "4006381333931"

# ISO/IEC 15420: the seven modules of each digit, odd parity, left half; which of the six left
# digits have even parity instead says the first digit.
ODD = (
    *("0001101", "0011001", "0010011", "0111101", "0100011"),
    *("0110001", "0101111", "0111011", "0110111", "0001011"),
)
PARITY = (
    *("OOOOOO", "OOEOEE", "OOEEOE", "OOEEEO", "OEOOEE"),
    *("OEEOOE", "OEEEOO", "OEOEOE", "OEOEEO", "OEEOEO"),
)


def turned_over(bits: str) -> str:
    return "".join("10"[int(bit)] for bit in bits)


def ean_13(digits: str, module: int = 2, height: int = 80) -> Picture:
    """Return an EAN-13 code, black on white, with its quiet zone of 11 modules."""
    left = ""
    for digit, parity in zip(digits[1:7], PARITY[int(digits[0])], strict=True):
        bits = ODD[int(digit)]
        left += bits if parity == "O" else turned_over(bits)[::-1]
    right = "".join(turned_over(ODD[int(digit)]) for digit in digits[7:])
    bars = "0" * 11 + "101" + left + "01010" + right + "101" + "0" * 11
    line = np.repeat(np.array([0 if bar == "1" else 255 for bar in bars], np.uint8), module)
    return np.pad(np.tile(line, (height, 1)), ((10, 10), (0, 0)), constant_values=255)


def qr(text: str, module: int = 4) -> Picture:
    code = cv2.QRCodeEncoder.create().encode(text)
    return np.asarray(
        cv2.resize(code, None, fx=module, fy=module, interpolation=cv2.INTER_NEAREST), np.uint8
    )


def with_codes(*placed: tuple[Picture, int, int]) -> Picture:
    picture = scene(3, WIDTH, HEIGHT) // 2 + 60
    for code, x, y in placed:
        picture[y : y + code.shape[0], x : x + code.shape[1]] = code
    return picture


def by_label(rows: list[Observation]) -> dict[str | None, Observation]:
    assert len({row.label for row in rows}) == len(rows)
    return {row.label: row for row in rows}


def test_codes_are_read_on_every_frame(tmp_path: Path) -> None:
    frames = 24
    path = film(
        tmp_path / "a.mp4",
        [
            with_codes((qr(f"{URL}{n}"), 20 + 5 * n, 30 + 3 * n), (ean_13(EAN), 230 + 2 * n, 220))
            for n in range(frames)
        ],
    )
    said = run(Codes(CodesParams()), path)
    assert len(said) == frames
    for number, rows in said.items():
        codes = by_label(rows)
        assert codes["qr"].text == f"{URL}{number}"
        assert codes["ean_13"].text == EAN


def test_a_code_s_box_and_corners_are_where_it_is(tmp_path: Path) -> None:
    code = qr("here")
    # The encoder leaves a quiet zone of 2 modules around.
    side, quiet = code.shape[0], 8
    path = film(tmp_path / "a.mp4", [with_codes((code, 200, 130), (ean_13(EAN), 280, 5))])
    rows = run(Codes(CodesParams()), path)[0]
    assert [row.label for row in rows] == ["ean_13", "qr"]  # from top to bottom
    row = rows[1]
    assert (row.x, row.y) == pytest.approx((200 + quiet, 130 + quiet), abs=2)
    assert (row.w, row.h) == pytest.approx((side - 2 * quiet, side - 2 * quiet), abs=3)
    assert row.attrs is not None
    assert np.array(row.attrs["corners"]).shape == (4, 2)
    assert np.min(row.attrs["corners"], axis=0) == pytest.approx((208, 138), abs=2)


def test_boxes_are_in_pixels_of_the_full_frame(tmp_path: Path) -> None:
    picture = np.asarray(
        cv2.resize(
            with_codes((qr("large"), 200, 120)), (2560, 1440), interpolation=cv2.INTER_LINEAR
        )
    )
    (row,) = run(Codes(CodesParams()), film(tmp_path / "a.mp4", [picture]))[0]
    assert (row.x, row.y) == pytest.approx((4 * 208, 4 * 128), abs=8)


def test_several_codes_are_told_apart(tmp_path: Path) -> None:
    picture = with_codes((qr("one"), 20, 20), (qr("two"), 250, 40), (qr("three"), 450, 200))
    rows = run(Codes(CodesParams()), film(tmp_path / "a.mp4", [picture]))[0]
    assert [row.text for row in rows] == ["one", "two", "three"]


def test_only_the_wanted_kinds_are_looked_for(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [with_codes((qr("x"), 20, 20), (ean_13(EAN), 250, 220))])
    for kind, label in (("qr", "qr"), ("bar", "ean_13")):
        params = CodesParams.model_validate({"kinds": [kind]})
        assert [row.label for row in run(Codes(params), path)[0]] == [label]


def test_a_picture_without_codes_has_no_rows(bikes: Path) -> None:
    assert not any(run(Codes(CodesParams()), bikes, range(0, 250, 25)).values())


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_codes_lie_in_the_upright_frame(tmp_path: Path, rotation: int) -> None:
    upright = film(tmp_path / "a.mp4", [with_codes((qr("up"), 60, 40), (ean_13(EAN), 250, 220))])
    path = turned(upright, tmp_path / "turned.mp4", [0], rotation)
    codes = by_label(run(Codes(CodesParams()), path)[0])
    assert (codes["qr"].x, codes["qr"].y) == pytest.approx((68, 48), abs=3)
    assert codes["ean_13"].text == EAN


def test_chunks_do_not_change_the_rows(tmp_path: Path) -> None:
    frames = [with_codes((qr(f"{n}"), 10 * n, 40), (ean_13(EAN), 250, 220)) for n in range(16)]
    path = film(tmp_path / "a.mp4", frames)
    pipeline = "id: a\nsteps: [{id: codes, uses: codes}]\n"
    whole = results(pipeline, path, tmp_path / "whole")
    assert len(whole) == 16
    assert results(pipeline, path, tmp_path / "cut", [5, 11]) == whole
