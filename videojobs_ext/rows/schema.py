"""What a row is: one observation of one step on one frame, and how it lies in Parquet."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

#: Raised when the columns or their meaning change; parts of another version are not mixed.
SCHEMA_VERSION = 1

_WORDS = pa.dictionary(pa.int32(), pa.string())

#: The columns of every part. Boxes are in pixels of the upright frame, time is in seconds.
SCHEMA = pa.schema(
    [
        pa.field("step", _WORDS, nullable=False),
        pa.field("frame_index", pa.int64(), nullable=False),
        pa.field("pts", pa.int64(), nullable=False),
        pa.field("time", pa.float64(), nullable=False),
        pa.field("label", _WORDS),
        pa.field("score", pa.float32()),
        pa.field("track_id", pa.int64()),
        pa.field("x", pa.float32()),
        pa.field("y", pa.float32()),
        pa.field("w", pa.float32()),
        pa.field("h", pa.float32()),
        pa.field("value", pa.float64()),
        pa.field("text", pa.string()),
        pa.field("attrs", pa.string()),
    ]
)

#: Columns that hold what was observed, in the order of a row's dict.
OBSERVED = ("label", "score", "track_id", "x", "y", "w", "h", "value", "text", "attrs")

_FLOAT32_MAX = 3.4028234663852886e38
_INT64_MAX = 2**63 - 1
_METADATA_KEY = b"videojobs"


@dataclass(frozen=True, slots=True)
class Observation:
    """What a step says about a frame; every field that does not apply stays None.

    ``x, y, w, h``: left, top, width, height in pixels of the upright frame, fractions allowed.
    ``score``: how sure the step is, mostly 0 to 1. ``value``: a measure; the step tells its unit.
    ``attrs``: anything else that JSON can hold.
    """

    label: str | None = None
    score: float | None = None
    track_id: int | None = None
    x: float | None = None
    y: float | None = None
    w: float | None = None
    h: float | None = None
    value: float | None = None
    text: str | None = None
    attrs: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FrameRef:
    """Which frame a row is about.

    ``frame_index``: rank in presentation order, from 0. ``pts``: in units of the video's time
    base. ``time``: the same in seconds.
    """

    frame_index: int
    pts: int
    time: float


@dataclass(frozen=True)
class RowsMetadata:
    """What all parts of a job share: the video's geometry and clock, and the pipeline.

    ``time_base``: seconds per pts unit as ``"num/den"``. ``width, height``: upright pixels.
    ``rotation``: degrees clockwise that were applied. ``fingerprint``: of the pipeline.
    ``steps``: step ids in the order in which their rows stand within a frame.
    ``damage``: of this part alone, the frames that could not be decoded, as (first, last, reason)
    with frame numbers included.
    """

    time_base: str
    width: int
    height: int
    rotation: int
    fingerprint: str
    steps: tuple[str, ...]
    damage: tuple[tuple[int, int, str], ...] = ()
    schema_version: int = SCHEMA_VERSION

    @classmethod
    def read(cls, path: Path) -> RowsMetadata:
        """Return the metadata of one part; reads its footer alone."""
        return cls.from_parquet(pq.read_metadata(path).metadata)

    def to_parquet(self) -> dict[bytes, bytes]:
        """Return the key and value that go into a Parquet file's metadata."""
        content = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {_METADATA_KEY: json.dumps(content, sort_keys=True).encode()}

    @classmethod
    def from_parquet(cls, metadata: Mapping[bytes, bytes] | None) -> RowsMetadata:
        """Read the metadata back; raises ValueError for a file that isn't one of our parts."""
        if metadata is None or _METADATA_KEY not in metadata:
            raise ValueError("This Parquet file holds no rows of a job.")
        content = json.loads(metadata[_METADATA_KEY])
        if content["schema_version"] != SCHEMA_VERSION:
            raise ValueError(
                f"These rows have schema version {content['schema_version']}; this videojobs "
                f"reads version {SCHEMA_VERSION}. Run the job again."
            )
        damage = tuple((first, last, reason) for first, last, reason in content["damage"])
        return cls(**{**content, "steps": tuple(content["steps"]), "damage": damage})


def as_stored(observation: Observation) -> Observation:
    """Return an observation as it reads back from a part: boxes and scores in 32 bits.

    Steps are given the rows of others in this form, so that it makes no difference whether those
    were computed just now or come from the cache.
    """
    numbers: dict[str, Any] = {
        name: float(str(np.float32(number)))
        for name in ("score", "x", "y", "w", "h")
        if (number := getattr(observation, name)) is not None
    }
    value = None if observation.value is None else float(observation.value)
    attrs = None if observation.attrs is None else json.loads(encode_attrs(observation.attrs) or "")
    return replace(observation, value=value, attrs=attrs, **numbers)


def check_observation(observation: Observation) -> None:
    """Raise ValueError or TypeError for what no row can hold.

    That is: NaN or infinite numbers, numbers too large for their column, negative widths and
    heights, text that isn't Unicode, attrs that JSON can't hold, and wrong types.
    """
    if not isinstance(observation, Observation):
        raise TypeError(f"an Observation was wanted, not {type(observation).__name__}")
    for name in ("score", "x", "y", "w", "h"):
        _check_number(name, getattr(observation, name), _FLOAT32_MAX)
    _check_number("value", observation.value, math.inf)
    for name in ("w", "h"):
        size = getattr(observation, name)
        if size is not None and size < 0:
            raise ValueError(f"{name} is negative: {size!r}")
    for name in ("label", "text"):
        _check_text(name, getattr(observation, name))
    track_id = observation.track_id
    if track_id is not None:
        if not isinstance(track_id, Integral) or isinstance(track_id, bool):
            raise TypeError(f"track_id must be an integer, not {track_id!r}")
        if abs(int(track_id)) > _INT64_MAX:
            raise ValueError(f"track_id does not fit in 64 bits: {track_id!r}")
    encode_attrs(observation.attrs)


def encode_attrs(attrs: Mapping[str, Any] | None) -> str | None:
    """Return attrs as JSON with sorted keys; raises ValueError or TypeError where JSON can't."""
    if attrs is None:
        return None
    if not isinstance(attrs, Mapping):
        raise TypeError(f"attrs must be a mapping, not {type(attrs).__name__}")
    encoded = json.dumps(dict(attrs), sort_keys=True, allow_nan=False, ensure_ascii=False)
    _check_text("attrs", encoded)
    return encoded


def _check_number(name: str, number: object, largest: float) -> None:
    if number is None:
        return
    if not isinstance(number, Real) or isinstance(number, bool):
        raise TypeError(f"{name} must be a number, not {number!r}")
    # Written so that NaN, which compares false with everything, fails too.
    if not abs(float(number)) <= largest or math.isinf(number):
        raise ValueError(f"{name} is not a finite number that its column can hold: {number!r}")


def _check_text(name: str, text: object) -> None:
    if text is None:
        return
    if not isinstance(text, str):
        raise TypeError(f"{name} must be text, not {text!r}")
    text.encode()  # a lone surrogate is no Unicode text: UnicodeEncodeError is a ValueError
