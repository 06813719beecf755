"""A place to write the pictures of the guide to."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--pictures``: ``pytest tests/notebooks --pictures docs/pictures``."""
    parser.addoption(
        "--pictures", type=Path, help="write the pictures that executed notebooks show to a folder"
    )
