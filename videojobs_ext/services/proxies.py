"""Proxies: copies of videos that browsers play, made on demand, one at a time, in a child."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from videojobs_ext.engines.errors import ChildDied, EngineError, TaskCancelled
from videojobs_ext.engines.local import LocalEngine
from videojobs_ext.jobs.errors import UnknownJob
from videojobs_ext.services.errors import NotThere
from videojobs_ext.services.job_service import JobService
from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.errors import StorageFull
from videojobs_ext.storage.layout import job_key
from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.index import FrameIndex, read_frame_index
from videojobs_ext.video.playable import DiskAlmostFull, make_playable

#: The name of a job's proxy among its files.
PROXY = "proxy.mp4"

#: A proxy that takes longer is given up, in seconds.
TIMEOUT = 12 * 3600.0

#: Where the child says how far it is.
_PROGRESS = "progress.txt"


@dataclass(frozen=True)
class ProxyTask:
    """Which video to copy into which folder; ``index`` is its frame index where there is one."""

    source: Path
    index: Path | None
    folder: Path


@dataclass(frozen=True)
class ProxyView:
    """How things stand: ``state`` is none, waiting, running, ready or failed; size in bytes."""

    state: str
    fraction: float | None = None
    size: int | None = None
    message: str | None = None


class ProxyService:
    """Makes proxies; every method may be called from any thread, and blocks shortly.

    Each is made in a child process of its own, which ends with it. What is under way is known to
    this process alone: after a restart of the server it is asked for again.
    """

    def __init__(
        self, jobs: JobService, storage: StorageService, *, memory_limit: int | None = None
    ) -> None:
        self._jobs = jobs
        self._storage = storage
        self._memory_limit = memory_limit
        self._maker = ThreadPoolExecutor(1, "videojobs-proxy")
        self._lock = threading.Lock()
        self._making: dict[UUID, _Making] = {}

    def view(self, job_id: UUID) -> ProxyView:
        """Return how far a job's proxy is; raises UnknownJob."""
        self._jobs.get(job_id)
        key = job_key(job_id, PROXY)
        if self._storage.exists(key):
            return ProxyView("ready", 1.0, self._storage.size(key))
        with self._lock:
            making = self._making.get(job_id)
        return ProxyView("none") if making is None else making.view()

    def make(self, job_id: UUID) -> ProxyView:
        """Have a job's proxy made, unless it is there or under way.

        Raises UnknownJob, and NotThere when the video is gone.
        """
        view = self.view(job_id)
        if view.state in {"ready", "waiting", "running"}:
            return view
        source = self._jobs.video(job_id)
        with self._lock:
            making = self._making.get(job_id)
            if making is None or making.ended:
                making = _Making()
                self._making[job_id] = making
                self._maker.submit(self._run, job_id, source, making)
        return making.view()

    def drop(self, job_id: UUID) -> None:
        """Stop making a job's proxy, and remove the one that is there."""
        with self._lock:
            making = self._making.pop(job_id, None)
        if making is not None:
            making.cancel()
        self._storage.delete(job_key(job_id, PROXY))

    def file(self, job_id: UUID) -> Path:
        """Return the proxy; raises UnknownJob, and NotThere before it is made."""
        self._jobs.get(job_id)
        try:
            return self._storage.local_path(job_key(job_id, PROXY))
        except FileNotFoundError:
            raise NotThere("The job has no playable copy of its video yet.") from None

    def stop(self) -> None:
        """Give up what is under way; returns when the child is gone."""
        with self._lock:
            under_way = list(self._making.values())
        for making in under_way:
            making.cancel()
        self._maker.shutdown(cancel_futures=True)

    def _run(self, job_id: UUID, source: Path, making: _Making) -> None:
        """Make one proxy; runs in the maker's thread."""
        engine = LocalEngine(1, memory_limit=self._memory_limit)
        # Made and removed in this thread alone: the next of the same job comes after.
        folder = self._storage.scratch(f"proxies/{job_id}")
        try:
            made = making.run(engine, ProxyTask(source, self._index(job_id), folder))
            if made is not None:
                self._jobs.get(job_id)  # deleted in the meantime: nobody wants it any more
                self._storage.put(made, job_key(job_id, PROXY))
        except UnknownJob:
            pass
        except StorageFull as error:
            making.fail(str(error))
        finally:
            engine.stop()
            shutil.rmtree(folder, ignore_errors=True)
            making.ended = True
        with self._lock:
            if making.message is None and self._making.get(job_id) is making:
                del self._making[job_id]

    def _index(self, job_id: UUID) -> Path | None:
        with contextlib.suppress(FileNotFoundError):
            return self._storage.local_path(job_key(job_id, "frames.parquet"))
        return None


class _Making:
    """One proxy under way: read by any thread, driven by the maker's."""

    def __init__(self) -> None:
        self.message: str | None = None
        self.ended = False
        self._progress: Path | None = None
        self._cancelled = threading.Event()
        self._stop: Callable[[], None] | None = None
        self._lock = threading.Lock()

    def run(self, engine: LocalEngine, task: ProxyTask) -> Path | None:
        """Return the file that the child made; None where it was cancelled or has failed."""
        with self._lock:
            if self._cancelled.is_set():
                return None
            future: Future[Path] = engine.submit(run_proxy, task, timeout=TIMEOUT)
            self._stop = lambda: engine.cancel(future)
            self._progress = task.folder / _PROGRESS
        try:
            return future.result()
        except TaskCancelled:
            return None
        except ChildDied:
            self.fail("Decoding the video crashed: it is damaged.")
        except (BadVideo, DiskAlmostFull, EngineError) as error:
            self.fail(str(error))
        except Exception as error:  # noqa: BLE001 — whatever it was, the page must hear of it
            self.fail(f"The video could not be encoded: {error}")
        return None

    def fail(self, message: str) -> None:
        self.message = message

    def cancel(self) -> None:
        with self._lock:
            self._cancelled.set()
            if self._stop is not None:
                self._stop()

    def view(self) -> ProxyView:
        if self.message is not None:
            return ProxyView("failed", message=self.message)
        if self._progress is None:
            return ProxyView("waiting", 0.0)
        try:
            fraction = float(self._progress.read_text())
        except (FileNotFoundError, ValueError):
            fraction = 0.0
        return ProxyView("running", fraction)


def run_proxy(task: ProxyTask) -> Path:
    """Make one proxy; runs in the child."""
    said = task.folder / _PROGRESS
    target = task.folder / PROXY
    index = read_frame_index(task.source) if task.index is None else FrameIndex.load(task.index)
    make_playable(task.source, index, target, lambda done: _write(said, done))
    return target


def _write(path: Path, fraction: float) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(f"{fraction:.4f}")
    part.replace(path)
