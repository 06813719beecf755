"""Whether jobs will be run."""

from __future__ import annotations

import platform
from functools import cache
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from videojobs_ext.api.base import VideoJobsHandler, may
from videojobs_ext.api.models import HealthAnswer

if TYPE_CHECKING:
    from videojobs_ext.services.services import Health


class HealthHandler(VideoJobsHandler):
    """``GET /v1/video/health``."""

    _track_activity = False

    @may("read")
    async def get(self) -> None:
        """Answer 200 where all is well, 503 where jobs would not get done."""
        health = await self.call(self.services.health)
        self.answer(
            health_answer(health), HTTPStatus.OK if health.ok else HTTPStatus.SERVICE_UNAVAILABLE
        )


def health_answer(health: Health) -> HealthAnswer:
    """Return the state of things as the API shows it."""
    return HealthAnswer.model_validate(
        {
            "status": "ok" if health.ok else "degraded",
            "worker": {
                "alive": health.worker in {"running", "idle"},
                "state": health.worker,
                "processes": health.processes,
            },
            "queue_length": health.queue_length,
            "jobs": health.jobs,
            "engine": health.engine,
            "disk_free_bytes": health.disk_free_bytes,
            "versions": versions(),
        }
    )


@cache
def versions() -> dict[str, str]:
    """Return the versions that a report of a problem needs."""
    packages = ("videojobs_ext", "jupyter_server", "av", "opencv-python-headless", "duckdb")
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
