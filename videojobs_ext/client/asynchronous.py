"""The client for ``await``: the same methods, without holding up the event loop."""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from videojobs_ext.client.rest import PATIENCE, Client
from videojobs_ext.client.waiting import Waiting
from videojobs_ext.client.watching import Seen

if TYPE_CHECKING:
    from videojobs_ext.client.discovery import ServerAddress
    from videojobs_ext.client.shapes import FrameResult, JobStatus

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
        method = functools.partial(self._method, instance.client)

        @functools.wraps(self._method.__get__(instance.client))
        async def run(*args: P.args, **kwargs: P.kwargs) -> R:
            return await asyncio.to_thread(method, *args, **kwargs)

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

    submit = Twin(Client.submit)
    status = Twin(Client.status)
    results = Twin(Client.results)
    table = Twin(Client.table)
    dataframe = Twin(Client.dataframe)
    sql = Twin(Client.sql)
    summary = Twin(Client.summary)
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
            seen = await asyncio.to_thread(looks.look)
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

    def iter_results(
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
        return _in_threads(
            self.client.iter_results(
                job_id, offset=offset, limit=limit, from_time=from_time, to_time=to_time, step=step
            )
        )

    async def close(self) -> None:
        """Close the connection."""
        await asyncio.to_thread(self.client.close)

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


async def _in_threads(items: Iterator[R]) -> AsyncIterator[R]:
    """Yield what an iterator yields, asked for by threads, a thousand at a time."""
    while piece := await asyncio.to_thread(_piece, items):
        for item in piece:
            yield item


def _piece(items: Iterator[R]) -> list[R]:
    return [item for _, item in zip(range(1000), items, strict=False)]
