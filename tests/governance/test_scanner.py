"""What the scanner finds, what it leaves, and what it refuses; the real vocabulary throughout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.styles import lines_holding, look_alikes
from videojobs_ext.governance.__main__ import ROOT, VOCABULARY, main
from videojobs_ext.governance.scanner import Violation, find, scan
from videojobs_ext.governance.vocabulary import (
    BadConfiguration,
    Scope,
    Term,
    Vocabulary,
    read_vocabulary,
)

VOCABULARY_OF_THE_HOUSE = read_vocabulary(VOCABULARY)
SCOPES = {scope.name: scope for scope in VOCABULARY_OF_THE_HOUSE.scopes}
PLANTS = [
    pytest.param(scope, term, id=f"{scope.name}-{term.term}")
    for scope in VOCABULARY_OF_THE_HOUSE.scopes
    for term in scope.terms
]
REASON = "a reason of the tests"


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def vocabulary(root: Path, text: str) -> Path:
    (root / "vocabulary.yaml").write_text(text, encoding="utf-8")
    return root / "vocabulary.yaml"


def terms(*words: str) -> list[Term]:
    return [Term(term=word, reason=REASON) for word in words]


def found(text: str, *words: str) -> list[str]:
    return [spelling for _, _, spelling in find(terms(*words), text)]


# ── the tree as it is ───────────────────────────────────────────────────────────────────────────


def test_the_tree_is_clean_and_scanned_within_a_second() -> None:
    began = time.process_time()
    result = scan(ROOT, read_vocabulary(VOCABULARY))
    assert time.process_time() - began < 1.0
    assert [str(violation) for violation in result.violations] == []
    assert result.files > 100


def test_the_batch_job_path_forbids_what_the_founding_plan_does() -> None:
    assert {term.term for term in SCOPES["batch-job-path"].terms} >= {
        "gpu_schedule",
        "gpu_worker",
        "distributed",
        "websocket",
        "streaming",
        "sse",
        "real_time",
    }


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__", ".*", "static", "labextension")
    shutil.copytree(ROOT / "videojobs_ext", root / "videojobs_ext", ignore=ignored)
    return root


@pytest.mark.parametrize(("scope", "term"), PLANTS)
def test_a_term_planted_in_its_scope_is_found_at_its_line(
    copy: Path, scope: Scope, term: Term
) -> None:
    narrow = VOCABULARY_OF_THE_HOUSE.model_copy(update={"scopes": [scope]})
    for glob in scope.files:
        folder = copy / glob.partition("*")[0]
        planted = folder / "planted.py"
        planted.write_text(f'"""A module."""\n\nx = 1  # my_{term.term.upper()} of ours\n')
        try:
            violations = scan(copy, narrow).violations
        finally:
            planted.unlink()
        relative = planted.relative_to(copy).as_posix()
        assert [(each.path, each.line, each.term) for each in violations] == [
            (relative, 3, term.term)
        ]
        assert violations[0].reason == term.reason


WORDED = {name: scope for name, scope in SCOPES.items() if scope.terms}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


@pytest.mark.parametrize("scope", WORDED.values(), ids=WORDED)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_term_is_found_at_its_line_in_every_style_and_case(
    scope: Scope, folder: Path, data: st.DataObject
) -> None:
    term = data.draw(st.sampled_from(scope.terms))
    line = data.draw(lines_holding(term.term))
    before, after = data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9))
    tree(folder, {"a.py": "assets = 1\n" * before + f"{line}\n" + "assets = 2\n" * after})
    here = scope.model_copy(update={"files": ["*.py"], "outside": []})
    violations = scan(folder, Vocabulary(scopes=[here])).violations
    # Two terms of the same letters are one where nothing separates their words.
    found_at = {(each.line, each.term.replace("_", "")) for each in violations}
    assert (before + 1, term.term.replace("_", "")) in found_at, line
    assert {number for number, _ in found_at} == {before + 1}


@pytest.mark.parametrize("scope", WORDED.values(), ids=WORDED)
@settings(deadline=None)
@given(data=st.data())
def test_a_look_alike_is_none(scope: Scope, data: st.DataObject) -> None:
    term = data.draw(st.sampled_from(scope.terms))
    word = data.draw(look_alikes(term.term))
    assert list(find([term], word)) == [], word


# ── words ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "sse",
        "SSE",
        "Sse",
        "sSe",
        "use_sse",
        "sse_open",
        "useSSE",
        "SSEHandler",
        "openSSEStream",
        "x-sse-y",
        "sse2",
        "2sse",
        "_sse_",
        "a.sse",
        "'sse'",
        "/sse/",
        "SSE_",
        "é sse",
    ],
)
def test_a_word_is_found(text: str) -> None:
    assert len(found(text, "sse")) == 1


@pytest.mark.parametrize(
    "text", ["assets", "ASSETS", "essed", "passe", "ssembly", "Assets", "classSet", "ésse", "s se"]
)
def test_a_part_of_another_word_is_not(text: str) -> None:
    assert found(text, "sse") == []


@pytest.mark.parametrize(
    "text",
    [
        "real_time",
        "realTime",
        "RealTime",
        "REAL_TIME",
        "real-time",
        "realtime",
        "real time",
        "in real\n    # time",
        "near_real_time_job",
        "surrealTime real_time",
    ],
)
def test_words_that_belong_together_are_found_with_any_separator(text: str) -> None:
    assert len(found(text, "real_time")) == 1


@pytest.mark.parametrize(
    "text", ["surreal_time", "real_timer", "real, time", "real.time", "a real big time"]
)
def test_words_that_do_not_are_left(text: str) -> None:
    assert found(text, "real_time") == []


def test_letters_that_python_takes_for_plain_ones_are_plain(tmp_path: Path) -> None:
    tree(tmp_path, {"a.py": "𝓼𝓽𝓻𝓮𝓪𝓶𝓲𝓷𝓰 = 1\n"})
    path = vocabulary(
        tmp_path,
        "scopes:\n- name: a\n  files: ['*.py']\n  terms:\n"
        f"  - {{term: streaming, reason: {REASON}}}\n",
    )
    assert len(scan(tmp_path, read_vocabulary(path)).violations) == 1


def test_a_term_that_begins_another_is_found_where_that_one_ends_otherwise() -> None:
    assert found("sse_xy", "sse_x", "sse") == ["sse"]
    assert found("websockets", "websocket", "websockets") == ["websockets"]
    assert found("WebSocket", "websocket", "web_socket") == ["WebSocket"]


# ── what is printed ─────────────────────────────────────────────────────────────────────────────


def test_file_line_context_term_and_reason_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(tmp_path, {"api/a.py": "x = 1\n\ndef openWebSocket():  # noqa\n"})
    path = vocabulary(
        tmp_path,
        "scopes:\n- name: path\n  files: ['api/*']\n  terms:\n"
        f"  - {{term: web_socket, reason: {REASON}}}\n",
    )
    assert main([str(tmp_path), "--vocabulary", str(path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"api/a.py:3:9: web_socket [path]: {REASON}",
        "    def openWebSocket():  # noqa",
        "            ^^^^^^^^^",
    ]


@pytest.mark.parametrize("name", ["phase_2.py", "phase2.py", "jobsPhase.yaml", "PHASE/store.py"])
def test_a_file_named_after_a_phase_is_found_whatever_it_holds(copy: Path, name: str) -> None:
    planted = copy / "videojobs_ext" / "jobs" / name
    made = not planted.parent.exists()
    planted.parent.mkdir(exist_ok=True)
    planted.write_bytes(b"\xff\xfe")
    try:
        violations = scan(copy, VOCABULARY_OF_THE_HOUSE).violations
    finally:
        planted.unlink()
        if made:
            planted.parent.rmdir()
    found_in = {(each.path, each.line) for each in violations}
    assert found_in == {(f"videojobs_ext/jobs/{name}", 0)}
    assert "in the name" in str(violations[0])


@pytest.mark.parametrize("comment", ["noqa", "governance: ignore", "pragma: no cover", "nosec"])
def test_nothing_in_a_file_excepts_it(copy: Path, comment: str) -> None:
    planted = copy / "videojobs_ext" / "queues" / "planted.py"
    planted.write_text(f"# {comment}\nstreaming = 1  # {comment}\n")
    try:
        violations = scan(copy, VOCABULARY_OF_THE_HOUSE).violations
    finally:
        planted.unlink()
    assert [each.line for each in violations] == [2]


def test_violations_stand_in_the_order_of_files_and_lines() -> None:
    def at(path: str, line: int) -> Violation:
        return Violation(path, line, 1, "s", "t", "t", "t", REASON)

    assert sorted([at("b", 1), at("a", 10), at("a", 9)]) == [at("a", 9), at("a", 10), at("b", 1)]


# ── what is refused ─────────────────────────────────────────────────────────────────────────────

TERM = f"{{term: sse, reason: {REASON}}}"


@pytest.mark.parametrize(
    ("text", "says"),
    {
        "broken YAML": ("scopes: [", "flow"),
        "nothing": ("", "valid dictionary"),
        "no scopes": ("scopes: []", "at least 1 item"),
        "an unknown key": (
            f"scopes: [{{name: a, files: ['*.py'], terms: [{TERM}], ignore: ['a.py']}}]",
            "scopes.0.ignore",
        ),
        "an unknown key of a term": (
            "scopes: [{name: a, files: ['*.py'], terms: [{term: sse, reason: long enough, x: 1}]}]",
            "scopes.0.terms.0.x",
        ),
        "a key that stands there twice": (
            f"scopes: [{{name: a, files: ['*.py'], terms: [{TERM}], terms: []}}]",
            "'terms' stands here twice",
        ),
        "a scope that stands there twice": (
            (
                f"scopes: [{{name: a, files: ['*.py'], terms: [{TERM}]}},"
                f" {{name: a, files: ['*.py'], terms: [{TERM}]}}]"
            ),
            "a stands there 2 times",
        ),
        "a term that stands there twice": (
            f"scopes: [{{name: a, files: ['*.py'], terms: [{TERM}, {TERM}]}}]",
            "sse stands there 2 times",
        ),
        "a term without a reason": (
            "scopes: [{name: a, files: ['*.py'], terms: [{term: sse}]}]",
            "reason",
        ),
        "a term that is no word": (
            f"scopes: [{{name: a, files: ['*.py'], terms: [{{term: 'S.*', reason: {REASON}}}]}}]",
            "pattern",
        ),
        "a scope that forbids nothing": (
            "scopes: [{name: a, files: ['*.py']}]",
            "forbids nothing",
        ),
        "a scope without files": (
            f"scopes: [{{name: a, files: ['*.rs'], terms: [{TERM}]}}]",
            "no file",
        ),
        "one glob of several without files": (
            f"scopes: [{{name: a, files: ['*.py', 'b/*'], terms: [{TERM}]}}]",
            "matches b/*",
        ),
        "an exception that excepts nothing": (
            f"scopes: [{{name: a, files: ['*.py'], outside: ['b.*'], terms: [{TERM}]}}]",
            "matches b.*",
        ),
        "an exception that excepts what is not inside": (
            f"scopes: [{{name: a, files: ['*.py'], outside: ['*.yaml'], terms: [{TERM}]}}]",
            "does not hold it",
        ),
        "an exception that excepts everything": (
            f"scopes: [{{name: a, files: ['*.py'], outside: ['*.py'], terms: [{TERM}]}}]",
            "holds no file",
        ),
        "a glob that leaves the root": (
            f"scopes: [{{name: a, files: ['../*.py'], terms: [{TERM}]}}]",
            "not a glob below the root",
        ),
    }.values(),
)
def test_a_bad_configuration_is_refused_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    tree(tmp_path, {"a.py": "assets = 1\n"})
    path = vocabulary(tmp_path, text)
    assert main([str(tmp_path), "--vocabulary", str(path)]) == 2
    assert says in capsys.readouterr().err


def test_a_missing_vocabulary_and_a_missing_tree_are_refused(tmp_path: Path) -> None:
    assert main(["--vocabulary", str(tmp_path / "none.yaml")]) == 2
    assert main([str(tmp_path / "none")]) == 2


def test_a_file_that_is_no_text_is_scanned_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xff\xfe streaming \x00")
    path = vocabulary(
        tmp_path,
        "scopes:\n- name: a\n  files: ['*.py']\n  terms:\n"
        f"  - {{term: streaming, reason: {REASON}}}\n",
    )
    assert main([str(tmp_path), "--vocabulary", str(path)]) == 1


def test_the_module_runs_by_name_and_says_what_it_looked_at() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "videojobs_ext.governance"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout
    assert "0 violations" in said.stderr


def test_a_broken_vocabulary_says_its_place(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"vocabulary\.yaml"):
        read_vocabulary(vocabulary(tmp_path, "scopes: ["))
