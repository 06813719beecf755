"""The magics of a notebook: ``%videojobs``, ``%videojob``, ``%%videopipeline``, ``%%videosql``."""

from __future__ import annotations

import argparse
import difflib
import functools
import re
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from IPython.core.completer import CompletionContext, context_matcher
from IPython.core.magic import Magics, cell_magic, line_cell_magic, line_magic, magics_class

from videojobs_ext.client.completion import Completer
from videojobs_ext.client.errors import BadRequest, ServerUnreachable, VideoJobsError
from videojobs_ext.client.listing import ArtifactList, JobList, PipelineList, Text
from videojobs_ext.client.magic_arguments import (
    MAGICS,
    STATUSES,
    VIDEOJOB,
    MagicFailed,
    help_of_commands,
    parameters,
)
from videojobs_ext.client.rest import Client

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.completer import SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

M = TypeVar("M", bound=Callable[..., Any])

_JOB_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

#: Where a refusal of a pipeline says its line: ``mine.yaml, line 4: steps.1.uses: …``.
_PLACE = re.compile(r"^\S+\.yaml(?:, line (?P<line>\d+))?: (?P<problem>.*)$", re.DOTALL)


def _in_words(magic: M) -> M:
    """Turn what can be expected to go wrong into words without a traceback."""

    @functools.wraps(magic)
    def run(self: VideoJobsMagics, line: str, *cell: str) -> object:
        try:
            return magic(self, line, *cell)
        except MagicFailed:
            raise
        except ServerUnreachable as error:
            # It may have come back at another port; the next magic finds it there.
            self.find_server_again()
            raise MagicFailed(str(error)) from error
        except (VideoJobsError, OSError, TypeError, ValueError) as error:
            raise MagicFailed(str(error)) from error

    return cast("M", run)


