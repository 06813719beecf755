"""Every code block of the README and the guide is run, or at least read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from traitlets.config import Config

from tests.server import RunningServer
from videojobs_ext import Client
from videojobs_ext.cli.application import parser
from videojobs_ext.config import VideoJobs
from videojobs_ext.pipelines.inspection import InspectTask, inspect_pipeline
from videojobs_ext.pipelines.library import PipelineLibrary
from videojobs_ext.steps.base import kind_of
from videojobs_ext.steps.registry import StepRegistry

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "docs" / "reference"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parent != GENERATED),
]

_BLOCK = re.compile(
    r"^(?P<skip><!-- not run: [^\n]+ -->\n)?```(?P<language>[^\n]*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)

#: Set-up and upkeep of an environment: what they do is not for a test to do.
_SET_UP = ("python3 -m venv", "pip install", ".venv/bin/")

DEMO = (
    'python3 -m venv .venv && .venv/bin/pip install -e ".[all]" && .venv/bin/jupyter videojobs demo'
)
TESTS = 'python3 -m venv .venv && .venv/bin/pip install -e ".[all,test]" && .venv/bin/pytest'


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str
    code: str
    skipped: bool


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        yield Block(
            page,
            text.count("\n", 0, found.start("code")) + 1,
            found["language"],
            found["code"],
            found["skip"] is not None,
        )


ALL = [block for page in PAGES for block in blocks(page)]


def of(language: str) -> list[object]:
    return [
        pytest.param(block, id=f"{block.page.name}-{block.line}")
        for block in ALL
        if block.language == language and not block.skipped
    ]


@pytest.fixture(scope="module")
def desk(
    running_server: RunningServer, bikes: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """A folder with a clip, a completed job, and the environment that examples speak of."""
    folder = tmp_path_factory.mktemp("desk")
    for place in (folder, running_server.root_dir):
        shutil.copy(bikes, place / "clip.mp4")
    pipeline = next(block.code for block in ALL if "id: every_second" in block.code)
    (folder / "every_second.yaml").write_text(pipeline)
    with Client(running_server.url, running_server.token) as client:
        job_id = client.submit(bikes, name="clip", upload=True, progress=False)
        client.wait(job_id, progress=False)
    binaries = Path(sys.executable).parent
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("VIDEOJOBS")},
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_DIR": str(running_server.home / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(running_server.runtime_dir),
        "VIDEOJOBS_CACHE_DIR": str(folder / "cache"),
        "PWD": str(folder),
        "JOB": job_id,
        "SERVER": running_server.url.rstrip("/"),
        "TOKEN": running_server.token,
    }


def test_the_two_commands_of_the_readme_are_word_for_word() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert DEMO in lines
    assert TESTS in lines


def test_blocks_are_of_a_language_that_is_checked() -> None:
    checked = {"bash", "python", "python config", "yaml", "text"}
    assert [block for block in ALL if block.language not in checked] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_runs_from_the_top_of_its_page_to_the_end(page: Path, desk: dict[str, str]) -> None:
    code = "\n".join(
        block.code for block in blocks(page) if block.language == "python" and not block.skipped
    )
    if not code:
        return
    warnings = "import warnings\nwarnings.simplefilter('error')\n"
    said = _say([sys.executable, "-c", warnings + code], desk)
    assert said.returncode == 0, said.stderr


@pytest.mark.parametrize("block", of("bash"))
def test_commands_do_what_they_say(block: Block, desk: dict[str, str]) -> None:
    if any(word in block.code for word in _SET_UP):
        return
    said = _say(["bash", "-euo", "pipefail", "-c", block.code], desk)
    assert said.returncode == 0, said.stderr
    for word in ('"message"', "Traceback"):
        assert word not in said.stdout + said.stderr


@pytest.mark.parametrize("block", of("yaml"))
def test_pipelines_can_be_run(block: Block, tmp_path: Path) -> None:
    """A pipeline may use the steps that its page defines."""
    for number, other in enumerate(blocks(block.page)):
        if other.language == "python" and "(FrameStep" in other.code:
            (tmp_path / f"steps_{number}.py").write_text(other.code)
    inspect_pipeline(InspectTask(block.code, block.page.name, block.code, tmp_path))


@pytest.mark.parametrize("block", of("python config"))
def test_settings_exist_and_are_accepted(block: Block) -> None:
    config = Config()
    exec(block.code, {"c": config})
    known = set(VideoJobs.class_trait_names(config=True))
    assert set(config.VideoJobs) <= known
    VideoJobs(config=config).settings(ROOT)


def test_every_setting_stands_in_the_guide_with_its_default() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE))
    traits = VideoJobs.class_traits(config=True)
    assert rows.keys() == traits.keys()
    for name, default in rows.items():
        if found := re.fullmatch(r"`([^`]+)`", default):
            assert found[1] == str(traits[name].default()), name


def test_what_the_guide_says_of_steps_and_pipelines_is_so() -> None:
    """Every step of a built-in pipeline is told, and nothing that is told is wrong."""
    text = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    parameters = dict(re.findall(r"^\| `(\w+\.\w+)` \| ([^|]+) \|", text, re.MULTILINE))
    kinds = dict(re.findall(r"^\| `(\w+)` \| (frame|window|sequence) \|", text, re.MULTILINE))
    registry = StepRegistry()
    library = PipelineLibrary()
    used = {use.uses for pipeline in library for use in library.get(pipeline).pipeline.steps}
    assert used <= kinds.keys(), "Describe these steps in docs/pipelines.md"
    for pipeline in library:
        assert f"| `{pipeline}` |" in text, "Describe this pipeline in docs/pipelines.md"
    here = kinds.keys() & registry.keys()  # an entry point is there once it is installed
    assert {name: kind_of(registry[name]) for name in here} == {name: kinds[name] for name in here}
    for parameter, default in parameters.items():
        step, _, key = parameter.partition(".")
        if step in here:
            value = registry[step].Params.model_fields[key].default
            said = str(value).lower() if isinstance(value, bool) else str(value)  # as YAML has it
            assert default == said, parameter


def test_every_command_stands_in_the_guide_with_all_of_its_options() -> None:
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    described = {
        name.strip(): section
        for section in sections
        for name in section.partition("\n")[0].split(",")
    }
    commands = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert described.keys() == commands.keys()
    everywhere = {"--help", "--url", "--token"}
    for name, command in commands.items():
        for action in command._actions:
            options = {word for word in action.option_strings if word.startswith("--")}
            if options - everywhere:
                assert any(word in described[name] for word in options), (name, options)


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*PAGES, ROOT / "CHANGELOG.md"]:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
            place = (page.parent / target).resolve()
            if "://" not in target and place.parent != GENERATED:
                assert place.exists(), (page.name, target)


def _say(command: list[str], desk: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=desk["PWD"],
        env=desk,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
