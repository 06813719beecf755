"""A pipeline made runnable: steps looked up, parameters checked, order and chunk borders known."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import ValidationError

from videojobs_ext.pipelines.errors import PipelineError, did_you_mean
from videojobs_ext.pipelines.spec import FunctionSource, Pipeline, StepUse, explain, line_of
from videojobs_ext.rows.schema import SCHEMA_VERSION
from videojobs_ext.steps.base import (
    Params,
    SequenceStep,
    SkimmingStep,
    Step,
    VideoGeometry,
    WindowStep,
    kind_of,
)
from videojobs_ext.steps.function import FUNCTION, function_step
from videojobs_ext.steps.registry import StepRegistry, StepUnavailable, is_installed
from videojobs_ext.video.loop_filter import LoopFilter

Lines = Mapping[tuple[str, ...], int]

#: A chunk has at least so many times the sampled frames that it looks ahead at, past its end.
LOOKAHEADS = 4
#: The same where it is skimmed: what it looks ahead at is not, and takes a fifth of its time in a
#: chunk of 225 frames (measured on 1080p H.264).
SKIMMED_LOOKAHEADS = 20


@dataclass(frozen=True)
class PlannedStep:
    """One step, ready to be built.

    ``offset``: how many sampled frames later than the chunk's own its rows begin and end, because
    so many must have been seen before (its own warm-up and that of what it needs).
    ``reach``: how many frames past the chunk it must be run, for itself or for who needs it.
    ``identity`` names the step's code, whatever the class is called.
    """

    id: str
    step: type[Step[Any]]
    identity: str
    params: Params
    needs: tuple[str, ...]
    offset: int = 0
    reach: int = 0

    @property
    def kind(self) -> str:
        """Return ``frame``, ``window`` or ``sequence``."""
        return kind_of(self.step)

    def loop_filter(self, video: VideoGeometry) -> LoopFilter:
        """Return the least filtering of decoded pictures that the step can do with."""
        return self.step.loop_filter(self.params, video)

    def build(self) -> Step[Any]:
        """Return a new instance of the step."""
        return self.step(self.params)


@dataclass(frozen=True)
class Plan:
    """A pipeline whose steps are known and ordered: those over frames, then those over rows."""

    pipeline: Pipeline
    chunk_steps: tuple[PlannedStep, ...]
    sequence_steps: tuple[PlannedStep, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """Return the step ids in the order in which a frame's rows stand."""
        return tuple(step.id for step in (*self.chunk_steps, *self.sequence_steps))

    @property
    def lookahead(self) -> int:
        """Return how many sampled frames past its end a chunk must decode."""
        return max((step.reach for step in self.chunk_steps), default=0)

    def loop_filter(self, video: VideoGeometry) -> LoopFilter:
        """Return the least filtering of decoded pictures that all steps can do with."""
        return max((step.loop_filter(video) for step in self.chunk_steps), default=LoopFilter.ALL)

    @property
    def fewest(self) -> int:
        """Return how many sampled frames a chunk holds at least, so that looking ahead is cheap."""
        return self.lookahead * (LOOKAHEADS if self.skimming is None else SKIMMED_LOOKAHEADS)

    @property
    def skimming(self) -> PlannedStep | None:
        """Return the one step over frames, where it looks closely only where something may be."""
        sampling = self.pipeline.sampling
        if len(self.chunk_steps) != 1 or sampling.is_sparse:
            return None
        (planned,) = self.chunk_steps
        step = planned.step
        return planned if issubclass(step, SkimmingStep) and step.skims(planned.params) else None

    def fingerprint(self, video: VideoGeometry) -> str:
        """Return a hash of all that decides what a job finds and makes; equal means the same."""
        sequence = [
            [step.identity, step.params.model_dump(mode="json"), step.needs]
            for step in self.sequence_steps
        ]
        outputs = self.pipeline.outputs.model_dump(mode="json")
        return _hash([self.order, self.step_fingerprints(video), sequence, outputs])

    def step_fingerprints(self, video: VideoGeometry) -> dict[str, str]:
        """Return for each frame and window step a hash of all that decides its rows.

        That is: its code and parameters, those of the steps that it needs, which frames are
        sampled and how they are decoded. Equal means that the rows of a chunk can be reused.
        """
        found: dict[str, str] = {}
        sampling = self.pipeline.sampling.model_dump(mode="json")
        for step in self.chunk_steps:
            needs = {need: found[need] for need in step.needs}
            params = step.params.model_dump(mode="json")
            found[step.id] = _hash(
                [
                    SCHEMA_VERSION,
                    sampling,
                    self.loop_filter(video),
                    self.skimming is not None,
                    step.identity,
                    params,
                    needs,
                ]
            )
        return found


