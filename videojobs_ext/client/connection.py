"""One HTTP connection to a server: sends the token, turns bad answers into typed errors."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from videojobs_ext._version import __version__
from videojobs_ext.client import errors
from videojobs_ext.client.discovery import ServerAddress

#: Seconds. A submit is answered only after the server has looked into the whole file.
_TIMEOUT = httpx.Timeout(60.0, connect=5.0, read=300.0)

#: What a proxy in front of a stopped server answers.
_AWAY = frozenset({502, 504})

_REFUSALS: Mapping[int, type[errors.ServerRefused]] = {
    400: errors.BadRequest,
    401: errors.NotAuthorized,
    403: errors.NotAuthorized,
    404: errors.NotFound,
    406: errors.BadRequest,
    409: errors.WrongStatus,
    410: errors.NotFound,
    413: errors.OverLimit,
    415: errors.BadRequest,
    422: errors.BadRequest,
}


class Connection:
    """Requests under ``<server>/v1/video/``. May be used from several threads."""

    def __init__(self, address: ServerAddress, *, verify: bool | ssl.SSLContext = True) -> None:
        self.address = address
        transport = None
        if address.socket is not None:
            transport = httpx.HTTPTransport(uds=str(address.socket))
        headers = {"User-Agent": f"videojobs/{__version__}"}
        if address.token:
            headers["Authorization"] = f"token {address.token}"
        self._http = httpx.Client(
            base_url=f"{address.url}v1/video/",
            headers=headers,
            timeout=_TIMEOUT,
            transport=transport,
            verify=verify,
            # A proxy of the environment can't reach this machine's own loopback.
            trust_env=not address.is_loopback,
        )

    def close(self) -> None:
        """Close the sockets."""
        self._http.close()

    def get(self, path: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON that a GET answers; query arguments that are None are left out."""
        return self.request("GET", path, params=_stated(query)).json()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | list[str]] | None = None,
        json: object = None,
        data: Mapping[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
        content: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request and return its answer, or raise the error that fits."""
        response = self.ask(
            method,
            path,
            params=params,
            json=json,
            data=data,
            files=files,
            content=content,
            headers=headers,
        )
        self.check(response)
        return response

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | list[str]] | None = None,
        json: object = None,
        data: Mapping[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
        content: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request and return its answer, whatever it is."""
        try:
            return self._http.request(
                method,
                path,
                params=params,
                json=json,
                data=data,
                files=files,
                content=content,
                headers=headers,
            )
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    @contextmanager
    def stream(
        self, path: str, *, accept: str = "*/*", **query: object
    ) -> Iterator[httpx.Response]:
        """Give the answer of a GET whose body is still to be read."""
        try:
            with self._http.stream(
                "GET", path, params=_stated(query), headers={"Accept": accept}
            ) as response:
                if not response.is_success:
                    response.read()
                self.check(response)
                yield response
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: httpx.TransportError) -> errors.ServerUnreachable:
        url = self.address.url
        if isinstance(error, httpx.ConnectError) and "CERTIFICATE" in str(error).upper():
            return errors.ServerUnreachable(
                f"The certificate of {url} is not trusted here: give its authority in "
                "SSL_CERT_FILE, or pass Client(verify=…)."
            )
        if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout | httpx.PoolTimeout):
            return errors.ServerUnreachable(f"The server at {url} is there but does not answer.")
        return errors.ServerUnreachable(
            f"No answer from {url} (found through {self.address.source}): is Jupyter running "
            "there? `jupyter server list` shows running servers."
        )

    def check(self, response: httpx.Response) -> None:
        """Raise the error that an answer stands for; return for a good one."""
        if response.is_success:
            return
        status = response.status_code
        body = json_object(response)
        if status in _AWAY:
            raise errors.ServerUnreachable(f"The server at {self.address.url} is away ({status}).")
        if response.is_redirect or status in {401, 403}:
            raise errors.NotAuthorized(self._let_in(status, body), status=status)
        if status == 404 and "message" not in body:
            raise errors.ExtensionMissing(
                f"A Jupyter server answers at {self.address.url}, but without videojobs. Install "
                "videojobs_ext in the environment of that server and restart it; `jupyter server "
                "extension list` must show it as enabled."
            )
        kind = _REFUSALS.get(status, errors.ServerTrouble)
        if kind is errors.NotFound and body.get("reason") == "not_completed":
            kind = errors.NotReady
        message = body.get("message") or f"The server answered {status} {response.reason_phrase}."
        raise kind(message, status=status, reason=body.get("reason"), field=body.get("field"))

    def _let_in(self, status: int, body: Mapping[str, Any]) -> str:
        """Say why the server does not let us in, and where its token is found."""
        message = str(body.get("message", ""))
        if "not authorized to" in message:
            return message
        if self.address.token:
            said = f"The server at {self.address.url} does not accept the token"
        else:
            said = f"The server at {self.address.url} asks for a token"
        return (
            f"{said} ({status}; found through {self.address.source}). `jupyter server list` shows "
            "it: pass Client(token=…) or set VIDEOJOBS_TOKEN."
        )


def json_object(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object in a body, or an empty one where there is none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _stated(query: Mapping[str, object]) -> dict[str, str | list[str]]:
    """Return the arguments that are not None as text; a list stands for several values."""
    return {
        name: [str(item) for item in value] if isinstance(value, list) else str(value)
        for name, value in query.items()
        if value is not None
    }
