"""A film of six drawn shots whose cuts and motion are known, the same pixels every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from math import cos, pi, sin
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from videojobs_ext.video.writer import H264Writer

Picture: TypeAlias = npt.NDArray[np.uint8]
Color: TypeAlias = tuple[int, int, int]

WIDTH, HEIGHT = 960, 540
RATE = Fraction(25)

#: Fractional bits of drawn coordinates: things move by sixteenths of a pixel, without jitter.
_SHIFT = 4


@dataclass(frozen=True)
class Shot:
    """One shot: its first frame, how many frames it has, and whether something moves in it.

    The frame counter in the corner changes in every shot, also in those where nothing moves.
    """

    title: str
    first: int
    frames: int
    moves: bool


class Canvas:
    """A picture that is drawn on in pixels, with smooth edges; colours are (blue, green, red)."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def disc(self, x: float, y: float, radius: float, color: Color) -> None:
        """Draw a filled circle."""
        cv2.circle(
            self.picture, _fixed(x, y), round(radius * 2**_SHIFT), color, -1, cv2.LINE_AA, _SHIFT
        )

    def box(self, x: float, y: float, width: float, height: float, color: Color) -> None:
        """Draw a filled rectangle with its upper left corner at x, y."""
        self.shape([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], color)

    def shape(self, points: list[tuple[float, float]], color: Color) -> None:
        """Draw a filled polygon."""
        corners = np.array([_fixed(x, y) for x, y in points], np.int32)
        cv2.fillPoly(self.picture, [corners], color, cv2.LINE_AA, _SHIFT)

    def curve(self, points: list[tuple[float, float]], color: Color, width: int) -> None:
        """Draw an open line through points."""
        corners = np.array([_fixed(x, y) for x, y in points], np.int32)
        cv2.polylines(self.picture, [corners], False, color, width, cv2.LINE_AA, _SHIFT)

    def ring(self, x: float, y: float, radii: tuple[float, float], color: Color) -> None:
        """Draw the outline of an ellipse with half axes ``radii``."""
        axes = _fixed(*radii)
        cv2.ellipse(self.picture, _fixed(x, y), axes, 0, 0, 360, color, 1, cv2.LINE_AA, _SHIFT)

    def text(self, x: int, y: int, words: str, size: float, color: Color) -> None:
        """Write words with their lower left corner at x, y."""
        font = cv2.FONT_HERSHEY_DUPLEX
        cv2.putText(self.picture, words, (x, y), font, size, color, 1, cv2.LINE_AA)


