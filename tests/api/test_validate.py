"""What is wrong with a pipeline, line by line, over REST."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.server import RunningServer


@pytest.fixture(scope="module")
def client(running_server: RunningServer) -> Iterator[httpx.Client]:
    with running_server.client() as client:
        yield client
    assert "Traceback" not in running_server.log()


def validate(client: httpx.Client, text: str) -> dict:
    headers = {"Content-Type": "application/yaml"}
    answer = client.post("validate", content=text.encode(), headers=headers)
    return answer.raise_for_status().json()


def marked(text: str, problem: dict) -> str:
    """Return the part of the text that an editor would underline."""
    line = text.splitlines()[problem["line"] - 1]
    return line[problem["column"] - 1 : problem["end_column"] - 1]


def test_a_good_pipeline_has_no_problems_and_is_told_with_its_graph(client: httpx.Client) -> None:
    told = validate(
        client,
        "id: mine\ntitle: Mine\nsteps:\n  - {id: c, uses: content}\n"
        "  - {id: cuts, uses: scene_cuts, needs: [c]}\n",
    )
    assert told["problems"] == []
    pipeline = told["pipeline"]
    assert (pipeline["id"], pipeline["built_in"], pipeline["problem"]) == ("mine", False, None)
    assert [(step["id"], step["needs"], step["kind"]) for step in pipeline["steps"]] == [
        ("c", [], "window"),
        ("cuts", ["c"], "sequence"),
    ]
    assert "min_ratio" in pipeline["parameters"]["properties"]["cuts"]["properties"]


def test_an_id_of_the_package_is_told_as_taken(client: httpx.Client) -> None:
    text = "id: motion\nsteps:\n  - {id: m, uses: motion}\n"
    assert validate(client, text)["pipeline"]["built_in"] is True


@pytest.mark.parametrize(
    ("text", "says", "mark"),
    [
        (
            "id: a\nsteps:\n  - id: m\n    uses: motoin\n",
            "Did you mean 'motion'?",
            "uses: motoin",
        ),
        (
            "id: a\nsteps:\n  - id: m\n    uses: motion\n    with: {min_aera: 1}\n",
            "Did you mean 'min_area'?",
            "min_aera: 1",
        ),
        ("id: a\nstepz: []\nsteps: [{id: m, uses: motion}]", "Did you mean 'steps'?", "stepz: []"),
        (
            "id: a\nsteps:\n  - {id: m, uses: motion, needs: [n]}\n  - {id: b, uses: motion}\n",
            "there is no step 'n' here",
            "n",
        ),
        (
            "id: a\nsteps:\n- {id: c, uses: content}\n- {id: x, uses: scene_cuts, needs: [x]}\n",
            "in a circle",
            "needs: [x]",
        ),
        ("id: 7seas\nsteps: [{id: m, uses: motion}]\n", "pattern", "id: 7seas"),
        ("id: a\nid: b\nsteps: []\n", "stands twice", "id: b"),
        ("just words", "a pipeline is a mapping", "just words"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_nearest_name(
    client: httpx.Client, text: str, says: str, mark: str
) -> None:
    problem = validate(client, text)["problems"][0]
    assert says in problem["message"]
    assert marked(text, problem) == mark


def test_all_mistakes_of_the_form_are_told_at_once_in_their_order(client: httpx.Client) -> None:
    text = "id: a\ntitel: x\nsteps:\n  - id: m\n    uses: motion\n    whit: {}\nsamplin: {}\n"
    problems = validate(client, text)["problems"]
    assert [problem["line"] for problem in problems] == [2, 6, 7]
    assert [problem["field"] for problem in problems] == ["titel", "steps.0.whit", "samplin"]


def test_a_pipeline_whose_steps_are_wrong_still_shows_them(client: httpx.Client) -> None:
    pipeline = validate(client, "id: a\nsteps:\n  - {id: m, uses: motoin}\n")["pipeline"]
    assert [step["uses"] for step in pipeline["steps"]] == ["motoin"]
    assert "motoin" in pipeline["problem"]


@pytest.mark.parametrize(
    "text", ["", "\n", "a: [", "- 1", "\t\tx", "a: &x 1\nb: *x", "[" * 3000, "id: \x00"]
)
def test_whatever_the_text_is_the_answer_is_a_list_of_problems(
    client: httpx.Client, text: str
) -> None:
    told = validate(client, text)
    assert told["problems"]
    assert told["pipeline"] is None


def test_what_is_not_utf8_or_too_long_is_refused(client: httpx.Client) -> None:
    assert client.post("validate", content=b"id: \xff").status_code == 400
    assert client.post("validate", content=b"#" * 300_000).status_code == 413


def test_nothing_is_saved(client: httpx.Client) -> None:
    validate(client, "id: only_checked\nsteps:\n  - {id: m, uses: motion}\n")
    assert client.get("pipelines/only_checked").status_code == 404
