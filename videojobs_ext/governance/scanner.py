"""Finds forbidden words in files and in their names.

A term is found as a whole word and as a part of an identifier, in any style and case:
``sse`` in ``sse``, ``SSEHandler``, ``use_sse``, ``open-sse-2``, but not in ``assets``. Code,
strings and comments count alike, and nothing in a file can switch the scanner off.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from videojobs_ext.governance.vocabulary import (
    BadConfiguration,
    Scope,
    Term,
    Vocabulary,
)


@dataclass(frozen=True, order=True)
class Violation:
    """One forbidden term at one place."""

    path: str
    #: From 1; 0 for the file's name itself.
    line: int
    #: From 1, in characters.
    column: int
    scope: str
    #: As the vocabulary writes it.
    term: str
    #: As it stands there.
    found: str
    #: The line, or the path.
    context: str
    reason: str

    def __str__(self) -> str:
        """Return place, term and reason, then the context with a mark below the term."""
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        what = self.term if self.line else f"{self.term} in the name"
        mark = " " * (self.column - 1) + "^" * len(self.found)
        return f"{place}: {what} [{self.scope}]: {self.reason}\n    {self.context}\n    {mark}"


@dataclass(frozen=True)
class Scan:
    """What was looked at, and what was found."""

    scopes: int
    files: int
    violations: tuple[Violation, ...]


def scan(root: Path, vocabulary: Vocabulary) -> Scan:
    """Look through every scope below ``root``.

    Raises BadConfiguration for a scope, or one of its globs, that finds no file: a room that was
    renamed must not fall out of its scope in silence.
    """
    seen: set[Path] = set()
    texts: dict[Path, str] = {}
    violations: list[Violation] = []
    for scope in vocabulary.scopes:
        files = files_of(scope, root)
        seen.update(files)
        for path in files:
            if path not in texts:
                texts[path] = _read(path)
            relative = path.relative_to(root).as_posix()
            violations += _in_name(relative, scope)
            violations += _in_text(texts[path], relative, scope)
    return Scan(len(vocabulary.scopes), len(seen), tuple(sorted(violations)))


def files_of(scope: Scope, root: Path) -> list[Path]:
    """Return the scope's files in order; raises BadConfiguration, see ``scan``."""
    inside = _matches(scope.files, scope, root)
    outside = _matches(scope.outside, scope, root)
    if idle := outside - inside:
        raise BadConfiguration(
            f"{scope.name}: {min(idle).relative_to(root)} stands outside of a scope that does not "
            f"hold it"
        )
    if inside == outside:
        raise BadConfiguration(f"{scope.name} holds no file")
    return sorted(inside - outside)


def _matches(globs: Sequence[str], scope: Scope, root: Path) -> set[Path]:
    found: set[Path] = set()
    for glob in globs:
        files = {path for path in root.glob(glob) if path.is_file() and _is_source(path, root)}
        if not files:
            raise BadConfiguration(f"{scope.name}: no file below {root} matches {glob}")
        found |= files
    return found


def _is_source(path: Path, root: Path) -> bool:
    """Return whether people write there: tools keep their caches in folders of these names."""
    folders = path.relative_to(root).parts[:-1]
    return not any(name == "__pycache__" or name.startswith(".") for name in folders)


def _read(path: Path) -> str:
    """Return the text; compatibility letters (ﬁ, 𝐬) become those that Python takes them for."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if text.isascii():
        return text
    return "\n".join(unicodedata.normalize("NFKC", line) for line in text.split("\n"))


def _in_name(path: str, scope: Scope) -> Iterator[Violation]:
    for term, start, found in find(scope.names, path):
        yield Violation(path, 0, start + 1, scope.name, term.term, found, path, term.reason)


def _in_text(text: str, path: str, scope: Scope) -> Iterator[Violation]:
    starts: list[int] = []
    for term, start, found in find(scope.terms, text):
        starts = starts or [0, *(at + 1 for at, sign in enumerate(text) if sign == "\n")]
        line = bisect_right(starts, start)
        begin = starts[line - 1]
        context = text[begin:].partition("\n")[0]
        shown = found.partition("\n")[0]
        yield Violation(
            path, line, start - begin + 1, scope.name, term.term, shown, context, term.reason
        )


def find(terms: Sequence[Term], text: str) -> Iterator[tuple[Term, int, str]]:
    """Yield each term that stands in the text, where it begins, and how it is written there.

    Of terms that stand at the same place, the first is yielded.
    """
    seen: set[tuple[int, int]] = set()
    for term in terms:
        for candidate in _pattern(term.term).finditer(text):
            span = start, end = candidate.span(1)
            if span not in seen and _is_edge(text, start) and _is_edge(text, end):
                seen.add(span)
                yield term, start, candidate[1]


#: What may stand between a term's words: nothing (``realTime``), a sign (``real_time``,
#: ``real-time``), or blanks, also over the end of a comment's line.
_SEPARATOR = r"(?:[-_]|\s+(?:#:?\s*)?)?"


@cache
def _pattern(term: str) -> re.Pattern[str]:
    """Return what finds a term's candidates.

    A lookahead, so that they may overlap: where one begins inside an identifier's word and is
    none, another may begin a letter later.
    """
    written = term.replace(".", r"\.").replace("_", _SEPARATOR)
    return re.compile(f"(?=({written}))", re.IGNORECASE | re.ASCII)


def _is_edge(text: str, at: int) -> bool:
    """Return whether a word begins or ends between the signs ``at - 1`` and ``at``.

    Words end at signs and digits, at ``aB`` (camelCase), and before the last capital of ``ABc``
    (``SSEHandler``).
    """
    before, after = text[at - 1 : at], text[at : at + 1]
    if not (before.isalpha() and after.isalpha()):
        return not (before.isdigit() and after.isdigit())
    if before.islower() and after.isupper():
        return True
    return before.isupper() and after.isupper() and text[at + 1 : at + 2].islower()
