"""videojobs: long video analysis in Jupyter that outlives the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videojobs_ext._version import __version__

if TYPE_CHECKING:
    from videojobs_ext.client.rest import Client
    from videojobs_ext.extension import VideoJobsExtension

__all__ = ["Client", "__version__"]


def __getattr__(name: str) -> object:
    """Import the client when it is first asked for: the server imports this package too."""
    if name == "Client":
        from videojobs_ext.client.rest import Client  # noqa: PLC0415

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return what the package gives away, the client included."""
    return sorted(__all__)


def _jupyter_server_extension_points() -> list[dict[str, str | type[VideoJobsExtension]]]:
    """Return where Jupyter Server finds the extension."""
    from videojobs_ext.extension import VideoJobsExtension  # noqa: PLC0415

    return [{"module": "videojobs_ext.extension", "app": VideoJobsExtension}]
