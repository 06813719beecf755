"""What can go wrong between a notebook and its server, each with what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from videojobs_ext.client.shapes import JobStatus


class VideoJobsError(Exception):
    """Base of everything that this client raises on its own account."""


class ServerNotFound(VideoJobsError):
    """No Jupyter server was found, or more than one and nothing says which."""


class ServerUnreachable(VideoJobsError):
    """The server is known but does not answer (stopped, restarting, wrong port)."""


class ExtensionMissing(VideoJobsError):
    """A Jupyter server answers, but it does not know videojobs."""


class MissingPackage(VideoJobsError):
    """A package that this call needs is not installed in this environment."""


class QueryRefused(VideoJobsError):
    """A query that DuckDB can't run; the message says where, and proposes the nearest name."""


class ServerRefused(VideoJobsError):
    """The server answered with an error.

    ``status`` is the HTTP status, ``reason`` the server's short word for it, and ``field`` the
    part of the request that it is about, where there is one.
    """

    def __init__(
        self, message: str, *, status: int, reason: str | None = None, field: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.field = field


class NotAuthorized(ServerRefused):
    """The token is missing or wrong, or the user may not do this (401, 403)."""


class BadRequest(ServerRefused):
    """The file or a parameter is not acceptable (400, 406, 415, 422); ``field`` names it."""


class NotFound(ServerRefused):
    """No such job, pipeline, artifact, upload or file (404), or no longer (410)."""


class NotReady(ServerRefused):
    """The job exists but has no results: it is pending, running or failed (404 on results)."""


class WrongStatus(ServerRefused):
    """The job's status forbids this, such as deleting one that runs (409)."""


class OverLimit(ServerRefused):
    """The video is larger, longer or has more pixels than the server accepts (413)."""


class ServerTrouble(ServerRefused):
    """The server can't do it now: database away (503), disk full (507), or an error (500)."""


class JobFailed(VideoJobsError):
    """The job that was waited for ended failed; ``status`` is its last status."""

    def __init__(self, message: str, status: JobStatus) -> None:
        super().__init__(message)
        self.status = status


class WaitTimeout(VideoJobsError):
    """The job is not done after the time given to ``wait``; it goes on running."""
