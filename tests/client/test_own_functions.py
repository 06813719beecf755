"""Functions of a notebook, sent along with a submit, run in the server's children."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from videojobs_ext import Client
from videojobs_ext.client.errors import JobFailed, OverLimit
from videojobs_ext.client.functions import pack


def brightness(frame):  # type: ignore[no-untyped-def]
    """The mean of the picture, as people write it in a cell."""
    return float(frame.bgr(64).mean())


@pytest.mark.parametrize("upload", [True, False])
def test_a_function_alone_is_a_job(client: Client, clip: Path, upload: bool) -> None:
    source = {"file": clip, "upload": True} if upload else {"file": clip}
    job_id = client.submit(**source, steps=[brightness], max_frames=10, progress=False)
    client.wait(job_id, progress=False)
    rows = client.dataframe(job_id)
    assert set(rows.step) == {"brightness"}
    assert len(rows) == 10
    assert rows.value.between(0, 255).all()
    assert client.status(job_id)["pipeline_id"] == "functions"


def test_functions_run_after_the_steps_of_a_pipeline(client: Client, clip: Path) -> None:
    names = ["north", "south"]
    there = [lambda frame, name=name: {"label": name, "value": frame.time} for name in names]
    for function, name in zip(there, names, strict=True):
        function.__name__ = name
    job_id = client.submit(clip, "quality", steps=there, max_frames=5, progress=False)
    client.wait(job_id, progress=False)
    assert set(client.dataframe(job_id).step) == {"quality", "north", "south"}


def test_a_function_that_raises_is_told_by_name_and_frame(client: Client, clip: Path) -> None:
    def hopeless(frame):  # type: ignore[no-untyped-def]
        return 1 / 0

    job_id = client.submit(clip, steps=[hopeless], progress=False)
    with pytest.raises(JobFailed, match=r"Step 'hopeless' failed on frame \d+: ZeroDivisionError"):
        client.wait(job_id, progress=False)


def test_a_function_that_is_too_large_is_refused(client: Client, clip: Path) -> None:
    burden = bytes(2 * 2**20)
    with pytest.raises(OverLimit, match="functions is longer"):
        client.submit(clip, steps=[partial_of(burden)], upload=True, progress=False)


def partial_of(burden: bytes):  # type: ignore[no-untyped-def]
    def heavy(frame):  # type: ignore[no-untyped-def]
        return len(burden)

    return heavy


def test_what_has_no_name_or_the_same_name_twice_is_refused_at_home() -> None:
    with pytest.raises(TypeError, match="write it with def"):
        pack([lambda frame: 1])
    with pytest.raises(TypeError, match="has no name"):
        pack([partial(brightness, None)])
    with pytest.raises(ValueError, match="Two functions"):
        pack([brightness, brightness])
