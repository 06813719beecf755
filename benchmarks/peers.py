"""What people would use instead, each over the whole clip in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

CV2_LOOP = """
import sys, cv2
video = cv2.VideoCapture(sys.argv[1])
frames = 0
while video.read()[0]:
    frames += 1
print(frames)
"""

SCENE_DETECT = """
import sys
from scenedetect import ContentDetector, detect
scenes = detect(sys.argv[1], ContentDetector())
print([scene[0].frame_num for scene in scenes[1:]])
"""


def ffmpeg_null(clip: Path) -> float:
    """Return the seconds that FFmpeg takes to decode the clip and throw the frames away."""
    return _timed(["ffmpeg", "-v", "error", "-i", str(clip), "-f", "null", "-"])[0]


def cv2_loop(clip: Path) -> float:
    """Return the seconds of a loop that only reads, without doing anything with the frames."""
    return _timed([sys.executable, "-c", CV2_LOOP, str(clip)])[0]


def scene_detect(clip: Path) -> tuple[float, list[int]]:
    """Return the seconds and the cuts of PySceneDetect's detect-content with its defaults."""
    seconds, output = _timed([sys.executable, "-c", SCENE_DETECT, str(clip)])
    return seconds, [int(word) for word in output.strip().strip("[]").split(",") if word.strip()]


def _timed(command: list[str]) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - began, done.stdout
