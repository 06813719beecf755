"""What can go wrong with storage, beyond a file that isn't there (FileNotFoundError)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

#: The disk, the user's quota, or the largest file that the file system or the process may write.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class StorageFull(Exception):
    """There is no room left for what was to be written; nothing half-written is left behind."""


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn the operating system's ways of saying "full" into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StorageFull(
            f"There is no room left to write to ({error.strerror}). Delete jobs or files that are "
            f"no longer needed, or set VideoJobs.data_dir to a larger disk."
        ) from error
