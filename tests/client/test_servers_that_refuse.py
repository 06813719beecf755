"""Servers that are not there, do not let us in, or do not know videojobs."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server import RunningServer
from videojobs_ext import Client
from videojobs_ext.client.errors import ExtensionMissing, NotAuthorized, ServerUnreachable


def test_a_wrong_token_is_told_without_being_shown(
    running_server: RunningServer, clip: Path
) -> None:
    with Client(running_server.url, "a-wrong-secret") as client:
        for call in (client.jobs, lambda: client.submit(clip, progress=False)):
            with pytest.raises(NotAuthorized, match="does not accept the token") as caught:
                call()
            assert "a-wrong-secret" not in str(caught.value)
            assert caught.value.status == 403
        assert "a-wrong-secret" not in repr(client)


def test_a_missing_token_is_told(running_server: RunningServer) -> None:
    with (
        Client(running_server.url) as client,
        pytest.raises(NotAuthorized, match=r"asks for a token.*VIDEOJOBS_TOKEN"),
    ):
        client.jobs()


def test_nobody_at_the_address_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with (
            Client(f"http://127.0.0.1:{port}/") as client,
            pytest.raises(ServerUnreachable, match="is Jupyter running there"),
        ):
            client.health()


def test_a_server_without_the_extension_is_told(
    start_server: Callable[..., RunningServer],
) -> None:
    server = start_server("--ServerApp.jpserver_extensions={'videojobs_ext': False}")
    with (
        Client(server.url, server.token) as client,
        pytest.raises(ExtensionMissing, match="jupyter server extension list"),
    ):
        client.jobs()
