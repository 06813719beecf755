"""A function from a notebook as a step: sent by value, run in an isolated child process only."""

from __future__ import annotations

import base64
import inspect
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any

import cloudpickle

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Params, Upstream
from videojobs_ext.video.reader import Frame

#: How a pipeline says in ``uses`` that a step is one of the functions that it carries.
FUNCTION = "function:"


def function_step(name: str, code: str) -> type[FrameStep[Params]]:
    """Return a step class around a pickled function; ``code`` is base64.

    The function is called with a ``Frame``, and with the rows of the steps that it needs where it
    takes two arguments. See ``observations`` for what it may return.
    """
    function: Callable[..., object] = cloudpickle.loads(base64.b64decode(code))
    # A parameter with a default is the function's own affair.
    takes_upstream = (
        sum(
            parameter.default is parameter.empty
            for parameter in inspect.signature(function).parameters.values()
        )
        > 1
    )

    class FunctionStep(FrameStep[Params]):
        def process(self, frame: Frame, upstream: Upstream) -> Iterable[Observation]:
            said = function(frame, upstream) if takes_upstream else function(frame)
            return observations(said)

    FunctionStep.__doc__ = inspect.getdoc(function) or f"The function {name} of a notebook."
    FunctionStep.name = f"{FUNCTION}{name}"
    FunctionStep.title = name
    return FunctionStep


def observations(said: object) -> list[Observation]:
    """Return what a function said as observations.

    None says nothing, a number is a ``value``, a text a ``label``, a mapping the fields of an
    observation; an iterable says several of these. Raises TypeError for anything else.
    """
    match said:
        case None:
            return []
        case Observation():
            return [said]
        case Real():
            return [Observation(value=float(said))]
        case str():
            return [Observation(label=said)]
        case Mapping():
            fields: dict[str, Any] = dict(said)
            return [Observation(**fields)]
        case Iterable():
            return [observation for one in said for observation in observations(one)]
    raise TypeError(
        f"a function of a notebook returned {type(said).__name__}; it may return None, a number, a "
        "text, a dict of an observation's fields, an Observation, or several of these"
    )
