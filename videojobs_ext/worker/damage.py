"""What a job tells its user about frames that could not be decoded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.jobs.model import FailureReason
from videojobs_ext.rows.schema import RowsMetadata
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.reader import Damage
from videojobs_ext.worker.failures import JobFailed

#: Longer lists of damaged places are cut here; the log has them all.
MOST_PLACES = 20


def describe_damage(
    index: FrameIndex, wanted: NDArray[np.int64], parts: Iterable[Path]
) -> tuple[str, ...]:
    """Return a warning for each damaged place, and one when the file ends too early.

    Raises JobFailed (bad_video) when none of the wanted frames could be decoded.
    """
    damage = sorted(
        (Damage(*place) for part in parts for place in RowsMetadata.read(part).damage),
        key=lambda one: one.first,
    )
    lost = sum(
        int(np.searchsorted(wanted, one.last, "right") - np.searchsorted(wanted, one.first))
        for one in damage
    )
    if len(wanted) > 0 and lost >= len(wanted):
        raise JobFailed(
            FailureReason.BAD_VIDEO,
            "None of the video's frames can be decoded: the file is damaged, or encrypted.",
        )
    warnings = [_sentence(one) for one in damage[:MOST_PLACES]]
    if len(damage) > MOST_PLACES:
        warnings.append(f"{len(damage) - MOST_PLACES} more damaged places: see the log.")
    if lost:
        warnings.append(f"{lost} of {len(wanted)} frames are missing from the results.")
    if index.truncated:
        warnings.append(
            "The file ends before its container says it should; what comes after "
            f"{index.end_time:.3f} s is not in it. Copy or upload it again."
        )
    return tuple(warnings)


def _sentence(damage: Damage) -> str:
    if damage.first == damage.last:
        return f"Frame {damage.first} could not be decoded: {damage.reason}."
    return f"Frames {damage.first} to {damage.last} could not be decoded: {damage.reason}."
