"""The words that magics take: one table of commands, for parsing, for help and for completion."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Any, NoReturn

import yaml

from videojobs_ext.client.errors import VideoJobsError


class About(StrEnum):
    """What the word of an argument is about; completion asks for it."""

    JOB = auto()
    PIPELINE = auto()
    FILE = auto()  # a video, here or on the server
    TARGET = auto()  # a file or folder here
    FORMAT = auto()
    FUNCTION = auto()
    PARAMETER = auto()
    STATUS = auto()


class MagicFailed(VideoJobsError):
    """What a magic could not do, in words for the person at the notebook: no traceback."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in place of a traceback."""
        return str(self).splitlines()


class MagicParser(argparse.ArgumentParser):
    """A parser whose mistakes are shown in the cell, with the usage."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse's own
        options.setdefault("add_help", False)
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        """Raise what is shown."""
        usage = " ".join(self.format_usage().removeprefix("usage: ").split())
        raise MagicFailed(f"{message}. Usage: {usage}")

    def words(self, line: str) -> argparse.Namespace:
        """Parse a line, in which quotes hold words together."""
        try:
            return self.parse_args(shlex.split(line))
        except ValueError as error:
            raise MagicFailed(f"{error} in: {line.strip()}") from None


def about(action: argparse.Action) -> About | None:
    """Return what an argument's word is about, for completion."""
    kind: About | None = getattr(action, "about", None)
    return kind


def _say_what(action: argparse.Action, kind: About) -> None:
    action.about = kind  # type: ignore[attr-defined]


def _job(parser: MagicParser, *, needed: bool = False) -> None:
    action = parser.add_argument(
        "job",
        metavar="JOB",
        nargs=None if needed else "?",
        help="a job_id, its first letters, a variable that holds one, or last (which is also "
        "taken where none is named)",
    )
    _say_what(action, About.JOB)


def _rows(parser: MagicParser) -> None:
    parser.add_argument("--step", metavar="ID", help="rows of one step")
    parser.add_argument("--from", dest="from_time", metavar="SECONDS", type=float)
    parser.add_argument("--to", dest="to_time", metavar="SECONDS", type=float)


def _pipeline(parser: MagicParser, default: str | None) -> None:
    action = parser.add_argument(
        "--pipeline", "-p", metavar="ID", default=default, help="which pipeline"
    )
    _say_what(action, About.PIPELINE)


def _submit(parser: MagicParser) -> None:
    _say_what(
        parser.add_argument("path", metavar="PATH", help="a video here, or in the server's folder"),
        About.FILE,
    )
    _pipeline(parser, None)
    parser.add_argument("--name", metavar="WORDS", help="a few words to find the job by")
    parser.add_argument("--every", metavar="N", type=int, help="look at every n-th frame only")
    parser.add_argument(
        "--max-frames", metavar="N", type=int, help="stop after so many frames looked at"
    )
    _say_what(
        parser.add_argument(
            "--param",
            metavar="STEP.KEY=VALUE",
            action="append",
            default=[],
            help="a parameter of a step; may be given several times",
        ),
        About.PARAMETER,
    )
    _say_what(
        parser.add_argument(
            "--step",
            metavar="FUNCTION",
            action="append",
            default=[],
            help="a function of this notebook that is a step; may be given several times",
        ),
        About.FUNCTION,
    )
    parser.add_argument("--upload", action="store_true", help="send the file in any case")
    parser.add_argument("--wait", "-w", action="store_true", help="and wait until it is done")


def _wait(parser: MagicParser) -> None:
    _job(parser)
    parser.add_argument("--timeout", metavar="SECONDS", type=float)


def _results(parser: MagicParser) -> None:
    _job(parser)
    _rows(parser)
    parser.add_argument("--limit", metavar="N", type=int, help="so many frames at most")


def _dataframe(parser: MagicParser) -> None:
    _job(parser)
    _rows(parser)


def _delete(parser: MagicParser) -> None:
    _job(parser, needed=True)


