"""The steps that can be used: those of installed packages, and the user's own files."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from videojobs_ext.steps.base import FrameStep, Params, SequenceStep, Step, WindowStep, kind_of

GROUP = "videojobs.steps"

#: Which module tells whether an extra of this package is installed.
EXTRA_MODULES: Mapping[str, str] = {"detect": "onnxruntime", "ocr": "rapidocr"}


class StepUnavailable(Exception):
    """A step is known but can't be loaded; the message says what to install or mend."""


@dataclass(frozen=True)
class _Loaded:
    """A step class, and what names its code: equal for equal results."""

    step: type[Step[Any]]
    identity: str


class StepRegistry(Mapping[str, type[Step[Any]]]):
    """Step classes by name.

    Those of installed packages come through the entry point group ``videojobs.steps`` and are
    imported when first asked for. The files ``*.py`` of ``folder`` are run when the registry is
    made: so one with a folder belongs into an isolated child process.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._points = {point.name: point for point in entry_points(group=GROUP)}
        self._loaded: dict[str, _Loaded] = {}
        self._broken: dict[str, str] = {}
        if folder is not None and folder.is_dir():
            for path in sorted(folder.glob("[!_.]*.py")):
                self._load_file(path)
        self._names = sorted({*self._points, *self._loaded, *self._broken})

    def __getitem__(self, name: str) -> type[Step[Any]]:
        """Return the class of a step; raises KeyError, or StepUnavailable when it won't load."""
        return self._get(name).step

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of all known steps, also of those that won't load."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return how many steps are known."""
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        """Tell whether a step is known, without loading it."""
        return name in self._names

    def identity(self, name: str) -> str:
        """Return what names a step's code: two steps of one identity give the same rows."""
        return self._get(name).identity

    def _get(self, name: str) -> _Loaded:
        if name in self._broken:
            raise StepUnavailable(self._broken[name])
        if name not in self._loaded:
            self._loaded[name] = self._load_point(self._points[name])
        return self._loaded[name]

    @staticmethod
    def _load_point(point: EntryPoint) -> _Loaded:
        try:
            step = point.load()
            kind_of(step)
        except Exception as error:
            raise StepUnavailable(
                f"The step {point.name!r} ({point.value}) can't be loaded: {error}"
            ) from error
        return _Loaded(step, f"{step.__module__}:{step.__qualname__}:{step.version}")

    def _load_file(self, path: Path) -> None:
        """Run a file and take in the steps that it defines; a broken one is told of by its name."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        try:
            module = _run(path, digest)
            steps = _steps_of(module, taken={*self._points, *self._loaded})
        except BaseException as error:  # noqa: BLE001 — the user's code may raise anything
            self._broken[path.stem] = f"{path.name} can't be used: {type(error).__name__}: {error}"
            return
        for step in steps:
            self._loaded[step.name] = _Loaded(step, f"file:{digest}:{step.name}")


def is_installed(step: type[Step[Params]]) -> bool:
    """Tell whether the extra that a step needs is installed."""
    return step.extra is None or find_spec(EXTRA_MODULES[step.extra]) is not None


def stamp(folder: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a file of a steps folder does: names, times (ns) and sizes."""
    if folder is None or not folder.is_dir():
        return ()
    return tuple(
        (path.name, status.st_mtime_ns, status.st_size)
        for path in sorted(folder.glob("[!_.]*.py"))
        for status in [path.stat()]
    )


def _run(path: Path, digest: str) -> ModuleType:
    name = f"videojobs_user_steps.{path.stem}_{digest[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # noqa: S101 — a path that ends in .py has one
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic and dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def _steps_of(module: ModuleType, taken: Container[str]) -> list[type[Step[Any]]]:
    steps: list[type[Step[Any]]] = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, (FrameStep, WindowStep, SequenceStep))
        and value.__module__ == module.__name__
        and not inspect.isabstract(value)
    ]
    if not steps:
        raise ValueError("it defines no step: derive a class from FrameStep and give it a name")
    for step in steps:
        if not isinstance(getattr(step, "name", None), str):
            raise TypeError(f"{step.__qualname__} has no name")
        if step.name in taken:
            raise ValueError(f"another step is called {step.name!r} already")
        if not hasattr(step, "title"):
            step.title = step.name
    return steps
