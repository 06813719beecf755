"""Where the client finds its server, and what it says where it finds none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from videojobs_ext.client.discovery import ServerAddress, discover, parse_url
from videojobs_ext.client.errors import ServerNotFound

Note = Callable[..., None]


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    folder = tmp_path / "runtime"
    folder.mkdir()
    return folder


@pytest.fixture
def note(runtime: Path) -> Note:
    """Write the note of a server, as Jupyter does; its process is this one unless said."""

    def write(pid: int | None = None, **fields: object) -> None:
        own = os.getpid() if pid is None else pid
        content = {
            "base_url": "/",
            "hostname": "localhost",
            "password": False,
            "pid": own,
            "port": 8888,
            "root_dir": "/home/ada",
            "secure": False,
            "sock": "",
            "token": "of-the-note",
            "url": "http://localhost:8888/",
            "version": "2.21.1",
        } | fields
        (runtime / f"jpserver-{own}.json").write_text(json.dumps(content))

    return write


def test_an_explicit_url_and_token_win_over_everything(runtime: Path, note: Note) -> None:
    note()
    env = {"VIDEOJOBS_URL": "http://elsewhere:1/", "JUPYTERHUB_SERVICE_URL": "http://hub:2/"}
    found = discover("http://there:9/base", "secret", environ=env, runtime_dir=runtime)
    assert (found.url, found.token) == ("http://there:9/base/", "secret")


def test_the_environment_of_videojobs_comes_next(runtime: Path, note: Note) -> None:
    note()
    env = {
        "VIDEOJOBS_URL": "http://there:9",
        "VIDEOJOBS_TOKEN": "secret",
        "JUPYTERHUB_SERVICE_URL": "http://hub:2/",
    }
    found = discover(environ=env, runtime_dir=runtime)
    assert (found.url, found.token, found.source) == ("http://there:9/", "secret", "VIDEOJOBS_URL")


def test_jupyterhub_gives_a_bind_address_which_becomes_loopback(runtime: Path) -> None:
    env = {
        "JUPYTERHUB_SERVICE_URL": "http://0.0.0.0:8888/user/ada%40x/",
        "JUPYTERHUB_API_TOKEN": "of-the-hub",
        "JUPYTER_SERVER_URL": "http://other:1/",
    }
    found = discover(environ=env, runtime_dir=runtime)
    assert (found.url, found.token) == ("http://127.0.0.1:8888/user/ada%40x/", "of-the-hub")


@pytest.mark.parametrize("variable", ["JUPYTER_SERVER_TOKEN", "JUPYTER_TOKEN"])
def test_the_server_url_of_a_terminal_comes_next(runtime: Path, variable: str) -> None:
    env = {"JUPYTER_SERVER_URL": "http://localhost:8888/", variable: "secret"}
    found = discover(environ=env, runtime_dir=runtime)
    assert (found.url, found.token) == ("http://localhost:8888/", "secret")


def test_a_url_without_a_token_takes_that_of_the_local_servers_note(
    runtime: Path, note: Note
) -> None:
    note(base_url="/base/")
    env = {"JUPYTER_SERVER_URL": "http://127.0.0.1:8888/base"}
    found = discover(environ=env, runtime_dir=runtime)
    assert (found.token, found.root_dir) == ("of-the-note", Path("/home/ada"))


def test_a_note_gives_no_token_to_another_host_port_or_base_url(runtime: Path, note: Note) -> None:
    note()
    for url in ("http://example.org:8888/", "http://localhost:8889/", "http://localhost:8888/x"):
        assert discover(url, environ={}, runtime_dir=runtime).token is None


def test_the_token_of_the_environment_is_not_sent_to_another_server(runtime: Path) -> None:
    env = {"VIDEOJOBS_URL": "https://ours/", "VIDEOJOBS_TOKEN": "secret"}
    assert discover("https://theirs/", environ=env, runtime_dir=runtime).token is None
    assert discover("https://ours/lab", environ=env, runtime_dir=runtime).token == "secret"


def test_a_kernel_finds_its_own_server_among_several(runtime: Path, note: Note) -> None:
    note(port=1111, token="first")
    note(pid=os.getppid(), port=2222, token="second", base_url="/me/")
    env = {"JPY_PARENT_PID": str(os.getppid())}
    found = discover(environ=env, runtime_dir=runtime)
    assert (found.url, found.token) == ("http://localhost:2222/me/", "second")
    assert found.source == "this kernel's own server"


def test_the_only_running_server_is_taken(runtime: Path, note: Note) -> None:
    note(hostname="0.0.0.0")
    found = discover(environ={"JPY_PARENT_PID": "1"}, runtime_dir=runtime)
    assert (found.url, found.source) == ("http://127.0.0.1:8888/", "the only running server")


def test_a_dead_servers_note_does_not_count(runtime: Path, note: Note) -> None:
    note(pid=2**22 + 1)
    (runtime / "jpserver-7.json").write_text('{"half')
    with pytest.raises(ServerNotFound, match=r"No running Jupyter server.*jupyter lab"):
        discover(environ={}, runtime_dir=runtime)


def test_several_servers_are_listed_without_their_tokens(runtime: Path, note: Note) -> None:
    note(port=1111, token="first")
    note(pid=os.getppid(), port=2222, token="second")
    with pytest.raises(ServerNotFound) as caught:
        discover(environ={}, runtime_dir=runtime)
    said = str(caught.value)
    assert "2 Jupyter servers" in said
    assert "http://localhost:1111/" in said
    assert "http://localhost:2222/" in said
    assert "first" not in said
    assert "second" not in said
    assert "VIDEOJOBS_URL" in said


def test_a_server_on_a_unix_socket_is_found(runtime: Path, note: Note) -> None:
    note(sock="/run/jupyter.sock", port=0, url="http+unix://%2Frun%2Fjupyter.sock/")
    found = discover(environ={}, runtime_dir=runtime)
    assert (found.url, found.socket) == ("http://localhost/", Path("/run/jupyter.sock"))
    env = {"JUPYTER_SERVER_URL": "http+unix://%2Frun%2Fjupyter.sock/"}
    assert discover(environ=env, runtime_dir=runtime).token == "of-the-note"


def test_the_token_never_shows_in_a_repr() -> None:
    assert "secret" not in repr(ServerAddress("http://there/", "secret"))


@pytest.mark.parametrize(
    ("pasted", "url", "token"),
    [
        ("http://localhost:8888/lab?token=abc", "http://localhost:8888/", "abc"),
        ("http://localhost:8888/lab/tree/a.ipynb", "http://localhost:8888/", None),
        ("http://localhost:8888/user/lab/lab", "http://localhost:8888/user/lab/", None),
        ("localhost:8888", "http://localhost:8888/", None),
        ("http://[::]:8888/x/", "http://127.0.0.1:8888/x/", None),
        ("https://[::1]/tree", "https://[::1]/", None),
    ],
)
def test_what_people_paste_becomes_a_base_url(pasted: str, url: str, token: str | None) -> None:
    found = parse_url(pasted)
    assert (found.url, found.token) == (url, token)


def test_an_address_that_is_no_http_is_refused_with_advice() -> None:
    with pytest.raises(ServerNotFound, match="use http"):
        parse_url("ftp://there/")
