"""The three kinds of step: what a vision operation sees, and what it may say.

A step is built once for each chunk (frame and window steps) or once for each job (sequence
steps), always inside an isolated child process. It never sees the database, the server or the
other chunks.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.video.loop_filter import LoopFilter

if TYPE_CHECKING:
    from videojobs_ext.video.reader import Frame

#: What the steps named in ``needs`` said about the frame in hand, by step id.
Upstream = Mapping[str, Sequence[Observation]]

#: An observation together with the frame that it is about.
Placed = tuple[FrameRef, Observation]


@dataclass(frozen=True, slots=True)
class VideoGeometry:
    """How large the video's frames are: upright width and height, pixels."""

    width: int
    height: int


class Params(BaseModel):
    """Parameters of a step: a frozen pydantic model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


P = TypeVar("P", bound=Params)


class Step(ABC, Generic[P]):
    """What all steps share: a name, parameters, and the extra that they need."""

    #: The name that pipelines say in ``uses``; equal to the entry point's name.
    name: ClassVar[str]
    #: A few words for people, shown in lists and forms.
    title: ClassVar[str]
    #: The step's parameters; its JSON Schema makes the form.
    Params: ClassVar[type[Params]] = Params
    #: The extra of this package that must be installed for the step to run, if any.
    extra: ClassVar[str | None] = None
    #: Whether the step makes no sense without another one in ``needs``.
    needs_upstream: ClassVar[bool] = False
    #: Raised by hand when the step's results change, so that cached chunks are computed anew.
    version: ClassVar[int] = 1

    def __init__(self, params: P) -> None:
        self.params = params

    @classmethod
    def loop_filter(cls, params: P, video: VideoGeometry) -> LoopFilter:  # noqa: ARG003
        """Return the least filtering of decoded pictures from which the result doesn't suffer.

        It may depend on what the user chose, and on how far the video will be scaled down.
        Pictures are decoded as the step that asks for the most wants them.
        """
        return LoopFilter.ALL


class FrameStep(Step[P]):
    """A stateless step: what it says about a frame depends on that frame alone."""

    @abstractmethod
    def process(self, frame: Frame, upstream: Upstream) -> Iterable[Observation]:
        """Yield the observations on one frame; boxes in pixels of the upright frame."""


class WindowStep(Step[P]):
    """A step with bounded memory: it must have seen ``warmup`` frames before its rows count.

    An instance sees the sampled frames of its chunk in order, then ``warmup`` frames of the next
    chunk. Its rows on the first ``warmup`` frames are dropped (the chunk before makes them),
    except in the first chunk, where nothing lies before.
    """

    @property
    def warmup(self) -> int:
        """Return how many sampled frames before a frame can change what is said about it."""
        return 1

    @abstractmethod
    def process(self, frame: Frame, upstream: Upstream) -> Iterable[Observation]:
        """Yield the observations on one frame, given those seen before it."""


class SkimmingStep(WindowStep[P]):
    """A window step that can tell from a part of the frames where the others need a look.

    While ``skims`` its params, and with no other step over frames beside it, it is not shown every
    frame. One instance *skims* those that others are predicted from; where that says that something
    may be, another one is shown all frames and makes the rows. Elsewhere there are none.
    See docs/adr/0010-skim-before-looking.md. Its instances must bear to be copied.
    """

    #: The frames that must be looked at after a change, to judge it. Gaps between skimmed frames
    #: that are wider are always looked at. ``warmup`` is at least 2 * follow + 2.
    follow: ClassVar[int]

    @classmethod
    @abstractmethod
    def skims(cls, params: P) -> bool:
        """Tell whether frames may be left out."""

    @abstractmethod
    def skim(self, frame: Frame) -> bool:
        """Tell whether what lies between the frame skimmed before and this one needs a look."""


class SequenceStep(Step[P]):
    """An ordered step over rows: it sees each sampled frame's rows in order, and no pixels."""

    def begin(self, video: VideoGeometry) -> None:
        """Take in what rows don't say about the video; called once, before the first frame."""

    @abstractmethod
    def process(self, ref: FrameRef, upstream: Upstream) -> Iterable[Placed]:
        """Yield observations on this frame or on an earlier one, also for a frame without rows."""

    def finish(self) -> Iterable[Placed]:
        """Yield what can only be said after the last frame."""
        return ()


def kind_of(step: type[Step[Params]]) -> str:
    """Return ``frame``, ``window`` or ``sequence``, the kind under which a step class runs."""
    for kind, base in (("frame", FrameStep), ("window", WindowStep), ("sequence", SequenceStep)):
        if issubclass(step, base):
            return kind
    raise TypeError(
        f"{step.__qualname__} is no step: derive it from FrameStep, WindowStep or SequenceStep."
    )
