"""CVAT for video 1.1: XML with a track for each thing, to correct it by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext
from videojobs_ext.rows.exports.boxes import Box, Boxes
from videojobs_ext.rows.reader import RowsReader

NAME = "cvat"
MEDIA_TYPE = "application/xml"
EXTENSION = ".cvat.xml"

#: What XML 1.0 can't hold in any form (section 2.2).
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Xml:
    """Elements written as they come; what XML can't hold is replaced."""

    def __init__(self, file: TextIOWrapper) -> None:
        self._xml = XMLGenerator(file, "utf-8", short_empty_elements=True)
        self._xml.startDocument()

    @contextmanager
    def element(self, name: str, attributes: Mapping[str, object] | None = None) -> Iterator[None]:
        told = {key: _sound(value) for key, value in (attributes or {}).items()}
        self._xml.startElement(name, AttributesImpl(told))
        yield
        self._xml.endElement(name)
        self._xml.ignorableWhitespace("\n")

    def leaf(
        self, name: str, content: object, attributes: Mapping[str, object] | None = None
    ) -> None:
        with self.element(name, attributes):
            self._xml.characters(_sound(content))


def _sound(value: object) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", str(value))


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:
    """Write the boxes by track; a box that belongs to none is a track of one frame.

    Every box is a key frame of its track. Between two of them CVAT interpolates, so after a gap
    and at its end a track says that the thing is out of view (``outside``). Score and text are
    attributes of the boxes. Frames count from 0.
    """
    boxes = Boxes(reader, NAME)
    spacing = boxes.spacing()
    with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        xml = _Xml(file)
        with xml.element("annotations"):
            xml.leaf("version", "1.1")
            frames = _write_meta(xml, boxes, context)
            for number, (first, found) in enumerate(boxes.by_track()):
                label = {"id": number, "label": first.label, "source": "auto"}
                with xml.element("track", label):
                    _write_track(xml, found, spacing, frames)


def _write_meta(xml: _Xml, boxes: Boxes, context: ExportContext) -> int | None:
    """Write what the annotations are of; returns how many frames the video has, if known."""
    metadata = boxes.metadata
    video = context.video
    with xml.element("meta"):
        with xml.element("task"):
            xml.leaf("name", context.name)
            if video is not None:
                xml.leaf("size", video.frames)
            xml.leaf("mode", "interpolation")
            xml.leaf("start_frame", 0)
            if video is not None:
                xml.leaf("stop_frame", video.frames - 1)
            with xml.element("labels"):
                for label in boxes.labels():
                    with xml.element("label"):
                        xml.leaf("name", label)
                        with xml.element("attributes"):
                            for attribute in ("score", "text"):
                                with xml.element("attribute"):
                                    xml.leaf("name", attribute)
                                    xml.leaf("mutable", "True")
                                    xml.leaf("input_type", "text")
                                    xml.leaf("default_value", "")
                                    xml.leaf("values", "")
            with xml.element("original_size"):
                xml.leaf("width", metadata.width)
                xml.leaf("height", metadata.height)
            xml.leaf("source", context.name if video is None else video.name)
        xml.leaf("dumped", context.updated_at.isoformat())
    return None if video is None else video.frames


def _write_track(xml: _Xml, found: Iterator[Box], spacing: int, frames: int | None) -> None:
    last: Box | None = None
    for box in found:
        if last is not None and box.frame_index == last.frame_index:
            continue  # a track is in one place at a time
        if last is not None and box.frame_index - last.frame_index > 2 * spacing:
            _write_box(xml, last, last.frame_index + spacing, outside=True)
        _write_box(xml, box, box.frame_index, outside=False)
        last = box
    if last is not None and (frames is None or last.frame_index + spacing < frames):
        _write_box(xml, last, last.frame_index + spacing, outside=True)


def _write_box(xml: _Xml, box: Box, frame: int, *, outside: bool) -> None:
    attributes = {
        "frame": frame,
        "outside": int(outside),
        "occluded": 0,
        "keyframe": 1,
        "xtl": f"{box.x:.2f}",
        "ytl": f"{box.y:.2f}",
        "xbr": f"{box.x + box.w:.2f}",
        "ybr": f"{box.y + box.h:.2f}",
        "z_order": 0,
    }
    with xml.element("box", attributes):
        xml.leaf("attribute", "" if box.score is None else box.score, {"name": "score"})
        xml.leaf("attribute", box.text or "", {"name": "text"})
