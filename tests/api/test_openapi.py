import re

import pytest
from openapi_spec_validator import validate

from videojobs_ext.api.models import FailureReason, JobStatusAnswer, Status
from videojobs_ext.api.openapi import document
from videojobs_ext.api.routes import PREFIX, ROUTES, handlers
from videojobs_ext.jobs import model


def test_the_document_is_valid_openapi_3_1():
    described = document("/a%40b/")
    assert described["openapi"].startswith("3.1")
    validate(described)


def test_the_document_says_what_the_server_routes_and_no_more():
    described = document("/")
    said = {
        (path, verb.upper())
        for path, item in described["paths"].items()
        for verb in item
        if verb != "parameters"
    }
    routed = {(route.path, verb) for route in ROUTES for verb in route.handler.verbs()}
    assert said == routed
    assert len({pattern for pattern, _ in handlers()}) == len(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_a_path_goes_to_its_own_handler_alone(route):
    parts = {
        "job_id": "1-2",
        "format": "csv",
        "name": "a.mp4",
        "pipeline_id": "p",
        "upload_id": "u",
    }
    path = PREFIX + route.path.format(**parts)
    taken = [handler for pattern, handler in handlers() if re.fullmatch(pattern, path)]
    assert taken == [route.handler]


def test_every_operation_has_a_name_of_its_own():
    names = [
        operation["operationId"]
        for item in document("/")["paths"].values()
        for verb, operation in item.items()
        if verb != "parameters"
    ]
    assert len(names) == len(set(names))


def test_the_api_knows_the_statuses_and_reasons_of_the_jobs():
    assert set(Status.__args__) == {status.value for status in model.JobStatus}
    assert set(FailureReason.__args__) == {reason.value for reason in model.FailureReason}
    assert set(JobStatusAnswer.model_fields) >= {"job_id", "status", "progress", "created_at"}
