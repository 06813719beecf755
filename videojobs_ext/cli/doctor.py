"""``doctor``: look at everything that a job needs, and say what to do where it is missing."""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.markup import escape

from videojobs_ext.cli.arguments import Subparsers, add_command, add_json
from videojobs_ext.cli.configuration import load_settings
from videojobs_ext.cli.console import ExitCode, out, print_json
from videojobs_ext.cli.database import database_file, shown_url
from videojobs_ext.client.errors import ServerNotFound, VideoJobsError

if TYPE_CHECKING:
    from videojobs_ext.services.settings import Settings

_PACKAGES = (
    "jupyter-server",
    "av",
    "opencv-python-headless",
    "numpy",
    "pyarrow",
    "duckdb",
    "sqlalchemy",
)

#: Packages of extras, with what they are for.
_OPTIONAL = {"pandas": ("dataframe", "DataFrames"), "psycopg": ("postgres", "PostgreSQL")}

#: Decoders of the videos that people bring.
_DECODERS = ("h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg2video", "mjpeg", "prores")

#: Less free disk than this, in bytes, is worth a word.
_LITTLE_DISK = 2 * 1024**3

_MARKS = {"ok": "[green]✓[/]", "note": "[yellow]•[/]", "bad": "[bold red]✗[/]"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: ``bad`` ones keep jobs from running, ``note`` ones do not."""

    what: str
    level: Literal["ok", "note", "bad"]
    found: str
    do: str = ""


def add_commands(commands: Subparsers) -> None:
    """Add doctor."""
    parser = add_command(
        commands,
        "doctor",
        _doctor,
        does="check versions, database, disk, codecs, child processes and the server",
        examples="  jupyter videojobs doctor\n  jupyter videojobs doctor --json",
        configurable=True,
    )
    add_json(parser)


def _doctor(arguments: argparse.Namespace) -> int:
    settings = load_settings(arguments.configuration)
    findings: list[Finding] = []
    for what, check in (
        ("versions", _versions),
        ("extras", _extras),
        ("extension", _extension),
        ("data", partial(_data, settings)),
        ("database", partial(_database, settings)),
        ("codecs", _codecs),
        ("pipelines", partial(_pipelines, settings)),
        ("child process", partial(_child_process, settings)),
        ("server", _server),
    ):
        for finding in _looked_at(what, check):
            findings.append(finding)
            if not arguments.json:
                _print(finding)
    if arguments.json:
        print_json([asdict(finding) for finding in findings])
    sound = all(finding.level != "bad" for finding in findings)
    return ExitCode.DONE if sound else ExitCode.FAILED


def _looked_at(what: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield a check's findings; a check that breaks is a finding too."""
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the other checks go on
        yield Finding(what, "bad", f"{type(error).__name__}: {error}", "Report this as a bug.")


def _print(finding: Finding) -> None:
    mark = _MARKS[finding.level]
    out().print(f"{mark} [bold]{finding.what:<14}[/] {escape(finding.found)}", soft_wrap=True)
    if finding.do:
        out().print(f"  {'':<14} [yellow]{escape(finding.do)}[/]", soft_wrap=True)


def _versions() -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.platform()}")
    parts = [f"videojobs {version('videojobs_ext')}"]
    parts += [f"{name} {version(name)}" for name in _PACKAGES]
    yield Finding("versions", "ok", ", ".join(parts))


def _extras() -> Iterator[Finding]:
    for package, (extra, purpose) in _OPTIONAL.items():
        try:
            yield Finding("extra", "ok", f"{package} {version(package)} for {purpose}")
        except PackageNotFoundError:
            yield Finding(
                "extra",
                "note",
                f"{package} is not installed: no {purpose}",
                f'pip install "videojobs_ext[{extra}]"',
            )


def _extension() -> Iterator[Finding]:
    """Look whether a Jupyter server that is started from this environment loads the extension."""
    from jupyter_core.paths import jupyter_config_path  # noqa: PLC0415

    said: bool | None = None
    # The first folder has the last word.
    for folder in reversed(jupyter_config_path()):
        for file in sorted(Path(folder, "jupyter_server_config.d").glob("*.json")):
            config = json.loads(file.read_text(encoding="utf-8"))
            extensions = config.get("ServerApp", {}).get("jpserver_extensions", {})
            said = extensions.get("videojobs_ext", said)
    if said:
        yield Finding("extension", "ok", "enabled for Jupyter servers of this environment")
    else:
        yield Finding(
            "extension",
            "bad",
            "not enabled for Jupyter servers of this environment",
            "jupyter server extension enable videojobs_ext",
        )


