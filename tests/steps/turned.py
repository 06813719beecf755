"""Clips that lie on their side, as phones write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np

from videojobs_ext.video.index import read_frame_index
from videojobs_ext.video.reader import FrameReader


def turned(source: Path, target: Path, numbers: Sequence[int], rotation: int) -> Path:
    """Write frames of a clip so that they are coded turned and shown upright.

    ``rotation``: degrees clockwise that a player must turn the coded picture.
    """
    index = read_frame_index(source)
    with FrameReader(source, index) as reader:
        pictures = [frame.bgr().copy() for frame in reader.read(np.array(numbers))]
    coded = [np.ascontiguousarray(np.rot90(picture, rotation // 90)) for picture in pictures]
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width = coded[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.options = {"crf": "12", "preset": "veryfast", "threads": "1"}
        # FFmpeg counts counterclockwise.
        stream.set_display_rotation(-rotation)
        for picture in coded:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        container.mux(stream.encode(None))
    return target
