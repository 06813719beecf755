"""The front end's types of the REST API are those of the server's OpenAPI document."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_types_in_the_repository_are_those_of_the_routes(tmp_path: Path) -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "rest_types.py"))
    tool["write_types"](tmp_path / "schema.ts")
    written = (tmp_path / "schema.ts").read_text(encoding="utf-8")
    assert written == tool["TYPES"].read_text(encoding="utf-8"), "run python tools/rest_types.py"
