"""A pipeline as it is written: YAML (or JSON) to a typed, checked, frozen value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from videojobs_ext.pipelines.errors import PipelineError, PipelineErrors, did_you_mean
from videojobs_ext.video.sampling import Sampling

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]

#: A pipeline is a page of text, and maybe some functions; more is a mistake or an attack. Bytes.
MAX_SOURCE = 1024 * 1024


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class StepUse(_Frozen):
    """One step of a pipeline: which operation, with which parameters, after which others."""

    id: Identifier = Field(description="The step's name in this pipeline and in its rows.")
    uses: str = Field(description="The name of an installed step.")
    needs: tuple[str, ...] = Field((), description="The ids of the steps whose rows it is given.")
    with_: dict[str, Any] = Field({}, alias="with", description="The step's parameters.")


class FunctionSource(_Frozen):
    """A function sent by value: its pickle in base64, and the Python that made it."""

    code: str = Field(description="The function, pickled by cloudpickle, in base64.")
    python: str = Field(description="Major and minor version of the Python that pickled it.")


class Clips(_Frozen):
    """Short films around the rows of one label."""

    label: str = Field(max_length=200, description="What happens: a row's label, such as cut.")
    before: float = Field(2.0, ge=0, le=600, description="Seconds shown before it.")
    after: float = Field(3.0, gt=0, le=600, description="Seconds shown after it.")
    max: int = Field(20, ge=1, le=200, description="Most clips; the first are made.")


class Outputs(_Frozen):
    """The artifacts that a job makes besides its rows."""

    annotated_video: bool = Field(False, description="The video with what was found drawn on it.")
    clips: Clips | None = Field(None, description="Short films around events, drawn on as well.")
    timeline: bool = Field(False, description="A picture of what happens when, a lane each.")
    contact_sheet: bool = Field(False, description="A page of pictures, one for each shot.")
    thumbnails: bool = Field(
        False, description="Small pictures for scrubbing, with a WebVTT index."
    )


class Pipeline(_Frozen):
    """A named graph of steps and the frames that it wants."""

    id: Identifier = Field(description="The name that jobs are submitted with.")
    title: str = Field("", max_length=200, description="A few words for people.")
    description: str = Field("", max_length=4000, description="What it finds, and for whom.")
    sampling: Sampling = Field(Sampling(), description="Which frames it looks at.")
    functions: dict[Identifier, FunctionSource] = Field(
        {}, description="Functions by name, for steps that use 'function:<name>'."
    )
    steps: tuple[StepUse, ...] = Field(min_length=1, description="What is done with each frame.")
    outputs: Outputs = Field(Outputs(), description="What is made besides rows.")

    def to_yaml(self) -> str:
        """Return the pipeline as YAML that ``parse_pipeline`` reads back to an equal value."""
        content = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def parse_pipeline(text: str, *, source: str = "pipeline") -> Pipeline:
    """Read a pipeline from YAML or JSON.

    Checks everything that can be checked without knowing which steps are installed; raises
    PipelineError with the line, the field and the nearest known name; PipelineErrors where there
    are several.
    """
    if len(text.encode()) > MAX_SOURCE:
        raise PipelineError(f"longer than {MAX_SOURCE // 1024} KiB", source=source)
    try:
        node = compose(text)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 — a SafeLoader without aliases
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (None, None) if mark is None else (mark.line + 1, mark.column + 1)
        raise PipelineError(
            error.problem or "not YAML", source=source, line=line, column=column
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise PipelineError(f"not YAML: {error}", source=source) from None
    if not isinstance(content, dict):
        raise PipelineError("a pipeline is a mapping with id and steps", source=source, line=1)
    lines = _lines(node)
    try:
        pipeline = Pipeline.model_validate(json.loads(json.dumps(content, default=str)))
    except ValidationError as error:
        raise explain(error, source=source, lines=lines, model=Pipeline) from None
    return pipeline


def compose(text: str) -> yaml.Node | None:
    """Return the nodes of a YAML text, with their places; raises yaml.YAMLError."""
    node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    return node


def explain(
    error: ValidationError,
    *,
    source: str,
    model: type[BaseModel],
    lines: Mapping[tuple[str, ...], int] | None = None,
    prefix: tuple[str, ...] = (),
) -> PipelineError:
    """Turn pydantic's complaints into some that name the line and the nearest field."""
    errors = []
    complaints = error.errors(include_url=False)
    for complaint in complaints:
        loc = complaint["loc"]
        if complaint["type"] == "too_short" and any(
            len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in complaints
        ):
            continue  # pydantic leaves out what is wrong, and then finds that too little is left
        path = prefix + tuple(str(part) for part in loc)
        problem = complaint["msg"]
        if complaint["type"] == "extra_forbidden":
            problem = f"unknown key {path[-1]!r}.{did_you_mean(path[-1], _keys(model, loc))}"
        elif complaint["type"] == "missing":
            problem = f"missing key {path[-1]!r}"
        line = line_of(path, lines)
        errors.append(PipelineError(problem, source=source, field=".".join(path), line=line))
    return errors[0] if len(errors) == 1 else PipelineErrors(errors)


def line_of(path: tuple[str, ...], lines: Mapping[tuple[str, ...], int] | None) -> int | None:
    """Return the line of a field, or of the nearest thing around it that was written."""
    while lines and path not in lines and path:
        path = path[:-1]
    return lines.get(path) if lines else None


def source_lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the line (from 1) of every field of a YAML text, by path."""
    return _lines(compose(text))


def _keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that would have been right where an unknown one stands."""
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[str(part)].annotation
        inner = re.findall(r"\w+", str(annotation))
        models = (StepUse, FunctionSource, Outputs, Clips, Sampling)
        nested = {cls.__name__: cls for cls in models}
        model = next((nested[word] for word in inner if word in nested), model)
    return [field.alias or name for name, field in model.model_fields.items()]


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses aliases (a small text could grow without bound) and doubles."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(
                None, None, "aliases (*name) are not allowed", event.start_mark
            )
        node: yaml.Node | None = super().compose_node(parent, index)
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, _ in node.value:
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} stands twice", key.start_mark
                    )
                if isinstance(key.value, str):
                    seen.add(key.value)
        return node


def _lines(node: yaml.Node | None, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    if node is None:
        return found
    found[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            found.update(_lines(value, below))
            found[below] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            found.update(_lines(item, (*path, str(number))))
    return found
