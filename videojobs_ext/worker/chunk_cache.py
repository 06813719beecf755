"""Keeps the cache of chunks below its limit, the longest unused ones first."""

from __future__ import annotations

from pathlib import Path


def evict(folder: Path, limit: int) -> int:
    """Remove the least recently used chunks below ``folder`` until ``limit`` bytes are left.

    A chunk's last use is its file's modification time, which reuse renews. Returns how many bytes
    were freed. Jobs keep their own (hard-linked) parts, so no result is lost.
    """
    files = []
    for path in folder.rglob("*.parquet"):
        status = path.stat()
        files.append((status.st_mtime, status.st_size, path))
    excess = sum(size for _, size, _ in files) - limit
    freed = 0
    for _, size, path in sorted(files):
        if freed >= excess:
            break
        path.unlink(missing_ok=True)
        freed += size
    return freed
