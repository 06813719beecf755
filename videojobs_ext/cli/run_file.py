"""``run``: analyze one file here, over all cores, without a server or a database."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from rich.markup import escape

from videojobs_ext.cli.arguments import Subparsers, add_analysis, add_command, parameters
from videojobs_ext.cli.configuration import load_settings
from videojobs_ext.cli.console import CommandFailed, ExitCode, err, notice, out

if TYPE_CHECKING:
    from uuid import UUID

    from videojobs_ext.rows.reader import RowsReader
    from videojobs_ext.services.settings import Settings
    from videojobs_ext.storage.base import StorageService
    from videojobs_ext.worker.runner import Progress, RunRequest, RunResult


def add_commands(commands: Subparsers) -> None:
    """Add run."""
    parser = add_command(
        commands,
        "run",
        _run,
        does="analyze a file here, over all cores, without a server",
        examples="""\
  jupyter videojobs run clip.mp4
  jupyter videojobs run clip.mp4 --pipeline scene_cuts -o cuts.csv
  jupyter videojobs run clip.mp4 -p motion --param motion.threshold=12 --every 2
  jupyter videojobs run clip.mp4 --artifacts findings/ --no-cache
  jupyter videojobs run clip.mp4 --format json | jq '.results[0]'""",
        configurable=True,
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="a video")
    add_analysis(parser)
    parser.add_argument(
        "--no-cache", action="store_true", help="compute every chunk, and keep none for next time"
    )
    parser.add_argument(
        "--format",
        "-f",
        help="write the results as csv, json, parquet, coco, …; to stdout without --output",
    )
    parser.add_argument(
        "--output", "-o", metavar="OUT", type=Path, help="where to; its ending says the format"
    )
    parser.add_argument(
        "--artifacts", metavar="FOLDER", type=Path, help="save the contact sheet and others here"
    )


def _run(arguments: argparse.Namespace) -> int:
    from videojobs_ext.rows.reader import RowsReader  # noqa: PLC0415
    from videojobs_ext.storage.layout import job_key  # noqa: PLC0415

    output_format = _format(arguments)
    video = arguments.file.expanduser()
    settings = load_settings(arguments.configuration, root_dir=video.parent)
    pipeline = _look(settings, arguments, video)
    storage = _storage(settings)
    request = _request(video, pipeline)
    try:
        result = _analyze(settings, storage, request, use_cache=not arguments.no_cache)
        parts = [storage.local_path(key) for key in storage.list(job_key(request.job_id, "rows"))]
        reader = RowsReader(parts)
        to_stdout = output_format is not None and arguments.output is None
        if not to_stdout:
            from videojobs_ext.cli.summary import print_summary  # noqa: PLC0415

            print_summary(out(), reader.table())
        for warning in result.warnings:
            err().print(f"[yellow]warning[/] {escape(warning)}", soft_wrap=True)
        if output_format is not None:
            _export(storage, reader, request, output_format, arguments.output)
        if arguments.artifacts is not None:
            _save_artifacts(storage, request.job_id, arguments.artifacts)
    finally:
        storage.delete_tree(job_key(request.job_id))
        shutil.rmtree(storage.scratch(f"jobs/{request.job_id}"), ignore_errors=True)
    return ExitCode.DONE


def _format(arguments: argparse.Namespace) -> str | None:
    """Return the format to write, from ``--format`` or the ending of ``--output``."""
    from videojobs_ext.rows.exports import EXPORTS  # noqa: PLC0415

    if arguments.format is not None:
        if arguments.format not in EXPORTS:
            raise CommandFailed(
                f"There is no format {arguments.format!r}, but {', '.join(EXPORTS)}.",
                ExitCode.USAGE,
            )
        return str(arguments.format)
    if arguments.output is None:
        return None
    by_ending = {export.EXTENSION: name for name, export in EXPORTS.items()}
    for ending in sorted(by_ending, key=len, reverse=True):
        if arguments.output.name.endswith(ending):
            return by_ending[ending]
    raise CommandFailed(
        f"{arguments.output} does not end like one of the formats ({', '.join(by_ending)}): say "
        "--format.",
        ExitCode.USAGE,
    )


def _look(settings: Settings, arguments: argparse.Namespace, video: Path) -> str:
    """Look at the pipeline and the video before the work begins; return the pipeline as YAML."""
    from videojobs_ext.pipelines.customize import customize  # noqa: PLC0415
    from videojobs_ext.pipelines.errors import PipelineError, UnknownPipeline  # noqa: PLC0415
    from videojobs_ext.pipelines.library import PipelineLibrary  # noqa: PLC0415
    from videojobs_ext.services.inspector import Inspector  # noqa: PLC0415
    from videojobs_ext.video.errors import BadVideo  # noqa: PLC0415

    inspector = Inspector(
        steps_dir=settings.steps_dir,
        max_pixels=settings.max_pixels,
        max_duration=settings.max_duration,
        memory_limit=settings.memory_limit_per_process,
    )
    library = PipelineLibrary(inspector.inspect, settings.data_dir / "pipelines")
    try:
        pipeline = customize(
            library.get(arguments.pipeline).pipeline,
            frame_stride=arguments.every,
            max_frames=arguments.max_frames,
            params=parameters(arguments.param),
        )
        library.plan(pipeline)
        if not video.exists():
            raise CommandFailed(f"There is no file {video}.")
        inspector.probe(video)
    except (PipelineError, UnknownPipeline) as error:
        raise CommandFailed(str(error), ExitCode.USAGE) from error
    except BadVideo as error:
        raise CommandFailed(str(error)) from error
    finally:
        inspector.stop()
    return pipeline.to_yaml()


def _storage(settings: Settings) -> StorageService:
    """Return local storage: the server's own, so that the cache of chunks is shared with it."""
    from videojobs_ext.storage.local import LocalStorageService  # noqa: PLC0415

    remote = "://" in settings.storage_url
    folder = settings.data_dir / "files" if remote else Path(settings.storage_url)
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStorageService(folder)