@magics_class
class VideoJobsMagics(Magics):
    """Jobs from the cells of a notebook."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._names: dict[str, Any] = shell.user_ns
        self._made: Client | None = None
        self._last: str | None = None
        #: Cells run in the main thread, the warming up in another.
        self._making = threading.Lock()
        self._completer = Completer(self._client, self._names)
        self._warming = threading.Thread(target=self._completer.warm_up, daemon=True)
        self._warming.start()

    @line_magic
    @_in_words
    def videojobs(self, line: str) -> JobList:
        """List jobs, the newest first.

        %videojobs [STATUS ...] [--pipeline ID] [-q WORDS] [--limit N]

        ``%videojobs running pending``, ``jobs = %videojobs failed``.
        """
        said = MAGICS["videojobs"].words(line)
        for word in said.status:
            _known(word, STATUSES, "status")
        return self._client().jobs(
            status=said.status or None, pipeline=said.pipeline, q=said.q, limit=said.limit
        )

    @line_magic
    @_in_words
    def videojob(self, line: str) -> object:
        """Submit a video, watch a job, look inside."""
        name, _, rest = line.strip().partition(" ")
        if not name or name in {"-h", "--help", "help"}:
            return Text(type(self).videojob.__doc__ or "")
        _known(name, VIDEOJOB, "command")
        if rest.strip() in {"-h", "--help"}:
            return Text(VIDEOJOB[name].format_help())
        said = VIDEOJOB[name].words(rest)
        command: Callable[[argparse.Namespace], object] = getattr(self, f"_{name}")
        return command(said)

    @line_cell_magic
    @_in_words
    def videopipeline(self, line: str, cell: str | None = None) -> PipelineList | Text:
        """Save the pipeline that a cell describes in YAML.

        %%videopipeline NAME

        As a line, ``%videopipeline`` lists pipelines and ``%videopipeline NAME`` shows one.

        The ``id`` in the cell may be left out. Afterwards: ``%videojob submit VIDEO -p NAME``.
        """
        name: str | None = MAGICS["videopipeline"].words(line).name
        if cell is None:
            client = self._client()
            return client.pipelines() if name is None else Text(client.pipeline(name)["source"])
        text, added = cell, 0
        stated = re.search(r"^id:\s*['\"]?(\w+)", cell, re.MULTILINE)
        if name is None and stated is None:
            raise MagicFailed("Name the pipeline: %%videopipeline NAME, or id: NAME in the cell.")
        name = name or cast("re.Match[str]", stated)[1]
        if stated is None and not cell.lstrip().startswith("{"):
            text, added = f"id: {name}\n{cell}", 1
        try:
            saved = self._client().save_pipeline(name, text)
        except BadRequest as error:
            raise MagicFailed(_in_cell(str(error), cell, added)) from error
        self._completer.forget()
        return PipelineList([saved])

    @cell_magic
    @_in_words
    def videosql(self, line: str, cell: str) -> pd.DataFrame | None:
        """Ask with SQL (DuckDB) over the rows of jobs; gives a DataFrame.

        %%videosql [-o NAME] [JOB ...]

        The query sees ``rows`` (with a ``job_id``) and ``jobs``. ``$name`` in it is the value of
        that variable. With ``-o`` the answer goes into a variable and is not shown.
        """
        said = MAGICS["videosql"].words(line)
        jobs = [job_id for word in said.jobs for job_id in self._jobs(word)]
        found = self._client().sql(cell, *jobs, parameters=self._names)
        if said.output is None:
            return found
        if not said.output.isidentifier():
            raise MagicFailed(f"-o {said.output}: that is no name of a variable.")
        self._names[said.output] = found
        return None

    def _submit(self, said: argparse.Namespace) -> str:
        path = Path(said.path).expanduser()
        there = not path.exists() and not path.is_absolute()
        try:
            self._last = self._client().submit(
                None if there else path,
                said.pipeline,
                server_path=said.path if there else None,
                steps=[self._function(name) for name in said.step],
                upload=said.upload,
                frame_stride=said.every,
                max_frames=said.max_frames,
                params=parameters(said.param) or None,
                name=said.name,
            )
        except (BadRequest, FileNotFoundError) as error:
            if isinstance(error, BadRequest) and not (there and "no such file" in str(error)):
                raise
            raise MagicFailed(
                f"There is no file {said.path!r} here, nor in the server's folder."
            ) from error
        if said.wait:
            self._client().wait(self._last)
        return self._last

    def _status(self, said: argparse.Namespace) -> object:
        return self._client().status(self._job(said.job))

    def _wait(self, said: argparse.Namespace) -> object:
        return self._client().wait(self._job(said.job), timeout=said.timeout)

    def _show(self, said: argparse.Namespace) -> object:
        return self._client().show(self._job(said.job))

    def _results(self, said: argparse.Namespace) -> object:
        return self._client().results(
            self._job(said.job),
            limit=said.limit,
            step=said.step,
            from_time=said.from_time,
            to_time=said.to_time,
        )

    def _dataframe(self, said: argparse.Namespace) -> pd.DataFrame:
        return self._client().dataframe(
            self._job(said.job), step=said.step, from_time=said.from_time, to_time=said.to_time
        )

    def _export(self, said: argparse.Namespace) -> Path:
        return self._client().export(self._job(said.job), said.format, said.to)

    def _artifacts(self, said: argparse.Namespace) -> ArtifactList:
        return self._client().artifacts(self._job(said.job))

    def _log(self, said: argparse.Namespace) -> Text:
        return Text(self._client().log(self._job(said.job)))

    def _cancel(self, said: argparse.Namespace) -> Text:
        job_id = self._job(said.job)
        self._client().cancel(job_id)
        return Text(f"Job {job_id} is being cancelled. %videojob retry continues it.")

    def _retry(self, said: argparse.Namespace) -> Text:
        job_id = self._job(said.job)
        self._client().retry(job_id)
        return Text(f"Job {job_id} is queued again.")

    def _delete(self, said: argparse.Namespace) -> Text:
        job_id = self._job(said.job)
        self._client().delete(job_id)
        self._last = None
        return Text(f"Job {job_id} is deleted.")

    def _connect(self, said: argparse.Namespace) -> Client:
        made = Client(said.url, said.token)
        made.health()
        self.close()
        self._completer.forget()
        self._made, self._last = made, None
        return made

    def find_server_again(self) -> None:
        """Look whether the server that went away has come back elsewhere."""
        if self._made is not None:
            self._made.find_server_again()

    def close(self) -> None:
        """Close the connection; the next magic makes another."""
        self._warming.join()
        if self._made is not None:
            self._made.close()
            self._made = None

    def _client(self) -> Client:
        with self._making:
            if self._made is None:
                self._made = Client()
            return self._made

    def _function(self, name: str) -> Callable[..., object]:
        function = self._names.get(name)
        if not callable(function):
            raise MagicFailed(f"--step {name}: there is no function of that name in this notebook.")
        return cast("Callable[..., object]", function)

    def _job(self, word: str | None) -> str:
        """Return the job that a word means; it is the last one from now on."""
        self._last = self._meant(word)
        return self._last

    def _jobs(self, word: str) -> list[str]:
        """Return the jobs that a word means; a variable may hold a list of them."""
        held = self._names.get(word)
        if isinstance(held, list | tuple):
            return [self._job(str(each)) for each in held]
        return [self._job(word)]

    def _meant(self, word: str | None) -> str:
        if word in {None, "last"}:
            if self._last is not None:
                return self._last
            newest = self._client().jobs(limit=1)
            if not newest:
                raise MagicFailed("There is no job yet: %videojob submit VIDEO makes one.")
            return newest[0]["job_id"]
        held = self._names.get(word or "")
        word = str(held) if isinstance(held, str) else str(word)
        if _JOB_ID.fullmatch(word):
            return word
        ids = [job["job_id"] for job in self._client().jobs(limit=10_000)]
        fitting = [job_id for job_id in ids if job_id.startswith(word)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise MagicFailed(f"{len(fitting)} jobs begin with {word!r}: write more of its job_id.")
        raise MagicFailed(
            f"{word!r} is no job, nor a variable that holds one. %videojobs lists the jobs."
        )

    def matches(self, context: CompletionContext) -> SimpleMatcherResult:
        """Return what can follow at the cursor."""
        from IPython.core.completer import SimpleCompletion  # noqa: PLC0415

        found = self._completer.complete(context.line_with_cursor[: context.cursor_position])
        if found is None:
            return {"completions": []}
        return {
            "completions": [SimpleCompletion(word, type="magic") for word in found.words],
            "matched_fragment": found.fragment,
            "ordered": True,
            # What Python has to say in this place is never meant.
            "suppress": True,
        }


VideoJobsMagics.videojob.__doc__ = f"""Submit a video, watch a job, look inside.

