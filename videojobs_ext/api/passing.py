"""A body that is passed on while it comes, and can be refused on its way."""

from __future__ import annotations

import asyncio

from tornado.ioloop import IOLoop

from videojobs_ext.api.base import VideoJobsHandler
from videojobs_ext.api.media import JSON

#: Bytes that are handed to a thread at once: fewer hops a gigabyte, and still little memory.
BATCH = 1024 * 1024

#: The first batch is small: it tells whether this is a video at all.
FIRST_BATCH = 16 * 1024

#: After a refusal in mid-body the rest is read and thrown away for so many seconds: closing at
#: once resets the connection, and most clients then never see the answer.
LINGER = 2.0


class PassingHandler(VideoJobsHandler):
    """A handler whose body goes on to a thread in batches; one is taken while the next one comes.

    The verb begins with ``await self.pass_on()`` and goes on only where ``refused`` is false; else
    it calls ``end_refused``.
    """

    def initialize(self, name: str, **kwargs: object) -> None:
        """Begin with nothing refused."""
        super().initialize(name, **kwargs)
        self.refused = False
        self._batch = FIRST_BATCH
        self._taking: asyncio.Future[None] | None = None

    async def data_received(self, chunk: bytes) -> None:
        """Take what has come, as a batch once it is large enough."""
        if self.refused:
            return
        self.body += chunk
        if len(self.body) >= self._batch:
            await self._taken()
            self._begin()
            if self._batch == FIRST_BATCH:
                self._batch = BATCH
                await self._taken()

    async def take(self, batch: bytes) -> None:
        """Take the next bytes; what this raises is answered."""
        raise NotImplementedError

    async def let_go(self) -> None:
        """Give up what the body was for; called after a refusal and when the client has gone."""
        raise NotImplementedError

    async def pass_on(self) -> None:
        """Hand over what has come and was not handed over yet, and wait until it is taken."""
        await self._taken()
        self._begin()
        await self._taken()

    async def refuse(self, error: BaseException) -> None:
        """Answer now, in full, and let the client finish speaking (see ``LINGER``)."""
        if self.refused:
            return
        self.refused = True
        await self.let_go()
        self.log_exception(type(error), error, error.__traceback__)
        status, body = self.error_answer(error)
        content = body.model_dump_json(exclude_none=True).encode()
        self.clear()
        self.set_status(status)
        self.set_header("Content-Type", JSON)
        self.set_header("Content-Length", len(content))
        self.set_header("Connection", "close")
        self.write(content)
        await self.flush()
        IOLoop.current().call_later(LINGER, self.end_refused)

    def _begin(self) -> None:
        if not self.refused:
            batch = bytes(self.body)
            self.body.clear()
            self._taking = asyncio.ensure_future(self.take(batch))

    async def _taken(self) -> None:
        """Wait until the batch in hand is taken; the client waits, too."""
        if self._taking is None:
            return
        try:
            await self._taking
        except Exception as error:  # noqa: BLE001 - raised in here, it would close without answer
            await self.refuse(error)
        self._taking = None

    async def _leave(self) -> None:
        if self._taking is not None:
            # Whatever is kept of the rest must not overtake it.
            await asyncio.wait([self._taking])
        await self.let_go()

    def end_refused(self) -> None:
        """End an answer that was given in mid-body."""
        if not self._finished:
            self.finish()

    def on_connection_close(self) -> None:
        """Give up, or keep, what was on its way from a client who has gone."""
        super().on_connection_close()
        self.refused = True
        IOLoop.current().add_callback(self._leave)
