"""The one object that holds the product together, whoever runs it: server, daemon or command."""

from __future__ import annotations

import contextlib
import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from videojobs_ext._version import __version__
from videojobs_ext.engines.local import LocalEngine
from videojobs_ext.jobs.errors import DatabaseUnavailable
from videojobs_ext.jobs.store import JobStore
from videojobs_ext.pipelines.chunk_run import warm_up
from videojobs_ext.pipelines.library import PipelineLibrary
from videojobs_ext.queues.memory import InMemoryQueueService
from videojobs_ext.services.estimation import EstimationService
from videojobs_ext.services.housekeeping import Housekeeping
from videojobs_ext.services.inspector import Inspector
from videojobs_ext.services.job_service import JobService
from videojobs_ext.services.proxies import ProxyService
from videojobs_ext.services.results_service import ResultsService
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.submission import SubmissionService
from videojobs_ext.services.uploads import UploadService
from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.errors import StorageFull
from videojobs_ext.storage.local import LocalStorageService
from videojobs_ext.storage.remote import FsspecStorageService
from videojobs_ext.worker.runner import JobRunner
from videojobs_ext.worker.worker import JobWorker

_log = logging.getLogger("videojobs")


@dataclass(frozen=True)
class Health:
    """Whether the product works: ``worker`` is "running", "idle", "dead" or "off"."""

    ok: bool
    worker: str
    queue_length: int
    jobs: dict[str, int]
    engine: str
    processes: int
    disk_free_bytes: int | None
    version: str


class Services:
    """Wires the rooms together by the settings; started and stopped once, by one thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        inputs_lock = threading.Lock()
        self.store = JobStore(settings.db_url)
        self.storage = open_storage(settings)
        self.queue = InMemoryQueueService()
        self.inspector = Inspector(
            steps_dir=settings.steps_dir,
            max_pixels=settings.max_pixels,
            max_duration=settings.max_duration,
            memory_limit=settings.memory_limit_per_process,
        )
        self.library = PipelineLibrary(self.inspector.inspect, settings.data_dir / "pipelines")
        self.jobs = JobService(settings, self.store, self.queue, self.storage, inputs_lock)
        self.results = ResultsService(self.store, self.storage)
        self.uploads = UploadService(settings, self.store, self.storage, inputs_lock)
        self.proxies = ProxyService(
            self.jobs, self.storage, memory_limit=settings.memory_limit_per_process
        )
        self.submissions = SubmissionService(
            settings,
            self.store,
            self.queue,
            self.storage,
            self.library,
            self.inspector,
            self.uploads,
            inputs_lock,
        )
        self.estimates = EstimationService(self.store, self.submissions, self.inspector)
        self.engine: LocalEngine | None = None
        self.worker: JobWorker | None = None
        self._worker_thread: threading.Thread | None = None

    def start(self) -> None:
        """Open and migrate the database, take back interrupted jobs, start the worker's thread.

        Raises DatabaseLocked or DatabaseUnavailable with advice; nothing is left open then.
        """
        self.store.open()
        try:
            self.store.migrate()
            with contextlib.suppress(StorageFull):
                self.uploads.drop_expired()
            if self.settings.start_worker:
                self._start_worker()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Keep what came of uploads, hand back the job in hand, end every child, close the rest."""
        self.uploads.stop()
        if self.worker is not None:
            self.worker.stop()
        if self._worker_thread is not None:
            self._worker_thread.join()
        if self.engine is not None:
            self.engine.stop()
        self.proxies.stop()
        self.inspector.stop()
        self.store.close()

    def health(self) -> Health:
        """Return how things stand; ``ok`` is false where jobs would not get done."""
        try:
            jobs = {status.value: count for status, count in self.store.counts().items()}
        except DatabaseUnavailable:
            jobs = {}
        worker = self._worker_state()
        return Health(
            ok=bool(jobs) and worker != "dead",
            worker=worker,
            queue_length=jobs.get("pending", 0),
            jobs=jobs,
            engine=self.settings.engine,
            processes=self.settings.workers,
            disk_free_bytes=self.storage.free_bytes(),
            version=__version__,
        )

    @property
    def busy(self) -> bool:
        """Tell whether this process is working on a job."""
        return self.worker is not None and self.worker.current is not None

    @property
    def receiving(self) -> bool:
        """Tell whether bytes of a resumable upload are coming in."""
        return self.uploads.busy

    def _start_worker(self) -> None:
        settings = self.settings
        self.engine = LocalEngine(
            settings.workers,
            memory_limit=settings.memory_limit_per_process,
            warm_up=warm_up,
        )
        runner = JobRunner(
            self.engine,
            self.storage,
            chunk_seconds=settings.chunk_seconds,
            max_attempts=settings.max_attempts,
            steps_dir=settings.steps_dir,
        )
        self.worker = JobWorker(
            self.store,
            self.queue,
            runner,
            allowed_roots=settings.roots,
            allow_hidden=settings.allow_hidden,
            job_timeout=settings.job_timeout,
            max_attempts=settings.max_attempts,
            housekeeping=Housekeeping(settings, self.store, self.storage, self.jobs, self.uploads),
        )
        self.worker.recover()
        self._worker_thread = threading.Thread(
            target=self.worker.run_forever, name="videojobs-worker", daemon=True
        )
        self._worker_thread.start()

    def _worker_state(self) -> str:
        if self._worker_thread is None:
            return "off"
        if not self._worker_thread.is_alive():
            return "dead"
        return "running" if self.busy else "idle"


def open_storage(settings: Settings) -> StorageService:
    """Return the storage that the settings name: a folder, or an fsspec URL."""
    if "://" in settings.storage_url:
        return FsspecStorageService(settings.storage_url, settings.data_dir / "scratch")
    return LocalStorageService(Path(settings.storage_url))
