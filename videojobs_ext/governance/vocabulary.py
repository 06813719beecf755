"""The forbidden vocabulary as it stands in YAML, checked: scopes, their terms, their reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

#: Lower-case words. Joined by ``_``, they may be written with another separator or with none;
#: joined by ``.``, with a dot alone (a module's attribute).
Word: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9]+([_.][a-z0-9]+)*$")]
Reason: TypeAlias = Annotated[str, Field(min_length=10)]


class BadConfiguration(Exception):
    """The vocabulary can't be used; the text says where it is wrong."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Term(_Entry):
    """A word, or several, and why it does not belong there."""

    term: Word
    reason: Reason


class Scope(_Entry):
    """A named set of files, and what must stand neither in them nor in their names."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    #: Globs relative to the root; each must find a file.
    files: Annotated[list[str], Field(min_length=1)]
    #: Globs of what belongs to another scope; each must find a file of this one.
    outside: list[str] = []
    #: What must not stand in a file.
    terms: list[Term] = []
    #: What must not stand in a file's name, or in the name of a folder on the way to it.
    names: list[Term] = []

    @field_validator("files", "outside")
    @classmethod
    def _stay_below_the_root(cls, globs: list[str]) -> list[str]:
        for glob in globs:
            if not glob or glob.startswith("/") or ".." in glob.split("/"):
                raise ValueError(f"{glob!r} is not a glob below the root")
        return globs

    @field_validator("terms", "names")
    @classmethod
    def _once(cls, terms: list[Term]) -> list[Term]:
        _refuse_doubles(term.term for term in terms)
        return terms


class Vocabulary(_Entry):
    """All scopes."""

    scopes: Annotated[list[Scope], Field(min_length=1)]

    @field_validator("scopes")
    @classmethod
    def _named_once_and_not_idle(cls, scopes: list[Scope]) -> list[Scope]:
        _refuse_doubles(scope.name for scope in scopes)
        for scope in scopes:
            if not scope.terms and not scope.names:
                raise ValueError(f"{scope.name} forbids nothing")
        return scopes


def read_vocabulary(path: Path) -> Vocabulary:
    """Return what the file says.

    Raises BadConfiguration for a file that can't be read, for YAML that is broken or says a key
    twice, for unknown keys, doubled names and terms, and for a scope that forbids nothing.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506
        return Vocabulary.model_validate(content)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadConfiguration(f"{path}: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in each['loc']) or 'the file'}: {each['msg']}"
            for each in error.errors()
        )
        raise BadConfiguration(f"{path}: {wrong}") from error


class _StrictLoader(yaml.SafeLoader):
    """YAML lets the last of two equal keys win in silence: that would be a way around a scope."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} stands here twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _refuse_doubles(names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"{name} stands there {count} times")
