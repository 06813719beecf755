"""SIGKILL of everything at random moments: nothing acknowledged is lost, doubled or redone."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest

from tests.clips import Clip
from videojobs_ext.jobs.model import JobStatus
from videojobs_ext.jobs.store import JobStore
from videojobs_ext.pipelines.service import VideoFilePipelineService
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.storage.layout import job_key

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


class Host:
    """The process under test; ``kill`` takes its whole tree down at once."""

    def __init__(self, folder: Path, db_url: str) -> None:
        config = {"data_dir": str(folder / "data"), "root_dir": str(folder), "db_url": db_url}
        with (folder / "host.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.host", json.dumps(config)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._answer() == "ready"

    def ask(self, request: object) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the host ended by itself; see host.log"
        return json.loads(line)

    def kill(self) -> None:
        root = psutil.Process(self._process.pid)
        tree = [root, *root.children(recursive=True)]
        random.shuffle(tree)
        for process in tree:
            if process.is_running():
                process.kill()
        self._close()

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(10) == 0
        self._close()

    def _close(self) -> None:
        self._process.wait(10)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


@pytest.mark.parametrize(("database", "rounds"), [("duckdb", 50), ("sqlite", 15)])
def test_every_acknowledged_job_completes_once_with_all_its_rows(
    database: str, rounds: int, tmp_path: Path
) -> None:
    clip = Clip(frames=600, gop=25, width=320, height=240).write(tmp_path)
    expected = VideoFilePipelineService().run_on_file(clip, "quality")
    db_url = f"{database}:///{tmp_path / 'jobs.db'}"
    dice = random.Random(20261125)
    acknowledged: list[str] = []
    moments: Counter[str] = Counter()
    for _ in range(rounds):
        host = Host(tmp_path, db_url)
        if dice.random() < 0.5:
            # A parameter that changes only the fingerprint keeps the cache out of the test.
            params = {"quality": {"black_share": 0.98 + len(acknowledged) / 1e9}}
            request = {"path": "clip.mp4", "pipeline_id": "quality", "params": params}
            acknowledged.append(host.ask(request))
        time.sleep(dice.uniform(0.0, 1.5))  # the random moment
        moments.update(host.ask("counts") if dice.random() < 0.3 else {})
        host.kill()

    host = Host(tmp_path, db_url)
    deadline = time.monotonic() + 300
    while host.ask("counts").get("completed", 0) < len(acknowledged):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    host.stop()

    store = JobStore(db_url)
    store.open()
    files = tmp_path / "data" / "files"
    for job_id in acknowledged:
        assert store.get(UUID(job_id)).status is JobStatus.COMPLETED
        log = (files / job_key(UUID(job_id), "log.txt")).read_text()
        computed = Counter(re.findall(r" chunk (\d+): frames", log))
        assert set(computed.values()) <= {1}, "a finished chunk was computed again"
        parts = sorted((files / job_key(UUID(job_id), "rows")).glob("*.parquet"))
        rows = [
            {"frame_index": frame.frame_index, "result": frame.result}
            for frame in RowsReader(parts).frames()
        ]
        assert rows == expected
    assert sum(store.counts().values()) == len(acknowledged)
    store.close()
