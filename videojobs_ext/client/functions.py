"""Functions of a notebook on their way to the server, by value."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Iterable

import cloudpickle

#: A function that is a step: it is called with each frame and says what it sees.
StepFunction = Callable[..., object]


def pack(functions: Iterable[StepFunction]) -> dict[str, dict[str, str]]:
    """Return functions as the API takes them, each under its own name.

    What they refer to goes along (cloudpickle), so large data belongs in a file that they open.
    Raises TypeError for what has no name, ValueError where two have the same.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    packed: dict[str, dict[str, str]] = {}
    for function in functions:
        name = getattr(function, "__name__", None)
        if name is None or not name.isidentifier():
            raise TypeError(f"{function!r} has no name that a step could have: write it with def.")
        if name in packed:
            raise ValueError(f"Two functions are called {name!r}.")
        code = base64.b64encode(cloudpickle.dumps(function)).decode()
        packed[name] = {"code": code, "python": python}
    return packed
