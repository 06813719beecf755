"""OpenAPI 3.1, made from the route table and from the models that the handlers use."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from videojobs_ext._version import __version__
from videojobs_ext.api.media import JSON
from videojobs_ext.api.models import ErrorAnswer
from videojobs_ext.api.routes import PREFIX, ROUTES, Content, Operation, Route
from videojobs_ext.api.tus_status import TusStatus

_SCHEMAS = "#/components/schemas"

#: A reference into components, by model.
Schemas = dict[type, dict[str, Any]]

#: Every operation may answer these.
_ALWAYS = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


@cache
def document(base_url: str) -> dict[str, Any]:
    """Return the document for a server with this base_url."""
    references, components = models_json_schema(
        [(model, "serialization") for model in _models()],
        ref_template=f"{_SCHEMAS}/{{model}}",
    )
    schemas: Schemas = {model: reference for (model, _), reference in references.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "videojobs",
            "version": __version__,
            "description": "Long video analysis in Jupyter that outlives the notebook.",
        },
        "servers": [{"url": base_url.rstrip("/") + PREFIX}],
        "security": [{"token": []}, {"cookie": [], "xsrf": []}],
        "paths": {route.path: _path(route, schemas) for route in ROUTES},
        "components": {
            "schemas": components["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`token <the server's token>`",
                },
                "cookie": {"type": "apiKey", "in": "cookie", "name": "username"},
                "xsrf": {"type": "apiKey", "in": "header", "name": "X-XSRFToken"},
            },
        },
    }


def _models() -> list[type[BaseModel]]:
    found: dict[type[BaseModel], None] = {ErrorAnswer: None}
    for route in ROUTES:
        for operation in route.operations.values():
            contents = (*operation.answers.values(), *operation.body.values())
            for content in contents:
                if isinstance(content, type) and issubclass(content, BaseModel):
                    found[content] = None
    return list(found)


def _path(route: Route, schemas: Schemas) -> dict[str, Any]:
    item: dict[str, Any] = {
        verb.lower(): _operation(route, verb, operation, schemas)
        for verb, operation in route.operations.items()
    }
    if route.parameters:
        item["parameters"] = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "schema": {"type": "string"} | ({"format": "uuid"} if name == "job_id" else {}),
            }
            for name in route.parameters
        ]
    return item


def _operation(route: Route, verb: str, operation: Operation, schemas: Schemas) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status in (*_ALWAYS, *operation.errors):
        answers[str(status.value)] = _answer(status, ErrorAnswer, (), schemas)
    for status, content in operation.answers.items():
        also_as = operation.also_as if status is HTTPStatus.OK else ()
        answers[str(status.value)] = _answer(status, content, also_as, schemas)
    described: dict[str, Any] = {
        "operationId": f"{verb.lower()}{route.handler.__name__.removesuffix('Handler')}",
        "summary": operation.summary,
        "responses": dict(sorted(answers.items())),
    }
    if operation.query is not None:
        described["parameters"] = _query(operation.query.model_json_schema())
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "content": {
                media_type: {
                    "schema": {"type": "string"}
                    if not issubclass(model, BaseModel)
                    else schemas[model]
                }
                for media_type, model in operation.body.items()
            },
        }
    return described


def _answer(
    status: HTTPStatus | TusStatus,
    content: Content,
    also_as: tuple[str, ...],
    schemas: Schemas,
) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": status.phrase}
    if isinstance(content, tuple):
        answer["content"] = {media_type: {} for media_type in content}
    elif content is not None:
        answer["content"] = {JSON: {"schema": schemas[content]}} | {
            media_type: {} for media_type in also_as
        }
    return answer


def _query(schema: dict[str, Any]) -> list[dict[str, Any]]:
    parameters = []
    for name, described in schema["properties"].items():
        parameter = {"name": name, "in": "query", "required": False, "schema": described}
        if "description" in described:
            parameter["description"] = described["description"]
        parameters.append(parameter)
    return parameters
