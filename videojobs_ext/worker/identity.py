"""Who a worker is, so that another one can tell whether it still lives."""

from __future__ import annotations

import os
import socket
from uuid import uuid4

import psutil


def new_worker_id() -> str:
    """Return ``host:pid:process start:random``; unique over machines, processes and restarts."""
    started = psutil.Process().create_time()
    return f"{socket.gethostname()}:{os.getpid()}:{started:.2f}:{uuid4().hex[:8]}"


def may_be_alive(worker_id: str) -> bool:
    """Tell whether a worker may still run; one on another machine may, until its lease ends."""
    host, _, rest = worker_id.rpartition(":")[0].partition(":")
    pid, _, started = rest.partition(":")
    if host != socket.gethostname():
        return True
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" == started
    except (psutil.NoSuchProcess, ValueError):
        return False
