"""A clip whose content is known: ``python scripts/made_clip.py clip.mp4``."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

from videojobs_ext.video.writer import H264Writer

FRAMES = 90
RATE = Fraction(25)
WIDTH, HEIGHT = 320, 180

#: The first frame of each new shot.
CUTS = (30, 60)

#: A shot's background, blue, green, red.
_SHOTS = ((40, 60, 160), (170, 140, 40), (60, 170, 70))


def write_clip(path: Path) -> None:
    """Write three shots, through each of which a bright box moves."""
    with H264Writer(path, WIDTH, HEIGHT, rate=RATE) as writer:
        for number in range(FRAMES):
            shot, since = sum(number >= cut for cut in CUTS), number % CUTS[0]
            picture = np.full((HEIGHT, WIDTH, 3), _SHOTS[shot], np.uint8)
            left, top = 20 + 8 * since, 40 + 30 * shot
            picture[top : top + 40, left : left + 40] = (250, 250, 250)
            writer.write(picture)


if __name__ == "__main__":
    write_clip(Path(sys.argv[1]))
