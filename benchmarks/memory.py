"""The peak memory of one job with all its processes: ``python -m benchmarks.memory CLIP``."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import psutil

from benchmarks.jobs import job_system, timed
from videojobs_ext.services.submission import SubmitRequest

#: Seconds between two looks.
EVERY = 0.1


def peak(clip: Path, pipeline_id: str = "motion") -> int:
    """Return the largest sum of resident bytes of this process and its children during a job."""
    me = psutil.Process()
    most = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(EVERY):
            most = max(most, sum(_resident(one) for one in (me, *me.children(recursive=True))))

    with job_system(clip) as services:
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            timed(services, clip, SubmitRequest(pipeline_id))
        finally:
            done.set()
            watcher.join()
    return most


def _resident(process: psutil.Process) -> int:
    try:
        resident: int = process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
    return resident


if __name__ == "__main__":
    print(peak(Path(sys.argv[1])))
