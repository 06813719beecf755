"""The commands that speak with a server: submit a video, see to jobs, fetch what they found."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from videojobs_ext.cli.arguments import (
    Parser,
    Subparsers,
    add_analysis,
    add_command,
    add_json,
    parameters,
)
from videojobs_ext.cli.console import (
    CommandFailed,
    ExitCode,
    ago,
    notice,
    out,
    print_json,
    status_text,
)
from videojobs_ext.client.progress import clock, describe

if TYPE_CHECKING:
    from videojobs_ext.client.rest import Client
    from videojobs_ext.client.shapes import FrameResult, JobStatus

_ID_LENGTH = 36


def add_commands(commands: Subparsers) -> None:
    """Add submit, list, status, results, export, cancel, retry, delete and pipelines."""
    _add_submit(commands)
    _add_list(commands)
    _add_status(commands)
    _add_results(commands)
    _add_export(commands)
    for name, does in (
        ("cancel", "stop a job; its finished chunks are kept"),
        ("retry", "queue a failed job again, from its last finished chunk"),
        ("delete", "delete a job that does not run, with its rows and files"),
    ):
        parser = add_command(
            commands,
            name,
            partial(_act, name),
            does=does,
            examples=f"  jupyter videojobs {name} 3f2a",
        )
        _add_server(parser)
        parser.add_argument("job", metavar="JOB", nargs="+", help="a job_id or its beginning")
    _add_pipelines(commands)


def _add_server(parser: Parser) -> None:
    """Add the options that say which server."""
    parser.add_argument(
        "--url", help="the server's address (VIDEOJOBS_URL, or the one that is running)"
    )
    parser.add_argument(
        "--token",
        help="its token; unlike VIDEOJOBS_TOKEN, a command line can be read by others here",
    )


def _client(arguments: argparse.Namespace) -> Client:
    from videojobs_ext.client.rest import Client  # noqa: PLC0415

    return Client(arguments.url, arguments.token)


def _add_submit(commands: Subparsers) -> None:
    parser = add_command(
        commands,
        "submit",
        _submit,
        does="submit a video to the server; the job goes on without you",
        examples="""\
  jupyter videojobs submit clip.mp4
  jupyter videojobs submit clip.mp4 --pipeline motion --param motion.threshold=12 --wait
  jupyter videojobs submit --server-path clips/clip.mp4 --every 5
  job=$(jupyter videojobs submit clip.mp4)      the job_id is all that goes to stdout""",
    )
    parser.add_argument(
        "file", metavar="FILE", nargs="?", type=Path, help="a video on this machine"
    )
    parser.add_argument(
        "--server-path", metavar="PATH", help="a video in the server's folder, instead of FILE"
    )
    parser.add_argument(
        "--upload", action="store_true", help="send FILE even where the server could read it itself"
    )
    add_analysis(parser)
    parser.add_argument("--name", help="a few words to find the job by")
    parser.add_argument("--wait", "-w", action="store_true", help="show progress until it is done")
    add_json(parser)
    _add_server(parser)


def _submit(arguments: argparse.Namespace) -> int:
    if (arguments.file is None) == (arguments.server_path is None):
        raise CommandFailed("Give a FILE or --server-path, one of the two.", ExitCode.USAGE)
    with _client(arguments) as client:
        job_id = client.submit(
            arguments.file,
            arguments.pipeline,
            server_path=arguments.server_path,
            upload=arguments.upload,
            frame_stride=arguments.every,
            max_frames=arguments.max_frames,
            params=parameters(arguments.param) or None,
            name=arguments.name,
            progress=sys.stderr.isatty(),
        )
        if arguments.wait:
            return _wait(client, job_id, as_json=arguments.json)
        if arguments.json:
            print_json(client.status(job_id))
        else:
            sys.stdout.write(f"{job_id}\n")
            notice(f"`jupyter videojobs status {job_id[:8]} --wait` shows its progress.")
    return ExitCode.DONE


def _wait(client: Client, job_id: str, *, as_json: bool) -> int:
    """Follow a job to its end; the exit code says how it ended."""
    from videojobs_ext.cli.live import follow  # noqa: PLC0415

    try:
        status = follow(client, job_id)
    except KeyboardInterrupt:
        notice(
            f"Job {job_id} goes on running on the server. `jupyter videojobs cancel {job_id[:8]}` "
            "stops it."
        )
        return ExitCode.INTERRUPTED
    if as_json:
        print_json(status)
    else:
        _print_status(status)
    return ExitCode.DONE if status["status"] == "completed" else ExitCode.FAILED


def _add_list(commands: Subparsers) -> None:
    parser = add_command(
        commands,
        "list",
        _list,
        does="list jobs, the newest first",
        examples="""\
  jupyter videojobs list
  jupyter videojobs list --status running --status pending
  jupyter videojobs list --search lecture --json""",
    )
    parser.add_argument(
        "--status",
        action="append",
        choices=["pending", "running", "completed", "failed"],
        help="only jobs of this status; may be given several times",
    )
    parser.add_argument("--pipeline", "-p", metavar="ID", help="only jobs of this pipeline")
    parser.add_argument("--search", metavar="WORDS", help="only jobs with this in their names")
    parser.add_argument(
        "--sort",
        default="-created_at",
        choices=[
            f"{sign}{key}"
            for key in ("created_at", "updated_at", "name", "status")
            for sign in ("", "-")
        ],
        help="by what, with - the other way round (-created_at)",
    )
    parser.add_argument("--limit", metavar="N", type=int, default=20, help="at most N jobs (20)")
    add_json(parser)
    _add_server(parser)


def _list(arguments: argparse.Namespace) -> int:
    with _client(arguments) as client:
        jobs = client.jobs(
            status=arguments.status,
            pipeline=arguments.pipeline,
            q=arguments.search,
            sort=arguments.sort,
            limit=arguments.limit,
        )
        if arguments.json:
            print_json(jobs)
            return ExitCode.DONE
        if not jobs:
            notice(f"No such jobs on {client.url}. `jupyter videojobs submit FILE` makes one.")
            return ExitCode.DONE
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in ("job", "status", "video", "pipeline", "frames", "", "submitted"):
            table.add_column(column, no_wrap=column in {"job", "status", "submitted"})
        now = datetime.now(UTC)
        for job in jobs:
            table.add_row(
                job["job_id"][:8],
                status_text(job["status"]),
                escape(job["name"] or job["input_name"]),
                escape(job["pipeline_id"]),
                _frames(job),
                "" if job["status"] == "completed" else escape(describe(job)),
                ago(job["created_at"], now),
            )
        out().print(table)
    return ExitCode.DONE


def _add_status(commands: Subparsers) -> None:
    parser = add_command(
        commands,
        "status",
        _status,
        does="show where a job stands",
        examples="""\
  jupyter videojobs status                the newest job
  jupyter videojobs status 3f2a --wait    follow it until it is done
  jupyter videojobs status 3f2a --json""",
    )
    parser.add_argument(
        "job", metavar="JOB", nargs="?", help="a job_id or its beginning (the newest job)"
    )
    parser.add_argument("--wait", "-w", action="store_true", help="show progress until it is done")
    add_json(parser)
    _add_server(parser)


def _status(arguments: argparse.Namespace) -> int:
    with _client(arguments) as client:
        job_id = _resolve(client, arguments.job)
        if arguments.wait:
            return _wait(client, job_id, as_json=arguments.json)
        status = client.status(job_id)
        if arguments.json:
            print_json(status)
        else:
            _print_status(status)
    return ExitCode.DONE


def _add_results(commands: Subparsers) -> None:
    parser = add_command(
        commands,
        "results",
        _results,
        does="show what a job found",
        examples="""\
  jupyter videojobs results               a summary of the newest job
  jupyter videojobs results 3f2a --json   every frame, as in GET /v1/video/results
  jupyter videojobs results 3f2a --json --step cuts --from 60 --to 120""",
    )
    parser.add_argument(
        "job", metavar="JOB", nargs="?", help="a job_id or its beginning (the newest job)"
    )
    parser.add_argument("--step", metavar="ID", help="only what this step found")
    parser.add_argument("--from", dest="from_time", metavar="S", type=float, help="from second S")
    parser.add_argument("--to", dest="to_time", metavar="S", type=float, help="before second S")
    parser.add_argument("--limit", metavar="N", type=int, help="at most N frames, with --json")
    add_json(parser)
    _add_server(parser)


def _results(arguments: argparse.Namespace) -> int:
    with _client(arguments) as client:
        job_id = _resolve(client, arguments.job)
        status = client.status(job_id)
        only = {
            "from_time": arguments.from_time,
            "to_time": arguments.to_time,
            "step": arguments.step,
        }
        if arguments.json:
            frames = client.iter_results(job_id, limit=arguments.limit, **only)
            _print_results(status, frames)
            return ExitCode.DONE
        from videojobs_ext.cli.summary import print_summary  # noqa: PLC0415

        if status["status"] != "completed":
            notice(f"Job {job_id} is {status['status']}: this is what it has so far.")
        print_summary(out(), client.table(job_id, **only))
        _print_warnings(status)
    return ExitCode.DONE


def _print_results(status: JobStatus, frames: Iterator[FrameResult]) -> None:
    """Print the object of ``GET /v1/video/results``, frame by frame at constant memory."""
    # The first frame is asked for before anything is printed: a refusal then leaves no half JSON.
    first = next(frames, None)
    about = {key: status[key] for key in ("job_id", "created_at", "updated_at")}
    sys.stdout.write(f'{json.dumps(about)[:-1]}, "results": [')
    if first is not None:
        sys.stdout.write(f"\n{json.dumps(first, ensure_ascii=False)}")
    for frame in frames:
        sys.stdout.write(f",\n{json.dumps(frame, ensure_ascii=False)}")
    sys.stdout.write("]}\n")


def _add_export(commands: Subparsers) -> None:
    parser = add_command(
        commands,
        "export",
        _export,
        does="save a completed job's results, or its other files",
        examples="""\
  jupyter videojobs export 3f2a --format parquet -o rows.parquet
  jupyter videojobs export 3f2a --artifacts -o findings/""",
    )
    parser.add_argument(
        "job", metavar="JOB", nargs="?", help="a job_id or its beginning (the newest job)"
    )
    parser.add_argument("--format", "-f", default="csv", help="csv, json, parquet, coco, … (csv)")
    parser.add_argument(
        "--artifacts", action="store_true", help="save the job's files instead: contact sheet, …"
    )
    parser.add_argument("--output", "-o", metavar="OUT", type=Path, help="a file or a folder (.)")
    _add_server(parser)


def _export(arguments: argparse.Namespace) -> int:
    with _client(arguments) as client:
        job_id = _resolve(client, arguments.job)
        if not arguments.artifacts:
            saved = [client.export(job_id, arguments.format, arguments.output)]
        else:
            folder = arguments.output or Path.cwd()
            folder.mkdir(parents=True, exist_ok=True)
            saved = [
                client.download(job_id, artifact["name"], folder)
                for artifact in client.artifacts(job_id)
            ]
    for path in saved:
        sys.stdout.write(f"{path}\n")
    return ExitCode.DONE


def _act(name: str, arguments: argparse.Namespace) -> int:
    """Cancel, retry or delete the jobs that were named."""
    with _client(arguments) as client:
        action: Callable[[str], None] = getattr(client, name)
        for word in arguments.job:
            job_id = _resolve(client, word)
            action(job_id)
            done = {"cancel": "is cancelled", "retry": "is queued again", "delete": "is deleted"}
            notice(f"Job {job_id} {done[name]}.")
    return ExitCode.DONE


def _add_pipelines(commands: Subparsers) -> None:
    parser = add_command(
        commands,
        "pipelines",
        _pipelines,
        does="list the pipelines of the server, with their parameters",
        examples="  jupyter videojobs pipelines\n  jupyter videojobs pipelines --json",
    )
    add_json(parser)
    _add_server(parser)


def _pipelines(arguments: argparse.Namespace) -> int:
    with _client(arguments) as client:
        pipelines = client.pipelines()
    if arguments.json:
        print_json(pipelines)
        return ExitCode.DONE
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("pipeline", "title", "finds", "parameters (--param)"):
        table.add_column(column)
    for pipeline in pipelines:
        names = [
            f"{step}.{key}"
            for step, schema in pipeline["parameters"].get("properties", {}).items()
            for key in schema.get("properties", {})
        ]
        table.add_row(
            pipeline["id"],
            escape(pipeline["title"]),
            escape(pipeline["description"]),
            escape("\n".join(names)),
        )
    out().print(table)
    return ExitCode.DONE


def _resolve(client: Client, word: str | None) -> str:
    """Return the job_id that a word stands for: the whole, its beginning, or the newest job."""
    if word is not None and len(word) == _ID_LENGTH:
        return word
    jobs = client.jobs(limit=1 if word is None else 1000)
    if word is None:
        if not jobs:
            raise CommandFailed(f"There is no job on {client.url} yet.")
        return jobs[0]["job_id"]
    found = [job["job_id"] for job in jobs if job["job_id"].startswith(word.lower())]
    if len(found) == 1:
        return found[0]
    if not found:
        raise CommandFailed(f"No job begins with {word!r}. `jupyter videojobs list` shows them.")
    raise CommandFailed(f"{len(found)} jobs begin with {word!r}: give more of it.")


def _print_status(status: JobStatus) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    table.add_row("job", status["job_id"])
    table.add_row("status", status_text(status["status"]))
    if status["name"] and status["name"] != status["input_name"]:
        table.add_row("name", escape(status["name"]))
    table.add_row("video", escape(status["input_name"]))
    table.add_row("pipeline", escape(status["pipeline_id"]))
    table.add_row("frames", _frames(status))
    if status["status"] in {"pending", "running"}:
        table.add_row("now", escape(describe(status)))
    if status["started_at"] and status["finished_at"]:
        took = datetime.fromisoformat(status["finished_at"]) - datetime.fromisoformat(
            status["started_at"]
        )
        table.add_row("took", clock(took.total_seconds()))
    if status["status"] == "failed":
        table.add_row("why", escape(status["error_message"] or status["failure_reason"] or ""))
    out().print(table)
    _print_warnings(status)


def _print_warnings(status: JobStatus) -> None:
    for warning in status["warnings"]:
        out().print(f"[yellow]warning[/] {escape(warning)}")


def _frames(status: JobStatus) -> str:
    total = status["frames_total"]
    if total is None:
        return ""
    if status["status"] == "completed":
        return f"{total:,}"
    return f"{status['frames_done']:,} of {total:,}"
