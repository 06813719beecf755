"""Every route, setting, step, pipeline and command stands in the reference, and nothing else."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from videojobs_ext.api.openapi import document
from videojobs_ext.api.routes import PREFIX, ROUTES
from videojobs_ext.cli.application import parser
from videojobs_ext.config import VideoJobs
from videojobs_ext.pipelines.library import PipelineLibrary
from videojobs_ext.steps.registry import StepRegistry

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages() -> Mapping[str, str]:
    makers: Mapping[str, Callable[[], str]] = runpy.run_path(
        str(ROOT / "docs" / "reference_pages.py")
    )["PAGES"]
    return {name: make() for name, make in makers.items()}


def headings(page: str, level: int = 2) -> set[str]:
    return set(re.findall(rf"^{'#' * level} (.+)$", page, re.MULTILINE))


def first_cells(text: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def section(page: str, heading: str, until: str = "## ") -> str:
    pattern = rf"^#+ {re.escape(heading)}\n(.*?)(?=^{until}|\Z)"
    found = re.search(pattern, page, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


def test_every_route_stands_there_with_its_parameters_and_answers(pages: Mapping[str, str]) -> None:
    page = pages["rest"]
    routes = {f"{verb} {PREFIX}{route.path}" for route in ROUTES for verb in route.operations}
    assert headings(page) == routes | {"Models"}
    for route in ROUTES:
        for verb, operation in route.operations.items():
            said = section(page, f"{verb} {PREFIX}{route.path}")
            asked = operation.query.model_fields if operation.query else {}
            assert {*route.parameters, *asked} <= first_cells(said)
            for status in (*operation.answers, *operation.errors):
                assert f" {status.value} {status.phrase}" in said


def test_every_model_stands_there_with_its_fields(pages: Mapping[str, str]) -> None:
    models = document("/")["components"]["schemas"]
    assert headings(pages["rest"], 3) == models.keys()
    for name, schema in models.items():
        said = section(pages["rest"], name, until="### ")
        assert first_cells(said) == schema.get("properties", {}).keys()


def test_every_setting_stands_there_with_its_help(pages: Mapping[str, str]) -> None:
    traits = VideoJobs.class_traits(config=True)
    assert headings(pages["configuration"]) == traits.keys()
    for name, trait in traits.items():
        assert trait.help in section(pages["configuration"], name)


def test_every_step_stands_there_with_its_parameters(pages: Mapping[str, str]) -> None:
    registry = StepRegistry()
    ours = {name for name in registry if registry[name].__module__.startswith("videojobs_ext.")}
    assert headings(pages["steps"]) == ours
    for name in ours:
        said = first_cells(section(pages["steps"], name))
        assert said == registry[name].Params.model_fields.keys()


def test_every_pipeline_stands_there_as_it_is_written(pages: Mapping[str, str]) -> None:
    library = PipelineLibrary()
    assert headings(pages["pipelines"]) == set(library)
    for name in library:
        assert library.get(name).text.rstrip() in pages["pipelines"]


def test_every_command_stands_there_with_its_options(pages: Mapping[str, str]) -> None:
    commands = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert headings(pages["command-line"]) == commands.keys()
    for name, command in commands.items():
        said = section(pages["command-line"], name)
        for action in command._actions:
            for word in action.option_strings:
                assert f"`{word}`" in said, (name, word)
