"""The client: what a notebook or a script says to a videojobs server, over REST alone."""

from __future__ import annotations

import json
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, cast
from urllib.parse import quote

from videojobs_ext.client import frames
from videojobs_ext.client.connection import Connection, json_object
from videojobs_ext.client.discovery import ServerAddress, discover
from videojobs_ext.client.downloads import offered_name, save, target
from videojobs_ext.client.errors import BadRequest, NotFound, ServerNotFound
from videojobs_ext.client.functions import StepFunction, pack
from videojobs_ext.client.listing import (
    ArtifactList,
    FrameResults,
    JobList,
    PipelineList,
    Status,
    StepList,
)
from videojobs_ext.client.progress import CountingFile, bar_class
from videojobs_ext.client.row_files import RowFiles, cache_folder
from videojobs_ext.client.summary import Count, JobSummary
from videojobs_ext.client.uploads import SMALL, FileSender
from videojobs_ext.client.waiting import Waiting
from videojobs_ext.client.watching import Seen, Watch

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from videojobs_ext.client.shapes import FrameResult, JobStatus, PipelineInfo
    from videojobs_ext.client.viewer import VideoJobViewer

_ARROW = "application/vnd.apache.arrow.stream"
_PARQUET = "application/vnd.apache.parquet"

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
    def connection(self) -> Connection:
        """The connection of the moment, for whoever speaks REST by himself."""
        return self._connection

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
        A large one survives a cut connection and a restart of the server; submitted again after
        an interruption it goes on from where it stood.
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
        return cast("JobStatus", Status(self._connection.get(f"status/{quote(job_id, safe='')}")))

    def watch(self, job_id: str, *, patience: float = PATIENCE) -> Iterator[Seen]:
        """Yield looks at a job until it ends, about one a second.

        While the server is away (restarting), looks say for how long; after ``patience`` seconds
        ServerUnreachable is raised.
        """
        looks = self.looks(job_id, patience=patience)
        while True:
            yield (seen := looks.look())
            if seen.ended:
                return
            time.sleep(looks.pause())

    def looks(self, job_id: str, *, patience: float = PATIENCE) -> Watch:
        """Return what ``watch`` makes its looks with, for those who sleep otherwise."""
        return Watch(
            lambda: self.status(job_id), patience=patience, find_again=self.find_server_again
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
        with Waiting(job_id, timeout=timeout, progress=progress) as waiting:
            for seen in self.watch(job_id, patience=patience):
                if (status := waiting.take(seen)) is not None:
                    return status
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
    ) -> FrameResults:
        """Return a completed job's results, one dict a frame, all of them unless ``limit`` says.

        Times are seconds of the video. Raises NotReady, which says the status, before the job is
        completed. ``iter_results`` keeps only one page of a long video in memory.
        """
        return FrameResults(
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

    def sql(
        self, query: str, *job_ids: str, parameters: Mapping[str, object] | None = None
    ) -> pd.DataFrame:
        """Ask with SQL (DuckDB) over the rows of these jobs, or of all jobs.

        The query sees ``rows``, with the job_id as first column, and ``jobs``, the jobs' statuses:
        ``client.sql("SELECT label, count(*) FROM rows GROUP BY label")``. Rows are fetched only of
        jobs that a condition on ``job_id``, or a join with ``jobs``, leaves over; those of jobs
        that have ended are kept on this machine (``VIDEOJOBS_CACHE_DIR``). ``parameters`` are the
        values of ``$name`` in the query. Raises QueryRefused, which proposes the nearest name.
        """
        frames.require_pandas()
        if job_ids:
            jobs = [self.status(job_id) for job_id in dict.fromkeys(job_ids)]
        else:
            jobs = list(self.jobs(limit=sys.maxsize))
        by_id = {job["job_id"]: job for job in jobs}
        with tempfile.TemporaryDirectory(prefix="videojobs-") as scratch:
            rows = RowFiles(by_id, self._save_rows, scratch=Path(scratch), cache=cache_folder())
            return frames.query(
                query, rows, frames.jobs_table(jobs), spill=Path(scratch), parameters=parameters
            )

    def show(self, job_id: str) -> VideoJobViewer | JobSummary:
        """Return a job to look at: in a notebook the viewer, elsewhere a summary as text.

        Without the extra ``widgets`` a notebook shows the summary with the poster.
        """
        if "ipykernel.zmqshell" not in sys.modules or find_spec("anywidget") is None:
            return self.summary(job_id)
        from videojobs_ext.client.viewer import VideoJobViewer  # noqa: PLC0415 - needs the extra

        return VideoJobViewer(self.status(job_id), client=self)

    def summary(self, job_id: str) -> JobSummary:
        """Return a job at a glance: status, counts per label, artifacts, a picture."""
        import pyarrow.compute as pc  # noqa: PLC0415

        status = self.status(job_id)
        table = self.table(job_id).select(["step", "label", "time"])
        keys = [pc.fill_null(pc.cast(table[name], "string"), "") for name in ("step", "label")]
        counted = (
            table.set_column(0, "step", keys[0])
            .set_column(1, "label", keys[1])
            .group_by(["step", "label"])
            .aggregate([("time", "count"), ("time", "min"), ("time", "max")])
            .sort_by([("time_count", "descending"), ("step", "ascending"), ("label", "ascending")])
        )
        counts = [
            Count(row["step"], row["label"], row["time_count"], row["time_min"], row["time_max"])
            for row in counted.to_pylist()
        ]
        poster = self.thumbnail(job_id)
        return JobSummary(status, counts, self.artifacts(job_id), poster, self.server)

    def thumbnail(self, job_id: str) -> bytes | None:
        """Return a telling frame of the video as JPEG; None before the job has one."""
        path = f"jobs/{quote(job_id, safe='')}/thumbnail"
        try:
            return self._connection.request("GET", path).content
        except NotFound:
            return None

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
    ) -> JobList:
        """Return jobs, the newest first; ``q`` is looked for in job and file names.

        ``status`` is one status or a list of several.
        """
        found = JobList()
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

    def pipelines(self) -> PipelineList:
        """Return the pipelines that jobs can name."""
        return PipelineList(self._connection.get("pipelines")["pipelines"])

    def pipeline(self, pipeline_id: str) -> PipelineInfo:
        """Return one pipeline; its ``source`` is the YAML as it was written."""
        path = f"pipelines/{quote(pipeline_id, safe='')}"
        return cast("PipelineInfo", self._connection.get(path))

    def save_pipeline(self, pipeline_id: str, yaml: str) -> PipelineInfo:
        """Save a pipeline of yours, or replace it; jobs keep the one they were submitted with.

        ``pipeline_id`` and the ``id`` in the text are the same. Raises BadRequest, whose message
        names line, field and the nearest name, and WrongStatus for one that comes with videojobs.
        """
        answer = self._connection.request(
            "PUT",
            f"pipelines/{quote(pipeline_id, safe='')}",
            content=yaml.encode(),
            headers={"Content-Type": "application/yaml"},
        )
        return cast("PipelineInfo", answer.json())

    def delete_pipeline(self, pipeline_id: str) -> None:
        """Remove a pipeline of yours; jobs keep the one that they were submitted with."""
        self._connection.request("DELETE", f"pipelines/{quote(pipeline_id, safe='')}")

    def steps(self) -> StepList:
        """Return the steps that pipelines can use."""
        return StepList(self._connection.get("steps")["steps"])

    def artifacts(self, job_id: str) -> ArtifactList:
        """Return the files that a job has made besides its rows."""
        path = f"jobs/{quote(job_id, safe='')}/artifacts"
        return ArtifactList(self._connection.get(path)["artifacts"])

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

    def contents(self, folder: str = "") -> list[dict[str, Any]]:
        """Return what lies in a folder of the server, each with ``name``, ``path`` and ``type``.

        Paths are as ``submit(server_path=…)`` takes them.
        """
        url = f"{self.url}api/contents/{quote(folder)}"
        answer = self._connection.get(url, content=1, type="directory")
        return cast("list[dict[str, Any]]", answer["content"])

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
        size = _size(file)
        with bar_class()(
            total=size,
            desc=f"uploading {name}",
            unit="B",
            unit_scale=True,
            unit_divisor=1024,
            disable=not progress,
            leave=False,
        ) as bar:
            if size is not None and size > SMALL:
                sender = FileSender(
                    lambda: self._connection, self.find_server_again, patience=PATIENCE, bar=bar
                )
                return sender.submit(file, size, name, request)
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

    def _save_rows(self, job_id: str, to: Path) -> Path:
        path = f"jobs/{quote(job_id, safe='')}/rows"
        with self._connection.stream(path, accept=_PARQUET) as response:
            return save(response.iter_bytes(), to)

    def _save(self, path: str, to: Path) -> Path:
        with self._connection.stream(path) as response:
            return save(response.iter_bytes(), to)

    def find_server_again(self) -> None:
        """Look whether the server that was found has come back at another address."""
        try:
            address = discover(*self._asked)
        except ServerNotFound:
            return
        if (address.url, address.token) != (self.server.url, self.server.token):
            self._connection.close()
            self._connection = Connection(address, verify=self._verify)


def _size(file: BinaryIO) -> int | None:
    """Return how many bytes are left to read, or None for a stream that can't say."""
    try:
        here = file.tell()
        end = file.seek(0, 2)
        file.seek(here)
    except (OSError, ValueError):
        return None
    return end - here
