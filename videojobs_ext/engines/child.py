"""One warm child process that runs one task at a time."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from loky.backend import get_context

#: How long a child may outlive its parent, in seconds.
ORPHAN_POLL = 0.25

#: How long a process that has closed its pipe may take to end, in seconds.
ENDING = 5.0

#: Added to a child's niceness, so that the notebook server stays quick on a busy machine.
NICENESS = 15


class ChildProcess:
    """A spawned interpreter that waits for tasks on a pipe of its own.

    It is started with loky's process context: like ``spawn``, but without importing the parent's
    main module again, which for a notebook server is two seconds and 100 MB a child. Each child
    has its own pipe and no lock is shared, so killing one can't harm another.
    Owned by one thread.
    """

    def __init__(self) -> None:
        context = get_context("loky")
        self._connection, theirs = context.Pipe(duplex=True)
        self._process = context.Process(target=serve, args=(theirs, os.getpid()))
        self._process.daemon = True
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """Return the process id."""
        pid = self._process.pid
        assert pid is not None  # noqa: S101 — it was started in __init__
        return int(pid)

    @property
    def exitcode(self) -> int | None:
        """Return the exit code of a process that is ending; negative for a signal."""
        self._process.join(ENDING)
        code: int | None = self._process.exitcode
        return code

    @property
    def waitables(self) -> list[Any]:
        """Return what becomes ready when an answer has come or the process has ended."""
        return [self._connection, self._process.sentinel]

    def send(self, function: Callable[[Any], Any], argument: object) -> None:
        """Hand a task over; raises OSError when the child is gone."""
        self._connection.send((function, argument))

    def answer(self) -> tuple[Any, BaseException | None] | None:
        """Return (result, error) if an answer has come, else None; EOFError when the child died."""
        if not self._connection.poll():
            return None
        result, error = self._connection.recv()
        return result, error

    def kill(self) -> None:
        """End the process and all that it started, and wait until it is gone."""
        for kill in (os.killpg, os.kill):  # it may not lead a group yet
            with contextlib.suppress(ProcessLookupError):
                kill(self.pid, signal.SIGKILL)
        self._process.join()
        self._connection.close()


def serve(connection: Connection, parent: int) -> None:
    """Run tasks until the parent closes the pipe or dies; the child's whole life."""
    # A group of its own: Ctrl-C is the parent's to handle, and one kill reaches all that a step
    # starts. No session of its own: Linux shares the processor among sessions first (autogroup),
    # and the niceness would count for nothing against the server.
    os.setpgid(0, 0)
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    os.nice(NICENESS)
    import cv2  # noqa: PLC0415 — only children pay for it

    cv2.setNumThreads(1)  # parallelism lives in processes
    while True:
        try:
            function, argument = connection.recv()
        except EOFError:
            return
        answer: tuple[Any, BaseException | None]
        try:
            answer = (function(argument), None)
        except BaseException as error:  # noqa: BLE001 — whatever a step does, the child answers
            answer = (None, _portable(error))
        connection.send(answer)


def _portable(error: BaseException) -> BaseException:
    """Return the error in a form that survives pickling, with its traceback as a note."""
    error.add_note(traceback.format_exc())
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 — our own bytes
    except Exception:  # noqa: BLE001 — any failure means the same
        substitute = RuntimeError(f"{type(error).__name__}: {error}")
        substitute.add_note(traceback.format_exc())
        return substitute
    return error


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(ORPHAN_POLL)
    os._exit(1)
