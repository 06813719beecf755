"""The command line as users have it: a process of its own, with folders of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server import RunningServer

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of this machine's Jupyter is seen."""
    own = {
        key: value for key, value in os.environ.items() if not key.startswith(("VIDEOJOBS", "JUP"))
    }
    own.pop("JPY_PARENT_PID", None)
    return own | {
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "COLUMNS": "120",
    }


@pytest.fixture
def run(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Run ``jupyter videojobs …`` and return what it said and its exit code."""

    def command(
        *words: object, server: RunningServer | None = None
    ) -> subprocess.CompletedProcess[str]:
        to = (
            {} if server is None else {"VIDEOJOBS_URL": server.url, "VIDEOJOBS_TOKEN": server.token}
        )
        return subprocess.run(
            [sys.executable, "-m", "videojobs_ext.cli", *map(str, words)],
            cwd=tmp_path,
            env=environment | to,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return command


@pytest.fixture
def clip(bikes: Path, tmp_path: Path) -> Path:
    """A real video in the current folder of the commands."""
    return Path(shutil.copy(bikes, tmp_path / "clip.mp4"))
