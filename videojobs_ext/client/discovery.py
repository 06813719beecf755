"""Find the Jupyter server that runs videojobs, from a notebook, a terminal or a script.

The order, first hit wins:

1. what the caller says (``url``, ``token``),
2. ``VIDEOJOBS_URL`` and ``VIDEOJOBS_TOKEN``,
3. JupyterHub: ``JUPYTERHUB_SERVICE_URL`` and ``JUPYTERHUB_API_TOKEN``,
4. ``JUPYTER_SERVER_URL`` and ``JUPYTER_SERVER_TOKEN`` (or ``JUPYTER_TOKEN``),
5. the server that started this kernel (``JPY_PARENT_PID``),
6. the only running server of this user, when there is exactly one.

Servers note themselves in ``jpserver-<pid>.json`` in Jupyter's runtime directory. Where one of
the first four names a URL without a token, the note of the server at that URL supplies it.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import psutil
from jupyter_core.paths import jupyter_runtime_dir

from videojobs_ext.client.errors import ServerNotFound

#: Addresses that a server listens on but that nobody can connect to.
_BIND_ADDRESSES = frozenset({"", "0.0.0.0", "::", "*"})  # noqa: S104

#: Pages that people copy the address of; what stands before them is the base URL.
_PAGE = re.compile(r"(?<!/user)/(lab|tree|notebooks|edit|doc|consoles)(/.*)?$")

_WHAT_TO_DO = (
    "Start one with `jupyter lab`, or say which one: Client(url=…, token=…), or set "
    "VIDEOJOBS_URL and VIDEOJOBS_TOKEN. `jupyter server list` shows addresses and tokens."
)


@dataclass(frozen=True)
class ServerAddress:
    """Where a server is and how to be let in. The token never shows in its repr.

    ``url`` ends with a slash. ``source`` says in words how the address was found. ``root_dir``
    is the server's folder when the server runs on this machine, ``socket`` the Unix socket that
    it listens on instead of a port.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    source: str = "the caller"
    root_dir: Path | None = None
    socket: Path | None = None
    pid: int | None = None

    @property
    def is_loopback(self) -> bool:
        """Return whether the URL leads to this machine."""
        return self.socket is not None or _is_loopback(urlsplit(self.url).hostname or "")


def discover(
    url: str | None = None,
    token: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    runtime_dir: Path | None = None,
) -> ServerAddress:
    """Return the server to talk to; raise ``ServerNotFound`` with what to do otherwise.

    ``environ`` and ``runtime_dir`` are those of this process unless given.
    """
    env = os.environ if environ is None else environ
    notes = running_servers(Path(jupyter_runtime_dir()) if runtime_dir is None else runtime_dir)
    found = _said(url, env, notes) or _noted(env, notes)
    return replace(found, token=token) if token else found


def running_servers(runtime_dir: Path) -> list[ServerAddress]:
    """Return the servers that note themselves in ``runtime_dir`` and whose process is alive."""
    servers = []
    for file in sorted(runtime_dir.glob("jpserver-*.json")):
        try:
            note = json.loads(file.read_text(encoding="utf-8"))
            address = _from_note(note)
        except (OSError, ValueError, KeyError, TypeError):
            # A server that starts or stops right now leaves a half or a missing file.
            continue
        if address.pid is not None and psutil.pid_exists(address.pid):
            servers.append(address)
    return servers


def _said(
    url: str | None, env: Mapping[str, str], notes: list[ServerAddress]
) -> ServerAddress | None:
    """Return the address that a URL in the call or in the environment names."""
    if url is not None:
        own = env.get("VIDEOJOBS_URL")
        # The token of the environment belongs to the server of the environment: it is not sent
        # to another one that the caller names.
        ours = own is None or _same_server(parse_url(own), parse_url(url))
        return _complete(url, env.get("VIDEOJOBS_TOKEN") if ours else None, "the caller", notes)
    for variable, tokens, source in (
        ("VIDEOJOBS_URL", ("VIDEOJOBS_TOKEN",), "VIDEOJOBS_URL"),
        ("JUPYTERHUB_SERVICE_URL", ("JUPYTERHUB_API_TOKEN",), "JupyterHub's environment"),
        ("JUPYTER_SERVER_URL", ("JUPYTER_SERVER_TOKEN", "JUPYTER_TOKEN"), "JUPYTER_SERVER_URL"),
    ):
        if said := env.get(variable):
            secret = next((env[name] for name in tokens if env.get(name)), None)
            return _complete(said, secret, source, notes)
    return None


