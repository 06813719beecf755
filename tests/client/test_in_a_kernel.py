"""The first cell of a notebook, in a kernel that a real server has started."""

from __future__ import annotations

import asyncio
import json
import shutil
import uuid
from pathlib import Path

import httpx
import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

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
    headers = {"Authorization": f"token {running_server.token}"}
    url = f"{running_server.url}api/kernels"
    made = httpx.post(url, headers=headers, json={"name": "python3", "path": "."}, timeout=60)
    return str(made.raise_for_status().json()["id"])


def test_the_first_cell_of_a_notebook_finds_its_own_server_and_shows_a_bar(
    running_server: RunningServer, kernel_id: str, bikes: Path
) -> None:
    shutil.copy(bikes, running_server.root_dir / "clip.mp4")
    streams = asyncio.run(_execute(running_server, kernel_id, CELL))
    assert streams["stdout"] == "this kernel's own server\ncompleted 5\n", streams
    assert "250/250 frames" in streams["stderr"]
    assert "Warning" not in streams["stderr"]


async def _execute(server: RunningServer, kernel_id: str, code: str) -> dict[str, str]:
    """Execute a cell over the kernel's websocket and return its streams; errors go to stderr."""
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
    streams = {"stdout": "", "stderr": ""}
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
                case "error":
                    streams["stderr"] += "\n".join(said["traceback"])
                case "status" if said["execution_state"] == "idle":
                    socket.close()
                    return streams
