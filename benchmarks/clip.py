"""The clip that everything is measured on: made here, the same every time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.video.writer import H264Writer

WIDTH, HEIGHT = 1920, 1080
RATE = Fraction(30)
GOP = 250
SHOT_SECONDS = 7.5


def make_clip(path: Path, seconds: float) -> Path:
    """Write 1080p30 H.264 with a keyframe each 250 frames; kept when it is there already.

    Textured shots that pan, things that move, sensor noise, and a hard cut every 7.5 s.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = round(seconds * RATE)
    shot_length = round(SHOT_SECONDS * RATE)
    noise = _noise()
    with H264Writer(path, WIDTH, HEIGHT, rate=RATE, gop=GOP) as writer:
        for number in range(frames):
            shot, within = divmod(number, shot_length)
            if within == 0:
                scene = _scene(shot)
            writer.write(_frame(scene, within, noise[number % len(noise)]))
    return path


def _scene(shot: int) -> NDArray[np.uint8]:
    """Return a picture larger than the frame: soft blobs of several sizes in the shot's colours."""
    dice = np.random.default_rng(shot)
    height, width = HEIGHT + 200, WIDTH + 400
    scene = np.zeros((height, width, 3), np.float32)
    for cells, strength in ((6, 90), (24, 50), (96, 30), (320, 18)):
        small = dice.normal(0, strength, (max(cells * 9 // 16, 2), cells, 3)).astype(np.float32)
        scene += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(scene + dice.uniform(70, 180, 3), 0, 255).astype(np.uint8)


def _noise() -> list[NDArray[np.int16]]:
    dice = np.random.default_rng(1)
    return [dice.normal(0, 2.0, (HEIGHT, WIDTH, 1)).astype(np.int16) for _ in range(5)]


def _frame(scene: NDArray[np.uint8], within: int, noise: NDArray[np.int16]) -> NDArray[np.uint8]:
    left, top = within, within // 3
    frame = scene[top : top + HEIGHT, left : left + WIDTH].astype(np.int16) + noise
    frame = np.clip(frame, 0, 255).astype(np.uint8)
    for thing in range(6):
        x = int((thing * 331 + within * (3 + 2 * thing)) % (WIDTH - 160))
        y = int((thing * 173 + within * (1 + thing)) % (HEIGHT - 120))
        colour = [(thing * 40 + 60) % 256, (thing * 90) % 256, 255 - thing * 30]
        cv2.rectangle(frame, (x, y), (x + 140, y + 90), colour, -1)
    return frame
