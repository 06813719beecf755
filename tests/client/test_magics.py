"""The magics, in a real IPython shell that finds a real server by itself."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets.config import Config

from tests.server import RunningServer
from videojobs_ext import Client
from videojobs_ext.client.magic_arguments import VIDEOJOB, MagicFailed

CUTS = [30, 76, 137, 187, 242]

Run = Callable[[str], object]


@pytest.fixture
def shell(
    running_server: RunningServer, bikes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[InteractiveShell]:
    """A shell in a folder with a clip; the server's folder holds another."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(running_server.runtime_dir))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("VIDEOJOBS_CACHE_DIR", str(tmp_path / "cache"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    shutil.copy(bikes, here / "clip.mp4")
    (here / "notes.txt").write_text("no video")
    (running_server.root_dir / "films").mkdir(exist_ok=True)
    shutil.copy(bikes, running_server.root_dir / "films" / "my film.mp4")
    config = Config()
    config.HistoryManager.enabled = False
    made = InteractiveShell.instance(config=config)
    made.run_cell("%load_ext videojobs_ext")
    yield made
    made.run_cell("%unload_ext videojobs_ext")
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.fixture
def run(shell: InteractiveShell) -> Run:
    """Run a cell and return its value."""

    def of(cell: str) -> object:
        result: ExecutionResult = shell.run_cell(cell)
        result.raise_error()
        return result.result

    return of


@pytest.fixture
def tab(shell: InteractiveShell) -> Callable[[str], list[str]]:
    """Return what the shell proposes at the end of a text, as the line would then read."""

    def of(text: str) -> list[str]:
        with provisionalcompleter():
            found = list(shell.Completer.completions(text, len(text)))
        return [text[: each.start] + each.text for each in found]

    return of


@pytest.fixture(scope="module")
def done(running_server: RunningServer, bikes: Path) -> str:
    with Client(running_server.url, running_server.token) as client:
        job_id = client.submit(bikes, "scene_cuts", name="done", upload=True, progress=False)
        client.wait(job_id, progress=False)
        return job_id


