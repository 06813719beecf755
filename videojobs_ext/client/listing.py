"""What the server lists, as plain lists of dicts that a notebook shows as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from videojobs_ext.client.progress import describe
from videojobs_ext.client.shapes import ArtifactInfo, FrameResult, JobStatus, PipelineInfo, StepInfo

if TYPE_CHECKING:
    from IPython.lib.pretty import RepresentationPrinter

Row = TypeVar("Row")

#: Colours that can be read on white and on black; words stand beside them.
_COLORS = {"completed": "#2f9e44", "running": "#3b82f6", "failed": "#e03131", "pending": "#868e96"}

_TABLE = "border-collapse:collapse;font-size:0.92em"
_CELL = (
    "text-align:left;vertical-align:top;padding:0.2em 0.9em 0.2em 0;"
    "border-bottom:1px solid rgba(128,128,128,0.3);background:none"
)
_MONO = "font-family:monospace"


class Text(str):
    """A text that a notebook shows line by line, not as a string in quotes."""

    __slots__ = ()

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        put_text(printer, "…" if cycle else str(self))


@dataclass(frozen=True)
class Cell:
    """A word or two in a table; ``hint`` shows under the mouse, ``color`` marks a dot before it."""

    text: str
    hint: str = ""
    color: str = ""
    mono: bool = False


class Listing(list[Row], Generic[Row]):
    """A list that shows itself as a table: in a notebook as HTML, in IPython as text."""

    NOTHING = "nothing"
    HEAD: Sequence[str] = ()
    #: Rows that are shown; the list holds all of them.
    MOST = 200

    def cells(self, row: Row) -> Sequence[Cell]:
        """Return what the table shows of one row, a cell for each word of ``HEAD``."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        if not self:
            return f"<em>{self.NOTHING}</em>"
        table = html_table(self.HEAD, (self.cells(row) for row in self[: self.MOST]))
        return table + (f"<em>{self._more()}</em>" if self._more() else "")

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        put_text(printer, "…" if cycle else self.text())

    def text(self) -> str:
        """Return the table as text."""
        if not self:
            return self.NOTHING
        table = text_table(self.HEAD, (self.cells(row) for row in self[: self.MOST]))
        return "\n".join(filter(None, (table, self._more())))

    def _more(self) -> str:
        return f"and {len(self) - self.MOST:,} more" if len(self) > self.MOST else ""


class JobList(Listing[JobStatus]):
    """Jobs: where each stands, its video and pipeline, when it was submitted."""

    NOTHING = "no jobs"
    HEAD = ("status", "video", "pipeline", "frames", "submitted", "job_id")

    def cells(self, row: JobStatus) -> Sequence[Cell]:
        """Return one job's cells; the job_id is shortened to what magics understand."""
        total = row["frames_total"]
        frames = f"{row['frames_done']}" if total is None else f"{row['frames_done']}/{total}"
        return (
            status_cell(row),
            Cell(row["name"] or row["input_name"], hint=row["input_name"]),
            Cell(row["pipeline_id"]),
            Cell(frames),
            Cell(moment(row["created_at"])),
            Cell(row["job_id"][:8], hint=row["job_id"], mono=True),
        )


class PipelineList(Listing[PipelineInfo]):
    """Pipelines: what each is for and which steps it has."""

    NOTHING = "no pipelines"
    HEAD = ("id", "title", "steps", "from")

    def cells(self, row: PipelineInfo) -> Sequence[Cell]:
        """Return one pipeline's cells."""
        problem = row.get("problem")
        title = f"can't run: {problem}" if problem else row["title"]
        return (
            Cell(row["id"], mono=True),
            Cell(title, hint=row["description"]),
            Cell(" → ".join(step["id"] for step in row["steps"])),
            Cell("videojobs" if row["built_in"] else "you"),
        )


