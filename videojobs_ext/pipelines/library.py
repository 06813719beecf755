"""The pipelines that can be submitted by name: those built in, and the user's own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from videojobs_ext.pipelines.errors import PipelineError, UnknownPipeline
from videojobs_ext.pipelines.inspection import InspectTask, PlanSummary, inspect_pipeline
from videojobs_ext.pipelines.spec import Pipeline, parse_pipeline, source_lines

#: Tells what a pipeline is once planned, or raises PipelineError.
Check = Callable[[InspectTask], PlanSummary]


class BuiltInPipeline(ValueError):
    """A pipeline that comes with the package can't be replaced or removed."""


@dataclass(frozen=True)
class Entry:
    """A pipeline of the library and the text that it was read from."""

    pipeline: Pipeline
    text: str
    built_in: bool


class PipelineLibrary:
    """Pipelines by id; a user's own lie as ``<id>.yaml`` in one directory."""

    def __init__(self, check: Check = inspect_pipeline, user_dir: Path | None = None) -> None:
        """Keep pipelines that ``check`` finds good: here, or where the user's steps may run."""
        self._check = check
        self._user_dir = user_dir
        self._built_in = {entry.pipeline.id: entry for entry in _read_built_in()}

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids, those built in first."""
        yield from self._built_in
        if self._user_dir is not None and self._user_dir.is_dir():
            yield from sorted(path.stem for path in self._user_dir.glob("*.yaml"))

    def is_built_in(self, pipeline_id: str) -> bool:
        """Tell whether an id is taken by the package."""
        return pipeline_id in self._built_in

    def get(self, pipeline_id: str) -> Entry:
        """Return one pipeline; raises UnknownPipeline, which proposes the nearest id."""
        if pipeline_id in self._built_in:
            return self._built_in[pipeline_id]
        path = self._path(pipeline_id)
        if path is None or not path.is_file():
            raise UnknownPipeline(pipeline_id, self)
        text = path.read_text(encoding="utf-8")
        return Entry(parse_pipeline(text, source=path.name), text, built_in=False)

    def plan(self, pipeline: Pipeline, *, text: str | None = None, source: str = "") -> PlanSummary:
        """Check a pipeline against the steps that there are; raises PipelineError.

        ``text`` is what a person wrote, so that the error can name its line.
        """
        source = source or f"pipeline {pipeline.id!r}"
        return self._check(InspectTask(pipeline.to_yaml(), source, text))

    def save(self, pipeline_id: str, text: str) -> tuple[Entry, bool]:
        """Check and keep a user's pipeline; returns it and whether it is new.

        Raises PipelineError for a bad one, BuiltInPipeline where the id is taken by the package.
        """
        if pipeline_id in self._built_in:
            raise BuiltInPipeline(
                f"The pipeline {pipeline_id!r} comes with videojobs; save yours under another id."
            )
        source = f"{pipeline_id}.yaml"
        pipeline = parse_pipeline(text, source=source)
        if pipeline.id != pipeline_id:
            raise PipelineError(
                f"is {pipeline.id!r}, but it is being saved as {pipeline_id!r}",
                source=source,
                field="id",
                line=source_lines(text).get(("id",)),
            )
        self.plan(pipeline, text=text, source=source)
        path = self._path(pipeline_id)
        if path is None:
            raise PipelineError("this library keeps no pipelines of its user", source=source)
        new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
        return Entry(pipeline, text, built_in=False), new

    def delete(self, pipeline_id: str) -> None:
        """Remove a user's pipeline; jobs that were submitted with it keep their own copy."""
        if pipeline_id in self._built_in:
            raise BuiltInPipeline(f"The pipeline {pipeline_id!r} comes with videojobs; it stays.")
        path = self._path(pipeline_id)
        if path is None or not path.is_file():
            raise UnknownPipeline(pipeline_id, self)
        path.unlink()

    def _path(self, pipeline_id: str) -> Path | None:
        if self._user_dir is None or not pipeline_id.isidentifier():
            return None
        return self._user_dir / f"{pipeline_id}.yaml"


def _read_built_in() -> Iterator[Entry]:
    folder = files("videojobs_ext.pipelines") / "library"
    for resource in sorted(folder.iterdir(), key=lambda item: item.name):
        if resource.name.endswith(".yaml"):
            text = resource.read_text(encoding="utf-8")
            yield Entry(parse_pipeline(text, source=resource.name), text, built_in=True)
