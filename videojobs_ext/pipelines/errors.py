"""What can be wrong with a pipeline, and with a step while it runs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class PipelineError(ValueError):
    """A pipeline that can't be run as written.

    ``field`` is a dotted path such as ``steps.1.with.min_area``; ``line`` and ``column`` count from
    1 and are None where there is no text (parameters that came over REST), the column also where
    the field says more.
    """

    def __init__(
        self,
        problem: str,
        *,
        source: str,
        field: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        place = source if line is None else f"{source}, line {line}"
        super().__init__(f"{place}: {problem}" if field is None else f"{place}: {field}: {problem}")
        self.problem = problem
        self.source = source
        self.field = field
        self.line = line
        self.column = column

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Let the error travel from a child process."""
        return _pipeline_error, (self.problem, self.source, self.field, self.line, self.column)


class PipelineErrors(PipelineError):
    """Several things that keep a pipeline from being run; it speaks as the first of them."""

    def __init__(self, errors: Sequence[PipelineError]) -> None:
        first = errors[0]
        super().__init__(first.problem, source=first.source, field=first.field, line=first.line)
        self.errors = tuple(errors)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Let the errors travel from a child process."""
        return PipelineErrors, (self.errors,)


class UnknownPipeline(LookupError):
    """No pipeline has that id."""

    def __init__(self, pipeline_id: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no pipeline {pipeline_id!r}.{did_you_mean(pipeline_id, known)}")
        self.pipeline_id = pipeline_id


class StepFailed(Exception):
    """A step raised, or returned rubbish; the message names the step, the frame and the reason."""

    def __init__(self, step: str, frame_index: int | None, reason: str) -> None:
        super().__init__(step, frame_index, reason)
        self.step = step
        self.frame_index = frame_index
        self.reason = reason

    def __str__(self) -> str:
        where = "" if self.frame_index is None else f" on frame {self.frame_index}"
        return f"Step {self.step!r} failed{where}: {self.reason}"


def _pipeline_error(
    problem: str, source: str, field: str | None, line: int | None, column: int | None
) -> PipelineError:
    return PipelineError(problem, source=source, field=field, line=line, column=column)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a sentence (with a leading space) that proposes the nearest name, or all names."""
    names = sorted(known)
    nearest = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if nearest:
        return f" Did you mean {nearest[0]!r}?"
    return f" Known: {', '.join(names)}." if names else ""
