"""Follow one job until it ends, also over a restart of the server."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from videojobs_ext.client.errors import ServerTrouble, ServerUnreachable
from videojobs_ext.client.shapes import TERMINAL, JobStatus

#: Seconds between two looks at a job: short at first, so that a short job ends at once.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0


@dataclass(frozen=True)
class Seen:
    """One look at a job: its last known status, and for how long the server has been away."""

    status: JobStatus | None
    away: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether the job was seen with a status that is final."""
        return not self.away and self.status is not None and self.status["status"] in TERMINAL


class Watch:
    """Looks at one job; who looks, sleeps ``pause()`` seconds between two looks.

    A server that does not answer, or whose database is away (503), may be so for ``patience``
    seconds; then its error is raised. ``find_again`` is called while it is away, to find a server
    that has come back at another address.
    """

    def __init__(
        self, ask: Callable[[], JobStatus], *, patience: float, find_again: Callable[[], None]
    ) -> None:
        self._ask = ask
        self._patience = patience
        self._find_again = find_again
        self._last: JobStatus | None = None
        self._gone_since: float | None = None
        self._pause = _FIRST_PAUSE

    def look(self) -> Seen:
        """Look once; blocks for one request."""
        if self._gone_since is not None:
            self._find_again()
        try:
            self._last = self._ask()
        except (ServerUnreachable, ServerTrouble) as error:
            if isinstance(error, ServerTrouble) and error.status != 503:
                raise
            now = time.monotonic()
            self._gone_since = now if self._gone_since is None else self._gone_since
            if now - self._gone_since >= self._patience:
                raise
            return Seen(self._last, away=max(now - self._gone_since, 0.001))
        self._gone_since = None
        return Seen(self._last)

    def pause(self) -> float:
        """Return the seconds until the next look."""
        pause = self._pause
        self._pause = min(pause * 1.3, _LONGEST_PAUSE)
        return pause
