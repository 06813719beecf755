"""The panel of a notebook: send videos, choose what is done with them, watch the jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, Int, List, Unicode

from videojobs_ext.client.discovery import discover
from videojobs_ext.client.errors import MissingPackage, ServerNotFound
from videojobs_ext.client.relay import Relay
from videojobs_ext.client.rest import Client

try:
    from anywidget import AnyWidget
except ImportError as error:
    raise MissingPackage(
        "VideoJobsPanel needs ipywidgets and anywidget, which are not installed here: run "
        '`pip install "videojobs_ext[widgets]"` and restart the kernel. Client().submit(…) works '
        "without them."
    ) from error

_STATIC = Path(__file__).parent / "static"


class VideoJobsPanel(AnyWidget):
    """A panel that sends videos to the server, submits them as jobs and shows how they get on.

    The page speaks with the server itself, so that all of it works while the kernel is busy,
    restarted or gone. Where the page has no Jupyter server (VS Code, Colab), or ``client`` talks
    to another one, the kernel passes its requests on.

    ``pipeline_id``, ``params``, ``frame_stride``, ``max_frames`` and ``job_name`` are what the
    form shows, and may be set and observed. ``job_id`` is the job that was submitted or opened
    last, ``submitted`` holds all that the page has submitted since, the oldest first.
    """

    _esm = _STATIC / "panel.js"
    _css = _STATIC / "panel.css"

    pipeline_id = Unicode("quicklook", help="Which pipeline runs.").tag(sync=True)
    params = Dict(help="Parameters by step id that differ from the pipeline's.").tag(sync=True)
    frame_stride = Int(None, allow_none=True, help="Look at every n-th frame.").tag(sync=True)
    max_frames = Int(None, allow_none=True, help="Stop after so many frames.").tag(sync=True)
    job_name = Unicode("", help="A few words to find the jobs by.").tag(sync=True)
    job_id = Unicode("", help="The job that was submitted or opened last.").tag(sync=True)
    submitted = List(Unicode(), help="Jobs of this page, the oldest first.").tag(sync=True)

    #: Whether the page may speak with its own server.
    _direct = Bool(True).tag(sync=True)

    def __init__(self, client: Client | None = None, **traits: object) -> None:
        self._client = client
        self._relay = Relay(self._found, self._tell)
        super().__init__(_direct=client is None or _is_own(client), **traits)
        self.on_msg(self._hear)

    @property
    def client(self) -> Client:
        """The client of the panel's server; raises ServerNotFound, which says what to do."""
        return self._found()

    def close(self) -> None:
        """Take the panel off the page; uploads stay where they are, jobs go on."""
        self._relay.close()
        super().close()

    def _found(self) -> Client:
        if self._client is None:
            self._client = Client()
        return self._client

    def _tell(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        self.send(message, buffers)

    def _hear(
        self, _: object, message: Mapping[str, Any], buffers: Sequence[bytes | memoryview]
    ) -> None:
        if "ask" in message:
            self._relay.take(message, buffers)


def _is_own(client: Client) -> bool:
    """Tell whether a client talks to the server that this kernel's page comes from."""
    try:
        return discover().url == client.url
    except ServerNotFound:
        return False
