"""A job with a detector of the user's own, named by its path under the server's root."""

from __future__ import annotations

import json

import pytest

from tests.api import videos
from tests.server import wait_for


@pytest.fixture(scope="module")
def server(start_server):
    return start_server()


def submit(client, model):
    return client.post(
        "submit",
        data={"pipeline_id": "objects", "params": json.dumps({"objects": {"model": model}})},
        files={"file": ("a.mp4", videos.video(frames=5))},
    )


@pytest.mark.parametrize(
    ("model", "said"), [("../a.onnx", "outside the folders"), ("no.onnx", "no such file")]
)
def test_a_model_that_may_not_be_read_is_refused_at_the_submit(server, model, said):
    with server.client() as client:
        answer = submit(client, model)
    assert answer.status_code == 400
    assert answer.json()["field"] == "steps.0.with.model"
    assert said in answer.json()["message"]


def test_a_file_that_is_no_model_fails_the_job_and_says_so(server):
    (server.root_dir / "text.onnx").write_text("no model")
    with server.client() as client:
        status = wait_for(client, submit(client, "text.onnx").json()["job_id"])
    assert status["status"] == "failed"
    assert "Step 'objects' failed on frame 0" in status["error_message"]
    assert "text.onnx can't be opened as an ONNX model" in status["error_message"]