def make_film(path: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Write the film as H.264 MP4; ``progress`` hears how many frames of how many are drawn."""
    total = SHOTS[-1].first + SHOTS[-1].frames
    with H264Writer(path, WIDTH, HEIGHT, rate=RATE, crf=20) as writer:
        for number, picture in enumerate(draw_film(), start=1):
            writer.write(picture)
            if progress is not None:
                progress(number, total)


def draw_film() -> Iterator[Picture]:
    """Yield the film's frames, uint8[540, 960, 3] in blue, green, red."""
    number = 0
    for shot, (background, draw) in zip(SHOTS, _SCENES, strict=True):
        still = background()
        for step in range(shot.frames):
            canvas = Canvas(still.copy())
            draw(canvas, step / float(RATE))
            _counter(canvas, number)
            yield canvas.picture
            number += 1


def _counter(canvas: Canvas, number: int) -> None:
    canvas.box(WIDTH - 76, HEIGHT - 30, 64, 20, (24, 24, 24))
    canvas.text(WIDTH - 70, HEIGHT - 15, f"{number:05d}", 0.5, (235, 235, 235))


def _sunrise() -> Picture:
    return _gradient((140, 80, 60), (120, 170, 250))


def _draw_sunrise(canvas: Canvas, t: float) -> None:
    height = 400 - 62 * t
    for glow in range(6, 0, -1):
        near = 6 - glow
        canvas.disc(620, height, 52 + 14 * glow, (128 + 5 * near, 158 + 11 * near, 226 + 4 * near))
    canvas.disc(620, height, 52, (170, 235, 255))
    for layer, (level, color) in enumerate(
        [(380, (120, 100, 110)), (430, (85, 70, 75)), (480, (45, 38, 42))]
    ):
        ridge = [
            (float(x), level + 34 * sin(x / (90 + 40 * layer) + 2 * layer) + 12 * sin(x / 37))
            for x in range(0, WIDTH + 16, 16)
        ]
        canvas.shape([(0, HEIGHT), *ridge, (WIDTH, HEIGHT)], color)
    for bird in range(5):
        x, y = 120 + 70 * bird + 85 * t, 150 + 22 * (bird % 3) - 6 * t
        flap = 9 * sin(9 * t + bird)
        canvas.curve([(x - 13, y - flap), (x, y), (x + 13, y - flap)], (50, 40, 45), 2)


def _city() -> Picture:
    canvas = Canvas(_gradient((45, 22, 16), (96, 52, 44)))
    random = np.random.default_rng(7)
    for star in random.integers(0, (WIDTH, 240), (90, 2)).tolist():
        canvas.disc(star[0], star[1], 1.0, (210, 200, 200))
    for house in range(14):
        x, height = 70 * house - 8, int(random.integers(140, 330))
        canvas.box(x, 450 - height, 62, height, (38, 26, 24))
        for row in range(14, height - 16, 22):
            for column in range(8, 54, 16):
                lit = random.random() < 0.45
                color = (110, 200, 245) if lit else (58, 42, 38)
                canvas.box(x + column, 450 - height + row, 9, 12, color)
    canvas.box(0, 450, WIDTH, 90, (48, 44, 44))
    for dash in range(0, WIDTH, 80):
        canvas.box(dash, 493, 40, 4, (120, 150, 150))
    return canvas.picture


def _draw_city(canvas: Canvas, t: float) -> None:
    for car in range(4):
        x = (260 * car + 210 * t) % (WIDTH + 200) - 100
        _car(canvas, x, 474, [(60, 60, 190), (170, 120, 50), (70, 150, 70), (60, 160, 200)][car], 1)
        x = WIDTH + 100 - (310 * car + 170 * t) % (WIDTH + 200)
        _car(
            canvas, x, 520, [(150, 70, 120), (90, 90, 90), (40, 120, 210), (160, 160, 80)][car], -1
        )


def _car(canvas: Canvas, x: float, y: float, color: Color, way: int) -> None:
    canvas.box(x - 36, y - 16, 72, 14, color)
    canvas.shape([(x - 24, y - 15), (x - 14, y - 29), (x + 14, y - 29), (x + 24, y - 15)], color)
    canvas.shape(
        [(x - 18, y - 16), (x - 11, y - 26), (x + 11, y - 26), (x + 18, y - 16)], (90, 80, 70)
    )
    for wheel in (-20, 20):
        canvas.disc(x + wheel, y - 2, 8, (22, 22, 22))
    canvas.disc(x + 36 * way, y - 10, 4, (190, 245, 255))
    canvas.disc(x - 36 * way, y - 10, 3, (50, 50, 230))


def _still_life() -> Picture:
    canvas = Canvas(_gradient((150, 176, 190), (104, 128, 150)))
    canvas.box(0, 390, WIDTH, 150, (62, 84, 112))
    canvas.shape(
        [(430, 400), (470, 250), (470, 180), (510, 180), (510, 250), (550, 400)], (96, 120, 60)
    )
    canvas.disc(490, 380, 62, (96, 120, 60))
    canvas.disc(300, 372, 48, (52, 66, 196))
    canvas.disc(284, 356, 13, (130, 140, 230))
    canvas.disc(386, 388, 34, (62, 160, 226))
    canvas.disc(660, 366, 56, (70, 178, 150))
    canvas.disc(640, 346, 15, (140, 214, 200))
    canvas.curve([(300, 326), (306, 306), (318, 298)], (40, 60, 70), 4)
    canvas.text(372, 90, "nothing moves here", 0.7, (60, 70, 84))
    return canvas.picture


def _draw_nothing(_canvas: Canvas, _t: float) -> None:
    """Leave the still life as it is."""


def _sea() -> Picture:
    canvas = Canvas(_gradient((196, 140, 40), (84, 40, 8)))
    for ray in range(5):
        x = 120 + 190 * ray
        canvas.shape([(x, 0), (x + 50, 0), (x - 60, 480), (x - 180, 480)], (188, 132, 42))
    canvas.picture[:] = cv2.GaussianBlur(canvas.picture, (0, 0), 9)
    ground = [(float(x), 490 + 14 * sin(x / 70)) for x in range(0, WIDTH + 16, 16)]
    canvas.shape([(0, HEIGHT), *ground, (WIDTH, HEIGHT)], (110, 150, 170))
    return canvas.picture


def _draw_sea(canvas: Canvas, t: float) -> None:
    colors = [(60, 130, 250), (90, 210, 250), (190, 120, 220), (120, 220, 160)]
    for fish in range(7):
        size = 22 + 7 * (fish % 3)
        x = (fish * 173 + (90 + 16 * fish) * t) % (WIDTH + 160) - 80
        y = 90 + 54 * fish + 14 * sin(2 * t + fish)
        color = colors[fish % 4]
        tail = size * 0.5 * sin(11 * t + fish)
        canvas.shape(
            [
                (x - size, y),
                (x - 1.9 * size, y - 0.7 * size + tail / 3),
                (x - 1.9 * size, y + 0.7 * size + tail / 3),
            ],
            color,
        )
        body = [
            (x + 1.25 * size * cos(a), y + 0.62 * size * sin(a))
            for a in np.linspace(0, 2 * pi, 40).tolist()
        ]
        canvas.shape(body, color)
        canvas.disc(x + 0.7 * size, y - 0.12 * size, 4, (255, 255, 255))
        canvas.disc(x + 0.75 * size, y - 0.12 * size, 2, (20, 20, 20))
    for bubble in range(12):
        x = 70 + 78 * bubble + 6 * sin(3 * t + bubble)
        y = 520 - (90 * t + 97 * bubble) % 540
        canvas.ring(x, y, (5 + bubble % 4, 5 + bubble % 4), (245, 225, 190))


def _space() -> Picture:
    canvas = Canvas(_gradient((24, 8, 14), (44, 16, 26)))
    random = np.random.default_rng(3)
    for x, y, light in random.integers((0, 0, 90), (WIDTH, HEIGHT, 255), (240, 3)).tolist():
        canvas.disc(x, y, 0.6 + random.random(), (light, light, light))
    for radius in (120, 200, 290, 390):
        canvas.ring(480, 270, (radius, radius * 0.45), (86, 62, 66))
    return canvas.picture


def _draw_space(canvas: Canvas, t: float) -> None:
    for glow in range(5, 0, -1):
        canvas.disc(480, 270, 34 + 7 * glow, (30, 90 + 20 * (5 - glow), 130 + 20 * (5 - glow)))
    canvas.disc(480, 270, 36, (120, 225, 255))
    planets: list[tuple[int, float, int, Color]] = [
        (120, 2.1, 11, (120, 160, 210)),
        (200, 1.4, 17, (200, 150, 70)),
        (290, 0.9, 24, (90, 120, 220)),
        (390, 0.6, 20, (190, 190, 120)),
    ]
    for radius, speed, size, color in planets:
        x, y = 480 + radius * cos(speed * t + radius), 270 + 0.45 * radius * sin(speed * t + radius)
        canvas.disc(x, y, size, color)
        canvas.disc(
            x - size * 0.3,
            y - size * 0.3,
            size * 0.4,
            (min(color[0] + 40, 255), min(color[1] + 40, 255), min(color[2] + 40, 255)),
        )


def _room() -> Picture:
    canvas = Canvas(_gradient((232, 226, 240), (206, 190, 214)))
    for line in range(-540, WIDTH, 60):
        canvas.curve([(line, HEIGHT), (line + 540, 0)], (216, 206, 226), 2)
    canvas.box(0, 480, WIDTH, 60, (150, 120, 140))
    return canvas.picture


def _draw_room(canvas: Canvas, t: float) -> None:
    colors = [(80, 90, 230), (220, 160, 60), (90, 190, 110), (60, 190, 240), (190, 90, 170)]
    for ball in range(5):
        radius = 26 + 6 * ball
        travel = (170 + 30 * ball) * t + 150 * ball
        room = WIDTH - 2 * radius
        x = radius + abs((travel + room) % (2 * room) - room)
        bounce = abs(sin(1.9 * t + 0.8 * ball))
        y = 480 - radius - (230 + 28 * ball) * bounce
        shade = radius * (1.1 - 0.5 * bounce)
        canvas.shape(
            [(x + shade * cos(a), 486 + 7 * sin(a)) for a in np.linspace(0, 2 * pi, 30).tolist()],
            (126, 98, 118),
        )
        canvas.disc(x, y, radius, colors[ball])
        canvas.disc(x - radius * 0.32, y - radius * 0.36, radius * 0.26, (250, 250, 250))


_SCENES: list[tuple[Callable[[], Picture], Callable[[Canvas, float], None]]] = [
    (_sunrise, _draw_sunrise),
    (_city, _draw_city),
    (_still_life, _draw_nothing),
    (_sea, _draw_sea),
    (_space, _draw_space),
    (_room, _draw_room),
]

_FIRSTS = [*accumulate([0, 90, 80, 75, 95, 80, 80])]

#: The film's shots in order.
SHOTS: tuple[Shot, ...] = tuple(
    Shot(title, first, stop - first, moves=title != "still life")
    for title, (first, stop) in zip(
        ("sunrise", "city at night", "still life", "under the sea", "orbits", "bouncing balls"),
        pairwise(_FIRSTS),
        strict=True,
    )
)

#: The first frame of each new shot: what a cut detector must find.
CUTS: tuple[int, ...] = tuple(shot.first for shot in SHOTS[1:])


def _gradient(top: Color, bottom: Color) -> Picture:
    """Return a picture that goes from one colour above to another below."""
    rows = np.linspace(np.array(top, np.float64), np.array(bottom, np.float64), HEIGHT)
    picture = np.repeat(rows.round().astype(np.uint8)[:, None, :], WIDTH, axis=1)
    return np.ascontiguousarray(picture)


def _fixed(x: float, y: float) -> tuple[int, int]:
    return round(x * 2**_SHIFT), round(y * 2**_SHIFT)