class StepList(Listing[StepInfo]):
    """Steps: what each says, and what it needs where it is not installed."""

    NOTHING = "no steps"
    HEAD = ("name", "title", "kind", "parameters", "installed")

    def cells(self, row: StepInfo) -> Sequence[Cell]:
        """Return one step's cells."""
        installed = "yes" if row["installed"] else f'pip install "videojobs_ext[{row["extra"]}]"'
        return (
            Cell(row["name"], mono=True),
            Cell(row["title"], hint=row["description"]),
            Cell(row["kind"]),
            Cell(", ".join(row["schema"].get("properties", {}))),
            Cell(installed),
        )


class ArtifactList(Listing[ArtifactInfo]):
    """Files that a job made."""

    NOTHING = "no artifacts"
    HEAD = ("name", "size", "type")

    def cells(self, row: ArtifactInfo) -> Sequence[Cell]:
        """Return one file's cells."""
        return Cell(row["name"], mono=True), Cell(size(row["size"])), Cell(row["media_type"])


class FrameResults(Listing[FrameResult]):
    """Results frame by frame; of many the first are shown."""

    NOTHING = "no frames"
    HEAD = ("frame", "time", "step", "found")
    MOST = 10

    def cells(self, row: FrameResult) -> Sequence[Cell]:
        """Return one frame's cells: each step with its first observations."""
        found = [
            " · ".join(observation_words(each) for each in observations[:3])
            + (f" and {len(observations) - 3} more" if len(observations) > 3 else "")
            for observations in row["result"].values()
        ]
        return (
            Cell(str(row["frame_index"])),
            Cell(f"{row['time']:.2f} s"),
            Cell(", ".join(row["result"])),
            Cell("; ".join(found)),
        )


class Status(dict[str, object]):
    """A job's status: a plain dict that a notebook shows as one line of a table."""

    def _repr_html_(self) -> str:
        return JobList([self])._repr_html_()  # type: ignore[list-item]

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        put_text(printer, "…" if cycle else JobList([self]).text())  # type: ignore[list-item]


def put_text(printer: RepresentationPrinter, text: str) -> None:
    """Hand text to IPython as it is, line breaks included."""
    printer.text(text)  # type: ignore[no-untyped-call]


def observation_words(observation: Mapping[str, Any]) -> str:
    """Return one observation in a few words: ``car #3, score 0.91``."""
    words = [str(observation[key]) for key in ("label", "text") if key in observation]
    words += [f"#{observation['track_id']}"] if "track_id" in observation else []
    words += [f"{observation['value']:.3g}"] if "value" in observation else []
    score = [f"score {observation['score']:.2f}"] if "score" in observation else []
    return ", ".join([" ".join(words), *score] if words else score) or "box"


def status_cell(status: JobStatus) -> Cell:
    """Return where a job stands in a few words, with the colour of its status."""
    words, reason = status["status"], status["failure_reason"]
    if words == "running" or (words == "failed" and reason not in {None, "error"}):
        words = f"{words}: {describe(status)}"
    if words == "completed" and status["warnings"]:
        words = "completed, with warnings"
    hint = status["error_message"] or "; ".join(status["warnings"])
    return Cell(words, hint=hint, color=_COLORS.get(status["status"], ""))


def html_table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table in colours that any theme may stand behind."""
    top = "".join(f'<th style="{_CELL};font-weight:600">{escape(word)}</th>' for word in head)
    body = "".join(f"<tr>{''.join(_td(cell) for cell in row)}</tr>" for row in rows)
    header = f"<thead><tr>{top}</tr></thead>" if head else ""
    return f'<table style="{_TABLE}">{header}<tbody>{body}</tbody></table>'


def text_table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return the same as text, in columns."""
    lines = [list(head), *([cell.text for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def moment(iso: str) -> str:
    """Return a time as this machine's clock shows it."""
    return f"{datetime.fromisoformat(iso).astimezone():%Y-%m-%d %H:%M}"


def size(count: int) -> str:
    """Return a number of bytes as people write it."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def _td(cell: Cell) -> str:
    dot = f'<span aria-hidden="true" style="color:{cell.color}">●</span> ' if cell.color else ""
    hint = f' title="{escape(cell.hint)}"' if cell.hint else ""
    style = f"{_CELL};{_MONO}" if cell.mono else _CELL
    return f'<td style="{style}"{hint}>{dot}{escape(cell.text)}</td>'
