"""The classes that detectors tell apart, by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

#: The 80 classes of COCO in the order in which models put them out.
COCO = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
    "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange",
    "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant",
    "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors",
    "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip


def class_numbers(wanted: Iterable[str], names: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of classes by name; raises ValueError that proposes the nearest name."""
    numbers = {name: number for number, name in enumerate(names)}
    for name in wanted:
        if name not in numbers:
            raise ValueError(f"there is no class {name!r}.{_nearest(name, names)}")
    return tuple(sorted(numbers[name] for name in set(wanted)))


def _nearest(word: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if near:
        return f" Did you mean {near[0]!r}?"
    shown = ", ".join(names[:12])
    return f" Known: {shown}{', …' if len(names) > 12 else ''}."
