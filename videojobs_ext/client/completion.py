"""What can follow in a line of ``%videojob``: commands, options, jobs, pipelines, paths."""

from __future__ import annotations

import argparse
import math
import re
import shlex
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from videojobs_ext.client.errors import VideoJobsError
from videojobs_ext.client.magic_arguments import (
    MAGICS,
    STATUSES,
    VIDEOJOB,
    About,
    MagicParser,
    about,
)
from videojobs_ext.client.rest import Client
from videojobs_ext.client.shapes import JobStatus, PipelineInfo

#: Seconds for which an answer is not asked for again while somebody types: jobs come and go.
_FRESH = {"jobs": 5.0, "pipelines": 30.0}
_FRESH_FOLDER = 5.0

#: Names of files that are offered as videos; any other can still be typed.
_VIDEO = re.compile(
    r"\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|ts|m2ts|mts|ogv|flv|wmv|3gp)$", re.IGNORECASE
)

_LINE = re.compile(r"^\s*(?:\w+\s*=\s*)?%%?(videojobs?|videosql|videopipeline)\s(.*)$")

#: The statuses that a command is for, where it is not for all.
_FOR = {
    "wait": {"pending", "running"},
    "cancel": {"pending", "running"},
    "retry": {"failed"},
    "delete": {"pending", "completed", "failed"},
    "results": {"completed"},
    "export": {"completed"},
}


@dataclass(frozen=True)
class Completions:
    """Words that could stand where ``fragment``, the end of the line, stands now."""

    fragment: str
    words: Sequence[str]


class Completer:
    """Knows what can follow; asks the server, but never longer than needed and never in vain."""

    def __init__(self, client: Callable[[], Client], names: Mapping[str, object]) -> None:
        self._client = client
        self._names = names
        self._known: dict[str, tuple[float, Any]] = {}

    def warm_up(self) -> None:
        """Ask for the pipelines: a server's first answer can take longer than an editor waits."""
        self._pipelines()

    def forget(self) -> None:
        """Ask anew for everything: something was changed here."""
        self._known.clear()

    def complete(self, line: str) -> Completions | None:
        """Return what can follow a line up to the cursor, or None for a line of others."""
        found = _LINE.match(line)
        if found is None:
            return None
        magic, rest = found.groups()
        words, fragment, quoted = _split(rest)
        if magic == "videojob":
            if not words:
                return Completions(fragment, _beginning(fragment, VIDEOJOB))
            parser = VIDEOJOB.get(words[0])
            command, words = words[0], words[1:]
        else:
            parser, command = MAGICS[magic], magic
        if parser is None:
            return Completions(fragment, [])
        return self._argument(parser, command, words, fragment, quoted=quoted)

    def _argument(
        self, parser: MagicParser, command: str, words: list[str], fragment: str, *, quoted: bool
    ) -> Completions:
        options = {
            option: action
            for action in parser._actions  # noqa: SLF001 - argparse has no other way to ask
            for option in action.option_strings
        }
        name, equals, value = fragment.partition("=")
        if equals and name in options and name != "--param":
            offered = self._words(options[name], command, value, words)
            return Completions(value, _fitting(value, offered, quoted=quoted))
        last = options.get(words[-1]) if words else None
        if last is not None and last.nargs != 0:
            offered = self._words(last, command, fragment, words)
            return Completions(fragment, _fitting(fragment, offered, quoted=quoted))
        if fragment.startswith("-"):
            return Completions(fragment, _beginning(fragment, options))
        place = _positional(parser, options, words)
        offered = [] if place is None else self._words(place, command, fragment, words)
        if not fragment and not offered:
            offered = [option for option in options if option.startswith("--")]
        return Completions(fragment, _fitting(fragment, offered, quoted=quoted))

    def _words(
        self, action: argparse.Action, command: str, fragment: str, words: list[str]
    ) -> Iterable[str]:
        kind = about(action)
        if kind is None:
            return ()
        offers: Mapping[About, Callable[[], Iterable[str]]] = {
            About.JOB: lambda: self._jobs(_FOR.get(command)),
            About.PIPELINE: lambda: self._pipelines(own=command == "videopipeline"),
            About.FILE: lambda: self._files(fragment),
            About.TARGET: lambda: _paths(fragment, lambda _: True),
            About.FORMAT: _formats,
            About.FUNCTION: self._functions,
            About.PARAMETER: lambda: self._parameters(words),
            About.STATUS: lambda: STATUSES,
        }
        return offers[kind]()

    def _jobs(self, statuses: set[str] | None) -> list[str]:
        jobs: list[JobStatus] = self._ask("jobs", lambda client: client.jobs(limit=100)) or []
        ids = {job["job_id"] for job in jobs}
        held = [
            name
            for name, value in self._names.items()
            if isinstance(value, str) and value in ids and not name.startswith("_")
        ]
        fitting = [job for job in jobs if statuses is None or job["status"] in statuses]
        return ["last", *held, *(job["job_id"][:8] for job in fitting)]

    def _pipelines(self, *, own: bool = False) -> list[str]:
        pipelines: list[PipelineInfo] = self._ask("pipelines", Client.pipelines) or []
        return [each["id"] for each in pipelines if not (own and each["built_in"])]

    def _parameters(self, words: list[str]) -> list[str]:
        chosen = "quicklook"
        for option, value in pairwise(words):
            if option in ("-p", "--pipeline"):
                chosen = value
        pipelines: list[PipelineInfo] = self._ask("pipelines", Client.pipelines) or []
        for each in pipelines:
            if each["id"] == chosen:
                steps = each["parameters"].get("properties", {})
                return [
                    f"{step}.{key}="
                    for step, schema in steps.items()
                    for key in schema.get("properties", {})
                ]
        return []

    def _functions(self) -> list[str]:
        return [
            name
            for name, value in self._names.items()
            if name[0] != "_" and callable(value) and getattr(value, "__module__", "") == "__main__"
        ]

    def _files(self, fragment: str) -> list[str]:
        here = _paths(fragment, lambda path: _VIDEO.search(path.name) is not None)
        if fragment.startswith(("/", "~", "..")):
            return here
        folder = fragment.rpartition("/")[0]
        there = self._ask(f"folder {folder}", lambda client: server_folder(client, folder)) or []
        return list(dict.fromkeys([*here, *there]))

    def _ask(self, what: str, question: Callable[[Client], Any]) -> Any:  # noqa: ANN401
        """Return the answer of a moment ago, or ask; None where the server does not answer."""
        now = time.monotonic()
        asked, answer = self._known.get(what, (-math.inf, None))
        if now - asked >= _FRESH.get(what, _FRESH_FOLDER):
            try:
                answer = question(self._client())
            except VideoJobsError:
                answer = None
            self._known[what] = (now, answer)
        return answer


