"""Steps and plans as a process keeps them while it runs chunk after chunk."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from videojobs_ext.pipelines.graph import Plan, plan_pipeline
from videojobs_ext.pipelines.spec import parse_pipeline
from videojobs_ext.steps.registry import StepRegistry, stamp
from videojobs_ext.video.index import FrameIndex

Stamp = tuple[tuple[str, int, int], ...]


def registry_of(steps_dir: Path | None) -> StepRegistry:
    """Return the steps that are there now; files of ``steps_dir`` are read again when changed."""
    return _registry(steps_dir, stamp(steps_dir))


def load_plan(pipeline: str, steps_dir: Path | None = None) -> Plan:
    """Return the plan of a frozen pipeline (YAML)."""
    return _plan(pipeline, steps_dir, stamp(steps_dir))


@lru_cache(maxsize=2)
def load_index(path: Path) -> FrameIndex:
    """Return a saved frame index; kept for the next chunk of the same job."""
    return FrameIndex.load(path)


@lru_cache(maxsize=2)
def _registry(steps_dir: Path | None, now: Stamp) -> StepRegistry:
    del now  # it is part of the key
    return StepRegistry(steps_dir)


@lru_cache(maxsize=4)
def _plan(pipeline: str, steps_dir: Path | None, now: Stamp) -> Plan:
    return plan_pipeline(parse_pipeline(pipeline), _registry(steps_dir, now))


def forget() -> None:
    """Forget all that was loaded; for processes that install steps while they run."""
    for kept in (load_index, _registry, _plan):
        kept.cache_clear()
