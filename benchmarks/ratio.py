"""Ratios: what is measured against what, and how much is wanted of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Ratio:
    """A figure beside its target, measured once in each round.

    ``at_least`` and ``at_most`` are what is wanted; the median counts, as the load of a machine
    comes and goes. Of ratios of times, ``fastest`` is that of the fastest rounds of both.
    """

    what: str
    rounds: Sequence[float]
    at_least: float | None = None
    at_most: float | None = None
    fastest: float | None = None

    @classmethod
    def of_times(
        cls, what: str, ours: Sequence[float], theirs: Sequence[float], at_least: float
    ) -> Ratio:
        """Return how many times as fast ours is, given the seconds of each round."""
        rounds = [their / our for our, their in zip(ours, theirs, strict=True)]
        return cls(what, rounds, at_least, fastest=min(theirs) / min(ours))

    @property
    def median(self) -> float:
        """Return the figure that counts."""
        return statistics.median(self.rounds)

    @property
    def reached(self) -> bool:
        """Tell whether it is what is wanted."""
        low = self.at_least is None or self.median >= self.at_least
        return low and (self.at_most is None or self.median <= self.at_most)

    @property
    def target(self) -> str:
        """Return what is wanted, in words."""
        low, high = self.at_least, self.at_most
        if low is not None and high is not None:
            return f"{low:g} to {high:g}"
        return f"≥ {low:g}" if low is not None else f"< {high:g}"


def table_of(ratios: Iterable[Ratio]) -> Table:
    """Return a table of all ratios with their targets."""
    table = Table("ratio", "median", "fastest", "target", "")
    for one in ratios:
        fastest = "" if one.fastest is None else f"{one.fastest:.2f}"
        reached = "reached" if one.reached else "missed"
        table.add_row(one.what, f"{one.median:.2f}", fastest, one.target, reached)
    return table
