"""Tasks for child processes: each does to its process what a bad step might."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def pid(_: object) -> int:
    return os.getpid()


def double(number: int) -> int:
    return 2 * number


def fail(message: str) -> None:
    raise ValueError(message)


def fail_unpicklably(message: str) -> None:
    class Local(Exception):
        pass

    raise Local(message)


def die(_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def segfault(_: object) -> None:
    import ctypes

    ctypes.string_at(0)


def exit_quietly(_: object) -> None:
    os._exit(0)


def hang(started: Path | None) -> None:
    if started is not None:
        started.write_text(str(os.getpid()))
    time.sleep(600)


def hang_with_grandchild(started: Path) -> None:
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    started.write_text(str(grandchild.pid))
    time.sleep(600)


def eat(megabytes: int) -> int:
    hoard = [bytearray(os.urandom(1)) * 2**20 for _ in range(megabytes)]
    time.sleep(600)
    return len(hoard)


def loaded(_: object) -> list[str]:
    return sorted(name for name in sys.modules if name.startswith("jupyter_server"))
