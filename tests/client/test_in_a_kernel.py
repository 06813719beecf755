"""The first cell of a notebook, in a kernel that a real server has started."""

from __future__ import annotations

import asyncio
import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests import server as server_module
from tests.server import RunningServer

CELL = """
import warnings
warnings.simplefilter("error")
from videojobs_ext import Client
client = Client()
print(client.server.source)
job = client.submit("clip.mp4", "scene_cuts")
status = client.wait(job)
print(status["status"], len(client.results(job, step="cuts")))
"""


@pytest.fixture
def kernel_id(running_server: RunningServer) -> str:
    return start_kernel(running_server)


def start_kernel(server: RunningServer) -> str:
    headers = {"Authorization": f"token {server.token}"}
    url = f"{server.url}api/kernels"
    made = httpx.post(url, headers=headers, json={"name": "python3", "path": "."}, timeout=60)
    return str(made.raise_for_status().json()["id"])


def test_the_first_cell_of_a_notebook_finds_its_own_server_and_shows_a_bar(
    running_server: RunningServer, kernel_id: str, bikes: Path
) -> None:
    shutil.copy(bikes, running_server.root_dir / "clip.mp4")
    streams = asyncio.run(_execute(running_server, kernel_id, CELL))
    assert streams["stdout"] == "this kernel's own server\ncompleted 5\n", streams
    assert "250/250 frames, done" in streams["widgets"]
    assert streams["stderr"] == ""


def test_without_ipywidgets_the_bar_is_text_and_nothing_is_warned_of(
    running_server: RunningServer, kernel_id: str, bikes: Path
) -> None:
    shutil.copy(bikes, running_server.root_dir / "clip.mp4")
    # Python's own way to say that a module is not there.
    without = 'import sys\nsys.modules["ipywidgets"] = None\n'
    streams = asyncio.run(_execute(running_server, kernel_id, without + CELL))
    assert streams["stdout"] == "this kernel's own server\ncompleted 5\n", streams
    assert "250/250 frames, done" in streams["stderr"]
    assert "Warning" not in streams["stderr"]
    assert streams["widgets"] == ""


async def _execute(server: RunningServer, kernel_id: str, code: str) -> dict[str, str]:
    """Execute a cell over the kernel's websocket and return its streams.

    Errors go to stderr; what widgets are told is kept as JSON.
    """
    url = f"ws{server.url.removeprefix('http')}api/kernels/{kernel_id}/channels"
    headers = {"Authorization": f"token {server.token}"}
    socket = await websocket_connect(HTTPRequest(url, headers=headers))
    message_id = uuid.uuid4().hex
    header = {
        "msg_id": message_id,
        "msg_type": "execute_request",
        "username": "",
        "session": uuid.uuid4().hex,
        "version": "5.3",
        "date": "",
    }
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
    request = {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
        "buffers": [],
    }
    await socket.write_message(json.dumps(request))
    streams = {"stdout": "", "stderr": "", "widgets": ""}
    async with asyncio.timeout(60):
        while True:
            text = await socket.read_message()
            assert text is not None
            message = json.loads(text)
            if message["parent_header"].get("msg_id") != message_id:
                continue
            said = message["content"]
            match message["msg_type"]:
                case "stream":
                    streams[said["name"]] += said["text"]
                case "comm_open" | "comm_msg":
                    # tqdm puts figure spaces between words.
                    streams["widgets"] += json.dumps(said["data"]).replace("\\u2007", " ")
                case "error":
                    streams["stderr"] += "\n".join(said["traceback"])
                case "status" if said["execution_state"] == "idle":
                    socket.close()
                    while await socket.read_message() is not None:
                        pass  # what the kernel says while the socket closes
                    return streams


SHOWN = """
from videojobs_ext import Client
client = Client()
job = client.submit("clip.mp4", "scene_cuts", progress=False)
client.wait(job, progress=False)
shown = client.show(job)
print(type(shown).__name__, shown.job_id == job)
try:
    client.show("00000000-0000-4000-8000-000000000000")
except Exception as error:
    print(type(error).__name__)
"""


def test_in_a_notebook_a_job_is_shown_by_the_viewer(
    running_server: RunningServer, kernel_id: str, bikes: Path
) -> None:
    shutil.copy(bikes, running_server.root_dir / "clip.mp4")
    streams = asyncio.run(_execute(running_server, kernel_id, SHOWN))
    assert streams["stdout"] == "VideoJobViewer True\nNotFound\n", streams


@pytest.fixture
def hub_like(start_server: Callable[..., RunningServer]) -> Iterator[RunningServer]:
    """A server as JupyterHub starts one: below a user's prefix, its address in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server_module, "BASE_URL", "/user/a%40b/")
        port = server_module._free_port()
        patch.setattr(server_module, "_free_port", lambda: port)
        yield start_server(
            environment={
                "JUPYTERHUB_SERVICE_URL": f"http://0.0.0.0:{port}/user/a%40b/",
                "JUPYTERHUB_API_TOKEN": server_module.TOKEN,
            }
        )


def test_a_kernel_behind_a_hub_finds_the_server_of_its_user(
    hub_like: RunningServer, bikes: Path
) -> None:
    shutil.copy(bikes, hub_like.root_dir / "clip.mp4")
    streams = asyncio.run(_execute(hub_like, start_kernel(hub_like), CELL))
    assert streams["stdout"] == "JupyterHub's environment\ncompleted 5\n", streams
