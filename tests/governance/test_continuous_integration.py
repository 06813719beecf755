"""What runs on each push: steps of ``.ci/run``, with the scope scanner before all others."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
STEPS = re.findall(r"^(\w+)\(\) \{", RUN, re.MULTILINE)


def workflow(name: str) -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


JOBS = workflow("tests.yml")["jobs"]


def steps_of(job: str) -> list[str]:
    commands = [step.get("run", "") for step in JOBS[job]["steps"]]
    return [
        word
        for command in commands
        if ".ci/run" in command
        for word in command.split(".ci/run ")[1].split()
    ]


def test_run_alone_does_every_step() -> None:
    (default,) = re.findall(r"^  set -- (.+)$", RUN, re.MULTILINE)
    assert default.split() == STEPS
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=False).returncode == 0


def test_every_step_runs_on_each_push_and_no_other_is_named() -> None:
    assert {step for job in JOBS for step in steps_of(job)} == set(STEPS)


def test_governance_blocks_every_other_job() -> None:
    assert steps_of("governance") == ["environment", "governance"]
    for name, job in JOBS.items():
        assert "continue-on-error" not in str(job)
        if name != "governance":
            assert job["needs"] == "governance"


def test_the_hooks_before_a_commit_run_the_commands_of_the_contributors_guide() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook["entry"] for repository in config["repos"] for hook in repository["hooks"]]
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = guide.partition("Before a commit:")[2].split("```")[1]
    commands = [line for line in block.splitlines() if line.startswith(".venv")]
    assert [hook.replace(" --force-exclude", "") for hook in hooks] == commands


@pytest.mark.parametrize(
    "path", [*(ROOT / ".github").rglob("*.yml"), ROOT / ".ci" / "run", ROOT / "pyproject.toml"]
)
def test_no_package_index_is_named(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for word in ("index-url", "extra-index", "find-links", "registry"):
        assert word not in text