def _data(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        yield Finding(
            "data", "bad", f"{folder}: {error.strerror}", "Set c.VideoJobs.data_dir to your own."
        )
        return
    free = shutil.disk_usage(folder).free
    text = f"{folder}, {free / 1024**3:.1f} GiB free"
    if free < _LITTLE_DISK:
        yield Finding(
            "data", "note", text, "Make room, or set c.VideoJobs.data_dir to a larger disk."
        )
    else:
        yield Finding("data", "ok", text)


def _database(settings: Settings) -> Iterator[Finding]:
    from videojobs_ext.jobs.errors import DatabaseLocked, DatabaseUnavailable  # noqa: PLC0415
    from videojobs_ext.jobs.store import JobStore  # noqa: PLC0415

    shown = shown_url(settings.db_url)
    file = database_file(settings.db_url)
    if file is not None and not file.exists():
        yield Finding("database", "ok", f"{shown}, not made yet: the first start makes it")
        return
    store = JobStore(settings.db_url)
    try:
        store.open()
    except DatabaseLocked:
        yield Finding("database", "ok", f"{shown}, in use by a running server or worker")
        return
    except DatabaseUnavailable as error:
        yield Finding("database", "bad", f"{shown}: {error}", "Check c.VideoJobs.db_url.")
        return
    with ExitStack() as stack:
        stack.callback(store.close)
        try:
            counts = store.counts()
        except Exception as error:  # noqa: BLE001 - any driver's own complaint about its tables
            yield Finding(
                "database", "bad", f"{shown}: {type(error).__name__}", "jupyter videojobs migrate"
            )
            return
        parts = [f"{count} {status}" for status, count in counts.items() if count]
        yield Finding("database", "ok", f"{shown}, {', '.join(parts) or 'no jobs'}")


def _codecs() -> Iterator[Finding]:
    import av  # noqa: PLC0415

    known = set(av.codecs_available)
    missing = [name for name in _DECODERS if not _codec_works(name, "r", known)]
    if missing:
        yield Finding("codecs", "note", f"no decoder for {', '.join(missing)}", "pip install -U av")
    else:
        yield Finding("codecs", "ok", f"decodes {', '.join(_DECODERS)}")
    if not _codec_works("libx264", "w", known):
        yield Finding("codecs", "note", "no H.264 encoder (libx264)", "pip install -U av")


def _codec_works(name: str, mode: Literal["r", "w"], known: set[str]) -> bool:
    import av  # noqa: PLC0415

    if name not in known:
        return False
    try:
        av.Codec(name, mode)
    except ValueError:
        return False
    return True


def _pipelines(settings: Settings) -> Iterator[Finding]:
    from videojobs_ext.pipelines.errors import PipelineError  # noqa: PLC0415
    from videojobs_ext.pipelines.library import PipelineLibrary  # noqa: PLC0415
    from videojobs_ext.services.inspector import Inspector  # noqa: PLC0415

    inspector = Inspector(steps_dir=settings.steps_dir)
    library = PipelineLibrary(inspector.inspect, settings.data_dir / "pipelines")
    sound = []
    for pipeline_id in library:
        try:
            entry = library.get(pipeline_id)
            library.plan(entry.pipeline, text=entry.text)
        except PipelineError as error:
            yield Finding("pipeline", "note", str(error), f"Jobs can't use {pipeline_id!r} now.")
        else:
            sound.append(pipeline_id)
    inspector.stop()
    yield Finding("pipelines", "ok" if sound else "bad", ", ".join(sound) or "none can be used")


def _child_process(settings: Settings) -> Iterator[Finding]:
    from videojobs_ext.engines.errors import EngineError  # noqa: PLC0415
    from videojobs_ext.engines.local import LocalEngine  # noqa: PLC0415

    engine = LocalEngine(1, memory_limit=settings.memory_limit_per_process)
    started = time.perf_counter()
    try:
        engine.submit(len, "child", timeout=30).result()
    except EngineError as error:
        yield Finding(
            "child process", "bad", str(error), "Jobs run in child processes: allow them to start."
        )
        return
    finally:
        engine.stop()
    took = (time.perf_counter() - started) * 1000
    yield Finding(
        "child process", "ok", f"starts in {took:.0f} ms; {settings.workers} work at once"
    )


def _server() -> Iterator[Finding]:
    from videojobs_ext.client.rest import Client  # noqa: PLC0415

    try:
        with Client() as client:
            health = client.health()
            found = f"{client.url} (found through {client.server.source})"
    except ServerNotFound as error:
        yield Finding(
            "server",
            "note",
            str(error).split(" Start one", maxsplit=1)[0],
            "`jupyter lab` starts one; `jupyter videojobs run` needs none.",
        )
        return
    except VideoJobsError as error:
        yield Finding("server", "note", str(error))
        return
    if health.get("status") == "ok":
        yield Finding("server", "ok", f"{found}: worker alive, {health['queue_length']} queued")
    else:
        yield Finding("server", "bad", f"{found}: degraded", "Its log says why; restart it.")
