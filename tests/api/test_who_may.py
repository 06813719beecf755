"""Who may: nothing is read and nothing is told before user and authorizer have been asked."""

import json
import socket
from typing import ClassVar
from uuid import uuid4

import httpx
import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError
from tornado.web import RequestHandler

from tests.server import TOKEN
from videojobs_ext.api.routes import PREFIX, ROUTES

PARTS = {"job_id": uuid4(), "format": "csv", "name": "a.mp4", "pipeline_id": "mine"} | {
    "upload_id": uuid4().hex
}
#: Verbs of which a browser lets any page make use, and that change nothing.
SAFE = {"GET", "HEAD"}
EVERY = [(verb, route.path.format(**PARTS)) for route in ROUTES for verb in route.operations]
VERBS = [verb for verb in RequestHandler.SUPPORTED_METHODS if verb != "OPTIONS"]


class SpyAuthorizer(Authorizer):
    """Writes down what it is asked, and says what the test wants."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def is_authorized(self, handler, user, action, resource):
        self.asked.append((action, resource))
        return self.say(len(self.asked))

    @staticmethod
    def say(number):
        return False


@pytest.fixture
def jp_server_config(tmp_path):
    SpyAuthorizer.asked.clear()
    return {
        "ServerApp": {
            "jpserver_extensions": {"videojobs_ext": True},
            "authorizer_class": SpyAuthorizer,
        },
        "VideoJobs": {"data_dir": str(tmp_path / "videojobs"), "start_worker": False},
    }


async def answer_of(jp_fetch, verb, path):
    body = b"{}" if verb in {"POST", "PUT", "PATCH"} else None
    headers = {"Content-Type": "application/json", "Tus-Resumable": "1.0.0"}
    try:
        response = await jp_fetch(
            *PREFIX.strip("/").split("/"),
            *path.strip("/").split("/"),
            method=verb,
            body=body,
            headers=headers,
        )
    except HTTPClientError as error:
        response = error.response
    return response


async def test_every_verb_of_every_route_asks_the_authorizer_and_takes_no_for_an_answer(jp_fetch):
    for verb, path in EVERY:
        SpyAuthorizer.asked.clear()
        response = await answer_of(jp_fetch, verb, path)
        assert response.code == 403, (verb, path)
        action = "read" if verb in SAFE else "write"
        assert SpyAuthorizer.asked == [(action, "videojobs")], (verb, path)
        if verb != "HEAD":
            assert json.loads(response.body)["reason"] == "forbidden"


async def test_every_verb_is_guarded_by_itself_too(jp_fetch, monkeypatch):
    # The first question comes from prepare(), the second from the verb's own decorator.
    monkeypatch.setattr(SpyAuthorizer, "say", staticmethod(lambda number: number == 1))
    for verb, path in EVERY:
        SpyAuthorizer.asked.clear()
        if path == "/submit" or verb == "PATCH":
            continue  # the head of what they take in is checked in between
        response = await answer_of(jp_fetch, verb, path)
        assert response.code == 403, (verb, path)
        assert [resource for _, resource in SpyAuthorizer.asked] == ["videojobs"] * 2


async def test_verbs_that_a_route_does_not_know_are_405(jp_fetch, monkeypatch):
    monkeypatch.setattr(SpyAuthorizer, "say", staticmethod(lambda number: True))
    for route in ROUTES:
        path = route.path.format(**PARTS)
        for verb in set(VERBS) - set(route.operations):
            response = await answer_of(jp_fetch, verb, path)
            assert response.code == 405, (verb, path)
            assert response.headers["Allow"].split(", ") == list(route.handler.verbs())
        assert set(route.handler.verbs()) == set(route.operations)


def head(server, verb, path, *lines):
    return "\r\n".join(
        [
            f"{verb} {server.url.split(str(server.port))[1]}{PREFIX.strip('/')}{path} HTTP/1.1",
            f"Host: 127.0.0.1:{server.port}",
            *lines,
            "",
            "",
        ]
    ).encode()


def all_that_comes(server, request):
    """Send bytes, and return what the server sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


@pytest.mark.parametrize(("verb", "path"), EVERY)
def test_a_stranger_is_refused_before_a_byte_of_body(running_server, verb, path):
    request = head(
        running_server, verb, path, "Content-Type: application/json", "Content-Length: 10000000"
    )
    # The body never comes: whoever waited for it would not answer.
    answer = all_that_comes(running_server, request)
    assert answer.startswith(b"HTTP/1.1 403 "), answer


def test_a_stranger_who_waits_for_a_word_is_not_told_to_go_on(running_server):
    request = head(
        running_server,
        "POST",
        "/submit",
        "Content-Type: multipart/form-data; boundary=x",
        "Content-Length: 10000000",
        "Expect: 100-continue",
    )
    assert b"100 (Continue)" not in all_that_comes(running_server, request)


def test_a_wrong_token_is_a_stranger(running_server):
    for verb, path in EVERY:
        response = httpx.request(
            verb,
            f"{running_server.url}{PREFIX.strip('/')}{path}",
            headers={"Authorization": "token wrong"},
        )
        assert response.status_code == 403
        if verb == "HEAD":
            continue
        assert response.json() == {"message": "Forbidden", "reason": "forbidden"} or (
            "'_xsrf' argument missing" in response.json()["message"]
        )


@pytest.fixture
def browser(running_server):
    """A client that has logged in by cookie, as a browser has."""
    with httpx.Client(base_url=running_server.url, follow_redirects=True) as client:
        client.get("", params={"token": TOKEN})
        assert client.get("api/me").status_code == 200
        yield client


@pytest.mark.parametrize(("verb", "path"), [one for one in EVERY if one[0] not in SAFE])
def test_a_page_elsewhere_can_not_write_with_the_users_cookie(browser, verb, path):
    response = browser.request(verb, f"v1/video{path}")
    assert response.status_code == 403
    assert "_xsrf" in response.json()["message"]


def test_the_xsrf_header_lets_the_users_own_page_write(browser, running_server):
    token = next(cookie.value for cookie in browser.cookies.jar if cookie.name == "_xsrf")
    response = browser.post(
        f"v1/video/jobs/{uuid4()}/cancel",
        headers={"X-XSRFToken": token, "Referer": running_server.url},
    )
    assert response.json()["reason"] == "unknown_job"


def test_an_xsrf_field_in_a_streamed_form_is_no_proof(browser):
    token = next(cookie.value for cookie in browser.cookies.jar if cookie.name == "_xsrf")
    response = browser.post(
        "v1/video/submit", data={"_xsrf": token}, files={"file": ("a.mp4", b"x")}
    )
    assert response.status_code == 403
