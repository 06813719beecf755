"""The user's own steps: a file in the steps folder, a function by value; run in children alone."""

from __future__ import annotations

import base64
import os
import re
import shutil
import sys
from pathlib import Path

import cloudpickle
import pytest

from tests.worker.conftest import MakeServices
from tests.worker.test_job_life import ended, reader
from videojobs_ext.jobs.model import JobStatus
from videojobs_ext.pipelines.errors import PipelineError
from videojobs_ext.pipelines.spec import parse_pipeline
from videojobs_ext.rows.schema import Observation
from videojobs_ext.services.services import Services
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.submission import SubmitRequest
from videojobs_ext.steps.function import observations

STEP = """\
import os
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Params

class Brightness(FrameStep[Params]):
    \"\"\"The mean of the luma plane.\"\"\"

    name = "brightness"

    def process(self, frame, upstream):
        yield Observation(value=float(frame.luma(64).mean()), attrs={"pid": os.getpid()})
"""


@pytest.fixture
def services(make_services: MakeServices, settings: Settings, bikes: Path) -> Services:
    shutil.copy(bikes, settings.root_dir / "bikes.mp4")
    settings.steps_dir.mkdir(parents=True)
    (settings.steps_dir / "brightness.py").write_text(STEP)
    return make_services()


def loaded() -> set[str]:
    """Return the user's modules that this process has run."""
    return {name for name in sys.modules if name.startswith("videojobs_user_steps")}


def save(services: Services, uses: str) -> str:
    services.library.save("mine", f"id: mine\nsteps: [{{id: it, uses: {uses}}}]\n")
    return "mine"


def test_a_file_in_the_steps_folder_is_a_step_that_runs_outside_the_server(
    services: Services,
) -> None:
    before = loaded()
    described = {step.name: step for step in services.inspector.steps()}
    assert described["brightness"].description == "The mean of the luma plane."
    request = SubmitRequest(save(services, "brightness"), max_frames=20)
    job = services.submissions.submit_path("bikes.mp4", request)
    job = ended(services, job.job_id)
    assert job.status is JobStatus.COMPLETED, job.error_message
    frames = list(reader(services, job.job_id).frames())
    assert len(frames) == 20
    assert os.getpid() not in {frame.result["it"][0]["attrs"]["pid"] for frame in frames}
    assert loaded() == before


def test_a_changed_file_is_read_again_and_its_rows_are_computed_anew(
    services: Services, settings: Settings
) -> None:
    request = SubmitRequest(save(services, "brightness"), max_frames=5)
    before = services.submissions.submit_path("bikes.mp4", request)
    ended(services, before.job_id)
    (settings.steps_dir / "brightness.py").write_text(STEP.replace("value=float(", "value=-float("))
    after = services.submissions.submit_path("bikes.mp4", request)
    ended(services, after.job_id)
    values = [
        next(reader(services, j.job_id).frames()).result["it"][0]["value"] for j in (before, after)
    ]
    assert values[0] == -values[1]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("x = 1", "defines no step"),
        (STEP.replace('name = "brightness"', 'name = "motion"'), "called 'motion' already"),
    ],
)
def test_a_broken_file_is_told_of_and_breaks_nothing_else(
    source: str, says: str, services: Services, settings: Settings
) -> None:
    (settings.steps_dir / "broken.py").write_text(source)
    described = {step.name: step for step in services.inspector.steps()}
    assert says in (described["broken"].problem or "")
    assert described["brightness"].problem is None
    with pytest.raises(PipelineError, match=r"broken\.py can't be used"):
        save(services, "broken")


def test_a_file_that_ends_its_process_is_a_bad_pipeline_and_not_the_end_of_the_server(
    services: Services, settings: Settings
) -> None:
    (settings.steps_dir / "deadly.py").write_text("import os; os._exit(1)")
    with pytest.raises(PipelineError, match="ended the process"):
        save(services, "brightness")


def function_pipeline(function: object, python: str | None = None) -> str:
    code = base64.b64encode(cloudpickle.dumps(function)).decode()
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        f"id: mine\nfunctions: {{it: {{code: {code}, python: '{python or here}'}}}}\n"
        "steps: [{id: it, uses: 'function:it'}]\n"
    )


def test_a_function_sent_by_value_is_a_step(services: Services) -> None:
    weight = 2.0
    services.library.save("mine", function_pipeline(lambda frame: weight * frame.number))
    job = services.submissions.submit_path("bikes.mp4", SubmitRequest("mine", max_frames=10))
    job = ended(services, job.job_id)
    assert job.status is JobStatus.COMPLETED, job.error_message
    values = [frame.result["it"][0]["value"] for frame in reader(services, job.job_id).frames()]
    assert values == [2.0 * number for number in range(10)]
    assert parse_pipeline(job.pipeline).functions["it"].code


def test_a_function_that_returns_rubbish_fails_its_job_by_name_and_frame(
    services: Services,
) -> None:
    services.library.save("mine", function_pipeline(lambda frame: object()))
    job = services.submissions.submit_path("bikes.mp4", SubmitRequest("mine"))
    job = ended(services, job.job_id)
    assert re.match(r"Step 'it' failed on frame \d+: TypeError", job.error_message or "")


def test_a_function_of_another_python_is_refused(services: Services) -> None:
    with pytest.raises(PipelineError, match=r"sent by Python 2\.7"):
        services.library.save("mine", function_pipeline(lambda frame: 1, python="2.7"))


def test_a_function_that_is_no_pickle_is_refused(services: Services) -> None:
    text = function_pipeline(lambda frame: 1)
    code = parse_pipeline(text).functions["it"].code
    with pytest.raises(PipelineError, match="can't be loaded"):
        services.library.save("mine", text.replace(code, "AAAA"))


@pytest.mark.parametrize(
    ("said", "means"),
    [
        (None, []),
        (3, [Observation(value=3.0)]),
        ("cat", [Observation(label="cat")]),
        ({"label": "cat", "score": 0.5}, [Observation(label="cat", score=0.5)]),
        (Observation(value=1.0), [Observation(value=1.0)]),
        ([{"value": 1}, "cat", None], [Observation(value=1), Observation(label="cat")]),
    ],
)
def test_a_function_may_say_it_in_several_ways(said: object, means: list[Observation]) -> None:
    assert observations(said) == means
