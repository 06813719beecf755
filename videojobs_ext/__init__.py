"""videojobs: long video analysis in Jupyter that outlives the notebook."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from videojobs_ext._version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from videojobs_ext.client.asynchronous import AsyncClient
    from videojobs_ext.client.panel import VideoJobsPanel
    from videojobs_ext.client.rest import Client
    from videojobs_ext.client.viewer import VideoJobViewer
    from videojobs_ext.extension import VideoJobsExtension

__all__ = ["AsyncClient", "Client", "VideoJobViewer", "VideoJobsPanel", "__version__"]

#: What is imported when it is first asked for: the server imports this package too.
_LATER = {
    "AsyncClient": "videojobs_ext.client.asynchronous",
    "Client": "videojobs_ext.client.rest",
    "VideoJobViewer": "videojobs_ext.client.viewer",
    "VideoJobsPanel": "videojobs_ext.client.panel",
}


def __getattr__(name: str) -> object:
    """Import a name of the client when it is first asked for."""
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return what the package gives away, the client included."""
    return sorted(__all__)


def _jupyter_server_extension_points() -> list[dict[str, str | type[VideoJobsExtension]]]:
    """Return where Jupyter Server finds the extension."""
    from videojobs_ext.extension import VideoJobsExtension  # noqa: PLC0415

    return [{"module": "videojobs_ext.extension", "app": VideoJobsExtension}]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give a notebook its magics: ``%load_ext videojobs_ext``."""
    from videojobs_ext.client.magics import load  # noqa: PLC0415

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics' completion away again."""
    from videojobs_ext.client.magics import unload  # noqa: PLC0415

    unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Return where JupyterLab finds the front end of a checkout."""
    return [{"src": "labextension", "dest": "videojobs"}]
