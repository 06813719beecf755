"""What several commands take: a parser, and the options of an analysis."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

import yaml

from videojobs_ext.cli.console import ExitCode, complain

Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 - it has no other name
Command: TypeAlias = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """A parser that keeps the line breaks of its examples and says how to get help."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse's own
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line, and where help is."""
        complain(f"{message}\n`{self.prog} --help` shows examples.")
        self.exit(ExitCode.USAGE)


def add_command(
    commands: Subparsers,
    name: str,
    command: Command,
    *,
    does: str,
    examples: str,
    configurable: bool = False,
) -> Parser:
    """Add a command; ``configurable`` ones read ``c.VideoJobs`` and take ``--VideoJobs.…``."""
    parser = commands.add_parser(
        name,
        help=does,
        description=f"{does[0].upper()}{does[1:]}.",
        epilog=f"examples:\n{examples}",
    )
    parser.set_defaults(run=command, configurable=configurable)
    return parser


def add_analysis(parser: Parser, *, pipeline: str = "quicklook") -> None:
    """Add the options that say what is done with a video."""
    parser.add_argument(
        "--pipeline", "-p", metavar="ID", default=pipeline, help=f"which pipeline ({pipeline})"
    )
    parser.add_argument(
        "--param",
        metavar="STEP.KEY=VALUE",
        action="append",
        default=[],
        type=_parameter,
        help="a step's parameter, such as motion.threshold=12; may be given several times",
    )
    parser.add_argument(
        "--every", metavar="N", type=_positive, help="look at every N-th frame only"
    )
    parser.add_argument(
        "--max-frames", metavar="N", type=_positive, help="stop after N frames looked at"
    )


def parameters(given: list[tuple[str, str, object]]) -> dict[str, dict[str, object]]:
    """Return the parameters of ``--param`` by step id."""
    by_step: dict[str, dict[str, object]] = {}
    for step, key, value in given:
        by_step.setdefault(step, {})[key] = value
    return by_step


def add_json(parser: Parser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")


def _parameter(text: str) -> tuple[str, str, object]:
    """Return step, key and value of ``step.key=value``; the value is read as YAML."""
    name, equals, value = text.partition("=")
    step, dot, key = name.partition(".")
    if not (equals and dot and step and key):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form step.key=value")
    try:
        return step, key, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise argparse.ArgumentTypeError(f"the value in {text!r} can't be read") from error


def _positive(text: str) -> int:
    """Return a whole number of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number