def _noted(env: Mapping[str, str], notes: list[ServerAddress]) -> ServerAddress:
    """Return this kernel's own server, or the only one that runs."""
    token = env.get("VIDEOJOBS_TOKEN")
    parent = env.get("JPY_PARENT_PID", "")
    for note in notes:
        if str(note.pid) == parent:
            return replace(note, token=token or note.token, source="this kernel's own server")
    if len(notes) == 1:
        return replace(notes[0], token=token or notes[0].token, source="the only running server")
    if not notes:
        raise ServerNotFound(f"No running Jupyter server was found. {_WHAT_TO_DO}")
    urls = "\n".join(f"  {note.url}  in {note.root_dir}" for note in notes)
    raise ServerNotFound(f"{len(notes)} Jupyter servers are running:\n{urls}\n{_WHAT_TO_DO}")


def _complete(
    url: str, token: str | None, source: str, notes: list[ServerAddress]
) -> ServerAddress:
    """Return the address of ``url``, completed by the note of the local server at that URL."""
    said = parse_url(url)
    token = said.token or token
    for note in notes:
        if _same_server(note, said):
            return replace(note, token=token or note.token, source=source)
    return replace(said, token=token, source=source)


def parse_url(url: str) -> ServerAddress:
    """Return the server that a URL names: base URL, token in the query, Unix socket.

    Takes what people paste: ``http://host:8888/lab?token=…``, a bind address, a missing scheme.
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    path = _PAGE.sub("", parts.path).rstrip("/") + "/"
    if parts.scheme == "http+unix":
        socket = Path(unquote(parts.netloc))
        return ServerAddress(f"http://localhost{path}", socket=socket)
    if parts.scheme not in {"http", "https"}:
        raise ServerNotFound(
            f"{parts.scheme}:// is not the address of a Jupyter server: use http:// or https://."
        )
    netloc = parts.netloc
    if (parts.hostname or "") in _BIND_ADDRESSES:
        netloc = f"127.0.0.1:{parts.port}" if parts.port else "127.0.0.1"
    token = parse_qs(parts.query).get("token", [None])[0]
    return ServerAddress(f"{parts.scheme}://{netloc}{path}", token)


def _from_note(note: Mapping[str, object]) -> ServerAddress:
    """Return the address that a ``jpserver-<pid>.json`` describes."""
    base_url = str(note["base_url"])
    root_dir = Path(str(note["root_dir"]))
    token = str(note["token"]) or None
    pid = int(str(note["pid"]))
    if sock := str(note.get("sock") or ""):
        url = f"http://localhost{base_url.rstrip('/')}/"
        return ServerAddress(url, token, root_dir=root_dir, socket=Path(unquote(sock)), pid=pid)
    scheme = "https" if note.get("secure") else "http"
    host = str(note.get("hostname") or "localhost")
    host = "127.0.0.1" if host in _BIND_ADDRESSES else host
    host = f"[{host}]" if ":" in host else host
    url = f"{scheme}://{host}:{int(str(note['port']))}{base_url.rstrip('/')}/"
    return ServerAddress(url, token, root_dir=root_dir, pid=pid)


def _same_server(left: ServerAddress, right: ServerAddress) -> bool:
    """Return whether two addresses name one server, seen from this machine."""
    a, b = urlsplit(left.url), urlsplit(right.url)
    return (
        left.socket == right.socket
        and _port(a.scheme, a.port) == _port(b.scheme, b.port)
        and (a.scheme, unquote(a.path)) == (b.scheme, unquote(b.path))
        and (a.hostname == b.hostname or (left.is_loopback and right.is_loopback))
    )


def _port(scheme: str, port: int | None) -> int:
    return port or (443 if scheme == "https" else 80)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
