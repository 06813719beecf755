"""Clients of real servers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server import RunningServer
from videojobs_ext import Client


@pytest.fixture(autouse=True)
def _no_server_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide whatever runs on the machine of the tests."""
    for name in ("VIDEOJOBS_URL", "VIDEOJOBS_TOKEN", "JUPYTER_SERVER_URL", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "no-runtime"))
    monkeypatch.setenv("VIDEOJOBS_CACHE_DIR", str(tmp_path / "no-cache"))


@pytest.fixture
def client(running_server: RunningServer) -> Iterator[Client]:
    """A client of a server that works on its jobs."""
    with Client(running_server.url, running_server.token) as made:
        yield made


@pytest.fixture(scope="module")
def idle_server(start_server: Callable[..., RunningServer]) -> RunningServer:
    """A server that works on nothing: its jobs stay pending."""
    return start_server("--VideoJobs.start_worker=False")


@pytest.fixture
def idle(idle_server: RunningServer) -> Iterator[Client]:
    """A client of a server whose jobs stay pending."""
    with Client(idle_server.url, idle_server.token) as made:
        yield made


@pytest.fixture
def clip(bikes: Path, tmp_path: Path) -> Path:
    """A real video, in a folder that no server sees."""
    return Path(shutil.copy(bikes, tmp_path / "bikes.mp4"))
