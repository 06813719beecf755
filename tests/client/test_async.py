"""The client for ``await``: same answers, a free event loop, and waits that can be left."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path

import pytest

from tests.server import RunningServer
from videojobs_ext import AsyncClient, Client
from videojobs_ext.client.errors import JobFailed, NotFound, WaitTimeout

CUTS = [30, 76, 137, 187, 242]

#: What of the client that blocks has no twin: how it makes its looks, and what shows in a notebook.
ALONE = {"looks", "find_server_again", "contents", "show"}


def test_every_method_has_its_twin_with_the_same_arguments_and_help() -> None:
    methods = {
        name: method
        for name, method in inspect.getmembers(Client, inspect.isfunction)
        if not name.startswith("_") and name not in ALONE
    }
    client = AsyncClient("http://localhost:1/", "none")
    assert inspect.isasyncgenfunction(client.iter_results)
    for name, method in methods.items():
        twin = getattr(client, name)
        expected = list(inspect.signature(method).parameters)[1:]
        assert list(inspect.signature(twin).parameters) == expected, name
        assert twin.__doc__, name
    asyncio.run(client.close())


def test_a_video_is_submitted_and_several_jobs_are_waited_for_at_once(
    running_server: RunningServer, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> tuple[list[str], list[int], int]:
        async with AsyncClient(running_server.url, running_server.token) as client:
            jobs = await asyncio.gather(
                client.submit(clip, "scene_cuts", progress=False),
                client.submit(clip, "motion", progress=False, max_frames=20),
            )
            ended = await asyncio.gather(*(client.wait(job) for job in jobs))
            cuts = [
                frame["frame_index"] async for frame in client.iter_results(jobs[0], step="cuts")
            ]
            frames = len(await client.results(jobs[1]))
            return [status["status"] for status in ended], cuts, frames

    statuses, cuts, frames = asyncio.run(work())
    assert statuses == ["completed", "completed"]
    assert cuts == CUTS
    assert frames == 20
    assert "250/250 frames" in capsys.readouterr().err


def test_sixty_waits_hold_up_nothing_and_can_be_cancelled(
    idle_server: RunningServer, clip: Path
) -> None:
    async def work() -> str:
        async with AsyncClient(idle_server.url, idle_server.token) as client:
            job = await client.submit(clip, "motion", progress=False)
            waits = [asyncio.create_task(client.wait(job, progress=False)) for _ in range(60)]
            await asyncio.sleep(0)
            status = await client.status(job)
            for wait in waits:
                wait.cancel()
            ended = await asyncio.gather(*waits, return_exceptions=True)
            assert all(isinstance(each, asyncio.CancelledError) for each in ended)
            return status["status"]

    assert asyncio.run(work()) == "pending"


def test_errors_and_limits_are_those_of_the_client(idle_server: RunningServer, clip: Path) -> None:
    async def work() -> None:
        async with AsyncClient(idle_server.url, idle_server.token) as client:
            job = await client.submit(clip, "motion", progress=False)
            with pytest.raises(WaitTimeout):
                await client.wait(job, timeout=0.01, progress=False)
            await client.cancel(job)
            with pytest.raises(JobFailed, match="cancelled"):
                await client.wait(job, progress=False)
            with pytest.raises(NotFound):
                await client.pipeline("nothing")
            await client.delete(job)

    asyncio.run(work())
