"""What a service refuses, each with a message that tells the user what to do."""

from __future__ import annotations

from videojobs_ext.jobs.model import JobStatus


class LimitExceeded(Exception):
    """A request that is over one of the configured limits; ``limit`` is the limit's name."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit


class NotCompleted(Exception):
    """The results of a job that isn't completed were asked for."""

    def __init__(self, status: JobStatus) -> None:
        super().__init__(f"The job has no results: it is {status}, not completed.")
        self.status = status


class NotThere(Exception):
    """A file that the job doesn't have, or doesn't have yet."""


class UnknownFormat(Exception):
    """No export has that name."""


class UnknownUpload(Exception):
    """There is no such upload, or it is another user's."""


class UploadExpired(Exception):
    """The upload's bytes are gone: it was left unfinished, or unsubmitted, for too long."""


class UploadUnfinished(Exception):
    """An upload was submitted of which bytes are missing."""


class WrongOffset(Exception):
    """Bytes were sent for another place than the upload's end."""


class UploadBusy(Exception):
    """The upload is being sent by somebody else just now."""


class ChecksumMismatch(Exception):
    """Bytes came that have another checksum than the client said; they were dropped."""


class Stopping(Exception):
    """The server is stopping and takes nothing in any more."""
