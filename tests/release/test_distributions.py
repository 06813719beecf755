"""What is released: built as a release is, checked, and installed where nothing else is."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.made_clip import CUTS, write_clip
from videojobs_ext import __version__

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

Run = Callable[..., subprocess.CompletedProcess[str]]


def say(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=600, check=False, **options
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and with the wheel that was made from it."""
    folder = tmp_path_factory.mktemp("dist")
    said = say(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    assert said.returncode == 0, said.stdout + said.stderr
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (wheel,) = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A function that runs commands of a new environment with the wheel in it.

    Nothing but the environment is on its path: no Node, no compiler, no ffmpeg.
    """
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "venv", with_pip=True)
    binaries = home / "venv" / "bin"
    environment = {
        "PATH": str(binaries),
        "HOME": str(home),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
    }

    def run(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return say(binaries / name, *arguments, cwd=home, env=environment)

    said = run("python", "-m", "pip", "install", "-q", wheel)
    assert said.returncode == 0, said.stderr
    return run


@pytest.fixture(scope="session")
def labextension(installed: Run) -> str:
    """What ``jupyter labextension list`` says, with a JupyterLab beside the wheel."""
    said = installed("python", "-m", "pip", "install", "-q", "jupyterlab>=4.6,<5")
    assert said.returncode == 0, said.stderr
    said = installed("jupyter", "labextension", "list")
    return re.sub(r"\x1b\[\d+m", "", said.stdout + said.stderr)


# ── what was built ──────────────────────────────────────────────────────────────────────────────


def test_both_distributions_are_what_an_index_takes(built: Path) -> None:
    said = say(sys.executable, "-m", "twine", "check", "--strict", *built.iterdir())
    assert said.returncode == 0, said.stdout
    assert sorted(path.name for path in built.iterdir()) == [
        f"videojobs_ext-{__version__}-py3-none-any.whl",
        f"videojobs_ext-{__version__}.tar.gz",
    ]


def test_the_wheel_holds_what_it_should_and_nothing_else(wheel: Path) -> None:
    said = say(sys.executable, "-m", "check_wheel_contents", wheel, cwd=ROOT)
    assert said.returncode == 0, said.stdout
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    folders = {name.partition("/")[0] for name in names}
    stem = f"videojobs_ext-{__version__}"
    assert folders == {"videojobs_ext", f"{stem}.dist-info", f"{stem}.data"}
    assert not [name for name in names if "test" in name.split("/") or "__pycache__" in name]
    assert {
        "videojobs_ext/py.typed",
        "videojobs_ext/governance/forbidden_vocabulary.yaml",
        "videojobs_ext/jobs/migrations/env.py",
        "videojobs_ext/jobs/migrations/versions/0001_jobs.py",
        "videojobs_ext/pipelines/library/scene_cuts.yaml",
        "videojobs_ext/client/static/panel.css",
        "videojobs_ext/client/static/panel.js",
        "videojobs_ext/client/static/viewer.css",
        "videojobs_ext/client/static/viewer.js",
        f"{stem}.data/data/etc/jupyter/jupyter_server_config.d/videojobs_ext.json",
        f"{stem}.data/data/share/jupyter/labextensions/videojobs/install.json",
        f"{stem}.data/data/share/jupyter/labextensions/videojobs/package.json",
        f"{stem}.dist-info/licenses/LICENSE",
        f"{stem}.dist-info/licenses/NOTICE",
    } <= names


def test_the_source_distribution_holds_its_tests_and_documents(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert {"pyproject.toml", "README.md", "CHANGELOG.md", "docs/rollback.md"} <= names
    assert {"tests/conftest.py", "scripts/smoke_test.py", "docs/conf.py"} <= names
    assert not [name for name in names if name.startswith((".ci", ".github", "docs/reference/"))]


def test_a_machine_without_node_builds_the_front_end_anew_after_an_edit(tmp_path: Path) -> None:
    # npm asks the path for a shell; Node itself comes into the build's environment as a wheel.
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "sh").symlink_to("/bin/sh")
    environment = {**os.environ, "PATH": str(tools)}
    source = tmp_path / "source"
    shutil.copytree(
        ROOT,
        source,
        ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache", "node_modules", "lib"),
    )

    def build(target: str) -> dict[str, bytes]:
        command = ("-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path / target, source)
        said = say(sys.executable, *command, env=environment)
        assert said.returncode == 0, said.stderr
        (made,) = (tmp_path / target).glob("*.whl")
        with zipfile.ZipFile(made) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    marked = "--jp-videojobs-edited"
    before = build("before")
    with (source / "labextension" / "style" / "base.css").open("a", encoding="utf-8") as style:
        style.write(f"\n:root {{\n  {marked}: 1;\n}}\n")
    after = build("after")
    for wheel, expected in ((before, False), (after, True)):
        shipped = b"".join(wheel[name] for name in wheel if "/labextensions/videojobs/" in name)
        assert (marked.encode() in shipped) is expected


# ── what is installed ───────────────────────────────────────────────────────────────────────────


def test_the_requirements_fit_together(installed: Run) -> None:
    said = installed("python", "-m", "pip", "check")
    assert said.returncode == 0, said.stdout


def test_installing_enables_the_server_extension(installed: Run) -> None:
    said = installed("jupyter", "server", "extension", "list")
    listed = re.sub(r"\x1b\[\d+m", "", said.stdout + said.stderr)
    assert "videojobs_ext enabled" in listed
    assert f"videojobs_ext {__version__} OK" in listed


def test_installing_enables_the_front_end_in_jupyterlab(labextension: str) -> None:
    assert f"videojobs v{__version__} enabled OK (python, videojobs_ext)" in labextension


def test_the_command_says_its_version(installed: Run) -> None:
    assert installed("jupyter", "videojobs", "--version").stdout == f"videojobs {__version__}\n"


def test_a_video_is_analyzed_by_what_the_wheel_brings(installed: Run, tmp_path: Path) -> None:
    clip, table = tmp_path / "clip.mp4", tmp_path / "cuts.csv"
    write_clip(clip)
    said = installed("jupyter", "videojobs", "run", clip, "-p", "scene_cuts", "-o", table)
    assert said.returncode == 0, said.stderr
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    cuts = [int(row["frame_index"]) for row in rows if row["label"] == "cut"]
    assert cuts == list(CUTS)


def test_the_scope_is_kept_by_what_is_installed(installed: Run) -> None:
    said = installed("python", "-m", "videojobs_ext.governance")
    assert said.returncode == 0, said.stdout + said.stderr


def test_jobs_outlive_the_package_taken_out_and_put_back(wheel: Path, tmp_path: Path) -> None:
    database = f"duckdb:///{tmp_path / 'jobs.duckdb'}"
    script = ROOT / "scripts" / "rollback_check.py"
    said = say(sys.executable, script, "--database", database, "--wheel", wheel)
    assert said.returncode == 0, said.stdout + said.stderr
    for point in ("the package can be taken out", "what jobs made stays where it is"):
        assert f"pass  {point}" in said.stdout
