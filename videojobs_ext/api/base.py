"""What every handler does before and after its one call: who, may they, how much, and errors."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider
from jupyter_server.auth.utils import HTTP_METHOD_TO_AUTH_ACTION
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from jupyter_server.utils import ensure_async
from pydantic import BaseModel
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler, authenticated, stream_request_body

from videojobs_ext.api.errors import RequestRefused, answer_for
from videojobs_ext.api.models import ErrorAnswer, Request

if TYPE_CHECKING:
    from tornado.http1connection import HTTP1Connection

    from videojobs_ext.extension import VideoJobsExtension
    from videojobs_ext.services.services import Services

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Q = TypeVar("Q", bound=Request)

#: What authorizers are asked about.
RESOURCE = "videojobs"

#: Larger than any body: tornado's own limit answers without a word of explanation, so ours, which
#: counts the same bytes, comes first.
_UNLIMITED = 2**62

_NOT_OURS = frozenset({"token", "_xsrf", "no_track_activity"})

Verb = Callable[..., Awaitable[None]]


def may(action: str) -> Callable[[Verb], Verb]:
    """Let a verb run only for a user whom the authorizer allows ``action`` on ``RESOURCE``.

    Stands at every verb of every concrete handler; what it wraps must not be inherited.
    """

    def decorate(verb: Verb) -> Verb:
        checked: Verb = authorized(action, resource=RESOURCE)(verb)
        return cast("Verb", authenticated(checked))

    return decorate


@stream_request_body
class VideoJobsHandler(ExtensionHandlerMixin, APIHandler):
    """The base of all handlers.

    Its body comes in pieces (``stream_request_body``), so that ``prepare`` runs before a byte of it
    is read. Bodies that a handler wants whole come in ``self.body``, up to ``body_limit`` bytes.
    """

    #: Bytes; a larger body is refused with 413.
    body_limit: ClassVar[int] = 64 * 1024

    def initialize(self, name: str, **kwargs: object) -> None:
        """Take the extension's name, by which its settings are found."""
        super().initialize(name, **kwargs)
        self.body = bytearray()

    # ── before the body ─────────────────────────────────────────────────────────────────────────

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse who may not, what is unknown, and what is too large, before reading the body."""
        cast("HTTP1Connection", self.request.connection).set_max_body_size(_UNLIMITED)
        await super().prepare()
        method = self.request.method or ""
        if method == "OPTIONS":
            return
        if not self.current_user:
            raise HTTPError(HTTPStatus.FORBIDDEN)
        if getattr(self, method.lower()) == self._unimplemented_method:
            raise HTTPError(HTTPStatus.METHOD_NOT_ALLOWED, f"{method} is not possible here.")
        action = HTTP_METHOD_TO_AUTH_ACTION[method]
        if not await self.allows(action):
            raise HTTPError(
                HTTPStatus.FORBIDDEN, f"User is not authorized to {action} on {RESOURCE}."
            )
        self.services: Services = await self.extension.ready()
        await self.check_length()

    async def allows(self, action: str) -> bool:
        """Tell whether the authorizer lets this user do ``action``: read, write or execute."""
        return bool(
            await ensure_async(
                self.authorizer.is_authorized(self, self.current_user, action, RESOURCE)
            )
        )

    @property
    def person(self) -> str:
        """Who this user is, as far as this server tells people apart; "" where it doesn't.

        With Jupyter's own token or password they are all one person, under a name that is made up
        for each browser, and anew for each request that brings the token.
        """
        if type(self.identity_provider) in (IdentityProvider, PasswordIdentityProvider):
            return ""
        return str(self.current_user.username)

    async def check_length(self) -> None:
        """Refuse a body that says beforehand that it is too large."""
        if self.content_length > self.body_limit:
            raise self.too_large(self.body_limit)

    @property
    def content_length(self) -> int:
        """Return how many bytes the request says that it has; 0 where it doesn't say."""
        text = self.request.headers.get("Content-Length", "0")
        return int(text) if text.isascii() and text.isdecimal() else 0

    @classmethod
    def verbs(cls) -> list[str]:
        """Return the HTTP methods that this handler knows, besides OPTIONS."""
        return [
            verb
            for verb in RequestHandler.SUPPORTED_METHODS
            if verb != "OPTIONS"
            and getattr(cls, verb.lower()) is not RequestHandler._unimplemented_method  # noqa: SLF001
        ]

    @staticmethod
    def too_large(limit: int) -> RequestRefused:
        """Return the refusal of a body over ``limit`` bytes."""
        return RequestRefused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "over_limit",
            f"The request is larger than {limit} bytes, the limit here.",
        )

    # ── the body ────────────────────────────────────────────────────────────────────────────────

    async def data_received(self, chunk: bytes) -> None:
        """Collect a small body."""
        if len(self.body) + len(chunk) > self.body_limit:
            # Raising in here would close the connection without an answer.
            self.answer_error(self.too_large(self.body_limit))
            return
        self.body += chunk

    def json_body(self, model: type[M]) -> M:
        """Return the body as a model; raises RequestRefused or ValidationError."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise RequestRefused(
                HTTPStatus.BAD_REQUEST, "bad_json", f"The body is not JSON: {error}"
            ) from None
        # JSON has types of its own: a text is no number and `true` is not 1.
        return model.model_validate(content, strict=True)

    def query(self, model: type[Q]) -> Q:
        """Return the query string as a model; raises ValidationError."""
        content: dict[str, str | list[str]] = {}
        for name, values in self.request.query_arguments.items():
            # Jupyter's own, and the bare time stamps by which its front end gets past caches.
            if name in _NOT_OURS or name.isdecimal():
                continue
            texts = [value.decode("utf-8", "replace") for value in values]
            content[name] = texts if name in model.SEVERAL else texts[-1]
        return model.model_validate(content)

    def job_id(self, text: str) -> uuid.UUID:
        """Return the job_id in a path; a malformed one is as unknown as any other."""
        return parse_job_id(text)

    # ── the call ────────────────────────────────────────────────────────────────────────────────

    @property
    def extension(self) -> VideoJobsExtension:
        """Return the extension, which owns the services and the threads."""
        return cast("VideoJobsExtension", self.extensionapp)

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call off the event loop."""
        return await self.extension.call(function, *args, **kwargs)

    # ── the answer ──────────────────────────────────────────────────────────────────────────────

    def answer(self, model: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> None:
        """Finish with a model as JSON."""
        self.set_status(status)
        self.finish(model.model_dump_json(by_alias=True))

    async def stream(self, pieces: Iterator[bytes], media_type: str) -> None:
        """Send pieces as they are made, each off the loop, at the speed of the client.

        The first is made before the head is sent, so that an error still finds its status.
        """
        piece = await self.call(next, pieces, None)
        self.set_header("Content-Type", media_type)
        while piece is not None:
            self.write(piece)
            try:
                await self.flush()
            except StreamClosedError:
                return
            piece = await self.call(next, pieces, None)
        await self.finish(set_content_type=media_type)

    # ── errors ──────────────────────────────────────────────────────────────────────────────────

    def error_answer(self, error: BaseException | None) -> tuple[int, ErrorAnswer]:
        """Return the status and body for an exception; what is not in the table is ours: 500."""
        return answer_for(error) or (HTTPStatus.INTERNAL_SERVER_ERROR, _INTERNAL_ERROR)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:  # noqa: ANN401 - tornado's
        """Answer an exception with the status that the table has for it."""
        if "exc_info" in kwargs:
            status_code, _ = self.error_answer(kwargs["exc_info"][1])
        super().send_error(status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 - tornado's
        """Write the error as JSON, without a stack trace."""
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            self.set_header("Allow", ", ".join(self.verbs()))
        if not self.request._body_future.done():  # noqa: SLF001 - tornado tells it nowhere else
            # tornado closes the connection rather than read a body that nobody wants, also
            # where there is none; a client that isn't told would send its next request into it.
            self.set_header("Connection", "close")
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else HTTPError(status_code)
        self.finish(self.error_answer(error)[1].model_dump_json(exclude_none=True))

    def answer_error(self, error: BaseException) -> None:
        """Answer an error that was caught where it can't be raised."""
        self.send_error(exc_info=(type(error), error, error.__traceback__))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log a user's mistake in one line, and what we did not expect with its stack."""
        del typ, tb
        known = answer_for(value)
        if known is None:
            self.log.error("Uncaught exception in %s", self._request_summary(), exc_info=value)
        elif known[0] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.error("%s: %s", self._request_summary(), known[1].message)
        else:
            self.log.debug("%s: %s", self._request_summary(), known[1].message)


def parse_job_id(text: str, *, field: str | None = None) -> uuid.UUID:
    """Return a job_id that a client wrote; a malformed one is as unknown as any other."""
    try:
        job_id = uuid.UUID(text)
    except ValueError:
        job_id = None
    if job_id is None or str(job_id) != text.lower():
        message = unknown_job_message(text)
        raise RequestRefused(HTTPStatus.NOT_FOUND, "unknown_job", message, field=field)
    return job_id


def unknown_job_message(job_id: object) -> str:
    """Return the words for a job that is not there, however it is not there."""
    return f"There is no job {job_id}."


_INTERNAL_ERROR = ErrorAnswer(
    message="Something went wrong in the server; its log has the details.",
    reason="internal_error",
)
