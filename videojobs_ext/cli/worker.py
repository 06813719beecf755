"""``worker``: the daemon that works on the jobs of a shared database, without a server."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from dataclasses import replace
from types import FrameType

from videojobs_ext.cli.arguments import Subparsers, add_command
from videojobs_ext.cli.configuration import load_settings
from videojobs_ext.cli.console import CommandFailed, ExitCode, notice
from videojobs_ext.cli.database import shown_url


def add_commands(commands: Subparsers) -> None:
    """Add worker."""
    add_command(
        commands,
        "worker",
        _worker,
        does="work on queued jobs until stopped; Ctrl-C or SIGTERM hands back what is in hand",
        examples="""\
  jupyter videojobs worker --VideoJobs.db_url=sqlite:////srv/videojobs/jobs.sqlite
  jupyter videojobs worker --config=/etc/jupyter/jupyter_server_config.py

  The Jupyter server then gets the same db_url and storage_url, and
  c.VideoJobs.start_worker = False. A DuckDB file serves one process only: with it, the
  daemon works while no server runs.""",
        configurable=True,
    )


def _worker(arguments: argparse.Namespace) -> int:
    from videojobs_ext.jobs.errors import DatabaseLocked, DatabaseUnavailable  # noqa: PLC0415
    from videojobs_ext.services.services import Services  # noqa: PLC0415

    settings = replace(load_settings(arguments.configuration), start_worker=True)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    asked = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    services = Services(settings)
    try:
        services.start()
    except (DatabaseLocked, DatabaseUnavailable) as error:
        raise CommandFailed(str(error)) from error
    notice(f"Working on the jobs of {shown_url(settings.db_url)}; Ctrl-C stops.")
    try:
        asked.wait()
    finally:
        services.stop()
    notice("Stopped; unfinished jobs are back in the queue.")
    return ExitCode.DONE
