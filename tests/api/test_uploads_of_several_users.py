"""Where a server tells people apart, an upload belongs to whoever began it."""

import json
from uuid import uuid4

import pytest
from jupyter_server.auth import Authorizer, IdentityProvider, User
from tornado.httpclient import HTTPClientError

from tests.api import videos

TUS = {"Tus-Resumable": "1.0.0"}


class NamedUsers(IdentityProvider):
    """Whoever says a name is the one."""

    def get_user(self, handler):
        return User(handler.request.headers.get("X-User", "nobody"))

    def is_token_authenticated(self, handler):
        return True  # no cookie, so no XSRF token either


class Once(Authorizer):
    """Says yes as often as the test wants."""

    yes = 10**6

    def is_authorized(self, handler, user, action, resource):
        Once.yes -= 1
        return Once.yes >= 0


@pytest.fixture
def jp_server_config(tmp_path):
    Once.yes = 10**6
    return {
        "ServerApp": {
            "jpserver_extensions": {"videojobs_ext": True},
            "identity_provider_class": NamedUsers,
            "authorizer_class": Once,
        },
        "VideoJobs": {
            "data_dir": str(tmp_path / "videojobs"),
            "start_worker": False,
            "max_unsubmitted_bytes": 100_000,
        },
    }


@pytest.fixture
def ask(jp_fetch):
    async def asked(user, verb, *path, body=None, **headers):
        try:
            return await jp_fetch(
                "v1",
                "video",
                *path,
                method=verb,
                body=body,
                headers={**TUS, "X-User": user} | headers,
                allow_nonstandard_methods=True,
            )
        except HTTPClientError as error:
            return error.response

    return asked


async def begun(ask, user, length):
    answer = await ask(user, "POST", "uploads", **{"Upload-Length": str(length)})
    assert answer.code == 201
    return json.loads(answer.body)["upload_id"]


PIECE = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}


async def test_another_users_upload_is_as_unknown_as_none(ask):
    video = videos.video(frames=5)
    upload_id = await begun(ask, "ann", len(video))
    submit = json.dumps({"upload_id": upload_id, "pipeline_id": "motion"})
    as_json = {"Content-Type": "application/json"}
    for verb, path, body, headers in [
        ("HEAD", ("uploads", upload_id), None, {}),
        ("PATCH", ("uploads", upload_id), video, PIECE),
        ("DELETE", ("uploads", upload_id), None, {}),
        ("POST", ("submit",), submit, as_json),
    ]:
        assert (await ask("bob", verb, *path, body=body, **headers)).code == 404, verb
    assert json.loads((await ask("bob", "GET", "uploads")).body) == {"uploads": []}
    assert (await ask("ann", "PATCH", "uploads", upload_id, body=video, **PIECE)).code == 204
    assert (await ask("bob", "POST", "submit", body=submit, **as_json)).code == 404
    assert (await ask("ann", "POST", "submit", body=submit, **as_json)).code == 201


async def test_each_user_has_a_limit_of_ones_own(ask):
    await begun(ask, "ann", 90_000)
    full = await ask("ann", "POST", "uploads", **{"Upload-Length": "90000"})
    assert full.code == 413
    await begun(ask, "bob", 90_000)


async def test_a_piece_is_guarded_by_the_verb_itself_too_and_can_be_sent_again(ask):
    video = videos.video(frames=5)
    upload_id = await begun(ask, "ann", len(video))
    Once.yes = 1
    assert (await ask("ann", "PATCH", "uploads", upload_id, body=video, **PIECE)).code == 403
    Once.yes = 10**6
    status = 423  # until the refused request has let go of the upload
    while status == 423:
        status = (await ask("ann", "PATCH", "uploads", upload_id, body=video, **PIECE)).code
    assert status == 204


async def test_a_strangers_piece_never_reaches_the_upload(ask):
    Once.yes = 0
    answer = await ask("ann", "PATCH", "uploads", uuid4().hex, body=b"x" * 10**6, **PIECE)
    assert answer.code == 403
