"""Importing the package costs nothing: the server does it at every start."""

from __future__ import annotations

import subprocess
import sys

import videojobs_ext


def test_importing_the_package_does_not_import_its_client_or_any_vision_library() -> None:
    heavy = ["IPython", "httpx", "cv2", "av", "duckdb", "pyarrow", "sqlalchemy", "onnxruntime"]
    code = f"import sys, videojobs_ext; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_client_is_imported_when_it_is_first_asked_for() -> None:
    code = (
        "import sys; from videojobs_ext import Client; "
        "print(Client.__name__, 'duckdb' in sys.modules, 'pandas' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "Client False False"
    assert {"AsyncClient", "Client"} <= set(dir(videojobs_ext))
    assert not hasattr(videojobs_ext, "Nothing")
