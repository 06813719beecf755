"""The notebooks run from top to bottom in a real kernel that finds a real server by itself."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

from tests.server import RunningServer

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

#: Seconds that one cell may take on a busy machine.
LIMIT = 300


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture
def desk(running_server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The server's folder; a kernel there finds this server alone."""
    for name in ("VIDEOJOBS_URL", "VIDEOJOBS_TOKEN", "JUPYTER_SERVER_URL", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(running_server.runtime_dir))
    monkeypatch.setenv("VIDEOJOBS_CACHE_DIR", str(running_server.home / "rows"))
    monkeypatch.setenv("IPYTHONDIR", str(running_server.home / "ipython"))
    monkeypatch.setenv("MPLCONFIGDIR", str(running_server.home / "matplotlib"))
    return running_server.root_dir


@pytest.mark.slow
@pytest.mark.timeout(LIMIT)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(
    path: Path, desk: Path, request: pytest.FixtureRequest
) -> None:
    shutil.copy(path, desk)
    notebook = read(desk / path.name)
    NotebookClient(
        notebook, timeout=LIMIT, kernel_name="python3", resources={"metadata": {"path": str(desk)}}
    ).execute()
    nbformat.validate(notebook)
    slips = [cell for cell in notebook.cells if "raises-exception" in tags(cell)]
    for cell in slips:
        (error,) = [out for out in cell.outputs if out.output_type == "error"]
        assert "Did you mean" in error.evalue
        assert "Traceback" not in "".join(error.traceback)
    shown = dict(pictures(notebook))
    assert all(picture.startswith((b"\x89PNG", b"\xff\xd8")) for picture in shown.values())
    if (folder := request.config.getoption("--pictures", default=None)) is not None:
        for name, picture in shown.items():
            write_picture(picture, folder / f"{name}.png")
        (desk / path.name).write_text(nbformat.writes(notebook))  # type: ignore[no-untyped-call]


def tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def pictures(notebook: NotebookNode) -> Iterator[tuple[str, bytes]]:
    """Yield what the cells tagged ``picture:<name>`` show; each must show one."""
    for cell in notebook.cells:
        for tag in tags(cell):
            kind, _, name = tag.partition(":")
            if kind == "picture":
                (found,) = [
                    data[media]
                    for out in cell.outputs
                    if (data := out.get("data", {}))
                    for media in ("image/png", "image/jpeg")
                    if media in data
                ]
                yield name, base64.b64decode(found)


def write_picture(picture: bytes, path: Path) -> None:
    """Write a picture as a small PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.open(BytesIO(picture)).convert("RGB")
    image.thumbnail((900, 900))
    image.quantize(128).save(path, optimize=True)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs_and_for_any_python_kernel(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_notebooks_lead_to_each_other_and_the_guide_shows_their_pictures() -> None:
    named = {path.name for path in NOTEBOOKS}
    assert len(named) == 5
    texts = {path.name: json.dumps(read(path)) for path in NOTEBOOKS}
    for path, following in pairwise(NOTEBOOKS):
        assert f"({following.name})" in texts[path.name]
    guide = (FOLDER.parent / "docs" / "notebook.md").read_text(encoding="utf-8")
    for name in named:
        assert name in guide