def _export(parser: MagicParser) -> None:
    _job(parser)
    _say_what(
        parser.add_argument(
            "--format", "-f", metavar="FORMAT", default="csv", help="csv unless said"
        ),
        About.FORMAT,
    )
    _say_what(
        parser.add_argument("--to", metavar="PATH", help="a file or a folder (this one)"),
        About.TARGET,
    )


def _connect(parser: MagicParser) -> None:
    parser.add_argument("url", metavar="URL", nargs="?", help="found by itself where it is missing")
    parser.add_argument("--token", metavar="TOKEN", help="better in VIDEOJOBS_TOKEN than here")


_COMMANDS = {
    "submit": (_submit, "submit a video; gives the job_id"),
    "status": (_job, "where a job stands"),
    "wait": (_wait, "a progress bar until a job is done"),
    "show": (_job, "look at a job: the viewer, or a summary"),
    "results": (_results, "what was found, frame by frame"),
    "dataframe": (_dataframe, "the rows as a DataFrame"),
    "export": (_export, "save the results as csv, coco, vtt, …"),
    "artifacts": (_job, "the files that a job made"),
    "log": (_job, "a job's log"),
    "cancel": (_job, "stop a job"),
    "retry": (_job, "run a failed job again, from where it was"),
    "delete": (_delete, "delete a job with its rows"),
    "connect": (_connect, "use another server"),
}


def _made(name: str) -> MagicParser:
    build, does = _COMMANDS[name]
    parser = MagicParser(prog=f"%videojob {name}", description=f"{does[0].upper()}{does[1:]}.")
    build(parser)
    return parser


def _videojobs() -> MagicParser:
    parser = MagicParser(prog="%videojobs", description="List jobs, the newest first.")
    _say_what(
        parser.add_argument(
            "status",
            metavar="STATUS",
            nargs="*",
            # argparse checks choices of an empty list wrongly; the server knows them, too.
            help="pending, running, completed, failed",
        ),
        About.STATUS,
    )
    _pipeline(parser, None)
    parser.add_argument("-q", metavar="WORDS", help="part of the job's or the video's name")
    parser.add_argument("--limit", "-n", metavar="N", type=int, default=20, help="20 unless said")
    return parser


def _videosql() -> MagicParser:
    parser = MagicParser(prog="%%videosql", description="Ask with SQL over rows and jobs.")
    parser.add_argument("--output", "-o", metavar="NAME", help="the variable that gets the answer")
    _say_what(
        parser.add_argument("jobs", metavar="JOB", nargs="*", help="these jobs; all unless said"),
        About.JOB,
    )
    return parser


def _videopipeline() -> MagicParser:
    parser = MagicParser(
        prog="%%videopipeline", description="Save the pipeline that the cell describes in YAML."
    )
    _say_what(parser.add_argument("name", metavar="NAME", nargs="?", help="its id"), About.PIPELINE)
    return parser


#: The parser of each command of ``%videojob``.
VIDEOJOB: Mapping[str, MagicParser] = {name: _made(name) for name in _COMMANDS}

#: The parsers of the other magics.
MAGICS: Mapping[str, MagicParser] = {
    "videojobs": _videojobs(),
    "videosql": _videosql(),
    "videopipeline": _videopipeline(),
}

STATUSES = ("pending", "running", "completed", "failed")


def help_of_commands() -> str:
    """Return one line a command, for ``%videojob?``."""
    lines = []
    for name, (_, does) in _COMMANDS.items():
        usage = " ".join(VIDEOJOB[name].format_usage().removeprefix("usage: ").split())
        lines.append(f"  {usage}\n      {does}")
    return "\n".join(lines)


def parameters(said: list[str]) -> dict[str, dict[str, Any]]:
    """Return ``STEP.KEY=VALUE`` words as ``submit`` takes them; values are read as YAML."""
    found: dict[str, dict[str, Any]] = {}
    for word in said:
        place, equals, value = word.partition("=")
        step, dot, key = place.partition(".")
        if not (step and dot and key and equals):
            raise MagicFailed(
                f"--param {word}: write STEP.KEY=VALUE, such as motion.min_area=0.01."
            )
        try:
            found.setdefault(step, {})[key] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise MagicFailed(f"--param {word}: {value!r} is no value.") from None
    return found
