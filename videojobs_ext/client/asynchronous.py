"""The client for ``await``: the same methods, without holding up the event loop."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from videojobs_ext.client.rest import PATIENCE, Client
from videojobs_ext.client.waiting import Waiting
from videojobs_ext.client.watching import Seen

if TYPE_CHECKING:
    from videojobs_ext.client.discovery import ServerAddress
    from videojobs_ext.client.shapes import FrameResult, JobStatus

#: Calls that are under way at once; the others wait for their turn.
_THREADS = 16

P = ParamSpec("P")
R = TypeVar("R")


class Twin(Generic[P, R]):
    """A method of ``Client`` as one that is awaited: same arguments, same answer, same errors.

    It runs in a thread. Who cancels the ``await`` no longer waits for the thread, which ends what
    it has begun: an upload that was left goes on.
    """

    def __init__(self, method: Callable[Concatenate[Client, P], R]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    @overload
    def __get__(self, instance: None, owner: type[AsyncClient]) -> Self: ...
    @overload
    def __get__(
        self, instance: AsyncClient, owner: type[AsyncClient]
    ) -> Callable[P, Coroutine[Any, Any, R]]: ...
    def __get__(
        self, instance: AsyncClient | None, owner: type[AsyncClient]
    ) -> Self | Callable[P, Coroutine[Any, Any, R]]:
        """Return the method of one client, with the name and signature that help shows."""
        if instance is None:
            return self

        @functools.wraps(self._method.__get__(instance.client))
        async def run(*args: P.args, **kwargs: P.kwargs) -> R:
            return await instance.in_thread(self._method, instance.client, *args, **kwargs)

        return run


class AsyncClient:
    """A videojobs server, seen from code that awaits; ``client`` is the one that blocks.

    ``wait``, ``watch`` and ``iter_results`` take no thread while they wait, so that hundreds of
    jobs can be waited for at once, and cancelling them leaves nothing behind.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        verify: bool | ssl.SSLContext = True,
    ) -> None:
        self.client = Client(url, token, verify=verify)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="videojobs")

    submit = Twin(Client.submit)
    status = Twin(Client.status)
    results = Twin(Client.results)
    table = Twin(Client.table)
    dataframe = Twin(Client.dataframe)
    sql = Twin(Client.sql)
    summary = Twin(Client.summary)
    thumbnail = Twin(Client.thumbnail)
    cancel = Twin(Client.cancel)
    retry = Twin(Client.retry)
    delete = Twin(Client.delete)
    jobs = Twin(Client.jobs)
    pipelines = Twin(Client.pipelines)
    pipeline = Twin(Client.pipeline)
    save_pipeline = Twin(Client.save_pipeline)
    delete_pipeline = Twin(Client.delete_pipeline)
    steps = Twin(Client.steps)
    artifacts = Twin(Client.artifacts)
    download = Twin(Client.download)
    export = Twin(Client.export)
    log = Twin(Client.log)
    health = Twin(Client.health)

    @property
    def server(self) -> ServerAddress:
        """The server that this client talks to, and how it was found."""
        return self.client.server

    @property
    def url(self) -> str:
        """The server's base URL."""
        return self.client.url

    async def watch(self, job_id: str, *, patience: float = PATIENCE) -> AsyncIterator[Seen]:
        """Yield looks at a job until it ends, about one a second; see ``Client.watch``."""
        looks = self.client.looks(job_id, patience=patience)
        while True:
            seen = await self.in_thread(looks.look)
            yield seen
            if seen.ended:
                return
            await asyncio.sleep(looks.pause())

    async def wait(
        self,
        job_id: str,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the job's, as in Client.wait
        patience: float = PATIENCE,
        progress: bool = True,
    ) -> JobStatus:
        """Show a progress bar until a job is completed, and return its last status.

        Raises as ``Client.wait`` does. The job goes on when this is cancelled.
        """
        with Waiting(job_id, timeout=timeout, progress=progress) as waiting:
            async for seen in self.watch(job_id, patience=patience):
                if (status := waiting.take(seen)) is not None:
                    return status
        raise AssertionError("watch() ends with a terminal status")

    async def iter_results(
        self,
        job_id: str,
        *,
        offset: int = 0,
        limit: int | None = None,
        from_time: float | None = None,
        to_time: float | None = None,
        step: str | None = None,
    ) -> AsyncIterator[FrameResult]:
        """Yield a completed job's results frame by frame; see ``Client.iter_results``."""
        frames = self.client.iter_results(
            job_id, offset=offset, limit=limit, from_time=from_time, to_time=to_time, step=step
        )
        while piece := await self.in_thread(_piece, frames):
            for frame in piece:
                yield frame

    async def in_thread(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Make one call that blocks in a thread of this client's."""
        # What a progress bar prints belongs to the cell that awaits, which the context knows.
        there = functools.partial(contextvars.copy_context().run, call, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, there)

    async def close(self) -> None:
        """Close the connection, after the requests that are under way."""
        await asyncio.to_thread(self._threads.shutdown)
        self.client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<videojobs client (async) of {self.url}>"


def _piece(items: Iterator[R]) -> list[R]:
    """Return the next thousand items: one visit to a thread for all of them."""
    return [item for _, item in zip(range(1000), items, strict=False)]
