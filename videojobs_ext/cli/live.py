"""Live progress in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TransferSpeedColumn,
)

from videojobs_ext.cli.console import err
from videojobs_ext.client.progress import describe
from videojobs_ext.client.rest import PATIENCE, Client
from videojobs_ext.client.shapes import JobStatus
from videojobs_ext.client.watching import Seen


def frames_bar() -> Progress:
    """Return a bar over frames, with a free text ``about`` behind it."""
    return Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=32),
        TaskProgressColumn(),
        TextColumn("[dim]{task.fields[frames]}"),
        TextColumn("{task.fields[about]}"),
        console=err(),
    )


def follow(client: Client, job_id: str, *, patience: float = PATIENCE) -> JobStatus:
    """Show a job's progress until it is completed or failed; return its last status."""
    last: JobStatus | None = None
    with frames_bar() as bar:
        task = bar.add_task(job_id[:8], total=None, frames="", about="")
        for seen in client.watch(job_id, patience=patience):
            last = seen.status or last
            _draw(bar, task, seen)
    if last is None:
        raise AssertionError("watch() ends with a status")
    return last


def _draw(bar: Progress, task: TaskID, seen: Seen) -> None:
    if seen.away:
        bar.update(task, about=f"[yellow]the server is away for {seen.away:.0f} s, trying again")
        return
    status = seen.status
    if status is None:
        return
    total = status["frames_total"]
    done = status["frames_done"]
    if status["status"] == "completed":
        total = done = total or 1
    bar.update(
        task,
        description=status["name"] or status["input_name"],
        total=total,
        completed=done,
        frames=frames_text(status["frames_done"], status["frames_total"]),
        about=f"[red]{describe(status)}" if status["status"] == "failed" else describe(status),
    )


def frames_text(done: int, total: int | None) -> str:
    """Return ``120 of 500 frames``, as far as it is known."""
    return "" if total is None else f"{done:,} of {total:,} frames"


@contextmanager
def bytes_bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar over bytes; the function that it gives hears how many more have gone."""
    with Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn(title, markup=False),
        BarColumn(bar_width=32),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        console=err(),
    ) as bar:
        task = bar.add_task(title, total=total)
        yield lambda more: bar.advance(task, more)
