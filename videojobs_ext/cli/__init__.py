"""The command line: ``jupyter videojobs <command>``.

Exit codes: 0 done · 1 the job failed, or the command could not do its work · 2 the command line
is wrong · 3 no server was found, or it does not let us in · 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; ``arguments`` are those of this process."""
    from videojobs_ext.cli.application import run  # noqa: PLC0415

    return run(arguments)
