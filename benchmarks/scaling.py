"""What a job costs when it asks for less, when the film is longer, and the second time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
from rich.console import Console

from benchmarks.clip import make_clip
from benchmarks.jobs import job_system, timed
from benchmarks.ratio import Ratio
from videojobs_ext.services.submission import SubmitRequest

#: How often the clip is repeated for a film in which a job's fixed costs don't show; and for a
#: recording whose memory is compared with that of the clip.
LONG, LONGEST = 10, 30

PIPELINE = "id: {name}\nsampling: {sampling}\nsteps: [{{id: motion, uses: motion}}]\n"
SAMPLINGS = {"every": "{}", "second": "{fps: 1}", "keyframes": "{keyframes: true}"}


def run(folder: Path, *, seconds: float, rounds: int, console: Console) -> list[Ratio]:
    """Measure in rounds in which all take turns; print the figures, return the ratios."""
    clip = make_clip(folder / f"bench-{seconds:g}s.mp4", seconds)
    long, longest = (
        repeat(clip, folder / f"bench-{seconds * times:g}s.mp4", times) for times in (LONG, LONGEST)
    )
    taken: dict[str, list[float]] = {name: [] for name in SAMPLINGS}
    for _ in range(rounds):
        for name in SAMPLINGS:
            taken[name].append(_sampled(long, name))
    short, tall = _peak(clip), _peak(longest)
    for name, seconds_taken in taken.items():
        console.print(f"motion of {LONG * seconds / 60:g} min, {name}: {min(seconds_taken):.2f} s")
    console.print(f"peak memory: {short / 2**20:.0f} and {tall / 2**20:.0f} MB")
    times = f"{LONGEST * seconds / 60:g} min of video against {seconds / 60:g}"
    return [
        Ratio.of_times("keyframes against every frame", taken["keyframes"], taken["every"], 6.0),
        Ratio.of_times(
            "a frame a second against every frame", taken["second"], taken["every"], 1.5
        ),
        Ratio("seconds of the same job once more", [_again(longest)], at_most=1.0),
        Ratio(f"peak memory, {times}", [tall / short], 0.85, 1.15),
    ]


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


def _again(clip: Path) -> float:
    with job_system(clip) as services:
        timed(services, clip, SubmitRequest("scene_cuts"))
        return timed(services, clip, SubmitRequest("scene_cuts"))[0]


def _peak(clip: Path) -> int:
    command = [sys.executable, "-m", "benchmarks.memory", str(clip)]
    here = Path(__file__).parents[1]
    return int(subprocess.run(command, check=True, capture_output=True, text=True, cwd=here).stdout)
