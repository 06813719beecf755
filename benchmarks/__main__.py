"""Run the benchmarks: ``python -m benchmarks [WHAT]``; ``--help`` lists what there is."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks import annotated, inference, scaling, server, throughput, uploads
from benchmarks.ratio import Ratio, table_of

#: What ``throughput`` is made of, each by itself.
PARTS = ("jobs", "inference", "scaling", "annotated")


def main() -> None:
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    choices = ["all", "throughput", *PARTS, "server", "uploads"]
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
    folder, seconds, rounds = options.folder, options.seconds, options.rounds
    ratios: list[Ratio] = []
    if options.what in ("all", "throughput", "jobs"):
        ratios += throughput.run(folder, seconds=seconds, rounds=rounds, console=console)
    if options.what in ("all", "throughput", "inference"):
        ratios += inference.run(folder, rounds=rounds, console=console)
    if options.what in ("all", "throughput", "scaling"):
        ratios += scaling.run(folder, seconds=seconds, rounds=rounds, console=console)
    if options.what in ("all", "throughput", "annotated"):
        ratios += annotated.run(folder, seconds=seconds, rounds=rounds, console=console)
    if ratios:
        console.print(table_of(ratios))
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
