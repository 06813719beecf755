"""A real Jupyter server with videojobs in it: its own process, port, token and folders."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

BASE_URL = "/a%40b/"
TOKEN = "a-token-of-the-tests"

#: A server on a busy machine of two cores starts in 3 s; more than this is a hang.
START_LIMIT = 60.0


@dataclass(frozen=True)
class RunningServer:
    """A server that answers; all of its folders lie below ``home``."""

    process: subprocess.Popen[bytes]
    port: int
    home: Path

    @property
    def url(self) -> str:
        """The server's base URL, with the slash at its end."""
        return f"http://127.0.0.1:{self.port}{BASE_URL}"

    @property
    def token(self) -> str:
        return TOKEN

    @property
    def root_dir(self) -> Path:
        """The folder whose files the server's user sees."""
        return self.home / "root"

    @property
    def data_dir(self) -> Path:
        """``VideoJobs.data_dir``."""
        return self.home / "videojobs"

    @property
    def runtime_dir(self) -> Path:
        """Where the server's ``jpserver-<pid>.json`` lies."""
        return self.home / "runtime"

    def client(self, **options: object) -> httpx.Client:
        """A client with the token, for paths below ``/v1/video/``."""
        headers = {"Authorization": f"token {TOKEN}"}
        return httpx.Client(
            base_url=f"{self.url}v1/video/", headers=headers, timeout=60.0, **options
        )

    def log(self) -> str:
        return (self.home / "server.log").read_text(errors="replace")

    def stop(self, limit: float = 20.0) -> float:
        """Send SIGTERM and return how many seconds the server then took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(limit)
        return time.monotonic() - began

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait(10)


def start(
    home: Path,
    *arguments: str,
    application: str = "jupyter_server",
    port: int | None = None,
    data_dir: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> RunningServer:
    """Start a server whose folders lie below ``home``, and return once it answers.

    ``application`` is the module that is run: ``jupyter_server``, ``jupyterlab``, ``notebook``.
    A ``port`` is given where a server must come back at the address of one that has ended.
    """
    for name in ("root", "runtime", "config", "data"):
        (home / name).mkdir(parents=True, exist_ok=True)
    port = _free_port() if port is None else port
    command = [
        sys.executable,
        "-m",
        application,
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.open_browser=False",
        f"--ServerApp.base_url={BASE_URL}",
        f"--ServerApp.root_dir={home / 'root'}",
        f"--IdentityProvider.token={TOKEN}",
        f"--VideoJobs.data_dir={data_dir or home / 'videojobs'}",
        *arguments,
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    own = {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=home,
            env={**os.environ, **own, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = RunningServer(process, port, home)
    try:
        _wait_until_it_answers(server)
    except BaseException:
        server.kill()
        raise
    return server


@pytest.fixture(scope="module")
def start_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., RunningServer]]:
    """A function that starts servers, which end with the module; see ``start``.

    Takes ``home`` where a server's folders must outlive it.
    """
    started: list[RunningServer] = []

    def start_one(*arguments: str, home: Path | None = None, **options: object) -> RunningServer:
        server = start(home or tmp_path_factory.mktemp("server"), *arguments, **options)
        started.append(server)
        return server

    yield start_one
    for server in started:
        if server.process.poll() is None:
            try:
                server.stop()
            except subprocess.TimeoutExpired:
                server.kill()


@pytest.fixture(scope="module")
def running_server(start_server: Callable[..., RunningServer]) -> RunningServer:
    """A server that the tests of a module share."""
    return start_server()


def _wait_until_it_answers(server: RunningServer) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise AssertionError(f"The server ended at its start:\n{server.log()}")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{server.url}api", timeout=10).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"The server does not answer:\n{server.log()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(
    client: httpx.Client, job_id: str, *statuses: str, limit: float = 60.0
) -> dict[str, object]:
    """Return a job's status once it is one of ``statuses`` (completed or failed)."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        status = client.get(f"status/{job_id}").raise_for_status().json()
        if status["status"] in (statuses or ("completed", "failed")):
            return status
        time.sleep(0.05)
    raise AssertionError(f"Still {json.dumps(status)} after {limit} s.")
