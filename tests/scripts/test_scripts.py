"""The scripts that operators run, on real servers and databases."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import RunningServer

SCRIPTS = Path(__file__).parents[2] / "scripts"


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPTS / name, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_server_passes_every_point_of_the_smoke_test(running_server: RunningServer) -> None:
    said = run("smoke_test.py", "--url", running_server.url, "--token", running_server.token)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "FAIL" not in said.stdout
    assert said.stdout.count("pass ") > 30
    with running_server.client() as client:
        assert client.get("jobs").json()["jobs"] == []


def test_the_smoke_test_says_what_does_not_hold(running_server: RunningServer) -> None:
    said = run("smoke_test.py", "--url", running_server.url, "--token", "wrong")
    assert said.returncode == 1
    assert "FAIL  a clip is taken with 201" in said.stdout


def test_the_smoke_test_tells_a_server_that_is_away_from_one_that_is_wrong() -> None:
    assert run("smoke_test.py", "--url", "http://127.0.0.1:1/").returncode == 2


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_jobs_outlive_the_way_down_to_base_and_up_again(db_url: str) -> None:
    said = run("rollback_check.py", "--database", db_url)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "pass  rebuild reads all back" in said.stdout