def _request(video: Path, pipeline: str) -> RunRequest:
    from videojobs_ext.worker.runner import RunRequest  # noqa: PLC0415

    return RunRequest(
        job_id=uuid4(),
        name=video.name,
        pipeline=pipeline,
        video=video.resolve(),
        sha256=None,
        in_place=True,
        created_at=datetime.now(UTC),
    )


def _analyze(
    settings: Settings, storage: StorageService, request: RunRequest, *, use_cache: bool
) -> RunResult:
    """Run all chunks with a progress bar; raises CommandFailed for what users can meet."""
    from videojobs_ext.engines.local import LocalEngine  # noqa: PLC0415
    from videojobs_ext.pipelines.chunk_run import warm_up  # noqa: PLC0415
    from videojobs_ext.worker.failures import JobFailed, failure_of  # noqa: PLC0415
    from videojobs_ext.worker.job_log import JobLog  # noqa: PLC0415
    from videojobs_ext.worker.runner import JobRunner  # noqa: PLC0415

    engine = LocalEngine(
        settings.workers, memory_limit=settings.memory_limit_per_process, warm_up=warm_up
    )
    try:
        runner = JobRunner(
            engine,
            storage,
            chunk_seconds=settings.chunk_seconds,
            max_attempts=settings.max_attempts,
            use_cache=use_cache,
            steps_dir=settings.steps_dir,
        )
        log = JobLog(storage.scratch(f"jobs/{request.job_id}") / "log.txt")
        with _progress(request.name) as tick:
            result = runner.run(request, log, tick)
    except KeyboardInterrupt:
        if use_cache:
            notice("What is done is kept: the same command goes on from there.")
        raise
    except JobFailed as failure:
        raise CommandFailed(str(failure)) from failure
    except Exception as error:
        known = failure_of(error)
        if known is None:
            raise
        raise CommandFailed(str(known)) from error
    finally:
        engine.stop()
    reused = f", {result.chunks_reused} of them known from before" if result.chunks_reused else ""
    notice(f"{result.chunks_computed + result.chunks_reused} chunks{reused}.")
    return result


@contextmanager
def _progress(name: str) -> Iterator[Callable[[Progress], None]]:
    from videojobs_ext.cli.live import frames_bar, frames_text  # noqa: PLC0415

    with frames_bar() as bar:
        task = bar.add_task(escape(name), total=None, frames="", about="")

        def tick(progress: Progress) -> None:
            speed = f", {progress.fps:,.0f} fps" if progress.fps else ""
            bar.update(
                task,
                total=progress.frames_total,
                completed=progress.frames_done,
                frames=frames_text(progress.frames_done, progress.frames_total),
                about=f"{progress.stage}{speed}",
            )

        yield tick
        bar.update(task, about="done")


def _export(
    storage: StorageService, reader: RowsReader, request: RunRequest, name: str, to: Path | None
) -> None:
    """Write the results to a file, or to stdout through one."""
    from videojobs_ext.rows.exports import (  # noqa: PLC0415
        EXPORTS,
        ExportContext,
        NothingToExport,
        VideoFacts,
    )
    from videojobs_ext.storage.layout import job_key  # noqa: PLC0415
    from videojobs_ext.video.index import FrameIndex  # noqa: PLC0415

    index = FrameIndex.load(storage.local_path(job_key(request.job_id, "frames.parquet")))
    context = ExportContext(
        request.job_id,
        request.name,
        request.created_at,
        datetime.now(UTC),
        VideoFacts(request.video.name, len(index), index.end_time),
    )
    try:
        if to is not None:
            to.parent.mkdir(parents=True, exist_ok=True)
            EXPORTS[name].write(reader, to, context)
            notice(f"Results: {to}")
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"results{EXPORTS[name].EXTENSION}"
            EXPORTS[name].write(reader, path, context)
            with path.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
    except NothingToExport as error:
        raise CommandFailed(str(error)) from error


def _save_artifacts(storage: StorageService, job_id: UUID, folder: Path) -> None:
    from videojobs_ext.storage.layout import job_key  # noqa: PLC0415

    prefix = job_key(job_id, "artifacts")
    for key in storage.list(prefix):
        path = folder / key.removeprefix(f"{prefix}/")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(storage.local_path(key), path)
        notice(f"Saved {path}")
