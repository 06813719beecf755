"""Small file systems that a test can fill for real."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest


@contextmanager
def small_file_system(folder: Path, size: str) -> Iterator[Path]:
    """Mount a file system of a size (as tmpfs writes it: 256k, 8m) on a new folder.

    Mounting needs root. Without it the test is skipped; where CI is set, it fails.
    """
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        _cannot("mount isn't there")
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run([mount, *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        _cannot(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run([umount, "-l", str(folder)], check=True)


def _cannot(why: str) -> NoReturn:
    if "CI" in os.environ:
        pytest.fail(f"CI must be able to fill a real disk (run it as root): {why}")
    pytest.skip(f"a small disk needs root: {why}")