def server_folder(client: Client, folder: str) -> list[str]:
    """Return the videos and folders in a folder of the server, as ``submit`` takes them."""
    try:
        content = client.contents(folder)
    except VideoJobsError:
        return []
    return [
        entry["path"] + ("/" if entry["type"] == "directory" else "")
        for entry in content
        if entry["type"] == "directory" or _VIDEO.search(entry["name"])
    ]


def _paths(fragment: str, fits: Callable[[Path], bool]) -> list[str]:
    """Return the files that fit and the folders on this machine that a path could lead to."""
    typed = fragment.rpartition("/")[0] + "/" if "/" in fragment else ""
    folder = Path(typed or ".").expanduser()
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    hidden = fragment.removeprefix(typed).startswith(".")
    return [
        f"{typed}{path.name}{'/' if path.is_dir() else ''}"
        for path in entries
        if hidden or not path.name.startswith(".")
        if path.is_dir() or fits(path)
    ]


def _formats() -> Iterable[str]:
    from videojobs_ext.rows.exports import EXPORTS  # noqa: PLC0415 - heavy

    return EXPORTS


def _split(text: str) -> tuple[list[str], str, bool]:
    """Return the words before the cursor, the one at the cursor, and whether a quote is open."""
    for start in range(len(text) + 1):
        # The fragment begins at the first place before which the words are complete.
        before, fragment = text[:start], text[start:]
        if before and not before[-1].isspace():
            continue
        if re.search(r"\s", fragment) and fragment[0] not in "'\"":
            continue
        try:
            words = shlex.split(before)
        except ValueError:
            continue
        if fragment[:1] in {"'", '"'}:
            if fragment[0] in fragment[1:]:
                continue
            return words, fragment[1:], True
        return words, fragment, False
    return [], text, False


def _positional(
    parser: MagicParser, options: Mapping[str, argparse.Action], words: list[str]
) -> argparse.Action | None:
    """Return the positional argument that comes next after ``words``."""
    given = 0
    takes_value = False
    for word in words:
        if takes_value:
            takes_value = False
        elif word in options:
            takes_value = options[word].nargs != 0
        elif not word.startswith("-"):
            given += 1
    places = [action for action in parser._actions if not action.option_strings]  # noqa: SLF001
    if given < len(places):
        return places[given]
    return places[-1] if places and places[-1].nargs == "*" else None


def _beginning(fragment: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.startswith(fragment)]


def _fitting(fragment: str, words: Iterable[str], *, quoted: bool) -> list[str]:
    """Return the words that begin so; those with spaces in quotes, unless one is open."""
    fitting = _beginning(fragment, words)
    return fitting if quoted else [shlex.quote(w) if " " in w else w for w in fitting]
