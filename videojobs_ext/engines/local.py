"""The default engine: warm child processes on this machine."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Any, TypeVar

import psutil

from videojobs_ext.engines.child import ChildProcess
from videojobs_ext.engines.errors import ChildDied, OutOfMemory, TaskCancelled, TaskTimeout

T = TypeVar("T")
R = TypeVar("R")

#: How often a running task is looked at for cancelling, time and memory, in seconds.
TICK = 0.05


@dataclass(eq=False)
class _Call:
    """One task on its way: what to run, where the answer goes, and what may end it early."""

    function: Callable[[Any], Any]
    argument: Any
    timeout: float | None
    future: Future[Any] = field(default_factory=Future)
    cancelled: threading.Event = field(default_factory=threading.Event)


class LocalEngine:
    """Runs tasks in ``size`` child processes; a child that dies or is killed is replaced.

    Each child has a thread that owns it, so that waiting, killing and replacing need no locks.
    All children are started with the first task, and kept warm: so the second chunk of a job need
    not wait for an interpreter. ``warm_up`` is what each does first (import what tasks need).
    """

    def __init__(
        self,
        size: int,
        *,
        memory_limit: int | None = None,
        warm_up: Callable[[None], object] | None = None,
    ) -> None:
        self._size = size
        self._warm_up = warm_up
        self._warming = threading.Lock()
        self._memory_limit = memory_limit
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._running: dict[Future[Any], _Call] = {}
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._serve, name=f"videojobs-child-{number}", daemon=True)
            for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def size(self) -> int:
        """Return how many tasks run at once."""
        return self._size

    def submit(
        self, function: Callable[[T], R], argument: T, *, timeout: float | None = None
    ) -> Future[R]:
        """Start ``function(argument)`` in a child; see ``Engine.submit``."""
        if self._stopping.is_set():
            raise RuntimeError("The engine was stopped.")
        self._start_children()
        call = _Call(function, argument, timeout)
        self._running[call.future] = call
        call.future.add_done_callback(lambda future: self._running.pop(future, None))
        self._calls.put(call)
        return call.future

    def cancel(self, future: Future[R]) -> None:
        """End a task; its child is killed within ``TICK``."""
        call = self._running.get(future)
        if call is not None:
            call.cancelled.set()

    def stop(self) -> None:
        """Cancel everything and end the children."""
        self._stopping.set()
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()
        for call in list(self._running.values()):
            call.future.set_exception(TaskCancelled("The engine was stopped."))

    def _start_children(self) -> None:
        """Before the first task, give each thread one that starts its child."""
        with self._warming:
            warm_up, self._warm_up = self._warm_up, None
        if warm_up is not None:
            for _ in self._threads:
                self._calls.put(_Call(warm_up, None, None))

    def _serve(self) -> None:
        child: ChildProcess | None = None
        while (call := self._calls.get()) is not None and not self._stopping.is_set():
            if call.cancelled.is_set():
                call.future.set_exception(TaskCancelled("The task was cancelled."))
                continue
            try:
                child = self._send(child, call)
                result, error = self._attend(child, call)
            except BaseException as failure:  # noqa: BLE001 — the future's holder must hear of it
                if child is not None:
                    child.kill()
                    child = None
                call.future.set_exception(failure)
                continue
            if error is not None:
                call.future.set_exception(error)
            else:
                call.future.set_result(result)
        if child is not None:
            child.kill()

    def _send(self, child: ChildProcess | None, call: _Call) -> ChildProcess:
        if child is not None:
            try:
                child.send(call.function, call.argument)
            except OSError:  # it died while it was idle: the task hasn't started, a new child may
                child.kill()
            else:
                return child
        fresh = ChildProcess()
        fresh.send(call.function, call.argument)
        return fresh

    def _attend(self, child: ChildProcess, call: _Call) -> tuple[Any, BaseException | None]:
        """Wait for the child's answer, or raise the reason why there will be none."""
        process = psutil.Process(child.pid)
        deadline = None if call.timeout is None else time.monotonic() + call.timeout
        while True:
            ready = wait(child.waitables, timeout=TICK)
            try:
                answer = child.answer()
            except (EOFError, OSError):
                raise ChildDied(child.exitcode) from None
            if answer is not None:
                return answer
            if ready:
                raise ChildDied(child.exitcode)
            if call.cancelled.is_set() or self._stopping.is_set():
                raise TaskCancelled("The task was cancelled.")
            if deadline is not None and time.monotonic() > deadline:
                raise TaskTimeout(f"The task took longer than {call.timeout:g} seconds.")
            if self._memory_limit is not None and _resident(process) > self._memory_limit:
                raise OutOfMemory(self._memory_limit)


def _resident(process: psutil.Process) -> int:
    """Return the resident memory of a child in bytes; 0 once it has ended."""
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
