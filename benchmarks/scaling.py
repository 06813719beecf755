"""What a job costs when it asks for less, when the film is longer, and the second time."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

import av
from rich.console import Console

from benchmarks import peers
from benchmarks.clip import make_clip
from benchmarks.jobs import job_system, timed
from videojobs_ext.client.functions import pack
from videojobs_ext.pipelines.spec import FunctionSource
from videojobs_ext.services.submission import SubmitRequest
from videojobs_ext.video.reader import Frame

#: How often the clip is repeated for a film in which a job's fixed costs don't show; and for a
#: recording whose memory is compared with that of the clip.
LONG, LONGEST = 10, 30

PIPELINE = "id: {name}\nsampling: {sampling}\nsteps: [{{id: motion, uses: motion}}]\n"
SAMPLINGS = {"every": "{}", "second": "{fps: 1}", "keyframes": "{keyframes: true}"}


def run(folder: Path, *, seconds: float, rounds: int, console: Console) -> None:
    """Measure and print each ratio beside its target; medians of ``rounds`` of the short ones."""
    clip = make_clip(folder / f"bench-{seconds:g}s.mp4", seconds)
    long, longest = (
        repeat(clip, folder / f"bench-{seconds * times:g}s.mp4", times) for times in (LONG, LONGEST)
    )
    taken = {name: _sampled(long, name) for name in SAMPLINGS}
    for name, target in (("keyframes", 6.0), ("second", 1.5)):
        ratio = taken["every"] / taken[name]
        console.print(
            f"{SAMPLINGS[name]} against every frame: {ratio:.2f} × (target {target}), "
            f"{taken[name]:.2f} s of {taken['every']:.2f} s"
        )
    ours = statistics.median(_nothing(clip) for _ in range(rounds))
    loop = statistics.median(peers.cv2_loop(clip) for _ in range(rounds))
    console.print(
        "a step that does nothing with full BGR against a cv2 loop: "
        f"{loop / ours:.2f} × (target 1.6)"
    )
    console.print(f"the same job once more: {_again(longest):.2f} s (target: less than 1)")
    short, tall = _peak(clip), _peak(longest)
    console.print(
        f"peak memory of {LONGEST * seconds / 60:g} min against {seconds / 60:g}: "
        f"{tall / short:.2f} × (target 0.85 to 1.15), {short / 2**20:.0f} and {tall / 2**20:.0f} MB"
    )


def repeat(clip: Path, path: Path, times: int) -> Path:
    """Write a clip several times in a row, without encoding anew; kept when it is there already."""
    if path.exists():
        return path
    with av.open(str(path), "w") as target:
        stream = None
        shift = 0
        for _ in range(times):
            with av.open(str(clip)) as source:
                video = source.streams.video[0]
                if stream is None:
                    stream = target.add_stream_from_template(video)
                for packet in source.demux(video):
                    if packet.pts is None or packet.dts is None:
                        continue
                    packet.pts += shift
                    packet.dts += shift
                    packet.stream = stream
                    target.mux(packet)
                shift += video.duration or 0
    return path


def _sampled(clip: Path, name: str) -> float:
    with job_system(clip) as services:
        services.library.save(name, PIPELINE.format(name=name, sampling=SAMPLINGS[name]))
        return timed(services, clip, SubmitRequest(name))[0]


def _nothing(clip: Path) -> float:
    """Return the seconds of a step that asks for the whole picture and says nothing."""

    def look(frame: Frame) -> None:  # in here, so that it is sent by value
        frame.bgr()

    functions = {name: FunctionSource(**source) for name, source in pack([look]).items()}
    with job_system(clip) as services:
        return timed(services, clip, SubmitRequest("functions", functions=functions))[0]


def _again(clip: Path) -> float:
    with job_system(clip) as services:
        timed(services, clip, SubmitRequest("scene_cuts"))
        return timed(services, clip, SubmitRequest("scene_cuts"))[0]


def _peak(clip: Path) -> int:
    command = [sys.executable, "-m", "benchmarks.memory", str(clip)]
    here = Path(__file__).parents[1]
    return int(subprocess.run(command, check=True, capture_output=True, text=True, cwd=here).stdout)
