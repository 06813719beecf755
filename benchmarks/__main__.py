"""Run the benchmarks: ``python -m benchmarks [WHAT]``; ``--help`` lists what there is."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks import annotated, scaling, server, throughput, uploads


def main() -> None:
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    choices = ["all", "throughput", "scaling", "annotated", "server", "uploads"]
    parser.add_argument("what", nargs="?", default="all", choices=choices)
    parser.add_argument("--seconds", type=float, default=60, help="length of the clip")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each; the median counts")
    parser.add_argument("--gigabytes", type=float, default=1, help="size of an upload")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "videojobs-benchmarks",
        help="where the clip is made and kept",
    )
    options = parser.parse_args()
    console = Console()
    if options.what in ("all", "throughput"):
        throughput.run(
            options.folder, seconds=options.seconds, rounds=options.rounds, console=console
        )
    if options.what in ("all", "scaling"):
        scaling.run(options.folder, seconds=options.seconds, rounds=options.rounds, console=console)
    if options.what in ("all", "annotated"):
        annotated.run(
            options.folder, seconds=options.seconds, rounds=options.rounds, console=console
        )
    if options.what in ("all", "server"):
        server.run(
            options.folder, seconds=options.seconds, gigabytes=options.gigabytes, console=console
        )
    if options.what in ("all", "uploads"):
        uploads.run(
            options.folder, gigabytes=options.gigabytes, rounds=options.rounds, console=console
        )


if __name__ == "__main__":
    main()
