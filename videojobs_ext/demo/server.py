"""A real Jupyter server of our own, in a process of its own, for as long as it is needed."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from videojobs_ext.client.errors import ServerUnreachable, VideoJobsError
from videojobs_ext.client.rest import Client

#: Seconds that a server may take to answer, and to stop.
_START, _STOP = 60.0, 15.0


class DemoServer:
    """A server on a free loopback port, with a token, whose files lie in ``folder``.

    Ctrl-C in the terminal reaches the demo alone, which then stops the server in order.
    """

    def __init__(self, folder: Path, flags: Sequence[str] = ()) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self.token = secrets.token_hex(24)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self._flags = [
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={folder}",
            "--ServerApp.open_browser=False",
            "--ServerApp.jpserver_extensions={'videojobs_ext': True}",
            f"--VideoJobs.data_dir={folder / 'videojobs'}",
            *flags,
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            self._flags.append("--ServerApp.allow_root=True")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Client:
        """Start the server and return a client once it answers.

        Raises VideoJobsError with the end of its log when it does not.
        """
        # The token goes through the environment: a command line can be read by everybody.
        environment = {**os.environ, "JUPYTER_TOKEN": self.token}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and flags
                [sys.executable, "-m", "jupyter_server", *self._flags],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        client = Client(self.url, self.token)
        try:
            self._wait(client)
        except BaseException:
            client.close()
            self.stop()
            raise
        return client

    def _wait(self, client: Client) -> None:
        """Return once the server answers."""
        if self._process is None:
            raise RuntimeError("The server was not started.")
        deadline = time.monotonic() + _START
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                client.health()
            except ServerUnreachable:
                time.sleep(0.1)
            else:
                return
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        raise VideoJobsError("The server did not start:\n" + "\n".join(lines[-15:]))

    def stop(self) -> bool:
        """Stop the server; return whether it went by itself when asked to."""
        if self._process is None:
            return True
        self._process.terminate()
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False
        return True


def _free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
