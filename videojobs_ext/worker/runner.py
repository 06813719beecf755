"""One job from its video to its results: prepare, chunks, finish. Knows no database."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.engines.base import Engine
from videojobs_ext.engines.errors import ChildDied
from videojobs_ext.jobs.model import FailureReason
from videojobs_ext.pipelines.chunk_run import ChunkDone, ChunkTask, run_chunk
from videojobs_ext.pipelines.counter import FrameCounter
from videojobs_ext.pipelines.finish import Finished, FinishTask, finish
from videojobs_ext.pipelines.prepare import Prepared, PrepareTask, prepare
from videojobs_ext.pipelines.rendering import JoinTask, RenderTask, join, render_chunk
from videojobs_ext.pipelines.spec import parse_pipeline
from videojobs_ext.rows.exports import ExportContext
from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.layout import job_key, part_key
from videojobs_ext.video.chunks import Chunk, plan_chunks
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.worker.chunk_cache import ChunkCache
from videojobs_ext.worker.damage import describe_damage
from videojobs_ext.worker.failures import JobFailed
from videojobs_ext.worker.job_log import JobLog
from videojobs_ext.worker.twin import FINGERPRINT, adopt, is_twin

T = TypeVar("T")
R = TypeVar("R")


class ChunkWork(Protocol):
    """A task over one chunk."""

    @property
    def chunk(self) -> Chunk:
        """Return the chunk."""
        ...


W = TypeVar("W", bound=ChunkWork)

#: How often a waiting runner looks up to tell progress and to hear of a cancel, in seconds.
TICK = 0.1


@dataclass(frozen=True)
class RunRequest:
    """The job to run: ``video`` is a local file, ``sha256`` is None where it isn't known yet.

    A video that lies ``in_place`` is its user's own: it may have changed since the last attempt.
    ``completed_like`` returns the completed jobs of the same pipeline over the video of a hash.
    """

    job_id: UUID
    name: str
    pipeline: str
    video: Path
    sha256: str | None
    in_place: bool
    created_at: datetime
    completed_like: Callable[[str], Sequence[UUID]] = field(default=lambda _: ())


@dataclass
class Progress:
    """How far a job is; ``fps`` counts the frames that this attempt itself has analyzed."""

    stage: str = "preparing"
    frames_done: int = 0
    frames_total: int | None = None
    chunks_done: int = 0
    chunks_total: int | None = None
    fps: float | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class RunResult:
    """What a completed job leaves: where its results are, what its user should know."""

    sha256: str
    output_path: str
    warnings: tuple[str, ...]
    chunks_computed: int
    chunks_reused: int


#: Called every ``TICK`` and at each change of stage; an exception that it raises ends the run.
Tick = Callable[[Progress], None]


@dataclass(frozen=True)
class JobRunner:
    """Runs one job at a time on an engine; owned by one thread.

    Whatever is done is found again by the next attempt: a chunk whose part is in the storage is
    never computed twice. ``chunk_seconds`` is about how long a chunk is, ``max_attempts`` how
    often one is tried whose child process dies, and with ``use_cache`` the chunks of earlier jobs
    over the same bytes answer for this one's. ``steps_dir`` holds the user's own steps.
    """

    engine: Engine
    storage: StorageService
    chunk_seconds: float
    max_attempts: int
    use_cache: bool = True
    steps_dir: Path | None = None

    def run(self, request: RunRequest, log: JobLog, tick: Tick) -> RunResult:
        """Run a job to its end; raises what ``tick`` or a task raises, leaving no task behind."""
        return _Run(self, request, log, tick).run()


class _Run:
    """The state of one run."""

    def __init__(self, runner: JobRunner, request: RunRequest, log: JobLog, tick: Tick) -> None:
        self._runner = runner
        self._engine = runner.engine
        self._storage = runner.storage
        self._request = request
        self._log = log
        self._tick = tick
        self._progress = Progress()
        self._pending: set[Future[object]] = set()
        self._folder = runner.storage.scratch(f"jobs/{request.job_id}")
        self._sampling = parse_pipeline(request.pipeline).sampling

    def run(self) -> RunResult:
        try:
            return self._run()
        finally:
            for future in self._pending:
                self._engine.cancel(future)
            if self._pending:
                wait(self._pending)

    def _run(self) -> RunResult:
        prepared, sha256 = self._prepare()
        index_path = self._storage.local_path(self._key("frames.parquet"))
        index = FrameIndex.load(index_path)
        wanted = self._sampling.select(index)
        chunks = self._chunks(index, wanted, prepared.fewest)
        twin = self._twin(sha256, prepared.fingerprint)
        if twin is not None:
            return self._adopt(twin, chunks, index, wanted, sha256, prepared.fingerprint)
        missing = self._missing(chunks)
        cache = ChunkCache(self._storage, sha256, prepared.step_fingerprints)
        computed = self._analyze(missing, index_path, cache if self._runner.use_cache else None)
        warnings = self._warnings(chunks, index, wanted)
        output_path = self._finish(chunks, index_path)
        self._storage.write_bytes(self._key(FINGERPRINT), prepared.fingerprint.encode())
        return RunResult(sha256, output_path, warnings, computed, len(chunks) - computed)

    def _prepare(self) -> tuple[Prepared, str]:
        """Plan, index and hash, as far as an earlier attempt hasn't; returns the video's hash."""
        self._enter("preparing")
        request = self._request
        key = self._key("frames.parquet")
        hashed = request.sha256 is None or request.in_place
        made = self._folder / "frames.parquet"
        indexed = hashed or not self._storage.exists(key)
        task = PrepareTask(
            request.pipeline,
            request.video,
            made if indexed else self._storage.local_path(key),
            indexed,
            hashed,
            self._runner.steps_dir,
        )
        prepared: Prepared = self._result(self._engine.submit(prepare, task))
        sha256 = self._same(prepared)
        assert sha256 is not None  # noqa: S101 — it was known, or has been computed
        if indexed:
            self._storage.put(made, key)
        self._progress.sha256 = sha256
        self._log.write(f"prepared: sha256 {sha256}")
        return prepared, sha256

    def _twin(self, sha256: str, fingerprint: str) -> UUID | None:
        """Return a completed job that asked the same of the same video."""
        if not self._runner.use_cache:
            return None
        twins = self._request.completed_like(sha256)
        return next((twin for twin in twins if is_twin(self._storage, twin, fingerprint)), None)

    def _adopt(
        self,
        twin: UUID,
        chunks: Sequence[Chunk],
        index: FrameIndex,
        wanted: NDArray[np.int64],
        sha256: str,
        fingerprint: str,
    ) -> RunResult:
        """Answer with the files of a twin."""
        for chunk in chunks:
            self._count(chunk)
        self._enter("finishing")
        request = self._request
        context = ExportContext(request.job_id, request.name, request.created_at, datetime.now(UTC))
        output_path = adopt(self._storage, twin, context)
        self._storage.write_bytes(self._key(FINGERPRINT), fingerprint.encode())
        self._log.write(f"job {twin} asked the same of the same video: its results are taken over")
        warnings = self._warnings(chunks, index, wanted)
        return RunResult(sha256, output_path, warnings, 0, len(chunks))

    def _warnings(
        self, chunks: Sequence[Chunk], index: FrameIndex, wanted: NDArray[np.int64]
    ) -> tuple[str, ...]:
        warnings = describe_damage(index, wanted, self._local_parts(chunks))
        for warning in warnings:
            self._log.write(f"warning: {warning}")
        return warnings

    def _same(self, prepared: Prepared) -> str | None:
        """Return the video's hash; raises JobFailed when it isn't what earlier chunks came from."""
        known = self._request.sha256
        if known is not None and prepared.sha256 not in (None, known):
            raise JobFailed(
                FailureReason.MISSING_INPUT,
                f"{self._request.video.name} has changed since the job began: submit it again.",
            )
        return prepared.sha256 or known

    def _chunks(self, index: FrameIndex, wanted: NDArray[np.int64], fewest: int) -> list[Chunk]:
        """Return the chunks that hold a wanted frame."""
        self._progress.frames_total = len(wanted)
        chunks = []
        self._owned: dict[int, int] = {}
        for chunk in plan_chunks(index, self._runner.chunk_seconds, wanted, fewest):
            first, stop = np.searchsorted(wanted, [chunk.first, chunk.stop])
            if stop > first:
                chunks.append(chunk)
                self._owned[chunk.number] = int(stop - first)
        self._progress.chunks_total = len(chunks)
        return chunks

    def _missing(self, chunks: Sequence[Chunk]) -> list[Chunk]:
        """Return the chunks without a part; those that an earlier attempt committed are counted."""
        missing = []
        for chunk in chunks:
            if self._storage.exists(self._part(chunk)):
                self._count(chunk)
            else:
                missing.append(chunk)
        return missing

    def _analyze(self, chunks: Sequence[Chunk], index_path: Path, cache: ChunkCache | None) -> int:
        """Run the chunks, a few at once, and commit each; returns how many had to be computed."""
        self._enter("analyzing")
        if not chunks:
            return 0
        self._log.write(f"{len(chunks)} of {len(self._owned)} chunks to do")
        counter_path = self._folder / "progress.bin"
        counter = FrameCounter(counter_path, slots=max(c.number for c in chunks) + 1)
        tasks = [self._task(chunk, index_path, counter_path, cache) for chunk in chunks]
        base, started = self._progress.frames_done, time.monotonic()
        computed = 0

        def commit(done: ChunkDone, task: ChunkTask) -> None:
            nonlocal computed
            computed += self._commit(done, task, cache)

        def tell(running: Collection[ChunkTask]) -> None:
            underway = sum(counter.get(task.chunk.number) for task in running)
            self._tell(underway, base, started)

        self._run_all(run_chunk, tasks, commit, tell)
        counter.close()
        return computed

    def _run_all(
        self,
        function: Callable[[W], R],
        tasks: Iterable[W],
        commit: Callable[[R, W], None],
        tell: Callable[[Collection[W]], None],
    ) -> None:
        """Run a task for each chunk, a few at once; one whose process dies is tried again.

        ``commit`` takes each result as it comes, ``tell`` the tasks that are running.
        """
        waiting = deque(tasks)
        tries: Counter[Chunk] = Counter()
        running: dict[Future[R], W] = {}
        while waiting or running:
            # One more than the engine runs at once, so that no child waits for the next task.
            while waiting and len(running) <= self._engine.size:
                task = waiting.popleft()
                running[self._submit(function, task)] = task
            done, _ = wait(running, timeout=TICK, return_when=FIRST_COMPLETED)
            for future in done:
                task = running.pop(future)
                self._pending.discard(future)
                try:
                    commit(future.result(), task)
                except ChildDied as error:
                    tries[task.chunk] += 1
                    self._log.write(f"chunk {task.chunk.number}: {error}")
                    if tries[task.chunk] >= self._runner.max_attempts:
                        message = self._poison(task.chunk, error)
                        raise JobFailed(FailureReason.CRASHED, message) from error
                    waiting.appendleft(task)
            tell(running.values())

    def _commit(self, done: ChunkDone, task: ChunkTask, cache: ChunkCache | None) -> bool:
        """Rename a finished part into place: progress, checkpoint and partial result in one act.

        Returns whether any of its steps had to be computed.
        """
        self._storage.put(task.part, self._part(done.chunk))
        if cache is not None and done.computed:
            if task.keep:
                cache.keep(done.chunk, {step: task.keep[step] for step in done.computed})
            else:
                cache.link(done.chunk, self._part(done.chunk))
        self._count(done.chunk)
        how = f"computed {', '.join(done.computed)}" if done.computed else "known"
        self._log.write(
            f"chunk {done.chunk.number}: frames {done.chunk.first}–{done.chunk.stop - 1}, "
            f"{done.rows} rows, {how}"
        )
        return bool(done.computed)

    def _finish(self, chunks: Sequence[Chunk], index_path: Path) -> str:
        self._enter("finishing")
        request = self._request
        task = FinishTask(
            pipeline=request.pipeline,
            job_id=str(request.job_id),
            name=request.name,
            created_at=request.created_at,
            video=request.video,
            index=index_path,
            parts=tuple(self._local_parts(chunks)),
            folder=self._folder,
            chunk_seconds=self._runner.chunk_seconds,
            steps_dir=self._runner.steps_dir,
            snapshots=tuple(self._snapshots(chunk) for chunk in chunks),
            threads=self._engine.size,
        )
        finished = self._result(self._engine.submit(finish, task))
        for part in finished.sequence_parts:
            self._storage.put(part, part_key(request.job_id, part.name))
        for artifact in finished.artifacts:
            self._storage.put(artifact, self._key("artifacts", artifact.name))
        if finished.poster is not None:
            self._storage.put(finished.poster, self._key(finished.poster.name))
        output_path = self._key("results.json")
        self._storage.put(finished.results, output_path)
        self._render(finished, task)
        return output_path

    def _render(self, finished: Finished, task: FinishTask) -> None:
        """Make the films: the pieces of all of them a few at once, then each joined."""
        if not finished.films:
            return
        self._enter("rendering")
        sequence = (part_key(self._request.job_id, part.name) for part in finished.sequence_parts)
        parts = (*task.parts, *(self._storage.local_path(key) for key in sequence))
        joins = []
        pieces = []
        for film in finished.films:
            stem = Path(film.name).stem
            segments = [self._folder / f"{stem}-{chunk.number:05d}.nut" for chunk in film.chunks]
            for chunk, segment in zip(film.chunks, segments, strict=True):
                piece = (task.pipeline, task.video, task.index, parts, chunk, segment)
                pieces.append(RenderTask(*piece, task.steps_dir))
            path = self._folder / film.name
            joins.append(JoinTask(film, task.video, task.index, tuple(segments), path))
        self._run_all(render_chunk, pieces, lambda *_: None, lambda _: self._tick(self._progress))
        for joining in joins:
            film_path = self._result(self._engine.submit(join, joining))
            if film_path is not None:
                self._storage.put(film_path, self._key("artifacts", film_path.name))
        self._log.write(f"rendered {', '.join(film.name for film in finished.films)}")

    def _task(
        self, chunk: Chunk, index_path: Path, counter: Path, cache: ChunkCache | None
    ) -> ChunkTask:
        known = {} if cache is None else cache.find(chunk)
        # The part of a pipeline with one such step is already what the cache wants.
        several = cache is not None and len(cache.fingerprints) > 1
        return ChunkTask(
            pipeline=self._request.pipeline,
            video=self._request.video,
            index=index_path,
            chunk=chunk,
            part=self._folder / f"part-{chunk.number:05d}.parquet",
            counter=counter,
            steps_dir=self._runner.steps_dir,
            known=known,
            keep=cache.names(chunk, self._folder) if cache is not None and several else {},
            snapshots=self._snapshots(chunk),
        )

    def _submit(self, function: Callable[[T], R], task: T) -> Future[R]:
        future = self._engine.submit(function, task)
        self._pending.add(future)  # type: ignore[arg-type]
        return future

    def _result(self, future: Future[R]) -> R:
        """Wait for a task and return its result, ticking all the while."""
        self._pending.add(future)  # type: ignore[arg-type]
        while not wait([future], timeout=TICK).done:
            self._tick(self._progress)
        self._pending.discard(future)
        return future.result()

    def _enter(self, stage: str) -> None:
        self._progress.stage = stage
        self._tick(self._progress)

    def _count(self, chunk: Chunk) -> None:
        self._progress.frames_done += self._owned[chunk.number]
        self._progress.chunks_done += 1

    def _tell(self, underway: int, base: int, started: float) -> None:
        """Tick with the frames of the chunks under way added to those that are committed."""
        committed = self._progress.frames_done
        self._progress.frames_done = committed + underway
        elapsed = time.monotonic() - started
        if elapsed > 0:
            self._progress.fps = (self._progress.frames_done - base) / elapsed
        try:
            self._tick(self._progress)
        finally:
            self._progress.frames_done = committed

    def _local_parts(self, chunks: Sequence[Chunk]) -> list[Path]:
        return [self._storage.local_path(self._part(chunk)) for chunk in chunks]

    def _snapshots(self, chunk: Chunk) -> Path:
        return self._folder / f"snapshots-{chunk.number:05d}.npz"

    def _part(self, chunk: Chunk) -> str:
        return part_key(self._request.job_id, f"part-{chunk.number:05d}.parquet")

    def _key(self, *names: str) -> str:
        return job_key(self._request.job_id, *names)

    def _poison(self, chunk: Chunk, error: ChildDied) -> str:
        return (
            f"The process that worked on frames {chunk.first} to {chunk.stop - 1} died "
            f"{self._runner.max_attempts} times (exit code {error.exitcode}): "
            "a step or the video's decoder crashes there."
        )
