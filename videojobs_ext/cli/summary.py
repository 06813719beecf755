"""What the rows of a job say, for people: cuts with their times, motion as a curve, counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from videojobs_ext.cli.console import moment

#: The label of the rows that stand on the first frame of a new shot.
CUT = "cut"

_BLOCKS = "▁▂▃▄▅▆▇█"

#: Characters of a curve, and cuts listed before the rest is only counted.
_CURVE, _MOST_CUTS = 20, 30


@dataclass(frozen=True, eq=False)
class Columns:
    """The rows' columns that a summary looks at, all of one length, in the order of the rows."""

    step: npt.NDArray[np.object_]
    label: npt.NDArray[np.object_]
    frame: npt.NDArray[np.int64]
    time: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]

    @classmethod
    def of(cls, rows: pa.Table) -> Columns:
        """Take the columns of a table of rows; a missing label is empty, a missing value NaN."""
        # Straight from dictionary to numpy, pyarrow gives a missing label the last word's name.
        label = rows["label"].cast(pa.string()).to_numpy()
        return cls(
            step=rows["step"].cast(pa.string()).to_numpy(),
            label=np.where(label == None, "", label),  # noqa: E711 - element by element
            frame=rows["frame_index"].to_numpy(),
            time=rows["time"].to_numpy(),
            value=rows["value"].to_numpy(),
        )

    def where(self, chosen: npt.NDArray[np.bool_]) -> Columns:
        """Return the chosen rows."""
        return Columns(
            self.step[chosen],
            self.label[chosen],
            self.frame[chosen],
            self.time[chosen],
            self.value[chosen],
        )

    def cuts(self) -> list[tuple[int, float]]:
        """Return frame number and time in seconds of every cut, in order."""
        chosen = self.label == CUT
        return list(zip(self.frame[chosen].tolist(), self.time[chosen].tolist(), strict=True))

    def measured(self, step: str) -> Columns:
        """Return the rows of a step that carry a value."""
        return self.where((self.step == step) & ~np.isnan(self.value))

    def __len__(self) -> int:
        return len(self.step)


def print_summary(console: Console, table: pa.Table) -> None:
    """Print the cuts, then one line for each kind of row of each step."""
    rows = Columns.of(table)
    if len(rows) == 0:
        console.print("Nothing was found.")
        return
    cuts = rows.cuts()
    if cuts:
        _print_cuts(console, cuts)
    lines = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("step", "row", "rows", "mean", "most", "at", "over the video"):
        justify: Literal["left", "right"] = (
            "right" if column in {"rows", "mean", "most"} else "left"
        )
        lines.add_column(column, justify=justify, no_wrap=True)
    for line in _lines(rows):
        lines.add_row(*line)
    if lines.row_count:
        console.print(lines)


def curve(
    times: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    length: int,
    *,
    top: float | None = None,
) -> str:
    """Draw values over time as ``length`` blocks; a blank where there is no value.

    A full block stands for ``top``, or else for the largest mean.
    """
    if len(values) == 0:
        return ""
    start, end = float(times.min()), float(times.max())
    width = (end - start) or 1.0
    places = np.minimum(((times - start) / width * length).astype(np.int64), length - 1)
    sums = np.bincount(places, weights=values, minlength=length)
    counts = np.bincount(places, minlength=length)
    means = np.divide(sums, counts, out=np.full(length, np.nan), where=counts > 0)
    low, high = min(0.0, float(np.nanmin(means))), float(np.nanmax(means)) if top is None else top
    scale = (high - low) or 1.0
    return "".join(
        " " if np.isnan(mean) else _BLOCKS[min(int((mean - low) / scale * 8), 7)] for mean in means
    )


def _print_cuts(console: Console, cuts: Sequence[tuple[int, float]]) -> None:
    console.print(f"[bold]{len(cuts)} cuts[/], at the first frame of each new shot:")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("frame", justify="right")
    table.add_column("time", justify="right")
    for frame, time in cuts[:_MOST_CUTS]:
        table.add_row(f"{frame:,}", moment(time))
    console.print(table)
    if len(cuts) > _MOST_CUTS:
        console.print(f"[dim]… and {len(cuts) - _MOST_CUTS:,} more[/]")
    console.print()


def _lines(rows: Columns) -> Iterator[tuple[str, ...]]:
    """Yield a table line for each step and label, cuts left out."""
    for step, label in dict.fromkeys(zip(rows.step.tolist(), rows.label.tolist(), strict=True)):
        if label != CUT:
            these = rows.where((rows.step == step) & (rows.label == label))
            yield (escape(step), escape(label), f"{len(these):,}", *_measured(these))


def _measured(rows: Columns) -> tuple[str, str, str, str]:
    """Return mean, maximum, the maximum's time and the curve of ``value``, or the rows' density."""
    there = rows.where(~np.isnan(rows.value))
    if len(there) == 0:
        return "", "", "", curve(rows.time, np.ones(len(rows)), _CURVE) if len(rows) > 1 else ""
    most = int(np.argmax(there.value))
    return (
        _short(there.value.mean()),
        _short(there.value[most]),
        moment(float(there.time[most])),
        curve(there.time, there.value, _CURVE),
    )


def _short(value: float) -> str:
    """Return a number with three digits that count, without an exponent for large ones."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
