"""The reference, made from the code itself: routes, settings, steps and pipelines, commands."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from videojobs_ext.api.openapi import document
from videojobs_ext.cli.application import parser
from videojobs_ext.config import VideoJobs
from videojobs_ext.pipelines.library import PipelineLibrary
from videojobs_ext.steps.base import kind_of
from videojobs_ext.steps.registry import StepRegistry

Schema = Mapping[str, Any]

INDEX = """\
# Reference

Made from the code when these pages are built, so it says what this version does.

:::{toctree}
rest
configuration
steps
pipelines
command-line
:::
"""

_REST = """\
All paths lie under the server's base URL. Every request needs the server's token
(`Authorization: token …`) or its login cookie; one that changes something and comes with the
cookie needs `X-XSRFToken`, too. `GET /v1/video/openapi.json` gives the same as OpenAPI 3.1."""

_SETTINGS = """\
`c.VideoJobs.<name>` in `jupyter_server_config.py`, or `--VideoJobs.<name>=<value>` on the command
line of the server and of `jupyter videojobs`. [Configuration](../configuration.md) says how they
belong together."""

_STEPS = """\
Those that come with the package; `GET /v1/video/steps` lists whatever is installed.
[Pipelines](../pipelines.md) says how they are put together."""

_COMMANDS = """\
`jupyter videojobs <command> --help` prints the same. [Command line](../command-line.md) shows them
at work."""


def write(folder: Path) -> None:
    """Write all pages; one that says the same as before is left alone."""
    folder.mkdir(exist_ok=True)
    for name, page in {"index": lambda: INDEX, **PAGES}.items():
        path, text = folder / f"{name}.md", page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def rest() -> str:
    """Return every route with its parameters, bodies and answers, then every model."""
    api = document("/")
    lines = [
        "# REST",
        "",
        _REST,
        "",
    ]
    prefix = api["servers"][0]["url"]
    for path, item in api["paths"].items():
        shared = item.get("parameters", [])
        for verb, operation in item.items():
            if verb != "parameters":
                lines += [f"## {verb.upper()} {prefix}{path}", "", f"{operation['summary']}.", ""]
                lines += _parameters([*shared, *operation.get("parameters", [])])
                lines += _body(operation)
                lines += _answers(operation["responses"])
    lines += ["## Models", ""]
    for name, schema in api["components"]["schemas"].items():
        lines += _model(name, schema)
    return "\n".join(lines)


def configuration() -> str:
    """Return every setting with its type, default and help."""
    lines = [
        "# Settings",
        "",
        _SETTINGS,
        "",
    ]
    for name, trait in sorted(VideoJobs.class_traits(config=True).items()):
        kind = type(trait).__name__.lower()
        lines += [f"## {name}", "", f"*{kind}*, default `{trait.default()!r}`", "", trait.help, ""]
    return "\n".join(lines)


def steps() -> str:
    """Return every step that comes with the package, with its parameters."""
    registry = StepRegistry()
    lines = [
        "# Steps",
        "",
        _STEPS,
        "",
    ]
    for name in registry:
        step = registry[name]
        if not step.__module__.startswith("videojobs_ext."):
            continue
        needs = f" Needs the extra `{step.extra}`." if step.extra else ""
        what = (step.__doc__ or "").split("\n\n")[0].replace("\n    ", " ").replace("``", "`")
        lines += [f"## {name}", "", f"{step.title}: a *{kind_of(step)}* step.{needs}", "", what, ""]
        lines += _properties(step.Params.model_json_schema(), "parameter")
    return "\n".join(lines)


def pipelines() -> str:
    """Return every pipeline that comes with the package, as it is written."""
    library = PipelineLibrary()
    lines = ["# Pipelines", "", "Those that come with the package, as they are written.", ""]
    for name in library:
        entry = library.get(name)
        lines += [f"## {name}", "", f"{entry.pipeline.title}.", ""]
        lines += ["```yaml", entry.text.rstrip(), "```", ""]
    return "\n".join(lines)


def command_line() -> str:
    """Return every command with its options."""
    lines = [
        "# Commands",
        "",
        _COMMANDS,
        "",
    ]
    for name, command in commands().items():
        lines += [f"## {name}", "", str(command.description), ""]
        lines += ["```text", command.format_usage().rstrip(), "```", ""]
        rows = [
            (", ".join(f"`{word}`" for word in action.option_strings) or f"`{action.metavar}`")
            + f" | {_cell(action.help or '')}"
            for action in command._actions  # noqa: SLF001 - argparse has no other way to ask
            if action.help != argparse.SUPPRESS
        ]
        lines += _table("option | meaning", rows)
    return "\n".join(lines)


def commands() -> Mapping[str, argparse.ArgumentParser]:
    """Return the parser of each command by its name."""
    for action in parser()._actions:  # noqa: SLF001 - argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return dict(action.choices)
    raise LookupError("the command line has no commands")


def _parameters(parameters: Iterable[Schema]) -> list[str]:
    rows = [
        f"`{each['name']}` | {each['in']} | {_type(each['schema'])} | "
        f"{_cell(each.get('description', ''))}"
        for each in parameters
    ]
    return _table("parameter | in | type | meaning", rows)


def _body(operation: Schema) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    rows = [f"`{media}` | {_type(described['schema'])}" for media, described in content.items()]
    return _table("body | content", rows)


def _answers(responses: Schema) -> list[str]:
    rows, refusals = [], []
    for status, answer in responses.items():
        content = answer.get("content", {})
        shown = ", ".join(
            _type(described["schema"]) if "schema" in described else f"`{media}`"
            for media, described in content.items()
        )
        if shown == _type({"$ref": "ErrorAnswer"}):
            refusals.append(f"{status} {answer['description']}")
        else:
            rows.append(f"{status} {answer['description']} | {shown}")
    if refusals:
        rows.append(f"{', '.join(refusals)} | {_type({'$ref': 'ErrorAnswer'})}")
    return _table("answer | content", rows)


def _model(name: str, schema: Schema) -> list[str]:
    return [f"### {name}", "", schema.get("description", ""), "", *_properties(schema, "field")]


def _properties(schema: Schema, what: str) -> list[str]:
    required = schema.get("required", [])
    rows = []
    for name, described in schema.get("properties", {}).items():
        default = f"`{json.dumps(described['default'])}`" if "default" in described else ""
        given = "required" if name in required else default
        meaning = _cell(described.get("description", ""))
        rows.append(f"`{name}` | {_type(described)} | {given} | {meaning}")
    return _table(f"{what} | type | default | meaning", rows)


def _type(schema: Schema) -> str:
    """Return a JSON Schema in a few words."""
    match schema:
        case {"$ref": reference}:
            name = str(reference).rpartition("/")[2]
            return f"[{name}](rest.md#{name.lower()})"
        case {"anyOf": either}:
            return " or ".join(dict.fromkeys(_type(each) for each in either))
        case {"enum": values}:
            return ", ".join(f"`{json.dumps(value)}`" for value in values)
        case {"type": "array", "items": items}:
            return f"list of {_type(items)}"
    values = schema.get("additionalProperties")
    if isinstance(values, dict):
        return f"object of {_type(values)}"
    form = f" ({schema['format']})" if "format" in schema else ""
    return f"{schema.get('type', 'anything')}{form}{_bounds(schema)}"


def _bounds(schema: Schema) -> str:
    signs = {
        "minimum": "≥",
        "exclusiveMinimum": ">",
        "maximum": "≤",
        "exclusiveMaximum": "<",
    }
    said = [f"{sign} {schema[name]}" for name, sign in signs.items() if name in schema]
    return f", {' and '.join(said)}" if said else ""


def _table(head: str, rows: list[str]) -> list[str]:
    if not rows:
        return []
    rule = "|".join(["---"] * (head.count("|") + 1))
    return [f"| {head} |", f"|{rule}|", *(f"| {row} |" for row in rows), ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


PAGES: Mapping[str, Callable[[], str]] = {
    "rest": rest,
    "configuration": configuration,
    "steps": steps,
    "pipelines": pipelines,
    "command-line": command_line,
}
