"""Which commands there are, and what becomes of their errors."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from videojobs_ext._version import __version__
from videojobs_ext.cli import database, demo, doctor, jobs, run_file, worker
from videojobs_ext.cli.arguments import Parser
from videojobs_ext.cli.configuration import print_all_help, split_configuration
from videojobs_ext.cli.console import CommandFailed, ExitCode, complain, notice
from videojobs_ext.client.errors import (
    ExtensionMissing,
    NotAuthorized,
    ServerNotFound,
    ServerUnreachable,
    VideoJobsError,
)

_NO_SERVER = (ServerNotFound, ServerUnreachable, ExtensionMissing, NotAuthorized)

_DESCRIPTION = "Analyze long videos on a Jupyter server, or right here."

_EPILOG = """\
first steps:
  jupyter videojobs demo                      see it work, from film to findings
  jupyter videojobs run clip.mp4              analyze a file here, without a server
  jupyter videojobs submit clip.mp4 --wait    analyze it on the running Jupyter server

configuration (run, worker, migrate, rebuild, doctor, demo):
  --VideoJobs.<name>=<value> overrides c.VideoJobs.<name> of Jupyter's configuration files;
  --config=FILE reads FILE in place of jupyter_server_config.py; --help-all shows every setting.

exit codes:
  0  done
  1  the job failed, or the command could not do its work
  2  the command line is wrong
  3  no server was found, or it does not let us in
  130  interrupted
"""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if "--help-all" in given:
        print_all_help(parser())
        return ExitCode.DONE
    words, configuration = split_configuration(given)
    parsed = parser().parse_args(words)
    if configuration and not parsed.configurable:
        complain(f"`{parsed.command}` asks a server and takes no {configuration[0]}.")
        return ExitCode.USAGE
    parsed.configuration = configuration
    try:
        code: int = parsed.run(parsed)
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_gone()
    except KeyboardInterrupt:
        notice("Interrupted.")
        return ExitCode.INTERRUPTED
    except (CommandFailed, VideoJobsError, OSError) as error:
        complain(str(error))
        return _code_of(error)
    return code


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = Parser(prog="jupyter videojobs", description=_DESCRIPTION, epilog=_EPILOG)
    top.add_argument("--version", action="version", version=f"videojobs {__version__}")
    commands = top.add_subparsers(dest="command", metavar="<command>", required=True)
    for group in (demo, run_file, jobs, worker, database, doctor):
        group.add_commands(commands)
    return top


def _code_of(error: Exception) -> int:
    if isinstance(error, CommandFailed):
        return error.code
    return ExitCode.NO_SERVER if isinstance(error, _NO_SERVER) else ExitCode.FAILED


def _reader_gone() -> int:
    """End quietly when the program that we print to has ended (``… | head``)."""
    # Python flushes stdout once more at exit; it must not complain then.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.DONE
