"""The server extension: from configuration to services to routes, a clean start, a clean stop."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from tornado.ioloop import PeriodicCallback

from videojobs_ext.config import VideoJobs

if TYPE_CHECKING:
    from videojobs_ext.services.services import Services
    from videojobs_ext.services.settings import Settings
    from videojobs_ext.services.submission import Upload

P = ParamSpec("P")
T = TypeVar("T")

#: Blocking calls that run at once. They wait for disk and database, not for the processor.
THREADS = 16

#: How long a request waits for the services to come up, in seconds.
START_PATIENCE = 30.0

#: How often a busy worker is told to the server as activity, in milliseconds.
ACTIVITY_EVERY = 30_000

#: A server must be gone 5 seconds after it was asked to; the services get this much of it.
STOP_PATIENCE = 4.0


class VideoJobsExtension(ExtensionApp):
    """Video jobs in a Jupyter server.

    Owns the services and the threads in which they are called. Everything here runs on the event
    loop; the services themselves are built, started and stopped in a thread.
    """

    name = "videojobs_ext"
    description = "Long video analysis in Jupyter that outlives the notebook."
    load_other_extensions = True
    classes = [ServerApp, VideoJobs]  # noqa: RUF012 - traitlets reads it from the class

    def initialize_settings(self) -> None:
        """Check the configuration now: a mistake in it belongs to the start, not to a request."""
        assert self.serverapp is not None  # noqa: S101 - linked before it is initialized
        # First what a stop needs: it also comes where the configuration is refused.
        #: Uploads whose bytes are still coming; a stop must leave nothing of them.
        self.open_uploads: set[Upload] = set()
        self.stopping = False
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="videojobs")
        self._start: asyncio.Future[Services] | None = None
        self._services: Services | None = None
        self._activity: PeriodicCallback | None = None
        self._settings: Settings | None = None
        self.configuration = VideoJobs(parent=self)
        contents = self.serverapp.contents_manager
        self._settings = self.configuration.settings(
            Path(self.serverapp.root_dir), allow_hidden=contents.allow_hidden
        )

    def initialize_handlers(self) -> None:
        """Add the routes."""
        # `videojobs_ext.extension` is imported by whoever lists extensions.
        from videojobs_ext.api.routes import handlers  # noqa: PLC0415

        self.handlers.extend(handlers())

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        del serverapp
        if self._settings is not None:
            self._begin()

    async def ready(self) -> Services:
        """Return the services once they are up; raises NotReady with the reason why they aren't."""
        from videojobs_ext.api.errors import NotReady  # noqa: PLC0415

        if self._services is not None:
            return self._services
        try:
            return await asyncio.wait_for(asyncio.shield(self._begin()), START_PATIENCE)
        except TimeoutError:
            raise NotReady("videojobs is still starting: try again in a moment.") from None
        except Exception as error:
            raise NotReady(f"videojobs could not start: {error}") from error

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, functools.partial(function, *args, **kwargs)
        )

    def current_activity(self) -> dict[str, str] | None:
        """Return what must not be interrupted by a shutdown for want of activity."""
        if self._keeps_alive():
            return {"videojobs": "a job is running or a video is coming in"}
        return None

    async def stop_extension(self) -> None:
        """Hand back the job in hand, end the children, close the database, in less than 5 s."""
        if self._activity is not None:
            self._activity.stop()
        if self._start is None:
            self._threads.shutdown(wait=False)
            return
        try:
            await asyncio.wait_for(self._stop(self._start), STOP_PATIENCE)
        except TimeoutError:
            self.log.warning("videojobs did not stop within %g s.", STOP_PATIENCE)
        self._threads.shutdown(wait=False, cancel_futures=True)

    # ── start and stop ──────────────────────────────────────────────────────────────────────────

    def _begin(self) -> asyncio.Future[Services]:
        """Start the services in a thread, once; whoever comes first does it."""
        if self._start is None:
            self._start = asyncio.ensure_future(self.call(self._build))
            self._start.add_done_callback(self._begun)
        return self._start

    def _build(self) -> Services:
        # These imports take a second or two, which a server's start must not.
        from videojobs_ext.api.errors import answer_for  # noqa: PLC0415
        from videojobs_ext.services.services import Services  # noqa: PLC0415

        # The first error must not be the one that imports what is needed to answer it.
        answer_for(Exception())
        began = time.monotonic()
        if self._settings is None:
            raise RuntimeError("the configuration was refused")
        services = Services(self._settings)
        services.start()
        self.log.debug("videojobs started in %.2f s.", time.monotonic() - began)
        return services

    def _begun(self, start: asyncio.Future[Services]) -> None:
        if start.cancelled():
            return
        error = start.exception()
        if error is not None:
            self.log.error("videojobs could not start: %s", error, exc_info=error)
            return
        self._services = start.result()
        self._activity = PeriodicCallback(self._tell_activity, ACTIVITY_EVERY)
        self._activity.start()

    async def _stop(self, start: asyncio.Future[Services]) -> None:
        try:
            services = await start
        except Exception:  # noqa: BLE001 - told when it happened
            return
        # In this order: a thread that opens an upload adds it first, then looks at the flag.
        self.stopping = True
        while self.open_uploads:
            await self.call(self.open_uploads.pop().abort)
        await self.call(services.stop)

    # ── activity ────────────────────────────────────────────────────────────────────────────────

    def _keeps_alive(self) -> bool:
        return (
            self.configuration.keep_server_alive_while_running
            and self._services is not None
            and (self._services.busy or self._services.receiving)
        )

    def _tell_activity(self) -> None:
        assert self.serverapp is not None  # noqa: S101 - linked before it is initialized
        if self._keeps_alive():
            times: dict[str, Any] = self.serverapp.web_app.settings["last_activity_times"]
            times["videojobs"] = datetime.now(UTC)
