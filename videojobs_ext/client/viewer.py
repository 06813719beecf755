"""``VideoJobViewer``: a job's video in a notebook, with what was found drawn on every frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from videojobs_ext.client.errors import MissingPackage, VideoJobsError

try:
    import anywidget
    import traitlets
except ModuleNotFoundError:
    raise MissingPackage(
        'The viewer needs anywidget: pip install "videojobs_ext[widgets]"'
    ) from None

if TYPE_CHECKING:
    from videojobs_ext.client.rest import Client

_STATIC = Path(__file__).parent / "static"

_LOST = (
    "This page (VS Code, Colab, an exported notebook) has no Jupyter server that the viewer could "
    "play the video from."
)


class VideoJobViewer(anywidget.AnyWidget):
    """A viewer of one job: player, boxes, timeline and rows.

    ``job_id`` is a job's id, or the status of one (as ``Client.jobs()`` lists it). The page plays
    the video from its own Jupyter server; ``client`` is only asked where the page has none.
    ``time`` (seconds) follows the video, and setting it seeks; ``frame`` is the number of the frame
    that is shown; ``selected`` is the row that was clicked, as a dict, or None.
    """

    _esm = _STATIC / "viewer.js"
    _css = _STATIC / "viewer.css"

    job_id = traitlets.Unicode(help="The job that is shown.").tag(sync=True)
    time = traitlets.Float(0.0, help="Seconds of the frame that is shown.").tag(sync=True)
    frame = traitlets.Int(0, help="Number of the frame that is shown.").tag(sync=True)
    selected = traitlets.Dict(
        default_value=None, allow_none=True, help="The row that was clicked."
    ).tag(sync=True)

    def __init__(self, job_id: object, client: Client | None = None, **traits: Any) -> None:  # noqa: ANN401 - widgets take any
        super().__init__(job_id=_id_of(job_id), **traits)
        self._client = client
        self.on_msg(self._hear)

    def seek(self, time: float) -> None:
        """Show the frame at a time, in seconds."""
        self.time = float(time)

    def _hear(self, _widget: object, content: object, _buffers: object) -> None:
        """Answer a page without a server: with advice, and with a picture where there is one."""
        if content == {"ask": "poster"}:
            advice, poster = self._farewell()
            self.send({"advice": advice}, [poster])

    def _farewell(self) -> tuple[str, bytes]:
        from videojobs_ext.client.rest import Client  # noqa: PLC0415 - only such a page needs it

        try:
            client = self._client or Client()
            poster = client.thumbnail(self.job_id) or b""
        except VideoJobsError as error:
            return f"{_LOST} {error}", b""
        lab = f"{client.url}lab"
        rows = f"Client().dataframe({self.job_id!r})"
        return f"{_LOST} Open the notebook at {lab}, or work with the rows: {rows}.", poster


def _id_of(job: object) -> str:
    """Return the id of a job that is given as one, or as a status."""
    if isinstance(job, dict) and "job_id" in job:
        job = job["job_id"]
    return str(job)
