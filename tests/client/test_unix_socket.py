"""A server that listens on a Unix socket instead of a port."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from videojobs_ext import Client


@pytest.fixture
def runtime_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The runtime directory of a server on a socket; a socket's path must be short."""
    runtime = tmp_path / "runtime"
    for name in ("runtime", "config", "data", "root"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"JUPYTER_{name.upper()}_DIR", str(tmp_path / name))
    with tempfile.TemporaryDirectory(prefix="vj") as short, (tmp_path / "log").open("wb") as log:
        command = [
            sys.executable, "-m", "jupyter_server", f"--ServerApp.sock={short}/s",
            "--ServerApp.open_browser=False", "--ServerApp.allow_root=True",
            f"--ServerApp.root_dir={tmp_path / 'root'}", "--IdentityProvider.token=a-token",
            f"--VideoJobs.data_dir={tmp_path / 'videojobs'}",
        ]  # fmt: skip
        with subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True) as process:
            yield runtime
            process.terminate()


def test_a_server_on_a_unix_socket_is_found_and_answers(
    runtime_dir: Path,
) -> None:
    deadline = time.monotonic() + 30
    while not list(runtime_dir.glob("jpserver-*.json")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with Client() as client:
        assert client.server.socket is not None
        assert client.health()["status"] == "ok"
