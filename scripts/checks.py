"""What a checking script says: one line a point, and an exit code for all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class Failed(Exception):
    """A point does not hold, and what comes after it can't be checked without."""


class Checks:
    """Counts what holds and what does not; every point is one line on stdout."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def that(self, point: str, holds: bool, found: object = "") -> bool:
        """Check one point; ``found`` is printed where it does not hold."""
        if holds:
            self.passed += 1
            self._say(f"pass  {point}")
        else:
            self.failed += 1
            self._say(f"FAIL  {point}: {found}" if found != "" else f"FAIL  {point}")
        return holds

    def must(self, point: str, holds: bool, found: object = "") -> None:
        """Check a point that the rest stands on; raises Failed."""
        if not self.that(point, holds, found):
            raise Failed

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        """Check a group of points; one that breaks off ends the group, not the script."""
        self._say(f"\n{what}")
        try:
            yield
        except Failed:
            self._say("      the rest of this group was not checked")

    def end(self) -> int:
        """Print the sum and return the exit code: 0 when every point holds, else 1."""
        self._say(f"\n{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0

    @staticmethod
    def _say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