{help_of_commands()}

JOB is a job_id, its first letters, a variable that holds one, or last: the job that was named last,
or else the newest. All answers can be assigned: job = %videojob submit clip.mp4 -p motion
"""


def load(shell: InteractiveShell) -> None:
    """Register the magics and their completion in a shell; again does no harm."""
    unload(shell)
    magics = VideoJobsMagics(shell)
    shell.register_magics(magics)

    @context_matcher(identifier="videojobs")  # type: ignore[untyped-decorator]
    def videojobs_matcher(context: CompletionContext) -> SimpleMatcherResult:
        return magics.matches(context)

    if shell.Completer is not None:
        shell.Completer.custom_matchers.append(videojobs_matcher)


def unload(shell: InteractiveShell) -> None:
    """Take the completion away and close the connection; IPython keeps magics until it ends."""
    magics = shell.magics_manager.registry.get(VideoJobsMagics.__name__)
    if isinstance(magics, VideoJobsMagics):
        magics.close()
    if shell.Completer is None:
        return
    shell.Completer.custom_matchers[:] = [
        matcher
        for matcher in shell.Completer.custom_matchers
        if getattr(matcher, "matcher_identifier", "") != "videojobs"
    ]


def _known(word: str, known: Collection[str], what: str) -> None:
    """Raise what proposes the nearest word where this one is none of them."""
    if word not in known:
        near = difflib.get_close_matches(word, known, n=1)
        proposal = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}."
        raise MagicFailed(f"There is no {what} {word!r}. {proposal}")


def _in_cell(message: str, cell: str, added: int) -> str:
    """Return a refusal with the line that it is about, counted as the notebook does.

    ``added`` lines were put before the cell; the magic itself is the notebook's first line.
    """
    found = _PLACE.match(message)
    if found is None:
        return message
    if found["line"] is None:
        return found["problem"]
    lines = cell.splitlines() or [""]
    # Where the text ends too early, YAML speaks of the line behind the last one.
    number = max(1, min(int(found["line"]) - added, len(lines)))
    return f"Line {number + 1} of this cell: {found['problem']}\n→ {lines[number - 1]}"
