"""A large file goes to the server at constant memory."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

from tests.server import RunningServer

SUBMIT = """
import resource, sys
from videojobs_ext import Client

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

with Client() as client:
    client.submit(sys.argv[1], "motion", max_frames=1, progress=False)
    before = peak()
    job = client.submit(sys.argv[2], "motion", max_frames=1, progress=False)
    print(peak() - before)
    client.wait(job, progress=False)
"""

SIZE = 256 * 2**20


def test_a_quarter_of_a_gigabyte_costs_less_than_16_mb(
    running_server: RunningServer, clip: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large.mp4"
    large.write_bytes(clip.read_bytes() + struct.pack(">I4s", SIZE, b"free"))
    os.truncate(large, clip.stat().st_size + SIZE)
    environment = {
        **os.environ,
        "VIDEOJOBS_URL": running_server.url,
        "VIDEOJOBS_TOKEN": running_server.token,
    }
    said = subprocess.run(
        [sys.executable, "-c", SUBMIT, clip, large],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(said.stdout) < 16 * 10**6
