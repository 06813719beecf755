"""``doctor``: what is sound, what is not, and what to do."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.server import RunningServer


def test_a_sound_machine_passes_every_check(run: Run, running_server: RunningServer) -> None:
    said = run("doctor", "--json", server=running_server)
    findings = {finding["what"]: finding for finding in json.loads(said.stdout)}
    assert said.returncode == 0, said.stdout
    for what in ("versions", "extension", "data", "database", "codecs", "child process", "server"):
        assert findings[what]["level"] == "ok", findings[what]
    assert "quicklook" in findings["pipelines"]["found"]
    assert running_server.token not in said.stdout


def test_a_folder_that_can_not_be_written_is_found_with_advice(run: Run, tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    said = run("doctor", f"--VideoJobs.data_dir={blocked / 'data'}")
    assert said.returncode == 1
    assert "c.VideoJobs.data_dir" in said.stdout


def test_a_missing_server_is_a_note_and_no_fault(run: Run) -> None:
    said = run("doctor")
    assert said.returncode == 0, said.stdout
    assert "No running Jupyter server was found" in said.stdout


def test_a_database_in_use_is_no_fault(run: Run, running_server: RunningServer) -> None:
    said = run("doctor", f"--VideoJobs.data_dir={running_server.data_dir}", server=running_server)
    assert said.returncode == 0, said.stdout
    assert "in use by a running server" in said.stdout
