"""The local engine: whatever a task does to its process, the others and the server live on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path

import psutil
import pytest

from tests.engines import tasks
from videojobs_ext.engines.errors import ChildDied, OutOfMemory, TaskCancelled, TaskTimeout
from videojobs_ext.engines.local import LocalEngine


@pytest.fixture
def engine() -> Iterator[LocalEngine]:
    engine = LocalEngine(2, memory_limit=400 * 2**20)
    yield engine
    engine.stop()


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 20
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{path} was never written"
        time.sleep(0.01)
    return path.read_text()


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_results_come_back_and_children_stay_warm(engine: LocalEngine) -> None:
    assert engine.submit(tasks.double, 21).result(20) == 42
    pids = {engine.submit(tasks.pid, None).result(20) for _ in range(10)}
    assert len(pids) <= engine.size


def test_a_task_s_own_error_comes_back_with_its_traceback(engine: LocalEngine) -> None:
    error = engine.submit(tasks.fail, "no such luck").exception(20)
    assert isinstance(error, ValueError)
    assert "in fail" in "".join(error.__notes__)


def test_an_error_that_cannot_be_pickled_comes_back_as_text(engine: LocalEngine) -> None:
    error = engine.submit(tasks.fail_unpicklably, "odd").exception(20)
    assert isinstance(error, RuntimeError)
    assert str(error) == "Local: odd"


def test_an_argument_that_cannot_be_pickled_fails_its_own_task_only(engine: LocalEngine) -> None:
    assert engine.submit(tasks.double, lambda: None).exception(20) is not None
    assert engine.submit(tasks.double, 1).result(20) == 2


@pytest.mark.parametrize(
    ("task", "exitcode"), [(tasks.die, -9), (tasks.segfault, -11), (tasks.exit_quietly, 0)]
)
def test_a_dead_child_fails_one_task_and_is_replaced(
    engine: LocalEngine, task: object, exitcode: int
) -> None:
    others = [engine.submit(tasks.double, number) for number in range(20)]
    error = engine.submit(task, None).exception(20)  # type: ignore[arg-type]
    assert isinstance(error, ChildDied)
    assert error.exitcode == exitcode
    assert [future.result(20) for future in others] == [2 * number for number in range(20)]
    assert engine.submit(tasks.double, 3).result(20) == 6


def test_a_child_that_dies_idle_is_replaced_without_a_failed_task() -> None:
    engine = LocalEngine(1)
    try:
        child = psutil.Process(engine.submit(tasks.pid, None).result(20))
        child.kill()
        child.wait(5)
        assert engine.submit(tasks.double, 4).result(20) == 8
    finally:
        engine.stop()


def test_cancelling_kills_a_running_task_with_all_that_it_started(
    engine: LocalEngine, tmp_path: Path
) -> None:
    future = engine.submit(tasks.hang_with_grandchild, tmp_path / "pid")
    grandchild = int(wait_for(tmp_path / "pid"))
    began = time.monotonic()
    engine.cancel(future)
    assert isinstance(future.exception(5), TaskCancelled)
    assert time.monotonic() - began < 2
    assert gone(grandchild)


def test_cancelling_a_waiting_task_never_starts_it(tmp_path: Path) -> None:
    engine = LocalEngine(1)
    try:
        first = engine.submit(tasks.hang, tmp_path / "first")
        wait_for(tmp_path / "first")
        second = engine.submit(tasks.hang, tmp_path / "second")
        engine.cancel(second)
        engine.cancel(first)
        wait([first, second], timeout=10)
        assert isinstance(second.exception(0), TaskCancelled)
        assert not (tmp_path / "second").exists()
    finally:
        engine.stop()


def test_a_task_over_its_time_is_ended(engine: LocalEngine) -> None:
    assert isinstance(engine.submit(tasks.hang, None, timeout=0.3).exception(20), TaskTimeout)


def test_a_task_over_the_memory_limit_is_ended(engine: LocalEngine) -> None:
    error = engine.submit(tasks.eat, 1000).exception(30)
    assert isinstance(error, OutOfMemory)
    assert "memory_limit_per_process" in str(error)
    assert engine.submit(tasks.double, 5).result(20) == 10


def test_stopping_ends_everything_quickly(tmp_path: Path) -> None:
    engine = LocalEngine(2)
    futures = [engine.submit(tasks.hang, tmp_path / str(number)) for number in range(4)]
    pids = [int(wait_for(tmp_path / str(number))) for number in range(2)]
    began = time.monotonic()
    engine.stop()
    assert time.monotonic() - began < 2
    assert all(isinstance(future.exception(0), TaskCancelled) for future in futures)
    assert all(gone(pid) for pid in pids)
    with pytest.raises(RuntimeError, match="stopped"):
        engine.submit(tasks.double, 1)


def test_children_do_not_import_the_parent_s_main_module(engine: LocalEngine) -> None:
    assert engine.submit(tasks.loaded, None).result(20) == []


def test_children_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.engines import tasks;"
        "from videojobs_ext.engines.local import LocalEngine;"
        "LocalEngine(1).submit(tasks.hang, Path(sys.argv[1])).result()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "pid")])
    child = int(wait_for(tmp_path / "pid"))
    parent.kill()
    parent.wait()
    assert gone(child)


def test_children_yield_to_their_parent_s_session(engine: LocalEngine) -> None:
    """On Linux niceness counts within a session alone (autogroup)."""
    pid = engine.submit(tasks.pid, None).result(20)
    assert psutil.Process(pid).nice() > psutil.Process().nice()
    assert os.getsid(pid) == os.getsid(0)
    assert os.getpgid(pid) == pid


def test_all_children_are_started_with_the_first_task() -> None:
    engine = LocalEngine(3, warm_up=tasks.pid)
    try:
        assert engine.submit(tasks.double, 1).result(20) == 2
        deadline = time.monotonic() + 20
        while sum("popen_loky" in " ".join(c.cmdline()) for c in psutil.Process().children()) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        engine.stop()
