import subprocess
import sys

import pytest

LAZY = ("cv2", "av", "duckdb", "pyarrow", "sqlalchemy", "onnxruntime")


@pytest.mark.parametrize("module", ["videojobs_ext", "videojobs_ext.extension"])
def test_import_loads_none_of_the_heavy_packages(module):
    code = f"import sys, {module}; print([n for n in {LAZY!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_the_routes_load_none_of_the_heavy_packages():
    code = (
        "import sys; from videojobs_ext.api.routes import handlers; handlers();"
        f"print([n for n in {LAZY!r} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_jupyter_lists_the_extension_as_ok():
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", "server", "extension", "list"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "videojobs_ext" in line]
    assert any("enabled" in line for line in lines)
    assert any("OK" in line for line in lines)
    assert not any("X" in line for line in lines)