def test_a_video_is_submitted_waited_for_and_looked_into(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = run("job = %videojob submit clip.mp4 -p scene_cuts --name 'my cuts'\njob")
    assert run("%videojob wait")["status"] == "completed"
    assert "my cuts" in capsys.readouterr().err
    assert [frame["frame_index"] for frame in run("%videojob results job --step cuts")] == CUTS
    frame = run("%videojob dataframe --step cuts")
    assert frame[frame.label == "cut"].frame_index.tolist() == CUTS
    assert run("%videojob status")["job_id"] == job_id
    saved = run("%videojob export last -f csv --to out.csv")
    assert saved.read_text().startswith('"step",')
    assert "completed" in run("%videojob log")


def test_options_reach_the_job(run: Run) -> None:
    run(
        "job = %videojob submit 'films/my film.mp4' -p motion --every 10 --max-frames 7 "
        "--param motion.threshold=30 -w"
    )
    assert run("%videojob status job")["frames_total"] == 7
    assert run("%videojob status job")["input_name"] == "my film.mp4"


def test_a_function_of_the_notebook_is_sent_along(run: Run) -> None:
    run("def mean(frame):\n    return float(frame.luma(64).mean())")
    run("%videojob submit clip.mp4 --step mean --max-frames 5 -w")
    assert len(run("%videojob dataframe")) == 5


def test_jobs_are_listed_and_chosen(run: Run, done: str) -> None:
    assert done in {job["job_id"] for job in run("%videojobs")}
    assert {job["status"] for job in run("%videojobs completed -q done")} == {"completed"}
    assert run("%videojobs failed -q done") == []
    assert "done" in run("%videojobs -q done")._repr_html_()


def test_a_job_is_named_by_its_first_letters_a_variable_or_last(run: Run, done: str) -> None:
    assert run(f"%videojob status {done[:8]}")["job_id"] == done
    assert run("%videojob status last")["job_id"] == done
    run(f"it = {done!r}")
    assert run("%videojob status it")["job_id"] == done
    assert run("%videojob status {it}")["job_id"] == done


def test_in_a_terminal_a_job_is_shown_as_text(run: Run, done: str) -> None:
    text = str(run(f"%videojob show {done}"))
    assert "done, scene_cuts: completed" in text
    assert "cut" in text


def test_a_pipeline_is_saved_from_a_cell_and_used(run: Run) -> None:
    cell = "%%videopipeline mine\ntitle: Mine\nsteps:\n  - id: motion\n    uses: motion\n"
    assert [pipeline["id"] for pipeline in run(cell)] == ["mine"]
    assert "title: Mine" in run("%videopipeline mine")
    assert "mine" in {pipeline["id"] for pipeline in run("%videopipeline")}
    run("%videojob submit clip.mp4 -p mine --max-frames 5 -w")
    assert run("%videojob status")["pipeline_id"] == "mine"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%videopipeline mine\nsteps:\n  - id: a\n    uses: motoin\n", "Line 4.*'motion'"),
        ("%%videopipeline\nid: mine\nsteps:\n  - id: a\n    uses: motoin\n", "Line 5.*'motion'"),
        ("%%videopipeline mine\nsteps: [\n", "Line 2 of this cell.*\n→ steps"),
        ("%%videopipeline\nsteps: []\n", "Name the pipeline"),
        ("%%videopipeline motion\nsteps: []\n", "comes with videojobs"),
        ("%videojob sumbit clip.mp4", "no command 'sumbit'. Did you mean 'submit'"),
        ("%videojob submit", "required: PATH. Usage: %videojob submit"),
        ("%videojob submit 'clip.mp4", "No closing quotation"),
        ("%videojob submit nothing.mp4", "no file 'nothing.mp4' here, nor in the server's"),
        ("%videojob submit clip.mp4 -p motoin", "Did you mean 'motion'"),
        ("%videojob submit clip.mp4 --param motion=1", "write STEP.KEY=VALUE"),
        ("%videojob submit clip.mp4 --step nothing", "no function of that name"),
        ("%videojob submit clip.mp4 --max-frames few", "invalid int value"),
        ("%videojob submit notes.txt", "The file is not a video"),
        ("%videojob wait zzzz", "no job, nor a variable that holds one"),
        ("%videojobs runing", "Did you mean 'running'"),
        ("%videojob delete", "required: JOB"),
        ("%%videosql\nSELECT lable FROM rows", 'Did you mean "label"'),
        ("%%videosql\nSELECT $nothing", r"names \$nothing, which has no value"),
        ("%%videosql -o a-b\nSELECT 1", "no name of a variable"),
    ],
)
def test_a_mistake_is_told_in_words_without_a_traceback(
    run: Run, done: str, capsys: pytest.CaptureFixture[str], cell: str, said: str
) -> None:
    with pytest.raises(MagicFailed, match=f"(?s){said}"):
        run(cell)
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert "magics.py" not in shown.out + shown.err


