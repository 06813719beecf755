"""Does what docs/rollback.md says, and checks that jobs come back.

    python scripts/rollback_check.py                                # DuckDB and SQLite, this Python
    python scripts/rollback_check.py --database postgresql://…      # a database that may be emptied
    python scripts/rollback_check.py --wheel dist/videojobs_ext-….whl

For each database: a job that is done, one that waits and one that was cancelled; the schema down to
base and up again through every revision; the jobs read back from their records; the results equal
to the byte, the waiting job run, the cancelled one left alone. With a wheel, in a new environment,
and the package is taken out and put back between base and head. Exits with 0 when every point
holds, else 1.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checks import Checks

HERE = Path(__file__).parent

#: Seconds that a server may take to answer and to stop, and a command to end.
_START, _STOP, _COMMAND = 60.0, 30.0, 300.0

_REVISIONS = """
from alembic.config import Config
from alembic.script import ScriptDirectory
config = Config()
config.set_main_option("script_location", "videojobs_ext.jobs:migrations")
config.set_main_option("path_separator", "os")
print(*reversed([each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]))
"""


@dataclass(frozen=True)
class Server:
    """A running server's address and token, as options of the command line."""

    options: Sequence[str]


@dataclass(frozen=True)
class Installation:
    """A Python with videojobs in it, and folders of its own for Jupyter and for jobs."""

    python: Path
    home: Path
    database: str

    @property
    def data_dir(self) -> Path:
        return self.home / "videojobs"

    @property
    def environment(self) -> dict[str, str]:
        ours = {
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
        }
        theirs = {name: value for name, value in os.environ.items() if "VIDEOJOBS" not in name}
        return {**theirs, **ours}

    @property
    def settings(self) -> list[str]:
        return [f"--VideoJobs.data_dir={self.data_dir}", f"--VideoJobs.db_url={self.database}"]

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run this Python."""
        return subprocess.run(
            [self.python, *arguments],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=_COMMAND,
            check=False,
        )

    def videojobs(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run ``jupyter videojobs``."""
        return self.run("-m", "videojobs_ext.cli", *arguments)

    @contextmanager
    def server(self, *flags: str) -> Iterator[Server]:
        """Run a Jupyter server."""
        port, token = _free_port(), secrets.token_hex(16)
        command: list[str | Path] = [self.python, "-m", "jupyter_server", *self.settings, *flags]
        command += [
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.open_browser=False",
            f"--ServerApp.root_dir={self.home}",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--ServerApp.allow_root=True")
        with (self.home / "server.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                env={**self.environment, "JUPYTER_TOKEN": token},
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            url = f"http://127.0.0.1:{port}/"
            _wait_for(url, process, self.home / "server.log")
            yield Server(["--url", url, "--token", token])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_STOP)


def check(checks: Checks, there: Installation, wheel: Path | None) -> None:
    """Go down and up again with three jobs."""
    clip = there.home / "clip.mp4"
    made = there.run(HERE / "made_clip.py", clip)
    checks.must("a clip can be made", made.returncode == 0, made.stderr)

    with there.server() as server:
        said = there.videojobs(
            "submit", clip, "-p", "scene_cuts", "--wait", "--json", *server.options
        )
        checks.must("a job completes", said.returncode == 0, said.stderr)
        done = json.loads(said.stdout)["job_id"]
        before = there.videojobs("results", done, "--json", *server.options).stdout
    with there.server("--VideoJobs.start_worker=False") as server:
        said = there.videojobs("submit", clip, "-p", "motion", *server.options)
        checks.must("another job waits", said.returncode == 0, said.stderr)
        waiting = said.stdout.strip()
        cancelled = there.videojobs("submit", clip, "-p", "quality", *server.options).stdout.strip()
        said = there.videojobs("cancel", cancelled, *server.options)
        checks.must("and one is cancelled while it waits", said.returncode == 0, said.stderr)

    said = there.videojobs("migrate", "--to", "base", *there.settings)
    checks.must("the schema goes down to base", said.returncode == 0, said.stderr)
    records = sorted(path.parent.name for path in there.data_dir.glob("files/jobs/*/job.json"))
    checks.that("each job's record stays", records == sorted([done, waiting, cancelled]), records)
    if wheel is not None:
        _take_out_and_put_back(checks, there, wheel)
    for revision in [*there.run("-c", _REVISIONS).stdout.split(), "head"]:
        said = there.videojobs("migrate", "--to", revision, *there.settings)
        checks.that(f"the schema goes up to {revision}", said.returncode == 0, said.stderr)
    said = there.videojobs("rebuild", *there.settings)
    checks.that("base took all jobs out", "0 were there" in said.stderr, said.stderr)
    checks.must("rebuild reads all back", "3 jobs are back" in said.stderr, said.stderr)

    with there.server() as server:
        said = there.videojobs("results", done, "--json", *server.options)
        checks.that("the results are the same to the byte", said.stdout == before, said.stderr)
        said = there.videojobs("status", waiting, "--wait", "--json", *server.options)
        status = json.loads(said.stdout)["status"] if said.returncode == 0 else said.stderr
        checks.that("the job that waited completes", status == "completed", status)
        said = there.videojobs("status", cancelled, "--json", *server.options)
        reason = json.loads(said.stdout)["failure_reason"] if said.stdout else said.stderr
        checks.that("the cancelled one stays cancelled", reason == "cancelled", reason)
        listed = json.loads(there.videojobs("list", "--json", *server.options).stdout)
        checks.that("no job is there twice", len(listed) == len(records), listed)


def _take_out_and_put_back(checks: Checks, there: Installation, wheel: Path) -> None:
    said = there.run("-m", "pip", "uninstall", "-q", "-y", "videojobs_ext")
    checks.must("the package can be taken out", said.returncode == 0, said.stderr)
    said = there.run("-m", "jupyter", "server", "extension", "list")
    listed = said.stdout + said.stderr
    checks.that("no server knows it any more", "videojobs_ext" not in listed, listed)
    left = [path for path in there.python.parents[1].rglob("*videojobs*") if path.is_file()]
    checks.that("nothing of it stays in the environment", left == [], left)
    files = [path for path in there.data_dir.rglob("*") if path.is_file()]
    checks.that(
        "what jobs made stays where it is",
        any(path.name == "results.json" for path in files),
        files,
    )
    _install(there.python, wheel)


def _install(python: Path, wheel: Path) -> None:
    extra = f"videojobs_ext[postgres] @ {wheel.resolve().as_uri()}"
    subprocess.run([python, "-m", "pip", "install", "-q", extra], check=True)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}api", timeout=10):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"The server does not answer:\n{log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Check every database that is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--database", action="append", metavar="URL", help="default: a DuckDB and an SQLite file"
    )
    parser.add_argument("--wheel", type=Path, help="install this into a new environment")
    asked = parser.parse_args()
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="videojobs-rollback-") as folder:
        base = Path(folder)
        python = Path(sys.executable)
        if asked.wheel is not None:
            venv.create(base / "venv", with_pip=True)
            python = base / "venv" / "bin" / "python"
            _install(python, asked.wheel)
        homes = [base / "duckdb", base / "sqlite"]
        own = [f"{home.name}:///{home / f'jobs.{home.name}'}" for home in homes]
        for number, database in enumerate(asked.database or own):
            home = base / f"{number}"
            for each in (home, *homes):
                each.mkdir(exist_ok=True)
            with checks.of(database.partition(":")[0]):
                check(checks, Installation(python, home, database), asked.wheel)
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
