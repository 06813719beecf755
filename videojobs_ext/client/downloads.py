"""Save what the server sends: to a temporary name first, then renamed."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote

_NOT_IN_NAMES = '/\\:*?"<>|'


def target(to: str | Path | None, name: str) -> Path:
    """Return the file to write: ``to`` itself, ``name`` inside it, or ``name`` in this folder."""
    path = Path.cwd() if to is None else Path(to).expanduser()
    if path.is_dir():
        return path / safe_name(name)
    return path


def offered_name(headers: Mapping[str, str]) -> str | None:
    """Return the file name that ``Content-Disposition`` proposes (RFC 6266), if it does."""
    found = re.search(r"filename\*=UTF-8''([^;]+)", headers.get("Content-Disposition", ""))
    return None if found is None else unquote(found[1].strip())


def save(pieces: Iterable[bytes], path: Path) -> Path:
    """Write the pieces to ``path``; nothing is left at that name unless all have come."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
        # mkstemp makes files for the owner alone; a download gets the usual mode.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def safe_name(name: str) -> str:
    """Return a name that is one plain file name on every system."""
    plain = "".join("_" if letter in _NOT_IN_NAMES or letter < " " else letter for letter in name)
    return plain.strip(". ") or "file"
