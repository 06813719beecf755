"""``demo``: from a film to findings, over a real server that is started and stopped here."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.table import Table

from videojobs_ext.cli.arguments import Subparsers, add_command
from videojobs_ext.cli.console import CommandFailed, ExitCode, err, moment, notice, out

if TYPE_CHECKING:
    import pyarrow as pa

    from videojobs_ext.client.rest import Client

#: Where the demo works, in the current folder.
FOLDER = Path("videojobs-demo")


def add_commands(commands: Subparsers) -> None:
    """Add demo."""
    parser = add_command(
        commands,
        "demo",
        _demo,
        does="see it work: a film, a real server, live progress, findings",
        examples="""\
  jupyter videojobs demo
  jupyter videojobs demo --video holiday.mp4
  jupyter videojobs demo --keep     leave the server running and print its address""",
        configurable=True,
    )
    parser.add_argument("--video", metavar="FILE", type=Path, help="your own video, not our film")
    parser.add_argument(
        "--pipeline", "-p", metavar="ID", default="quicklook", help="which pipeline (quicklook)"
    )
    parser.add_argument("--keep", action="store_true", help="leave the server running")


def _demo(arguments: argparse.Namespace) -> int:
    from videojobs_ext.demo.server import DemoServer  # noqa: PLC0415

    # An end from outside must stop the server too, as Ctrl-C does.
    signal.signal(signal.SIGTERM, _interrupt)
    folder = FOLDER.resolve()
    folder.mkdir(exist_ok=True)
    video = _film(folder) if arguments.video is None else arguments.video.expanduser()
    if not video.is_file():
        raise CommandFailed(f"There is no file {video}.")
    server = DemoServer(folder, arguments.configuration)
    kept = False
    try:
        with err().status("starting a Jupyter server…"):
            client = server.start()
        notice(f"A Jupyter server runs at {server.url} (log: {_shown(server.log)})")
        with client:
            code = _show(client, video, arguments.pipeline, folder, known=arguments.video is None)
        kept = arguments.keep
    finally:
        if not kept:
            with err().status("stopping the server…"):
                clean = server.stop()
            notice("The server is stopped." if clean else "The server had to be killed.")
    if kept:
        _print_address(server.url, server.token, server.port)
    return code


def _film(folder: Path) -> Path:
    """Make the demo's film, with a bar."""
    from videojobs_ext.demo.film import CUTS, make_film  # noqa: PLC0415

    path = folder / "film.mp4"
    with Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("making a film"),
        BarColumn(bar_width=32),
        TaskProgressColumn(),
        console=err(),
    ) as bar:
        task = bar.add_task("film", total=None)
        make_film(path, lambda done, total: bar.update(task, completed=done, total=total))
    notice(f"{_shown(path)}: 20 s, 960×540, 6 shots; cuts at frames {_listed(CUTS)}")
    return path


def _show(client: Client, video: Path, pipeline: str, folder: Path, *, known: bool) -> int:
    """Submit, follow, and print what was found; return how well it went."""
    from videojobs_ext.cli.live import follow  # noqa: PLC0415
    from videojobs_ext.cli.summary import print_summary  # noqa: PLC0415

    job_id = client.submit(video, pipeline, upload=True, progress=sys.stderr.isatty())
    notice(f"Submitted over REST as job {job_id}; it would go on without us.")
    try:
        status = follow(client, job_id)
    except KeyboardInterrupt:
        client.cancel(job_id)
        raise
    if status["status"] != "completed":
        raise CommandFailed(status["error_message"] or f"The job {status['failure_reason']}.")
    rows = client.table(job_id)
    out().print()
    right = True
    if known and pipeline in {"quicklook", "scene_cuts", "motion"}:
        right = _compare(rows)
    else:
        print_summary(out(), rows)
    for warning in status["warnings"]:
        out().print(f"[yellow]warning[/] {escape(warning)}")
    saved = [
        (client.download(job_id, artifact["name"], folder), artifact["media_type"])
        for artifact in client.artifacts(job_id)
    ]
    table = client.export(job_id, "csv", folder / "rows.csv")
    out().print()
    for path, media_type in saved:
        if media_type.startswith("image/"):
            out().print(f"Pictures: [bold]{escape(_shown(path))}[/]")
    out().print(f"All rows: [bold]{escape(_shown(table))}[/] ({len(rows):,} of them)")
    out().print(f"Its job:  [bold]{escape(_shown(folder / 'videojobs'))}[/]")
    return ExitCode.DONE if right else ExitCode.FAILED


def _compare(rows: pa.Table) -> bool:
    """Print what was found beside what is known of the film; return whether all cuts are right."""
    from videojobs_ext.cli.summary import Columns, curve  # noqa: PLC0415
    from videojobs_ext.demo.film import CUTS, SHOTS  # noqa: PLC0415

    columns = Columns.of(rows)
    found = {frame for frame, _ in columns.cuts()}
    looked_for_cuts = "cuts" in columns.step
    motion = columns.measured("motion")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("shot", "cut at", "found", "truth", "motion found", ""):
        table.add_column(column, no_wrap=True)
    # The first frame of a shot differs from the one before it by the cut, not by motion.
    shots = [
        motion.where((motion.frame > shot.first) & (motion.frame < shot.first + shot.frames))
        for shot in SHOTS
    ]
    most = max((float(here.value.mean()) for here in shots if len(here)), default=1.0)
    for shot, here in zip(SHOTS, shots, strict=True):
        cut, mark = "", ""
        if shot.first:
            mark = f"[green]{shot.first}[/]" if shot.first in found else "[bold red]missed[/]"
            cut = f"{shot.first} ({moment(shot.first / 25)})"
        table.add_row(
            shot.title,
            cut,
            mark if looked_for_cuts else "",
            "moves" if shot.moves else "still",
            f"{here.value.mean():.2%}" if len(here) else "",
            curve(here.time, here.value, 16, top=most),
        )
    out().print(table)
    if not looked_for_cuts:
        return True
    right = tuple(sorted(found)) == CUTS
    extra = sorted(found - set(CUTS))
    if extra:
        out().print(f"[bold red]Found where there is none:[/] {_listed(tuple(extra))}")
    if right:
        out().print(f"[green]All {len(CUTS)} cuts found, each on its exact frame, and no other.[/]")
    return right


def _print_address(url: str, token: str, port: int) -> None:
    out().print()
    out().print(f"The server goes on: {url}?token={token}", soft_wrap=True)
    out().print("Ask it: jupyter videojobs list", soft_wrap=True)
    out().print(f"Stop it: jupyter server stop {port}", soft_wrap=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _shown(path: Path) -> str:
    """Return a path as short as it can be said from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _listed(frames: tuple[int, ...]) -> str:
    return ", ".join(str(frame) for frame in frames)
