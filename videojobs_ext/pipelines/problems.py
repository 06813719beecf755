"""All that is wrong with a pipeline's text at once, each with its place: what an editor marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import yaml

from videojobs_ext.pipelines.errors import PipelineError, PipelineErrors
from videojobs_ext.pipelines.inspection import InspectTask, PlanSummary
from videojobs_ext.pipelines.spec import Pipeline, compose, parse_pipeline

#: The words before a problem that names no file.
SOURCE = "pipeline"


@dataclass(frozen=True)
class Span:
    """A stretch of one line: ``line`` and ``column`` count from 1, the end is left out."""

    line: int
    column: int
    end_column: int


@dataclass(frozen=True)
class Problem:
    """Something that keeps a pipeline from running; without a span it is about all of the text."""

    message: str
    field: str | None
    span: Span | None


@dataclass(frozen=True)
class Judgement:
    """What a text is: a pipeline where it could be read at all, and what is wrong with it."""

    pipeline: Pipeline | None
    plan: PlanSummary | None
    problems: tuple[Problem, ...]


def judge(text: str, plan: Callable[[Pipeline, str], PlanSummary]) -> Judgement:
    """Return what is wrong with a pipeline's text; ``plan`` raises PipelineError."""
    try:
        pipeline = parse_pipeline(text, source=SOURCE)
    except PipelineError as error:
        return Judgement(None, None, _problems(error, text))
    try:
        return Judgement(pipeline, plan(pipeline, text), ())
    except PipelineError as error:
        return Judgement(pipeline, None, _problems(error, text))


def planner(check: Callable[[InspectTask], PlanSummary]) -> Callable[[Pipeline, str], PlanSummary]:
    """Return what ``judge`` plans with, out of what checks a pipeline against the steps."""
    return lambda pipeline, text: check(InspectTask(pipeline.to_yaml(), SOURCE, text))


def _problems(error: PipelineError, text: str) -> tuple[Problem, ...]:
    places = _places(text)
    errors = error.errors if isinstance(error, PipelineErrors) else (error,)
    found = [_problem(error, text, places) for error in errors]
    return tuple(
        sorted(found, key=lambda one: (one.span.line, one.span.column) if one.span else ())
    )


def _problem(error: PipelineError, text: str, places: Mapping[tuple[str, ...], Span]) -> Problem:
    path = tuple(error.field.split(".")) if error.field else ()
    while path and path not in places:
        path = path[:-1]
    span = places.get(path) if path else None
    if span is None and error.line is not None:
        span = _rest_of_line(text, error.line, error.column or 1)
    return Problem(error.problem, error.field, span)


def _rest_of_line(text: str, line: int, column: int) -> Span:
    lines = text.splitlines() or [""]
    line = min(line, len(lines))
    end = len(lines[line - 1].rstrip()) + 1
    return Span(line, min(column, end), max(end, column))


def _places(text: str) -> dict[tuple[str, ...], Span]:
    """Return where each field stands: its key, and its value as far as that is on the line."""
    found: dict[tuple[str, ...], Span] = {}
    try:
        node = compose(text)
    except (yaml.YAMLError, RecursionError):
        return found
    _walk(node, (), found)
    return found


def _walk(
    node: yaml.Node | None, path: tuple[str, ...], found: dict[tuple[str, ...], Span]
) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            _walk(value, below, found)
            found[below] = _span(key, value)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            below = (*path, str(number))
            # Of a mapping in a list, its first key stands for it.
            first = item.value[0][0] if isinstance(item, yaml.MappingNode) and item.value else item
            found[below] = _span(first, first)
            _walk(item, below, found)


def _span(begin: yaml.Node, end: yaml.Node) -> Span:
    start, stop = begin.start_mark, end.end_mark
    if stop.line != start.line:
        stop = begin.end_mark
    column = stop.column if stop.line == start.line else start.column + 1
    return Span(start.line + 1, start.column + 1, max(column, start.column + 1) + 1)
