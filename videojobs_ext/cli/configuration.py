"""Jupyter's configuration files and ``--VideoJobs.…`` flags, for the commands without a server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from jupyter_core.application import JupyterApp
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound

from videojobs_ext.cli.console import CommandFailed, ExitCode
from videojobs_ext.config import VideoJobs
from videojobs_ext.services.settings import Settings

#: Flags of traitlets that may stand between our own.
_PREFIXES = ("--VideoJobs.", "--ServerApp.root_dir")


class ConfigurationApp(JupyterApp):
    """Reads what a Jupyter server would read: the same files, the same flags."""

    name = "jupyter-videojobs"
    classes = [VideoJobs]  # noqa: RUF012 - traitlets' own way to say it
    raise_config_file_errors = True

    def _config_file_name_default(self) -> str:
        return "jupyter_server_config"


def split_configuration(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words of the command line, and the flags that are configuration."""
    words: list[str] = []
    flags: list[str] = []
    rest = iter(arguments)
    for word in rest:
        if word == "--config":
            flags.append(f"--config={next(rest, '')}")
        elif word.startswith("--config="):
            flags.append(word)
        elif word.startswith(_PREFIXES):
            flags.append(word if "=" in word else f"{word}={next(rest, '')}")
        else:
            words.append(word)
    return words, flags


def load_settings(flags: Sequence[str], *, root_dir: Path | None = None) -> Settings:
    """Return the settings that a server started here with these flags would have.

    ``root_dir`` replaces the server's root; without it that of the configuration counts, or else
    the current folder. Raises CommandFailed for a setting that is not acceptable.
    """
    app = ConfigurationApp(log_level=30)
    try:
        app.initialize(list(flags))
        _check_file(app.config_file)
        _check_names(app.config)
        own = VideoJobs(config=app.config)
        server = app.config.get("ServerApp", Config())
        root = root_dir or Path(str(server.get("root_dir") or Path.cwd()))
        hidden = bool(app.config.get("ContentsManager", Config()).get("allow_hidden", False))
        return own.settings(root, allow_hidden=hidden)
    except (TraitError, ConfigFileNotFound, ValueError, SyntaxError) as error:
        raise CommandFailed(f"The configuration can't be used: {error}", ExitCode.USAGE) from error


def print_all_help(parser: argparse.ArgumentParser) -> None:
    """Print the help of the command line, then every setting with its default."""
    parser.print_help()
    sys.stdout.write("\nsettings (c.VideoJobs.<name> in jupyter_server_config.py):\n")
    sys.stdout.write(f"{VideoJobs.class_get_help()}\n")


def _check_file(config_file: str) -> None:
    """Raise ConfigFileNotFound for a named file that is not there: Jupyter passes over it."""
    if config_file and not Path(config_file).exists():
        raise ConfigFileNotFound(f"there is no file {config_file}")


def _check_names(config: Config) -> None:
    """Raise TraitError for a setting that does not exist: traitlets only ignores it."""
    known = set(VideoJobs.class_trait_names(config=True))
    for name in config.get("VideoJobs", Config()):
        if name not in known:
            raise TraitError(
                f"there is no VideoJobs.{name}; `jupyter videojobs --help-all` lists all settings"
            )