def plan_pipeline(
    pipeline: Pipeline,
    registry: StepRegistry,
    *,
    source: str = "pipeline",
    lines: Lines | None = None,
) -> Plan:
    """Look up and order a pipeline's steps; raises PipelineError for whatever can't be run."""
    uses = _by_id(pipeline, source, lines)
    order = _ordered(pipeline, uses, source, lines)
    planned: dict[str, PlannedStep] = {}
    for number in order:
        planned[pipeline.steps[number].id] = _plan_step(
            number,
            pipeline.steps[number],
            planned,
            pipeline.functions,
            registry,
            source,
            lines,
        )
    reach: dict[str, int] = {}
    for step in reversed(planned.values()):
        below = [reach[other.id] for other in planned.values() if step.id in other.needs]
        reach[step.id] = 0 if step.kind == "sequence" else max([step.offset, *below])
    chunk_steps = tuple(
        replace(step, reach=reach[step.id]) for step in planned.values() if step.kind != "sequence"
    )
    sequence_steps = tuple(step for step in planned.values() if step.kind == "sequence")
    return Plan(pipeline, chunk_steps, sequence_steps)


def _by_id(pipeline: Pipeline, source: str, lines: Lines | None) -> dict[str, int]:
    uses: dict[str, int] = {}
    for number, use in enumerate(pipeline.steps):
        if use.id in uses:
            raise _error(f"two steps are called {use.id!r}", source, lines, number, "id")
        uses[use.id] = number
    return uses


def _ordered(
    pipeline: Pipeline, uses: Mapping[str, int], source: str, lines: Lines | None
) -> list[int]:
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for number, use in enumerate(pipeline.steps):
        for place, need in enumerate(use.needs):
            if need not in uses:
                hint = did_you_mean(need, uses.keys() - {use.id})
                message = f"there is no step {need!r} here.{hint}"
                raise _error(message, source, lines, number, "needs", str(place))
        sorter.add(number, *(uses[need] for need in use.needs))
    try:
        return list(sorter.static_order())
    except CycleError as error:
        cycle = [pipeline.steps[number].id for number in error.args[1]]
        first = uses[cycle[0]]
        message = f"the steps need each other in a circle: {' → '.join(cycle)}"
        raise _error(message, source, lines, first, "needs") from None


def _plan_step(
    number: int,
    use: StepUse,
    planned: Mapping[str, PlannedStep],
    functions: Mapping[str, FunctionSource],
    registry: StepRegistry,
    source: str,
    lines: Lines | None,
) -> PlannedStep:
    try:
        step, identity = _look_up(use.uses, functions, registry)
    except StepUnavailable as error:
        raise _error(str(error), source, lines, number, "uses") from None
    if not is_installed(step):
        message = f"the step {use.uses!r} needs: pip install 'videojobs_ext[{step.extra}]'"
        raise _error(message, source, lines, number, "uses")
    try:
        params = step.Params.model_validate(use.with_)
    except ValidationError as error:
        raise explain(
            error,
            source=source,
            lines=lines,
            model=step.Params,
            prefix=("steps", str(number), "with"),
        ) from None
    if step.needs_upstream and not use.needs:
        message = f"the step {use.uses!r} works on the rows of another one: name it in 'needs'"
        raise _error(message, source, lines, number)
    if not issubclass(step, SequenceStep):
        for place, need in enumerate(use.needs):
            if planned[need].kind == "sequence":
                message = f"{need!r} runs after all frames, so {use.id!r} can't need it"
                raise _error(message, source, lines, number, "needs", str(place))
    offset = max((planned[need].offset for need in use.needs), default=0)
    if issubclass(step, WindowStep):
        offset += step(params).warmup
    return PlannedStep(use.id, step, identity, params, use.needs, offset)


def _look_up(
    name: str, functions: Mapping[str, FunctionSource], registry: StepRegistry
) -> tuple[type[Step[Any]], str]:
    """Return the class of a step and the identity of its code; raises StepUnavailable."""
    if name.startswith(FUNCTION):
        function = name.removeprefix(FUNCTION)
        if function not in functions:
            hint = did_you_mean(function, functions)
            raise StepUnavailable(f"this pipeline holds no function {function!r}.{hint}")
        source = functions[function]
        return _load_function(function, source), f"{FUNCTION}{_hash([source.code, source.python])}"
    if name not in registry:
        raise StepUnavailable(f"there is no step {name!r}.{did_you_mean(name, registry)}")
    return registry[name], registry.identity(name)


def _load_function(name: str, source: FunctionSource) -> type[Step[Any]]:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if source.python != here:
        raise StepUnavailable(
            f"the function {name!r} was sent by Python {source.python}, and the server runs Python "
            f"{here}: send it from a kernel of that version, or save the step as a file"
        )
    try:
        return function_step(name, source.code)
    except Exception as error:
        raise StepUnavailable(
            f"the function {name!r} can't be loaded: {type(error).__name__}: {error}"
        ) from error


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _error(
    problem: str, source: str, lines: Lines | None, number: int, *field: str
) -> PipelineError:
    path = ("steps", str(number), *field)
    return PipelineError(problem, source=source, field=".".join(path), line=line_of(path, lines))
