"""Sphinx: ``python -m sphinx -W -b html docs <where>``. The reference pages are made first."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import reference_pages  # noqa: E402 - found by the line above

from videojobs_ext._version import __version__  # noqa: E402

project = "videojobs"
author = "videojobs developers"
version = release = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

exclude_patterns = ["_build"]
nitpicky = True

html_theme = "pydata_sphinx_theme"
html_title = "videojobs"
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "footer_start": [],
    "footer_end": [],
}
html_show_sourcelink = False
html_copy_source = False


def _add_to_trees(_app: Sphinx, page: str, source: list[str]) -> None:
    """Give each page its place in a tree, as Sphinx wants it; on GitHub, links are enough.

    The records stand below their list; a page that the index does not name stands at its end.
    """
    if page == "adr/README":
        source[0] += _tree(path.stem for path in sorted((HERE / "adr").glob("0*.md")))
    if page == "index":
        named = {line.strip() for line in source[0].splitlines()}
        source[0] += _tree(
            path.stem for path in sorted(HERE.glob("*.md")) if path.stem not in named
        )


def _tree(pages: Iterable[str]) -> str:
    listed = "\n".join(page for page in pages if page != "index")
    return f"\n:::{{toctree}}\n:hidden:\n\n{listed}\n:::\n" if listed else ""


def setup(app: Sphinx) -> None:
    """Write the reference pages before Sphinx looks for its sources."""
    reference_pages.write(HERE / "reference")
    app.connect("source-read", _add_to_trees)
