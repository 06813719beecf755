"""What the command line says about itself, and about what is wrong with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from videojobs_ext.cli import main
from videojobs_ext.cli.application import parser
from videojobs_ext.config import VideoJobs

COMMANDS = sorted(parser()._subparsers._group_actions[0].choices)  # type: ignore[union-attr]


def test_every_command_of_the_contract_is_there() -> None:
    wanted = "demo run submit list status results cancel worker migrate rebuild export doctor"
    assert set(wanted.split()) <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(command: str) -> None:
    text = parser()._subparsers._group_actions[0].choices[command].format_help()  # type: ignore[union-attr]
    assert f"jupyter videojobs {command}" in text.split("examples:")[1]


def test_jupyter_finds_the_command() -> None:
    jupyter = Path(sys.executable).parent / "jupyter"
    said = subprocess.run(
        [jupyter, "videojobs", "--version"], capture_output=True, text=True, check=False
    )
    assert said.stdout.startswith("videojobs ")


def test_help_all_shows_every_setting(run: Run) -> None:
    said = run("--help-all")
    assert said.returncode == 0
    for name in VideoJobs.class_trait_names(config=True):
        assert f"--VideoJobs.{name}=" in said.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["frobnicate"], "invalid choice"),
        ([], "required"),
        (["run"], "FILE"),
        (["run", "a.mp4", "--every", "0"], "not a whole number of at least 1"),
        (["run", "a.mp4", "--param", "motion"], "not of the form step.key=value"),
        (["run", "a.mp4", "-o", "a.xlsx"], "does not end like one of the formats"),
        (["run", "a.mp4", "--format", "xlsx"], "There is no format 'xlsx', but json"),
        (["run", "a.mp4", "--pipeline", "moton"], "Did you mean 'motion'"),
        (["run", "a.mp4", "-p", "motion", "--param", "moton.x=1"], "Did you mean 'motion'"),
        (["submit"], "one of the two"),
        (["list", "--VideoJobs.workers=2"], "takes no --VideoJobs.workers=2"),
        (["doctor", "--VideoJobs.worker=2"], "there is no VideoJobs.worker"),
        (["doctor", "--VideoJobs.workers=zero"], "zero"),
        (["doctor", "--config=nothing.py"], "nothing.py"),
    ],
)
def test_a_wrong_command_line_exits_with_2_and_one_helpful_line(
    words: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for folder in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{folder}_DIR", str(tmp_path / folder))
    try:
        code = main(words)
    except SystemExit as end:  # argparse's own way out
        code = end.code
    said = capsys.readouterr()
    assert code == 2
    assert message in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_without_a_server_the_exit_code_is_3_and_the_advice_is_there(run: Run) -> None:
    said = run("list")
    assert said.returncode == 3
    assert "jupyter lab" in said.stderr
    assert "Traceback" not in said.stderr


def test_output_into_a_closed_pipe_is_no_error(environment: dict[str, str]) -> None:
    said = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m videojobs_ext.cli --help | head -1"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.startswith("usage:")
    assert said.stderr == ""