def test_a_job_is_cancelled_retried_and_deleted(
    run: Run, idle_server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run(f"%videojob connect {idle_server.url} --token {idle_server.token}")
    run("job = %videojob submit clip.mp4 -p motion")
    run("%videojob cancel")
    assert run("%videojob status")["failure_reason"] == "cancelled"
    run("%videojob retry")
    assert run("%videojob status")["status"] == "pending"
    assert "is deleted" in run("%videojob delete job")
    with pytest.raises(MagicFailed):
        run("%videojob status job")


def test_sql_gives_a_dataframe_or_fills_a_variable(run: Run, done: str) -> None:
    run("what = 'cut'")
    query = "SELECT frame_index FROM rows WHERE label = $what ORDER BY 1"
    found = run(f"%%videosql {done}\n{query}")
    assert isinstance(found, pd.DataFrame)
    assert found.frame_index.tolist() == CUTS
    assert run(f"%%videosql -o kept {done}\n{query}") is None
    assert run("len(kept)") == len(CUTS)
    assert run("%%videosql\nSELECT count(*) AS n FROM jobs").n[0] >= 1
    run(f"several = [{done!r}]")
    assert run("%%videosql several\nSELECT job_id FROM jobs").job_id.tolist() == [done]


def test_help_names_every_command(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("%videojob")
    shown = capsys.readouterr().out
    assert all(f"%videojob {name}" in shown for name in VIDEOJOB)
    run("%videojob export --help")
    assert "--format" in capsys.readouterr().out
    run("%videojob?")
    assert "%videojob submit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("%videojob su", "%videojob submit"),
        ("x = %videojob wa", "x = %videojob wait"),
        ("%videojob submit cl", "%videojob submit clip.mp4"),
        ("%videojob submit fi", "%videojob submit films/"),
        ("%videojob submit films/", "%videojob submit 'films/my film.mp4'"),
        ("%videojob submit 'films/my", "%videojob submit 'films/my film.mp4"),
        ("%videojob submit clip.mp4 --pipe", "%videojob submit clip.mp4 --pipeline"),
        ("%videojob submit clip.mp4 -p scene", "%videojob submit clip.mp4 -p scene_cuts"),
        (
            "%videojob submit clip.mp4 --pipeline=scene",
            "%videojob submit clip.mp4 --pipeline=scene_cuts",
        ),
        (
            "%videojob submit clip.mp4 -p motion --param motion.th",
            "%videojob submit clip.mp4 -p motion --param motion.threshold=",
        ),
        ("%videojob submit clip.mp4 --step lo", "%videojob submit clip.mp4 --step look"),
        ("%videojob export held -f co", "%videojob export held -f coco"),
        ("%videojob results he", "%videojob results held"),
        ("%videojob show la", "%videojob show last"),
        ("%videojobs run", "%videojobs running"),
        ("%%videosql -o df he", "%%videosql -o df held"),
    ],
)
def test_the_tab_key_offers_what_can_follow(
    run: Run, tab: Callable[[str], list[str]], done: str, typed: str, offered: str
) -> None:
    run(f"held = {done!r}\ndef look(frame): ...")
    assert offered in tab(typed)


def test_the_tab_key_offers_no_files_that_are_no_videos_and_no_python(
    tab: Callable[[str], list[str]], done: str
) -> None:
    offered = tab("%videojob submit ")
    assert "%videojob submit clip.mp4" in offered
    assert "%videojob submit notes.txt" not in offered
    assert "%videojob submit print" not in offered
    assert f"%videojob results {done[:8]}" in tab(f"%videojob results {done[:3]}")
    assert f"%videojob retry {done[:8]}" not in tab(f"%videojob retry {done[:3]}")


def test_without_a_server_magics_say_what_to_do_and_completion_is_silent(
    shell: InteractiveShell,
    run: Run,
    tab: Callable[[str], list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "nowhere"))
    run("%reload_ext videojobs_ext")
    with pytest.raises(MagicFailed, match=r"No running Jupyter server.*jupyter lab"):
        run("%videojobs")
    assert "%videojob submit clip.mp4 -p motion" not in tab("%videojob submit clip.mp4 -p mo")
    assert tab("%videojob submit cl") == ["%videojob submit clip.mp4"]


def test_a_server_that_comes_back_at_another_port_is_found_by_the_next_magic(
    start_server: Callable[..., RunningServer], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start_server("--VideoJobs.start_worker=False")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(first.runtime_dir))
    run("%reload_ext videojobs_ext")
    job_id = run("%videojob submit clip.mp4 -p motion")
    first.kill()
    start_server("--VideoJobs.start_worker=False", home=first.home)
    with pytest.raises(MagicFailed, match="No answer"):
        run("%videojobs")
    assert [job["job_id"] for job in run("%videojobs")] == [job_id]


def test_the_magics_of_the_guide_run(run: Run, shell: InteractiveShell) -> None:
    guide = Path(__file__).parents[2] / "docs" / "notebook.md"
    text = guide.read_text(encoding="utf-8").partition("## Magics")[2].partition("\n## ")[0]
    cells = re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    *cells, refusal = cells
    assert len(cells) == 5
    for cell in cells:
        run(cell)
    assert len(shell.user_ns["busy"]) == 10
    slip = next(each for each in cells if each.startswith("%%videopipeline"))
    with pytest.raises(MagicFailed) as caught:
        run(
            slip.split("  - id")[0] + "  - id: motion\n    uses: motion\n    with: {treshold: 20}\n"
        )
    assert str(caught.value).partition(":")[2] == refusal.rstrip("\n").partition(":")[2]
