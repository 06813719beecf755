"""ONNX models opened to run well where parallelism lives in processes: one thread, no spinning."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

#: onnxruntime's own number for "errors only": its warnings would fill the job's log.
_ERRORS_ONLY = 3


class ModelRefused(ValueError):
    """A model file that can't be used; the message says what is wrong and what to do."""


def packaged_model(name: str) -> Path:
    """Return the path of a model that comes with this package."""
    return Path(str(files("videojobs_ext") / "models" / name))


def open_session(path: Path) -> InferenceSession:
    """Open an ONNX model on the CPU; raises ModelRefused for what is none.

    Two threads a session on two cores gave 14 inferences a second, two processes with one thread
    each 42 (measured with NanoDet): threads that spin while they wait take the cores away.
    """
    import onnxruntime  # noqa: PLC0415 — an extra; the steps must import without it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = _ERRORS_ONLY
    if not path.is_file():
        raise ModelRefused(f"There is no model file {str(path)!r}.")
    try:
        return onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise ModelRefused(
            f"{path.name} can't be opened as an ONNX model: {_first_line(error)}"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
