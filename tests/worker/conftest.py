"""A worker on real parts: store, queue, storage, engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from videojobs_ext.pipelines import loading
from videojobs_ext.services.services import Services
from videojobs_ext.services.settings import Settings

MakeServices = Callable[..., Services]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a small installation whose worker isn't started by itself."""
    root = tmp_path / "root"
    root.mkdir()
    return Settings(
        data_dir=tmp_path / "data",
        root_dir=root,
        db_url=f"duckdb:///{tmp_path / 'jobs.duckdb'}",
        storage_url=str(tmp_path / "files"),
        workers=2,
        chunk_seconds=1.0,
    )


@pytest.fixture
def make_services(settings: Settings) -> Iterator[MakeServices]:
    """Start services with changed settings; all are stopped in the end."""
    started: list[Services] = []

    def make(**changes: object) -> Services:
        services = Services(replace(settings, **changes))  # type: ignore[arg-type]
        started.append(services)
        services.start()
        return services

    yield make
    for services in started:
        services.stop()


@pytest.fixture
def bad_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install ``bad_steps.py`` as a distribution with entry points, for this test only."""
    site = tmp_path / "site"
    info = site / "bad_steps-1.0.dist-info"
    info.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("bad_steps.py"), site)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bad-steps\nVersion: 1.0\n")
    names = {
        "Raises": "raises",
        "Hangs": "hangs",
        "Eats": "eats",
        "Segfaults": "segfaults",
        "SaysNaN": "says_nan",
        "SaysRubbish": "says_rubbish",
        "RaisesLate": "raises_late",
    }
    points = "\n".join(f"{name} = bad_steps:{cls}" for cls, name in names.items())
    (info / "entry_points.txt").write_text(f"[videojobs.steps]\n{points}\n")
    monkeypatch.syspath_prepend(str(site))
    loading.forget()
    yield
    loading.forget()
