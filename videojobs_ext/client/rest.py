"""The client: what a notebook or a script says to a videojobs server, over REST alone."""

from __future__ import annotations

import json
import ssl
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, cast
from urllib.parse import quote

from videojobs_ext.client import frames
from videojobs_ext.client.connection import Connection, json_object
from videojobs_ext.client.discovery import ServerAddress, discover
from videojobs_ext.client.downloads import offered_name, save, target
from videojobs_ext.client.errors import BadRequest, JobFailed, ServerNotFound, WaitTimeout
from videojobs_ext.client.functions import StepFunction, pack
from videojobs_ext.client.progress import CountingFile, JobBar, bar_class
from videojobs_ext.client.watching import Seen, watch

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from videojobs_ext.client.shapes import (
        ArtifactInfo,
        FrameResult,
        JobStatus,
        PipelineInfo,
        StepInfo,
    )

_ARROW = "application/vnd.apache.arrow.stream"

#: Frames asked for at once by ``results`` and ``iter_results``.
_PAGE = 5000

#: Seconds for which ``wait`` asks a server that is away, unless told otherwise.
PATIENCE = 120.0


class Client:
    """A videojobs server, seen from a notebook.

    Without arguments it finds its server by itself (see ``videojobs_ext.client.discovery``).
    ``verify`` is httpx's: False or an ``ssl.SSLContext`` for a server with its own certificate.
    Every method raises a ``VideoJobsError`` whose text says what to do.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        verify: bool | ssl.SSLContext = True,
    ) -> None:
        self._asked = (url, token)
        self._verify = verify
        self._connection = Connection(discover(url, token), verify=verify)

    @property
    def server(self) -> ServerAddress:
        """The server that this client talks to, and how it was found."""
        return self._connection.address

    @property
    def url(self) -> str:
        """The server's base URL."""
        return self.server.url

    def submit(
        self,
        file: str | Path | BinaryIO | None = None,
        pipeline: str | None = None,
        *,
        steps: Sequence[StepFunction] = (),
        server_path: str | None = None,
        upload: bool = False,
        frame_stride: int | None = None,
        max_frames: int | None = None,
        params: Mapping[str, Mapping[str, Any]] | None = None,
        name: str | None = None,
        progress: bool = True,
    ) -> str:
        """Submit a video and return its job_id; the job outlives this notebook.

        ``file`` is a path here or an open binary file. It is streamed to the server piece by
        piece with a progress bar, unless the server runs on this machine and the file lies in
        the server's folder: then only its path is sent. ``upload=True`` always sends the file.
        ``server_path`` names a file in the server's folder as the server sees it, and replaces
        ``file``. ``params`` maps a step's id to parameters that differ from the pipeline's.

        The pipeline is ``quicklook`` unless another one is named. ``steps`` are functions of yours
        that are sent along: each is called with every sampled frame (``frame.bgr()``,
        ``frame.luma()``, ``frame.number``, ``frame.time``) in a process of the server's, and may
        return a number, a text, a dict of an observation's fields, or several of these. They run
        after the pipeline's own steps, or alone where no pipeline is named.
        Raises BadRequest, NotFound (pipeline), OverLimit or ServerTrouble (disk full).
        """
        if (file is None) == (server_path is None):
            raise TypeError("submit() takes a file or a server_path, one of the two.")
        options = {
            "frame_stride": frame_stride,
            "max_frames": max_frames,
            "params": params,
            "name": name,
        }
        if steps:
            options["functions"] = pack(steps)
        alone = "functions" if steps else "quicklook"
        request: dict[str, Any] = {"pipeline_id": pipeline or alone} | {
            key: value for key, value in options.items() if value is not None
        }
        if server_path is not None:
            return self._submit_path(server_path, request)
        if not isinstance(file, str | Path):
            return self._submit_file(cast("BinaryIO", file), request, progress=progress)
        path = Path(file).expanduser()
        if not upload and (seen := self._path_on_server(path)) is not None:
            try:
                return self._submit_path(seen, request)
            except BadRequest as error:
                # The server may not read it there (another machine, another user, a rule):
                # the bytes can still be sent.
                if error.field != "path":
                    raise
        with path.open("rb") as opened:
            return self._submit_file(opened, request, progress=progress)

    def status(self, job_id: str) -> JobStatus:
        """Return where a job stands; raises NotFound for an unknown job."""
        return cast("JobStatus", self._connection.get(f"status/{quote(job_id, safe='')}"))

    def watch(self, job_id: str, *, patience: float = PATIENCE) -> Iterator[Seen]:
        """Yield looks at a job until it ends, about one a second.

        While the server is away (restarting), looks say for how long; after ``patience`` seconds
        ServerUnreachable is raised.
        """
        return watch(
            lambda: self.status(job_id), patience=patience, look_again=self._find_server_again
        )

    def wait(
        self,
        job_id: str,
        *,
        timeout: float | None = None,
        patience: float = PATIENCE,
        progress: bool = True,
    ) -> JobStatus:
        """Show a progress bar until a job is completed, and return its last status.

        Raises JobFailed when it ends failed, WaitTimeout after ``timeout`` seconds, and
        ServerUnreachable when the server stays away for ``patience`` seconds. In none of the
        last two does the job stop, nor when the kernel is interrupted.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        bar: JobBar | None = None
        try:
            for seen in self.watch(job_id, patience=patience):
                if progress and bar is None and seen.status is not None:
                    bar = JobBar(seen.status["name"] or seen.status["input_name"])
                if bar is not None:
                    _draw(bar, seen)
                status = seen.status
                if status is not None and status["status"] == "completed" and not seen.away:
                    return status
                if status is not None and status["status"] == "failed" and not seen.away:
                    raise JobFailed(_why(status), status)
                if deadline is not None and time.monotonic() >= deadline:
                    raise WaitTimeout(
                        f"Job {job_id} is not done after {timeout:g} s; it goes on running. "
                        "wait() shows it again."
                    )
        except KeyboardInterrupt:
            sys.stderr.write(
                f"\nJob {job_id} goes on running on the server. "
                f'client.wait("{job_id}") shows it again, client.cancel("{job_id}") stops it.\n'
            )
            raise
        finally:
            if bar is not None:
                bar.close()
        raise AssertionError("watch() ends with a terminal status")

    def results(
        self,
        job_id: str,
        *,
        offset: int = 0,
        limit: int | None = None,
        from_time: float | None = None,
        to_time: float | None = None,
        step: str | None = None,
    ) -> list[FrameResult]:
        """Return a completed job's results, one dict a frame, all of them unless ``limit`` says.

        Times are seconds of the video. Raises NotReady, which says the status, before the job is
        completed. ``iter_results`` keeps only one page of a long video in memory.
        """
        return list(
            self.iter_results(
                job_id, offset=offset, limit=limit, from_time=from_time, to_time=to_time, step=step
            )
        )

    def iter_results(
        self,
        job_id: str,
        *,
        offset: int = 0,
        limit: int | None = None,
        from_time: float | None = None,
        to_time: float | None = None,
        step: str | None = None,
    ) -> Iterator[FrameResult]:
        """Yield a completed job's results frame by frame, asked for page by page."""
        left = limit
        while left is None or left > 0:
            size = _PAGE if left is None else min(_PAGE, left)
            page = self._connection.get(
                f"results/{quote(job_id, safe='')}",
                offset=offset,
                limit=size,
                from_time=from_time,
                to_time=to_time,
                step=step,
            )["results"]
            yield from page
            if len(page) < size:
                return
            offset += size
            left = None if left is None else left - size

    def table(
        self,
        job_id: str,
        *,
        from_time: float | None = None,
        to_time: float | None = None,
        step: str | None = None,
    ) -> pa.Table:
        """Return the rows that a job has so far as an Arrow table, also while it runs."""
        import pyarrow as pa  # noqa: PLC0415

        with self._connection.stream(
            f"jobs/{quote(job_id, safe='')}/rows",
            accept=_ARROW,
            from_time=from_time,
            to_time=to_time,
            step=step,
        ) as response:
            return pa.ipc.open_stream(response.read()).read_all()

    def dataframe(
        self,
        job_id: str,
        *,
        from_time: float | None = None,
        to_time: float | None = None,
        step: str | None = None,
    ) -> pd.DataFrame:
        """Return the rows that a job has so far as a DataFrame, one row an observation.

        Raises MissingPackage where pandas is not installed.
        """
        frames.require_pandas()
        table = self.table(job_id, from_time=from_time, to_time=to_time, step=step)
        return table.to_pandas()

    def sql(self, query: str, *job_ids: str) -> pd.DataFrame:
        """Ask with SQL (DuckDB) over the rows of one or several jobs.

        The query sees ``rows``, with the job_id as first column, and ``jobs``, the jobs' statuses:
        ``client.sql("SELECT label, count(*) FROM rows GROUP BY label", job_id)``.
        """
        import pyarrow as pa  # noqa: PLC0415

        frames.require_pandas()
        if not job_ids:
            raise TypeError("sql() needs the job_id of one job or more after the query.")
        rows = {job_id: self.table(job_id) for job_id in job_ids}
        jobs = pa.Table.from_pylist([dict(self.status(job_id)) for job_id in job_ids])
        return frames.query(query, rows, jobs)

    def cancel(self, job_id: str) -> None:
        """Stop a job; within 2 seconds it is failed, with failure_reason ``cancelled``."""
        self._connection.request("POST", f"jobs/{quote(job_id, safe='')}/cancel")

    def retry(self, job_id: str) -> None:
        """Queue a failed job again; chunks that are done are not computed again."""
        self._connection.request("POST", f"jobs/{quote(job_id, safe='')}/retry")

    def delete(self, job_id: str) -> None:
        """Delete a job that does not run, with its rows and artifacts."""
        self._connection.request("DELETE", f"jobs/{quote(job_id, safe='')}")

    def jobs(
        self,
        *,
        status: str | list[str] | None = None,
        pipeline: str | None = None,
        q: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
    ) -> list[JobStatus]:
        """Return jobs, the newest first; ``q`` is looked for in job and file names.

        ``status`` is one status or a list of several.
        """
        found: list[JobStatus] = []
        cursor: str | None = None
        while len(found) < limit:
            page = self._connection.get(
                "jobs",
                status=status,
                pipeline_id=pipeline,
                q=q,
                sort=sort,
                limit=min(limit - len(found), 200),
                cursor=cursor,
            )
            found += page["jobs"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        return found

    def pipelines(self) -> list[PipelineInfo]:
        """Return the pipelines that jobs can name."""
        return cast("list[PipelineInfo]", self._connection.get("pipelines")["pipelines"])

    def steps(self) -> list[StepInfo]:
        """Return the steps that pipelines can use."""
        return cast("list[StepInfo]", self._connection.get("steps")["steps"])

    def artifacts(self, job_id: str) -> list[ArtifactInfo]:
        """Return the files that a job has made besides its rows."""
        path = f"jobs/{quote(job_id, safe='')}/artifacts"
        return cast("list[ArtifactInfo]", self._connection.get(path)["artifacts"])

    def download(self, job_id: str, artifact: str, to: str | Path | None = None) -> Path:
        """Save an artifact and return its path; ``to`` is a file or a folder (this one)."""
        return self._save(
            f"jobs/{quote(job_id, safe='')}/artifacts/{quote(artifact, safe='')}",
            target(to, artifact),
        )

    def export(
        self,
        job_id: str,
        format: str = "csv",  # noqa: A002 - the word that everybody tries
        to: str | Path | None = None,
    ) -> Path:
        """Save a completed job's results as ``csv``, ``json``, ``coco``, …; return the path.

        ``to`` is a file or a folder (this one), in which the file is named after the video.
        """
        path = f"results/{quote(job_id, safe='')}/{quote(format, safe='')}"
        with self._connection.stream(path) as response:
            name = offered_name(response.headers) or f"{job_id}.{format}"
            return save(response.iter_bytes(), target(to, name))

    def log(self, job_id: str) -> str:
        """Return a job's log."""
        return self._connection.request("GET", f"jobs/{quote(job_id, safe='')}/log").text

    def health(self) -> dict[str, Any]:
        """Return whether the worker is alive, the queue's length, disk space and versions.

        ``status`` is ``ok`` or ``degraded``: then jobs are not run now.
        """
        answer = self._connection.ask("GET", "health")
        body = json_object(answer) if answer.status_code == 503 else {}
        if "worker" not in body:
            self._connection.check(answer)
            body = json_object(answer)
        return body

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<videojobs client of {self.url}>"

    def _submit_path(self, path: str, request: Mapping[str, Any]) -> str:
        answer = self._connection.request("POST", "submit", json={"path": path, **request})
        return str(answer.json()["job_id"])

    def _submit_file(self, file: BinaryIO, request: Mapping[str, Any], *, progress: bool) -> str:
        name = Path(str(getattr(file, "name", "") or "video")).name
        fields = {
            key: json.dumps(value) if key in ("params", "functions") else str(value)
            for key, value in request.items()
        }
        with bar_class()(
            total=_size(file),
            desc=f"uploading {name}",
            unit="B",
            unit_scale=True,
            unit_divisor=1024,
            disable=not progress,
            leave=False,
        ) as bar:
            counted = CountingFile(file, bar.update)
            answer = self._connection.request(
                "POST",
                "submit",
                data=fields,
                files={"file": (name, counted, "application/octet-stream")},
            )
        return str(answer.json()["job_id"])

    def _path_on_server(self, path: Path) -> str | None:
        """Return the path of a file as the server sees it, if the server can see it."""
        root = self.server.root_dir
        if root is None or not path.exists():
            return None
        real, root = path.resolve(), root.resolve()
        if not real.is_relative_to(root):
            return None
        seen = real.relative_to(root)
        return None if any(part.startswith(".") for part in seen.parts) else seen.as_posix()

    def _save(self, path: str, to: Path) -> Path:
        with self._connection.stream(path) as response:
            return save(response.iter_bytes(), to)

    def _find_server_again(self) -> None:
        """Look whether the server that was found has come back at another address."""
        try:
            address = discover(*self._asked)
        except ServerNotFound:
            return
        if (address.url, address.token) != (self.server.url, self.server.token):
            self._connection.close()
            self._connection = Connection(address, verify=self._verify)


def _draw(bar: JobBar, seen: Seen) -> None:
    if seen.away:
        bar.show_away(seen.away)
    elif seen.status is not None:
        bar.show(seen.status)


def _why(status: JobStatus) -> str:
    """Say why a job failed and what can be done."""
    job_id = status["job_id"]
    if status["failure_reason"] == "cancelled":
        return f"Job {job_id} was cancelled. retry() continues it from its last finished chunk."
    said = status["error_message"] or status["failure_reason"] or "no reason given"
    advice = {
        "timeout": "Raise c.VideoJobs.job_timeout or analyze fewer frames, then retry().",
        "out_of_memory": "Raise c.VideoJobs.memory_limit_per_process, then retry().",
        "bad_video": "The rows up to there are kept: table() returns them.",
        "missing_input": "Submit the video again.",
    }.get(status["failure_reason"] or "", "log() shows its log; retry() tries it once more.")
    return f"Job {job_id} failed: {said.rstrip('.')}. {advice}"


def _size(file: BinaryIO) -> int | None:
    """Return how many bytes are left to read, or None for a stream that can't say."""
    try:
        here = file.tell()
        end = file.seek(0, 2)
        file.seek(here)
    except (OSError, ValueError):
        return None
    return end - here
