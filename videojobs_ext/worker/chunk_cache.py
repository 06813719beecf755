"""The cache of chunks: what a step said about a chunk of a video, whatever job asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.layout import cache_key
from videojobs_ext.video.chunks import Chunk


@dataclass(frozen=True)
class ChunkCache:
    """The rows of one video's chunks, a file for each step.

    ``fingerprints`` are those of the steps by id (``Plan.step_fingerprints``), so changing one step
    leaves the rows of all others good.
    """

    storage: StorageService
    sha256: str
    fingerprints: Mapping[str, str]

    def find(self, chunk: Chunk) -> dict[str, Path]:
        """Return the files that are there for a chunk, by step id."""
        found = {}
        for step_id, fingerprint in self.fingerprints.items():
            key = self._key(fingerprint, chunk)
            if self.storage.exists(key):
                found[step_id] = self.storage.local_path(key)
                found[step_id].touch()  # when it was used last, for `evict`
        return found

    def keep(self, chunk: Chunk, files: Mapping[str, Path]) -> None:
        """Take over the files of steps that were computed for a chunk."""
        for step_id, path in files.items():
            self.storage.put(path, self._key(self.fingerprints[step_id], chunk))

    def link(self, chunk: Chunk, part: str) -> None:
        """Keep a job's part (its storage key) as the rows of the only step of its pipeline."""
        (fingerprint,) = self.fingerprints.values()
        self.storage.copy(part, self._key(fingerprint, chunk))

    def names(self, chunk: Chunk, folder: Path) -> dict[str, Path]:
        """Return where in ``folder`` a child leaves the rows of each step, for ``keep``."""
        return {
            step_id: folder / f"step-{step_id}-{chunk.number:05d}.parquet"
            for step_id in self.fingerprints
        }

    def _key(self, fingerprint: str, chunk: Chunk) -> str:
        return cache_key(fingerprint, self.sha256, f"{chunk.first}-{chunk.stop}")


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
