"""videojobs: long video analysis in Jupyter that outlives the notebook."""

from __future__ import annotations

from videojobs_ext._version import __version__

__all__ = ["__version__"]
