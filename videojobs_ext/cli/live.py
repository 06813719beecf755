"""Live progress in a terminal."""

from __future__ import annotations

from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
)
from rich.table import Column

from videojobs_ext.cli.console import err
from videojobs_ext.client.progress import describe
from videojobs_ext.client.rest import PATIENCE, Client
from videojobs_ext.client.shapes import JobStatus
from videojobs_ext.client.watching import Seen


def frames_bar() -> Progress:
    """Return a bar over frames, with a free text ``about`` behind it."""
    return Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}", table_column=Column(max_width=24, no_wrap=True)),
        BarColumn(bar_width=20),
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
    words = escape(describe(status))
    total = status["frames_total"]
    done = status["frames_done"]
    if status["status"] == "completed":
        total = done = total or 1
    bar.update(
        task,
        description=escape(status["name"] or status["input_name"]),
        total=total,
        completed=done,
        frames=frames_text(status["frames_done"], status["frames_total"]),
        about=f"[red]{words}" if status["status"] == "failed" else words,
    )


def frames_text(done: int, total: int | None) -> str:
    """Return ``120/500``, or nothing as long as the total is not known."""
    return "" if total is None else f"{done:,}/{total:,}"
