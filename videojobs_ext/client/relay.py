"""Requests of a page that can't reach the server itself, passed on by the kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from videojobs_ext.client.errors import ServerUnreachable, VideoJobsError
from videojobs_ext.client.rest import Client

#: Requests under way at once; the page waits with more.
_AT_ONCE = 4


class Relay:
    """Sends a page's requests on to the server, and its answers back.

    ``client`` returns the client of the moment, or raises a VideoJobsError, which the page shows.
    ``answer`` takes a message and its buffers for the page; it is called from threads. An answer
    has the number of its request, and either ``status`` and ``headers``, with the body in the
    buffer, or ``trouble``: why there is none.
    """

    def __init__(
        self,
        client: Callable[[], Client],
        answer: Callable[[dict[str, Any], list[bytes]], None],
    ) -> None:
        self._client = client
        self._answer = answer
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="videojobs-relay")

    def close(self) -> None:
        """Take no more requests; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def take(self, request: Mapping[str, Any], buffers: Sequence[bytes | memoryview]) -> None:
        """Send a request on; its answer follows from a thread.

        It has ``ask``, a number, ``method``, ``path`` below the server's base URL and ``headers``;
        its body is the buffer.
        """
        body = bytes(buffers[0]) if buffers else b""
        self._threads.submit(self._pass_on, request, body)

    def _pass_on(self, request: Mapping[str, Any], body: bytes) -> None:
        answer: dict[str, Any] = {"answer": request["ask"]}
        content = b""
        try:
            client = self._client()
            try:
                response = client.connection.ask(
                    str(request["method"]),
                    client.url + str(request["path"]),
                    content=body,
                    headers=dict(request["headers"]),
                )
            except ServerUnreachable:
                # It may have come back elsewhere: the page asks again.
                client.find_server_again()
                raise
            content = response.content
            answer |= {"status": response.status_code, "headers": dict(response.headers)}
        except VideoJobsError as error:
            answer["trouble"] = str(error)
        self._answer(answer, [content])
