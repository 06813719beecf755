"""The steps that are installed, found through the entry point group ``videojobs.steps``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any

from videojobs_ext.steps.base import Params, Step, kind_of

GROUP = "videojobs.steps"

#: Which module tells whether an extra of this package is installed.
EXTRA_MODULES: Mapping[str, str] = {"detect": "onnxruntime", "ocr": "rapidocr"}


class StepUnavailable(Exception):
    """A step is known but can't be loaded; the message says what to install or mend."""


class StepRegistry(Mapping[str, type[Step[Any]]]):
    """Step classes by name; a class is imported when it is first asked for."""

    def __init__(self, points: Mapping[str, EntryPoint] | None = None) -> None:
        found = {point.name: point for point in entry_points(group=GROUP)}
        self._points = dict(sorted((found if points is None else points).items()))
        self._loaded: dict[str, type[Step[Any]]] = {}

    def __getitem__(self, name: str) -> type[Step[Any]]:
        """Return the class of a step; raises KeyError, or StepUnavailable when it won't load."""
        if name not in self._loaded:
            point = self._points[name]
            try:
                step = point.load()
                kind_of(step)
            except Exception as error:
                raise StepUnavailable(
                    f"The step {name!r} ({point.value}) can't be loaded: {error}"
                ) from error
            self._loaded[name] = step
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of all known steps, also of those that won't load."""
        return iter(self._points)

    def __len__(self) -> int:
        """Return how many steps are known."""
        return len(self._points)

    def __contains__(self, name: object) -> bool:
        """Tell whether a step is known, without loading it."""
        return name in self._points


def is_installed(step: type[Step[Params]]) -> bool:
    """Tell whether the extra that a step needs is installed."""
    return step.extra is None or find_spec(EXTRA_MODULES[step.extra]) is not None
