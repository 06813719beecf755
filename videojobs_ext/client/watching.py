"""Follow one job until it ends, also over a restart of the server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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


def watch(
    look: Callable[[], JobStatus], *, patience: float, look_again: Callable[[], None]
) -> Iterator[Seen]:
    """Yield looks at a job until its status is terminal; that one is the last.

    A server that does not answer, or whose database is away (503), is asked again for
    ``patience`` seconds; then its error is raised. ``look_again`` is called while it is away,
    to find a server that has come back at another address.
    """
    pause = _FIRST_PAUSE
    last: JobStatus | None = None
    gone_since: float | None = None
    while True:
        try:
            last = look()
        except (ServerUnreachable, ServerTrouble) as error:
            if isinstance(error, ServerTrouble) and error.status != 503:
                raise
            now = time.monotonic()
            gone_since = now if gone_since is None else gone_since
            if now - gone_since >= patience:
                raise
            yield Seen(last, away=max(now - gone_since, 0.001))
            look_again()
        else:
            gone_since = None
            yield Seen(last)
            if last["status"] in TERMINAL:
                return
        time.sleep(pause)
        pause = min(pause * 1.3, _LONGEST_PAUSE)
